"""Plan what is due: one pass over the portfolio, by one process at a time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from scheduler.strategy import Strategy

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """A step of a segment as the planner needs it."""

    segment: int
    name: str
    offset_days: int
    until_days: int
    needs_approval: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentFilter:
    """Whom a segment is for; an empty condition lets everyone in."""

    products: tuple[str, ...]
    jurisdictions: tuple[str, ...]
    countries: tuple[str, ...]
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanningOrder:
    """What to plan. Minutes are of the borrower's day; see scheduler.strategy.Hours."""

    label: str
    segments: tuple[SegmentFilter, ...]
    steps: tuple[PlannedStep, ...]
    earliest: int
    latest: int
    usual: int
    spread: int


def order_of(strategy: Strategy) -> PlanningOrder:
    """The strategy as SQL needs it."""
    hours = strategy.hours
    return PlanningOrder(
        label=strategy.label,
        segments=tuple(
            SegmentFilter(
                products=tuple(sorted(product.value for product in segment.products)),
                jurisdictions=tuple(sorted(segment.jurisdictions)),
                countries=tuple(sorted(segment.countries)),
                languages=tuple(sorted(segment.languages)),
            )
            for segment in strategy.segments
        ),
        steps=tuple(
            PlannedStep(
                segment=number,
                name=step.name,
                offset_days=step.offset_days,
                until_days=step.until_days,
                needs_approval=step.needs_approval,
            )
            for number, segment in enumerate(strategy.segments)
            for step in segment.steps
        ),
        earliest=hours.earliest,
        latest=hours.latest,
        usual=hours.usual,
        spread=hours.spread,
    )


class PlanningStore(Protocol):
    """The planner's side of the store; see store/reminder_planner.py."""

    def lock(self) -> AbstractContextManager[bool]:
        """Whether this process is the only planner for the time of the block."""
        ...

    def plan_due(
        self, strategy: Strategy, now: datetime, progress: Callable[[int], None] | None
    ) -> int:
        """Plan what is due now and not planned yet; how many were planned."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """`is_planner`: another process was planning otherwise, and nothing was done."""

    is_planner: bool
    reminders: int = 0


class Planner:
    """Ticks may be missed, repeated or overlap: what is planned follows from what is kept."""

    def __init__(
        self,
        *,
        store: PlanningStore,
        strategy: Strategy,
        clock: Callable[[], datetime],
        doubt: Callable[[], str | None] = lambda: None,
    ) -> None:
        """`doubt` says why the clock is not to be believed; nothing is planned then."""
        self._store = store
        self._strategy = strategy
        self._clock = clock
        self._doubt = doubt

    def tick(self, progress: Callable[[int], None] | None = None) -> Planned:
        """One pass. Raises StoreUnavailable; the next tick goes on where it stopped."""
        doubt = self._doubt()
        if doubt is not None:
            log.error("reminders.clock_doubted", reason=doubt)
            return Planned(is_planner=True)
        with self._store.lock() as held:
            if not held:
                return Planned(is_planner=False)
            planned = self._store.plan_due(self._strategy, self._clock(), progress)
        return Planned(is_planner=True, reminders=planned)
