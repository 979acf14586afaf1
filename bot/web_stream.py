"""The live stream of one chat page: new messages, who answers, and a sign that somebody writes."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from bot.handover import Owner
from bot.live import LEFT, TYPING, Listener, LiveHub, TooManyListeners
from bot.web_page import ChatPage
from bot.web_transcript import Transcripts

HEARTBEAT_SECONDS = 15.0
STREAM_SECONDS = 600.0
"""A stream ends after this long; the browser opens the next one where it ended."""
RECONNECT_MS = 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class WebStream:
    """Follows a chat in the store: at once when this process is told, else every `poll_seconds`.

    Relies on message ids of one conversation becoming visible in rising order, which holds
    because everyone who adds a message holds the conversation's row.
    """

    transcripts: Transcripts
    hub: LiveHub
    page: ChatPage
    poll_seconds: float

    async def follow(
        self, address: str, *, after: int, clean: int, language: str, token: str
    ) -> AsyncIterator[str]:
        """Server-sent events until the page, the chat or the server goes.

        `after`: the newest message on the page. `clean`: up to here the page hid everything.
        `message` carries a fragment under its id, `state` who answers, `typing` nothing; `reload`
        asks the page to load again because what it shows is no longer for whoever sits there.
        """
        try:
            with self.hub.listen(address) as listener:
                yield f"retry: {RECONNECT_MS}\n\n"
                async for event in self._events(listener, address, after, clean, language, token):
                    yield event
        except TooManyListeners:
            yield f"retry: {20 * RECONNECT_MS}\n\n"

    async def _events(
        self, listener: Listener, address: str, after: int, clean: int, language: str, token: str
    ) -> AsyncIterator[str]:
        owner: Owner | None = None
        started = beat_at = time.monotonic()
        while not listener.ended and time.monotonic() - started < STREAM_SECONDS:
            news = await asyncio.to_thread(self.transcripts.since, address, after)
            if news.has_lapsed and after > clean:
                yield _event("reload", {})
                return
            for view in self.page.views(news.shown, language, after=after):
                html = self.page.message(view, language, token)
                yield _event("message", {"html": html}, view.id)
            after = max(after, news.last_id)
            clean = after if news.has_lapsed else clean
            if news.conversation:
                listener.also(news.conversation.id)
                if news.conversation.control.owner is not owner:
                    owner = news.conversation.control.owner
                    note = self.page.state_note(language, owner)
                    yield _event("state", {"owner": owner.value, "note": note})
            signals = await listener.wait(self.poll_seconds)
            if LEFT in signals and not listener.ended:
                yield _event("reload", {})
                return
            if TYPING in signals:
                yield _event("typing", {})
            if time.monotonic() - beat_at >= HEARTBEAT_SECONDS:
                beat_at = time.monotonic()
                yield ": still here\n\n"


def _event(name: str, data: dict[str, str], event_id: int | None = None) -> str:
    number = "" if event_id is None else f"id: {event_id}\n"
    return f"{number}event: {name}\ndata: {json.dumps(data)}\n\n"
