"""What Prometheus reads of the database: queues, clocks, feeds and jobs, as they stand when asked."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

import structlog
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from lending.errors import TideoverError
from settings import Settings
from wiring.base import clock_rules

if TYPE_CHECKING:
    from bot.clocks import ClockRules
    from store.db import Database
    from store.vital_signs import VitalSigns

log = structlog.get_logger(__name__)

KEPT_FOR = timedelta(seconds=10)
"""Several who scrape at once ask the database once."""


class Vitals(Collector):
    """Reads at most every few seconds; a database that is away is one figure, not an error."""

    def __init__(
        self, settings: Settings, database: Database, clock: Callable[[], datetime]
    ) -> None:
        """Raises BadHours, UnknownCountry."""
        self._settings = settings
        self._database = database
        self._clock = clock
        self._rules = clock_rules(settings)
        self._lock = threading.Lock()
        self._kept: tuple[datetime, list[Metric]] | None = None

    def describe(self) -> Iterable[Metric]:
        """Nothing is read to be registered."""
        return ()

    def collect(self) -> Iterable[Metric]:
        now = self._clock()
        with self._lock:
            if self._kept is None or not now - self._kept[0] < KEPT_FOR:
                self._kept = now, list(self._read(now))
            return self._kept[1]

    def _read(self, now: datetime) -> Iterator[Metric]:
        from store.vital_signs import read_vital_signs

        up = _gauge("tideover_database_up", "1 when the database answered.")
        try:
            signs = read_vital_signs(self._database, now)
        except TideoverError as error:
            log.error("vitals.unread", error=type(error).__name__)
            up.add_metric((), 0)
            yield up
            return
        up.add_metric((), 1)
        yield up
        yield from _queues(signs, now)
        yield from _feeds(signs, self._settings, now)
        yield from _jobs(signs, now)
        yield from _clocks(signs, self._rules, now)
        yield _profiles()


def _queues(signs: VitalSigns, now: datetime) -> Iterator[Metric]:
    waiting = _gauge("tideover_waiting", "How many wait.", "queue")
    age = _gauge("tideover_waiting_seconds", "How long the first in a queue waits.", "queue")
    for queue, one in (
        ("reminders", signs.due_reminders),
        ("inbound", signs.unanswered),
        ("events", signs.events_waiting),
    ):
        waiting.add_metric((queue,), one.count)
        age.add_metric((queue,), _seconds(now, one.since) if one.since else 0)
    for_staff = _gauge("tideover_reminders", "Reminders that a person must look at.", "state")
    for state, count in signs.reminders_for_staff.items():
        for_staff.add_metric((state,), count)
    dead = _gauge("tideover_events_dead", "Events for the lender's system that were given up.")
    dead.add_metric((), signs.events_dead)
    yield from (waiting, age, for_staff, dead)


def _feeds(signs: VitalSigns, settings: Settings, now: datetime) -> Iterator[Metric]:
    age = _gauge("tideover_feed_age_seconds", "Age of what a feed has told last.", "feed")
    limit = _gauge("tideover_feed_limit_seconds", "Age at which reminders stop.", "feed")
    for feed, watermark in signs.feeds.items():
        age.add_metric((feed,), _seconds(now, watermark))
    if settings.feed:
        limit.add_metric((settings.feed,), settings.feed_stale_hours * 3600)
        if settings.feed not in signs.feeds:
            age.add_metric((settings.feed,), float("inf"))
    yield from (age, limit)


def _jobs(signs: VitalSigns, now: datetime) -> Iterator[Metric]:
    age = _gauge("tideover_job_age_seconds", "Since a job succeeded, in any process.", "job")
    for run in signs.jobs:
        age.add_metric((run.job,), _seconds(now, run.succeeded_at) if run.succeeded_at else 1e9)
    yield age


def _clocks(signs: VitalSigns, rules: ClockRules, now: datetime) -> Iterator[Metric]:
    from bot.clocks import ClockState, clocks_of

    open_ones: Counter[str] = Counter()
    breached: Counter[tuple[str, str]] = Counter()
    for escalation, waiting_since in signs.escalations:
        priority = str(escalation.priority)
        open_ones[priority] += 1
        for clock in clocks_of(escalation, waiting_since, rules, now):
            if clock.state is ClockState.BREACHED:
                breached[priority, clock.kind.value] += 1
    opened = _gauge("tideover_escalations_open", "Borrowers who wait for people.", "priority")
    over = _gauge("tideover_clocks_breached", "Clocks that ran out.", "priority", "clock")
    for priority in {str(number) for number in rules.limits} | set(open_ones):
        opened.add_metric((priority,), open_ones[priority])
        for kind in ("first_reply", "next_reply", "resolution"):
            over.add_metric((priority, kind), breached[priority, kind])
    yield from (opened, over)


def _profiles() -> Metric:
    loads = _gauge("tideover_profile_loads", "1 when the contact rules can be read.", "profile")
    for name, reason in profile_states().items():
        loads.add_metric((name,), 0 if reason else 1)
    return loads


def profile_states() -> dict[str, str]:
    """Each profile of contact rules, and what is wrong with it: "" if nothing is."""
    from compliance.errors import BrokenProfile
    from compliance.profile_file import load_profile

    states = {}
    for name in _profile_names():
        try:
            load_profile(name)
            states[name] = ""
        except BrokenProfile as error:
            states[name] = error.message
    return states


@lru_cache(maxsize=1)
def _profile_names() -> tuple[str, ...]:
    """Which there are is found once, as it means reading all of them."""
    from compliance.profile_file import available_profiles

    return tuple(available_profiles())


def _gauge(name: str, about: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, about, labels=labels)


def _seconds(now: datetime, since: datetime) -> float:
    return max(0.0, (now - since).total_seconds())
