"""When a lender reminds, of what, and how: a strategy as plain values. Pure.

A step belongs to a due date: `offset_days` before it (below zero) or after it. It is current from
its own day until the next step's, so a tick that was missed loses nothing, and after a pause only
the one current step is left to send.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.messages import Channel
from lending.accounts import Borrower, Product
from lending.money import Money

_SPREAD = 7_919
"""A prime: accounts with following numbers do not get following minutes."""


class Tone(StrEnum):
    GENTLE = "gentle"
    NEUTRAL = "neutral"
    HELP = "help"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`until_days` is the first day on which the step is current no more.

    `needs_approval`: a member of staff lets each one go, or nobody.
    """

    name: str
    offset_days: int
    until_days: int
    template: str
    tone: Tone
    channels: tuple[Channel, ...]
    needs_approval: bool = False

    def is_current(self, days: int) -> bool:
        """`days` after the due date."""
        return self.offset_days <= days < self.until_days


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Whom its steps are for; an empty condition lets everyone in. The first that fits counts."""

    name: str
    products: frozenset[Product] = frozenset()
    jurisdictions: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    steps: tuple[Step, ...]

    def fits(self, borrower: Borrower, product: Product) -> bool:
        return all(
            not wanted or value in wanted
            for wanted, value in (
                (self.products, product),
                (self.jurisdictions, borrower.jurisdiction),
                (self.countries, borrower.country),
                (self.languages, borrower.language),
            )
        )

    def step_on(self, days: int) -> Step | None:
        """The step that is current `days` after the due date."""
        return next((step for step in self.steps if step.is_current(days)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Minutes of the borrower's day between which reminders leave, [earliest, latest).

    Without a known habit they leave from `usual` on, spread over `spread` minutes.
    """

    earliest: int = 9 * 60
    latest: int = 18 * 60
    usual: int = 10 * 60
    spread: int = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """`quiet_days`: so many days without a reminder after one, whichever account it was about.

    `smallest`: amounts below it, by currency, are not reminded of. `max_tries` bounds attempts at
    a channel that fails in passing.
    """

    name: str
    version: str
    segments: tuple[Segment, ...]
    hours: Hours = field(default_factory=Hours)
    quiet_days: int = 1
    smallest: Mapping[str, int] = field(default_factory=dict)
    max_tries: int = 5

    @property
    def label(self) -> str:
        return f"{self.name}@{self.version}"

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(step for segment in self.segments for step in segment.steps)

    def segment_of(self, borrower: Borrower, product: Product) -> Segment | None:
        return next((s for s in self.segments if s.fits(borrower, product)), None)

    def is_small(self, amount: Money) -> bool:
        return amount.minor < self.smallest.get(amount.currency, 1)

    def minute_for(self, account_id: int, habit: int | None) -> int:
        """The minute of the borrower's day at which this account's reminders leave.

        The planner's SQL (store/reminder_planning.py) says the same; a test compares them.
        """
        if habit is not None:
            wanted = habit + account_id * _SPREAD % 20
        else:
            wanted = self.hours.usual + account_id * _SPREAD % self.hours.spread
        return min(max(wanted, self.hours.earliest), self.hours.latest - 1)

    def slot(self, day: date, borrower: Borrower, account_id: int, habit: int | None) -> datetime:
        """The instant (of the borrower's zone) at which a reminder of that day leaves."""
        minute = self.minute_for(account_id, habit)
        start = datetime.combine(day, time(minute // 60, minute % 60), ZoneInfo(borrower.timezone))
        return start

    def is_open(self, local: datetime) -> bool:
        """Whether reminders may leave at this local time."""
        minute = local.hour * 60 + local.minute
        return self.hours.earliest <= minute < self.hours.latest


def next_day(day: date) -> date:
    return day + timedelta(days=1)
