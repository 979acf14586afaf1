"""A clock that cannot be right: nothing is planned or sent until it is plausible, and it says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.clock_guard import ClockGuard
from scheduler.planner import Planner
from store.clock_facts import newest_sent, server_time
from store.db import Database
from store.reminder_planner import SqlPlanner
from tests.scheduler.portfolio import DUE, Line, add_loan, at

NOW = datetime(2026, 11, 17, 12, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@dataclass
class Machine:
    """A wall clock that can be set, and seconds that nobody can set."""

    now: datetime = NOW
    seconds: float = 0.0
    newest: datetime | None = None
    server: datetime | None = None

    def guard(self) -> ClockGuard:
        return ClockGuard(
            lambda: self.now,
            newest=lambda: self.newest,
            server=lambda: self.server,
            running=lambda: self.seconds,
        )

    def passes(self, time: timedelta) -> None:
        self.now += time
        self.seconds += time.total_seconds()


def test_time_that_passes_is_believed_however_long() -> None:
    machine = Machine()
    guard = machine.guard()
    for _ in range(40):
        machine.passes(DAY)
        machine.newest = machine.now
        assert guard.doubt() is None


@pytest.mark.parametrize("jump", [DAY, -DAY, HOUR, -HOUR, 6 * MINUTE, -6 * MINUTE])
def test_a_jump_is_doubted_until_it_is_taken_back(jump: timedelta) -> None:
    machine = Machine()
    guard = machine.guard()
    machine.now += jump
    doubt = guard.doubt()
    assert doubt is not None and ("ahead" if jump > timedelta() else "back") in doubt
    machine.passes(HOUR)
    assert guard.doubt() is not None
    machine.now -= jump
    assert guard.doubt() is None


@pytest.mark.parametrize("step", [4 * MINUTE, -4 * MINUTE])
def test_what_a_time_service_corrects_is_no_jump(step: timedelta) -> None:
    machine = Machine()
    guard = machine.guard()
    machine.now += step
    assert guard.doubt() is None


def test_a_process_that_starts_with_a_wrong_clock_is_told_by_the_server_or_by_what_was_sent() -> (
    None
):
    wrong = Machine(now=NOW + DAY, server=NOW)
    assert "1440 minutes ahead of the database server's" in (wrong.guard().doubt() or "")
    wrong.server = wrong.now + MINUTE
    assert wrong.guard().doubt() is None
    behind = Machine(now=NOW - DAY, newest=NOW)
    assert "still to come" in (behind.guard().doubt() or "")
    behind.newest = NOW - DAY - HOUR
    assert behind.guard().doubt() is None


async def test_nothing_is_planned_or_sent_while_the_clock_is_doubted(database: Database) -> None:
    line, machine = Line(database), Machine(now=at(DUE - 3 * DAY, 17))
    add_loan(database)
    guard = machine.guard()
    line.clock.now = machine.now
    planner = Planner(
        store=SqlPlanner(database), strategy=line.strategy, clock=line.clock, doubt=guard.doubt
    )
    worker = line.worker(doubt=guard.doubt)
    machine.now += DAY
    assert planner.tick().reminders == 0
    machine.now -= DAY
    assert planner.tick().reminders == 1
    machine.now += DAY
    assert (await worker.tick()).claimed == 0
    machine.now -= DAY
    assert (await worker.tick()).sent == 1
    assert newest_sent(database) == line.clock.now


def test_the_server_has_a_clock_of_its_own_on_postgresql_only(database: Database) -> None:
    found = server_time(database)
    if database.engine.dialect.name == "sqlite":
        assert found is None
    else:
        assert found is not None and abs(found - datetime.now(UTC)) < 60 * MINUTE
