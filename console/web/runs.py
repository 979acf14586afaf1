"""Long looks at the portfolio: one at a time beside the pages, shown as far as they have come."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import structlog

from bot.ports import Clock

log = structlog.get_logger(__name__)

KEPT = timedelta(minutes=10)
"""How long a result is shown again instead of being counted anew."""
MOST = 20
"""Results in memory at once; the oldest goes first."""
_LONGEST_REST_S = 0.05

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Step(Generic[T]):
    """`value` is what is known after `done` of `total`; it does not change any more."""

    done: int
    total: int
    value: T


@dataclass(slots=True)
class Run(Generic[T]):
    """`step` is the newest one, None before the first. `failed`: it broke off; the log says why."""

    started_at: datetime
    step: Step[T] | None = None
    is_over: bool = False
    failed: bool = False


class Runs(Generic[T]):
    """Starts runs and keeps what they found, by key. `closing` ends them with the server."""

    def __init__(self, name: str, clock: Clock, closing: threading.Event) -> None:
        self._name, self._clock, self._closing = name, clock, closing
        self._found: dict[Hashable, Run[T]] = {}
        self._lock = threading.Lock()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix=name)

    def run(self, key: Hashable, steps: Callable[[], Iterator[Step[T]]]) -> Run[T]:
        """The run of this key: one that is under way or fresh, else a new one, just begun."""
        now = self._clock()
        with self._lock:
            known = self._found.get(key)
            is_fresh = known is not None and now - known.started_at < KEPT and not known.failed
            if known is not None and (not known.is_over or is_fresh):
                return known
            while len(self._found) >= MOST:
                self._found.pop(next(iter(self._found)))
            self._found.pop(key, None)
            begun = self._found[key] = Run(started_at=now)
        self._worker.submit(self._do, begun, steps)
        return begun

    def _do(self, run: Run[T], steps: Callable[[], Iterator[Step[T]]]) -> None:
        try:
            started = time.monotonic()
            for step in steps():
                run.step = step
                # As long a rest as the step took: the pages need the processor, too.
                if self._closing.wait(min(time.monotonic() - started, _LONGEST_REST_S)):
                    break
                started = time.monotonic()
        except Exception as error:
            run.failed = True
            log.exception("console.run.failed", run=self._name, error=type(error).__name__)
        finally:
            run.is_over = True
