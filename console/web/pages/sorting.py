"""Put into the queue, merge, correct: what keeps cases in order; and ready answers and files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from fastapi import Form, Request, Response

from console.canned import fill
from console.web.desk import Desk, Route
from console.web.forms import number_or_none
from console.web.visit import done, not_there, visit_of
from lending.ids import ConversationId

Short = Annotated[str, Form(max_length=64)]
Reason = Annotated[str, Form(max_length=1_000)]


class SortingPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> Iterable[Route]:
        base = "/conversations/{conversation_id}"
        yield Route(method="GET", path=f"{base}/ready", endpoint=self.ready)
        for name, endpoint in (
            ("open", self.open),
            ("merge", self.merge),
        ):
            yield Route(method="POST", path=f"{base}/{name}", endpoint=endpoint)
        yield Route(method="POST", path="/points/{point_id}/correct", endpoint=self.correct)

    def ready(self, request: Request, conversation_id: str) -> Response:
        """Ready answers filled in for this case, and what can be sent along."""
        visit = visit_of(request)
        case = self._desk.cases.refresh(visit.staff, ConversationId(conversation_id))
        canned = fill(
            self._desk.canned,
            case,
            visit.staff,
            lender=self._desk.lender_name,
            team_hours=self._desk.team_hours,
        )
        files = self._desk.attachments.of(case)
        return self._desk.pages.page(
            visit, "_ready.html", canned=canned, files=files, spoken=case.conversation.language
        )

    def open(self, request: Request, conversation_id: str, reason: Reason = "") -> Response:
        """Put a conversation into the queue that nobody had asked a person for."""
        visit = visit_of(request)
        number = ConversationId(conversation_id)
        self._desk.casework.open_escalation(visit.staff, number, reason=reason)
        return done(visit, f"/conversations/{conversation_id}", "opened")

    def merge(
        self, request: Request, conversation_id: str, other: Short = "", reason: Reason = ""
    ) -> Response:
        """Two chats of one borrower become one case. Raises BadChange, NotYourTurn."""
        visit = visit_of(request)
        number = ConversationId(conversation_id)
        self._desk.casework.merge(visit.staff, number, ConversationId(other), reason=reason)
        return done(visit, f"/conversations/{conversation_id}", "merged")

    def correct(
        self, request: Request, point_id: str, value: Reason = "", reason: Reason = ""
    ) -> Response:
        """Replace a phone number or an e-mail address. Raises BadChange."""
        visit = visit_of(request)
        number = number_or_none(point_id)
        with self._desk.store.unit() as uow:
            found = None if number is None else uow.console.contact_point(number)
            if found is None:
                raise not_there()
            borrower = uow.borrowers.get(found[0])
        self._desk.casework.correct_contact(
            visit.staff, borrower.id, found[1].id, found[1].kind, value, reason=reason
        )
        return done(visit, f"/borrowers/{borrower.reference}", "corrected")
