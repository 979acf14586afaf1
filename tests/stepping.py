"""Run a coroutine from one await point to the next, and do something at one of them."""

from __future__ import annotations

import types
from collections.abc import Callable, Coroutine, Generator
from typing import Any

PLACES = ("suspended", "resumed")


@types.coroutine
def stepped(
    work: Coroutine[Any, Any, Any], at: int, place: str, act: Callable[[], None]
) -> Generator[Any, Any, int]:
    """Run `work`; at its await point number `at` call `act`: as it is suspended, or as it goes on.

    Returns how many await points it had.
    """
    count = 0
    while True:
        try:
            waits_for = work.send(None)
        except StopIteration:
            return count
        count += 1
        if count == at and place == "suspended":
            act()
        yield waits_for
        if count == at and place == "resumed":
            act()
