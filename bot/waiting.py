"""Periodic work for those who wait for people: leases that ran out, nobody free, clocks that ran out.

Each function is one pass, safe to repeat and to run in several processes at once: what it does is
recorded with it, once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.clocks import ClockKind, ClockRules, ClockState, clocks_of
from bot.control import lapse
from bot.conversation import Conversation, Escalation
from bot.handover import NotYourTurn, Owner
from bot.notices import Notices
from bot.ports import Clock, Store
from bot.staff_events import EventKind
from lending.ids import ConversationId

log = structlog.get_logger(__name__)

AT_ONCE = 200
KEPT = timedelta(days=2)
"""How long news of single messages are kept; all else stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """What one pass did, in numbers."""

    lapsed: int = 0
    told_nobody_free: int = 0
    warned: int = 0
    breached: int = 0


class Waiting:
    """Looks after those who wait. `run` does one pass of everything."""

    def __init__(self, *, store: Store, clock: Clock, notices: Notices, rules: ClockRules) -> None:
        self._store = store
        self._clock = clock
        self._notices = notices
        self._rules = rules

    async def run(self) -> Passed:
        lapsed = await self.give_back_lapsed()
        warned, breached = await asyncio.to_thread(self.check_clocks)
        told = await self.tell_nobody_free()
        await asyncio.to_thread(self._forget_old_news)
        return Passed(lapsed=lapsed, told_nobody_free=told, warned=warned, breached=breached)

    async def give_back_lapsed(self) -> int:
        """Conversations whose holder did nothing for too long go back to the queue; they are told."""
        done = 0
        for conversation_id in await asyncio.to_thread(self._lapsed):
            moved = await asyncio.to_thread(self._lapse, conversation_id)
            if moved is not None:
                done += 1
                await self._notices.stepped_away(*moved)
        return done

    def check_clocks(self) -> tuple[int, int]:
        """News for staff of each clock that warns or has run out, once each: (warned, breached)."""
        now, counts = self._clock(), {ClockState.WARNING: 0, ClockState.BREACHED: 0}
        with self._store.unit() as uow:
            for escalation in uow.escalations.unresolved():
                waiting = uow.conversations.get(escalation.conversation_id).waiting_since
                for clock in clocks_of(escalation, waiting, self._rules, now):
                    if clock.state not in counts:
                        continue
                    is_over = clock.state is ClockState.BREACHED
                    counts[clock.state] += uow.events.add(
                        EventKind.CLOCK_BREACHED if is_over else EventKind.CLOCK_WARNING,
                        at=now,
                        conversation_id=escalation.conversation_id,
                        escalation_id=escalation.id,
                        details={"clock": clock.kind.value, "priority": str(escalation.priority)},
                        once=_key(escalation, clock.kind, clock.state, clock.started_at),
                    )
            uow.commit()
        return counts[ClockState.WARNING], counts[ClockState.BREACHED]

    async def tell_nobody_free(self) -> int:
        """Whoever was promised a person in time and has none is told so, once for each escalation."""
        done = 0
        for conversation in await asyncio.to_thread(self._forgotten):
            await self._notices.nobody_free(conversation)
            done += 1
        return done

    def _lapsed(self) -> tuple[ConversationId, ...]:
        with self._store.unit() as uow:
            return uow.desk.lapsed(self._clock(), AT_ONCE)

    def _lapse(self, conversation_id: ConversationId) -> tuple[Conversation, str] | None:
        """The conversation and the name of who had it; None if it moved on meanwhile."""
        now = self._clock()
        try:
            with self._store.unit() as uow:
                before = uow.conversations.get(conversation_id, for_update=True)
                moved = lapse(uow, before, now)
                if moved is before:
                    return None
                login = before.control.staff or ""
                staff = uow.staff.by_login(login)
                uow.commit()
        except NotYourTurn:
            return None
        return moved, staff.name if staff else login

    def _forgotten(self) -> tuple[Conversation, ...]:
        """Conversations to tell, each noted as told: a crash leaves one untold, never told twice."""
        now, found = self._clock(), {}
        with self._store.unit() as uow:
            for escalation in uow.escalations.unresolved():
                if escalation.claimed_by is not None or escalation.first_reply_at is not None:
                    continue
                first = clocks_of(escalation, None, self._rules, now)[0]
                conversation = uow.conversations.get(escalation.conversation_id)
                queued = conversation.control.owner is Owner.QUEUED
                if first.state is not ClockState.BREACHED or not queued:
                    continue
                is_new = uow.events.add(
                    EventKind.NOBODY_FREE,
                    at=now,
                    conversation_id=conversation.id,
                    escalation_id=escalation.id,
                    once=f"nobody-free:{escalation.id}",
                )
                if is_new:
                    found[conversation.id] = conversation
            uow.commit()
        return tuple(found.values())

    def _forget_old_news(self) -> None:
        with self._store.unit() as uow:
            uow.events.prune(self._clock() - KEPT)
            uow.commit()


def _key(escalation: Escalation, kind: ClockKind, state: ClockState, started: datetime) -> str:
    """Next replies have a clock each time anew; the others one for the whole escalation."""
    since = f":{started:%Y%m%dT%H%M%S}" if kind is ClockKind.NEXT_REPLY else ""
    return f"clock:{escalation.id}:{kind.value}{since}:{state.value}"


async def every(seconds: float, work: Callable[[], Awaitable[object]], stop: asyncio.Event) -> None:
    """Do it again and again until `stop`; a failure is logged and the next time comes."""
    while not stop.is_set():
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - the next pass must come whatever happened
            log.error("waiting.failed", error=type(error).__name__)
        try:
            await asyncio.wait_for(stop.wait(), seconds)
        except TimeoutError:
            continue
