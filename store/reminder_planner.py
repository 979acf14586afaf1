"""Implements `scheduler.planner.PlanningStore` on a database."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from scheduler.planner import order_of
from scheduler.strategy import Strategy
from store.db import Database
from store.planner_lock import planner_lock
from store.reminder_planning import plan_due


class SqlPlanner:
    """Plans in sets, in batches; memory does not grow with the portfolio."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def lock(self) -> AbstractContextManager[bool]:
        return planner_lock(self._database)

    def plan_due(
        self,
        strategy: Strategy,
        now: datetime,
        progress: Callable[[int], None] | None = None,
    ) -> int:
        return plan_due(self._database, order_of(strategy), now, progress=progress)
