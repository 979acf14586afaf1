"""Small portfolios, written straight into the tables, and a whole reminder line to run over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from bot.contact_case import Lender
from bot.messages import Channel, Envelope, SendFailed
from bot.outbox import Outbox
from bot.reminder_ports import Reminder
from compliance.profile_file import load_profile
from lending.holds import DEFAULT_SUSPENDS, HoldKind
from lending.money import Money
from lending.terms import LoanTerms
from scheduler.dispatch import Dispatcher, Rate, Tally
from scheduler.planner import Planner
from scheduler.reminder_errand import House
from scheduler.strategy import Strategy
from scheduler.strategy_file import load_strategy
from scheduler.templates import Sender
from store.db import Database
from store.reminder_planner import SqlPlanner
from store.send_slots import SqlPace
from store.tables import (
    AccountRow,
    BorrowerRow,
    ContactPointRow,
    ContactWishRow,
    ConversationRow,
    HoldRow,
    InstalmentRow,
    LedgerEntryRow,
    MessageRow,
    PaymentRow,
    ReminderRow,
    ScheduleRow,
    StatementRow,
)
from store.terms import terms_to_json
from tests.lending.books import card_terms
from tests.lending.loans import loan

DUE = date(2026, 11, 20)
AMOUNT = 10_000


def at(day: date, hour: int = 12, minute: int = 0) -> datetime:
    """An instant of UTC."""
    return datetime.combine(day, time(hour, minute), UTC)


@dataclass
class HandClock:
    now: datetime = field(default_factory=lambda: at(DUE - timedelta(days=10)))

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Mailbox:
    """A channel that keeps what reaches it with the time, or fails as told."""

    clock: HandClock
    sent: list[tuple[datetime, Envelope]] = field(default_factory=list)
    failures: list[SendFailed | Exception] = field(default_factory=list)
    before_send: Any = None

    async def send(self, envelope: Envelope) -> str:
        if self.before_send is not None:
            self.before_send(envelope)
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append((self.clock(), envelope))
        return f"m{len(self.sent)}"

    async def show_typing(self, address: str) -> None:
        return None

    @property
    def texts(self) -> list[str]:
        return [envelope.content.text for _, envelope in self.sent]


@dataclass
class Line:
    """Planner and dispatcher over one database, with a clock moved by hand."""

    database: Database
    clock: HandClock = field(default_factory=HandClock)
    strategy: Strategy = field(default_factory=load_strategy)
    feed: tuple[str, timedelta] | None = None

    def __post_init__(self) -> None:
        self.telegram, self.sms, self.email = (Mailbox(self.clock) for _ in range(3))
        self.channels: dict[Channel, Any] = {
            Channel.TELEGRAM: self.telegram,
            Channel.SMS: self.sms,
            Channel.EMAIL: self.email,
        }
        self.planner = Planner(
            store=SqlPlanner(self.database), strategy=self.strategy, clock=self.clock
        )
        self.dispatcher = self.worker()

    def house(self) -> House:
        return House(
            strategy=self.strategy,
            sender=Sender(name="Northbank"),
            lender=Lender(),
            feed=self.feed,
            stop_url=lambda address: "https://northbank.example/stop/x",
        )

    def worker(self, **changes: Any) -> Dispatcher:
        outbox = Outbox(
            store=self.database,
            channels=self.channels,
            clock=self.clock,
            profiles=load_profile,
            lender=Lender(),
            keep_trying=(),
        )

        async def no_sleep(_: float) -> None:
            return None

        fields: dict[str, Any] = {
            "store": self.database,
            "outbox": outbox,
            "house": self.house(),
            "clock": self.clock,
            "pace": SqlPace(self.database),
            "rates": {channel: Rate() for channel in Channel},
            "running": frozenset(self.channels),
            "sleep": no_sleep,
        }
        return Dispatcher(**fields | changes)

    async def run(self, now: datetime) -> Tally:
        """Move the clock, plan once, and send what is due."""
        self.clock.now = now
        self.planner.tick()
        return await self.dispatcher.tick()

    async def days(self, first: date, last: date, hours: Sequence[int] = (17,)) -> None:
        day = first
        while day <= last:
            for hour in hours:
                await self.run(at(day, hour))
            day += timedelta(days=1)

    def reminders(self) -> list[Reminder]:
        with self.database.unit() as uow:
            return [r for n in self._accounts() for r in uow.reminders.of_account(n)]

    def _accounts(self) -> list[Any]:
        with self.database.session() as session:
            return list(session.scalars(select(AccountRow.id).order_by(AccountRow.id)))

    def states(self) -> dict[str, str]:
        """State by step of the first account's only due date."""
        return {r.step: r.state.value for r in self.reminders()}


def add_loan(
    database: Database,
    number: int = 1,
    *,
    due: Sequence[date] = (DUE,),
    timezone: str = "Europe/London",
    jurisdiction: str = "UK",
    language: str = "en",
    chat: bool = True,
    borrower: int | None = None,
) -> int:
    """A loan with one instalment of 100.00 for each day given; its borrower has a proved chat."""
    borrower_id = borrower or number
    with database.session() as session:
        if borrower is None:
            session.execute(
                insert(BorrowerRow).values(
                    id=borrower_id, reference=f"B-{number}", full_name=f"Ann {number}",
                    given_name="Ann", language=language, timezone=timezone,
                    jurisdiction=jurisdiction, country="GB",
                )
            )  # fmt: skip
            if chat:
                session.execute(insert(ConversationRow).values(**_chat(borrower_id)))
        session.execute(
            insert(AccountRow).values(
                id=number, borrower_id=borrower_id, reference=f"PL-{1000 + number}",
                product="instalment_loan", currency="GBP", status="active",
                opened_on=DUE - timedelta(days=200), terms=_terms(),
            )
        )  # fmt: skip
        session.commit()
    add_schedule(database, number, due)
    return number


def _terms() -> dict[str, Any]:
    terms: LoanTerms = loan(principal=Money(1_000_000, "GBP"))
    return terms_to_json(terms)


def _chat(borrower_id: int, channel: str = "telegram") -> dict[str, Any]:
    return {
        "id": f"{channel}-{borrower_id}", "channel": channel, "address": str(5000 + borrower_id),
        "is_private": True, "language": "en", "language_chosen": False,
        "identity_stage": "verified", "borrower_id": borrower_id, "identity_tries": 0,
        "identity_expires_at": at(DUE - timedelta(days=100)), "control_owner": "bot",
        "control_epoch": 0, "unclear_turns": 0, "reachable": True, "greeted": True,
        "opened_at": at(DUE - timedelta(days=100)),
    }  # fmt: skip


def add_schedule(
    database: Database,
    account: int,
    due: Sequence[date],
    *,
    version: int = 1,
    from_on: date | None = None,
    now: datetime | None = None,
) -> None:
    with database.session() as session:
        schedule_id = session.execute(
            insert(ScheduleRow)
            .values(
                account_id=account, version=version, reason="test", from_on=from_on,
                created_at=now or at(DUE - timedelta(days=200)),
            )
            .returning(ScheduleRow.id)
        ).scalar_one()  # fmt: skip
        for n, day in enumerate(due, start=1):
            session.execute(
                insert(InstalmentRow).values(
                    schedule_id=schedule_id, number=n, due_on=day, currency="GBP",
                    principal_minor=AMOUNT, interest_minor=0,
                )
            )  # fmt: skip
        session.commit()


def pay(database: Database, account: int, on: date, key: str, minor: int = AMOUNT) -> None:
    """Money that arrived, as a mirror of the lender's books has it."""
    with database.session() as session:
        session.execute(
            insert(LedgerEntryRow).values(
                account_id=account, currency="GBP", kind="repayment", effective_on=on,
                booked_at=at(on), idempotency_key=key, principal_minor=-minor, interest_minor=0,
                fee_minor=0, penalty_minor=0, credit_minor=0,
            )
        )  # fmt: skip
        session.commit()


def pending(database: Database, account: int, on: date, key: str) -> None:
    with database.session() as session:
        session.execute(
            insert(PaymentRow).values(
                account_id=account, currency="GBP", amount_minor=AMOUNT, status="pending",
                method="transfer", initiated_on=on, external_key=key,
            )
        )  # fmt: skip
        session.commit()


def set_payment(database: Database, key: str, status: str) -> None:
    with database.session() as session:
        session.execute(
            update(PaymentRow).where(PaymentRow.external_key == key).values(status=status)
        )
        session.commit()


def hold(
    database: Database, kind: HoldKind, first: date, until: date | None, borrower: int = 1
) -> None:
    with database.session() as session:
        session.execute(
            insert(HoldRow).values(
                kind=kind.value, borrower_id=borrower, account_id=None, from_on=first,
                until_on=until, owner="staff", reason="test",
                suspends=sorted(what.value for what in DEFAULT_SUSPENDS[kind]),
                created_at=at(first),
            )
        )  # fmt: skip
        session.commit()


def add_point(
    database: Database, kind: str, value: str, *, borrower: int = 1, verified: bool = True
) -> None:
    with database.session() as session:
        session.execute(
            insert(ContactPointRow).values(
                borrower_id=borrower, kind=kind, value=value, value_index=value, reachable=True,
                verified_at=at(DUE - timedelta(days=90)) if verified else None,
            )
        )  # fmt: skip
        session.commit()


def add_card(
    database: Database,
    number: int,
    *,
    borrower: int,
    closed: date,
    due: date,
    minimum: int = 2_500,
) -> None:
    """A card with one statement; the borrower must be there."""
    limit, floor = Money(500_000, "GBP"), Money(2_500, "GBP")
    terms = card_terms(credit_limit=limit, minimum_floor=floor)
    with database.session() as session:
        session.execute(
            insert(AccountRow).values(
                id=number, borrower_id=borrower, reference=f"CC-{1000 + number}",
                product="credit_card", currency="GBP", status="active",
                opened_on=DUE - timedelta(days=200), terms=terms_to_json(terms),
            )
        )  # fmt: skip
        session.execute(
            insert(StatementRow).values(
                account_id=number, number=1, closed_on=closed, due_on=due, currency="GBP",
                balance_minor=minimum * 10, minimum_due_minor=minimum,
            )
        )  # fmt: skip
        session.commit()


__all__ = ["ContactWishRow", "MessageRow", "ReminderRow"]
