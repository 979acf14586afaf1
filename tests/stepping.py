"""Run a coroutine from one await point to the next, and do something at one of them."""

from __future__ import annotations

import asyncio
import types
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, TypeVar

PLACES = ("suspended", "resumed")

T = TypeVar("T")


@types.coroutine
def stepped(
    work: Coroutine[Any, Any, Any],
    at: int,
    place: str,
    act: Callable[[], Awaitable[None] | None],
) -> Generator[Any, Any, int]:
    """Run `work`; at its await point number `at` call `act`: as it is suspended, or as it goes on.

    What `act` awaits is done before `work` goes on. Returns how many await points it had.
    """
    count = 0
    while True:
        try:
            waits_for = work.send(None)
        except StopIteration:
            return count
        count += 1
        if count == at and place == "suspended":
            yield from _done(act())
        yield waits_for
        if count == at and place == "resumed":
            yield from _done(act())


def _done(doing: Awaitable[None] | None) -> Generator[Any, Any, None]:
    if doing is not None:
        yield from doing.__await__()


async def in_turn(work: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
    """In place of `asyncio.to_thread`: an await point, the work, and an await point.

    So nothing runs beside anything else, and each order of steps can be had again.
    """
    await asyncio.sleep(0)
    done = work(*args, **kwargs)
    await asyncio.sleep(0)
    return done
