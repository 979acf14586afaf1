"""A small portfolio under the virtual clock: the same twice, clean, and two strategies told apart."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from compliance.profile_file import load_profile
from scheduler.strategy import Strategy
from scheduler.strategy_file import load_strategy
from simulation.behaviour import DEFAULT_BEHAVIOUR, load_behaviour
from simulation.draws import Draws
from simulation.errors import BadBehaviour
from simulation.outcome import DueOutcome, Person, compare, late_figures, totals
from simulation.people import PLACES, people
from simulation.report import write_report
from simulation.run import Order, Result, simulate

START = date(2026, 9, 7)


def order(**changes: object) -> Order:
    fields: dict[str, object] = {
        "borrowers": 24, "days": 22, "profile": "US", "seed": 5, "start": START,
    }  # fmt: skip
    return Order(**fields | changes)  # type: ignore[arg-type]


def fewer_steps(strategy: Strategy) -> Strategy:
    segments = tuple(
        replace(segment, steps=tuple(s for s in segment.steps if s.offset_days not in (-3, -1)))
        for segment in strategy.segments
    )
    return replace(strategy, name="fewer", segments=segments)


@pytest.fixture(scope="module")
def house() -> Result:
    return simulate(order(), load_strategy(), load_behaviour(), load_profile)


def test_the_same_seed_gives_the_same_result_and_no_breach(house: Result) -> None:
    again = simulate(order(), load_strategy(), load_behaviour(), load_profile)
    assert again == house
    assert house.messages > 20 and house.breaches == []
    assert sum(house.stages.values()) == house.messages == sum(house.weeks)
    sums = totals(house.people)
    assert sums["contacts"] == house.messages
    assert sums["due"] == sums["paid_on_time"] + sums["late"]
    assert 0 < sums["paid_on_time"] < sums["due"]


def test_two_strategies_on_the_same_chance(house: Result, tmp_path: Path) -> None:
    second = simulate(order(), fewer_steps(load_strategy()), load_behaviour(), load_profile)
    found = {one.figure: one for one in compare(house.people, second.people, seed=5)}
    assert found["contacts"].high < 0 and found["contacts"].is_clear
    assert found["due"].difference == 0.0 and not found["due"].is_clear
    page = write_report(tmp_path, [house, second], list(found.values())).read_text("utf-8")
    assert "no breach" in page and "fewer@" in page
    assert "http" not in page.replace("http-equiv", "") and "<script" not in page
    rows = list(csv.reader((tmp_path / "accounts.csv").open(encoding="utf-8")))
    assert len(rows) == 1 + len(house.people) + len(second.people)


def test_a_behaviour_that_cannot_be_is_refused_with_its_field(tmp_path: Path) -> None:
    path = tmp_path / "b.yaml"
    text = DEFAULT_BEHAVIOUR.read_text("utf-8")
    path.write_text(text.replace("on_time: 0.72", "on_time: 1.72"), "utf-8")
    with pytest.raises(BadBehaviour, match=r"paying\.on_time"):
        load_behaviour(path)
    path.write_text(text.replace("cards: 0.2", "kards: 0.2"), "utf-8")
    with pytest.raises(BadBehaviour, match="cards"):
        load_behaviour(path)


def test_chance_belongs_to_the_question() -> None:
    draws = Draws(3)
    many = [draws.uniform(number, "x") for number in range(2_000)]
    assert many == [Draws(3).uniform(number, "x") for number in range(2_000)]
    assert 0.47 < sum(many) / len(many) < 0.53
    assert many != [Draws(4).uniform(number, "x") for number in range(2_000)]
    assert {draws.whole(1, 6, n) for n in range(200)} == set(range(1, 7))


def test_people_are_the_same_whatever_comes_after_them() -> None:
    behaviour = load_behaviour()
    ten = list(people(10, PLACES["CN"], behaviour, Draws(1), START))
    assert ten == list(people(20, PLACES["CN"], behaviour, Draws(1), START))[:10]
    assert {one.timezone for one in ten} == {"Asia/Shanghai"}
    assert all(one.channels for one in ten)


def test_what_counts_as_late_and_cured() -> None:
    day = timedelta(days=1)
    dues = [
        DueOutcome(due_on=START, paid_on=START),
        DueOutcome(due_on=START, paid_on=START + 3 * day),
        DueOutcome(due_on=START, paid_on=None),
        DueOutcome(due_on=START + 50 * day, paid_on=None),
    ]
    found = late_figures(dues, START + 10 * day)
    assert found == {"due": 3, "paid_on_time": 1, "late": 2, "cured": 1, "days_late": 13}


def test_an_interval_narrows_around_what_is_true() -> None:
    first = [Person(account_id=n, contacts=n % 5) for n in range(400)]
    second = [replace(one, contacts=one.contacts + (n % 2)) for n, one in enumerate(first)]
    found = next(one for one in compare(first, second, 1) if one.figure == "contacts")
    assert found.low < 500.0 < found.high
    assert found.high - found.low < 120
