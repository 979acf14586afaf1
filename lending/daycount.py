"""Year fractions between two days, exact, by the day count of the terms."""

from __future__ import annotations

import calendar
from datetime import date
from fractions import Fraction

from lending.errors import LendingError
from lending.terms import DayCount


def year_fraction(start: date, end: date, day_count: DayCount) -> Fraction:
    """The part of a year from `start` (counted) to `end` (not counted); 0 when they are the same.

    Raises LendingError when `end` comes first or the day count is unknown.
    """
    if end < start:
        raise LendingError(
            f"Interest cannot run from {start} back to {end}.", hint="Give the earlier day first."
        )
    match day_count:
        case DayCount.THIRTY_360:
            return Fraction(days_30_360(start, end), 360)
        case DayCount.ACTUAL_365:
            return Fraction((end - start).days, 365)
        case DayCount.ACTUAL_ACTUAL:
            return _actual_actual(start, end)
        case _:
            raise LendingError(
                f"Unknown day count {day_count!r}.",
                hint="Use 30/360, actual/365 or actual/actual.",
            )


def days_30_360(start: date, end: date) -> int:
    """Days between two days when every month has 30 of them.

    The bond basis of the 2006 ISDA Definitions, section 4.16(f): a start on the 31st is the 30th,
    and so is an end on the 31st after a start on the 30th or 31st. February has no rule of its own.
    """
    first = min(start.day, 30)
    last = 30 if end.day == 31 and first == 30 else end.day
    return (end.year - start.year) * 360 + (end.month - start.month) * 30 + last - first


def _actual_actual(start: date, end: date) -> Fraction:
    """Days in leap years over 366 and days in other years over 365 (ISDA 2006, section 4.16(b))."""
    if start.year == end.year:
        return Fraction((end - start).days, days_in_year(start.year))
    first = Fraction((date(start.year + 1, 1, 1) - start).days, days_in_year(start.year))
    last = Fraction((end - date(end.year, 1, 1)).days, days_in_year(end.year))
    return first + (end.year - start.year - 1) + last


def days_in_year(year: int) -> int:
    return 366 if calendar.isleap(year) else 365
