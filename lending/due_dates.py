"""When instalments fall due, and the periods over which interest runs towards them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import islice

from lending.business_days import next_business_day, roll_date
from lending.dates import add_periods
from lending.daycount import year_fraction
from lending.errors import UnpayableTerms
from lending.terms import DayCount, Frequency, LoanTerms, Roll

_ONE_MONTH = Fraction(1, 12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Interest runs from `start` (counted) to `end`, the due date (not counted): `years` of a year."""

    start: date
    end: date
    years: Fraction


def due_dates(terms: LoanTerms) -> tuple[date, ...]:
    """The days on which the instalments fall due, rolled, each later than the one before."""
    return tuple(period.end for period in periods(terms))


def periods(terms: LoanTerms) -> tuple[Period, ...]:
    """The interest periods of the whole loan; the first starts when the money was lent.

    A due date that is not a business day moves as `roll` says, and interest runs to the day it
    moved to. Where that would meet or pass the due date before it (a week of holidays in a weekly
    loan), it is the first business day after that one. Under 30/360 a month between two dates that
    did not move is one twelfth of a year, however many days February has; every other period is
    counted between its days.

    Raises UnpayableTerms when the first due date is not after the day of lending or the calendar
    ends, and UnknownCountry when dates are to be rolled by holidays that are not known.
    """
    start = terms.disbursed_on or _agreed(terms, -1)
    if terms.first_due_on <= start:
        raise UnpayableTerms(
            f"The first instalment is due on {terms.first_due_on}, not after {start}, "
            "the day of lending.",
            hint="Correct the first due date or the day of lending.",
        )
    return tuple(islice(_walk(terms, start, 0), terms.instalments))


def periods_after(terms: LoanTerms, start: date, count: int) -> tuple[Period, ...]:
    """`count` periods in the rhythm of the terms: the first starts on `start`, and ends on the
    first due date later than that.
    """
    skip = 0
    while _rolled(terms, _agreed(terms, skip)) <= start:
        skip += 1
    return tuple(islice(_walk(terms, start, skip), count))


def years_elapsed(period: Period, on: date, day_count: DayCount) -> Fraction:
    """The part of a year from the period's start to `on`: never above the whole, and that at its end."""
    if on == period.end:
        return period.years
    return min(year_fraction(period.start, on, day_count), period.years)


def _walk(terms: LoanTerms, start: date, skip: int) -> Iterator[Period]:
    while True:
        agreed = _agreed(terms, skip)
        end = _rolled(terms, agreed)
        if end <= start:
            end = next_business_day(start, terms.holiday_country)
        unmoved = start == _agreed(terms, skip - 1) and end == agreed
        yield Period(start=start, end=end, years=_years(terms, start, end, unmoved=unmoved))
        start, skip = end, skip + 1


def _years(terms: LoanTerms, start: date, end: date, *, unmoved: bool) -> Fraction:
    is_month = terms.frequency == Frequency.MONTHLY and terms.day_count == DayCount.THIRTY_360
    if is_month and unmoved:
        return _ONE_MONTH
    return year_fraction(start, end, terms.day_count)


def _agreed(terms: LoanTerms, index: int) -> date:
    """The due date before rolling; 0 is the first."""
    try:
        return add_periods(terms.first_due_on, index, terms.frequency)
    except (ValueError, OverflowError):
        raise UnpayableTerms(
            "The last instalment would be due beyond the end of the calendar.",
            hint="Use fewer instalments or an earlier first due date.",
        ) from None


def _rolled(terms: LoanTerms, agreed: date) -> date:
    if terms.roll == Roll.NONE:
        return agreed
    return roll_date(agreed, terms.roll, terms.holiday_country)
