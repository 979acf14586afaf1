"""What a loan costs a year, from its cash flows: effective, and the annual percentage rate (US).

Rates are fractions: Decimal("0.0969") is 9.69 %.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction

from lending.dates import add_months
from lending.errors import LendingError
from lending.money import Money
from lending.terms import Frequency

PLACES = Decimal("1E-12")
"""Rates are given to this many decimals, and are right to all of them but the last."""

_PERIODS_A_YEAR = {Frequency.MONTHLY: 12, Frequency.FORTNIGHTLY: 26, Frequency.WEEKLY: 52}
_ODD_DAYS_OF = {Frequency.MONTHLY: 30, Frequency.FORTNIGHTLY: 14, Frequency.WEEKLY: 7}
_PRECISION = 50
_HIGHEST = Decimal(10) ** 12


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTime:
    """A payment's distance from the advance: `whole` unit-periods and a `fraction` of one."""

    whole: int
    fraction: Fraction = Fraction(0)


def effective_annual_rate(
    advanced: Money, on: date, payments: Sequence[tuple[date, Money]]
) -> Decimal:
    """The rate r at which the payments are worth what was advanced: A = sum P / (1 + r)^(days/365).

    This is the definition of XIRR in spreadsheets, and of the APR of Directive 2008/48/EC, annex I,
    with days counted over 365. Negative when less is repaid than was advanced.
    Raises LendingError when nothing is advanced or repaid, or a payment precedes the advance.
    """
    flows = [((due - on).days, _amount(advanced, paid)) for due, paid in payments]
    _check(advanced, [(days >= 0, amount) for days, amount in flows])

    def worth(rate: Decimal) -> Decimal:
        a_day = (-(1 + rate).ln() / 365).exp()
        return sum((amount * a_day**days for days, amount in flows), Decimal(0))

    return _solve(worth, Decimal(advanced.minor))


def reg_z_rate(
    advanced: Money, on: date, first_due_on: date, payments: Sequence[Money], frequency: Frequency
) -> Decimal:
    """The annual percentage rate of a single advance by the actuarial method.

    Regulation Z (12 CFR 1026), appendix J (b). Payments fall one unit-period apart from the first;
    weekends, holidays and month lengths that move a due date do not count (1026.17(c)(3)), so
    `first_due_on` is the agreed day. Equals `reg_z_equation` at the times of `unit_times`, times
    the unit-periods in a year. Raises LendingError as that does.
    """
    if first_due_on <= on:
        raise LendingError(
            "The first payment must be after the advance.", hint="Correct the dates."
        )
    if len(payments) == 1:
        return _single_payment_rate(advanced, on, first_due_on, payments[0])
    times = unit_times(on, first_due_on, len(payments), frequency)
    return reg_z_equation(
        advanced, list(zip(times, payments, strict=True)), _PERIODS_A_YEAR[frequency]
    )


def unit_times(
    on: date, first_due_on: date, count: int, frequency: Frequency
) -> tuple[UnitTime, ...]:
    """How far each payment is from the advance (appendix J (b)(5)).

    Whole months are counted back from the first payment and days left over are thirtieths; weeks
    and fortnights leave sevenths and fourteenths.
    """
    if frequency == Frequency.MONTHLY:
        whole, days = _months_back(on, first_due_on)
    else:
        whole, days = divmod((first_due_on - on).days, _ODD_DAYS_OF[frequency])
    odd = Fraction(days, _ODD_DAYS_OF[frequency])
    return tuple(UnitTime(whole=whole + index, fraction=odd) for index in range(count))


def reg_z_equation(
    advanced: Money, payments: Sequence[tuple[UnitTime, Money]], periods_a_year: Decimal | int
) -> Decimal:
    """The rate that solves A = sum P / ((1 + f*i) (1 + i)^t), appendix J (b)(8), a year.

    Raises LendingError when nothing is advanced, or less is repaid than was advanced.
    """
    flows = [(time, _amount(advanced, paid)) for time, paid in payments]
    _check(advanced, [(time.whole >= 0, amount) for time, amount in flows])
    if sum(amount for _, amount in flows) < advanced.minor:
        raise LendingError(
            "Less is repaid than was advanced: there is no annual percentage rate.",
            hint="Correct the payments.",
        )

    def worth(rate: Decimal) -> Decimal:
        result = Decimal(0)
        for time, amount in flows:
            odd = rate * time.fraction.numerator / time.fraction.denominator
            result += amount / ((1 + odd) * (1 + rate) ** time.whole)
        return result

    return _solve(worth, Decimal(advanced.minor), times=Decimal(periods_a_year))


def _single_payment_rate(advanced: Money, on: date, due_on: date, payment: Money) -> Decimal:
    """One payment: the unit-period is the term, but a year at most (appendix J (b)(4)(ii))."""
    months, days = _months_back(on, due_on)
    if months < 12 or (months == 12 and days == 0):
        a_year = Decimal(12) / months if days == 0 else Decimal(365) / (due_on - on).days
        return reg_z_equation(advanced, [(UnitTime(whole=1), payment)], a_year)
    years = months // 12
    odd = Fraction(months % 12, 12)
    if days:
        odd = Fraction((add_months(due_on, -12 * years) - on).days, 365)
    return reg_z_equation(advanced, [(UnitTime(whole=years, fraction=odd), payment)], 1)


def _months_back(start: date, end: date) -> tuple[int, int]:
    """Whole months counted back from `end`, and the days left from `start` to there."""
    tomorrow = end + timedelta(days=1)
    anchor = 31 if tomorrow.day == 1 else end.day
    months = (end.year - start.year) * 12 + end.month - start.month
    reached = add_months(end, -months, anchor_day=anchor)
    if reached < start:
        months -= 1
        reached = add_months(end, -months, anchor_day=anchor)
    return months, (reached - start).days


def _amount(advanced: Money, paid: Money) -> Decimal:
    # The sum checks that both are of one currency.
    return Decimal((advanced + paid).minor - advanced.minor)


def _check(advanced: Money, flows: Sequence[tuple[bool, Decimal]]) -> None:
    fit = all(in_order and amount >= 0 for in_order, amount in flows)
    if advanced.minor <= 0 or not fit or not any(amount for _, amount in flows):
        raise LendingError(
            "A rate needs an amount advanced, and payments after it.",
            hint="Give positive amounts, and dates in order.",
        )


def _solve(
    worth: Callable[[Decimal], Decimal], target: Decimal, *, times: Decimal = Decimal(1)
) -> Decimal:
    """The rate at which `worth`, which falls as the rate rises, meets the target."""
    with localcontext() as context:
        context.prec = _PRECISION
        low, high = _bracket(worth, target)
        while (high - low) * times > PLACES / 100:
            middle = (low + high) / 2
            if worth(middle) > target:
                low = middle
            else:
                high = middle
        return ((low + high) / 2 * times).quantize(PLACES)


def _bracket(worth: Callable[[Decimal], Decimal], target: Decimal) -> tuple[Decimal, Decimal]:
    high = Decimal("0.01")
    while worth(high) > target:
        high *= 4
        if high > _HIGHEST:
            raise LendingError("The rate is beyond measure.", hint="Check amounts and dates.")
    low = Decimal(0)
    if worth(low) < target:
        low, gap = Decimal("-0.5"), Decimal("0.5")
        while worth(low) < target and gap > PLACES:
            gap /= 2
            low = gap - 1
    return low, high
