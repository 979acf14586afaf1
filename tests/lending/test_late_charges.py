"""Late fees and penalty interest, worked by hand."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.errors import CurrencyMismatch, LendingError
from lending.late_charges import OverdueSpan, late_fee, penalty_interest
from lending.money import Money
from lending.terms import DayCount, LateFee
from tests.lending.profiles import thorough


def usd(minor: int) -> Money:
    return Money(minor, "USD")


@pytest.mark.parametrize(
    ("fee", "unpaid", "charged"),
    [
        (LateFee(flat=usd(1_500)), 88_849, 1_500),
        (LateFee(rate_bp=500), 88_849, 4_442),  # 4,442.45
        (LateFee(rate_bp=500), 10, 0),  # exactly half a cent: to even
        (LateFee(rate_bp=500), 30, 2),  # one and a half: to even
        (LateFee(flat=usd(1_500), rate_bp=500), 88_849, 5_942),
        (LateFee(flat=usd(1_500), rate_bp=500, cap=usd(4_100)), 88_849, 4_100),
        (LateFee(flat=usd(1_500), cap=usd(4_100)), 88_849, 1_500),
        (LateFee(flat=usd(1_500)), 0, 0),
        (LateFee(flat=usd(1_500)), -5, 0),
        (LateFee(), 88_849, 0),
    ],
)
def test_late_fee(fee: LateFee, unpaid: int, charged: int) -> None:
    assert late_fee(fee, usd(unpaid)) == usd(charged)


def test_a_late_fee_is_of_one_currency() -> None:
    with pytest.raises(CurrencyMismatch):
        late_fee(LateFee(flat=Money(1, "EUR")), usd(100))


def span(amount: int, from_on: date, until_on: date) -> OverdueSpan:
    return OverdueSpan(amount=usd(amount), from_on=from_on, until_on=until_on)


@pytest.mark.parametrize(
    ("day_count", "charged"),
    [
        # 100,000 for 20 days and 40,000 for 10 at 24 %: 2,400,000 dollar-cent-days * 0.24 / 365
        (DayCount.ACTUAL_365, 1_578),
        (DayCount.THIRTY_360, 1_578),
        # all of it in a leap year: / 366
        (DayCount.ACTUAL_ACTUAL, 1_574),
    ],
)
def test_penalty_interest(day_count: DayCount, charged: int) -> None:
    spans = [
        span(100_000, date(2028, 2, 15), date(2028, 3, 6)),
        span(40_000, date(2028, 3, 6), date(2028, 3, 16)),
    ]
    assert penalty_interest(spans, 2_400, day_count, "USD") == usd(charged)


def test_nothing_overdue_or_no_rate_costs_nothing() -> None:
    a_week = (date(2026, 1, 1), date(2026, 1, 8))
    assert penalty_interest([], 2_400, DayCount.ACTUAL_365, "JPY") == Money(0, "JPY")
    assert penalty_interest([span(100_000, *a_week)], 0, DayCount.ACTUAL_365, "USD") == usd(0)
    assert penalty_interest([span(-100_000, *a_week)], 99, DayCount.ACTUAL_365, "USD") == usd(0)


def test_wrong_calls_are_refused() -> None:
    with pytest.raises(LendingError):
        penalty_interest([], -1, DayCount.ACTUAL_365, "USD")
    backwards = [span(1, date(2026, 1, 2), date(2026, 1, 1))]
    with pytest.raises(LendingError):
        penalty_interest(backwards, 1, DayCount.ACTUAL_365, "USD")
    with pytest.raises(CurrencyMismatch):
        penalty_interest(
            [span(1, date(2026, 1, 1), date(2026, 1, 2))], 1, DayCount.ACTUAL_365, "EUR"
        )


@thorough
@given(
    st.integers(0, 10**9),
    st.integers(0, 10_000),
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.integers(0, 400),
    st.integers(0, 400),
    st.sampled_from(DayCount),
)
def test_cutting_a_span_in_two_changes_nothing(
    amount: int, rate: int, start: date, one: int, two: int, day_count: DayCount
) -> None:
    middle, end = start + timedelta(days=one), start + timedelta(days=one + two)
    whole = penalty_interest([span(amount, start, end)], rate, day_count, "USD")
    cut = [span(amount, start, middle), span(amount, middle, end)]
    assert penalty_interest(cut, rate, day_count, "USD") == whole
    assert whole.minor >= 0
