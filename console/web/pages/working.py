"""What staff change from a conversation: holds, fees, promises, logged calls."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from fastapi import Form, Request, Response
from fastapi.responses import HTMLResponse
from markupsafe import escape

from bot.staff_contacts import CALL_OUTCOMES
from compliance.terms import Channel, ContactOutcome
from console.changes import BadChange
from console.contact_desk import MayContact
from console.web.desk import Desk, Route
from console.web.forms import BadField, amount_of, day_of, not_listed, number_or_none
from console.web.visit import Visit, done, visit_of
from console.web.words import mark
from lending.accounts import Account
from lending.holds import HoldKind
from lending.ids import BorrowerId, ConversationId

Short = Annotated[str, Form(max_length=64)]
Reason = Annotated[str, Form(max_length=500)]
Note = Annotated[str, Form(max_length=4_000)]


_BY_HAND = frozenset({Channel.CALL, Channel.VISIT, Channel.LETTER})


class WorkingPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> Iterable[Route]:
        base = "/conversations/{conversation_id}"
        for name, endpoint in (
            ("hold", self.hold),
            ("lift/{hold_id}", self.lift),
            ("waive", self.waive),
            ("promise", self.promise),
            ("log", self.log),
        ):
            yield Route(method="POST", path=f"{base}/{name}", endpoint=endpoint)
        yield Route(method="GET", path=f"{base}/may-contact", endpoint=self.may_contact)

    def hold(
        self,
        request: Request,
        conversation_id: str,
        kind: Short = "",
        account: Short = "",
        until: Short = "",
        reason: Reason = "",
    ) -> Response:
        """Suspend reminders and fees, on one account or on all of them."""
        visit, number, who = self._about(request, conversation_id)
        if kind not in set(HoldKind):
            raise not_listed()
        self._desk.casework.set_hold(
            visit.staff,
            who,
            HoldKind(kind),
            reason=reason,
            account_id=self._account(who, account).id if account else None,
            until_on=day_of(until) if until else None,
            conversation_id=number,
        )
        return _back(visit, number, "held")

    def lift(
        self, request: Request, conversation_id: str, hold_id: str, reason: Reason = ""
    ) -> Response:
        visit, number, who = self._about(request, conversation_id)
        self._desk.casework.lift_hold(
            visit.staff,
            who,
            number_or_none(hold_id) or 0,
            reason=reason or "Lifted in the conversation",
            conversation_id=number,
        )
        return _back(visit, number, "lifted")

    def waive(
        self,
        request: Request,
        conversation_id: str,
        account: Short = "",
        amount: Short = "",
        reason: Reason = "",
        key: Short = "",
    ) -> Response:
        """Waive fees that are owed, within what the role may."""
        visit, number, who = self._about(request, conversation_id)
        chosen = self._account(who, account)
        self._desk.casework.waive_fees(
            visit.staff,
            who,
            chosen.id,
            amount_of(amount, chosen.currency),
            reason=reason,
            key=key or f"{conversation_id}:{visit.now:%Y%m%d%H%M%S}",
            conversation_id=number,
        )
        return _back(visit, number, "waived")

    def promise(
        self,
        request: Request,
        conversation_id: str,
        account: Short = "",
        amount: Short = "",
        on: Short = "",
    ) -> Response:
        """Keep what the borrower told a person they would pay."""
        visit, number, who = self._about(request, conversation_id)
        chosen = self._account(who, account)
        self._desk.casework.promise(
            visit.staff,
            who,
            chosen.id,
            amount_of(amount, chosen.currency),
            day_of(on),
            conversation_id=number,
        )
        return _back(visit, number, "promised")

    def log(
        self,
        request: Request,
        conversation_id: str,
        channel: Short = "",
        outcome: Short = "",
        note: Note = "",
    ) -> Response:
        """A call, visit or letter that a person made: it counts in the same limits."""
        visit, number, who = self._about(request, conversation_id)
        if channel not in _BY_HAND or outcome not in set(ContactOutcome):
            raise not_listed()
        if (channel == Channel.CALL) != (outcome in CALL_OUTCOMES):
            raise BadField(
                mark("This result does not fit the way of contact."),
                hint=mark("Choose one from the list."),
            )
        self._desk.casework.log_contact(
            visit.staff,
            who,
            channel=Channel(channel),
            outcome=ContactOutcome(outcome),
            at=visit.now,
            note=note,
        )
        return _back(visit, number, "logged")

    def may_contact(self, request: Request, conversation_id: str) -> Response:
        """Whether a call may be made now, and if not why; the question is kept."""
        visit, _, who = self._about(request, conversation_id)
        said = self._desk.casework.may_contact(visit.staff, who, Channel.CALL)
        return HTMLResponse(
            "".join(f"<span>{escape(line)}</span> " for line in _lines(visit, said))
        )

    def _about(
        self, request: Request, conversation_id: str
    ) -> tuple[Visit, ConversationId, BorrowerId]:
        """Who asks, in which conversation, about whom. Raises UnknownConversation, BadChange."""
        visit, number = visit_of(request), ConversationId(conversation_id)
        with self._desk.store.unit() as uow:
            who = uow.conversations.get(number).identity.borrower_id
        if who is None:
            raise BadChange(
                "Nobody is known in this chat.", hint="The borrower has to be known first."
            )
        return visit, number, who

    def _account(self, who: BorrowerId, reference: str) -> Account:
        with self._desk.store.unit() as uow:
            file = uow.accounts.by_reference(reference)
        if file is None or file.account.borrower_id != who:
            raise not_listed()
        return file.account


def _lines(visit: Visit, said: MayContact) -> tuple[str, ...]:
    if said.is_allowed:
        return (visit.say("Yes, you may contact now."),)
    first = visit.say("No; this does not pass by waiting.")
    if said.earliest is not None:
        at = f"{visit.shown.local(said.earliest)} ({said.earliest.tzinfo})"
        first = visit.say("Not now. The earliest is %(at)s.", at=at)
    return (first, *(visit.say(rule) for rule in said.rules))


def _back(visit: Visit, number: ConversationId, notice: str) -> Response:
    return done(visit, f"/conversations/{number}", notice)
