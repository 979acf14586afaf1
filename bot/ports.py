"""What the conversation part needs kept. `store` implements it; tests run it on every database.

All instants are aware UTC. A unit of work is used by one thread; nothing is kept without
`commit()`; leaving the block without it undoes everything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.batch_ports import Batches
from bot.conversation import Conversation, StoredMessage
from bot.handover import Control
from bot.messages import Author, Channel, Content, DeliveryState, Inbound
from bot.ports_console import ConsoleReads
from bot.ports_staff import Escalations, StaffEvents, StaffNotes, StaffRecords, StaffView
from bot.reminder_ports import Reminders
from compliance.events import Event
from compliance.question import Answer, Question
from compliance.wishes import KeptWish, Said, WishId
from lending.account_file import AccountFile
from lending.accounts import Borrower
from lending.errors import TideoverError
from lending.events import Events
from lending.ids import AccountId, BorrowerId, ConversationId, MessageId
from lending.lender_access import LenderAccess
from lending.pay_ports import PayBook
from lending.plan_ports import PlanBooks as PlanBooks
from lending.portfolio import Portfolio


class UnknownConversation(TideoverError):
    """No conversation has this id."""


class ConversationExists(TideoverError):
    """This channel and address have a conversation already; the unit of work stays usable."""


class StaleConversation(TideoverError):
    """The control epoch rose since the conversation was read: someone else took it over."""


class UnknownWish(TideoverError):
    """No wish that still holds has this id."""


class Conversations(Protocol):
    def find(self, channel: Channel, address: str) -> Conversation | None: ...

    def get(self, conversation_id: ConversationId, *, for_update: bool = False) -> Conversation:
        """`for_update` locks the row until the unit of work ends. Raises UnknownConversation."""
        ...

    def add(self, conversation: Conversation) -> None:
        """Raises ConversationExists when the channel and address have one already."""
        ...

    def save(self, conversation: Conversation) -> None:
        """Write every field of a conversation that was read in this unit of work.

        Raises UnknownConversation, or StaleConversation: then nothing was written.
        """
        ...

    def change_control(
        self, conversation_id: ConversationId, *, expected: int, to: Control
    ) -> bool:
        """Compare and set in one statement: False, and nothing changed, if the epoch is not `expected`."""
        ...

    def of_borrower(self, borrower_id: BorrowerId) -> tuple[Conversation, ...]: ...


class Messages(Protocol):
    def add_inbound(
        self, conversation_id: ConversationId, inbound: Inbound, text: str
    ) -> MessageId | None:
        """Keep what came in; None if this `update_key` is known already (a replay)."""
        ...

    def mask(self, message_id: MessageId, text: str) -> None:
        """Replace a stored text that must not be kept (an identity answer)."""
        ...

    def mark_handled(self, message_id: MessageId, at: datetime, *, intent: str = "") -> None:
        """Nothing more is owed for it; `intent` is what it was taken for, where that is news."""
        ...

    def note_intent(self, message_id: MessageId, intent: str) -> None:
        """What the dialogue engine took the message for."""
        ...

    def unhandled(self, limit: int) -> tuple[StoredMessage, ...]:
        """Inbound messages not handled yet, oldest first."""
        ...

    def add_outbound(
        self,
        conversation_id: ConversationId,
        *,
        author: Author,
        content: Content,
        answers: MessageId | None,
        epoch: int,
        at: datetime,
        staff: str | None = None,
        is_notice: bool = False,
    ) -> MessageId: ...

    def set_delivery(
        self,
        message_id: MessageId,
        state: DeliveryState,
        *,
        channel_message_id: str | None = None,
        error: str | None = None,
    ) -> None: ...

    def has_answer(self, message_id: MessageId) -> bool:
        """Whether an outbound message answers this inbound one; a notice of who speaks does not."""
        ...

    def after(
        self, conversation_id: ConversationId, message_id: int, limit: int
    ) -> tuple[StoredMessage, ...]:
        """Messages with an id above `message_id`, oldest first."""
        ...

    def latest(self, conversation_id: ConversationId, limit: int) -> tuple[StoredMessage, ...]:
        """The newest messages, oldest first."""
        ...

    def typed_since(self, since: datetime, limit: int) -> tuple[str, ...]:
        """Texts that borrowers typed at or after `since`, newest first; masked ones are left out."""
        ...

    def get(self, message_id: MessageId) -> StoredMessage | None: ...


class Borrowers(Protocol):
    def get(self, borrower_id: BorrowerId) -> Borrower: ...

    def by_reference(self, reference: str) -> Borrower | None: ...

    def second_fact(self, borrower_id: BorrowerId) -> tuple[str, str] | None:
        """(kind, keyed digest) of the fact that only the borrower knows; None if none is kept."""
        ...

    def identity_failures(self, borrower_id: BorrowerId, since: datetime) -> int:
        """Wrong second facts for this borrower, over all chats, since an instant."""
        ...

    def add_identity_attempt(
        self,
        *,
        borrower_id: BorrowerId | None,
        conversation_id: ConversationId,
        kind: str,
        succeeded: bool,
        at: datetime,
    ) -> None:
        """`kind` is "token" or "second_fact"; token guesses have no borrower."""
        ...

    def conversation_failures(
        self, conversation_id: ConversationId, kind: str, since: datetime
    ) -> int: ...

    def set_language(self, borrower_id: BorrowerId, language: str) -> None: ...


class Accounts(Protocol):
    def files_of(self, borrower_id: BorrowerId) -> tuple[AccountFile, ...]:
        """Everything of each account of one borrower, active ones first, then by reference."""
        ...

    def file(self, account_id: AccountId) -> AccountFile: ...

    def by_reference(self, reference: str) -> AccountFile | None: ...

    def page(self, *, after: int, limit: int) -> tuple[AccountFile, ...]:
        """The next accounts with an id above `after`, in the order of ids."""
        ...


class Links(Protocol):
    """One-time link tokens. Only their SHA-256 is kept."""

    def add(
        self,
        *,
        token_hash: str,
        borrower_id: BorrowerId,
        created_at: datetime,
        expires_at: datetime,
    ) -> None: ...

    def redeem(self, token_hash: str, now: datetime) -> BorrowerId | None:
        """Use the token up; None if unknown, used or expired. Two callers never both succeed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDecision:
    """A row of the decision log. `digest` is the SHA-256 of all that it says."""

    id: int
    at: datetime
    question: Question
    answer: Answer
    message_id: MessageId | None
    digest: str


class Contacts(Protocol):
    def record_decision(
        self,
        *,
        conversation_id: ConversationId,
        borrower_id: BorrowerId | None,
        channel: Channel,
        question: Question,
        answer: Answer,
        at: datetime,
        message_id: MessageId | None,
    ) -> int:
        """Keep one row for every attempt, sent or not, with all that the rules were asked."""
        ...

    def events(
        self,
        *,
        conversation_id: ConversationId,
        borrower_id: BorrowerId | None,
        answers: MessageId | None,
        since: datetime,
        answered_by: Author | None = None,
    ) -> tuple[Event, ...]:
        """Contacts with the borrower on every channel, or in this chat if nobody is known.

        All that nobody had asked for since the instant, what is to be answered, and what answered
        it; other answers count for no rule. `answered_by`: only this author's answers are answers
        (who asked for a person has not got one from the assistant). Ascending by time.
        """
        ...

    def decisions(self, *, after: int, limit: int) -> tuple[StoredDecision, ...]:
        """What was decided, with all that was asked, in the order of deciding."""
        ...

    def keep_profile(
        self, *, name: str, version: str, files: Mapping[str, str], at: datetime
    ) -> None:
        """Keep the files of a profile that is about to decide; known versions are left alone."""
        ...

    def profile_files(self, name: str, version: str) -> Mapping[str, str] | None: ...

    def opted_out_at(
        self, channel: Channel, address: str, borrower_id: BorrowerId | None
    ) -> datetime | None: ...

    def add_opt_out(
        self,
        *,
        channel: Channel,
        address: str,
        borrower_id: BorrowerId | None,
        at: datetime,
        via: str,
    ) -> None: ...

    def lift_opt_out(
        self, *, channel: Channel, address: str, borrower_id: BorrowerId | None, at: datetime
    ) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Who has a wish: a borrower, the chat where it was said, or both; never neither.

    Without a borrower it counts in that chat only.
    """

    borrower_id: BorrowerId | None = None
    channel: Channel | None = None
    address: str | None = None


class Wishes(Protocol):
    """Consents and preferences. Nothing is changed or deleted: a wish is added, and may end.

    What closes a channel is also kept as an opt-out, so that `Contacts.opted_out_at` finds it.
    Callers audit; see bot/wishes.py.
    """

    def add(self, said: Said, whose: Whose, *, reason: str = "") -> WishId: ...

    def end(self, wish_id: WishId, *, at: datetime, by: str, reason: str) -> None:
        """End a wish and lift its opt-outs. Raises UnknownWish for one that does not hold."""
        ...

    def of_borrower(self, borrower_id: BorrowerId) -> tuple[KeptWish, ...]:
        """All of them, ended ones too, in the order in which they were kept."""
        ...

    def of_chat(self, channel: Channel, address: str) -> tuple[KeptWish, ...]:
        """Those that were said in one chat, whoever it belongs to."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedDetails:
    id: int
    subject: str
    details: Mapping[str, str]


class Audit(Protocol):
    def append(
        self, *, at: datetime, actor: str, event: str, subject: str, details: Mapping[str, str]
    ) -> None:
        """Add one row; each carries the SHA-256 of the one before and itself."""
        ...

    def verify(self) -> int | None:
        """The id of the first row that does not fit the chain; None if all do."""
        ...

    def details_of(self, event: str, *, after: int, limit: int) -> tuple[AuditedDetails, ...]:
        """Rows of one kind of event, in the order of the chain."""
        ...


class UnitOfWork(Protocol):
    conversations: Conversations
    messages: Messages
    borrowers: Borrowers
    accounts: Accounts
    links: Links
    escalations: Escalations
    contacts: Contacts
    wishes: Wishes
    plans: PlanBooks
    reminders: Reminders
    batches: Batches
    audit: Audit
    staff: StaffRecords
    notes: StaffNotes
    events: StaffEvents
    desk: StaffView
    console: ConsoleReads
    outgoing: Events
    portfolio: Portfolio
    access: LenderAccess
    pay: PayBook

    def commit(self) -> None: ...


class Store(Protocol):
    """Opens units of work: `with store.unit() as uow:`."""

    def unit(self) -> AbstractContextManager[UnitOfWork]: ...


Clock = Callable[[], datetime]
"""Gives the present instant, aware and in UTC."""
