"""Clockwork: rounds come, none overlaps itself, a failure ends nothing, and stopping waits."""

from __future__ import annotations

import asyncio

from lending.errors import TideoverError
from scheduler.jobs import Clockwork, Job


async def test_a_round_at_the_start_and_then_again() -> None:
    count, thrice = 0, asyncio.Event()

    async def run() -> None:
        nonlocal count
        count += 1
        if count == 3:
            thrice.set()

    clockwork = Clockwork([Job(name="one", every_seconds=0.01, run=run)])
    clockwork.start()
    await asyncio.wait_for(thrice.wait(), 5)
    await clockwork.stop()
    before = count
    await asyncio.sleep(0.05)
    assert count == before


async def test_a_round_never_overlaps_itself_not_even_the_first_one() -> None:
    inside, most, rounds, done = 0, 0, 0, asyncio.Event()

    async def run() -> None:
        nonlocal inside, most, rounds
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0.03)
        inside -= 1
        rounds += 1
        if rounds == 4:
            done.set()

    clockwork = Clockwork([Job(name="slow", every_seconds=0.005, run=run)])
    clockwork.start()
    await asyncio.wait_for(done.wait(), 5)
    await clockwork.stop()
    assert most == 1


async def test_what_fails_is_noted_and_the_next_round_comes() -> None:
    noted: list[tuple[str, bool]] = []
    enough = asyncio.Event()
    outcomes = iter([TideoverError("the database is away"), ValueError("a fault"), None, False])

    async def run() -> object:
        outcome = next(outcomes, None)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def note(job: str, succeeded: bool) -> None:
        noted.append((job, succeeded))
        if len(noted) == 4:
            enough.set()

    clockwork = Clockwork([Job(name="one", every_seconds=0.01, run=run)], note)
    clockwork.start()
    await asyncio.wait_for(enough.wait(), 5)
    await clockwork.stop()
    # The round that another process did is none of ours.
    assert noted[:4] == [("one", False), ("one", False), ("one", True), ("one", True)]


async def test_stopping_waits_for_what_is_under_way_and_asks_it_to_end() -> None:
    begun, halted, finished = asyncio.Event(), asyncio.Event(), False

    async def run() -> None:
        nonlocal finished
        begun.set()
        await halted.wait()
        finished = True

    job = Job(name="long", every_seconds=60, run=run, halt=halted.set)
    clockwork = Clockwork([job])
    clockwork.start()
    await asyncio.wait_for(begun.wait(), 5)
    await clockwork.stop()
    assert finished
