"""Payments booked through the ledger, one transaction each, beside bulk inserts of as many rows."""

from __future__ import annotations

import multiprocessing
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, insert, select

from bench.ledger_rows import NOW, OPENED_ON, add_accounts
from lending.accounts import EntryKind, Payment, PaymentStatus, Schedule
from lending.bookkeeping import record_payment, record_posting
from lending.entries import Posting
from lending.ids import AccountId, PaymentId
from lending.money import Money
from lending.schedule import build_schedule
from lending.terms import LateFee, LoanTerms
from store.db import Database
from store.repositories_books import SqlBooks
from store.tables import LedgerEntryRow
from store.terms import terms_to_json

PAYMENTS = 12
"""Of each loan: one for each of its instalments, on its due date."""

TERMS = LoanTerms(
    principal=Money(1_200_000, "USD"),
    annual_rate_bp=1_200,
    instalments=PAYMENTS,
    first_due_on=OPENED_ON + timedelta(days=31),
    disbursed_on=OPENED_ON,
    grace_days=3,
    late_fee=LateFee(flat=Money(1_500, "USD")),
)
SCHEDULE = build_schedule(TERMS)


@dataclass(frozen=True, kw_only=True)
class Round:
    """`entries` rows came of `payments`; the peer inserted as many rows in `peer_seconds`."""

    payments: int
    entries: int
    seconds: float
    peer_seconds: float


def booking_at(connections: int) -> str:
    """What the work with so many connections is called in the progress shown."""
    return f"booking, {connections} at once"


def measure_rounds(
    url: str,
    borrower: int,
    *,
    loans: int,
    connections: int,
    rounds: int,
    on_progress: Callable[[str, int], None],
) -> list[Round]:
    """Each round pays off new loans; every connection is a process and has loans of its own."""
    measured = []
    for _ in range(rounds):
        made = _round(url, borrower, loans=loans, connections=connections)
        measured.append(made)
        on_progress(booking_at(connections), made.payments)
    return measured


def _round(url: str, borrower: int, *, loans: int, connections: int) -> Round:
    database = Database(url)
    accounts = _lend(database, borrower, loans)
    before = _count(database)
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(connections)
    shares = [(url, accounts[n::connections]) for n in range(connections)]
    with context.Pool(connections, initializer=_meet_at, initargs=(barrier,)) as pool:
        times = pool.map(pay_all, shares, chunksize=1)
    seconds = max(end for _, end in times) - min(start for start, _ in times)
    entries = _count(database) - before
    peer = _insert_as_many(database, borrower, entries)
    database.close()
    return Round(
        payments=len(accounts) * PAYMENTS, entries=entries, seconds=seconds, peer_seconds=peer
    )


_BARRIER: list[Any] = []
"""Where the processes of one round wait for each other."""


def _meet_at(barrier: Any) -> None:
    _BARRIER[:] = [barrier]


def pay_all(share: tuple[str, list[int]]) -> tuple[float, float]:
    """Pay every instalment of the loans on its day; when it began and ended."""
    url, accounts = share
    database = Database(url)
    _count(database)  # connected before the clock runs
    _BARRIER[0].wait(60)
    started = time.time()
    for due in [row.due_on for row in SCHEDULE]:
        for account in accounts:
            _pay(database, AccountId(account), due)
    ended = time.time()
    database.close()
    return started, ended


def _pay(database: Database, account: AccountId, on: date) -> None:
    payment = Payment(
        id=PaymentId(0),
        amount=SCHEDULE[0].amount,
        status=PaymentStatus.SETTLED,
        method="ach",
        initiated_on=on,
        settled_on=on,
    )
    key = f"bank-{account}-{on}"
    with database.session() as session:
        books = SqlBooks(session)
        record_payment(books, account, payment, external_key=key, today=on, now=NOW)
        session.commit()


def _lend(database: Database, borrower: int, loans: int) -> list[int]:
    names = [f"L-{uuid.uuid4().hex}" for _ in range(loans)]
    accounts = add_accounts(database, borrower, names, terms_to_json(TERMS))
    schedule = Schedule(version=1, reason="signed", instalments=SCHEDULE)
    lent = Posting(
        key="lent", kind=EntryKind.DISBURSEMENT, effective_on=OPENED_ON, amount=TERMS.principal
    )
    for account in map(AccountId, accounts):
        with database.session() as session:
            books = SqlBooks(session)
            books.add_schedule(account, schedule, NOW)
            record_posting(books, account, lent, today=OPENED_ON, now=NOW)
            session.commit()
    return accounts


def _insert_as_many(database: Database, borrower: int, entries: int) -> float:
    """Plain rows in one transaction: no rule, no lock, no check of what was there."""
    [account] = add_accounts(database, borrower, [f"P-{uuid.uuid4().hex}"], {"v": 2})
    row = {"account_id": account, "currency": "USD", "kind": "repayment", "booked_at": NOW}
    row |= {"effective_on": OPENED_ON, "principal_minor": -1, "interest_minor": 0}
    row |= {"fee_minor": 0, "penalty_minor": 0, "credit_minor": 0}
    rows = [{**row, "idempotency_key": f"k{n}", "origin": f"k{n}"} for n in range(entries)]
    started = time.perf_counter()
    with database.engine.begin() as connection:
        connection.execute(insert(LedgerEntryRow), rows)
    return time.perf_counter() - started


def _count(database: Database) -> int:
    with database.session() as session:
        return session.scalar(select(func.count()).select_from(LedgerEntryRow)) or 0
