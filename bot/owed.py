"""What a borrower is owed whom the assistant did not answer: a person, and the mark that they wait.

Each saves the conversation; the caller commits.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.conversation import Conversation, EscalationReason
from bot.effects import escalate
from bot.handover import Owner
from bot.ports import UnitOfWork
from lending.ids import ConversationId


def owe_answer(
    uow: UnitOfWork, conversation_id: ConversationId, reason: EscalationReason, now: datetime
) -> Conversation:
    """The assistant could not answer, so a person has to: a case is open, and the borrower waits."""
    current = uow.conversations.get(conversation_id, for_update=True)
    return _waiting(uow, escalate(uow, current, reason, now), now)


def owe_overtaken(uow: UnitOfWork, conversation_id: ConversationId, now: datetime) -> None:
    """A person came in between, so what the assistant computed is not said: who owes the answer?

    Who holds the conversation, or whoever takes it out of the queue. Who gave it back or closed it
    had read the message (`hand_back` in bot/control.py), so nothing is owed; but nobody had to
    read a chat that was merged into another.
    """
    current = uow.conversations.get(conversation_id, for_update=True)
    if current.control.owner in (Owner.HUMAN, Owner.QUEUED):
        _waiting(uow, current, now)
    elif current.merged_into is not None:
        _waiting(uow, escalate(uow, current, EscalationReason.ENGINE_ERROR, now), now)


def _waiting(uow: UnitOfWork, conversation: Conversation, now: datetime) -> Conversation:
    marked = replace(conversation, waiting_since=conversation.waiting_since or now)
    uow.conversations.save(marked)
    return marked
