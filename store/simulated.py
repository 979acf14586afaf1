"""The books of a simulation, in a database of its own: made, changed as borrowers act, and read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from compliance.wish_records import to_json
from compliance.wishes import ChannelConsent, ConsentType, Medium
from lending.holds import DEFAULT_SUSPENDS, HoldKind
from lending.money import Money
from lending.schedules import rows_in_effect
from lending.terms import CardTerms, LoanTerms, Method
from store.base import Base
from store.bulk import insert_rows
from store.db import Database
from store.repositories_accounts import SqlAccounts
from store.tables import (
    AccountRow,
    BorrowerRow,
    ContactDecisionRow,
    ContactPointRow,
    ContactWishRow,
    ConversationRow,
    HoldRow,
    InstalmentRow,
    LedgerEntryRow,
    MessageRow,
    OptOutRow,
    PaymentRow,
    PromiseRow,
    ReminderRow,
    ScheduleRow,
    StatementRow,
)
from store.terms import terms_to_json

CARD_DAYS = 25
"""From a statement's closing to its due date."""

_COPIED: tuple[type[Base], ...] = (
    *(BorrowerRow, ContactPointRow, AccountRow, ScheduleRow, InstalmentRow, StatementRow),
    *(PaymentRow, LedgerEntryRow, HoldRow, PromiseRow, ConversationRow, ContactWishRow, OptOutRow),
)
"""What a copy of a real portfolio takes along. Messages stay: they are nobody's business here."""

_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """A borrower with one account, to be written. `due`: the dates of its rows, or statements'."""

    number: int
    given_name: str
    language: str
    timezone: str
    jurisdiction: str
    country: str
    currency: str
    is_card: bool
    amount: int
    due: Sequence[date]
    channels: Sequence[str]
    consented: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDue:
    """Something that an account owes by a day and that was not paid when the simulation began."""

    number: int
    due_on: date
    principal: int
    interest: int
    closed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAccount:
    account_id: int
    borrower_id: int
    currency: str
    timezone: str
    jurisdiction: str
    is_card: bool
    dues: Sequence[OpenDue]


@dataclass(frozen=True, slots=True, kw_only=True)
class SentReminder:
    """A reminder that left, with what an examiner asks of it."""

    message_id: int
    account_id: int
    borrower_id: int
    due_on: date
    step: str
    offset_days: int
    channel: str
    address: str
    at: datetime
    delivery: str
    text: str


class SimulatedBooks:
    """A database that nobody else uses. Not for real books: durability is given up for speed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        if database.engine.dialect.name == "sqlite":
            with database.engine.connect() as connection:
                raw: Any = connection.connection.driver_connection
                connection.rollback()
                raw.execute("PRAGMA synchronous = OFF")

    def add_people(self, people: Iterable[NewPerson], start: date) -> int:
        """Write borrowers with their accounts; what fell due before `start` was paid."""
        count = 0
        batch: list[NewPerson] = []
        for person in people:
            batch.append(person)
            count += 1
            if len(batch) == _AT_ONCE:
                self._write(batch, start)
                batch = []
        self._write(batch, start)
        self._settle()
        return count

    def copy_from(self, source: Database) -> int:
        """A copy of a real portfolio, read only; how many borrowers.

        Postings are left: accounts whose interest is worked out here are then mirrors of their
        entries, as those of a lender's own system are.
        """
        for table in _COPIED:
            with source.session() as session:
                columns = [column.name for column in table.__table__.columns]
                query = select(*(getattr(table, name) for name in columns))
                found = session.execute(query.execution_options(yield_per=_AT_ONCE))
                for part in found.partitions(_AT_ONCE):
                    rows = [dict(zip(columns, row, strict=True)) for row in part]
                    with self._database.session() as own:
                        insert_rows(own, table, rows)
                        own.commit()
        self._settle()
        with self._database.session() as session:
            return session.scalar(select(func.count()).select_from(BorrowerRow)) or 0

    def open_accounts(self, start: date, through: date) -> Iterator[OpenAccount]:
        """Active accounts with what falls due until `through` and is not paid at `start`."""
        after = 0
        while True:
            with self._database.session() as session:
                files = SqlAccounts(session).page(after=after, limit=_AT_ONCE)
                if not files:
                    return
                owners = {file.account.borrower_id for file in files}
                people = {
                    row.id: row
                    for row in session.scalars(
                        select(BorrowerRow).where(BorrowerRow.id.in_(owners))
                    )
                }
            for file in files:
                account = file.account
                dues = [due for due in _open_dues(file, start) if due.due_on <= through]
                if account.status == "active" and dues:
                    person = people[account.borrower_id]
                    yield OpenAccount(
                        account_id=account.id,
                        borrower_id=account.borrower_id,
                        currency=account.currency,
                        timezone=person.timezone,
                        jurisdiction=person.jurisdiction,
                        is_card=account.product.value == "credit_card",
                        dues=dues,
                    )
            after = files[-1].account.id

    @contextmanager
    def changes(self) -> Iterator[Changes]:
        """What borrowers do in one hour, in one transaction."""
        with self._database.session() as session:
            yield Changes(session)
            session.commit()

    def has_due(self, now: datetime) -> bool:
        row = ReminderRow
        query = select(row.id).where(row.state == "planned", row.send_at <= now).limit(1)
        with self._database.session() as session:
            return session.scalar(query) is not None

    def sent(self, *, after: int) -> Sequence[SentReminder]:
        """Reminders whose message has an id above `after`, whatever the channel did with it."""
        row, message, chat = ReminderRow, MessageRow, ConversationRow
        query = (
            select(
                *(message.id, row.account_id, row.borrower_id, row.due_on, row.step),
                *(row.offset_days, chat.channel, chat.address, message.at, message.delivery),
                message.text,
            )
            .join(message, message.id == row.message_id)
            .join(chat, chat.id == message.conversation_id)
            .where(row.message_id > after)
            .order_by(message.id)
        )
        names = SentReminder.__dataclass_fields__
        with self._database.session() as session:
            return [
                SentReminder(**dict(zip(names, found, strict=True)))
                for found in session.execute(query)
            ]

    def blocked(self) -> dict[tuple[str, str], int]:
        """(outcome, rules) of what the contact rules did not let pass: how often."""
        row, found = ContactDecisionRow, dict[tuple[str, str], int]()
        with self._database.session() as session:
            query = select(row.outcome, row.rules, func.count()).where(row.outcome != "allow")
            for outcome, rules, count in session.execute(query.group_by(row.outcome, row.rules)):
                found[(outcome, ", ".join(rules))] = count
        return found

    def held_back(self) -> dict[tuple[str, str], int]:
        """(state, reason) of reminders that did not go out: how many stand so at the end."""
        row = ReminderRow
        query = select(row.state, func.coalesce(row.reason, ""), func.count()).where(
            row.state.not_in(("sent", "sending"))
        )
        with self._database.session() as session:
            found = session.execute(query.group_by(row.state, row.reason))
            return {(state, reason): count for state, reason, count in found}

    def consents(self) -> dict[int, frozenset[str]]:
        """Borrower: media that they expressly allowed."""
        row, found = ContactWishRow, dict[int, set[str]]()
        query = select(row.borrower_id, row.parameters).where(row.kind == "consent")
        with self._database.session() as session:
            for borrower, parameters in session.execute(query):
                if borrower is not None and parameters.get("type") == "channel":
                    media = {parameters["channel"]} if parameters.get("channel") else set(Medium)
                    found.setdefault(borrower, set()).update(str(one) for one in media)
        return {borrower: frozenset(media) for borrower, media in found.items()}

    def _write(self, batch: Sequence[NewPerson], start: date) -> None:
        if not batch:
            return
        rows: dict[type[Base], list[dict[str, Any]]] = {}
        for person in batch:
            for table, values in _rows_of(person, start):
                rows.setdefault(table, []).append(values)
        with self._database.session() as session:
            for table, values_ in rows.items():
                insert_rows(session, table, values_)
            session.commit()

    def _settle(self) -> None:
        """Statistics as a database in service has them."""
        with self._database.session() as session:
            session.execute(text("ANALYZE"))
            session.commit()


class Changes:
    """What borrowers and staff do, as the lender's system would write it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def pay(
        self, account: OpenAccount, key: str, *, principal: int, interest: int, at: datetime
    ) -> None:
        self._session.execute(
            insert(LedgerEntryRow).values(
                account_id=account.account_id,
                currency=account.currency,
                kind="repayment",
                effective_on=at.astimezone(ZoneInfo(account.timezone)).date(),
                booked_at=at,
                idempotency_key=key,
                principal_minor=-principal,
                interest_minor=-interest,
                fee_minor=0,
                penalty_minor=0,
                credit_minor=0,
            )
        )

    def promise(self, account: OpenAccount, minor: int, made_on: date, due_on: date) -> None:
        self._session.execute(
            insert(PromiseRow).values(
                account_id=account.account_id,
                currency=account.currency,
                amount_minor=minor,
                made_on=made_on,
                due_on=due_on,
                grace_days=1,
                created_at=datetime.combine(made_on, time(12), UTC),
            )
        )

    def hold(
        self, borrower_id: int, kind: HoldKind, from_on: date, until_on: date | None, reason: str
    ) -> None:
        self._session.execute(
            insert(HoldRow).values(
                kind=kind.value,
                borrower_id=borrower_id,
                account_id=None,
                from_on=from_on,
                until_on=until_on,
                owner="simulation",
                reason=reason,
                suspends=sorted(what.value for what in DEFAULT_SUSPENDS[kind]),
                created_at=datetime.combine(from_on, time(12), UTC),
            )
        )

    def stop(self, sent: SentReminder, at: datetime) -> None:
        self._session.execute(
            insert(OptOutRow).values(
                channel=sent.channel,
                address=sent.address,
                borrower_id=sent.borrower_id,
                at=at,
                via="simulation",
            )
        )

    def move(self, account_id: int, dates: dict[date, date], at: datetime) -> None:
        """A plan: a new version of the schedule in which these due dates became others."""
        row = ScheduleRow
        newest = self._session.scalars(
            select(row).where(row.account_id == account_id).order_by(row.version.desc()).limit(1)
        ).one()
        old = self._session.scalars(
            select(InstalmentRow)
            .where(InstalmentRow.schedule_id == newest.id)
            .order_by(InstalmentRow.number)
        ).all()
        new_id = self._session.execute(
            insert(row)
            .values(
                account_id=account_id,
                version=newest.version + 1,
                reason="simulated plan",
                from_on=newest.from_on,
                created_at=at,
            )
            .returning(row.id)
        ).scalar_one()
        self._session.execute(
            insert(InstalmentRow),
            [
                {
                    "schedule_id": new_id,
                    "number": one.number,
                    "due_on": dates.get(one.due_on, one.due_on),
                    "currency": one.currency,
                    "principal_minor": one.principal_minor,
                    "interest_minor": one.interest_minor,
                }
                for one in old
            ],
        )

    def unreachable(self, sent: SentReminder) -> None:
        row = ConversationRow
        self._session.execute(
            update(row)
            .where(row.channel == sent.channel, row.address_index == sent.address)
            .values(reachable=False)
        )


def _open_dues(file: Any, start: date) -> Iterator[OpenDue]:
    if file.account.product.value == "credit_card":
        for one in file.statements:
            if one.due_on >= start:
                yield OpenDue(
                    number=one.number,
                    due_on=one.due_on,
                    principal=one.minimum_due.minor,
                    interest=0,
                    closed_on=one.closed_on,
                )
        return
    kinds = ("repayment", "waiver", "reversal")
    paid = -sum(e.principal.minor + e.interest.minor for e in file.entries if e.kind in kinds)
    for _, row in rows_in_effect(file.schedules):
        whole = row.principal.minor + row.interest.minor
        if paid >= whole:
            paid -= whole
            continue
        left = whole - paid
        paid = 0
        interest = min(row.interest.minor, left)
        yield OpenDue(
            number=row.number, due_on=row.due_on, principal=left - interest, interest=interest
        )


def _rows_of(person: NewPerson, start: date) -> Iterator[tuple[type[Base], dict[str, Any]]]:
    number, currency = person.number, person.currency
    began = datetime.combine(start - timedelta(days=400), time(), UTC)
    yield BorrowerRow, {
        "id": number, "reference": f"SIM-{number}", "full_name": person.given_name,
        "given_name": person.given_name, "language": person.language,
        "timezone": person.timezone, "jurisdiction": person.jurisdiction,
        "country": person.country,
    }  # fmt: skip
    yield AccountRow, {
        "id": number, "borrower_id": number,
        "reference": f"{'CC' if person.is_card else 'PL'}-{100000 + number}",
        "product": "credit_card" if person.is_card else "instalment_loan", "currency": currency,
        "status": "active", "opened_on": start - timedelta(days=400), "terms": _terms(person),
    }  # fmt: skip
    if not person.is_card:
        yield ScheduleRow, {
            "id": number, "account_id": number, "version": 1, "reason": "simulated",
            "created_at": began, "from_on": None,
        }  # fmt: skip
    for row, due_on in enumerate(person.due, start=1):
        if person.is_card:
            yield StatementRow, {
                "account_id": number, "number": row, "closed_on": due_on - timedelta(CARD_DAYS),
                "due_on": due_on, "currency": currency, "balance_minor": person.amount * 5,
                "minimum_due_minor": person.amount // 2,
            }  # fmt: skip
        else:
            yield InstalmentRow, {
                "schedule_id": number, "number": row, "due_on": due_on, "currency": currency,
                "principal_minor": person.amount, "interest_minor": 0,
                "principal_to_date_minor": person.amount * row, "interest_to_date_minor": 0,
            }  # fmt: skip
        if due_on < start:
            yield LedgerEntryRow, {
                "account_id": number, "currency": currency, "kind": "repayment",
                "effective_on": due_on, "booked_at": datetime.combine(due_on, time(12), UTC),
                "idempotency_key": f"before:{row}",
                "principal_minor": -(person.amount // 2 if person.is_card else person.amount),
                "interest_minor": 0, "fee_minor": 0, "penalty_minor": 0, "credit_minor": 0,
            }  # fmt: skip
    yield from _ways(person, began)


def _ways(person: NewPerson, began: datetime) -> Iterator[tuple[type[Base], dict[str, Any]]]:
    number = person.number
    for channel in person.channels:
        if channel == "telegram":
            yield ConversationRow, {
                "id": f"sim-{number}", "channel": channel, "address": str(number),
                "address_index": str(number),
                "is_private": True, "language": person.language, "language_chosen": False,
                "identity_stage": "verified", "borrower_id": number, "identity_tries": 0,
                "identity_expires_at": began, "control_owner": "bot", "control_epoch": 0,
                "unclear_turns": 0, "reachable": True, "greeted": True, "opened_at": began,
            }  # fmt: skip
        else:
            is_phone = channel == "sms"
            value = f"+1555{number:07}" if is_phone else f"b{number}@sim.example"
            yield ContactPointRow, {
                "borrower_id": number, "kind": "phone" if is_phone else "email",
                "value": value, "value_index": value,
                "reachable": True, "verified_at": began,
            }  # fmt: skip
    if person.consented:
        for medium in (Medium.CHAT, Medium.SMS, Medium.EMAIL):
            wish = ChannelConsent(type=ConsentType.CHANNEL, channel=medium)
            yield ContactWishRow, {
                "borrower_id": number, "kind": "consent", "parameters": to_json(wish),
                "source": "import", "said_at": began, "text": "", "reason": "",
            }  # fmt: skip


def _terms(person: NewPerson) -> dict[str, Any]:
    if person.is_card:
        return terms_to_json(
            CardTerms(
                credit_limit=Money(person.amount * 20, person.currency),
                statement_day=1,
                due_days=CARD_DAYS,
                annual_rate_bp=2_000,
                minimum_rate_bp=1_000,
                minimum_floor=Money(person.amount // 2, person.currency),
            )
        )
    return terms_to_json(
        LoanTerms(
            principal=Money(person.amount * len(person.due), person.currency),
            annual_rate_bp=0,
            instalments=len(person.due),
            first_due_on=person.due[0],
            method=Method.EQUAL_PRINCIPAL,
        )
    )
