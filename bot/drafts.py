"""What wants to leave, and what became of it: the values and the port of the outbox."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from bot.batch_ports import Known
from bot.conversation import Conversation
from bot.messages import Author, Content, SendFailed
from bot.ports import UnitOfWork
from compliance.attempt import Decision
from compliance.question import Answer
from compliance.terms import Purpose
from lending.ids import ConversationId, MessageId


class SendOutcome(StrEnum):
    """What became of a message that someone wanted to send.

    WITHDRAWN: its errand had no need. BROKEN: it could not be written, a fault of ours.
    """

    SENT = "sent"
    FAILED = "failed"
    STALE = "stale"
    BLOCKED = "blocked"
    WITHDRAWN = "withdrawn"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message that wants to leave. `epoch` is the one under which it was computed.

    `staff` is who writes it, for a person's. `is_notice`: it says who speaks from now on. `debts`
    are the references of the accounts that it is about; none stands for all.
    """

    conversation_id: ConversationId
    author: Author
    epoch: int
    content: Content
    answers: MessageId | None
    language: str
    purpose: Purpose = Purpose.REPLY
    debts: tuple[str, ...] = ()
    staff: str | None = None
    is_notice: bool = False

    @property
    def in_talk(self) -> bool:
        return self.author is Author.STAFF or self.is_notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of a draft, and why. `decision` is None where the rules were not asked."""

    outcome: SendOutcome
    message_id: MessageId | None = None
    decision: Decision | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of a message: the gate's answer if it was asked, the channel's failure if any."""

    outcome: SendOutcome
    answer: Answer | None = None
    message_id: MessageId | None = None
    failure: SendFailed | None = None


class Errand(Protocol):
    """Something to tell a borrower that they did not ask for, in the transactions of the outbox.

    Nothing that these do is kept unless the outbox commits. They are called in a worker thread.
    """

    @property
    def conversation_id(self) -> ConversationId: ...

    def draft(
        self, uow: UnitOfWork, conversation: Conversation, known: Known, now: datetime
    ) -> Draft | None:
        """What to write, as things stand now; None when there is nothing to say."""
        ...

    def judged(
        self, uow: UnitOfWork, given: Answer, message_id: MessageId | None, now: datetime
    ) -> None:
        """The gate has answered; with a message the channel gets it after this commit."""
        ...

    def settled(self, uow: UnitOfWork, delivery: Delivery, now: datetime) -> None:
        """The channel has answered; in the transaction that writes that down."""
        ...

    def broken(self, uow: UnitOfWork, why: str, now: datetime) -> None:
        """It could not be written: a fault in the data or in the program."""
        ...


ErrandT = TypeVar("ErrandT", bound=Errand)


class Round(Protocol[ErrandT]):
    """Errands that leave together, no two of them to one borrower or into one conversation."""

    @property
    def errands(self) -> Sequence[ErrandT]: ...

    def begin(self, uow: UnitOfWork, now: datetime) -> Collection[ErrandT]:
        """Before anything is read, under the locks of the conversations: those still wanted."""
        ...

    async def ready(self, errand: ErrandT) -> None:
        """Return when the channel may have this message: its place in the queue has come."""
        ...
