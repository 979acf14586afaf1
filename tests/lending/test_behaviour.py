"""Features of repayment behaviour, and the scorecard that is added up over them."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest

from lending.behaviour import CYCLES, FEATURES, Cycle, History, NoHistory, features_of
from lending.errors import CurrencyMismatch, LendingError
from lending.risk_score import (
    BadScorecard,
    Band,
    Part,
    Scorecard,
    drift_of,
    from_json,
    score_features,
    score_of,
    to_json,
)

STEADY = History(
    cycles=tuple(Cycle(balance=10_000, paid=10_000, behind=0) for _ in range(CYCLES)), limit=50_000
)
STRUGGLING = History(
    cycles=(
        Cycle(balance=48_000, paid=0, behind=2),
        Cycle(balance=45_000, paid=0, behind=1),
        Cycle(balance=40_000, paid=2_000, behind=0),
        Cycle(balance=30_000, paid=3_000, behind=0),
    ),
    limit=50_000,
    broken_promises=1,
)


def card(**changed: object) -> Scorecard:
    parts = (
        Part(feature="behind_now", edges=(1.0, 2.0), points=(-0.5, 1.0, 2.0), usual=-0.3),
        Part(feature="paid_share", edges=(0.5,), points=(0.4, -0.4), usual=-0.1),
    )
    values = {
        "currency": "TWD",
        "trained_on": 1_000,
        "intercept": -1.0,
        "parts": parts,
        "calibration": ((-3.0, 300), (0.0, 3_000), (3.0, 9_000)),
        "watch_bp": 3_000,
        "help_bp": 5_000,
        "ranges": {"behind_now": (8_000, 1_500, 500), "paid_share": (4_000, 6_000)},
    }
    return Scorecard(**(values | changed))  # type: ignore[arg-type]


def test_features_say_what_happened() -> None:
    found = features_of(STRUGGLING)
    assert found["behind_now"] == 2
    assert found["behind_trend"] == 2
    assert found["late_cycles"] == 2
    assert found["used_share"] == pytest.approx(0.96)
    assert found["paid_share"] == 0
    assert found["paid_share_recent"] == pytest.approx((0 + 0 + 2_000 / 30_000) / 3)
    assert found["unpaid_cycles"] == 2
    assert found["broken_promises"] == 1
    assert found["paid_total"] == 5_000
    assert list(found) == list(FEATURES)


def test_paying_all_is_told_from_owing_nothing() -> None:
    assert features_of(STEADY)["full_payments"] == 5
    idle = History(cycles=(Cycle(balance=0, paid=0, behind=0),), limit=1)
    assert features_of(idle)["idle_cycles"] == 1
    assert features_of(idle)["unpaid_cycles"] == 0


@pytest.mark.parametrize("number", range(1, CYCLES + 1))
def test_a_short_history_has_every_feature(number: int) -> None:
    found = features_of(replace(STEADY, cycles=STEADY.cycles[:number]))
    assert list(found) == list(FEATURES)
    assert found["behind_now"] == 0


def test_no_cycle_is_no_history() -> None:
    with pytest.raises(NoHistory):
        History(cycles=(), limit=1)
    with pytest.raises(LendingError):
        History(cycles=STEADY.cycles, limit=0)


def test_nothing_about_the_person_can_enter() -> None:
    told = {field.name for field in (*fields(History), *fields(Cycle))}
    assert told == {
        *("cycles", "limit", "broken_promises", "unanswered_reminders"),
        *("balance", "paid", "behind"),
    }
    about_people = (
        "sex",
        "gender",
        "age",
        "marri",
        "educat",
        "name",
        "language",
        "country",
        "zone",
    )
    assert not [n for n in FEATURES for word in about_people if word in n.split("_")]


def test_points_add_up_and_reasons_explain() -> None:
    low, high = score_of(card(), STEADY, "TWD"), score_of(card(), STRUGGLING, "TWD")
    # -1 - 0.5 - 0.4 = -1.9 between the knots -3 and 0; -1 + 2 + 0.4 = 1.4 between 0 and 3.
    assert low.probability_bp == round(300 + 2_700 * (3 - 1.9) / 3)
    assert high.probability_bp == round(3_000 + 6_000 * 1.4 / 3)
    assert (low.band, high.band) == (Band.STEADY, Band.OFFER_HELP)
    assert [reason.feature for reason in high.reasons] == ["behind_now", "paid_share"]
    assert high.reasons[0].points == pytest.approx(2.3)
    assert low.reasons == ()


def test_beyond_the_knots_it_stays_level() -> None:
    sure = score_features(card(intercept=50.0), features_of(STRUGGLING))
    assert sure.probability_bp == 9_000
    never = score_features(card(intercept=-50.0), features_of(STRUGGLING))
    assert never.probability_bp == 300


def test_a_model_is_for_one_currency() -> None:
    with pytest.raises(CurrencyMismatch):
        score_of(card(), STEADY, "USD")


def test_a_scorecard_survives_json() -> None:
    assert from_json(json.loads(json.dumps(to_json(card())))) == card()


@pytest.mark.parametrize(
    "broken",
    [
        {"format": "other/1"},
        {"parts": [{"feature": "age", "edges": [], "points": [0.0], "usual": 0.0}]},
        {"parts": [{"feature": "limit", "edges": [2, 1], "points": [0, 0, 0], "usual": 0}]},
        {"calibration": [[0, 1]]},
        {"calibration": "x"},
        {"help_bp": 1},
        {"currency": None, "parts": None},
    ],
)
def test_a_broken_scorecard_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(BadScorecard):
        from_json(to_json(card()) | broken)
    with pytest.raises(BadScorecard):
        from_json(["not", "a", "scorecard"])


def test_drift_is_nothing_when_nothing_moved() -> None:
    then = [features_of(STEADY)] * 8 + [features_of(STRUGGLING)] * 2
    share = {"behind_now": (8_000, 0, 2_000), "paid_share": (2_000, 8_000)}
    same = drift_of(card(ranges=share), then)
    assert all(index == pytest.approx(0, abs=1e-9) for index in same.values())
    moved = drift_of(card(ranges=share), [features_of(STRUGGLING)] * 10)
    assert moved["behind_now"] > 0.25
    with pytest.raises(LendingError):
        drift_of(card(), [])
