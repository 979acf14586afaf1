"""What being late costs: the late fee of an instalment or statement, and penalty interest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from lending.daycount import year_fraction
from lending.errors import LendingError
from lending.money import Money
from lending.rounding import to_minor
from lending.terms import DayCount, LateFee, RoundingMode

_BASIS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueSpan:
    """An amount that stayed overdue over [from_on, until_on): one day's end to another's."""

    amount: Money
    from_on: date
    until_on: date


def late_fee(fee: LateFee, unpaid: Money) -> Money:
    """The flat part plus the percentage of what is unpaid, half to even, never above the cap.

    Nothing unpaid costs nothing. Raises CurrencyMismatch for a fee in another currency.
    """
    if unpaid.minor <= 0:
        return Money.zero(unpaid.currency)
    share = _whole(Fraction(unpaid.minor * fee.rate_bp, _BASIS), unpaid.currency)
    charged = share if fee.flat is None else fee.flat + share
    return charged if fee.cap is None else min(charged, fee.cap)


def penalty_interest(
    spans: Iterable[OverdueSpan], rate_bp: int, day_count: DayCount, currency: str
) -> Money:
    """Simple interest on amounts for the days they were overdue: sum of amount x rate x years.

    Spans that leave out the days of a hold bear nothing for them. Rounded once, at the end, half
    to even, so cutting a span in two changes nothing. Under 30/360 days are counted over 365: by that
    count a single day can be none, or three. Raises LendingError for a negative rate or a span that
    ends before it starts, CurrencyMismatch for an amount in another currency.
    """
    if rate_bp < 0:
        raise LendingError("A penalty rate cannot be negative.", hint="Correct the terms.")
    weighted = Fraction(0)
    zero = Money.zero(currency)
    for span in spans:
        amount = (zero + span.amount).at_least_zero()
        weighted += amount.minor * _years(span, day_count)
    return _whole(weighted * rate_bp / _BASIS, currency)


def _years(span: OverdueSpan, day_count: DayCount) -> Fraction:
    by_day = DayCount.ACTUAL_365 if day_count == DayCount.THIRTY_360 else day_count
    return year_fraction(span.from_on, span.until_on, by_day)


def _whole(value: Fraction, currency: str) -> Money:
    return Money(to_minor(value, RoundingMode.HALF_EVEN), currency)
