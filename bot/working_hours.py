"""When people of the team work: read from one line such as "Mon-Fri 09:00-18:00; Sat 10:00-14:00". Pure.

Public holidays of a country are no working days; where the country works on a weekend day in
exchange for a holiday, that day is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from lending.business_days import is_business_day
from lending.errors import TideoverError

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PART = re.compile(
    r"(?P<days>[a-z]{3,9}(?:\s*[-–]\s*[a-z]{3,9})?(?:\s*,\s*[a-z]{3,9}(?:\s*[-–]\s*[a-z]{3,9})?)*)\s+"
    r"(?P<from>\d{1,2}:\d{2})\s*[-–]\s*(?P<until>\d{1,2}:\d{2})",
    re.I,
)
_FURTHEST = 400  # days ahead that are looked at: longer than any row of holidays


class BadHours(TideoverError):
    """The line of working hours cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingHours:
    """`week` gives each weekday (0 is Monday) its (from, until) in minutes of the local day."""

    week: Mapping[int, tuple[tuple[int, int], ...]]
    timezone: str = "UTC"
    country: str | None = None

    def is_open(self, at: datetime) -> bool:
        return any(start <= at < end for start, end in self._spans(at, at + timedelta(days=1)))

    def next_opening(self, at: datetime) -> datetime | None:
        """`at` itself when people work then; None if they never do."""
        for start, end in self._spans(at, at + timedelta(days=_FURTHEST)):
            if at < end:
                return max(start, at)
        return None

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """The instant by which so much working time has passed since `start`."""
        left = amount
        for opens, closes in self._spans(start, start + timedelta(days=_FURTHEST)):
            if closes <= start:
                continue
            opens = max(opens, start)
            if closes - opens >= left:
                return opens + left
            left -= closes - opens
        return start + timedelta(days=_FURTHEST)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Working time in [start, end); zero when it is empty."""
        return sum(
            (
                max(min(closes, end) - max(opens, start), timedelta())
                for opens, closes in self._spans(start, end)
            ),
            timedelta(),
        )

    def _spans(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Working times that touch the days from `start` to `end`, in order, in UTC."""
        zone = ZoneInfo(self.timezone)
        day = start.astimezone(zone).date() - timedelta(days=1)
        last = end.astimezone(zone).date()
        while day <= last:
            if self._is_working_day(day):
                for opens, closes in self.week[day.weekday()]:
                    yield _instant(day, opens, zone), _instant(day, closes, zone)
            day += timedelta(days=1)

    def _is_working_day(self, day: date) -> bool:
        if not self.week.get(day.weekday()):
            return False
        # Weekend work that the lender chose stands; a weekday falls out on a holiday.
        if self.country is None or day.weekday() >= 5:
            return True
        return is_business_day(day, self.country)


def read_hours(line: str, *, timezone: str = "UTC", country: str | None = None) -> WorkingHours:
    """Working hours from a line. Raises BadHours, and UnknownCountry for one without a calendar."""
    week: dict[int, list[tuple[int, int]]] = {}
    rest = _PART.sub("", line).strip(" ;,/·|and")
    parts = list(_PART.finditer(line))
    if not parts or rest:
        raise _bad(line)
    for part in parts:
        start, end = _minutes(part["from"], line), _minutes(part["until"], line)
        if start >= end:
            raise _bad(line)
        for day in _days(part["days"], line):
            week.setdefault(day, []).append((start, end))
    if country is not None:
        is_business_day(date(2026, 1, 1), country)
    return WorkingHours(
        week={day: tuple(sorted(spans)) for day, spans in week.items()},
        timezone=timezone,
        country=country,
    )


ALWAYS = WorkingHours(week={day: ((0, 24 * 60),) for day in range(7)})
"""Around the clock."""


def _days(text: str, line: str) -> Iterator[int]:
    for part in text.split(","):
        ends = [_day(name, line) for name in re.split(r"[-–]", part)]
        first, last = ends[0], ends[-1]
        yield from ((first + step) % 7 for step in range((last - first) % 7 + 1))


def _day(name: str, line: str) -> int:
    short = name.strip().lower()[:3]
    if short not in _DAYS:
        raise _bad(line)
    return _DAYS.index(short)


def _minutes(text: str, line: str) -> int:
    hours, minutes = map(int, text.split(":"))
    if minutes > 59 or hours * 60 + minutes > 24 * 60:
        raise _bad(line)
    return hours * 60 + minutes


def _instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    midnight = datetime.combine(day, time(), zone)
    if minutes == 24 * 60:
        return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    return midnight.replace(hour=minutes // 60, minute=minutes % 60).astimezone(UTC)


def _bad(line: str) -> BadHours:
    return BadHours(
        f"These working hours cannot be read: {line!r}.",
        hint="Write them like: Mon-Fri 09:00-18:00; Sat 10:00-14:00",
    )
