"""What a turn changes in a conversation beside words: escalation, language, wishes, untying."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot import wishes
from bot.conversation import (
    PRIORITY,
    Conversation,
    EscalationReason,
    Identity,
)
from bot.events import emit
from bot.handover import Owner, queue_for_person
from bot.languages import LANGUAGES
from bot.packet import build_packet
from bot.ports import UnitOfWork
from bot.staff_events import EventKind
from compliance.terms import Purpose
from compliance.wish_effects import closes
from compliance.wish_records import from_json
from compliance.wishes import Cease, Medium, OptOut, WrongPerson
from lending.events import EventType
from lending.ids import BorrowerId, ConversationId

REPORTED = {
    EscalationReason.DISPUTE: EventType.DISPUTE_OPENED,
    EscalationReason.HARDSHIP: EventType.HARDSHIP_REPORTED,
    EscalationReason.COMPLAINT: EventType.COMPLAINT_MADE,
}
"""What the lender's system is told of, beside the escalation itself."""


def apply_effects(
    uow: UnitOfWork,
    conversation: Conversation,
    effects: Iterable[Mapping[str, Any]],
    now: datetime,
) -> Conversation:
    """Carry out the effects that actions asked for; return the conversation as it is then.

    Known keys: escalate {reason, details}, choose_language, opt_out, opt_in, disown,
    keep_wishes {wishes: [[kind, fields]], text, said_at}, undo_wishes (said_at), lift_wishes.
    `said_at` is in seconds since 1970, UTC.
    The caller saves the conversation and commits.
    """
    for effect in effects:
        if "escalate" in effect:
            conversation = escalate(
                uow,
                conversation,
                EscalationReason(effect["escalate"]["reason"]),
                now,
                details=str(effect["escalate"].get("details") or ""),
            )
        if effect.get("choose_language") in LANGUAGES:
            conversation = choose_language(uow, conversation, str(effect["choose_language"]), now)
        if effect.get("opt_out"):
            opt_out(uow, conversation, now, via="chat")
        if "keep_wishes" in effect:
            _keep_wishes(uow, conversation, effect["keep_wishes"], now)
        if "undo_wishes" in effect:
            wishes.undo(uow, conversation, _instant(effect["undo_wishes"]), now)
        if effect.get("lift_wishes"):
            wishes.lift_all(uow, conversation, now)
            opt_in(uow, conversation, now)
        if effect.get("opt_in"):
            opt_in(uow, conversation, now)
        if effect.get("disown"):
            conversation = disown(uow, conversation, now)
    return conversation


def purpose_of(effects: Iterable[Mapping[str, Any]]) -> Purpose:
    """Why the answer of a turn is written: to confirm that contacts end, or as any other reply."""
    for effect in effects:
        kept = [
            from_json(kind, fields)
            for kind, fields in effect.get("keep_wishes", {}).get("wishes", ())
        ]
        if any(isinstance(wish, Cease) for wish in kept):
            return Purpose.TERMINATION_NOTICE
        if effect.get("opt_out") or effect.get("disown") or any(closes(wish) for wish in kept):
            return Purpose.OPT_OUT_CONFIRMATION
    return Purpose.REPLY


def escalate(
    uow: UnitOfWork,
    conversation: Conversation,
    reason: EscalationReason,
    now: datetime,
    *,
    details: str = "",
) -> Conversation:
    """Open an escalation with what a person needs to know, and queue the conversation for one.

    One that is open for the same reason stays as it is. Whoever holds the conversation gets it.
    """
    after = replace(conversation, control=queue_for_person(conversation.control))
    if any(one.reason is reason for one in uow.escalations.unresolved(conversation.id)):
        return after
    escalation_id = uow.escalations.open(
        conversation_id=conversation.id,
        borrower_id=conversation.identity.borrower_id,
        reason=reason,
        priority=PRIORITY[reason],
        opened_at=now,
        packet=build_packet(uow, conversation, reason, now, details=details),
    )
    uow.events.add(
        EventKind.ESCALATION_OPENED,
        at=now,
        conversation_id=conversation.id,
        escalation_id=escalation_id,
        details={"reason": reason.value, "priority": str(PRIORITY[reason])},
    )
    _audit(uow, conversation, now, "escalation.opened", reason=reason.value)
    _tell_lender(uow, conversation, reason, now)
    held = after.control
    if held.owner is Owner.HUMAN and held.staff and held.lease_until:
        uow.escalations.claim(conversation.id, held.staff, at=now, until=held.lease_until)
    return after


def escalate_borrower(
    uow: UnitOfWork,
    borrower_id: BorrowerId,
    reason: EscalationReason,
    now: datetime,
    *,
    details: str = "",
) -> ConversationId | None:
    """The same for what happens outside a chat (a broken promise, a failed plan): saves, too.

    It opens in the chat where the borrower wrote last; None if they have no chat.
    """
    chats = [c for c in uow.conversations.of_borrower(borrower_id) if c.merged_into is None]
    if not chats:
        return None
    talked = [chat for chat in chats if chat.last_inbound_at is not None] or chats
    chosen = max(talked, key=lambda chat: (chat.last_inbound_at or chat.opened_at, chat.id))
    current = uow.conversations.get(chosen.id, for_update=True)
    uow.conversations.save(escalate(uow, current, reason, now, details=details))
    return current.id


def _tell_lender(
    uow: UnitOfWork, conversation: Conversation, reason: EscalationReason, now: datetime
) -> None:
    own = REPORTED.get(reason)
    for type in (own, EventType.ESCALATION_OPENED) if own else (EventType.ESCALATION_OPENED,):
        emit(
            uow,
            type,
            at=now,
            borrower_id=conversation.identity.borrower_id,
            conversation_id=conversation.id,
            reason=reason.value,
            priority=PRIORITY[reason],
            channel=conversation.channel.value,
            verified=conversation.identity.is_verified(now),
        )


def proven_borrower(conversation: Conversation, now: datetime) -> BorrowerId | None:
    """Whose wishes count beyond this chat: the verified borrower's, not those of a link's holder."""
    identity = conversation.identity
    return identity.borrower_id if identity.is_verified(now) else None


def choose_language(
    uow: UnitOfWork, conversation: Conversation, language: str, now: datetime
) -> Conversation:
    """Keep the borrower's choice: answers stay in it whatever language a message is in."""
    borrower_id = proven_borrower(conversation, now)
    if borrower_id is not None:
        uow.borrowers.set_language(borrower_id, language)
    return replace(conversation, language=language, language_chosen=True)


def _keep_wishes(
    uow: UnitOfWork, conversation: Conversation, effect: Mapping[str, Any], now: datetime
) -> None:
    wishes.keep_from_chat(
        uow,
        conversation,
        [from_json(kind, fields) for kind, fields in effect["wishes"]],
        text=str(effect["text"]),
        said_at=_instant(effect["said_at"]),
        now=now,
    )


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def opt_out(
    uow: UnitOfWork, conversation: Conversation, now: datetime, *, via: str, text: str = ""
) -> None:
    """From now on nothing is sent here that the borrower did not ask for."""
    stop = OptOut(channel=Medium.CHAT)
    wishes.keep_from_chat(uow, conversation, [stop], text=text, said_at=now, now=now, reason=via)
    _audit(uow, conversation, now, "consent.opted_out", via=via)


def opt_in(uow: UnitOfWork, conversation: Conversation, now: datetime) -> None:
    """An opt-out is taken back: for this chat, and for all others if the borrower is verified."""
    wishes.reopen_chat(uow, conversation, now)
    uow.contacts.lift_opt_out(
        channel=conversation.channel,
        address=conversation.address,
        borrower_id=proven_borrower(conversation, now),
        at=now,
    )
    _audit(uow, conversation, now, "consent.opted_in")


def disown(uow: UnitOfWork, conversation: Conversation, now: datetime) -> Conversation:
    """Someone else has this chat: stop writing to it, and forget whose it was thought to be."""
    untied = replace(conversation, identity=Identity())
    uow.contacts.add_opt_out(
        channel=conversation.channel,
        address=conversation.address,
        borrower_id=None,
        at=now,
        via="wrong person",
    )
    wrong = [WrongPerson()]
    wishes.keep_from_chat(uow, untied, wrong, text="", said_at=now, now=now)
    _audit(uow, conversation, now, "identity.disowned")
    return untied


def _audit(
    uow: UnitOfWork, conversation: Conversation, now: datetime, event: str, **details: str
) -> None:
    uow.audit.append(
        at=now, actor="bot", event=event, subject=f"conversation:{conversation.id}", details=details
    )
