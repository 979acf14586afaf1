"""Is the clock to be believed? A reminder at the wrong hour, or a day early, is a breach.

Asked before each round of planning and sending. A clock that jumped is not used until it is
plausible again; nothing is lost meanwhile, for what is due stays due.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.ports import Clock

TOLERANCE = timedelta(minutes=5)
"""More than clocks differ when they are kept right, less than a borrower would notice."""


def running_seconds() -> float:
    """Seconds that nobody can set, counting on while the machine sleeps."""
    boottime = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(boottime)


class ClockGuard:
    """`newest` is the latest instant at which we wrote to anyone, None for never; `server` is the
    database server's clock, None where it has none of its own. Safe for threads.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        newest: Callable[[], datetime | None],
        server: Callable[[], datetime | None] = lambda: None,
        running: Callable[[], float] = running_seconds,
        tolerance: timedelta = TOLERANCE,
    ) -> None:
        self._clock = clock
        self._newest = newest
        self._server = server
        self._running = running
        self._tolerance = tolerance
        self._began = (clock(), running())

    def doubt(self) -> str | None:
        """Why the clock is not to be believed now; None when it is. Raises StoreUnavailable."""
        began, ran = self._began
        expected = began + timedelta(seconds=self._running() - ran)
        found = self._differs(expected, "the clock jumped {by} since this process began")
        if found is not None:
            return f"{found}; if the time is right now, start it again"
        server = self._server()
        if server is not None:
            found = self._differs(server, "the clock is {by} of the database server's")
            if found is not None:
                return found
        newest = self._newest()
        if newest is not None and self._clock() < newest - self._tolerance:
            return f"something was sent at {newest:%Y-%m-%d %H:%M} UTC, which is still to come"
        return None

    def _differs(self, right: datetime, words: str) -> str | None:
        by = self._clock() - right
        if abs(by) <= self._tolerance:
            return None
        minutes = round(abs(by).total_seconds() / 60)
        way = "ahead" if by > timedelta() else "back"
        return words.format(by=f"{minutes} minutes {way}")
