"""What the work of people needs kept: escalations, staff, sessions, notes, news. `store` implements it.

Part of the unit of work of bot/ports.py; the same promises hold.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from bot.conversation import (
    Conversation,
    Escalation,
    EscalationReason,
    Outcome,
    StoredMessage,
)
from bot.staff import Role, Staff, StaffId, StaffSession
from bot.staff_events import EventKind, StaffEvent
from lending.errors import TideoverError
from lending.ids import BorrowerId, ConversationId, EscalationId, MessageId


class UnknownEscalation(TideoverError):
    """No escalation has this id."""


class UnknownStaff(TideoverError):
    """No member of staff has this sign-in name."""


class StaffExists(TideoverError):
    """The sign-in name is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilter:
    """Which open escalations to list; None and () mean any. `text` is looked for in names and references."""

    claimed_by: str | None = None
    unclaimed: bool = False
    reasons: Collection[EscalationReason] = ()
    priorities: Collection[int] = ()
    languages: Collection[str] = ()
    text: str = ""
    limit: int = 200
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A row of the queue, with what the list shows of its conversation. `last_text` is the borrower's."""

    escalation: Escalation
    conversation: Conversation
    borrower_name: str | None
    borrower_reference: str | None
    last_text: str
    last_at: datetime | None


class Escalations(Protocol):
    def open(
        self,
        *,
        conversation_id: ConversationId,
        borrower_id: BorrowerId | None,
        reason: EscalationReason,
        priority: int,
        opened_at: datetime,
        packet: Mapping[str, Any],
    ) -> EscalationId:
        """Open one, or return the one that is open for the same conversation and reason."""
        ...

    def get(self, escalation_id: EscalationId) -> Escalation:
        """Raises UnknownEscalation."""
        ...

    def unresolved(
        self, conversation_id: ConversationId | None = None
    ) -> tuple[Escalation, ...]: ...

    def of_conversation(self, conversation_id: ConversationId) -> tuple[Escalation, ...]:
        """All of them, oldest first."""
        ...

    def claim(
        self, conversation_id: ConversationId, staff: str, *, at: datetime, until: datetime
    ) -> None:
        """All open ones of the conversation belong to this person; `claimed_at` is their first."""
        ...

    def unclaim(self, conversation_id: ConversationId) -> None: ...

    def renew(self, conversation_id: ConversationId, until: datetime) -> None: ...

    def replied(self, conversation_id: ConversationId, at: datetime) -> None:
        """A person answered: set the first reply of all open ones that have none."""
        ...

    def resolve(
        self,
        escalation_id: EscalationId,
        *,
        by: str,
        outcome: Outcome,
        note: str,
        details: Mapping[str, str],
        at: datetime,
    ) -> bool:
        """False if it was resolved before; then nothing changed."""
        ...

    def returned(self, conversation_id: ConversationId, at: datetime) -> tuple[Escalation, ...]:
        """Mark those resolved and not yet returned, and give them, oldest first."""
        ...

    def move(self, source: ConversationId, target: ConversationId) -> tuple[Escalation, ...]:
        """Open ones go to another conversation; give those that stay: their reason is open there."""
        ...

    def rate(self, escalation_id: EscalationId, rating: int, at: datetime) -> bool:
        """Keep the borrower's first rating; False if there was one."""
        ...

    def queue(self, wanted: QueueFilter) -> tuple[Queued, ...]:
        """Open ones, the most urgent first, then the longest waiting."""
        ...

    def count_ahead(self, priority: int, opened_at: datetime) -> int:
        """How many unclaimed ones come before one of this priority and instant."""
        ...

    def recently_answered(self, limit: int) -> tuple[Escalation, ...]:
        """The latest to get a first reply, newest first."""
        ...


class StaffRecords(Protocol):
    def add(
        self,
        *,
        login: str,
        name: str,
        role: Role,
        language: str,
        password_hash: str,
        created_at: datetime,
    ) -> Staff:
        """Raises StaffExists."""
        ...

    def get(self, staff_id: StaffId) -> Staff: ...

    def by_login(self, login: str, *, for_update: bool = False) -> Staff | None: ...

    def all(self) -> tuple[Staff, ...]:
        """By sign-in name, disabled ones too."""
        ...

    def save(self, staff: Staff) -> None:
        """Every field but id, login and created_at."""
        ...

    def add_session(self, session: StaffSession) -> None: ...

    def session(self, token_hash: str) -> StaffSession | None: ...

    def touch_session(self, token_hash: str, at: datetime) -> None: ...

    def end_session(self, token_hash: str, at: datetime) -> None: ...

    def end_sessions_of(self, staff_id: StaffId, at: datetime, *, but: str | None = None) -> None:
        """Every session of one person; `but` is the hash of one that goes on."""
        ...

    def sessions_of(self, staff_id: StaffId) -> tuple[StaffSession, ...]:
        """Those that were not ended, newest first."""
        ...

    def seen_since(self, at: datetime) -> tuple[Staff, ...]:
        """Active members with a session that was used since then."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffNote:
    """A private note on a conversation; the borrower never sees it."""

    id: int
    conversation_id: ConversationId
    author: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryNote:
    """What happened while a person spoke, for the memory of the dialogue engine."""

    id: int
    conversation_id: ConversationId
    at: datetime
    facts: Mapping[str, str] = field(default_factory=dict)


class StaffNotes(Protocol):
    def add(
        self, conversation_id: ConversationId, *, author: str, text: str, at: datetime
    ) -> StaffNote: ...

    def of_conversation(self, conversation_id: ConversationId) -> tuple[StaffNote, ...]:
        """Oldest first."""
        ...

    def add_memory(
        self, conversation_id: ConversationId, facts: Mapping[str, str], at: datetime
    ) -> None: ...

    def memories(self, conversation_id: ConversationId) -> tuple[MemoryNote, ...]:
        """Those that the dialogue engine was not told yet, oldest first."""
        ...

    def told(self, note_ids: Collection[int], at: datetime) -> None: ...


class StaffEvents(Protocol):
    def add(
        self,
        kind: EventKind,
        *,
        at: datetime,
        conversation_id: ConversationId | None = None,
        escalation_id: EscalationId | None = None,
        actor: str | None = None,
        details: Mapping[str, str] | None = None,
        once: str | None = None,
    ) -> bool:
        """Keep one event. `once`: False, and nothing is kept, if one with this key was kept before."""
        ...

    def after(self, event_id: int, limit: int) -> tuple[StaffEvent, ...]:
        """Oldest first."""
        ...

    def latest_id(self) -> int:
        """0 when there is none."""
        ...

    def of_conversation(self, conversation_id: ConversationId) -> tuple[StaffEvent, ...]:
        """Oldest first, without messages."""
        ...

    def prune(self, before: datetime) -> int:
        """Forget message events older than this; returns how many."""
        ...


class StaffView(Protocol):
    """Reads that only the console makes."""

    def lapsed(self, now: datetime, limit: int) -> tuple[ConversationId, ...]:
        """Conversations whose holder's lease is over."""
        ...

    def keep_contact_point(
        self, borrower_id: BorrowerId, point_id: int | None, kind: str, value: str
    ) -> bool:
        """Replace one of the borrower's, or add one; not verified. False if that is not possible."""
        ...

    def is_sending(self, conversation_id: ConversationId, since: datetime) -> bool:
        """Whether a message to the borrower, cleared since then, is on its way to the channel."""
        ...

    def held_by(self, staff: str) -> tuple[Conversation, ...]: ...

    def last_inbound(self, conversation_id: ConversationId) -> MessageId | None:
        """The borrower's newest message."""
        ...

    def messages_before(
        self, conversation_id: ConversationId, before: int | None, limit: int
    ) -> tuple[StoredMessage, ...]:
        """Messages with an id below `before` (None: the newest), oldest first."""
        ...
