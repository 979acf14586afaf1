"""The audit log, its hash chain verified on request; and how the installation is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from fastapi import Request, Response

from bot.ports_console import AuditFilter, Health
from console.audit_check import changed_decisions
from console.web.desk import Desk, Route
from console.web.forms import number_or_none
from console.web.labels import LABELS
from console.web.visit import Visit, visit_of

PAGE = 100
STALE_FEED = timedelta(hours=24)
SLOW = timedelta(minutes=2)


class AuditPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> Iterable[Route]:
        yield Route(method="GET", path="/audit", endpoint=self.show)
        yield Route(method="POST", path="/audit/verify", endpoint=self.verify)
        yield Route(method="GET", path="/health", endpoint=self.health)

    def show(
        self,
        request: Request,
        actor: str = "",
        event: str = "",
        subject: str = "",
        before: str = "",
    ) -> Response:
        """Who did what, newest first."""
        return self._page(visit_of(request), actor, event, subject, before, None)

    def verify(self, request: Request) -> Response:
        """Recompute the chain, and compare each contact decision with its digest on it."""
        visit = visit_of(request)
        with self._desk.store.unit() as uow:
            broken_at = uow.audit.verify()
        changed = changed_decisions(self._desk.store)
        return self._page(visit, "", "", "", "", (broken_at, changed))

    def health(self, request: Request) -> Response:
        """What waits, what failed, how old the lender's data is."""
        visit = visit_of(request)
        with self._desk.store.unit() as uow:
            found = uow.console.health(visit.now)
        return self._desk.pages.page(visit, "health.html", h=found, lines=_lines(visit, found))

    def _page(
        self,
        visit: Visit,
        actor: str,
        event: str,
        subject: str,
        before: str,
        verified: tuple[int | None, list[str]] | None,
    ) -> Response:
        wanted = AuditFilter(
            actor=actor.strip()[:100],
            event=event.strip()[:100],
            subject=subject.strip()[:100],
            before=number_or_none(before),
            limit=PAGE + 1,
        )
        known = LABELS["actor"]
        with self._desk.store.unit() as uow:
            lines = uow.console.audit_lines(wanted)
            names = self._desk.names(uow)
        return self._desk.pages.page(
            visit,
            "audit.html",
            lines=lines[:PAGE],
            has_more=len(lines) > PAGE,
            wanted=wanted,
            verified=verified,
            names=names,
            actor=lambda who: visit.say(known.get(who, who)),
        )


def _lines(visit: Visit, h: Health) -> list[tuple[str, str, bool]]:
    """(what, how it is, whether that is fine)."""
    say = visit.say
    oldest = None if h.oldest_unhandled_at is None else visit.now - h.oldest_unhandled_at
    waiting = f"{h.unhandled}" + ("" if oldest is None else f" · {visit.shown.lasting(oldest)}")
    lines = [
        (say("Messages not answered yet"), waiting, oldest is None or oldest < SLOW),
        (say("Messages that may not have arrived"), str(h.unconfirmed), h.unconfirmed == 0),
        (say("Messages not delivered in a day"), str(h.failed_last_day), h.failed_last_day == 0),
    ]
    for name, watermark in h.feeds:
        age = visit.now - watermark
        told = say("%(age)s old", age=visit.shown.lasting(age))
        lines.append((say("Lender's data: %(name)s", name=name), told, age < STALE_FEED))
    return lines
