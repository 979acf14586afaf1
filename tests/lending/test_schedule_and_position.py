"""Schedules end at zero; positions say what is late, next and left."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.account_file import AccountFile
from lending.accounts import (
    Account,
    AccountStatus,
    EntryKind,
    LedgerEntry,
    Payment,
    PaymentStatus,
    Product,
    Schedule,
)
from lending.errors import UnpayableTerms
from lending.ids import AccountId, BorrowerId, LedgerEntryId, PaymentId
from lending.money import Money, total
from lending.position import position_of
from lending.quote import payoff_on
from lending.schedule import build_schedule
from lending.terms import LoanTerms


def terms(**changes: Any) -> LoanTerms:
    fields: dict[str, Any] = {
        "principal": Money(120_000, "USD"),
        "annual_rate_bp": 1200,
        "instalments": 3,
        "first_due_on": date(2026, 10, 20),
    }
    return LoanTerms(**{**fields, **changes})


@given(
    st.integers(100_000, 10**9),
    st.integers(0, 2_500),
    st.integers(1, 120),
    st.sampled_from(["monthly", "fortnightly", "weekly"]),
)
def test_principal_sums_to_what_was_lent(
    principal: int, rate: int, count: int, frequency: str
) -> None:
    rows = build_schedule(
        terms(
            principal=Money(principal, "USD"),
            annual_rate_bp=rate,
            instalments=count,
            frequency=frequency,
        )
    )
    assert len(rows) == count
    assert total((row.principal for row in rows), "USD").minor == principal
    assert all(row.principal.minor >= 0 and row.interest.minor >= 0 for row in rows)
    assert [row.due_on for row in rows] == sorted({row.due_on for row in rows})


def test_a_worked_schedule() -> None:
    """1,200.00 at 12 % over three months: level payment 1200*0.01/(1-1.01^-3) = 408.03."""
    rows = [(r.amount.minor, r.principal.minor, r.interest.minor) for r in build_schedule(terms())]
    assert rows == [(40803, 39603, 1200), (40803, 39999, 804), (40802, 40398, 404)]


@pytest.mark.parametrize(
    "changes",
    [{"principal": Money(0, "USD")}, {"instalments": 0}, {"annual_rate_bp": -1}, {"method": "odd"}],
)
def test_terms_that_make_no_loan_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(UnpayableTerms):
        build_schedule(terms(**changes))


def _file(*entries: LedgerEntry, payments: tuple[Payment, ...] = ()) -> AccountFile:
    loan = terms()
    account = Account(
        id=AccountId(1),
        borrower_id=BorrowerId(1),
        reference="PL-1",
        product=Product.INSTALMENT_LOAN,
        currency="USD",
        status=AccountStatus.ACTIVE,
        opened_on=date(2026, 9, 20),
        terms=loan,
    )
    schedule = Schedule(version=1, reason="original", instalments=build_schedule(loan))
    return AccountFile(
        account=account,
        schedules=(schedule,) if schedule else (),
        entries=entries,
        payments=payments,
    )


def _entry(number: int, kind: EntryKind, on: date, **parts: int) -> LedgerEntry:
    amounts = {
        part: Money(parts.get(part, 0), "USD")
        for part in ("principal", "interest", "fee", "penalty", "credit")
    }
    return LedgerEntry(
        id=LedgerEntryId(number),
        kind=kind,
        effective_on=on,
        booked_at=datetime(2026, 11, 1, tzinfo=UTC),
        idempotency_key=str(number),
        **amounts,
    )


LENT = _entry(1, EntryKind.DISBURSEMENT, date(2026, 9, 20), principal=120_000)
INTEREST = _entry(2, EntryKind.INTEREST, date(2026, 10, 20), interest=1200)
PAID = _entry(3, EntryKind.REPAYMENT, date(2026, 10, 20), principal=-39_603, interest=-1200)


def test_due_today_is_next_and_not_overdue() -> None:
    position = position_of(_file(LENT), date(2026, 10, 20))
    assert not position.is_overdue
    assert position.next_due is not None
    assert (position.next_due.due_on, position.next_due.amount.minor) == (date(2026, 10, 20), 40803)


def test_the_day_after_it_is_one_day_overdue_and_a_part_payment_counts() -> None:
    part = _entry(3, EntryKind.REPAYMENT, date(2026, 10, 20), principal=-8_803, interest=-1200)
    late = position_of(_file(LENT, INTEREST, part), date(2026, 10, 21))
    assert (late.overdue.minor, late.days_past_due) == (30_800, 1)


def test_paid_moves_on_to_the_next_and_pending_changes_no_balance() -> None:
    payment = Payment(
        id=PaymentId(1),
        amount=Money(500, "USD"),
        status=PaymentStatus.PENDING,
        method="bank",
        initiated_on=date(2026, 10, 21),
    )
    without = position_of(_file(LENT, INTEREST, PAID), date(2026, 10, 22))
    with_pending = position_of(_file(LENT, INTEREST, PAID, payments=(payment,)), date(2026, 10, 22))
    assert without.next_due is not None and without.next_due.number == 2
    assert with_pending.pending.minor == 500
    assert with_pending.payoff == without.payoff


def test_payoff_is_principal_plus_interest_since_the_last_due_date() -> None:
    """80,397 outstanding, 12 %, ten days by 30/360: 80397 * 0.12 * 10 / 360 = 267.99."""
    file = _file(LENT, INTEREST, PAID)
    assert payoff_on(file, date(2026, 10, 20)).minor == 80_397
    assert payoff_on(file, date(2026, 10, 30)).minor == 80_397 + 268


def test_an_entry_dated_later_does_not_count_yet() -> None:
    assert position_of(_file(LENT, INTEREST, PAID), date(2026, 10, 19)).rows[0].paid.minor == 0
