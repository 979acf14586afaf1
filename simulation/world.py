"""A portfolio under a virtual clock: the real planner, gate and dispatcher, and simulated borrowers.

Every three virtual hours: what borrowers do by then is written, as a lender's system would; every twelve
the planner runs; what is due is sent into channels that only count; whoever reads decides what to do
later. Nothing here decides about a contact.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.contact_case import Lender
from bot.messages import Channel, Envelope, SendFailed
from bot.outbox import Outbox
from compliance.profile import Profile
from lending.dates import add_months
from lending.holds import HoldKind
from scheduler.dispatch import Dispatcher, Rate
from scheduler.planner import Planner
from scheduler.reminder_errand import House
from scheduler.strategy import Strategy
from scheduler.templates import Sender
from simulation.behaviour import Behaviour
from simulation.draws import Draws
from store.db import Database
from store.reminder_planner import SqlPlanner
from store.send_slots import SqlPace
from store.simulated import Changes, OpenAccount, SentReminder, SimulatedBooks

STEP_H = 3
"""Virtual hours from one round of sending to the next; a day must divide by it."""

PLAN_EVERY_H = 12
_WEEK = timedelta(days=7)
_FAST = {Channel.TELEGRAM, Channel.SMS, Channel.EMAIL, Channel.WEB}


@dataclass(slots=True)
class Due:
    """`number` stays when a plan moves the date, so that chance stays with the due date."""

    number: int
    due_on: date
    principal: int
    interest: int
    closed_on: date | None
    first_due_on: date
    paid_at: datetime | None = None


@dataclass(slots=True)
class Life:
    """An account and its borrower as the simulation goes."""

    account: OpenAccount
    dues: list[Due]
    zone: ZoneInfo
    told: list[datetime] = field(default_factory=list)
    hardship: list[tuple[date, date]] = field(default_factory=list)
    promises: list[tuple[date, bool]] = field(default_factory=list)
    plans: int = 0
    complaints: int = 0
    stops: int = 0
    asked: bool = False

    def in_hardship(self, day: date) -> bool:
        return any(first <= day < last for first, last in self.hardship)

    def open_dues(self, day: date) -> list[Due]:
        """Not paid, oldest first; of a card only statements that closed on a day before.

        Money that comes on the closing day still belongs to the statement before.
        """
        return [
            due
            for due in self.dues
            if due.paid_at is None and (due.closed_on is None or due.closed_on < day)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """A time in which nobody may be reminded, as the world itself knows it.

    After the instant `since`, before the local day `until_on`. `about`: only of this due date.
    """

    borrower_id: int
    since: datetime
    until_on: date
    why: str
    about: date | None = None


@dataclass(slots=True, kw_only=True)
class Told:
    """What the world knows for the examiner (simulation/audit.py), from no decision of ours."""

    delivered: dict[int, int] = field(default_factory=dict)
    quiet: list[Quiet] = field(default_factory=list)
    stopped: list[tuple[int, str, datetime]] = field(default_factory=list)


class SimulatedChannel:
    """Takes every message but those to a chat that was blocked."""

    def __init__(self, told: Told, gone: set[str]) -> None:
        self._told = told
        self._gone = gone

    async def send(self, envelope: Envelope) -> str:
        if envelope.address in self._gone:
            raise SendFailed("the chat was blocked", permanent=True)
        delivered = self._told.delivered
        delivered[envelope.message_id] = delivered.get(envelope.message_id, 0) + 1
        return str(envelope.message_id)

    async def show_typing(self, address: str) -> None:
        return None


class World:
    """One run of one strategy. `profiles` loads contact rules by name."""

    def __init__(
        self,
        *,
        database: Database,
        strategy: Strategy,
        behaviour: Behaviour,
        draws: Draws,
        profiles: Callable[[str], Profile],
        start: date,
        days: int,
        lender_name: str,
    ) -> None:
        self._behaviour = behaviour
        self._draws = draws
        self._start, self._days = start, days
        self.now = datetime.combine(start, time(), UTC)
        self.books = SimulatedBooks(database)
        self.told = Told()
        self.lives: dict[int, Life] = {}
        self.sent: list[SentReminder] = []
        self._gone: set[str] = set()
        self._agenda: list[tuple[datetime, int, int, str, int]] = []
        self._order = 0
        house = House(
            strategy=strategy,
            sender=Sender(name=lender_name),
            lender=Lender(),
            stop_url=lambda _: "https://lender.example/stop",
        )
        self._planner = Planner(
            store=SqlPlanner(database), strategy=strategy, clock=lambda: self.now
        )
        outbox = Outbox(
            store=database,
            channels={channel: SimulatedChannel(self.told, self._gone) for channel in _FAST},
            clock=lambda: self.now,
            profiles=profiles,
            lender=Lender(),
            keep_trying=(),
        )
        self._dispatcher = Dispatcher(
            store=database,
            outbox=outbox,
            house=house,
            clock=lambda: self.now,
            pace=SqlPace(database),
            rates={channel: Rate() for channel in Channel},
            running=frozenset(_FAST),
            together=200,
            rounds=1,
        )

    async def run(self, progress: Callable[[int], None] = lambda _: None) -> None:
        """All days; `progress` gets each day that is over."""
        self._begin()
        for day in range(self._days):
            for hour in range(0, 24, STEP_H):
                self.now = datetime.combine(self._start + timedelta(days=day), time(hour), UTC)
                self._act()
                if hour % PLAN_EVERY_H == 0:
                    self._planner.tick()
                while self.books.has_due(self.now):
                    await self._dispatcher.tick(400)
                self._read()
            progress(day + 1)

    def _begin(self) -> None:
        through = self._start + timedelta(days=self._days + 31)
        for account in self.books.open_accounts(self._start, through):
            life = Life(
                account=account,
                zone=ZoneInfo(account.timezone),
                dues=[
                    Due(
                        number=due.number,
                        due_on=due.due_on,
                        principal=due.principal,
                        interest=due.interest,
                        closed_on=due.closed_on,
                        first_due_on=due.due_on,
                    )
                    for due in account.dues
                ],
            )
            self._hardships(life)
            self.lives[account.account_id] = life
            for due in life.dues:
                self._unasked(life, due)

    def _hardships(self, life: Life) -> None:
        """Times in which the borrower cannot pay."""
        paying, borrower = self._behaviour.paying, life.account.borrower_id
        for month in range(self._days // 30 + 1):
            if self._draws.happens(paying.hardship_per_month, borrower, month, "hardship"):
                first = self._start + timedelta(
                    days=30 * month + self._draws.whole(0, 29, borrower, month, "hardship day")
                )
                life.hardship.append((first, first + timedelta(days=paying.hardship_days)))

    def _unasked(self, life: Life, due: Due) -> None:
        """When this would be paid if nobody ever wrote: by the day, on a later one, or not."""
        paying, draws = self._behaviour.paying, self._draws
        key = (life.account.borrower_id, life.account.account_id, due.number)
        own = draws.uniform(life.account.borrower_id, "reliable") - 0.5
        on_time = min(1.0, max(0.0, paying.on_time + paying.spread * own))
        if draws.happens(on_time, *key, "on time"):
            day = due.due_on - timedelta(days=draws.whole(0, 5, *key, "days early"))
        else:
            day = self._late_day(due, key)
        moment = self._at(life, day, draws.whole(8 * 60, 20 * 60, *key, "minute"))
        if moment.date() < self._start + timedelta(days=self._days):
            self._plan(moment, life, "pay", due.number)

    def _late_day(self, due: Due, key: tuple[int, int, int]) -> date:
        """Each day has the same chance; the number of days until then follows from one draw."""
        chance, draw = self._behaviour.paying.late_per_day, self._draws.uniform(*key, "late")
        days, left = 1, 1.0
        while days < 400:
            left *= 1 - chance
            if draw >= left:
                break
            days += 1
        return due.due_on + timedelta(days=days)

    def _at(self, life: Life, day: date, minute: int) -> datetime:
        local = datetime.combine(day, time(minute // 60, minute % 60), life.zone)
        return max(local.astimezone(UTC), self.now)

    def _plan(self, at: datetime, life: Life, what: str, number: int) -> None:
        self._order += 1
        heapq.heappush(self._agenda, (at, self._order, life.account.account_id, what, number))

    def _act(self) -> None:
        """Whatever borrowers and staff do up to now."""
        if not self._agenda or self._agenda[0][0] > self.now:
            return
        with self.books.changes() as changes:
            while self._agenda and self._agenda[0][0] <= self.now:
                at, _, account_id, what, number = heapq.heappop(self._agenda)
                life = self.lives[account_id]
                match what:
                    case "pay":
                        self._pay(changes, life, number, at)
                    case "keep":
                        self._pay(changes, life, number, at, promised=True)
                    case "plan":
                        self._move(changes, life, at)
                    case _:
                        raise AssertionError(what)

    def _pay(
        self, changes: Changes, life: Life, number: int, at: datetime, *, promised: bool = False
    ) -> None:
        """This due and all that is older; of a card all that has closed."""
        day = at.astimezone(life.zone).date()
        if life.in_hardship(day) and not promised:
            self._after_hardship(life, number, day)
            return
        wanted = next((due for due in life.dues if due.number == number), None)
        if wanted is None or wanted.paid_at is not None:
            return
        for due in life.open_dues(day):
            if due.number == number or due.due_on <= wanted.due_on or life.account.is_card:
                due.paid_at = at
                changes.pay(
                    life.account,
                    f"sim:{due.number}",
                    principal=due.principal,
                    interest=due.interest,
                    at=at,
                )

    def _after_hardship(self, life: Life, number: int, day: date) -> None:
        """What could not be paid is paid some days after the bad time, with the usual chance."""
        until = max(last for first, last in life.hardship if first <= day < last)
        key = (life.account.account_id, number, "after hardship")
        if self._draws.happens(0.7, *key):
            moment = self._at(life, until + timedelta(days=self._draws.whole(0, 9, *key)), 720)
            self._plan(moment, life, "pay", number)

    def _move(self, changes: Changes, life: Life, at: datetime) -> None:
        """A plan was agreed: everything open is due a month later."""
        day = at.astimezone(life.zone).date()
        moved = [due for due in life.dues if due.paid_at is None]
        if life.account.is_card or not moved:
            return
        changes.move(
            life.account.account_id,
            {due.due_on: add_months(max(due.due_on, day), 1) for due in moved},
            at,
        )
        for due in moved:
            due.due_on = add_months(max(due.due_on, day), 1)
        changes.hold(life.account.borrower_id, HoldKind.PLAN, day, None, "simulated plan")
        life.plans += 1
        life.hardship = [(first, min(last, day)) for first, last in life.hardship]

    def _read(self) -> None:
        """Who reads what just arrived, and what they will do."""
        last = self.sent[-1].message_id if self.sent else 0
        news = self.books.sent(after=last)
        if not news:
            return
        self.sent += news
        with self.books.changes() as changes:
            for sent in news:
                if sent.delivery == "sent" and sent.account_id in self.lives:
                    self._react(changes, self.lives[sent.account_id], sent)

    def _react(self, changes: Changes, life: Life, sent: SentReminder) -> None:
        reading, draws = self._behaviour.reading, self._draws
        day = self.now.astimezone(life.zone).date()
        # The same day asks the same question, whichever strategy wrote.
        key = (life.account.borrower_id, day)
        lately = sum(self.now - moment < _WEEK for moment in life.told)
        life.told.append(self.now)
        if not draws.happens(reading.read.get(sent.channel, 0.5), *key, "read"):
            return
        bother = (1 + lately) ** 1.5
        if draws.happens(min(1.0, reading.complains * bother), *key, "complain"):
            until = day + timedelta(days=14)
            changes.hold(sent.borrower_id, HoldKind.COMPLAINT, day, until, "simulated complaint")
            self._hush(sent.borrower_id, until, "complaint")
            life.complaints += 1
            return
        if draws.happens(min(1.0, reading.stops * bother), *key, "stop"):
            changes.stop(sent, self.now)
            self.told.stopped.append((sent.borrower_id, sent.channel, self.now))
            life.stops += 1
        if sent.channel == "telegram" and draws.happens(reading.blocks_chat, *key, "block"):
            self._gone.add(sent.address)
        due = next((d for d in life.open_dues(day) if d.due_on == sent.due_on), None)
        if due is not None:
            self._answer(changes, life, due, key, lately, day)

    def _answer(
        self,
        changes: Changes,
        life: Life,
        due: Due,
        key: tuple[int, date],
        lately: int,
        day: date,
    ) -> None:
        reading, draws = self._behaviour.reading, self._draws
        if life.in_hardship(day):
            if not life.asked and draws.happens(reading.asks_for_help, *key, "help"):
                life.asked = True
                until = day + timedelta(days=5)
                changes.hold(
                    life.account.borrower_id, HoldKind.HARDSHIP_REQUEST, day, until, "simulated"
                )
                self._hush(life.account.borrower_id, until, "hardship request")
                if draws.happens(reading.plan_accepted, *key, "plan"):
                    self._plan(self._at(life, day + timedelta(days=4), 720), life, "plan", 0)
            return
        days = (day - due.due_on).days
        chance = (
            reading.pays_before
            if days < 0
            else reading.pays_on_day
            if days == 0
            else reading.pays_late
        )
        draw = draws.uniform(*key, "pays")
        if draw < chance * reading.fatigue**lately:
            delay = draws.whole(1, 26, *key, "hours until")
            self._plan(self.now + timedelta(hours=delay), life, "pay", due.number)
        elif days > 0 and draws.happens(reading.promises, *key, "promise"):
            self._promise(changes, life, due, key, day)

    def _promise(
        self, changes: Changes, life: Life, due: Due, key: tuple[int, date], day: date
    ) -> None:
        by = day + timedelta(days=self._draws.whole(2, 8, *key, "promised day"))
        amount = sum(d.principal + d.interest for d in life.open_dues(day) if d.due_on <= day)
        changes.promise(life.account, max(1, amount), day, by)
        kept = self._draws.happens(self._behaviour.reading.promise_kept, *key, "kept")
        life.promises.append((by, kept))
        # Money that comes sooner ends a promise, and the next due date has its own reminders.
        self._hush(life.account.borrower_id, by, "promise", about=due.due_on)
        if kept:
            self._plan(self._at(life, by, 720), life, "keep", due.number)

    def _hush(self, borrower: int, until: date, why: str, about: date | None = None) -> None:
        self.told.quiet.append(
            Quiet(borrower_id=borrower, since=self.now, until_on=until, why=why, about=about)
        )

    def everyone(self) -> Sequence[Life]:
        return list(self.lives.values())
