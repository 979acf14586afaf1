"""How an amount is repaid over periods: the principal and interest of each payment, by method."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal
from fractions import Fraction

from lending.errors import UnpayableTerms
from lending.rounding import to_minor, to_step
from lending.terms import Method, Rounding

Parts = tuple[int, int]
"""Principal and interest of one payment, in minor units."""

_NOISE = Fraction(1, 10**20)
"""A level payment is known to within less than this, so it is rounded to it first: an amount that
is exactly whole, or exactly half, must not be taken for one a hair beside it."""


def amortise(
    principal: int, rates: Sequence[Fraction], method: Method, rounding: Rounding
) -> tuple[Parts, ...]:
    """The parts of each payment, oldest first. `rates[k]` is what one unit bears in period k.

    Raises UnpayableTerms where the payments could not repay the principal by the last of them.
    """
    match method:
        case Method.ANNUITY:
            return _annuity(principal, rates, rounding)
        case Method.EQUAL_PRINCIPAL:
            return _equal_principal(principal, rates, rounding)
        case Method.FLAT:
            return _flat(principal, rates, rounding)
        case Method.INTEREST_ONLY:
            return _interest_only(principal, rates, rounding)
        case _:
            raise UnpayableTerms(
                f"Cannot compute a schedule by the method {method!r}.",
                hint="Use annuity, equal_principal, flat or interest_only.",
            )


def level_payment(principal: int, rates: Sequence[Fraction]) -> Fraction:
    """The payment, unrounded, that repays the principal when made at the end of every period.

    The principal over the sum of the discount factors of the periods, which may differ in length:
    A = P / sum(1 / ((1 + i1) ... (1 + ik))). With equal periods it is P*i / (1 - (1 + i)^-n).
    """
    context = Context(prec=60 + len(str(principal)))
    factor, total = Decimal(1), Decimal(0)
    for rate in rates:
        growth = context.divide(Decimal(rate.numerator + rate.denominator), rate.denominator)
        factor = context.divide(factor, growth)
        total = context.add(total, factor)
    return round(Fraction(context.divide(Decimal(principal), total)) / _NOISE) * _NOISE


def _annuity(principal: int, rates: Sequence[Fraction], rounding: Rounding) -> tuple[Parts, ...]:
    if len(rates) == 1:
        return (_last(principal, rates[0], rounding),)
    level = _payment(level_payment(principal, rates), rounding)
    parts, balance = [], principal
    for rate in rates[:-1]:
        interest = to_minor(balance * rate, rounding.mode)
        repaid = min(level - interest, balance)
        parts.append((repaid, interest))
        balance -= repaid
    return (*parts, _last(balance, rates[-1], rounding))


def _equal_principal(
    principal: int, rates: Sequence[Fraction], rounding: Rounding
) -> tuple[Parts, ...]:
    share = to_minor(Fraction(principal, len(rates)), rounding.mode)
    parts, balance = [], principal
    for rate in rates[:-1]:
        interest = to_minor(balance * rate, rounding.mode)
        repaid = min(_payment(Fraction(share + interest), rounding) - interest, balance)
        parts.append((repaid, interest))
        balance -= repaid
    return (*parts, _last(balance, rates[-1], rounding))


def _flat(principal: int, rates: Sequence[Fraction], rounding: Rounding) -> tuple[Parts, ...]:
    count = len(rates)
    interest_left = to_minor(principal * sum(rates, Fraction(0)), rounding.mode)
    if count == 1:
        return ((principal, interest_left),)
    level = _payment(Fraction(principal + interest_left, count), rounding)
    share = to_minor(Fraction(interest_left, count), rounding.mode)
    parts, balance = [], principal
    for _ in range(count - 1):
        interest = min(share, interest_left)
        repaid = min(level - interest, balance)
        parts.append((repaid, interest))
        balance, interest_left = balance - repaid, interest_left - interest
    return (*parts, (balance, interest_left))


def _interest_only(
    principal: int, rates: Sequence[Fraction], rounding: Rounding
) -> tuple[Parts, ...]:
    parts = [(0, to_minor(principal * rate, rounding.mode)) for rate in rates[:-1]]
    return (*parts, _last(principal, rates[-1], rounding))


def _last(balance: int, rate: Fraction, rounding: Rounding) -> Parts:
    return balance, to_minor(balance * rate, rounding.mode)


def _payment(exact: Fraction, rounding: Rounding) -> int:
    if exact < rounding.step:
        raise UnpayableTerms(
            "A payment would be smaller than the step to which payments are rounded.",
            hint="Use fewer instalments or a smaller rounding step.",
        )
    return to_step(exact, rounding)
