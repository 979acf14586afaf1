"""Who waits for a person, most urgent first; the page follows what happens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from bot.conversation import EscalationReason
from bot.formats import hours_in
from bot.languages import LANGUAGES
from bot.ports_staff import QueueFilter
from console.inbox import QueueRow, Sort
from console.web.clocks import ClockLine, clock_lines
from console.web.desk import Desk, Route
from console.web.forms import number_or_none
from console.web.guard import Guard
from console.web.sse import SSE_HEADERS, STREAM_SECONDS, event
from console.web.telling import Telling
from console.web.visit import Visit, visit_of

PAGE = 50
LAST_WORDS = 140
QUIET_SECONDS = 1.0
"""How long a burst of news is collected before a page is told."""
LOOK_SECONDS = 4.0
"""How often a quiet stream sees whether it should go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row as the table shows it."""

    conversation_id: str
    name: str
    reference: str | None
    channel: str
    language: str
    reason: str
    priority: int
    opened_at: datetime
    waited: timedelta
    clocks: tuple[ClockLine, ...]
    last_text: str
    held_by: str | None


class QueuePages:
    def __init__(self, desk: Desk, guard: Guard) -> None:
        self._desk = desk
        self._guard = guard

    def routes(self) -> Iterable[Route]:
        yield Route(method="GET", path="/queue", endpoint=self.show)
        yield Route(method="GET", path="/queue/stream", endpoint=self.follow)

    def show(
        self,
        request: Request,
        text: str = "",
        whose: str = "",
        priority: str = "",
        reason: str = "",
        language: str = "",
        sort: str = "",
        page: str = "1",
    ) -> Response:
        """Open cases that fit the filters."""
        visit = visit_of(request)
        number = max(1, min(number_or_none(page) or 1, 1_000))
        wanted = QueueFilter(
            claimed_by=visit.staff.login if whose == "mine" else None,
            unclaimed=whose == "unclaimed",
            reasons=[EscalationReason(reason)] if reason in set(EscalationReason) else (),
            priorities=[int(priority)] if priority in ("0", "1", "2") else (),
            languages=[language] if language in LANGUAGES else (),
            text=text.strip()[:100],
            limit=PAGE + 1,
            offset=(number - 1) * PAGE,
        )
        order = Sort(sort) if sort in set(Sort) else Sort.PRIORITY
        found = self._desk.inbox.rows(visit.staff, wanted, order)
        with self._desk.store.unit() as uow:
            names = self._desk.names(uow)
        rows = [self._row(one, visit, names) for one in found[:PAGE]]
        given = {"text": wanted.text, "whose": whose, "priority": priority, "reason": reason}
        given |= {"language": language, "sort": sort}
        return self._desk.pages.page(
            visit,
            "queue.html",
            rows=rows,
            wanted=wanted,
            whose=whose,
            priority=priority,
            reason=reason,
            spoken=language,
            sort=order.value,
            sorts=[one.value for one in Sort],
            filters=urlencode({name: value for name, value in given.items() if value}),
            reasons=[one.value for one in EscalationReason],
            page=number,
            first=(number - 1) * PAGE + bool(rows),
            last=(number - 1) * PAGE + len(rows),
            has_more=len(found) > PAGE,
            team_hours=hours_in(self._desk.team_hours, visit.words.language),
        )

    async def follow(self, request: Request) -> Response:
        """`queue` whenever the list is worth reading again."""
        visit_of(request)
        return StreamingResponse(
            self._events(request), media_type="text/event-stream", headers=SSE_HEADERS
        )

    async def _events(self, request: Request) -> AsyncIterator[str]:
        started = time.monotonic()
        async with self._desk.feed.listen() as page:
            yield "retry: 2000\n\n"
            while not self._desk.closing.is_set() and time.monotonic() - started < STREAM_SECONDS:
                found = await page.next(LOOK_SECONDS)
                if found is None:
                    if not await asyncio.to_thread(self._guard.is_still_signed_in, request):
                        return
                    yield ": still here\n\n"
                    continue
                yield event("queue", found.kind.value)
                await asyncio.sleep(QUIET_SECONDS)
                while await page.next(0.01) is not None:
                    pass

    def _row(self, row: QueueRow, visit: Visit, names: dict[str, str]) -> Row:
        queued = row.queued
        conversation, escalation = queued.conversation, queued.escalation
        holder = None if row.is_free else conversation.control.staff
        pressing = [row.pressing] if row.pressing else []
        telling = Telling(visit.words, visit.shown)
        return Row(
            conversation_id=conversation.id,
            name=queued.borrower_name or visit.say("Not identified"),
            reference=queued.borrower_reference,
            channel=conversation.channel.value,
            language=conversation.language,
            reason=escalation.reason.value,
            priority=escalation.priority,
            opened_at=escalation.opened_at,
            waited=visit.now - escalation.opened_at,
            clocks=clock_lines(pressing, visit),
            last_text=_short(telling.plain(queued.last_text)),
            held_by=None if holder is None else names.get(holder, holder),
        )


def _short(text: str) -> str:
    return text if len(text) <= LAST_WORDS else text[: LAST_WORDS - 1] + "…"
