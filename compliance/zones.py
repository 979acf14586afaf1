"""Local time by integers: what day and second it is somewhere, and when a window opens there.

Instants are whole seconds since 1970 UTC; days are proleptic ordinals counted from 1970-01-01 (a
Thursday). Offsets come from the tz database; the changes of a zone are found once and kept, so a
look-up is one bisection.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from compliance.errors import UnknownZone

DAY = 86_400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = EPOCH.toordinal()
_SPAN = 366 * DAY


def seconds_of(instant: datetime) -> int:
    """Whole seconds since 1970, a fraction dropped: 20:59:59.9 is still before 21:00."""
    elapsed = instant - EPOCH
    return elapsed.days * DAY + elapsed.seconds


def instant_of(seconds: int) -> datetime:
    return EPOCH + timedelta(seconds=seconds)


def day_number(day: date) -> int:
    return day.toordinal() - EPOCH_DAY


def weekday_of(day: int) -> int:
    """Monday is 0."""
    return (day + 3) % 7


class ZoneClock:
    """The offsets of one zone. Get it from `zone_clock`, which keeps one for each name."""

    __slots__ = ("_table", "_zone", "name")

    def __init__(self, name: str) -> None:
        try:
            self._zone = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise UnknownZone(name) from None
        self.name = name
        # Known span, changes in it and the offsets from each: one value, so threads see all or none.
        self._table: tuple[int, int, list[int], list[int]] = (0, 0, [0], [0])

    def local(self, at: int) -> int:
        """Local wall-clock seconds: divide by DAY for the day, the rest is the second of the day."""
        low, high, starts, offsets = self._table
        if not low <= at < high:
            _, _, starts, offsets = self._cover(at)
        return at + offsets[bisect_right(starts, at) - 1]

    def segment(self, at: int) -> tuple[int, int]:
        """The offset at an instant, and the instant at which it next changes (or may change)."""
        low, high, starts, offsets = self._table
        if not low <= at < high:
            low, high, starts, offsets = self._cover(at)
        index = bisect_right(starts, at)
        return offsets[index - 1], starts[index] if index < len(starts) else high

    def window_opens(self, at: int, start: int, end: int) -> int:
        """The first instant from `at` on whose local second of the day is in [start, end)."""
        while True:
            offset, change = self.segment(at)
            second = (at + offset) % DAY
            if start <= second < end:
                return at
            wait = start - second if second < start else DAY - second + start
            if at + wait < change:
                return at + wait
            at = change

    def day_starts(self, at: int, day: int) -> int:
        """The first instant from `at` on whose local date is `day` or later."""
        while True:
            offset, change = self.segment(at)
            begins = day * DAY - offset
            if begins <= at:
                return at
            if begins < change:
                return begins
            at = change

    def _ask(self, at: int) -> int:
        offset = instant_of(at).astimezone(self._zone).utcoffset()
        assert offset is not None  # a ZoneInfo always has one
        return offset.days * DAY + offset.seconds

    def _cover(self, at: int) -> tuple[int, int, list[int], list[int]]:
        """Find the changes from a year before `at` to two years after, by days, then by halving."""
        low, high = (at // DAY) * DAY - _SPAN, (at // DAY) * DAY + 2 * _SPAN
        known_low, known_high, _, _ = self._table
        if known_low < known_high:
            low, high = min(low, known_low), max(high, known_high)
        starts, offsets = [low], [self._ask(low)]
        for midnight in range(low, high, DAY):
            offset = self._ask(midnight + DAY)
            if offset != offsets[-1]:
                starts.append(self._change_between(midnight, midnight + DAY))
                offsets.append(offset)
        self._table = (low, high, starts, offsets)
        return self._table

    def _change_between(self, before: int, after: int) -> int:
        old = self._ask(before)
        while after - before > 1:
            middle = (before + after) // 2
            if self._ask(middle) == old:
                before = middle
            else:
                after = middle
        return after


@lru_cache(maxsize=1024)
def zone_clock(name: str) -> ZoneClock:
    """The clock of a zone; raises UnknownZone."""
    return ZoneClock(name)
