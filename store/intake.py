"""Whole files of the lender's system in SQL: judged and written in batches, sets at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Select, delete, insert, select, text, update
from sqlalchemy.orm import Session

from lending.accounts import Account, AccountStatus, EntryKind, Payment, PaymentStatus
from lending.bookkeeping import record_payment
from lending.dates import local_day
from lending.errors import TideoverError
from lending.ids import PaymentId
from lending.intake import Kind, OtherImport, Outcome, Progress, Record, Verdict
from lending.portfolio import (
    AGREED,
    account_of,
    check_instalments,
    check_same,
    first_schedule,
    opening_of,
)
from lending.records import (
    OPENING,
    AccountRecord,
    BorrowerRecord,
    PaymentRecord,
    PointRecord,
    ScheduleRecord,
)
from store.base import Base
from store.bulk import insert_rows
from store.db import Database
from store.repositories_accounts import read_account
from store.repositories_books import SqlBooks
from store.repositories_lender import borrower_values
from store.tables import (
    AccountRow,
    BorrowerRow,
    ContactPointRow,
    ImportRow,
    InstalmentRow,
    LedgerEntryRow,
    PaymentRow,
    PostingRow,
    ScheduleRow,
)
from store.terms import terms_to_json

Digest = Callable[[str, str, str], str]
BIRTH_DATE = "birth_date"
_NOW_SAME, _NEW, _CHANGED = (
    Verdict(Outcome.SAME),
    Verdict(Outcome.NEW),
    Verdict(Outcome.CHANGED),
)
_SAMPLED = 1_000
"""Rows of an index that SQLite looks at for its statistics."""
_WRITTEN: dict[Kind, tuple[type[Base], ...]] = {
    Kind.BORROWERS: (BorrowerRow,),
    Kind.CONTACT_POINTS: (ContactPointRow,),
    Kind.ACCOUNTS: (AccountRow, PostingRow, LedgerEntryRow, ScheduleRow, InstalmentRow),
    Kind.SCHEDULES: (ScheduleRow, InstalmentRow),
    Kind.PAYMENTS: (PaymentRow, PostingRow, LedgerEntryRow),
}
_ASKED_AT_ONCE = 1_000
"""Fewer than the variables that SQLite takes in one statement."""


class SqlIntake:
    """Implements `lending.intake.IntakeUnit`. `digest` keys second facts (bot/identity.py)."""

    def __init__(self, session: Session, digest: Digest) -> None:
        self._session = session
        self._digest = digest

    def judge(self, records: Sequence[Record], now: datetime) -> list[Verdict]:
        if not records:
            return []
        match records[0]:
            case BorrowerRecord():
                return self._judge_borrowers(cast(Sequence[BorrowerRecord], records))
            case PointRecord():
                return self._judge_points(cast(Sequence[PointRecord], records))
            case AccountRecord():
                return self._judge_accounts(cast(Sequence[AccountRecord], records), now)
            case ScheduleRecord():
                return self._judge_schedules(cast(Sequence[ScheduleRecord], records))
            case PaymentRecord():
                return self._judge_payments(cast(Sequence[PaymentRecord], records), now)

    def write(self, records: Sequence[Record], verdicts: Sequence[Verdict], now: datetime) -> None:
        if not records:
            return
        is_new = [verdict.outcome is Outcome.NEW for verdict in verdicts]
        match records[0]:
            case BorrowerRecord():
                self._write_borrowers(cast(Sequence[BorrowerRecord], records), is_new)
            case PointRecord():
                self._write_points(cast(Sequence[PointRecord], records), is_new)
            case AccountRecord():
                self._write_accounts(cast(Sequence[AccountRecord], records), now)
            case ScheduleRecord():
                self._write_schedules(cast(Sequence[ScheduleRecord], records), now)
            case PaymentRecord():
                self._write_payments(cast(Sequence[PaymentRecord], records), now)

    # Borrowers

    def _judge_borrowers(self, records: Sequence[BorrowerRecord]) -> list[Verdict]:
        row = BorrowerRow
        query = select(row)
        known = {r.reference: r for r in self._in(query, row.reference, _references(records))}
        return [self._judge_borrower(known.get(one.reference), one) for one in records]

    def _judge_borrower(self, known: BorrowerRow | None, told: BorrowerRecord) -> Verdict:
        if known is None:
            return _NEW
        values = self._borrower(told)
        return _NOW_SAME if all(getattr(known, k) == v for k, v in values.items()) else _CHANGED

    def _borrower(self, told: BorrowerRecord) -> dict[str, Any]:
        values = borrower_values(told)
        if told.birth_date is not None:
            born = told.birth_date.isoformat()
            values["second_fact_kind"] = BIRTH_DATE
            values["second_fact_digest"] = self._digest(told.reference, BIRTH_DATE, born)
        return values

    def _write_borrowers(self, records: Sequence[BorrowerRecord], is_new: Sequence[bool]) -> None:
        new = []
        for told, fresh in zip(records, is_new, strict=True):
            values = self._borrower(told)
            if fresh:
                new.append({"second_fact_kind": None, "second_fact_digest": None, **values})
            else:
                self._session.execute(
                    update(BorrowerRow)
                    .where(BorrowerRow.reference == told.reference)
                    .values(**values)
                )
        insert_rows(self._session, BorrowerRow, new)

    # Contact points

    def _judge_points(self, records: Sequence[PointRecord]) -> list[Verdict]:
        people = self._borrower_ids(record.borrower for record in records)
        row = ContactPointRow
        found = self._in(select(row), row.borrower_id, people.values())
        known = {(r.borrower_id, r.kind, r.value): (r.verified_at, r.reachable) for r in found}
        verdicts = []
        for told in records:
            whose = people.get(told.borrower)
            if whose is None:
                verdicts.append(_no_borrower())
                continue
            kept = known.get((whose, told.kind.value, told.value))
            same = kept == (told.verified_at, told.reachable)
            verdicts.append(_NEW if kept is None else _NOW_SAME if same else _CHANGED)
        return verdicts

    def _write_points(self, records: Sequence[PointRecord], is_new: Sequence[bool]) -> None:
        people = self._borrower_ids(record.borrower for record in records)
        new = []
        for told, fresh in zip(records, is_new, strict=True):
            same = {"borrower_id": people[told.borrower], "kind": told.kind.value}
            same["value_index"] = told.value
            state = {"verified_at": told.verified_at, "reachable": told.reachable}
            if fresh:
                new.append({**same, "value": told.value, **state})
            else:
                self._session.execute(update(ContactPointRow).filter_by(**same).values(**state))
        insert_rows(self._session, ContactPointRow, new)

    # Accounts

    def _judge_accounts(self, records: Sequence[AccountRecord], now: datetime) -> list[Verdict]:
        people = {
            r.reference: r
            for r in self._in(
                select(BorrowerRow), BorrowerRow.reference, {one.borrower for one in records}
            )
        }
        known = self._accounts(_references(records))
        verdicts = []
        for told in records:
            whose = people.get(told.borrower)
            if whose is None:
                verdicts.append(_no_borrower())
                continue
            try:
                account = known.get(told.reference)
                if account is not None:
                    check_same(account, told, account.borrower_id)
                    same_person = account.borrower_id == whose.id
                    verdicts.append(
                        _NOW_SAME
                        if same_person
                        else Verdict.refused("borrower: the account is another borrower's.")
                    )
                    continue
                verdicts.append(_new_account(told, local_day(now, whose.timezone)))
            except TideoverError as error:
                verdicts.append(Verdict.refused(f"{error.message} {error.hint}".strip()))
        return verdicts

    def _write_accounts(self, records: Sequence[AccountRecord], now: datetime) -> None:
        people = self._borrower_ids(record.borrower for record in records)
        rows = []
        for told in records:
            account = account_of(told, cast(Any, people[told.borrower]))
            rows.append(_account_values(account))
        insert_rows(self._session, AccountRow, rows)
        ids = self._account_ids(_references(records))
        postings, entries = [], []
        for told in records:
            lent = opening_of(told)
            if lent is None:
                continue
            shared = {"account_id": ids[told.reference], "currency": told.currency}
            shared |= {"kind": EntryKind.DISBURSEMENT.value, "effective_on": lent.effective_on}
            shared |= {"booked_at": now, "payment_id": None}
            postings.append(
                {
                    **shared,
                    "key": OPENING,
                    "amount_minor": lent.amount.minor,
                    "split": None,
                    "reverses": None,
                    "note": "",
                }
            )
            nothing = dict.fromkeys(
                ("interest_minor", "fee_minor", "penalty_minor", "credit_minor"), 0
            )
            entries.append(
                {
                    **shared,
                    **nothing,
                    "idempotency_key": OPENING,
                    "origin": OPENING,
                    "principal_minor": lent.amount.minor,
                    "reverses": None,
                }
            )
        insert_rows(self._session, PostingRow, postings)
        insert_rows(self._session, LedgerEntryRow, entries)
        made = [
            (ids[told.reference], schedule.instalments)
            for told in records
            if (schedule := first_schedule(told)) is not None
        ]
        self._add_schedules(made, now)

    def _add_schedules(self, made: Sequence[tuple[int, Any]], now: datetime) -> None:
        heads = [
            {
                "account_id": account_id,
                "version": 1,
                "reason": AGREED,
                "created_at": now,
                "from_on": None,
            }
            for account_id, _ in made
        ]
        insert_rows(self._session, ScheduleRow, heads)
        row = ScheduleRow
        query = select(row).where(row.version == 1)
        numbers = {
            r.account_id: r.id for r in self._in(query, row.account_id, [a for a, _ in made])
        }
        insert_rows(
            self._session,
            InstalmentRow,
            [
                {
                    "schedule_id": numbers[account_id],
                    "number": one.number,
                    "due_on": one.due_on,
                    "currency": one.principal.currency,
                    "principal_minor": one.principal.minor,
                    "interest_minor": one.interest.minor,
                }
                for account_id, rows in made
                for one in rows
            ],
        )

    # Schedules

    def _judge_schedules(self, records: Sequence[ScheduleRecord]) -> list[Verdict]:
        accounts = self._accounts(record.account for record in records)
        kept = self._first_instalments([account.id for account in accounts.values()])
        verdicts = []
        for told in records:
            account = accounts.get(told.account)
            if account is None:
                verdicts.append(_no_account())
                continue
            rows = [
                (i.number, i.due_on, i.principal.minor, i.interest.minor) for i in told.instalments
            ]
            known = kept.get(account.id)
            if known is not None:
                verdicts.append(
                    _NOW_SAME
                    if known == rows
                    else Verdict.refused(
                        "The account has another schedule; a schedule in force is changed by a plan."
                    )
                )
                continue
            if told.instalments[0].principal.currency != account.currency:
                verdicts.append(Verdict.refused(f"currency: the account is in {account.currency}."))
                continue
            try:
                check_instalments(account, told.instalments)
                verdicts.append(_NEW)
            except TideoverError as error:
                verdicts.append(Verdict.refused(f"{error.message} {error.hint}"))
        return verdicts

    def _first_instalments(self, ids: Sequence[int]) -> dict[int, list[tuple[Any, ...]]]:
        head, row = ScheduleRow, InstalmentRow
        found: dict[int, list[tuple[Any, ...]]] = {}
        for some in _parts(ids):
            query = (
                select(
                    head.account_id,
                    row.number,
                    row.due_on,
                    row.principal_minor,
                    row.interest_minor,
                )
                .join(row, row.schedule_id == head.id, isouter=True)
                .where(head.account_id.in_(some), head.version == 1)
                .order_by(head.account_id, row.number)
            )
            for account_id, *rest in self._session.execute(query):
                found.setdefault(account_id, []).append(tuple(rest))
        return found

    def _write_schedules(self, records: Sequence[ScheduleRecord], now: datetime) -> None:
        ids = self._account_ids(record.account for record in records)
        self._add_schedules([(ids[told.account], told.instalments) for told in records], now)

    # Payments

    def _judge_payments(self, records: Sequence[PaymentRecord], now: datetime) -> list[Verdict]:
        accounts = self._accounts(record.account for record in records)
        zones = self._zones(account.borrower_id for account in accounts.values())
        row = PaymentRow
        kept = {
            r.external_key: r
            for r in self._in(select(row), row.external_key, [r.key for r in records])
        }
        verdicts = []
        for told in records:
            account = accounts.get(told.account)
            if account is None:
                verdicts.append(_no_account())
                continue
            today = local_day(now, zones[account.borrower_id])
            verdicts.append(_judge_payment(told, account, kept.get(told.key), today))
        return verdicts

    def _write_payments(self, records: Sequence[PaymentRecord], now: datetime) -> None:
        accounts = self._accounts(record.account for record in records)
        zones = self._zones(account.borrower_id for account in accounts.values())
        books = SqlBooks(self._session)
        for told in records:
            account = accounts[told.account]
            record_payment(
                books,
                account.id,
                Payment(
                    id=PaymentId(0),
                    amount=told.amount,
                    status=told.status,
                    method=told.method,
                    initiated_on=told.initiated_on,
                    settled_on=told.settled_on,
                ),
                external_key=told.key,
                today=local_day(now, zones[account.borrower_id]),
                now=now,
            )

    # How far a file has come

    def unfinished(self, kind: Kind, sha256: str, options: str) -> Progress | None:
        row = ImportRow
        query = select(row).where(row.kind == kind.value, row.finished_at.is_(None))
        found = self._session.scalar(query.with_for_update())
        if found is None:
            return None
        if (found.sha256, found.options) != (sha256, options):
            raise OtherImport(
                f"Another {kind} file, or this one with other options, is half written.",
                hint=f"Import that file again to finish it, or `tideover import {kind} --abandon`.",
            )
        return Progress(id=found.id, records=found.lines_written)

    def begin(self, kind: Kind, sha256: str, options: str, lines: int, now: datetime) -> Progress:
        known = self.unfinished(kind, sha256, options)
        if known is not None:
            return known
        new_id: int = self._session.execute(
            insert(ImportRow)
            .values(
                kind=kind.value,
                sha256=sha256,
                options=options,
                state="running",
                started_at=now,
                lines=lines,
                lines_written=0,
                counts={},
            )
            .returning(ImportRow.id)
        ).scalar_one()
        return Progress(id=new_id, records=0)

    def advance(self, progress: Progress, records: int, counts: dict[str, int]) -> None:
        self._session.execute(
            update(ImportRow)
            .where(ImportRow.id == progress.id)
            .values(lines_written=records, counts=counts)
        )

    def finish(self, progress: Progress, now: datetime) -> None:
        kind = self._session.scalars(
            update(ImportRow)
            .where(ImportRow.id == progress.id)
            .values(state="done", finished_at=now)
            .returning(ImportRow.kind)
        ).one()
        self._tell_database(Kind(kind))

    def _tell_database(self, kind: Kind) -> None:
        """New statistics: without them PostgreSQL reads whole tables that were empty a minute ago."""
        if self._session.get_bind().dialect.name == "sqlite":
            self._session.execute(text(f"PRAGMA analysis_limit={_SAMPLED}"))
        for table in _WRITTEN[kind]:
            self._session.execute(text(f"ANALYZE {table.__tablename__}"))

    def abandon(self, kind: Kind) -> bool:
        row = ImportRow
        gone = self._session.execute(
            delete(row).where(row.kind == kind.value, row.finished_at.is_(None)).returning(row.id)
        )
        return gone.one_or_none() is not None

    def commit(self) -> None:
        self._session.commit()

    # Look-ups

    def _in(self, query: Select[Any], column: Any, values: Iterable[Any]) -> Iterator[Any]:
        for some in _parts(list(values)):
            yield from self._session.scalars(query.where(column.in_(some)))

    def _borrower_ids(self, references: Iterable[str]) -> dict[str, int]:
        row = BorrowerRow
        found: dict[str, int] = {}
        for some in _parts(list(set(references))):
            query = select(row.reference, row.id).where(row.reference.in_(some))
            found.update((r, i) for r, i in self._session.execute(query))
        return found

    def _account_ids(self, references: Iterable[str]) -> dict[str, int]:
        row = AccountRow
        found: dict[str, int] = {}
        for some in _parts(list(set(references))):
            query = select(row.reference, row.id).where(row.reference.in_(some))
            found.update((r, i) for r, i in self._session.execute(query))
        return found

    def _accounts(self, references: Iterable[str]) -> dict[str, Account]:
        query = select(AccountRow)
        rows = self._in(query, AccountRow.reference, set(references))
        return {row.reference: read_account(row) for row in rows}

    def _zones(self, borrowers: Iterable[int]) -> dict[int, str]:
        rows = self._in(select(BorrowerRow), BorrowerRow.id, set(borrowers))
        return {row.id: row.timezone for row in rows}


def _parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), _ASKED_AT_ONCE):
        yield values[start : start + _ASKED_AT_ONCE]


def _references(records: Sequence[BorrowerRecord] | Sequence[AccountRecord]) -> list[str]:
    return [record.reference for record in records]


def _no_borrower() -> Verdict:
    return Verdict.refused("borrower: nobody has this reference; import the borrowers first.")


def _no_account() -> Verdict:
    return Verdict.refused("account: none has this reference; import the accounts first.")


def _new_account(told: AccountRecord, today: Any) -> Verdict:
    """Raises UnpayableTerms."""
    if not told.opened_on <= told.lent_on <= today:
        return Verdict.refused("opened_on: must not be after the day of payout, nor in the future.")
    first_schedule(told)
    return _NEW


def _account_values(account: Account) -> dict[str, Any]:
    return {
        "borrower_id": account.borrower_id,
        "reference": account.reference,
        "product": account.product.value,
        "currency": account.currency,
        "status": account.status.value,
        "opened_on": account.opened_on,
        "terms": terms_to_json(account.terms),
    }


def _judge_payment(
    told: PaymentRecord, account: Account, known: PaymentRow | None, today: Any
) -> Verdict:
    if told.amount.currency != account.currency:
        return Verdict.refused(f"currency: the account is in {account.currency}.")
    if known is not None:
        same = (account.id, told.amount.minor, told.method, told.initiated_on)
        kept = (known.account_id, known.amount_minor, known.method, known.initiated_on)
        if same == kept:
            return _NOW_SAME
        return Verdict.refused("key: belongs to a payment with another amount, day, method.")
    last_day = told.settled_on or told.initiated_on
    if not account.opened_on <= told.initiated_on <= last_day <= today:
        return Verdict.refused("initiated_on: before the account was opened, or in the future.")
    if account.status is not AccountStatus.ACTIVE and told.status is PaymentStatus.SETTLED:
        return Verdict.refused(f"account: is {account.status.value} and takes no payment.")
    return _NEW


@contextmanager
def intake_unit(database: Database, digest: Digest) -> Iterator[SqlIntake]:
    """One transaction of an import; what was not committed is undone."""
    with database.session() as session:
        yield SqlIntake(session, digest)
