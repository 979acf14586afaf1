"""A conversation with one borrower on one channel, as it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

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
    """`language` is what the last message was in, or the borrower's choice when `language_chosen`.

    `waiting_since`: when the borrower wrote what no person has answered yet, while one was wanted.
    `merged_into`: staff found that this is a second chat of a borrower, and work in the other one.
    """

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
    waiting_since: datetime | None = None
    merged_into: ConversationId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMessage:
    """A message as kept; `text` of an identity answer is replaced by a mask before it is stored.

    `staff` is the sign-in name of the person who wrote it, or on whose part a notice was written.
    """

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
    intent: str | None = None
    staff: str | None = None
    error: str | None = None
    document: bytes | None = None
    document_name: str | None = None
    handled_at: datetime | None = None


class EscalationReason(StrEnum):
    """Why a person is needed. The order of urgency is in `PRIORITY`."""

    ASKED = "asked_for_person"
    NOT_UNDERSTOOD = "not_understood"
    HARDSHIP = "hardship"
    EXTENSION = "extension"
    PROMISE = "promise"
    BROKEN_PROMISE = "broken_promise"
    PLAN_FAILED = "plan_failed"
    DISPUTE = "dispute"
    COMPLAINT = "complaint"
    DISTRESS = "distress"
    LEGAL = "legal_representation"
    WRONG_PERSON = "wrong_person"
    IDENTITY = "identity_failed"
    PAYMENT_MISSING = "payment_missing"
    PAYMENT_PROBLEM = "payment_problem"
    CONTACT_PREFERENCES = "contact_preferences"
    CONTACT_DETAILS = "contact_details"
    CREDIT_RECORD = "credit_record"
    DATA_REQUEST = "data_request"
    ENGINE_ERROR = "engine_error"
    RULE = "blocked_by_rule"
    UNDELIVERED = "undelivered"
    STAFF = "opened_by_staff"


PRIORITY: dict[EscalationReason, int] = {
    reason: {
        EscalationReason.DISTRESS: 0,
        EscalationReason.WRONG_PERSON: 1,
        EscalationReason.LEGAL: 1,
        EscalationReason.COMPLAINT: 1,
        EscalationReason.DISPUTE: 1,
        EscalationReason.HARDSHIP: 1,
        EscalationReason.ENGINE_ERROR: 1,
        EscalationReason.PLAN_FAILED: 1,
        EscalationReason.PAYMENT_PROBLEM: 1,
    }.get(reason, 2)
    for reason in EscalationReason
}
"""0 is urgent, 1 high, 2 normal."""


class Outcome(StrEnum):
    """What came of an escalation."""

    ANSWERED = "answered"
    PAID = "paid"
    PROMISE = "promise"
    DUE_DATE_MOVED = "due_date_moved"
    PLAN = "plan"
    HOLD = "hold"
    FEE_WAIVED = "fee_waived"
    DISPUTE = "dispute"
    COMPLAINT = "complaint"
    CONTACT_ENDED = "contact_ended"
    WRONG_PERSON = "wrong_person"
    REFERRED = "referred"
    NO_REPLY = "no_reply"
    DUPLICATE = "duplicate"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """One request for a person. A conversation has any number of them, one after or beside another.

    `packet` is what the person who comes needs to know (bot/packet.py). `details` say more of the
    outcome: the day and amount of a promise, the number of a plan or hold. `rating` is the
    borrower's, 1 to 5.
    """

    id: EscalationId
    conversation_id: ConversationId
    reason: EscalationReason
    priority: int
    opened_at: datetime
    packet: Mapping[str, Any]
    borrower_id: BorrowerId | None = None
    claimed_by: str | None = None
    claimed_at: datetime | None = None
    lease_until: datetime | None = None
    first_reply_at: datetime | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    outcome: Outcome | None = None
    note: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    returned_at: datetime | None = None
    rating: int | None = None
    rated_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.resolved_at is None
