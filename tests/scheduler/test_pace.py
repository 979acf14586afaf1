"""One limit for all: places in a queue, in the database and in Redis alike."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import redis

from bot.reminder_ports import Pace
from store.db import Database
from store.errors import StoreUnavailable
from store.redis_pace import RedisPace
from store.send_slots import SqlPace

NOW = datetime(2026, 11, 17, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def redis_pace() -> Iterator[RedisPace]:
    url = os.environ.get("TIDEOVER_TEST_REDIS_URL")
    if url is None:
        pytest.skip("TIDEOVER_TEST_REDIS_URL names no Redis")
    prefix = f"test:{uuid4().hex}:"
    yield RedisPace(url, prefix=prefix)
    with closing(redis.Redis.from_url(url)) as client:
        for key in client.scan_iter(f"{prefix}*"):
            client.delete(key)


@pytest.fixture(params=["sqlite", "postgresql", "redis"])
def pace(request: pytest.FixtureRequest) -> Iterator[Pace]:
    if request.param == "redis":
        yield request.getfixturevalue("redis_pace")
        return
    with closing(Database(request.getfixturevalue(f"{request.param}_database_url"))) as database:
        yield SqlPace(database)


def test_places_come_one_after_the_other_and_never_in_the_past(pace: Pace) -> None:
    places = [pace.reserve("bot", per_second=4, now=NOW) for _ in range(3)]
    assert places == [NOW, NOW + SECOND / 4, NOW + SECOND / 2]
    assert pace.reserve("bot", per_second=4, now=NOW, count=8) == NOW + 3 * SECOND / 4
    assert pace.reserve("bot", per_second=4, now=NOW) == NOW + 11 * SECOND / 4
    late = NOW + timedelta(minutes=1)
    assert pace.reserve("bot", per_second=4, now=late) == late


def test_each_of_several_keys_has_its_own_queue(pace: Pace) -> None:
    assert pace.reserve_each(["b", "a"], per_second=1, now=NOW) == [NOW, NOW]
    assert pace.reserve_each(["c", "a"], per_second=1, now=NOW) == [NOW, NOW + SECOND]


def test_a_pause_holds_everyone_and_never_shortens(pace: Pace) -> None:
    pace.pause("bot", NOW + 30 * SECOND)
    pace.pause("bot", NOW + 10 * SECOND)
    assert pace.reserve("bot", per_second=1, now=NOW) == NOW + 30 * SECOND


def test_a_place_from_a_clock_that_ran_a_day_ahead_is_forgotten(pace: Pace) -> None:
    pace.reserve("bot", per_second=1, now=NOW + timedelta(days=1))
    assert pace.reserve("bot", per_second=1, now=NOW) == NOW


def test_many_at_once_get_different_places(pace: Pace) -> None:
    with ThreadPoolExecutor(8) as pool:
        places = list(pool.map(lambda _: pace.reserve("bot", per_second=10, now=NOW), range(40)))
    assert sorted(places) == [NOW + n * SECOND / 10 for n in range(40)]


def test_without_redis_nothing_is_reserved_and_it_says_so() -> None:
    nowhere = RedisPace("redis://127.0.0.1:1/0")
    with pytest.raises(StoreUnavailable, match="Redis"):
        nowhere.reserve("bot", per_second=1, now=NOW)
