"""The contacts of one borrower, checked once and counted once for each question asked of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from compliance.counting import Counted, Scope
from compliance.errors import HistoryOutOfOrder
from compliance.events import Event
from compliance.terms import Intent
from compliance.zones import DAY, seconds_of, zone_clock

_Key = tuple[Counted, Scope]


class History:
    """Every contact with one borrower over all channels, ascending by time. Never changed.

    What was counted is kept, so a prepared history answers again without reading its events.
    """

    __slots__ = ("_answered", "_days", "_inbound", "_last_at", "_stated", "events")

    def __init__(self, events: Iterable[Event] = ()) -> None:
        """Raises HistoryOutOfOrder."""
        self.events: tuple[Event, ...] = tuple(events)
        self._days: dict[_Key, list[int]] = {}
        self._inbound: dict[str, Event] = {}
        self._answered: set[str] = set()
        self._stated: list[tuple[Intent, Event]] = []
        self._last_at: datetime | None = None
        seen: set[str] = set()
        for event in self.events:
            if event.id in seen or (self._last_at is not None and event.at < self._last_at):
                raise _out_of_order(event)
            seen.add(event.id)
            self._note(event)

    def _note(self, event: Event) -> None:
        self._last_at = event.at
        if event.is_inbound:
            self._inbound[event.id] = event
            meaning = event.meaning
            if meaning is not None and meaning is not Intent.QUESTION:
                self._stated.append((meaning, event))
        elif event.reply_to is not None:
            self._answered.add(event.reply_to)

    def with_event(self, event: Event) -> History:
        """This history and one more contact; what was counted is carried over, not counted again.

        Raises HistoryOutOfOrder if the event is older than the last one, or known.
        """
        if self._last_at is not None and event.at < self._last_at:
            raise _out_of_order(event)
        if any(event.id == known.id for known in self.events):
            raise _out_of_order(event)
        after = History()
        after.events = (*self.events, event)
        after._inbound, after._answered = dict(self._inbound), set(self._answered)
        after._stated = list(self._stated)
        after._note(event)
        for key, days in self._days.items():
            counted, scope = key
            fits = counted.counts(event) and scope.covers(event)
            after._days[key] = sorted([*days, local_day(event, scope)]) if fits else days
        return after

    def up_to(self, now: datetime) -> History:
        """What has happened by `now`: this very history, unless it holds later events."""
        if self._last_at is None or self._last_at <= now:
            return self
        return History(event for event in self.events if event.at <= now)

    def days(self, counted: Counted, scope: Scope) -> Sequence[int]:
        """The local dates of the contacts that count, ascending."""
        key = (counted, scope)
        days = self._days.get(key)
        if days is None:
            days = self._days[key] = sorted(
                local_day(event, scope) for event in self.matching(counted, scope)
            )
        return days

    def matching(self, counted: Counted, scope: Scope) -> list[Event]:
        return [e for e in self.events if counted.counts(e) and scope.covers(e)]

    def inbound(self, event_id: str) -> Event | None:
        return self._inbound.get(event_id)

    def is_answered(self, event_id: str) -> bool:
        """Whether some outbound contact was the answer to this event."""
        return event_id in self._answered

    @property
    def stated(self) -> Sequence[tuple[Intent, Event]]:
        """Where the borrower said stop, or refused to pay."""
        return self._stated


def local_day(event: Event, scope: Scope) -> int:
    return zone_clock(scope.zone).local(seconds_of(event.at)) // DAY


def _out_of_order(event: Event) -> HistoryOutOfOrder:
    return HistoryOutOfOrder(
        f"Event {event.id} is out of order, or its id is used twice.",
        hint="Give the events ascending by time, each with an id of its own.",
    )
