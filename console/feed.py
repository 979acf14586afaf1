"""News for open pages: what happened since, as it happens, whichever process did it.

The table of events is the one source. Within a process a signal makes it at once; what other
processes did is found by looking, four times a second, with one query for all pages together.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog

from bot.ports import Clock, Store
from bot.staff_events import StaffEvent
from lending.errors import TideoverError
from lending.ids import ConversationId

log = structlog.get_logger(__name__)

LOOK_EVERY = 0.15
"""Seconds between two looks at the table."""

_OVERLAP = 200
"""Numbers that are looked at again: a lower number can be committed after a higher one."""

_AT_ONCE = 500
_PATIENCE = 1_000


class TooManyPages(TideoverError):
    """This process has as many open pages as it may serve."""


@dataclass(eq=False)
class Subscription:
    """The news of one page. A page that does not read loses its oldest news, and `missed` says so."""

    wanted: Callable[[StaffEvent], bool]
    missed: bool = False
    _waiting: asyncio.Queue[StaffEvent] = field(default_factory=lambda: asyncio.Queue(_PATIENCE))

    async def next(self, timeout: float) -> StaffEvent | None:
        """The next event, or None after `timeout` seconds."""
        try:
            return await asyncio.wait_for(self._waiting.get(), timeout)
        except TimeoutError:
            return None

    def _offer(self, event: StaffEvent) -> None:
        if not self.wanted(event):
            return
        if self._waiting.full():
            self.missed = True
            self._waiting.get_nowait()
        self._waiting.put_nowait(event)


class Feed:
    """Looks for news while anyone listens. One object for each process; `run` needs no caller."""

    def __init__(
        self, *, store: Store, clock: Clock, look_every: float = LOOK_EVERY, most: int = 2_000
    ) -> None:
        self._store = store
        self._clock = clock
        self._look_every = look_every
        self._most = most
        self._pages: set[Subscription] = set()
        self._seen: OrderedDict[int, None] = OrderedDict()
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def listen(
        self, *, conversation_id: ConversationId | None = None
    ) -> AsyncIterator[Subscription]:
        """All news from now on, or those of one conversation. Raises TooManyPages."""
        if len(self._pages) >= self._most:
            raise TooManyPages("Too many pages are open.", hint="Close some, or add a process.")
        page = Subscription(
            lambda event: conversation_id is None or event.conversation_id == conversation_id
        )
        self._pages.add(page)
        if self._task is None or self._task.done():
            latest = await asyncio.to_thread(self._read, None)
            self._seen = OrderedDict.fromkeys(event.id for event in latest)
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._look(), name="staff-feed")
        try:
            yield page
        finally:
            self._pages.discard(page)

    async def close(self) -> None:
        """Stop looking; pages get no more news."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _look(self) -> None:
        while self._pages:
            await asyncio.sleep(self._look_every)
            try:
                fresh = await asyncio.to_thread(self._read, max(self._seen, default=0))
            except TideoverError as problem:
                log.warning("feed.unread", reason=problem.message)
                continue
            self._give(event for event in fresh if event.id not in self._seen)

    def _give(self, events: Iterable[StaffEvent]) -> None:
        for event in events:
            self._seen[event.id] = None
            for page in tuple(self._pages):
                page._offer(event)
        while len(self._seen) > 4 * _OVERLAP:
            self._seen.popitem(last=False)

    def _read(self, latest: int | None) -> tuple[StaffEvent, ...]:
        with self._store.unit() as uow:
            newest = uow.events.latest_id() if latest is None else latest
            return uow.events.after(max(newest - _OVERLAP, 0), _AT_ONCE)
