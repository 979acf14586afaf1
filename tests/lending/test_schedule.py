"""Schedules of every kind equal oracles written apart from them, and add up."""

from datetime import date
from fractions import Fraction
from itertools import pairwise, product
from typing import Any

import numpy_financial as npf
import pytest
from hypothesis import given

from lending.amortisation import level_payment
from lending.errors import UnpayableTerms
from lending.money import Money, exponent_of, total
from lending.schedule import build_schedule
from lending.terms import (
    DayCount,
    Frequency,
    LateFee,
    LoanTerms,
    Method,
    Rounding,
    RoundingMode,
)
from tests.lending.loans import CURRENCIES, loan, loans, plain, usd
from tests.lending.oracle_schedule import oracle_rows
from tests.lending.profiles import thorough


@pytest.mark.parametrize("currency", CURRENCIES)
@pytest.mark.parametrize(
    ("method", "frequency", "day_count"), product(Method, Frequency, DayCount), ids=str
)
def test_every_kind_of_loan_equals_the_oracle(
    method: Method, frequency: Frequency, day_count: DayCount, currency: str
) -> None:
    terms = loan(
        principal=Money(123_457 * 10 ** exponent_of(currency), currency),
        annual_rate_bp=1837,
        instalments=29,
        first_due_on=date(2027, 8, 31),
        disbursed_on=date(2027, 8, 3),
        method=method,
        frequency=frequency,
        day_count=day_count,
    )
    assert plain(build_schedule(terms)) == oracle_rows(terms)


@thorough
@given(loans())
def test_any_loan_equals_the_oracle(terms: LoanTerms) -> None:
    try:
        rows = build_schedule(terms)
    except UnpayableTerms:
        # Only a loan whose literal rows are no even repayment may be refused.
        assert not is_even(terms, oracle_rows(terms))
        return
    assert plain(rows) == oracle_rows(terms)
    assert is_even(terms, oracle_rows(terms))


def is_even(terms: LoanTerms, rows: list[tuple[date, int, int]]) -> bool:
    amounts = [principal + interest for _, principal, interest in rows]
    if any(principal < 0 for _, principal, _ in rows) or 0 in amounts:
        return False
    if len(rows) == 1 or terms.method is Method.INTEREST_ONLY:
        return True
    return rows[0][1] > 0 and amounts[-1] <= 2 * max(amounts[:-1])


@thorough
@given(loans(rounding=Rounding()))
def test_schedules_add_up(terms: LoanTerms) -> None:
    try:
        rows = build_schedule(terms)
    except UnpayableTerms:
        return
    currency = terms.principal.currency
    assert [row.number for row in rows] == list(range(1, terms.instalments + 1))
    assert total((row.principal for row in rows), currency) == terms.principal
    assert all(row.principal.minor >= 0 and row.interest.minor >= 0 for row in rows)
    assert all(row.amount.minor > 0 for row in rows)
    assert all(early.due_on < late.due_on for early, late in pairwise(rows))
    if terms.method in (Method.ANNUITY, Method.FLAT):
        assert len({row.amount for row in rows[:-1]}) <= 1
    if terms.method is Method.EQUAL_PRINCIPAL:
        assert len({row.principal for row in rows[:-1]}) <= 1


@pytest.mark.parametrize(
    ("principal", "rate", "count", "frequency", "day_count", "of_a_year"),
    [
        (1_000_000, 1200, 12, "monthly", "30/360", 1 / 12),
        (2_500_000, 525, 60, "monthly", "30/360", 1 / 12),
        (20_000_000, 700, 360, "monthly", "30/360", 1 / 12),
        (350_000, 3599, 24, "monthly", "30/360", 1 / 12),
        (999_999, 1, 7, "monthly", "30/360", 1 / 12),
        (500_000, 1990, 52, "weekly", "actual/365", 7 / 365),
        (500_000, 1990, 26, "fortnightly", "actual/365", 14 / 365),
    ],
)
def test_level_payments_equal_numpy_financial(
    principal: int, rate: int, count: int, frequency: str, day_count: str, of_a_year: float
) -> None:
    """The exact parts of payment k differ from ours by what rounding has carried until then."""
    terms = loan(
        principal=Money(principal, "USD"),
        annual_rate_bp=rate,
        instalments=count,
        frequency=frequency,
        day_count=day_count,
    )
    rows = build_schedule(terms)
    period = rate / 10_000 * of_a_year
    assert rows[0].amount.minor == round(-float(npf.pmt(period, count, principal)))
    carried = 0.0
    for row in rows[:-1]:
        interest = -float(npf.ipmt(period, row.number, count, principal))
        repaid = -float(npf.ppmt(period, row.number, count, principal))
        assert abs(row.interest.minor - interest) <= period * carried + 0.51
        assert abs(row.principal.minor - repaid) <= period * carried + 1.01
        # at most half a unit of the payment and half a unit of the interest are added each time
        carried = carried * (1 + period) + 1.0
    assert abs(rows[-1].amount.minor + float(npf.pmt(period, count, principal))) <= carried + 1


def test_a_level_payment_over_uneven_periods_leaves_nothing() -> None:
    rates = [Fraction(12, 100) * days / 365 for days in (45, 28, 31, 30, 31, 7)]
    payment = level_payment(1_000_000, rates)
    balance = Fraction(1_000_000)
    for rate in rates:
        balance = balance * (1 + rate) - payment
    assert abs(balance) < Fraction(1, 10**15)


def test_an_exact_payment_is_not_taken_for_more_or_less() -> None:
    """At 50 % a period, twice, the payment is 1.5^2 / 2.5 = 0.9 of the amount, though 1 / 1.5 has
    no end: 9 for 10 must not be rounded up to 10, nor 4.5 for 5 to anything but the even 4.
    """
    assert level_payment(10, [Fraction(1, 2)] * 2) == 9
    assert level_payment(70, [Fraction(1, 2)] * 2) == 63
    assert level_payment(5, [Fraction(1, 2)] * 2) == Fraction(9, 2)
    assert level_payment(100, [Fraction(1, 200)]) == Fraction(201, 2)


def test_a_payment_may_be_as_small_as_its_step_but_no_smaller() -> None:
    rows = build_schedule(loan(principal=usd(60), annual_rate_bp=0, rounding=Rounding(step=5)))
    assert {row.amount.minor for row in rows} == {5}
    with pytest.raises(UnpayableTerms):
        build_schedule(loan(principal=usd(59), annual_rate_bp=0, rounding=Rounding(step=5)))


def test_the_last_payment_may_be_twice_the_others_but_no_more() -> None:
    """Without interest: 52 over twelve is 4 each and 8 at last; 53 would leave 9."""
    rows = build_schedule(loan(principal=usd(52), annual_rate_bp=0))
    assert [row.amount.minor for row in rows] == [4] * 11 + [8]
    with pytest.raises(UnpayableTerms):
        build_schedule(loan(principal=usd(53), annual_rate_bp=0))


def test_a_swiss_loan_is_paid_in_five_rappen_but_for_the_last() -> None:
    rows = build_schedule(loan(principal=Money(1_000_000, "CHF"), rounding=Rounding(step=5)))
    assert {row.amount.minor for row in rows[:-1]} == {88_850}
    assert rows[-1].amount.minor % 5 != 0
    assert rows[0].interest.minor == 10_000


def test_rounding_up_makes_the_last_payment_smaller_and_down_larger() -> None:
    def amounts(mode: RoundingMode) -> list[int]:
        rule = Rounding(step=100, mode=mode)
        return [row.amount.minor for row in build_schedule(loan(rounding=rule))]

    up, down = amounts(RoundingMode.UP), amounts(RoundingMode.DOWN)
    assert (up[0], down[0]) == (88_900, 88_800)
    assert up[-1] < up[0] and down[-1] > down[0]


def test_a_longer_first_period_costs_more_and_payments_stay_level() -> None:
    """From 1 January to 15 February are 44 days of 30/360: 1,000,000 * 0.12 * 44 / 360."""
    rows = build_schedule(loan(disbursed_on=date(2026, 1, 1)))
    assert rows[0].interest.minor == 14_667
    assert len({row.amount for row in rows[:-1]}) == 1
    short = build_schedule(loan(disbursed_on=date(2026, 2, 1)))
    assert short[0].interest.minor == 4_667
    assert short[0].amount < build_schedule(loan())[0].amount < rows[0].amount


def test_a_month_of_30_360_is_a_twelfth_even_from_february() -> None:
    rows = build_schedule(
        loan(first_due_on=date(2026, 1, 31), method=Method.INTEREST_ONLY, instalments=4)
    )
    assert [row.due_on.day for row in rows] == [31, 28, 31, 30]
    assert {row.interest.minor for row in rows} == {10_000}


def test_flat_interest_is_that_of_the_whole_amount_for_the_whole_term() -> None:
    rows = build_schedule(loan(method=Method.FLAT))
    assert total((row.interest for row in rows), "USD").minor == 120_000
    assert {row.amount.minor for row in rows[:-1]} == {93_333}
    assert {row.interest.minor for row in rows} == {10_000}


@pytest.mark.parametrize(
    "changes",
    [
        {"principal": usd(0)},
        {"principal": usd(-1)},
        {"instalments": 0},
        {"instalments": 5_201},
        {"annual_rate_bp": -1},
        {"annual_rate_bp": 1_000_001},
        {"penalty_rate_bp": -1},
        {"grace_days": -1},
        {"late_fee": LateFee(flat=usd(-1))},
        {"late_fee": LateFee(cap=Money(1, "EUR"))},
        {"late_fee": LateFee(rate_bp=-1)},
        {"disbursed_on": date(2026, 2, 15)},
        {"disbursed_on": date(2026, 3, 1)},
        {"first_due_on": date(9999, 12, 31)},
        {"rounding": Rounding(step=0)},
        {"rounding": Rounding(step=100_000)},
        {"principal": usd(10), "annual_rate_bp": 0},
        {"principal": usd(1_000), "annual_rate_bp": 6_000, "instalments": 120},
        {"principal": usd(1_000), "annual_rate_bp": 0, "instalments": 78},
        {"annual_rate_bp": 1_000_000},
        {"annual_rate_bp": 9_000, "disbursed_on": date(2024, 2, 15), "instalments": 36},
        {"annual_rate_bp": 0, "method": Method.INTEREST_ONLY},
        {"method": "odd"},
    ],
    ids=str,
)
def test_terms_that_make_no_loan_are_refused_with_a_hint(changes: dict[str, Any]) -> None:
    with pytest.raises(UnpayableTerms) as raised:
        build_schedule(loan(**changes))
    assert raised.value.hint
