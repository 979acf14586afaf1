"""Due dates and local days. Nothing here reads a clock."""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from lending.errors import LendingError
from lending.terms import Frequency


def local_day(instant: datetime, timezone: str) -> date:
    """The calendar day of an aware instant in an IANA zone; a naive instant is refused."""
    if instant.tzinfo is None:
        raise LendingError(
            "An instant without a time zone was given.", hint="Pass an aware UTC time."
        )
    return instant.astimezone(ZoneInfo(timezone)).date()


def add_months(day: date, months: int, *, anchor_day: int | None = None) -> date:
    """The same day `months` later; a day that the month lacks becomes its last one.

    `anchor_day` keeps the 31st alive: 31 Jan, 28 Feb, 31 Mar and not 28 Mar.
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    month += 1
    wanted = anchor_day or day.day
    return date(year, month, min(wanted, calendar.monthrange(year, month)[1]))


def add_periods(first: date, periods: int, frequency: Frequency) -> date:
    """The due date `periods` after the first: monthly keeps the day of month, others count days."""
    match frequency:
        case Frequency.MONTHLY:
            return add_months(first, periods, anchor_day=first.day)
        case Frequency.FORTNIGHTLY:
            return first + timedelta(days=14 * periods)
        case Frequency.WEEKLY:
            return first + timedelta(days=7 * periods)
        case _:
            raise LendingError(
                f"Unknown frequency {frequency!r}.", hint="Use monthly, fortnightly or weekly."
            )
