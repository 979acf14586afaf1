"""What many messages that leave together need kept: reads and writes in sets.

Each reads or writes as its single counterpart in bot/ports.py does, in one statement for all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.conversation import Conversation
from bot.messages import Author, Channel, Content, DeliveryState
from compliance.events import Event
from compliance.question import Answer, Question
from compliance.wishes import KeptWish
from lending.account_file import AccountFile
from lending.accounts import Borrower
from lending.ids import BorrowerId, ConversationId, MessageId


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is kept of the one who would be written to; the borrower is None where unknown."""

    borrower: Borrower | None = None
    files: Sequence[AccountFile] = ()
    wishes: Sequence[KeptWish] = ()
    events: Sequence[Event] = ()
    opted_out_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOutbound:
    conversation_id: ConversationId
    author: Author
    content: Content
    epoch: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDecision:
    conversation_id: ConversationId
    borrower_id: BorrowerId | None
    channel: Channel
    question: Question
    answer: Answer
    at: datetime
    message_id: MessageId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """What a channel did with a message; an id that is not given leaves the known one."""

    message_id: MessageId
    state: DeliveryState
    channel_message_id: str | None
    error: str | None


class Batches(Protocol):
    """Conversations, what is known of their borrowers, and messages, many at a time."""

    def lock_conversations(
        self, ids: Collection[ConversationId]
    ) -> Mapping[ConversationId, Conversation]:
        """Locked in one order for everyone until the unit of work ends; unknown ids are left out."""
        ...

    def borrowers(self, ids: Collection[BorrowerId]) -> Mapping[BorrowerId, Borrower]: ...

    def chats_of(
        self, ids: Collection[BorrowerId]
    ) -> Mapping[BorrowerId, tuple[Conversation, ...]]:
        """As `Conversations.of_borrower`; every id has an entry."""
        ...

    def known(
        self, conversations: Collection[Conversation], *, since: datetime
    ) -> Mapping[ConversationId, Known]:
        """What the contact rules ask for, with the contacts since an instant that nobody asked for."""
        ...

    def add_outbound(self, new: Sequence[NewOutbound]) -> Sequence[MessageId]:
        """In the order given. The conversations must be locked by this unit of work."""
        ...

    def record_decisions(self, new: Sequence[NewDecision]) -> None: ...

    def set_deliveries(self, new: Sequence[NewDelivery]) -> None: ...
