"""One conversation on one screen: read it, follow it, and everything that is done in it by buttons."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response

from bot.clocks import clocks_of
from bot.conversation import Conversation, Escalation, Outcome, StoredMessage
from bot.messages import Author
from bot.ports import UnitOfWork
from bot.staff import Staff
from bot.staff_contacts import CALL_OUTCOMES
from console.hold_desk import BY_HAND
from console.permissions import Action, may
from console.web.case import CaseView, case_view, transcript
from console.web.clocks import ClockLine, clock_lines
from console.web.desk import Desk, Route
from console.web.forms import number_or_none
from console.web.telling import Telling, draft_summary
from console.web.visit import Visit, not_there, visit_of
from lending.holds import HoldKind
from lending.ids import ConversationId, MessageId

SEEN = "conversation.seen"

STAFF_HOLDS = tuple(kind.value for kind in HoldKind if kind in BY_HAND)


class CaseScreen:
    """Reads a case and makes what its templates need."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def read(
        self, visit: Visit, conversation_id: str, *, is_opening: bool = False
    ) -> dict[str, Any]:
        """All values of the screen. Opening it is audited. Raises UnknownConversation."""
        with self._desk.store.unit() as uow:
            case = case_view(uow, ConversationId(conversation_id), visit.now)
            names = self._desk.names(uow)
            colleagues = [
                one
                for one in uow.staff.all()
                if one.is_active and one.id != visit.staff.id and may(one.role, Action.REPLY)
            ]
            if is_opening:
                uow.audit.append(
                    at=visit.now,
                    actor=visit.staff.login,
                    event=SEEN,
                    subject=f"conversation:{conversation_id}",
                    details={},
                )
                uow.commit()
        return {
            **self._desk.person_tools(visit, names),
            **self._who(visit, case),
            **self._work(visit, case, colleagues),
        }

    def _who(self, visit: Visit, case: CaseView) -> dict[str, Any]:
        conversation, person = case.conversation, case.person

        def clocks(one: Escalation) -> tuple[ClockLine, ...]:
            """The clocks of one case; next reply is the conversation's, and each case's."""
            waiting, rules = conversation.waiting_since, self._desk.clock_rules
            return clock_lines(clocks_of(one, waiting, rules, visit.now), visit)

        zone = person.borrower.timezone if person else self._desk.pages.zone
        return {
            "case": case,
            "borrower_name": person.borrower.full_name if person else visit.say("Not identified"),
            "verified": conversation.identity.is_verified(visit.now),
            "local_time": visit.shown.time_in(visit.now, zone),
            "clocks": [line for one in case.open_escalations[:1] for line in clocks(one)],
            "clocks_of": clocks,
            "shown_text": text_shower(visit, case),
        }

    def _work(self, visit: Visit, case: CaseView, colleagues: list[Staff]) -> dict[str, Any]:
        control = case.conversation.control
        telling = Telling(visit.words, visit.shown)
        return {
            "mine": control.is_held_by(visit.staff.login, visit.now),
            "seen": last_inbound(case),
            "colleagues": colleagues,
            "outcomes": [one.value for one in Outcome],
            "hold_kinds": STAFF_HOLDS,
            "call_outcomes": [one.value for one in CALL_OUTCOMES],
            "summary": draft_summary(case.open_escalations, telling, visit.words),
            "others": [
                one
                for one in (case.person.conversations if case.person else ())
                if one.id != case.conversation.id and one.merged_into is None
            ],
            "problem": None,
            "findings": (),
            "typed": "",
            "confirming": False,
        }


def last_inbound(case: CaseView) -> int:
    """The borrower's newest message on the page; goes with what must not overlook one."""
    return max(
        (
            line.message.id
            for line in case.lines
            if line.message is not None and line.message.author is Author.BORROWER
        ),
        default=0,
    )


def text_shower(visit: Visit, case: CaseView) -> Any:
    """How a message of this transcript is shown; a tapped button by its label."""
    telling = Telling(visit.words, visit.shown)
    labels = {
        payload: name
        for line in case.lines
        if line.message is not None
        for name, payload in line.message.buttons
    }
    return lambda message: telling.text(message, labels)


class ConversationPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._screen = CaseScreen(desk)

    def routes(self) -> Iterable[Route]:
        base = "/conversations/{conversation_id}"
        yield Route(method="GET", path=base, endpoint=self.show)
        yield Route(method="GET", path=f"{base}/earlier", endpoint=self.earlier)
        yield Route(method="GET", path=f"{base}/top", endpoint=self.top)
        yield Route(method="GET", path=f"{base}/write", endpoint=self.write)
        yield Route(method="GET", path=f"{base}/work", endpoint=self.work)
        yield Route(method="GET", path="/messages/{message_id}.png", endpoint=self.picture)
        yield Route(method="GET", path="/messages/{message_id}.pdf", endpoint=self.document)

    def show(self, request: Request, conversation_id: str) -> Response:
        """The whole screen."""
        visit = visit_of(request)
        values = self._screen.read(visit, conversation_id, is_opening=True)
        return self._desk.pages.page(visit, "conversation.html", **values)

    def earlier(self, request: Request, conversation_id: str, before: str = "") -> Response:
        """What was said before, as a part of the page or a page of its own."""
        visit = visit_of(request)
        number = number_or_none(before)
        with self._desk.store.unit() as uow:
            conversation = uow.conversations.get(ConversationId(conversation_id))
            lines, has_earlier = transcript(uow, conversation.id, before=number)
            names = self._desk.names(uow)
            name = _name(uow, conversation)
        case = CaseView(
            conversation=conversation,
            escalations=(),
            lines=lines,
            has_earlier=has_earlier,
            person=None,
            decisions=(),
        )
        template = "_earlier.html" if visit.is_partial else "earlier.html"
        return self._desk.pages.page(
            visit,
            template,
            case=case,
            borrower_name=name or visit.say("Not identified"),
            shown_text=text_shower(visit, case),
            names=names,
        )

    def top(self, request: Request, conversation_id: str) -> Response:
        """Who it is, who holds it, the clocks."""
        return self._part(request, conversation_id, "_case_top.html")

    def write(self, request: Request, conversation_id: str) -> Response:
        """Where one writes, or claims."""
        return self._part(request, conversation_id, "_write.html")

    def work(self, request: Request, conversation_id: str) -> Response:
        """The actions."""
        return self._part(request, conversation_id, "_work.html")

    def picture(self, request: Request, message_id: str) -> Response:
        """The picture of a message."""
        picture = self._message(request, message_id).picture
        if picture is None:
            raise not_there()
        return Response(picture, media_type="image/png")

    def document(self, request: Request, message_id: str) -> Response:
        """The document that went with a message, as a file."""
        message = self._message(request, message_id)
        if message.document is None:
            raise not_there()
        name = quote(message.document_name or "document.pdf")
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
        return Response(message.document, media_type="application/pdf", headers=headers)

    def _message(self, request: Request, message_id: str) -> StoredMessage:
        visit_of(request)
        number = number_or_none(message_id)
        with self._desk.store.unit() as uow:
            message = None if number is None else uow.messages.get(MessageId(number))
        if message is None:
            raise not_there()
        return message

    def _part(self, request: Request, conversation_id: str, template: str) -> Response:
        visit = visit_of(request)
        values = self._screen.read(visit, conversation_id)
        return self._desk.pages.page(visit, template, **values)


def _name(uow: UnitOfWork, conversation: Conversation) -> str | None:
    borrower_id = conversation.identity.borrower_id
    return None if borrower_id is None else uow.borrowers.get(borrower_id).full_name
