"""What a run came to, per borrower and together; two runs beside each other. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

RESAMPLES = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One account's figures. `late` and `cured` count due dates; costs are minor units."""

    account_id: int
    contacts: int = 0
    due: int = 0
    paid_on_time: int = 0
    late: int = 0
    cured: int = 0
    days_late: int = 0
    promises: int = 0
    promises_kept: int = 0
    plans: int = 0
    complaints: int = 0
    stops: int = 0
    cost: float = 0.0


FIGURES = tuple(f.name for f in fields(Person) if f.name != "account_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A difference per thousand accounts, with the interval in which it lies with 95 in 100."""

    figure: str
    first: float
    second: float
    difference: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low > 0 or self.high < 0


def totals(people: Sequence[Person]) -> dict[str, float]:
    return {name: float(sum(getattr(person, name) for person in people)) for name in FIGURES}


def compare(first: Sequence[Person], second: Sequence[Person], seed: int) -> tuple[Interval, ...]:
    """Second less first, account by account: the same accounts met the same chance in both.

    The bootstrap draws accounts with replacement (percentile interval; Efron, 1979).
    """
    by_id = {person.account_id: person for person in second}
    pairs = [(one, by_id[one.account_id]) for one in first if one.account_id in by_id]
    if not pairs:
        return ()
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(len(pairs), [1 / len(pairs)] * len(pairs), size=RESAMPLES)
    found = []
    for name in FIGURES:
        a = np.array([getattr(one, name) for one, _ in pairs], dtype=float)
        b = np.array([getattr(other, name) for _, other in pairs], dtype=float)
        means: Any = weights @ (b - a) / len(pairs) * 1_000
        low, high = np.percentile(means, [2.5, 97.5])
        found.append(
            Interval(
                figure=name,
                first=float(a.mean() * 1_000),
                second=float(b.mean() * 1_000),
                difference=float((b - a).mean() * 1_000),
                low=float(low),
                high=float(high),
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueOutcome:
    """A due date at the end of a run; `paid_on` None: not paid by then."""

    due_on: date
    paid_on: date | None


def late_figures(dues: Sequence[DueOutcome], end: date) -> Mapping[str, int]:
    """Only due dates that had come by `end` count."""
    counts: Counter[str] = Counter()
    for due in dues:
        if due.due_on >= end:
            continue
        counts["due"] += 1
        if due.paid_on is not None and due.paid_on <= due.due_on:
            counts["paid_on_time"] += 1
            continue
        counts["late"] += 1
        counts["cured"] += due.paid_on is not None
        counts["days_late"] += ((due.paid_on or end) - due.due_on).days
    return counts


def weeks(moments: Sequence[datetime], start: datetime, days: int) -> list[int]:
    """How many in each week of a run."""
    found = [0] * ((days + 6) // 7)
    for moment in moments:
        week = (moment - start) // timedelta(days=7)
        if 0 <= week < len(found):
            found[week] += 1
    return found
