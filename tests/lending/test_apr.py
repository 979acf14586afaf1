"""Annual rates equal pyxirr's, and the worked examples of Regulation Z, appendix J (c)."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
import pyxirr
from hypothesis import given
from hypothesis import strategies as st

from lending.apr import UnitTime, effective_annual_rate, reg_z_equation, reg_z_rate, unit_times
from lending.due_dates import periods
from lending.errors import CurrencyMismatch, LendingError, UnpayableTerms
from lending.money import Money
from lending.schedule import build_schedule
from lending.terms import DayCount, Frequency, LoanTerms
from tests.lending.loans import loan, loans
from tests.lending.profiles import thorough


def usd(amount: str) -> Money:
    return Money.from_decimal(Decimal(amount), "USD")


def percent(rate: Decimal) -> Decimal:
    return round(rate * 100, 2)


@pytest.mark.parametrize(
    ("advanced", "on", "first_due_on", "payments", "frequency", "published"),
    [
        # (c)(1)(i) monthly, regular
        ("5000", date(1978, 1, 10), date(1978, 2, 10), ["230"] * 24, "monthly", "9.69"),
        # (c)(1)(ii) monthly, long first period: one unit-period and 19 days
        ("6000", date(1978, 2, 10), date(1978, 4, 1), ["200"] * 36, "monthly", "11.82"),
        # (c)(1)(v) weekly, long first period: four unit-periods and 4 days
        ("500", date(1978, 3, 20), date(1978, 4, 21), ["17.60"] * 30, "weekly", "14.96"),
        # (c)(2)(i) monthly, odd first payment
        ("5000", date(1978, 1, 10), date(1978, 2, 10), ["250", *["230"] * 23], "monthly", "10.08"),
        # (c)(3)(i) monthly, odd last payment
        ("5000", date(1978, 1, 10), date(1978, 2, 10), [*["230"] * 23, "280"], "monthly", "10.50"),
        # (c)(3)(ii) every two weeks, short first period (8 days), odd last payment
        (
            "200",
            date(1978, 4, 3),
            date(1978, 4, 11),
            [*["9.50"] * 19, "30"],
            "fortnightly",
            "12.22",
        ),
        # (c)(4)(i) monthly, odd first and last payments
        (
            "5000",
            date(1978, 1, 10),
            date(1978, 2, 10),
            ["250", *["230"] * 22, "280"],
            "monthly",
            "10.90",
        ),
        # (c)(5)(i) one payment, 255 days on
        ("1000", date(1978, 1, 3), date(1978, 9, 15), ["1080"], "monthly", "11.45"),
    ],
)
def test_worked_examples_of_appendix_j(
    advanced: str,
    on: date,
    first_due_on: date,
    payments: list[str],
    frequency: Frequency,
    published: str,
) -> None:
    rate = reg_z_rate(usd(advanced), on, first_due_on, [usd(p) for p in payments], frequency)
    assert percent(rate) == Decimal(published)


def at(whole: int, days: int, of: int, count: int) -> list[UnitTime]:
    return [UnitTime(whole=whole + k, fraction=Fraction(days, of)) for k in range(count)]


@pytest.mark.parametrize(
    ("advanced", "times", "payments", "a_year", "published"),
    [
        # (c)(1)(iii) semimonthly, 6 days before the first
        ("5000", at(0, 6, 15, 24), ["219.17"] * 24, 24, "10.34"),
        # (c)(1)(iv) quarterly, one unit-period and 39 days (one month of three, and 9 days) before
        ("10000", at(1, 39, 90, 40), ["385"] * 40, 4, "8.97"),
        # (c)(2)(ii) every four weeks, one unit-period and 5 days before
        ("400", at(1, 5, 28, 12), ["39.50", *["38.31"] * 11], 13, "28.50"),
    ],
)
def test_worked_examples_of_other_rhythms_hold_for_the_equation(
    advanced: str, times: list[UnitTime], payments: list[str], a_year: int, published: str
) -> None:
    flows = list(zip(times, [usd(p) for p in payments], strict=True))
    assert percent(reg_z_equation(usd(advanced), flows, a_year)) == Decimal(published)


@pytest.mark.parametrize(
    ("on", "first", "frequency", "whole", "fraction"),
    [
        (date(2026, 1, 31), date(2026, 2, 28), "monthly", 1, Fraction(0)),
        (date(2026, 1, 30), date(2026, 2, 28), "monthly", 1, Fraction(1, 30)),
        (date(2026, 1, 10), date(2026, 2, 15), "monthly", 1, Fraction(5, 30)),
        (date(2026, 2, 10), date(2026, 2, 15), "monthly", 0, Fraction(5, 30)),
        (date(2026, 1, 1), date(2026, 1, 25), "weekly", 3, Fraction(3, 7)),
        (date(2026, 1, 1), date(2026, 1, 25), "fortnightly", 1, Fraction(10, 14)),
    ],
)
def test_unit_times(
    on: date, first: date, frequency: Frequency, whole: int, fraction: Fraction
) -> None:
    times = unit_times(on, first, 2, frequency)
    assert times[0] == UnitTime(whole=whole, fraction=fraction)
    assert times[1] == UnitTime(whole=whole + 1, fraction=fraction)


@pytest.mark.parametrize(
    ("due_on", "rate"),
    [
        (date(2026, 7, 10), "0.16"),  # six months: 8 % twice a year
        (date(2027, 1, 10), "0.08"),
        (date(2026, 1, 30), "1.46"),  # twenty days: 8 % x 365 / 20
        (date(2028, 1, 10), "0.039230484541"),  # 1.08 ^ (1/2) - 1
        (date(2027, 7, 10), "0.052417469626"),  # (1 + i) (1 + i/2) = 1.08: sqrt(2.41) - 1.5
    ],
)
def test_one_payment(due_on: date, rate: str) -> None:
    found = reg_z_rate(usd("1000"), date(2026, 1, 10), due_on, [usd("1080")], Frequency.MONTHLY)
    assert abs(found - Decimal(rate)) < Decimal("1E-9")


@thorough
@given(loans())
def test_the_effective_rate_of_a_schedule_equals_xirr(terms: LoanTerms) -> None:
    try:
        rows = build_schedule(terms)
    except UnpayableTerms:
        return
    on = periods(terms)[0].start
    found = effective_annual_rate(terms.principal, on, [(row.due_on, row.amount) for row in rows])
    dates = [on, *(row.due_on for row in rows)]
    amounts = [-float(terms.principal.minor), *(float(row.amount.minor) for row in rows)]
    expected = pyxirr.xirr(dates, amounts)
    assert expected is not None
    # A flat loan repaid in a day has a rate of thousands: there the ninth digit counts.
    assert abs(float(found) - expected) < 1e-9 * max(1.0, expected)


@thorough
@given(
    st.integers(1, 60),
    st.integers(1, 3_600),
    st.sampled_from(Frequency),
    st.integers(10_000, 10_000_000),
)
def test_the_apr_of_a_plain_loan_is_its_rate(
    count: int, rate: int, frequency: Frequency, principal: int
) -> None:
    """A loan of regular periods without fees costs what it says, but for cents of rounding."""
    per_year = {Frequency.MONTHLY: 12, Frequency.FORTNIGHTLY: 26, Frequency.WEEKLY: 52}[frequency]
    lent = Money(principal * 10**12, "USD")
    rate_per_period = Fraction(rate, 10_000) / per_year
    growth = (1 + rate_per_period) ** count
    level = Fraction(lent.minor) * rate_per_period * growth / (growth - 1)
    payments = [(UnitTime(whole=k + 1), Money(round(level), "USD")) for k in range(count)]
    assert abs(reg_z_equation(lent, payments, per_year) - Decimal(rate) / 10_000) < Decimal("1E-10")


def test_a_schedule_of_twelve_percent_costs_twelve_percent() -> None:
    rows = build_schedule(loan())
    amounts = [row.amount for row in rows]
    rate = reg_z_rate(
        loan().principal, date(2026, 1, 15), rows[0].due_on, amounts, Frequency.MONTHLY
    )
    assert percent(rate) == Decimal("12.00")


def test_less_repaid_than_advanced_is_a_negative_rate() -> None:
    """9,000 for 10,000 a year later is -10 %; nearly nothing back is nearly -100 %."""
    due = date(2027, 1, 1)
    back = effective_annual_rate(usd("10000"), date(2026, 1, 1), [(due, usd("9000"))])
    assert back == Decimal("-0.1")
    little = effective_annual_rate(usd("10000"), date(2026, 1, 1), [(due, usd("0.01"))])
    assert little == Decimal("-0.999999")
    with pytest.raises(LendingError):
        reg_z_rate(usd("10000"), date(2026, 1, 1), due, [usd("9000")], Frequency.MONTHLY)


def test_an_interest_free_loan_costs_nothing() -> None:
    rows = build_schedule(loan(annual_rate_bp=0, day_count=DayCount.ACTUAL_365))
    flows = [(row.due_on, row.amount) for row in rows]
    assert effective_annual_rate(loan().principal, date(2026, 1, 15), flows) == 0
    amounts = [row.amount for row in rows]
    assert (
        reg_z_rate(loan().principal, date(2026, 1, 15), rows[0].due_on, amounts, Frequency.MONTHLY)
        == 0
    )


def test_flows_that_have_no_rate_are_refused() -> None:
    on, due = date(2026, 1, 1), date(2026, 2, 1)
    for advanced, when, paid in (
        (usd("0"), due, usd("1")),
        (usd("1"), due, usd("0")),
        (usd("1"), due, usd("-1")),
        (usd("1"), on - timedelta(days=1), usd("1")),
    ):
        with pytest.raises(LendingError) as raised:
            effective_annual_rate(advanced, on, [(when, paid)])
        assert raised.value.hint
    with pytest.raises(LendingError):
        reg_z_rate(usd("1"), on, on, [usd("2")], Frequency.MONTHLY)
    with pytest.raises(LendingError):
        effective_annual_rate(usd("1"), on, [(on, usd("2"))])
    with pytest.raises(CurrencyMismatch):
        effective_annual_rate(usd("1"), on, [(due, Money(2, "EUR"))])
