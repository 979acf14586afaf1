"""Which rows of which schedule version apply."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from lending.accounts import Instalment, Schedule


def by_start(schedules: Iterable[Schedule]) -> list[Schedule]:
    """Versions in the order in which they come to apply.

    One that a later version replaces from its own start on (a plan that was undone) never does.
    """
    kept: list[Schedule] = []
    for schedule in sorted(schedules, key=lambda s: s.version, reverse=True):
        if all(start_of(schedule) < start_of(later) for later in kept):
            kept.append(schedule)
    return kept[::-1]


def start_of(schedule: Schedule) -> date:
    return schedule.from_on or date.min


def rows_in_effect(schedules: Iterable[Schedule]) -> list[tuple[int, Instalment]]:
    """Rows with their version, in order of due dates: a version's rows due from its start on
    replace those of the versions before it.
    """
    rows: list[tuple[int, Instalment]] = []
    for schedule in by_start(schedules):
        start = start_of(schedule)
        rows = [pair for pair in rows if pair[1].due_on < start]
        rows += [(schedule.version, row) for row in schedule.instalments if row.due_on >= start]
    return sorted(rows, key=lambda pair: (pair[1].due_on, pair[0], pair[1].number))
