"""A conversation with one borrower on one channel, as it is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.handover import Control
from bot.messages import Author, Channel, DeliveryState, Kind
from lending.ids import BorrowerId, ConversationId, EscalationId, MessageId

MASK = "[identity answer]"
"""What is kept in place of a second fact."""


class IdentityStage(StrEnum):
    """How well we know who writes. Nothing about a debt is said before `verified`."""

    UNKNOWN = "unknown"
    LINKED = "linked"
    VERIFIED = "verified"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who this chat belongs to.

    LINKED: a link token named the borrower, the second fact is still to come.
    VERIFIED lapses at `expires_at`, which moves with each message of the borrower.
    `tries` counts wrong second facts since the token; `locked_until` bounds a lock in time.
    """

    stage: IdentityStage = IdentityStage.UNKNOWN
    borrower_id: BorrowerId | None = None
    tries: int = 0
    expires_at: datetime | None = None
    locked_until: datetime | None = None

    def is_verified(self, now: datetime) -> bool:
        return (
            self.stage is IdentityStage.VERIFIED
            and self.expires_at is not None
            and now < self.expires_at
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """`language` is what the last message was in, or the borrower's choice when `language_chosen`."""

    id: ConversationId
    channel: Channel
    address: str
    is_private: bool
    language: str
    language_chosen: bool
    identity: Identity = field(default_factory=Identity)
    control: Control = field(default_factory=Control)
    unclear_turns: int = 0
    reachable: bool = True
    greeted: bool = False
    opened_at: datetime
    last_inbound_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMessage:
    """A message as kept; `text` of an identity answer is replaced by a mask before it is stored."""

    id: MessageId
    conversation_id: ConversationId
    author: Author
    kind: Kind
    text: str
    at: datetime
    update_key: str | None = None
    answers: MessageId | None = None
    delivery: DeliveryState | None = None
    buttons: tuple[tuple[str, str], ...] = ()
    url_buttons: tuple[tuple[str, str], ...] = ()
    picture: bytes | None = None
    picture_alt: str | None = None
    handled_at: datetime | None = None


class EscalationReason(StrEnum):
    """Why a person is needed. The order of urgency is in `PRIORITY`."""

    ASKED = "asked_for_person"
    NOT_UNDERSTOOD = "not_understood"
    HARDSHIP = "hardship"
    EXTENSION = "extension"
    PROMISE = "promise"
    DISPUTE = "dispute"
    COMPLAINT = "complaint"
    DISTRESS = "distress"
    LEGAL = "legal_representation"
    WRONG_PERSON = "wrong_person"
    IDENTITY = "identity_failed"
    PAYMENT_MISSING = "payment_missing"
    CONTACT_PREFERENCES = "contact_preferences"
    CONTACT_DETAILS = "contact_details"
    CREDIT_RECORD = "credit_record"
    DATA_REQUEST = "data_request"
    ENGINE_ERROR = "engine_error"
    RULE = "blocked_by_rule"


PRIORITY: dict[EscalationReason, int] = {
    reason: {
        EscalationReason.DISTRESS: 0,
        EscalationReason.WRONG_PERSON: 1,
        EscalationReason.LEGAL: 1,
        EscalationReason.COMPLAINT: 1,
        EscalationReason.DISPUTE: 1,
        EscalationReason.HARDSHIP: 1,
        EscalationReason.ENGINE_ERROR: 1,
    }.get(reason, 2)
    for reason in EscalationReason
}
"""0 is urgent, 1 high, 2 normal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    id: EscalationId
    conversation_id: ConversationId
    reason: EscalationReason
    priority: int
    opened_at: datetime
    packet: dict[str, str]
    resolved_at: datetime | None = None
