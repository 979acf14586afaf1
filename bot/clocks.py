"""How long a borrower has waited for people, against what was promised. Pure.

Three clocks for each escalation, all from its own opening: first reply, next reply, resolution.
They run in working time, but around the clock for what is urgent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.conversation import Escalation
from bot.working_hours import ALWAYS, WorkingHours

WARN_AT = 0.75
"""The part of the time after which a clock warns."""

_EXPECTED_FROM = 3
"""How many answered escalations it takes to say how long one waits."""


class ClockKind(StrEnum):
    FIRST_REPLY = "first_reply"
    NEXT_REPLY = "next_reply"
    RESOLUTION = "resolution"


class ClockState(StrEnum):
    """RUNNING, soon over, over; DONE in time or LATE."""

    RUNNING = "running"
    WARNING = "warning"
    BREACHED = "breached"
    DONE = "done"
    LATE = "late"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long each clock may run, for one priority."""

    first_reply: timedelta
    next_reply: timedelta
    resolution: timedelta
    around_the_clock: bool = False


DEFAULT_LIMITS: Mapping[int, Limits] = {
    0: Limits(
        first_reply=timedelta(minutes=10),
        next_reply=timedelta(minutes=10),
        resolution=timedelta(hours=4),
        around_the_clock=True,
    ),
    1: Limits(
        first_reply=timedelta(hours=1),
        next_reply=timedelta(minutes=30),
        resolution=timedelta(hours=18),
    ),
    2: Limits(
        first_reply=timedelta(hours=4),
        next_reply=timedelta(hours=2),
        resolution=timedelta(hours=27),
    ),
}
"""By priority, in working time: 9 hours are a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRules:
    """The lender's promise: working hours and limits by priority."""

    hours: WorkingHours
    limits: Mapping[int, Limits] = field(default_factory=lambda: DEFAULT_LIMITS)

    def of(self, priority: int) -> tuple[Limits, WorkingHours]:
        known = self.limits.get(priority) or self.limits[max(self.limits)]
        return known, ALWAYS if known.around_the_clock else self.hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One clock. `due_at` is when it breaches, `warn_at` when it warns; `stopped_at`, when it ended.

    `left` is working time; negative, by how much it is over.
    """

    kind: ClockKind
    started_at: datetime
    warn_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    state: ClockState
    left: timedelta


def clocks_of(
    escalation: Escalation, waiting_since: datetime | None, rules: ClockRules, now: datetime
) -> tuple[Clock, ...]:
    """The clocks that count for an escalation at `now`.

    The first reply counts always; the next one only while the borrower waits for it, after the
    first and before the end; the resolution always.
    """
    limits, hours = rules.of(escalation.priority)
    opened, ended = escalation.opened_at, escalation.resolved_at
    # Settled without a word to the borrower: nobody waits for a first reply any more.
    answered = escalation.first_reply_at or ended
    found = [_clock(ClockKind.FIRST_REPLY, opened, answered, limits.first_reply, hours, now)]
    if escalation.first_reply_at is not None and ended is None and waiting_since is not None:
        since = max(waiting_since, opened)
        found.append(_clock(ClockKind.NEXT_REPLY, since, None, limits.next_reply, hours, now))
    found.append(_clock(ClockKind.RESOLUTION, opened, ended, limits.resolution, hours, now))
    return tuple(found)


def most_pressing(clocks: tuple[Clock, ...]) -> Clock | None:
    """The running clock that is due first; None if none runs."""
    running = [clock for clock in clocks if clock.stopped_at is None]
    return min(running, key=lambda clock: clock.due_at, default=None)


def expected_wait(
    answered: tuple[Escalation, ...], ahead: int, staff_present: int, rules: ClockRules
) -> timedelta | None:
    """What to tell a borrower who queues now; None if there is no honest figure.

    The median wait of recent ones, and for those ahead as much again for each round of the people
    who are present.
    """
    waits = sorted(
        rules.hours.between(one.opened_at, one.first_reply_at)
        for one in answered
        if one.first_reply_at is not None
    )
    if len(waits) < _EXPECTED_FROM or staff_present < 1:
        return None
    return waits[len(waits) // 2] * (1 + ahead // staff_present)


def _clock(
    kind: ClockKind,
    started: datetime,
    stopped: datetime | None,
    limit: timedelta,
    hours: WorkingHours,
    now: datetime,
) -> Clock:
    due, warn = hours.add(started, limit), hours.add(started, limit * WARN_AT)
    end = stopped or now
    left = hours.between(end, due) if end <= due else -hours.between(due, end)
    return Clock(
        kind=kind,
        started_at=started,
        warn_at=warn,
        due_at=due,
        stopped_at=stopped,
        state=_state(stopped, now, warn, due),
        left=left,
    )


def _state(stopped: datetime | None, now: datetime, warn: datetime, due: datetime) -> ClockState:
    if stopped is not None:
        return ClockState.DONE if stopped <= due else ClockState.LATE
    if now >= due:
        return ClockState.BREACHED
    return ClockState.WARNING if now >= warn else ClockState.RUNNING
