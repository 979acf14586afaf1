"""Who waits for a person: the queue, with filters, sorting and clocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from bot.clocks import Clock as ServiceClock
from bot.clocks import ClockRules, clocks_of, most_pressing
from bot.ports import Clock, Store
from bot.ports_staff import Queued, QueueFilter
from bot.staff import Staff
from console.permissions import Action, require


class Sort(StrEnum):
    """PRIORITY: most urgent, then longest waiting. DUE: the clock that runs out first. NEWEST, OLDEST."""

    PRIORITY = "priority"
    DUE = "due"
    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One open escalation as the list shows it. `pressing` is the clock that runs out first."""

    queued: Queued
    clocks: tuple[ServiceClock, ...]
    pressing: ServiceClock | None
    is_mine: bool
    is_free: bool


class Inbox:
    """Lists the queue. Sync; one transaction each."""

    def __init__(self, *, store: Store, clock: Clock, rules: ClockRules) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules

    def rows(
        self, staff: Staff, wanted: QueueFilter, sort: Sort = Sort.PRIORITY
    ) -> tuple[QueueRow, ...]:
        """Open escalations that fit the filter; clocks only of these, whatever the length of the queue.

        Raises NotAllowed.
        """
        require(staff.role, Action.SEE_QUEUE)
        now = self._clock()
        with self._store.unit() as uow:
            found = uow.escalations.queue(wanted)
        return tuple(_sorted([self._row(one, staff, now) for one in found], sort))

    def _row(self, queued: Queued, staff: Staff, now: datetime) -> QueueRow:
        conversation = queued.conversation
        clocks = clocks_of(queued.escalation, conversation.waiting_since, self._rules, now)
        held = conversation.control
        return QueueRow(
            queued=queued,
            clocks=clocks,
            pressing=most_pressing(clocks),
            is_mine=held.is_held_by(staff.login, now),
            is_free=held.staff is None or held.has_lapsed(now),
        )


def _sorted(rows: list[QueueRow], sort: Sort) -> list[QueueRow]:
    match sort:
        case Sort.PRIORITY:
            return rows
        case Sort.DUE:
            never = datetime.max.replace(tzinfo=UTC)
            return sorted(rows, key=lambda row: row.pressing.due_at if row.pressing else never)
        case Sort.NEWEST:
            return sorted(rows, key=lambda row: row.queued.escalation.opened_at, reverse=True)
        case Sort.OLDEST:
            return sorted(rows, key=lambda row: row.queued.escalation.opened_at)
