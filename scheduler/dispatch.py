"""Send planned reminders: any number of workers, each reminder by one, none of them twice.

claim -> look again -> ask the rules -> write down the intent -> send -> write down the result. The
middle four are the outbox's (bot/outbox.py). A worker that dies before the intent loses only time;
one that dies after it leaves the reminder `unconfirmed`, which counts and is never sent again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

import structlog

from bot.conversation import Conversation, Identity, IdentityStage
from bot.drafts import Delivery, SendOutcome
from bot.handover import Control
from bot.messages import Channel
from bot.outbox import Outbox
from bot.ports import Clock, Store, UnitOfWork
from bot.reminder_ports import Pace, Reminder, ReminderState
from compliance.terms import Effect
from lending.errors import TideoverError
from lending.ids import ConversationId
from scheduler.decide import Never, decide_reminder
from scheduler.reminder_errand import House, ReminderErrand, borrower_case
from scheduler.routes import EVERY_ADDRESS_GONE, Route, routes_for, why_no_route

log = structlog.get_logger(__name__)

CLAIM_LEASE = timedelta(minutes=5)
_FAR_PLACE = timedelta(minutes=2)
"""A place in the queue further away is not waited for; the reminder is put back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Messages a second over a channel, and to one address of it; None is without a limit."""

    per_channel: float | None = None
    per_address: float | None = None


TELEGRAM_RATE = Rate(per_channel=30.0, per_address=1.0)
"""What Telegram allows one bot: 30 messages a second in all, one a second in a chat."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """What a round did. `outcomes` counts messages by outcome; `unsent` were given up untouched."""

    claimed: int = 0
    taken_back: int = 0
    unconfirmed: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def sent(self) -> int:
        return self.outcomes[SendOutcome.SENT.value]


class Dispatcher:
    """One worker. `sleep` waits for a place in the queue; `at_once` bounds messages under way."""

    def __init__(
        self,
        *,
        store: Store,
        outbox: Outbox,
        house: House,
        clock: Clock,
        pace: Pace,
        rates: Mapping[Channel, Rate] | None = None,
        running: frozenset[Channel] | None = None,
        worker: str | None = None,
        at_once: int = 8,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._house = house
        self._clock = clock
        self._pace = pace
        self._rates = {Channel.TELEGRAM: TELEGRAM_RATE} if rates is None else dict(rates)
        self._running = running
        self._worker = worker or uuid4().hex
        self._seats = asyncio.Semaphore(at_once)
        self._sleep = sleep
        self._is_halting = False

    async def tick(self, limit: int = 100) -> Tally:
        """Recover what dead workers left, then send up to `limit` reminders whose time has come.

        Raises StoreUnavailable; whatever was claimed then comes back by itself.
        """
        tally = Tally()
        tally.taken_back, tally.unconfirmed = await asyncio.to_thread(self._recover)
        if tally.unconfirmed:
            log.error("reminders.unconfirmed", count=tally.unconfirmed)
        # A claim of its own for each round: what an earlier round left is not ours any more.
        claimed, worker = await asyncio.to_thread(self._claim, limit)
        tally.claimed = len(claimed)
        outcomes = await asyncio.gather(
            *(self._guarded(reminder, worker) for reminder in claimed), return_exceptions=True
        )
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
            tally.outcomes[outcome] += 1
        return tally

    async def drain(self, limit: int = 100) -> Tally:
        """Rounds until nothing is left whose time has come, or `halt` was called."""
        total = Tally()
        while True:
            tally = await self.tick(limit)
            total.claimed += tally.claimed
            total.taken_back += tally.taken_back
            total.unconfirmed += tally.unconfirmed
            total.outcomes += tally.outcomes
            if not tally.claimed or self._is_halting:
                return total

    def halt(self) -> None:
        """End after the round that is under way: the process stops."""
        self._is_halting = True

    def _recover(self) -> tuple[int, int]:
        with self._store.unit() as uow:
            found = uow.reminders.recover(self._clock())
            uow.commit()
        return found

    def _claim(self, limit: int) -> tuple[tuple[Reminder, ...], str]:
        now = self._clock()
        worker = f"{self._worker[:31]}.{uuid4().hex[:16]}"
        with self._store.unit() as uow:
            claimed = uow.reminders.claim(
                worker=worker, now=now, until=now + CLAIM_LEASE, limit=limit
            )
            uow.commit()
        return claimed, worker

    async def _guarded(self, reminder: Reminder, worker: str) -> str:
        async with self._seats:
            try:
                return await self._one(reminder, worker)
            except TideoverError as error:
                log.error("reminders.not_sent", reminder=reminder.id, error=type(error).__name__)
                raise

    async def _one(self, reminder: Reminder, worker: str) -> str:
        """Try the ways to the borrower in their order until one takes the message or all refuse."""
        routes = await asyncio.to_thread(self._routes, reminder, worker)
        for number, route in enumerate(routes, start=1):
            if not await self._wait_for_place(reminder, route, worker):
                return "queue_full"
            conversation_id = await asyncio.to_thread(self._conversation_of, reminder, route)
            errand = ReminderErrand(
                house=self._house,
                reminder=reminder,
                worker=worker,
                has_next=number < len(routes),
            )
            delivery = await self._outbox.run(conversation_id, errand)
            if delivery.outcome is SendOutcome.STALE:
                await asyncio.to_thread(self._put_back, reminder, worker, "with_person")
            await self._heed(route, delivery)
            if not _goes_on(delivery):
                return delivery.outcome.value
        return SendOutcome.BLOCKED.value if routes else "no_route"

    def _routes(self, reminder: Reminder, worker: str) -> tuple[Route, ...]:
        """The ways there are; without one, a person must look."""
        with self._store.unit() as uow:
            channels = self._channels_of(uow, reminder)
            chats = uow.conversations.of_borrower(reminder.borrower_id)
            points = uow.reminders.points_of(reminder.borrower_id)
            routes = routes_for(channels, chats, points)
            if not routes and uow.reminders.hold_claim(reminder.id, worker) is not None:
                self._close_without_route(uow, reminder, why_no_route(channels, chats, points))
                uow.commit()
        return routes

    def _channels_of(self, uow: UnitOfWork, reminder: Reminder) -> tuple[Channel, ...]:
        borrower = uow.borrowers.get(reminder.borrower_id)
        product = uow.reminders.product_of(reminder.account_id)
        segment = self._house.strategy.segment_of(borrower, product)
        steps = segment.steps if segment else ()
        named = next((step.channels for step in steps if step.name == reminder.step), ())
        if self._running is None:
            return named
        return tuple(channel for channel in named if channel in self._running)

    def _close_without_route(self, uow: UnitOfWork, reminder: Reminder, why: str) -> None:
        """Nothing to say any more: cancel. Every address gone: a person must look."""
        now = self._clock()
        borrower = uow.borrowers.get(reminder.borrower_id)
        file = uow.accounts.file(reminder.account_id)
        case = borrower_case(uow, borrower, file, self._house)
        verdict = decide_reminder(case, self._house.strategy, now)
        state = ReminderState.DEAD if why == EVERY_ADDRESS_GONE else ReminderState.BLOCKED
        reason = why
        if isinstance(verdict, Never):
            state, reason = ReminderState.CANCELLED, verdict.reason
        uow.reminders.settle(reminder.id, state, now=now, reason=reason)

    async def _wait_for_place(self, reminder: Reminder, route: Route, worker: str) -> bool:
        rate = self._rates.get(route.channel, Rate())
        for key, per_second in (
            (route.channel.value, rate.per_channel),
            (f"{route.channel.value}:{route.address}"[:255], rate.per_address),
        ):
            if per_second is None:
                continue
            now = self._clock()
            place = await asyncio.to_thread(self._place, key, per_second, now)
            if place - now > _FAR_PLACE:
                await asyncio.to_thread(self._put_back, reminder, worker, "queue_full")
                return False
            if place > now:
                await self._sleep((place - now).total_seconds())
        return True

    def _place(self, key: str, per_second: float, now: datetime) -> datetime:
        return self._pace.reserve(key, per_second=per_second, now=now)

    async def _heed(self, route: Route, delivery: Delivery) -> None:
        """What a channel's refusal means for others: wait, or forget the address."""
        failure = delivery.failure
        if failure is None:
            return
        if failure.retry_after is not None:
            until = self._clock() + timedelta(seconds=failure.retry_after)
            await asyncio.to_thread(self._pace.pause, route.channel.value, until)

    def _put_back(self, reminder: Reminder, worker: str, reason: str) -> None:
        now = self._clock()
        with self._store.unit() as uow:
            if uow.reminders.hold_claim(reminder.id, worker) is None:
                return
            uow.reminders.postpone(
                reminder.id,
                to=now + timedelta(minutes=5),
                reason=reason,
                now=now,
                tries=reminder.tries,
            )
            uow.commit()

    def _conversation_of(self, reminder: Reminder, route: Route) -> ConversationId:
        """The conversation at an address; SMS and e-mail get one when they are first used."""
        if route.conversation is not None:
            return route.conversation.id
        now = self._clock()
        with self._store.unit() as uow:
            found = uow.conversations.find(route.channel, route.address)
            if found is None:
                borrower = uow.borrowers.get(reminder.borrower_id)
                found = Conversation(
                    id=ConversationId(str(uuid4())),
                    channel=route.channel,
                    address=route.address,
                    is_private=True,
                    language=borrower.language,
                    language_chosen=False,
                    identity=Identity(stage=IdentityStage.LINKED, borrower_id=reminder.borrower_id),
                    control=Control(),
                    opened_at=now,
                )
                uow.conversations.add(found)
                uow.commit()
        return found.id


def _goes_on(delivery: Delivery) -> bool:
    """Whether the next way is tried: the rules stand against this one, whatever the hour."""
    if delivery.outcome is not SendOutcome.BLOCKED or delivery.answer is None:
        return False
    decision = delivery.answer.decision
    return decision.effect is Effect.BLOCK and decision.alert is None
