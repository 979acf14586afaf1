"""Which days a way of naming days can mean, seen from today. Pure.

Every function gives the readings, the likeliest first. Where two readings are common, both are
given and the borrower is asked; a week begins on Monday, and where it commonly begins on Sunday
as well, both are counted.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from lending.dates import add_months
from nlu.reading.found import NoSuchDay

MOST_IN_A_MONTH = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """From where a day is looked at: `past` prefers days behind, today belongs to both sides."""

    today: date
    past: bool
    language: str


@dataclass(frozen=True, slots=True)
class Days:
    """Readings of one mention. `is_vague`: even a single reading is only a guess."""

    readings: tuple[date | NoSuchDay, ...]
    is_vague: bool = False

    @property
    def is_sure(self) -> bool:
        return len(self.readings) == 1 and not self.is_vague


def sure(day: date | NoSuchDay) -> Days:
    return Days((day,))


def one_of(days: Iterable[date]) -> Days:
    """Each day once, in the order given."""
    return Days(tuple(dict.fromkeys(days)))


def make_day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def full_day(year: int, month: int, day: int) -> Days | None:
    """A day with its year; None if the numbers are no month and day at all."""
    if not (1 <= month <= 12 and 1 <= day <= MOST_IN_A_MONTH):
        return None
    return sure(make_day(year, month, day) or NoSuchDay(f"{year}-{month:02}-{day:02}"))


def day_of_year(month: int, day: int, view: View) -> Days | None:
    """A day without its year: the nearest on the wanted side."""
    if not (1 <= month <= 12 and 1 <= day <= MOST_IN_A_MONTH):
        return None
    found = _nearest((make_day(view.today.year + n, month, day) for n in (-1, 0, 1)), view)
    return sure(found or NoSuchDay(f"{month:02}-{day:02}"))


def either_order(first: int, second: int, year: int | None, view: View) -> Days | None:
    """Month/day and day/month; one that lies on the wrong side of today gives way."""
    orders = [(first, second)] if first == second else [(first, second), (second, first)]
    found: list[date] = []
    missing: list[NoSuchDay] = []
    for month, day in orders:
        days = full_day(year, month, day) if year else day_of_year(month, day, view)
        if days is None:
            continue
        reading = days.readings[0]
        if isinstance(reading, NoSuchDay):
            missing.append(reading)
        else:
            found.append(reading)
    if not found:
        return sure(missing[0]) if missing else None
    wanted = [day for day in found if (day <= view.today if view.past else day >= view.today)]
    return one_of(sorted(wanted or found, key=lambda day: abs((day - view.today).days)))


def day_in_month(number: int, months_on: int, view: View) -> Days | None:
    """The 5th of the month that is so many months on."""
    if not 1 <= number <= MOST_IN_A_MONTH:
        return None
    month = add_months(view.today.replace(day=1), months_on)
    day = make_day(month.year, month.month, number)
    return sure(day or NoSuchDay(f"{month.month:02}-{number:02}"))


def day_number_alone(number: int, view: View) -> Days | None:
    """ "the 25th": the next or last one; today's own number may mean either; a short month asks."""
    if number < 1:
        return None
    if number > MOST_IN_A_MONTH:
        return sure(NoSuchDay(str(number))) if number <= 40 else None
    first, step = view.today.replace(day=1), -1 if view.past else 1
    here = make_day(first.year, first.month, number)
    ahead = number < view.today.day if view.past else number > view.today.day
    if number == view.today.day:
        return one_of((view.today, _with_number(number, add_months(first, step), step)))
    month = first if ahead else add_months(first, step)
    day = here if ahead else make_day(month.year, month.month, number)
    if day is not None:
        return sure(day)
    later = _with_number(number, add_months(month, step), step)
    return one_of((later,)) if view.past else one_of((later, last_of(month)))


def _with_number(number: int, month: date, step: int) -> date:
    day = make_day(month.year, month.month, number)
    return day or _with_number(number, add_months(month, step), step)


def last_of(day: date) -> date:
    """The last day of the month of `day`."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def month_end(months_on: int | None, view: View) -> Days:
    """The end of a month; unsaid, of this one, or looking back of the last that has ended."""
    month = add_months(view.today.replace(day=1), months_on or 0)
    if view.past and months_on is None and view.today != last_of(month):
        month = add_months(month, -1)
    return sure(last_of(month))


def month_point(number: int, months_on: int | None, view: View) -> Days:
    """ "Early" (1) or "mid" (15) of a month: never sure."""
    month = add_months(view.today.replace(day=1), months_on or 0)
    day = month.replace(day=number)
    if months_on is None and (day > view.today if view.past else day < view.today):
        day = add_months(day, -1 if view.past else 1)
    return Days((day,), is_vague=True)


def month_named(number: int, view: View) -> int:
    """How many months on the next (or last) month of that number begins."""
    months_on = number - view.today.month
    if view.past:
        return months_on - 12 if months_on > 0 else months_on
    return months_on + 12 if months_on < 0 else months_on


def nth_weekday(nth: int, weekday: int, month: date) -> date:
    """The nth of a weekday in a month; -1 is the last one."""
    days = [
        d
        for d in calendar.Calendar().itermonthdates(month.year, month.month)
        if d.month == month.month and d.weekday() == weekday
    ]
    return days[nth if nth < 0 else nth - 1]


def weekday_alone(weekday: int, view: View) -> Days:
    """ "Friday": the next or last one; on a Friday it may be today or a week off."""
    step = -1 if view.past else 1
    distance = (weekday - view.today.weekday()) * step % 7
    day = view.today + timedelta(days=step * distance)
    return one_of((day, day + timedelta(days=7 * step))) if distance == 0 else sure(day)


def weekday_coming(weekday: int, view: View, *, is_after_today: bool = False) -> Days:
    """ "This Friday": the coming one; on a Friday today, unless it has to be after it."""
    start = view.today + timedelta(days=1 if is_after_today else 0)
    return sure(start + timedelta(days=(weekday - start.weekday()) % 7))


def weekday_next(weekday: int, view: View) -> Days:
    """English "next Friday": the coming one, or that of next week, unless both are the same."""
    coming = view.today + timedelta(days=(weekday - view.today.weekday() - 1) % 7 + 1)
    if coming - view.today == timedelta(days=7) or all(
        coming >= _week_start(view.today, start) + timedelta(days=7) for start in (0, 6)
    ):
        return sure(coming)
    return one_of((coming + timedelta(days=7), coming))


def weekday_last(weekday: int, view: View) -> Days:
    """English "last Friday", as `weekday_next` looking back."""
    recent = view.today - timedelta(days=(view.today.weekday() - weekday - 1) % 7 + 1)
    if view.today - recent == timedelta(days=7) or all(
        recent < _week_start(view.today, start) for start in (0, 6)
    ):
        return sure(recent)
    return one_of((recent, recent - timedelta(days=7)))


def weekday_of_week(weekday: int, weeks_on: int, view: View) -> Days:
    """下周五, "Friday next week": that day of that week. Written in traditional characters, the
    week may begin on Sunday."""
    days = [_in_week(weekday, weeks_on, view.today, 0)]
    if view.language == "zh-Hant":
        days.append(_in_week(weekday, weeks_on, view.today, 6))
    wanted = [day for day in days if (day <= view.today if view.past else day >= view.today)]
    return one_of(wanted or days)


def weekend(weeks_on: int | None, view: View) -> Days:
    """Saturday or Sunday; unsaid, of this week."""
    if weeks_on is None and view.past:
        weeks_on = 0 if view.today.weekday() >= 5 else -1
    return one_of(_in_week(day, weeks_on or 0, view.today, 0) for day in (5, 6))


def weekend_next(view: View) -> Days:
    """English "next weekend": the coming one or the one after."""
    return one_of((*weekend(1, view).readings, *weekend(0, view).readings))  # type: ignore[arg-type]


def shifted(day: date, number: int, unit: str) -> date | None:
    """So many days, weeks, fortnights, months or years on; None beyond the calendar."""
    try:
        if unit in ("month", "year"):
            return add_months(day, number * (12 if unit == "year" else 1))
        length = {"week": 7, "fortnight": 14}.get(unit, 1)
        return day + timedelta(days=number * length)
    except (ValueError, OverflowError):
        return None


def _week_start(day: date, first: int) -> date:
    """`first`: 0 for weeks from Monday, 6 for weeks from Sunday."""
    return day - timedelta(days=(day.weekday() - first) % 7)


def _in_week(weekday: int, weeks_on: int, today: date, first: int) -> date:
    start = _week_start(today, first) + timedelta(weeks=weeks_on)
    return start + timedelta(days=(weekday - first) % 7)


def _nearest(days: Iterable[date | None], view: View) -> date | None:
    there = [day for day in days if day and (day <= view.today if view.past else day >= view.today)]
    return (max(there) if view.past else min(there)) if there else None
