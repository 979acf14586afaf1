"""Write the demo portfolio into an empty database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from lending.account_file import AccountFile
from store.base import Base
from store.db import Database
from store.demo_book import FEED, payment_key
from store.demo_personas import Persona
from store.demo_portfolio import DemoBorrower, demo_portfolio
from store.tables import (
    AccountRow,
    BorrowerRow,
    ContactPointRow,
    FeedRow,
    InstalmentRow,
    LedgerEntryRow,
    PaymentRow,
    PostingRow,
    ScheduleRow,
    StatementRow,
)
from store.terms import terms_to_json

SECOND_FACT_KIND = "birth_date"
DEMO_FEED = FEED

_NUMBERED = (BorrowerRow, AccountRow, ScheduleRow, PaymentRow, LedgerEntryRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    """What `seed_demo` did. Not `is_new`: borrowers were there already and nothing was changed."""

    is_new: bool
    borrowers: int
    accounts: int
    personas: tuple[Persona, ...]


def seed_demo(
    database: Database,
    *,
    today: date,
    now: datetime,
    digest: Callable[[str, str, str], str],
) -> Seeded:
    """Write all demo borrowers in one transaction, unless there are borrowers already.

    `digest` gets the borrower's reference, the kind of the second fact and its normalised value
    (a birth date as YYYY-MM-DD) and gives what is kept of it. Raises StoreUnavailable.
    """
    with database.session() as session:
        if known := session.scalar(select(func.count()).select_from(BorrowerRow)):
            # Inventing people takes seconds: look first whether it is for nothing.
            accounts = session.scalar(select(func.count()).select_from(AccountRow)) or 0
            return Seeded(is_new=False, borrowers=known, accounts=accounts, personas=())
    portfolio = demo_portfolio(today, now)
    with database.session() as session:
        _lock(session)
        there = session.scalar(select(func.count()).select_from(BorrowerRow)) or 0
        if there:
            accounts = session.scalar(select(func.count()).select_from(AccountRow)) or 0
            return Seeded(is_new=False, borrowers=there, accounts=accounts, personas=())
        _write_people(session, portfolio.borrowers, digest)
        files = [a.file for person in portfolio.borrowers for a in person.accounts]
        _write_files(session, files, now)
        session.execute(insert(FeedRow), [{"name": DEMO_FEED, "watermark": now}])
        _advance_numbers(session)
        session.commit()
    return Seeded(
        is_new=True,
        borrowers=len(portfolio.borrowers),
        accounts=len(files),
        personas=portfolio.personas,
    )


def _lock(session: Session) -> None:
    """Two processes that start together must not both find the table empty."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE borrowers IN SHARE ROW EXCLUSIVE MODE"))


def _write_people(
    session: Session, people: Sequence[DemoBorrower], digest: Callable[[str, str, str], str]
) -> None:
    rows, points = [], []
    for person in people:
        borrower = person.borrower
        fact = person.birth_date.isoformat()
        rows.append(
            {
                "id": borrower.id,
                "reference": borrower.reference,
                "full_name": borrower.full_name,
                "given_name": borrower.given_name,
                "language": borrower.language,
                "timezone": borrower.timezone,
                "jurisdiction": borrower.jurisdiction,
                "country": borrower.country,
                "second_fact_kind": SECOND_FACT_KIND,
                "second_fact_digest": digest(borrower.reference, SECOND_FACT_KIND, fact),
            }
        )
        points += [
            {
                "borrower_id": borrower.id,
                "kind": kind,
                "value": value,
                "value_index": value,
                "reachable": True,
            }
            for kind, value in person.contact_points
        ]
    session.execute(insert(BorrowerRow), rows)
    session.execute(insert(ContactPointRow), points)


def _write_files(session: Session, files: Sequence[AccountFile], now: datetime) -> None:
    schedules = {f.account.id: n for n, f in enumerate((f for f in files if f.schedule), start=1)}
    rows: list[tuple[type[Base], Iterable[dict[str, Any]]]] = [
        (AccountRow, (_account(f) for f in files)),
        (ScheduleRow, (_schedule(f, schedules[f.account.id], now) for f in files if f.schedule)),
        (InstalmentRow, (row for f in files for row in _instalments(f, schedules))),
        (StatementRow, (row for f in files for row in _statements(f))),
        (PaymentRow, (row for f in files for row in _payments(f))),
        (LedgerEntryRow, (row for f in files for row in _entries(f))),
        (PostingRow, (row for f in files for row in _postings(f, now))),
    ]
    for table, values in rows:
        session.execute(insert(table), list(values))


def _account(file: AccountFile) -> dict[str, Any]:
    account = file.account
    return {
        "id": account.id,
        "borrower_id": account.borrower_id,
        "reference": account.reference,
        "product": account.product.value,
        "currency": account.currency,
        "status": account.status.value,
        "opened_on": account.opened_on,
        "terms": terms_to_json(account.terms),
    }


def _schedule(file: AccountFile, schedule_id: int, now: datetime) -> dict[str, Any]:
    assert file.schedule is not None
    return {
        "id": schedule_id,
        "account_id": file.account.id,
        "version": file.schedule.version,
        "reason": file.schedule.reason,
        "created_at": now,
    }


def _instalments(file: AccountFile, schedules: dict[Any, int]) -> Iterable[dict[str, Any]]:
    for row in file.schedule.instalments if file.schedule else ():
        yield {
            "schedule_id": schedules[file.account.id],
            "number": row.number,
            "due_on": row.due_on,
            "currency": file.account.currency,
            "principal_minor": row.principal.minor,
            "interest_minor": row.interest.minor,
        }


def _statements(file: AccountFile) -> Iterable[dict[str, Any]]:
    for statement in file.statements:
        yield {
            "account_id": file.account.id,
            "number": statement.number,
            "closed_on": statement.closed_on,
            "due_on": statement.due_on,
            "currency": file.account.currency,
            "balance_minor": statement.balance.minor,
            "minimum_due_minor": statement.minimum_due.minor,
        }


def _payments(file: AccountFile) -> Iterable[dict[str, Any]]:
    for payment in file.payments:
        yield {
            "id": payment.id,
            "account_id": file.account.id,
            "currency": file.account.currency,
            "amount_minor": payment.amount.minor,
            "status": payment.status.value,
            "method": payment.method,
            "initiated_on": payment.initiated_on,
            "settled_on": payment.settled_on,
            "external_key": payment_key(payment),
        }


def _entries(file: AccountFile) -> Iterable[dict[str, Any]]:
    for entry in file.entries:
        yield {
            "id": entry.id,
            "account_id": file.account.id,
            "currency": file.account.currency,
            "kind": entry.kind.value,
            "effective_on": entry.effective_on,
            "booked_at": entry.booked_at,
            "idempotency_key": entry.idempotency_key,
            "origin": entry.origin,
            "principal_minor": entry.principal.minor,
            "interest_minor": entry.interest.minor,
            "fee_minor": entry.fee.minor,
            "penalty_minor": entry.penalty.minor,
            "credit_minor": entry.credit.minor,
            "reverses": entry.reverses,
            "payment_id": entry.payment_id,
        }


def _postings(file: AccountFile, now: datetime) -> Iterable[dict[str, Any]]:
    booked = {entry.origin: entry.booked_at for entry in file.entries}
    for posting in file.postings:
        yield {
            "account_id": file.account.id,
            "currency": file.account.currency,
            "key": posting.key,
            "kind": posting.kind.value,
            "effective_on": posting.effective_on,
            "booked_at": booked.get(posting.key, now),
            "amount_minor": posting.amount.minor,
            "split": None,
            "reverses": posting.reverses,
            "payment_id": posting.payment_id,
            "note": posting.note,
        }


def _advance_numbers(session: Session) -> None:
    """PostgreSQL counts only the ids that it gave itself: let it go on after ours."""
    if session.get_bind().dialect.name != "postgresql":
        return
    for table in _NUMBERED:
        sequence = func.pg_get_serial_sequence(table.__tablename__, "id")
        session.execute(select(func.setval(sequence, func.max(table.id))))
