"""The books of the demo portfolio are right to the cent."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

import pytest

from lending.account_file import AccountFile
from lending.accounts import (
    AccountStatus,
    EntryKind,
    PaymentStatus,
    Product,
)
from lending.dates import local_day
from lending.position import Position, position_of
from lending.schedule import build_schedule
from lending.terms import CardTerms, LoanTerms
from store.demo_book import DemoAccount
from store.demo_portfolio import DemoBorrower, DemoPortfolio, demo_portfolio

NOW = datetime(2026, 3, 2, 20, 15, tzinfo=UTC)
CURRENCIES = {"US": "USD", "CN": "CNY", "UK": "GBP", "IN": "INR"}
BUCKETS = ((1, 3), (4, 14), (15, 30), (31, 60), (61, 90), (91, 120))
# Month ends, a leap day, a clock change, and minutes when zones are on different days.
INSTANTS = (
    NOW,
    datetime(2026, 1, 31, 0, 5, tzinfo=UTC),
    datetime(2028, 2, 29, 23, 55, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
    datetime(2026, 12, 31, 17, 0, tzinfo=UTC),
)


@pytest.fixture(scope="module", params=INSTANTS, ids=lambda instant: instant.isoformat())
def now(request: pytest.FixtureRequest) -> datetime:
    moment: datetime = request.param
    return moment


@pytest.fixture(scope="module")
def portfolio(now: datetime) -> DemoPortfolio:
    return demo_portfolio(now.date(), now)


def each_account(
    portfolio: DemoPortfolio, now: datetime
) -> list[tuple[DemoBorrower, DemoAccount, Position]]:
    return [
        (person, account, position_of(account.file, local_day(now, person.borrower.timezone)))
        for person in portfolio.borrowers
        for account in person.accounts
    ]


class TestBooks:
    def test_nothing_is_booked_after_now(self, portfolio: DemoPortfolio, now: datetime) -> None:
        for person, account, position in each_account(portfolio, now):
            for entry in account.file.entries:
                assert entry.effective_on <= position.as_of
                assert entry.booked_at <= now
                assert local_day(entry.booked_at, person.borrower.timezone) <= position.as_of
            for payment in account.file.payments:
                assert payment.initiated_on <= position.as_of

    def test_entries_stand_in_the_order_of_booking(self, portfolio: DemoPortfolio) -> None:
        for person in portfolio.borrowers:
            for account in person.accounts:
                entries = account.file.entries
                assert [e.id for e in entries] == sorted(e.id for e in entries)
                keys = [e.idempotency_key for e in entries]
                assert len(set(keys)) == len(keys)
                days = [e.effective_on for e in entries if e.kind is not EntryKind.REVERSAL]
                assert days == sorted(days)

    def test_every_payment_that_arrived_is_booked_in_full(self, portfolio: DemoPortfolio) -> None:
        for person in portfolio.borrowers:
            for account in person.accounts:
                booked: dict[object, int] = {}
                for entry in account.file.entries:
                    if entry.payment_id is not None:
                        booked.setdefault(entry.payment_id, 0)
                        booked[entry.payment_id] += entry.received.minor
                for payment in account.file.payments:
                    arrived = payment.status is PaymentStatus.SETTLED
                    assert booked.get(payment.id, 0) == (payment.amount.minor if arrived else 0)

    def test_a_reversal_negates_the_entry_that_it_names(self, portfolio: DemoPortfolio) -> None:
        for person in portfolio.borrowers:
            for account in person.accounts:
                by_id = {entry.id: entry for entry in account.file.entries}
                for entry in account.file.entries:
                    if entry.reverses is not None:
                        assert entry.owed_change == -by_id[entry.reverses].owed_change

    def test_nobody_has_paid_more_than_was_owed(
        self, portfolio: DemoPortfolio, now: datetime
    ) -> None:
        for _, account, position in each_account(portfolio, now):
            assert not position.credit
            for part in ("principal", "fee", "penalty"):
                owed = sum(getattr(entry, part).minor for entry in account.file.entries)
                assert owed >= 0, (account.file.account.reference, part)


class TestLoans:
    def test_the_ledger_follows_the_schedule(self, portfolio: DemoPortfolio, now: datetime) -> None:
        for _, account, position in each_account(portfolio, now):
            file = account.file
            if not isinstance(file.account.terms, LoanTerms):
                continue
            terms = file.account.terms
            assert file.schedule is not None
            rows = file.schedule.instalments
            assert rows == build_schedule(terms)
            lent = [e for e in file.entries if e.kind is EntryKind.DISBURSEMENT]
            assert [e.principal for e in lent] == [terms.principal]
            assert sum(row.principal.minor for row in rows) == terms.principal.minor
            interest = [e for e in file.entries if e.kind is EntryKind.INTEREST]
            due = [row for row in rows if row.interest]
            assert len(interest) >= sum(row.due_on <= position.as_of for row in due)
            for entry, row in zip(interest, due, strict=False):
                assert entry.interest == row.interest
                # A payment ahead of the due date brings the interest forward that it pays.
                assert entry.effective_on <= row.due_on

    def test_what_is_left_of_the_schedule_is_what_the_ledger_says(
        self, portfolio: DemoPortfolio, now: datetime
    ) -> None:
        for _, account, position in each_account(portfolio, now):
            if account.file.account.product is not Product.INSTALMENT_LOAN:
                continue
            entries = account.file.entries
            owed = sum(e.principal.minor + e.interest.minor for e in entries)
            charged = sum(e.interest.minor for e in entries if e.kind is EntryKind.INTEREST)
            to_come = sum(row.instalment.interest.minor for row in position.rows) - charged
            assert sum(row.left.minor for row in position.rows) == owed + to_come

    def test_a_settled_loan_sums_to_zero(self, portfolio: DemoPortfolio) -> None:
        for person in portfolio.borrowers:
            for account in person.accounts:
                if account.file.account.status is AccountStatus.SETTLED:
                    for part in ("principal", "interest", "fee", "penalty", "credit"):
                        assert not sum(getattr(e, part).minor for e in account.file.entries)


class TestCards:
    def test_each_statement_has_the_balance_of_the_ledger_and_the_right_minimum(
        self, portfolio: DemoPortfolio
    ) -> None:
        for person in portfolio.borrowers:
            for account in person.accounts:
                if isinstance(account.file.account.terms, CardTerms):
                    check_statements(account.file, account.file.account.terms)

    def test_statements_are_monthly_on_one_day(self, portfolio: DemoPortfolio) -> None:
        for person in portfolio.borrowers:
            for account in person.accounts:
                terms = account.file.account.terms
                if isinstance(terms, CardTerms):
                    statements = account.file.statements
                    assert [s.number for s in statements] == list(range(1, len(statements) + 1))
                    assert {s.closed_on.day for s in statements} == {terms.statement_day}
                    for statement in statements:
                        assert (statement.due_on - statement.closed_on).days == terms.due_days
                        assert statement.balance <= terms.credit_limit


def check_statements(file: AccountFile, terms: CardTerms) -> None:
    past_due = 0
    for statement, following in zip(file.statements, (*file.statements[1:], None), strict=True):
        until = [e for e in file.entries if e.effective_on <= statement.closed_on]
        balance = sum(e.owed_change.minor - e.credit.minor for e in until)
        assert statement.balance.minor == balance
        share = Fraction(balance * terms.minimum_rate_bp, 10_000)
        least = round(max(Fraction(terms.minimum_floor.minor), share) + past_due)
        assert statement.minimum_due.minor == min(balance, least)
        if following:
            paid = sum(
                e.received.minor
                for e in file.entries
                if e.kind is EntryKind.REPAYMENT
                and statement.closed_on < e.effective_on <= following.closed_on
            )
            past_due = max(0, statement.minimum_due.minor - paid)
