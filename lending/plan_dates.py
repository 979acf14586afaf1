"""On which days a plan's payments fall, and the parts of a year between them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from itertools import islice

from lending.business_days import next_business_day, roll_date
from lending.dates import add_months, add_periods
from lending.daycount import year_fraction
from lending.plan_case import PlanCase
from lending.terms import DayCount, Frequency, LoanTerms, Roll

_ONE_MONTH = Fraction(1, 12)


def plan_dates(case: PlanCase, count: int, day: int | None = None) -> list[date]:
    """The due days D1..D`count`; with `day`, all on that day of the month from d1 on."""
    if day is not None:
        return list(islice(_monthly_from(case.terms, _first_on(case.rows[0].due_on, day)), count))
    dates = [row.due_on for row in case.rows][:count]
    anchor = anchor_day(case)
    last = _agreed(case.terms, dates[-1], anchor) or dates[-1]
    for steps in range(1, count - len(dates) + 1):
        if case.terms.frequency is Frequency.MONTHLY:
            agreed = add_months(last, steps, anchor_day=anchor)
        else:
            agreed = add_periods(last, steps, case.terms.frequency)
        rolled = _rolled(case.terms, agreed)
        if rolled <= dates[-1]:
            rolled = next_business_day(dates[-1], case.terms.holiday_country)
        dates.append(rolled)
    return dates


def anchor_day(case: PlanCase) -> int:
    """The day of the month on which payments fall: the terms', if the rows after `on` keep to it."""
    agreed = case.terms.first_due_on.day
    if all(_agreed(case.terms, row.due_on, agreed) for row in case.rows):
        return agreed
    return case.rows[-1].due_on.day


def years_between(case: PlanCase, dates: list[date], day: int | None = None) -> list[Fraction]:
    """y(1)..: from the start of the running period to D1, and between each two due days."""
    anchor = day or anchor_day(case)
    pairs = zip([case.start, *dates], dates, strict=False)
    return [_years(case.terms, start, end, anchor) for start, end in pairs]


def _agreed(terms: LoanTerms, due_on: date, anchor: int) -> date | None:
    """The monthly day of this anchor that the roll rule moved to `due_on`, if there is one."""
    for months in (0, -1, 1):
        agreed = add_months(due_on, months, anchor_day=anchor)
        if _rolled(terms, agreed) == due_on:
            return agreed
    return None


def _years(terms: LoanTerms, start: date, end: date, anchor: int) -> Fraction:
    is_month = terms.frequency is Frequency.MONTHLY and terms.day_count is DayCount.THIRTY_360
    stands = add_months(start, 0, anchor_day=anchor) == start
    if is_month and stands and add_months(start, 1, anchor_day=anchor) == end:
        return _ONE_MONTH
    return year_fraction(start, end, terms.day_count)


def _first_on(earliest: date, day: int) -> date:
    this_month = earliest.replace(day=day)
    return this_month if this_month >= earliest else add_months(this_month, 1, anchor_day=day)


def _monthly_from(terms: LoanTerms, first: date) -> Iterator[date]:
    months = 0
    while True:
        yield _rolled(terms, add_months(first, months, anchor_day=first.day))
        months += 1


def _rolled(terms: LoanTerms, agreed: date) -> date:
    if terms.roll is Roll.NONE:
        return agreed
    return roll_date(agreed, terms.roll, terms.holiday_country)
