"""Send planned reminders: any number of workers, each reminder by one, none of them twice.

claim -> look again -> ask the rules -> write down the intent -> send -> write down the result. The
middle four are the outbox's (bot/outbox.py). A worker that dies before the intent loses only time;
one that dies after it leaves the reminder `unconfirmed`, which counts and is never sent again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
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
from bot.reminder_ports import Pace, Reminder, ReminderId, ReminderState
from compliance.terms import Effect
from lending.accounts import Borrower, Product
from lending.errors import TideoverError
from lending.ids import BorrowerId, ConversationId
from scheduler.decide import Never, decide_reminder
from scheduler.reminder_errand import House, ReminderErrand, ReminderRound, borrower_case
from scheduler.routes import EVERY_ADDRESS_GONE, Route, routes_for, why_no_route

log = structlog.get_logger(__name__)

CLAIM_LEASE = timedelta(minutes=5)
_ROUND_S = 0.3
"""A round into a channel with a limit holds as many messages as the channel takes in this time."""

_SAME_ROUND = timedelta(seconds=2)
"""A place so much after the first of its round is not waited for."""

_NEXT_WAY = "next_way"

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
    """One worker. Reminders leave in rounds of up to `together`; `rounds` are under way at once.

    `sleep` waits for a place in the queue. `doubt` says why the clock is not to be believed
    (scheduler/clock_guard.py); nothing is sent then. A round into a channel with a limit is small, so that
    little time passes between a message's last look and its sending.
    """

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
        together: int = 25,
        rounds: int = 3,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        doubt: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._house = house
        self._clock = clock
        self._pace = pace
        self._rates = {Channel.TELEGRAM: TELEGRAM_RATE} if rates is None else dict(rates)
        self._running = running
        self._worker = worker or uuid4().hex
        self._together = together
        self._seats = asyncio.Semaphore(rounds)
        self._sleep = sleep
        self._doubt = doubt
        self._is_halting = False

    async def tick(self, limit: int = 200) -> Tally:
        """Recover what dead workers left, then send up to `limit` reminders whose time has come.

        Raises StoreUnavailable; whatever was claimed then comes back by itself.
        """
        tally = Tally()
        doubt = await asyncio.to_thread(self._doubt)
        if doubt is not None:
            log.error("reminders.clock_doubted", reason=doubt)
            return tally
        tally.taken_back, tally.unconfirmed = await asyncio.to_thread(self._recover)
        if tally.unconfirmed:
            log.error("reminders.unconfirmed", count=tally.unconfirmed)
        # A claim of its own for each round: what an earlier round left is not ours any more.
        claimed, worker = await asyncio.to_thread(self._claim, limit)
        tally.claimed = len(claimed)
        tally.outcomes += Counter(await self.send_claimed(claimed, worker))
        return tally

    async def send_claimed(self, claimed: Sequence[Reminder], worker: str) -> list[str]:
        """Send what this worker has claimed; what became of each, in no order.

        Raises what one of them raised, after the others were tried.
        """
        # As small as the slowest channel asks for: while one round is sent, the next is cleared.
        ways = self._rates if self._running is None else self._running
        size = min((self._size(channel) for channel in ways), default=self._together)
        batches = in_rounds(claimed, size)
        done = await asyncio.gather(
            *(self._guarded(batch, worker) for batch in batches), return_exceptions=True
        )
        outcomes: list[str] = []
        for one in done:
            if isinstance(one, BaseException):
                raise one
            outcomes += one
        return outcomes

    async def drain(self, limit: int = 200) -> Tally:
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

    async def _guarded(self, batch: Sequence[Reminder], worker: str) -> list[str]:
        async with self._seats:
            try:
                return await self._batch(batch, worker)
            except TideoverError as error:
                log.error("reminders.not_sent", reminders=len(batch), error=type(error).__name__)
                raise

    async def _batch(self, batch: Sequence[Reminder], worker: str) -> list[str]:
        """Try each borrower's ways in their order until one takes the message or all refuse."""
        ways = await asyncio.to_thread(self._routes, batch, worker)
        outcomes = ["no_route" for one in batch if not ways[one.id]]
        going = [_Going(reminder=one, routes=ways[one.id]) for one in batch if ways[one.id]]
        while going:
            found: list[tuple[_Going, str]] = []
            for channel, some in _by_channel(going).items():
                for chunk in _chunks(some, self._size(channel)):
                    found += await self._round(channel, chunk, worker)
            going = []
            for one, outcome in found:
                if outcome == _NEXT_WAY and len(one.routes) > 1:
                    going.append(_Going(reminder=one.reminder, routes=one.routes[1:]))
                else:
                    outcomes.append(SendOutcome.BLOCKED if outcome == _NEXT_WAY else outcome)
        return outcomes

    def _size(self, channel: Channel) -> int:
        limit = self._rates.get(channel, Rate()).per_channel
        if limit is None:
            return self._together
        return max(1, min(self._together, int(limit * _ROUND_S)))

    async def _round(
        self, channel: Channel, chunk: Sequence[_Going], worker: str
    ) -> list[tuple[_Going, str]]:
        """One round into one channel; what became of each."""
        places = await asyncio.to_thread(self._places, channel, chunk)
        first = min(places)
        # Who would have to wait longer than the others is put back, and holds nobody up.
        late = [
            one
            for one, place in zip(chunk, places, strict=True)
            if place - self._clock() > _FAR_PLACE or place - first > _SAME_ROUND
        ]
        if late:
            ids = [one.reminder for one in late]
            await asyncio.to_thread(self._put_back, ids, worker, "queue_full")
        found = [(one, "queue_full") for one in late]
        kept = [(o, p) for o, p in zip(chunk, places, strict=True) if o not in late]
        if not kept:
            return found
        await self._until(min(place for _, place in kept))
        chats = await asyncio.to_thread(self._conversations_of, [one for one, _ in kept])
        errands = [
            ReminderErrand(
                house=self._house,
                reminder=one.reminder,
                conversation_id=chat,
                has_next=len(one.routes) > 1,
                place=place,
            )
            for (one, place), chat in zip(kept, chats, strict=True)
        ]
        round_ = ReminderRound(errands=errands, house=self._house, worker=worker, wait=self._until)
        deliveries = await self._outbox.run(round_)
        stale = [
            one.reminder
            for (one, _), delivery in zip(kept, deliveries, strict=True)
            if delivery.outcome is SendOutcome.STALE
        ]
        if stale:
            await asyncio.to_thread(self._put_back, stale, worker, "with_person")
        for (one, _), delivery in zip(kept, deliveries, strict=True):
            await self._heed(channel, delivery)
            goes_on = _goes_on(delivery)
            found.append((one, _NEXT_WAY if goes_on else delivery.outcome.value))
        return found

    def _routes(
        self, batch: Sequence[Reminder], worker: str
    ) -> Mapping[ReminderId, tuple[Route, ...]]:
        """The ways there are for each; without one, a person must look."""
        owners = {one.borrower_id for one in batch}
        found: dict[ReminderId, tuple[Route, ...]] = {}
        with self._store.unit() as uow:
            people = uow.batches.borrowers(owners)
            products = uow.reminders.products_of({one.account_id for one in batch})
            chats, points = uow.batches.chats_of(owners), uow.reminders.points_of(owners)
            lost = []
            for one in batch:
                channels = self._channels_of(one, people[one.borrower_id], products[one.account_id])
                known = (channels, chats[one.borrower_id], points[one.borrower_id])
                found[one.id] = routes_for(*known)
                if not found[one.id]:
                    lost.append((one, why_no_route(*known)))
            if lost:
                held = uow.reminders.hold_claims([one.id for one, _ in lost], worker)
                for one, why in lost:
                    if one.id in held:
                        self._close_without_route(uow, one, why)
                uow.commit()
        return found

    def _channels_of(
        self, reminder: Reminder, borrower: Borrower, product: Product
    ) -> tuple[Channel, ...]:
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

    def _places(self, channel: Channel, chunk: Sequence[_Going]) -> list[datetime]:
        """When each may be handed over: its place in the channel's queue and in its address's."""
        rate, now = self._rates.get(channel, Rate()), self._clock()
        places = [now] * len(chunk)
        if rate.per_channel is not None:
            first = self._pace.reserve(
                channel.value, per_second=rate.per_channel, now=now, count=len(chunk)
            )
            width = timedelta(seconds=1 / rate.per_channel)
            places = [first + width * number for number in range(len(chunk))]
        if rate.per_address is not None:
            keys = [f"{channel.value}:{one.routes[0].address}"[:255] for one in chunk]
            unique = sorted(set(keys))
            found = self._pace.reserve_each(unique, per_second=rate.per_address, now=now)
            own = dict(zip(unique, found, strict=True))
            places = [max(place, own[key]) for place, key in zip(places, keys, strict=True)]
        return places

    async def _until(self, place: datetime) -> None:
        now = self._clock()
        if place > now:
            await self._sleep((place - now).total_seconds())

    async def _heed(self, channel: Channel, delivery: Delivery) -> None:
        """A channel that asks to wait is waited for by everyone."""
        failure = delivery.failure
        if failure is not None and failure.retry_after is not None:
            until = self._clock() + timedelta(seconds=failure.retry_after)
            await asyncio.to_thread(self._pace.pause, channel.value, until)

    def _put_back(self, reminders: Sequence[Reminder], worker: str, reason: str) -> None:
        now = self._clock()
        with self._store.unit() as uow:
            held = uow.reminders.hold_claims([one.id for one in reminders], worker)
            for one in reminders:
                if one.id in held:
                    uow.reminders.postpone(
                        one.id,
                        to=now + timedelta(minutes=5),
                        reason=reason,
                        now=now,
                        tries=one.tries,
                    )
            uow.commit()

    def _conversations_of(self, chunk: Sequence[_Going]) -> list[ConversationId]:
        """The conversation at each address; SMS and e-mail get one when they are first used."""
        if all(one.routes[0].conversation is not None for one in chunk):
            return [one.routes[0].conversation.id for one in chunk if one.routes[0].conversation]
        now = self._clock()
        with self._store.unit() as uow:
            found = [self._conversation_of(uow, one, now) for one in chunk]
            uow.commit()
        return found

    def _conversation_of(self, uow: UnitOfWork, one: _Going, now: datetime) -> ConversationId:
        route, reminder = one.routes[0], one.reminder
        if route.conversation is not None:
            return route.conversation.id
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
        return found.id


@dataclass(frozen=True, slots=True, kw_only=True)
class _Going:
    """A reminder and the ways that were not tried yet; the first is next."""

    reminder: Reminder
    routes: tuple[Route, ...]


def in_rounds(claimed: Sequence[Reminder], size: int) -> list[list[Reminder]]:
    """Rounds in order of time, no two reminders of one to the same borrower.

    The second one to a borrower must see the first: only one a day may go out.
    """
    rounds: list[list[Reminder]] = []
    rest = list(claimed)
    while rest:
        here: list[Reminder] = []
        owners: set[BorrowerId] = set()
        later: list[Reminder] = []
        for one in rest:
            if len(here) < size and one.borrower_id not in owners:
                here.append(one)
                owners.add(one.borrower_id)
            else:
                later.append(one)
        rounds.append(here)
        rest = later
    return rounds


def _by_channel(going: Sequence[_Going]) -> Mapping[Channel, list[_Going]]:
    found: dict[Channel, list[_Going]] = {}
    for one in going:
        found.setdefault(one.routes[0].channel, []).append(one)
    return found


def _chunks(some: Sequence[_Going], size: int) -> list[list[_Going]]:
    """As large as allowed, none twice the same address: a shared number is one conversation."""
    chunks: list[list[_Going]] = []
    for one in some:
        address = one.routes[0].address
        for chunk in chunks:
            if len(chunk) < size and all(o.routes[0].address != address for o in chunk):
                chunk.append(one)
                break
        else:
            chunks.append([one])
    return chunks


def _goes_on(delivery: Delivery) -> bool:
    """Whether the next way is tried: the rules stand against this one, whatever the hour."""
    if delivery.outcome is not SendOutcome.BLOCKED or delivery.answer is None:
        return False
    decision = delivery.answer.decision
    return decision.effect is Effect.BLOCK and decision.alert is None
