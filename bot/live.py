"""Tell open pages of this process that a conversation has news. Nothing is stored or carried here.

A listener learns *that* something happened and reads the store itself, so a lost or doubled signal
costs a moment, never a message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from lending.errors import TideoverError

NEWS = "news"
TYPING = "typing"
LEFT = "left"


class TooManyListeners(TideoverError):
    """This process has as many open pages as it may serve."""


class Listener:
    """One open page. Signals that arrive between two waits are kept, each kind once."""

    def __init__(self, hub: LiveHub, loop: asyncio.AbstractEventLoop) -> None:
        self._hub = hub
        self._loop = loop
        self._signals: set[str] = set()
        self._woken = asyncio.Event()
        self.topics: set[str] = set()
        self.ended = False

    def also(self, topic: str) -> None:
        """Listen to one more topic."""
        self._hub._join(topic, self)

    async def wait(self, timeout: float) -> frozenset[str]:
        """What was signalled since the last wait; empty after `timeout` seconds or at the end."""
        if not self.ended:
            try:
                await asyncio.wait_for(self._woken.wait(), timeout)
            except TimeoutError:
                return frozenset()
        signals = frozenset(self._signals)
        self._signals.clear()
        self._woken.clear()
        return signals

    def signal(self, kind: str) -> None:
        """Wake the listener, from any thread."""
        try:
            self._loop.call_soon_threadsafe(self._note, kind)
        except RuntimeError:
            # The loop is closed: the page is gone and its block will not run again.
            self._hub._leave(self)

    def end(self) -> None:
        """Make this and every later wait return at once."""
        self.ended = True
        self.signal(LEFT)

    def _note(self, kind: str) -> None:
        self._signals.add(kind)
        self._woken.set()


class LiveHub:
    """Publish and subscribe inside one process. A topic is a conversation id or a chat address.

    At most `per_topic` listeners share a topic (the oldest is ended for a new one: a tab that was
    forgotten), and at most `total` exist. Other processes' messages are found by reading the store.
    """

    def __init__(self, *, per_topic: int = 8, total: int = 10_000) -> None:
        self._per_topic = per_topic
        self._total = total
        self._lock = Lock()
        self._topics: dict[str, dict[Listener, None]] = {}
        self._listeners: set[Listener] = set()
        self._closed = False

    def publish(self, topic: str, kind: str = NEWS) -> None:
        """Signal every listener of a topic. Callable from any thread; never blocks or raises."""
        with self._lock:
            listeners = tuple(self._topics.get(topic, ()))
        for listener in listeners:
            listener.signal(kind)

    @contextmanager
    def listen(self, topic: str) -> Iterator[Listener]:
        """Listen until the block is left. Raises TooManyListeners."""
        listener = Listener(self, asyncio.get_running_loop())
        self._join(topic, listener)
        try:
            yield listener
        finally:
            self._leave(listener)

    async def wait(self, topic: str, timeout: float) -> bool:
        """Whether something was published within `timeout` seconds.

        What is published between two calls is missed; keep a `listen` block open to miss nothing.
        """
        with self.listen(topic) as listener:
            return bool(await listener.wait(timeout)) and not listener.ended

    def close(self) -> None:
        """End every listener, so that a server that stops need not wait for open pages."""
        with self._lock:
            self._closed = True
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener.end()

    @property
    def listener_count(self) -> int:
        with self._lock:
            return len(self._listeners)

    def _join(self, topic: str, listener: Listener) -> None:
        oldest: Listener | None = None
        with self._lock:
            if listener not in self._listeners and len(self._listeners) >= self._total:
                raise TooManyListeners("Too many chat pages are open.", hint="Add a bot process.")
            present = self._topics.setdefault(topic, {})
            if listener not in present and len(present) >= self._per_topic:
                oldest = next(iter(present))
                del present[oldest]
            present[listener] = None
            self._listeners.add(listener)
            listener.topics.add(topic)
            closed = self._closed
        if oldest is not None:
            oldest.end()
        if closed:
            listener.end()

    def _leave(self, listener: Listener) -> None:
        with self._lock:
            self._listeners.discard(listener)
            for topic in listener.topics:
                present = self._topics.get(topic)
                if present is not None:
                    present.pop(listener, None)
                    if not present:
                        del self._topics[topic]
