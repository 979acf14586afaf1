"""A limit of messages a second that all processes share, in Redis: one script for each reservation.

The database's way (store/send_slots.py) is as good; this one takes the load of it off the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import redis

from store.errors import StoreUnavailable

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LONGEST_QUEUE = 3_600_000_000
"""Microseconds. A place further away than an hour comes from a clock that ran ahead; forget it."""

# ARGV: now, width of a place, longest queue. Gives the first place of each key.
_RESERVE = """
local now, width, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local places = {}
for i, key in ipairs(KEYS) do
  local free = tonumber(redis.call('GET', key) or '0')
  if free <= now or free > now + longest then free = now end
  redis.call('SET', key, string.format('%.0f', free + width), 'PX', 7200000)
  places[i] = string.format('%.0f', free)
end
return places
"""

_PAUSE = """
local free = tonumber(redis.call('GET', KEYS[1]) or '0')
if free < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1], 'PX', 7200000) end
return 0
"""


class RedisPace:
    """Implements `bot.reminder_ports.Pace`. Raises StoreUnavailable while Redis is away."""

    def __init__(self, url: str, *, prefix: str = "tideover:pace:") -> None:
        self._client: Any = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=3)
        self._prefix = prefix
        self._reserve = self._client.register_script(_RESERVE)
        self._pause = self._client.register_script(_PAUSE)

    def reserve(self, key: str, *, per_second: float, now: datetime, count: int = 1) -> datetime:
        return self._places([key], round(1_000_000 / per_second) * count, now)[0]

    def reserve_each(
        self, keys: Sequence[str], *, per_second: float, now: datetime
    ) -> Sequence[datetime]:
        return self._places(keys, round(1_000_000 / per_second), now)

    def pause(self, key: str, until: datetime) -> None:
        self._asked(self._pause, [key], [(until - _EPOCH) // _MICROSECOND])

    def _places(self, keys: Sequence[str], width: int, now: datetime) -> list[datetime]:
        if not keys:
            return []
        found = self._asked(
            self._reserve, keys, [(now - _EPOCH) // _MICROSECOND, width, _LONGEST_QUEUE]
        )
        return [_EPOCH + timedelta(microseconds=int(place)) for place in found]

    def _asked(self, script: Any, keys: Sequence[str], arguments: Sequence[int]) -> Any:
        try:
            return script(keys=[self._prefix + key for key in keys], args=list(arguments))
        except redis.RedisError as error:
            raise StoreUnavailable(
                "Redis cannot be reached; without it nobody knows how fast may be sent.",
                hint="Start it, or correct TIDEOVER_REDIS_URL.",
            ) from error
