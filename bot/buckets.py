"""How often someone may: token buckets in memory, each process its own."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable


class Buckets:
    """Token buckets in memory: `burst` at once, then `per_second`. The longest idle are forgotten."""

    def __init__(
        self,
        *,
        burst: int,
        per_second: float,
        keys: int = 10_000,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._burst = burst
        self._per_second = per_second
        self._keys = keys
        self._now = now
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> float:
        """Take one; 0 if it was there, otherwise the seconds until the next one is."""
        now = self._now()
        level, since = self._levels.pop(key, (float(self._burst), now))
        level = min(float(self._burst), level + (now - since) * self._per_second)
        wait = 0.0 if level >= 1 else (1 - level) / self._per_second
        self._levels[key] = (level if wait else level - 1, now)
        if len(self._levels) > self._keys:
            self._levels.popitem(last=False)
        return wait
