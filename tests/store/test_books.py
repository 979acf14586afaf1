"""Money is booked once, whole, and in one order, however many write at the same time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest

from lending.account_file import AccountFile
from lending.accounts import AccountStatus, EntryKind, Payment, PaymentStatus, Schedule
from lending.balances import balances as balances_of
from lending.bookkeeping import (
    bring_up_to_date,
    change_payment,
    lift_hold,
    place_hold,
    record_payment,
    record_posting,
    take_promise,
)
from lending.books_of import derived_ledger
from lending.entries import Posting
from lending.errors import (
    HoldEnded,
    IllegalTransition,
    KeyReused,
    LendingError,
    MoreThanCredit,
    PromiseAboveOwed,
    WatermarkBack,
)
from lending.holds import Hold, HoldKind, open_hold
from lending.ids import AccountId, PaymentId
from lending.money import Money
from lending.position import position_of
from lending.quote import payoff_quote_on
from lending.schedule import build_schedule
from lending.terms import LateFee, LoanTerms
from store.balances import balances
from store.db import Database
from store.repositories_accounts import SqlAccounts
from store.repositories_books import SqlBooks
from store.tables import AccountRow
from store.terms import terms_to_json
from tests.store.rows import add_borrower

LENT_ON = date(2026, 1, 10)
TODAY = date(2026, 4, 15)
NOW = datetime(2026, 4, 15, 12, tzinfo=UTC)
TERMS = LoanTerms(
    principal=Money(120_000, "USD"),
    annual_rate_bp=1_200,
    instalments=12,
    first_due_on=date(2026, 2, 10),
    disbursed_on=LENT_ON,
    grace_days=3,
    late_fee=LateFee(flat=Money(1_500, "USD")),
)


@pytest.fixture
def loan(database: Database) -> AccountId:
    """A loan that was paid out and of which nothing has been paid."""
    borrower = add_borrower(database)
    with database.session() as session:
        row = AccountRow(
            borrower_id=borrower,
            reference="PL-BOOKS",
            product="instalment_loan",
            currency="USD",
            status="active",
            opened_on=LENT_ON,
            terms=terms_to_json(TERMS),
        )
        session.add(row)
        session.flush()
        account_id = AccountId(row.id)
        rows = build_schedule(TERMS)
        schedule = Schedule(version=1, reason="signed", instalments=rows)
        SqlBooks(session).add_schedule(account_id, schedule, NOW)
        session.commit()
    lent = Posting(
        key="lent", kind=EntryKind.DISBURSEMENT, effective_on=LENT_ON, amount=TERMS.principal
    )
    with_books(database, lambda b: record_posting(b, account_id, lent, today=TODAY, now=NOW))
    return account_id


def with_books(database: Database, act: Callable[[SqlBooks], object]) -> object:
    """One operation in a transaction of its own."""
    with database.session() as session:
        done = act(SqlBooks(session))
        session.commit()
    return done


def read(database: Database, account_id: AccountId) -> AccountFile:
    with database.session() as session:
        return SqlAccounts(session).file(account_id)


def paid(on: date, amount: int, status: PaymentStatus = PaymentStatus.SETTLED) -> Payment:
    return Payment(
        id=PaymentId(0),
        amount=Money(amount, "USD"),
        status=status,
        method="ach",
        initiated_on=on,
        settled_on=on if status is PaymentStatus.SETTLED else None,
    )


def pay(database: Database, account_id: AccountId, key: str, payment: Payment) -> object:
    return with_books(
        database,
        lambda books: record_payment(
            books, account_id, payment, external_key=key, today=TODAY, now=NOW
        ),
    )


def check_books(file: AccountFile, through: date = TODAY) -> None:
    """The rows add up to the ledger derived from the postings, on every day."""
    days = sorted({entry.effective_on for entry in file.entries} | {through})
    for day in days:
        assert balances_of(file.entries, "USD", as_of=day) == derived_ledger(file, day).balance


def test_eight_connections_pay_one_account_at_once(database: Database, loan: AccountId) -> None:
    """Each of eight sends four payments of its own and, all of them, one and the same payment."""
    gate = Barrier(8)

    def work(n: int) -> None:
        gate.wait(30)
        for k in range(4):
            on = LENT_ON + timedelta(days=(n * 13 + k * 29) % 90)
            pay(database, loan, f"own-{n}-{k}", paid(on, 1_000 + n * 10 + k))
            pay(database, loan, "shared", paid(date(2026, 3, 1), 7_777))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    file = read(database, loan)
    sent = sum(1_000 + n * 10 + k for n in range(8) for k in range(4)) + 7_777
    assert len(file.payments) == 33
    assert sum(payment.amount.minor for payment in file.payments) == sent
    owed = sum(entry.owed_change.minor - entry.credit.minor for entry in file.entries)
    charged = sum(
        line.split.owed.minor
        for line in derived_ledger(file, TODAY).lines
        if line.kind in (EntryKind.INTEREST, EntryKind.FEE)
    )
    assert owed == 120_000 + charged - sent
    check_books(file)


def test_the_same_key_books_once_and_another_amount_is_refused(
    database: Database, loan: AccountId
) -> None:
    first = pay(database, loan, "k1", paid(date(2026, 2, 9), 10_662))
    rows = read(database, loan).entries
    assert pay(database, loan, "k1", paid(date(2026, 2, 9), 10_662)) == first
    with pytest.raises(KeyReused):
        pay(database, loan, "k1", paid(date(2026, 2, 9), 10_663))
    assert read(database, loan).entries == rows


def test_a_payment_told_late_takes_the_late_fee_back(database: Database, loan: AccountId) -> None:
    before = read(database, loan)
    assert position_of(before, TODAY).fees_owed == Money(3 * 1_500, "USD")
    pay(database, loan, "late-news", paid(date(2026, 2, 10), 10_662))
    after = read(database, loan)
    assert position_of(after, TODAY).fees_owed == Money(2 * 1_500, "USD")
    assert before.entries == after.entries[: len(before.entries)]
    check_books(after)


def test_pending_settles_once_and_is_taken_back_once(database: Database, loan: AccountId) -> None:
    pay(database, loan, "p", paid(date(2026, 2, 9), 10_662, PaymentStatus.PENDING))
    assert position_of(read(database, loan), TODAY).pending == Money(10_662, "USD")

    def report(to: PaymentStatus, on: date) -> None:
        with_books(
            database,
            lambda books: change_payment(books, loan, "p", to, on=on, today=TODAY, now=NOW),
        )

    owed = position_of(read(database, loan), TODAY).overdue
    report(PaymentStatus.SETTLED, date(2026, 2, 10))
    report(PaymentStatus.SETTLED, date(2026, 2, 10))
    assert position_of(read(database, loan), TODAY).overdue < owed
    report(PaymentStatus.REVERSED, date(2026, 2, 20))
    file = read(database, loan)
    assert [payment.status for payment in file.payments] == [PaymentStatus.REVERSED]
    check_books(file)
    with pytest.raises(IllegalTransition):
        report(PaymentStatus.SETTLED, TODAY)


def test_a_payoff_closes_the_loan_to_the_cent_and_bounces_whole(
    database: Database, loan: AccountId
) -> None:
    quote = payoff_quote_on(read(database, loan), TODAY)
    pay(database, loan, "all", paid(TODAY, quote.amount.minor))
    file = read(database, loan)
    assert file.account.status is AccountStatus.SETTLED
    assert not position_of(file, TODAY).payoff
    check_books(file)
    with_books(
        database,
        lambda books: change_payment(
            books, loan, "all", PaymentStatus.REVERSED, on=TODAY, today=TODAY, now=NOW
        ),
    )
    back = read(database, loan)
    assert back.account.status is AccountStatus.ACTIVE
    assert payoff_quote_on(back, TODAY).amount == quote.amount
    check_books(back)


def test_the_payoff_quote_after_paying_ahead_rebates_interest_not_earned(
    database: Database, loan: AccountId
) -> None:
    owed = position_of(read(database, loan), TODAY).overdue
    pay(database, loan, "ahead", paid(TODAY, owed.minor + 10_662))
    quote = payoff_quote_on(read(database, loan), TODAY)
    assert quote.accrued.minor < 0
    pay(database, loan, "all", paid(TODAY, quote.amount.minor))
    file = read(database, loan)
    assert file.account.status is AccountStatus.SETTLED
    assert not position_of(file, TODAY).credit


def test_charges_fall_due_day_by_day_and_only_once(database: Database, loan: AccountId) -> None:
    later = date(2026, 5, 14)

    def catch_up(_: int) -> object:
        return with_books(
            database, lambda books: bring_up_to_date(books, loan, through=later, now=NOW)
        )

    with ThreadPoolExecutor(8) as pool:
        booked = list(pool.map(catch_up, range(8)))
    assert sum(map(bool, booked)) == 1
    file = read(database, loan)
    assert position_of(file, later).fees_owed == Money(4 * 1_500, "USD")
    check_books(file, later)


@pytest.mark.parametrize(
    "posting",
    [
        Posting(key="x", kind=EntryKind.REFUND, effective_on=TODAY, amount=Money(1, "USD")),
        Posting(key="x", kind=EntryKind.FEE, effective_on=TODAY, amount=Money(0, "USD")),
        Posting(key="x", kind=EntryKind.FEE, effective_on=TODAY, amount=Money(5, "EUR")),
        Posting(key="x", kind=EntryKind.FEE, effective_on=date(2020, 1, 1), amount=Money(5, "USD")),
        Posting(
            key="x",
            kind=EntryKind.REVERSAL,
            effective_on=TODAY,
            amount=Money(5, "USD"),
            reverses="nothing",
        ),
    ],
    ids=["refund without credit", "zero", "currency", "before opening", "unknown target"],
)
def test_what_is_refused_leaves_nothing(
    database: Database, loan: AccountId, posting: Posting
) -> None:
    before = read(database, loan)
    with pytest.raises(LendingError) as refused:
        with_books(
            database, lambda books: record_posting(books, loan, posting, today=TODAY, now=NOW)
        )
    assert refused.value.hint
    assert isinstance(refused.value, MoreThanCredit) == (posting.kind is EntryKind.REFUND)
    assert read(database, loan) == before


def test_balances_of_many_are_the_sums_of_each_as_of_a_day_and_as_known_then(
    database: Database, loan: AccountId
) -> None:
    pay(database, loan, "one", paid(date(2026, 2, 10), 10_662))
    known = NOW + timedelta(hours=1)
    file = read(database, loan)
    with_books(
        database,
        lambda books: record_payment(
            books,
            loan,
            replace(paid(date(2026, 3, 10), 10_662)),
            external_key="told later",
            today=TODAY,
            now=NOW + timedelta(hours=2),
        ),
    )
    now_known = read(database, loan)
    for day in (date(2026, 2, 9), date(2026, 2, 10), date(2026, 3, 31), TODAY):
        with database.session() as session:
            then = [b.split for b in balances(session, as_of=day, known_at=known)]
            today = [b.split for b in balances(session, as_of=day, accounts=[loan])]
        assert then == [balances_of(file.entries, "USD", as_of=day)]
        assert today == [balances_of(now_known.entries, "USD", as_of=day)]


def charged(file: AccountFile) -> list[str]:
    """The late fees in force."""
    return [line.key for line in derived_ledger(file, TODAY).lines if line.kind is EntryKind.FEE]


def test_a_hold_takes_back_what_fell_inside_and_lifting_it_charges_nothing_for_that_time(
    database: Database, loan: AccountId
) -> None:
    assert len(charged(read(database, loan))) == 3
    hold = open_hold(
        kind=HoldKind.DISPUTE,
        borrower_id=read(database, loan).account.borrower_id,
        account_id=None,
        from_on=date(2026, 3, 1),
        until_on=None,
        owner="staff:mei",
        reason="says the amount is wrong",
    )
    placed: list[Hold] = []
    with_books(database, lambda books: placed.append(place_hold(books, hold, today=TODAY, now=NOW)))
    held = read(database, loan)
    assert held.holds == (replace(hold, id=placed[0].id),)
    assert charged(held) == ["late-fee:1:1"]
    check_books(held)
    with_books(
        database,
        lambda books: lift_hold(books, placed[0], date(2026, 4, 1), today=TODAY, now=NOW),
    )
    lifted = read(database, loan)
    assert charged(lifted) == ["late-fee:1:1", "late-fee:1:3"]
    check_books(lifted)
    with pytest.raises(HoldEnded):
        with_books(
            database,
            lambda books: lift_hold(books, lifted.holds[0], TODAY, today=TODAY, now=NOW),
        )


def test_an_open_promise_keeps_the_late_fee_away_broken_or_kept(
    database: Database, loan: AccountId
) -> None:
    owed = position_of(read(database, loan), date(2026, 4, 10)).overdue

    def promise(amount: Money) -> None:
        with_books(
            database,
            lambda books: take_promise(
                books,
                loan,
                amount,
                date(2026, 4, 20),
                latest_on=date(2026, 5, 1),
                today=date(2026, 4, 10),
                now=NOW,
            ),
        )

    promise(owed)
    file = read(database, loan)
    assert [promise.amount for promise in file.promises] == [owed]
    assert charged(file) == ["late-fee:1:1", "late-fee:1:2"]
    with pytest.raises(PromiseAboveOwed):
        promise(Money(120_000, "USD"))
    later = date(2026, 5, 9)
    fees = [ln.key for ln in derived_ledger(file, later).lines if ln.kind is EntryKind.FEE]
    assert fees == ["late-fee:1:1", "late-fee:1:2"]


def test_a_feed_never_goes_back(database: Database) -> None:
    with_books(database, lambda books: books.advance_feed("core", NOW))
    with pytest.raises(WatermarkBack):
        with_books(database, lambda books: books.advance_feed("core", NOW - timedelta(seconds=1)))
    with database.session() as session:
        assert SqlBooks(session).feed("core").watermark == NOW
        assert SqlBooks(session).feed("other").watermark is None
