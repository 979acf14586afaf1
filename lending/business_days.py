"""Where a due date goes that falls on a weekend or public holiday."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache

import holidays

from lending.errors import UnknownCountry
from lending.terms import Roll

_DAY = timedelta(days=1)
_KNOWN_YEARS = 512  # a bound on what is cached: each is a set of a few dozen days


def roll_date(day: date, roll: Roll, country: str | None) -> date:
    """The day itself when it is a business day (or nothing rolls), else where `roll` puts it.

    Modified following goes back instead of forward when forward would leave the month.
    Raises UnknownCountry when something is to be rolled and the calendar is missing.
    """
    if roll == Roll.NONE or is_business_day(day, country):
        return day
    if roll == Roll.PRECEDING:
        return _walk(day, -_DAY, country)
    later = _walk(day, _DAY, country)
    if roll == Roll.MODIFIED_FOLLOWING and (later.year, later.month) != (day.year, day.month):
        return _walk(day, -_DAY, country)
    return later


def next_business_day(after: date, country: str | None) -> date:
    """The first business day later than `after`."""
    return _walk(after, _DAY, country)


def is_business_day(day: date, country: str | None) -> bool:
    """Neither a weekend of the country (Friday and Saturday in some) nor one of its holidays.

    A weekend day that the country works in exchange for a holiday (as China does) is a business
    day. Years that a calendar does not reach have weekends and the holidays it can foresee.
    """
    return _calendar(_named(country), day.year)(day)


def _walk(day: date, by: timedelta, country: str | None) -> date:
    day += by
    while not is_business_day(day, country):
        day += by
    return day


def _named(country: str | None) -> str:
    if country is None:
        raise UnknownCountry(
            "Due dates are to be moved by holidays, but of no country.",
            hint="Set holiday_country to an ISO 3166 code such as US, or roll to none.",
        )
    return country


@lru_cache(maxsize=_KNOWN_YEARS)
def _calendar(country: str, year: int) -> Callable[[date], bool]:
    try:
        with warnings.catch_warnings():
            # Lunar holidays of far years are missing from some calendars, which say so each time.
            warnings.filterwarnings("ignore", module="holidays")
            # Unexpanded: a year is made once, under its own key, and never changes under a reader.
            known = holidays.country_holidays(country, years=year, expand=False)
    except NotImplementedError:
        raise UnknownCountry(
            f"There is no holiday calendar for {country!r}.",
            hint="Set holiday_country to an ISO 3166 code such as US, GB, CN or IN, "
            "or roll to none.",
        ) from None
    return known.is_working_day
