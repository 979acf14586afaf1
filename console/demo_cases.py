"""Borrowers of the demo who wait for a person: short talks, and the escalations that they led to."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.conversation import Conversation, EscalationReason, Identity, IdentityStage
from bot.effects import escalate
from bot.messages import Author, Channel, Content, DeliveryState, Inbound, Kind
from bot.ports import Store, UnitOfWork
from bot.texts import Texts
from lending.ids import ConversationId


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCase:
    """What a borrower wrote, how long ago, and why a person is needed."""

    reference: str
    minutes_ago: int
    said: tuple[str, ...]
    reason: EscalationReason


CASES = (
    DemoCase(
        reference="NB-PRIYA",
        minutes_ago=26,
        said=("I lost my job two weeks ago", "I cannot pay the card this month. What can I do?"),
        reason=EscalationReason.HARDSHIP,
    ),
    DemoCase(
        reference="NB-WEI",
        minutes_ago=11,
        said=("上个月还的钱怎么没到账", "请帮我转人工"),
        reason=EscalationReason.ASKED,
    ),
    DemoCase(
        reference="NB-MARCUS",
        minutes_ago=48,
        said=("You charged me a late fee although I paid on time. I want to complain.",),
        reason=EscalationReason.COMPLAINT,
    ),
)


def seed_cases(store: Store, texts: Texts, hours: str, now: datetime) -> int:
    """Write the cases, unless anyone waits already; returns how many were written."""
    with store.unit() as uow:
        if uow.escalations.unresolved():
            return 0
        written = sum(_write(uow, texts, hours, case, now) for case in CASES)
        uow.commit()
    return written


def _write(uow: UnitOfWork, texts: Texts, hours: str, case: DemoCase, now: datetime) -> bool:
    borrower = uow.borrowers.by_reference(case.reference)
    if borrower is None:
        return False
    began = now - timedelta(minutes=case.minutes_ago)
    conversation = Conversation(
        id=ConversationId(uuid.uuid4().hex),
        channel=Channel.WEB,
        address=secrets.token_urlsafe(16),
        is_private=True,
        language=borrower.language,
        language_chosen=False,
        identity=Identity(
            stage=IdentityStage.VERIFIED,
            borrower_id=borrower.id,
            expires_at=began + timedelta(minutes=30),
        ),
        greeted=True,
        opened_at=began,
        last_inbound_at=began,
    )
    uow.conversations.add(conversation)
    for place, text in enumerate(case.said):
        _turn(uow, conversation, text, began + timedelta(seconds=40 * place))
    queued = escalate(uow, conversation, case.reason, began + timedelta(minutes=2))
    answer = texts.content("utter_queued", borrower.language, hours=hours)
    _say(uow, conversation, answer, began + timedelta(minutes=2))
    current = uow.conversations.get(conversation.id, for_update=True)
    uow.conversations.save(replace(current, control=queued.control, waiting_since=began))
    return True


def _turn(uow: UnitOfWork, conversation: Conversation, text: str, at: datetime) -> None:
    inbound = Inbound(
        channel=conversation.channel,
        address=conversation.address,
        is_private=True,
        update_key=f"demo:{uuid.uuid4().hex}",
        kind=Kind.TEXT,
        text=text,
        received_at=at,
    )
    message_id = uow.messages.add_inbound(conversation.id, inbound, text)
    if message_id is not None:
        uow.messages.mark_handled(message_id, at)


def _say(uow: UnitOfWork, conversation: Conversation, content: Content, at: datetime) -> None:
    message_id = uow.messages.add_outbound(
        conversation.id, author=Author.BOT, content=content, answers=None, epoch=0, at=at
    )
    uow.messages.set_delivery(message_id, DeliveryState.SENT)
