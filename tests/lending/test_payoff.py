"""What clears a loan on any day, worked by hand and held against its schedule."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.due_dates import Period, periods
from lending.errors import CurrencyMismatch, LendingError, UnpayableTerms
from lending.money import Money, total
from lending.payoff import Owed, PayoffQuote, Running, payoff_quote
from lending.schedule import build_schedule
from lending.terms import DayCount, LoanTerms, Method
from tests.lending.loans import loan, loans
from tests.lending.profiles import thorough


def owed(currency: str = "USD", **parts: int) -> Owed:
    names = ("principal", "interest", "fees", "penalties", "credit")
    return Owed(**{name: Money(parts.get(name, 0), currency) for name in names})


def before_instalment(terms: LoanTerms, number: int) -> tuple[Owed, Running]:
    """An account paid on time, in the period that ends with instalment `number`."""
    rows = build_schedule(terms)
    left = total((row.principal for row in rows[number - 1 :]), terms.principal.currency)
    running = Running(
        period=periods(terms)[number - 1], bearing=left, scheduled=rows[number - 1].interest
    )
    return owed(terms.principal.currency, principal=left.minor), running


def quote(terms: LoanTerms, number: int, on: date) -> PayoffQuote:
    return payoff_quote(terms, on, *before_instalment(terms, number))


@pytest.mark.parametrize(
    ("changes", "on", "accrued", "per_diem"),
    [
        # 1,000,000 outstanding from 15 February: * 0.12 * 14 / 365
        (
            {"day_count": DayCount.ACTUAL_365, "method": Method.INTEREST_ONLY},
            date(2026, 3, 1),
            4_603,
            329,
        ),
        # 15 February to 1 March is 16 days of 30/360: 921,151 outstanding * 0.12 * 16 / 360
        ({}, date(2026, 3, 1), 4_913, 307),
        ({}, date(2026, 3, 15), 9_212, 307),
        ({}, date(2026, 2, 15), 0, 307),
    ],
)
def test_payoff_within_a_period(
    changes: dict[str, Any], on: date, accrued: int, per_diem: int
) -> None:
    terms = loan(**changes)
    found = quote(terms, 2, on)
    if not changes:
        assert found.principal.minor == 921_151
    assert (found.accrued.minor, found.per_diem.minor) == (accrued, per_diem)
    assert found.amount == found.principal + found.accrued


def test_actual_actual_counts_the_days_of_each_year() -> None:
    """1,000,000 from 15 December 2027 to 10 January 2028: 17 days of /365 and 9 of /366."""
    terms = loan(first_due_on=date(2028, 1, 15), day_count=DayCount.ACTUAL_ACTUAL)
    found = quote(terms, 1, date(2028, 1, 10))
    assert found.accrued.minor == 8_540  # 120,000 * (17 / 365 + 9 / 366) = 8,539.86
    assert found.per_diem.minor == 328  # 120,000 / 366
    assert quote(terms, 1, date(2027, 12, 20)).per_diem.minor == 329  # 120,000 / 365


def test_a_flat_loan_rebates_the_interest_not_earned() -> None:
    """10,000 of interest a month: 14 of 28 days of the second, and nothing of the ten after it."""
    found = quote(loan(method=Method.FLAT), 2, date(2026, 3, 1))
    assert found.accrued.minor == 5_000
    assert found.per_diem.minor == 357
    assert found.amount.minor == found.principal.minor + 5_000


def test_everything_owed_is_in_it_and_credit_comes_off() -> None:
    account = owed(principal=50_000, interest=700, fees=1_500, penalties=30, credit=2_000)
    found = payoff_quote(loan(), date(2027, 2, 1), account)
    assert (found.accrued.minor, found.per_diem.minor) == (0, 0)
    assert found.amount.minor == 50_230
    assert not found.refund


def test_credit_beyond_what_is_owed_is_a_refund() -> None:
    found = payoff_quote(loan(), date(2027, 2, 1), owed(principal=100, credit=250))
    assert (found.amount.minor, found.refund.minor) == (0, 150)


@pytest.mark.parametrize("on", [date(2026, 1, 14), date(2026, 2, 16)])
def test_a_day_outside_the_period_is_refused(on: date) -> None:
    with pytest.raises(LendingError) as raised:
        quote(loan(), 1, on)
    assert raised.value.hint


def test_currencies_are_not_mixed() -> None:
    with pytest.raises(CurrencyMismatch):
        payoff_quote(loan(), date(2026, 2, 1), owed("EUR", principal=1)).amount  # noqa: B018


@thorough
@given(loans(), st.data())
def test_the_payoff_grows_by_the_day_to_what_the_due_date_charges(
    terms: LoanTerms, data: st.DataObject
) -> None:
    try:
        rows = build_schedule(terms)
    except UnpayableTerms:
        return
    number = data.draw(st.integers(1, len(rows)))
    account, running = before_instalment(terms, number)
    period = running.period
    days = range((period.end - period.start).days + 1)
    quotes = [
        payoff_quote(terms, period.start + timedelta(days=day), account, running) for day in days
    ]
    amounts = [found.amount for found in quotes]
    assert amounts == sorted(amounts, key=lambda money: money.minor)
    assert quotes[0].amount == account.principal
    assert quotes[-1].accrued == rows[number - 1].interest


@thorough
@given(loans(day_count=DayCount.ACTUAL_365), st.data())
def test_a_further_day_adds_the_per_diem_to_within_rounding(
    terms: LoanTerms, data: st.DataObject
) -> None:
    try:
        build_schedule(terms)
    except UnpayableTerms:
        return
    account, running = before_instalment(terms, 1)
    length = (running.period.end - running.period.start).days
    day = data.draw(st.integers(0, length - 1))
    today = payoff_quote(terms, running.period.start + timedelta(days=day), account, running)
    tomorrow = payoff_quote(terms, today.on + timedelta(days=1), account, running)
    assert abs(tomorrow.amount.minor - today.amount.minor - today.per_diem.minor) <= 2


def test_a_month_from_the_28th_of_february_never_costs_more_than_a_twelfth() -> None:
    """30/360 counts 32 days to 30 March, but the month has 30."""
    terms = loan(first_due_on=date(2026, 1, 31), instalments=4)
    period: Period = periods(terms)[2]
    assert (period.start, period.end) == (date(2026, 2, 28), date(2026, 3, 31))
    on_the_30th = quote(terms, 3, date(2026, 3, 30))
    assert on_the_30th.accrued == build_schedule(terms)[2].interest
