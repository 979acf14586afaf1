"""Ring the bell: APScheduler starts the ticks, and knows nothing of any single reminder.

Its job store is in memory and holds one job for each row of this table. A tick that is missed,
late, or overlaps another changes nothing, so nothing of it needs to be kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC
from time import perf_counter

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

import metrics
from bot.request_ids import new_request_id, request
from lending.errors import TideoverError

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to do every so many seconds; `at_start` also when the process begins.

    `run` gives False when another process is at it, and nothing was done here. `halt` asks a round
    that is under way to come to its end.
    """

    name: str
    every_seconds: float
    run: Callable[[], Awaitable[object]]
    at_start: bool = True
    halt: Callable[[], None] | None = None


class Clockwork:
    """Runs jobs until it is stopped. One job never overlaps itself; rounds it missed are one."""

    def __init__(
        self, jobs: Sequence[Job], note: Callable[[str, bool], Awaitable[None]] | None = None
    ) -> None:
        """`note` is told of each round: the job, and whether it succeeded."""
        self._jobs = tuple(jobs)
        self._note = note
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._under_way: set[asyncio.Task[object]] = set()
        self._busy: set[str] = set()

    def start(self) -> None:
        """Call inside the running event loop."""
        for job in self._jobs:
            self._scheduler.add_job(
                self._run, "interval", seconds=job.every_seconds, args=[job], id=job.name
            )
            if job.at_start:
                self._scheduler.add_job(self._run, args=[job], id=f"{job.name}.first")
        self._scheduler.start()

    async def stop(self) -> None:
        """Start nothing more, and wait for what is under way."""
        self._scheduler.shutdown(wait=False)
        for job in self._jobs:
            if job.halt is not None:
                job.halt()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _run(self, job: Job) -> None:
        if job.name in self._busy:
            return  # the first round is one of its own to the scheduler, and may still go on
        self._busy.add(job.name)
        # Shielded: a scheduler that shuts down must not cut a message off half-way.
        task = asyncio.ensure_future(self._noted(job))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        task.add_done_callback(lambda _: self._busy.discard(job.name))
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            return  # the scheduler shuts down; `stop` waits for the task itself

    async def _noted(self, job: Job) -> None:
        started = perf_counter()
        with request(f"{job.name}-{new_request_id()}"):
            succeeded = await _succeeded(job)
            outcome = {None: "left", True: "ok", False: "failed"}[succeeded]
            metrics.job_runs.labels(job.name, outcome).inc()
            metrics.job_seconds.labels(job.name).observe(perf_counter() - started)
            if self._note is not None and succeeded is not None:
                await self._note(job.name, succeeded)


async def _succeeded(job: Job) -> bool | None:
    """Do a round; None if another process does it. A failure is logged, and the next round comes."""
    try:
        done = await job.run()
    except TideoverError as error:
        log.error("job.failed", job=job.name, error=type(error).__name__, reason=error.message)
        return False
    except Exception as error:  # noqa: BLE001 - the next round must come all the same
        log.error("job.broken", job=job.name, error=type(error).__name__)
        return False
    return None if done is False else True
