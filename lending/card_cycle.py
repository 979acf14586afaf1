"""When a card's statements close and fall due."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from lending.dates import add_months
from lending.errors import LendingError
from lending.terms import CardTerms

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """The days [first_day, closed_on] of one statement, both included; numbered from 1."""

    number: int
    first_day: date
    closed_on: date
    due_on: date

    @property
    def days(self) -> tuple[date, ...]:
        count = (self.closed_on - self.first_day).days + 1
        return tuple(self.first_day + timedelta(days=n) for n in range(count))


def next_closing(terms: CardTerms, after: date) -> date:
    """The first closing day later than `after`; a month without the day closes on its last."""
    closing = _closing_in_month_of(terms, after)
    return closing if closing > after else add_months(closing, 1, anchor_day=terms.statement_day)


def is_closing(terms: CardTerms, day: date) -> bool:
    return day == _closing_in_month_of(terms, day)


def due_date(terms: CardTerms, closed_on: date) -> date:
    """Until when a statement can be paid without being late; days of grace come on top."""
    return closed_on + timedelta(days=terms.due_days)


def last_day_in_time(terms: CardTerms, closed_on: date) -> date:
    """The due date plus the days of grace: a payment on this day still counts as in time."""
    return due_date(terms, closed_on) + timedelta(days=terms.grace_days)


def cycle_of(terms: CardTerms, opened_on: date, day: date) -> Cycle:
    """The cycle that contains the day. The first one begins on the day the card was opened.

    Raises LendingError for a day before that.
    """
    if day < opened_on:
        raise LendingError(
            f"The card was opened on {opened_on}; there is no cycle on {day}.",
            hint="Use a day on or after the opening.",
        )
    closed_on = next_closing(terms, day - _DAY)
    before = add_months(closed_on, -1, anchor_day=terms.statement_day)
    first_closing = next_closing(terms, opened_on - _DAY)
    return Cycle(
        number=_month_index(closed_on) - _month_index(first_closing) + 1,
        first_day=max(opened_on, before + _DAY),
        closed_on=closed_on,
        due_on=due_date(terms, closed_on),
    )


def previous_cycle(terms: CardTerms, opened_on: date, cycle: Cycle) -> Cycle | None:
    if cycle.number == 1:
        return None
    return cycle_of(terms, opened_on, cycle.first_day - _DAY)


def closed_cycles(terms: CardTerms, opened_on: date, through: date) -> tuple[Cycle, ...]:
    """The cycles whose closing day is not later than `through`, in order."""
    found: list[Cycle] = []
    day = opened_on
    while next_closing(terms, day - _DAY) <= through:
        found.append(cycle_of(terms, opened_on, day))
        day = found[-1].closed_on + _DAY
    return tuple(found)


def _closing_in_month_of(terms: CardTerms, day: date) -> date:
    last = calendar.monthrange(day.year, day.month)[1]
    return day.replace(day=min(terms.statement_day, last))


def _month_index(day: date) -> int:
    return day.year * 12 + day.month
