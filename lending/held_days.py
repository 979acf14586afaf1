"""How many days of a period a hold suspends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from lending.holds import Hold, Suspended
from lending.money import Money


@dataclass(frozen=True, slots=True)
class HeldDays:
    """The days on which something is suspended: half-open intervals, in order, not touching."""

    intervals: tuple[tuple[date, date], ...]

    @classmethod
    def of(cls, holds: Iterable[Hold], what: Suspended) -> HeldDays:
        merged: list[tuple[date, date]] = []
        spans = ((h.from_on, h.until_on or date.max) for h in holds if what in h.suspends)
        for start, end in sorted(spans):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            elif start < end:
                merged.append((start, end))
        return cls(tuple(merged))

    def within(self, start: date, end: date) -> int:
        """The suspended days in [start, end)."""
        return sum(
            max((min(end, until) - max(start, since)).days, 0) for since, until in self.intervals
        )

    def others(self, start: date, end: date) -> int:
        """The days in [start, end) that are not suspended."""
        return (end - start).days - self.within(start, end)

    def open_spans(self, start: date, end: date) -> Iterator[tuple[date, date]]:
        """The parts of [start, end) that are not suspended."""
        for since, until in self.intervals:
            if start < min(since, end):
                yield start, min(since, end)
            start = max(start, until)
        if start < end:
            yield start, end

    def charged(self, interest: Money, start: date, end: date) -> Money:
        """What of a period's interest is left when suspended days bear none; half to even."""
        held = self.within(start, end)
        if not held:
            return interest
        share = Fraction(interest.minor * self.others(start, end), (end - start).days)
        return Money(round(share), interest.currency)
