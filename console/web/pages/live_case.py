"""An open conversation page follows its conversation: new lines, who holds it, what changed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from bot.messages import DeliveryState
from bot.staff_events import EventKind
from console.web.case import CaseView, Line
from console.web.desk import Desk, Route
from console.web.forms import number_or_none
from console.web.guard import Guard
from console.web.pages.conversation import text_shower
from console.web.sse import SSE_HEADERS, STREAM_SECONDS, event
from console.web.visit import Visit, visit_of
from lending.ids import ConversationId

BEAT_SECONDS = 15.0
LOOK_SECONDS = 10.0
"""How often a page looks without being told: the assistant's own talk makes no news."""

_LINES = {EventKind.MESSAGE, EventKind.NOTE}
_CHANGES = {
    EventKind.CHANGED,
    EventKind.RESOLVED,
    EventKind.ESCALATION_OPENED,
    EventKind.RATED,
    EventKind.MERGED,
    EventKind.CLOCK_WARNING,
    EventKind.CLOCK_BREACHED,
}
_BATCH = 100


@dataclass(slots=True, kw_only=True)
class Followed:
    """What a page shows already. `pending`: messages whose delivery is not settled yet."""

    message_id: int
    note_id: int
    epoch: int
    pending: set[int] = field(default_factory=set)


class LiveCase:
    def __init__(self, desk: Desk, guard: Guard) -> None:
        self._desk = desk
        self._guard = guard

    def routes(self) -> Iterable[Route]:
        path = "/conversations/{conversation_id}/stream"
        yield Route(method="GET", path=path, endpoint=self.follow)

    async def follow(
        self, request: Request, conversation_id: str, after: str = "", epoch: str = ""
    ) -> Response:
        """`line` carries a new line, `again` one that changed; `control` and `changed` carry nothing."""
        visit = visit_of(request)
        key = ConversationId(conversation_id)
        notes = await asyncio.to_thread(self._newest_note, key)
        shown = Followed(
            message_id=number_or_none(after) or 0,
            note_id=notes,
            epoch=number_or_none(epoch) or 0,
        )
        events = self._events(request, visit, key, shown)
        return StreamingResponse(events, media_type="text/event-stream", headers=SSE_HEADERS)

    async def _events(
        self, request: Request, visit: Visit, key: ConversationId, shown: Followed
    ) -> AsyncIterator[str]:
        started = beat_at = time.monotonic()
        async with self._desk.feed.listen(conversation_id=key) as page:
            yield "retry: 2000\n\n"
            while not self._desk.closing.is_set() and time.monotonic() - started < STREAM_SECONDS:
                for piece in await asyncio.to_thread(self._fresh, visit, key, shown):
                    yield piece
                found = await page.next(LOOK_SECONDS)
                if found is not None and found.kind in _CHANGES:
                    yield event("changed", found.kind.value)
                if time.monotonic() - beat_at >= BEAT_SECONDS:
                    beat_at = time.monotonic()
                    if not await asyncio.to_thread(self._guard.is_still_signed_in, request):
                        return
                    yield ": still here\n\n"

    def _fresh(self, visit: Visit, key: ConversationId, shown: Followed) -> list[str]:
        """What the page lacks, as events, in the order of happening."""
        with self._desk.store.unit() as uow:
            conversation = uow.conversations.get(key)
            messages = uow.messages.after(key, shown.message_id, _BATCH)
            settled = [uow.messages.get(number) for number in sorted(shown.pending)]  # type: ignore[arg-type]
            notes = [n for n in uow.notes.of_conversation(key) if n.id > shown.note_id]
            earlier = uow.messages.latest(key, 40) if messages else ()
            names = self._desk.names(uow) if messages or notes or shown.pending else {}
            borrower_id = conversation.identity.borrower_id
            borrower = uow.borrowers.get(borrower_id) if borrower_id and messages else None
        name = borrower.full_name if borrower else visit.say("Not identified")
        context = CaseView(
            conversation=conversation,
            escalations=(),
            lines=tuple(Line(at=m.at, message=m) for m in (*earlier, *messages)),
            has_earlier=False,
            person=None,
            decisions=(),
        )
        tools = {"names": names, "borrower_name": name, "shown_text": text_shower(visit, context)}
        lines = [Line(at=m.at, message=m) for m in messages]
        lines += [Line(at=n.at, note=n) for n in notes]
        told = []
        for line in sorted(lines, key=lambda one: one.at):
            html = self._desk.pages.text(visit, "_one_line.html", l=line, again=False, **tools)
            told.append(event("line", html, line.message.id if line.message else None))
        for message in settled:
            if message is None or message.delivery is not DeliveryState.SENDING:
                shown.pending.discard(message.id if message else 0)
            if message is not None and message.delivery is not DeliveryState.SENDING:
                line = Line(at=message.at, message=message)
                html = self._desk.pages.text(visit, "_one_line.html", l=line, again=True, **tools)
                told.append(event("again", html))
        if conversation.control.epoch != shown.epoch:
            shown.epoch = conversation.control.epoch
            told.append(event("control", conversation.control.owner.value))
        shown.message_id = max([shown.message_id, *(m.id for m in messages)])
        shown.note_id = max([shown.note_id, *(n.id for n in notes)])
        shown.pending |= {m.id for m in messages if m.delivery is DeliveryState.SENDING}
        return told

    def _newest_note(self, key: ConversationId) -> int:
        with self._desk.store.unit() as uow:
            uow.conversations.get(key)
            return max((note.id for note in uow.notes.of_conversation(key)), default=0)
