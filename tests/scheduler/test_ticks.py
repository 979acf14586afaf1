"""Ticks missed, repeated, overlapping and out of order send what perfect ticks send, less what a
later state made wrong: a step whose days passed, were held, or were paid before any tick came."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lending.holds import HoldKind
from scheduler.decide import Remind, decide_reminder
from scheduler.reminder_errand import borrower_case
from scheduler.strategy_file import load_strategy
from store.db import Database
from tests.scheduler.portfolio import DUE, Line, add_loan, at, hold, pay

DAY = timedelta(days=1)
FIRST, LAST = -8, 9
STEPS = next(s for s in load_strategy().segments if s.name == "loans").steps


@dataclass(frozen=True)
class World:
    """What happens besides ticks, in days from the due date: [hold), and a payment."""

    hold: tuple[int, int] | None
    paid: int | None

    def allows(self, day: int) -> bool:
        held = self.hold is not None and self.hold[0] <= day < self.hold[1]
        return not held and (self.paid is None or day < self.paid)


worlds = st.builds(
    World,
    hold=st.none()
    | st.tuples(st.integers(-8, 6), st.integers(1, 8)).map(lambda p: (p[0], p[0] + p[1])),
    paid=st.none() | st.integers(-6, 9),
)
# What one visit to a day does: p plans, d dispatches, 2 lets two workers dispatch at once.
visits = st.lists(
    st.tuples(
        st.integers(FIRST, LAST), st.sampled_from(["", "p", "d", "pd", "pdd", "ppd2", "dp2"])
    ),
    min_size=4,
    max_size=22,
)


def in_some_disorder(found: list[tuple[int, str]], swaps: list[int]) -> list[tuple[int, str]]:
    """Ascending days, but for a clock that at some places steps back to an earlier visit."""
    ordered = sorted(found)
    for place in swaps:
        if place + 1 < len(ordered):
            ordered[place], ordered[place + 1] = ordered[place + 1], ordered[place]
    return ordered


def perfect(world: World) -> set[str]:
    """What perfect ticks send, from the strategy and the world alone."""
    sent = set()
    for step in STEPS:
        days = range(max(step.offset_days, FIRST), min(step.until_days, LAST + 1))
        if any(world.allows(day) for day in days):
            sent.add(step.name)
    return sent


def run(template: Path, world: World, ticks: list[tuple[int, str]]) -> set[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tideover.db"
        shutil.copy(template, path)
        database = Database(f"sqlite:///{path}")
        try:
            return asyncio.run(_run(Line(database), world, ticks))
        finally:
            database.close()


async def _run(line: Line, world: World, ticks: list[tuple[int, str]]) -> set[str]:
    # The next instalment is far away: it has steps of its own, beyond these days.
    add_loan(line.database, due=[DUE, DUE + 200 * DAY])
    if world.hold is not None:
        first, until = world.hold
        hold(line.database, HoldKind.COMPLAINT, DUE + first * DAY, DUE + until * DAY)
    paid, latest = False, FIRST
    for day, kinds in ticks:
        if world.paid is not None and day >= world.paid and not paid:
            pay(line.database, 1, DUE + world.paid * DAY, "paid")
            paid = True
        line.clock.now = at(DUE + day * DAY, 17)
        before = len(line.telegram.sent)
        for kind in kinds:
            await _tick(line, kind)
        if len(line.telegram.sent) > before:
            assert world.allows(day) and not paid, (day, world)
        went_back = day < latest
        latest = max(day, latest)
        # A clock that ran ahead can have given a step up for a later one.
        if kinds in ("pdd", "ppd2") and not went_back:
            assert not _still_wanted(line), f"nothing may be left after a full round on {day}"
    texts = [(r.due_on, r.step) for r in line.reminders() if r.state == "sent"]
    assert len(texts) == len(set(texts)) == len(line.telegram.sent)
    assert len({moment.date() for moment, _ in line.telegram.sent}) == len(line.telegram.sent)
    return {step for due_on, step in texts if due_on == DUE}


async def _tick(line: Line, kind: str) -> None:
    if kind == "p":
        line.planner.tick()
    elif kind == "d":
        await line.dispatcher.tick()
    else:
        await asyncio.gather(line.worker().tick(), line.worker().tick())


def _still_wanted(line: Line) -> bool:
    with line.database.unit() as uow:
        file = uow.accounts.by_reference("PL-1001")
        assert file is not None
        borrower = uow.borrowers.get(file.account.borrower_id)
        case = borrower_case(uow, borrower, file, line.house())
    return isinstance(decide_reminder(case, line.strategy, line.clock()), Remind)


@settings(
    max_examples=14, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(world=worlds, found=visits, swaps=st.lists(st.integers(0, 20), max_size=3))
def test_whatever_the_ticks_do_what_is_sent_is_what_perfect_ticks_send(
    sqlite_template: Path, world: World, found: list[tuple[int, str]], swaps: list[int]
) -> None:
    ticks = in_some_disorder(found, swaps)
    assert run(sqlite_template, world, ticks) <= perfect(world)


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(world=worlds, doubled=st.sets(st.integers(FIRST, LAST)))
def test_a_round_each_day_or_more_sends_exactly_what_perfect_ticks_send(
    sqlite_template: Path, world: World, doubled: set[int]
) -> None:
    ticks = [(day, "ppd2" if day in doubled else "pdd") for day in range(FIRST, LAST + 1)]
    assert run(sqlite_template, world, ticks) == perfect(world)
