"""Claim, write, note, resolve, pass on, give back: the moves of a conversation, as forms."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import Form, Request, Response
from starlette.concurrency import run_in_threadpool

from bot.control import Resolution
from bot.conversation import Outcome
from bot.handover import NotYourTurn
from console.attachments import NoAttachment
from console.replies import BadText, Reply, ReplyState
from console.web.desk import Desk, Route
from console.web.forms import BadField, number_or_none
from console.web.pages.conversation import CaseScreen
from console.web.refusals import refusal_text
from console.web.visit import Visit, done, visit_of
from console.web.words import mark
from lending.errors import TideoverError
from lending.ids import ConversationId, EscalationId, MessageId

Short = Annotated[str, Form(max_length=64)]
Long = Annotated[str, Form(max_length=60_000)]


class TalkingPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._screen = CaseScreen(desk)

    def routes(self) -> Iterable[Route]:
        base = "/conversations/{conversation_id}"
        for name, endpoint in (
            ("claim", self.claim),
            ("take-over", self.take_over),
            ("release", self.release),
            ("transfer", self.transfer),
            ("reply", self.reply),
            ("note", self.note),
            ("resolve", self.resolve),
            ("hand-back", self.hand_back),
        ):
            yield Route(method="POST", path=f"{base}/{name}", endpoint=endpoint)

    async def claim(self, request: Request, conversation_id: str) -> Response:
        visit = visit_of(request)
        await self._desk.takeover.claim(visit.staff, ConversationId(conversation_id))
        return done(visit, f"/conversations/{conversation_id}", "claimed")

    async def take_over(self, request: Request, conversation_id: str) -> Response:
        """A supervisor takes it from whoever holds it."""
        visit = visit_of(request)
        await self._desk.takeover.take_over(visit.staff, ConversationId(conversation_id))
        return done(visit, f"/conversations/{conversation_id}", "taken")

    async def release(self, request: Request, conversation_id: str) -> Response:
        visit = visit_of(request)
        await self._desk.takeover.release(visit.staff, ConversationId(conversation_id))
        return done(visit, "/queue", "released")

    async def transfer(self, request: Request, conversation_id: str, to: Short = "") -> Response:
        visit = visit_of(request)
        await self._desk.takeover.transfer(visit.staff, ConversationId(conversation_id), to)
        return done(visit, f"/conversations/{conversation_id}", "transferred")

    async def reply(
        self,
        request: Request,
        conversation_id: str,
        text: Long = "",
        epoch: Short = "",
        confirmed: Short = "",
        attach: Short = "",
        key: Short = "",
    ) -> Response:
        """Send words, if the claim, the wording check and the contact rules let them go.

        What may not go stays in the field, with the reason beside it.
        """
        visit = visit_of(request)
        number = ConversationId(conversation_id)
        if not self._desk.keys.use(f"{visit.staff.login}:{key}"):
            return self._write(visit, conversation_id)
        try:
            content = await run_in_threadpool(self._desk.content_for, visit, number, text, attach)
            sent = await self._desk.replies.reply(
                visit.staff,
                number,
                text,
                epoch=number_or_none(epoch) or 0,
                confirmed=confirmed == "yes",
                content=content,
            )
        except (NotYourTurn, BadText, NoAttachment) as refused:
            self._desk.keys.give_back(f"{visit.staff.login}:{key}")
            return self._write(visit, conversation_id, typed=text, problem=_told(visit, refused))
        if sent.state is ReplyState.SENT:
            return self._write(visit, conversation_id)
        self._desk.keys.give_back(f"{visit.staff.login}:{key}")
        return self._write(visit, conversation_id, typed=text, **self._why(visit, sent))

    def note(self, request: Request, conversation_id: str, text: Long = "") -> Response:
        """A private note; the borrower never sees it."""
        visit = visit_of(request)
        try:
            self._desk.replies.note(visit.staff, ConversationId(conversation_id), text)
        except BadText as refused:
            return self._write(visit, conversation_id, typed=text, problem=_told(visit, refused))
        return self._write(visit, conversation_id)

    async def resolve(
        self,
        request: Request,
        conversation_id: str,
        outcome: Short = "",
        escalation: Short = "",
        note: Annotated[str, Form(max_length=4_000)] = "",
        then: Short = "stay",
        day: Short = "",
        seen: Short = "",
    ) -> Response:
        """Say what came of one open case, or of all; then stay, give back or close."""
        visit = visit_of(request)
        number = ConversationId(conversation_id)
        with self._desk.store.unit() as uow:
            open_cases = uow.escalations.unresolved(number)
        chosen = [one.id for one in open_cases if escalation in ("", str(one.id))]
        if outcome not in set(Outcome) or not chosen:
            raise BadField(mark("Say what came of it."), hint=mark("Choose an outcome."))
        made = [
            Resolution(
                escalation_id=EscalationId(one),
                outcome=Outcome(outcome),
                note=note.strip(),
                details={"day": day} if day else {},
            )
            for one in chosen
        ]
        newest = MessageId(number_or_none(seen) or 0)
        if then == "hand_back":
            await self._desk.takeover.hand_back(visit.staff, number, resolutions=made, seen=newest)
            return done(visit, "/queue", "returned")
        if then == "close":
            await self._desk.takeover.close(visit.staff, number, resolutions=made, seen=newest)
            return done(visit, "/queue", "closed")
        for one in made:
            self._desk.takeover.resolve(visit.staff, one)
        return done(visit, f"/conversations/{conversation_id}", "resolved")

    async def hand_back(self, request: Request, conversation_id: str, seen: Short = "") -> Response:
        """Back to the assistant, when every case has an outcome."""
        visit = visit_of(request)
        await self._desk.takeover.hand_back(
            visit.staff,
            ConversationId(conversation_id),
            seen=MessageId(number_or_none(seen) or 0),
        )
        return done(visit, "/queue", "returned")

    def _write(self, visit: Visit, conversation_id: str, **changed: Any) -> Response:
        """The place to write, for our script; else the whole page."""
        refused = bool(changed.get("problem") or changed.get("findings"))
        if not visit.is_partial and not refused:
            return done(visit, f"/conversations/{conversation_id}", "sent")
        values = {**self._screen.read(visit, conversation_id), **changed}
        template = "_write.html" if visit.is_partial else "conversation.html"
        return self._desk.pages.page(visit, template, 422 if refused else 200, **values)

    def _why(self, visit: Visit, sent: Reply) -> dict[str, Any]:
        say = visit.say
        match sent.state:
            case ReplyState.NEEDS_CONFIRMATION:
                return {"findings": sent.findings, "confirming": True}
            case ReplyState.BLOCKED_WORDS:
                return {"findings": sent.findings}
            case ReplyState.BLOCKED_RULES:
                title = self._desk.rule_title.said_in(visit.words)
                why = " ".join(title(one.rule) for one in sent.reasons)
                hint = why
                if sent.until is not None:
                    hint += " " + say("It may go from %(at)s.", at=visit.shown.instant(sent.until))
                return {
                    "problem": {"text": say("The contact rules do not allow it now."), "hint": hint}
                }
            case _:
                return {
                    "problem": {
                        "text": say("The channel did not take the message."),
                        "hint": say("It is marked in the transcript. You can send it again."),
                    }
                }


def _told(visit: Visit, error: TideoverError) -> dict[str, str]:
    return refusal_text(error, visit.words, visit.shown)
