"""The charges that a loan's terms bring about: interest, late fees, penalty interest.

All at the start of a day. Interest of an instalment comes on its due date while principal is owed;
the late fee on due date + grace days + 1, once for each instalment; penalty interest for overdue
days on each due date and monthly after the last. A late fee whose day lies in a hold that suspends
it is never charged; days in a hold bear no penalty interest (or interest), also not later.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from lending.accounts import EntryKind, Instalment, Schedule
from lending.dates import add_months, add_periods
from lending.dues import interest_key
from lending.entries import Charge, Derived
from lending.held_days import HeldDays
from lending.holds import Hold, Suspended, is_suspended
from lending.late_charges import OverdueSpan, late_fee, penalty_interest
from lending.lines import Lines
from lending.money import Money
from lending.schedules import rows_in_effect
from lending.terms import LoanTerms


@dataclass(slots=True)
class LoanCharges:
    """`entries.ChargeRules` of a loan, with the schedule versions and holds of its account."""

    terms: LoanTerms
    schedules: Sequence[Schedule]
    holds: Sequence[Hold] = ()
    at_day_end: bool = field(default=False, init=False)
    _interest: dict[tuple[int, int], Money] = field(init=False)
    _due: dict[date, list[tuple[int, Instalment]]] = field(init=False)
    _late: dict[date, list[tuple[int, Instalment]]] = field(init=False)
    _days: list[date] = field(init=False)
    _marks: list[date] = field(init=False)
    _no_penalty: HeldDays = field(init=False)

    def __post_init__(self) -> None:
        rows = rows_in_effect(self.schedules)
        self._no_penalty = HeldDays.of(self.holds, Suspended.PENALTY_INTEREST)
        self._due = _by_day(rows, 0)
        self._late = _by_day(rows, self.terms.grace_days + 1) if self.terms.late_fee else {}
        self._marks = sorted(self._due) if self.terms.penalty_rate_bp else []
        self._days = sorted({*self._due, *self._late})
        self._interest = self._all_interest()

    def next_day(self, after: date) -> date | None:
        place = bisect_right(self._days, after)
        days = self._days[place : place + 1]
        if self._marks and after >= self._marks[-1]:
            days.append(self._next_mark(after))
        return min(days, default=None)

    def assess(self, on: date, so_far: Sequence[Derived]) -> tuple[Charge, ...]:
        """Penalty interest up to the day, then interest, then late fees."""
        lines = Lines.of(so_far)
        charges = [*self._penalty(on, lines)]
        if on in self._due and lines.principal > 0:
            charges += [self._interest_charge(version, row) for version, row in self._due[on]]
        charges += self._late_fees(on, lines)
        return tuple(charge for charge in charges if charge.amount)

    def scheduled_interest(self, version: int, row: Instalment) -> Money:
        """The row's interest, less the share of its period's days that holds suspend."""
        return self._interest.get((version, row.number), row.interest)

    def _all_interest(self) -> dict[tuple[int, int], Money]:
        held = HeldDays.of(self.holds, Suspended.INTEREST)
        interest = {}
        for schedule in self.schedules:
            starts = [other.due_on for other in self._older(schedule)]
            for row in sorted(schedule.instalments, key=lambda r: r.due_on):
                start = max((s for s in starts if s < row.due_on), default=self._start())
                interest[schedule.version, row.number] = held.charged(
                    row.interest, start, row.due_on
                )
                starts.append(row.due_on)
        return interest

    def _older(self, schedule: Schedule) -> Iterable[Instalment]:
        older = [other for other in self.schedules if other.version < schedule.version]
        return (row for _, row in rows_in_effect(older))

    def _start(self) -> date:
        first = self.terms.first_due_on
        return self.terms.disbursed_on or add_periods(first, -1, self.terms.frequency)

    def _interest_charge(self, version: int, row: Instalment) -> Charge:
        return Charge(
            key=interest_key(version, row.number),
            kind=EntryKind.INTEREST,
            effective_on=row.due_on,
            amount=self.scheduled_interest(version, row),
        )

    def _late_fees(self, on: date, lines: Lines) -> Iterable[Charge]:
        fee = self.terms.late_fee
        if fee is None or is_suspended(self.holds, Suspended.LATE_FEES, on):
            return
        for version, row in self._late.get(on, ()):
            unpaid = lines.unpaid(version, row.number)
            if unpaid:
                yield Charge(
                    key=f"late-fee:{version}:{row.number}",
                    kind=EntryKind.PENALTY if fee.as_penalty else EntryKind.FEE,
                    effective_on=on,
                    amount=late_fee(fee, Money(unpaid, self.terms.principal.currency)),
                )

    def _penalty(self, on: date, lines: Lines) -> Iterable[Charge]:
        since = self._mark_before(on)
        if since is None:
            return
        currency = self.terms.principal.currency
        terms = self.terms
        spans = self._overdue(since, on, lines)
        yield Charge(
            key=f"penalty:{since}:{on}",
            kind=EntryKind.PENALTY,
            effective_on=on,
            amount=penalty_interest(spans, terms.penalty_rate_bp, terms.day_count, currency),
        )

    def _overdue(self, since: date, until: date, lines: Lines) -> Iterable[OverdueSpan]:
        """What was overdue over [since, until), less the days of holds."""
        changes = {since: 0}
        for day, minor in lines.arrears_changes.items():
            if day < until:
                day = max(day, since)
                changes[day] = changes.get(day, 0) + minor
        days = sorted(changes)
        overdue = 0
        for day, following in zip(days, [*days[1:], until], strict=True):
            overdue += changes[day]
            if overdue:
                amount = Money(overdue, self.terms.principal.currency)
                for start, end in self._no_penalty.open_spans(day, following):
                    yield OverdueSpan(amount=amount, from_on=start, until_on=end)

    def _mark_before(self, on: date) -> date | None:
        """The day up to which penalty interest was charged last, if it is charged on this one."""
        if not self._marks or on <= self._marks[0]:
            return None
        if on in self._due:
            return self._marks[self._marks.index(on) - 1]
        if on < self._marks[-1] or self._next_mark(on - timedelta(days=1)) != on:
            return None
        months = self._months_to(on)
        return add_months(self._marks[-1], months - 1, anchor_day=self._marks[-1].day)

    def _next_mark(self, after: date) -> date:
        last = self._marks[-1]
        months = max(self._months_to(after), 1)
        mark = add_months(last, months, anchor_day=last.day)
        return mark if mark > after else add_months(last, months + 1, anchor_day=last.day)

    def _months_to(self, day: date) -> int:
        last = self._marks[-1]
        return (day.year - last.year) * 12 + day.month - last.month


def _by_day(
    rows: Iterable[tuple[int, Instalment]], days_after: int
) -> dict[date, list[tuple[int, Instalment]]]:
    found: dict[date, list[tuple[int, Instalment]]] = {}
    for version, row in rows:
        found.setdefault(row.due_on + timedelta(days=days_after), []).append((version, row))
    return found
