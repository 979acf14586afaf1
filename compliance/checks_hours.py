"""Hours of the day: windows that a profile sets, and times that the borrower asked to be left alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from compliance.case import Case, is_after, is_before, is_valid_on
from compliance.checks import second_of_day
from compliance.records import Consent, InconvenientTime
from compliance.terms import ConsentType
from compliance.zones import DAY, day_number, weekday_of

_FAR = 370 * DAY
"""How far ahead an opening is looked for: far zones may share hours in one season only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursWindow:
    """Closed outside [start, end) in every zone where the borrower may be, or in the `zones` named.

    `also_zones` are asked besides.
    `consent`: agreed contact times lift it. `elsewhere_only`: objects just when the primary zone
    alone would have passed.
    """

    start: str
    end: str
    zones: tuple[str, ...] | None = None
    also_zones: tuple[str, ...] = ()
    consent: bool = False
    elsewhere_only: bool = False
    _start: int = field(init=False, repr=False)
    _end: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_start", second_of_day(self.start))
        object.__setattr__(self, "_end", second_of_day(self.end))
        if self._start >= self._end:
            raise ValueError(f"the window starts at {self.start}, not before its end {self.end}")

    def objects(self, case: Case) -> bool:
        start, end, at = self._start, self._end, case.at
        primary = start <= case.second < end
        if self._is_primary_only(case):
            closed = not primary and not self.elsewhere_only
        elif self.elsewhere_only and not primary:
            return False
        else:
            clocks = case.clocks(self.zones, self.also_zones)
            closed = any(not start <= clock.local(at) % DAY < end for clock in clocks)
        return closed and not (self.consent and agreed_at(case, at) == at)

    def opens(self, case: Case, at: int) -> int | None:
        opening = self._common_opening(case, at)
        if self.consent:
            agreed = agreed_at(case, at)
            if agreed is not None and (opening is None or agreed < opening):
                return agreed
        return opening

    def _is_primary_only(self, case: Case) -> bool:
        """Whether the borrower's primary zone is the only one to ask: the usual case."""
        facts = case.facts
        if self.zones is not None or len(facts.possible_timezones) > 1:
            return False
        return not self.also_zones or self.also_zones == (facts.timezone,)

    def _common_opening(self, case: Case, at: int) -> int | None:
        if self._is_primary_only(case):
            return case.clock.window_opens(at, self._start, self._end)
        clocks, limit = case.clocks(self.zones, self.also_zones), at + _FAR
        while at < limit:
            latest = max(clock.window_opens(at, self._start, self._end) for clock in clocks)
            if latest == at:
                return at
            at = latest
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class InconvenientTimes:
    """Closed at the times that the borrower named, in the primary zone."""

    consent: bool = False

    def objects(self, case: Case) -> bool:
        for block in case.state.inconvenient_times:
            if holds(block, case.day, case.second):
                return not (self.consent and agreed_at(case, case.at) == case.at)
        return False

    def opens(self, case: Case, at: int) -> int | None:
        if not case.state.inconvenient_times:
            return at
        opening = self._outside(case, at)
        if self.consent:
            agreed = agreed_at(case, at)
            if agreed is not None and (opening is None or agreed < opening):
                return agreed
        return opening

    def _outside(self, case: Case, at: int) -> int | None:
        limit = at + _FAR
        while at < limit:
            offset, change = case.clock.segment(at)
            day, second = divmod(at + offset, DAY)
            ends = [
                block.end if block.end > second else DAY
                for block in case.state.inconvenient_times
                if holds(block, day, second)
            ]
            if not ends:
                return at
            at = min(at + max(ends) - second, change)
        return None


def holds(block: InconvenientTime, day: int, second: int) -> bool:
    """Whether a local moment lies in the block; one that runs over midnight belongs to its first day."""
    if block.start < block.end:
        return block.start <= second < block.end and _on(block, day)
    return (second >= block.start and _on(block, day)) or (
        second < block.end and _on(block, day - 1)
    )


def _on(block: InconvenientTime, day: int) -> bool:
    return weekday_of(day) in block.days and not is_after(day, block.until_on)


def agreed_at(case: Case, at: int) -> int | None:
    """The first instant from `at` on inside a contact time that the borrower agreed to directly."""
    openings = [
        opening
        for consent in case.consents(ConsentType.CONTACT_TIME)
        if (opening := _agreed_window(case, consent, at)) is not None
    ]
    return min(openings, default=None)


def _agreed_window(case: Case, consent: Consent, at: int) -> int | None:
    if consent.window is None:
        return None
    start, end = consent.window
    parts = [(start, end)] if start < end else [(start, DAY), (0, end)]
    if consent.valid_from is not None and is_before(
        case.clock.local(at) // DAY, consent.valid_from
    ):
        at = case.clock.day_starts(at, day_number(consent.valid_from))
    opening = min(case.clock.window_opens(at, first, last) for first, last in parts if first < last)
    return opening if is_valid_on(consent, case.clock.local(opening) // DAY) else None
