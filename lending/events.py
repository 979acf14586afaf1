"""What the lender's own system is told of: facts that happened here, one row each.

An event says what happened and to whom in the lender's references, with codes, days and amounts;
never a name, an address or what somebody wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from lending.errors import TideoverError
from lending.ids import AccountId, BorrowerId

Fact = str | int | bool | None
"""What an event can say: text of a fixed set, a whole number (amounts in minor units), yes or no."""


class UnknownEvent(TideoverError):
    """No event has this number, or it is not in a state in which that can be done."""


class EventType(StrEnum):
    PROMISE_MADE = "promise.made"
    PROMISE_KEPT = "promise.kept"
    PROMISE_BROKEN = "promise.broken"
    PLAN_OFFERED = "plan.offered"
    PLAN_ACCEPTED = "plan.accepted"
    PLAN_FAILED = "plan.failed"
    DISPUTE_OPENED = "dispute.opened"
    HARDSHIP_REPORTED = "hardship.reported"
    OPTED_OUT = "contact.opted_out"
    COMPLAINT_MADE = "complaint.made"
    ESCALATION_OPENED = "escalation.opened"
    PAYMENT_CLAIMED = "payment.claimed"
    CLAIM_MATCHED = "payment.claim_matched"
    CLAIM_EXPIRED = "payment.claim_expired"
    PAYMENT_RECEIVED = "payment.received"
    PAYMENT_PENDING = "payment.pending"
    PAYMENT_FAILED = "payment.failed"
    PAYMENT_REFUNDED = "payment.refunded"
    PAYMENT_DISPUTED = "payment.disputed"
    AUTOPAY_AGREED = "autopay.agreed"
    AUTOPAY_REVOKED = "autopay.revoked"


class EventState(StrEnum):
    """How far an event has come. A dead one was given up; those after it in its stream wait."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact that is about to be kept.

    Events of one borrower (or, where nobody is known, of one conversation) are delivered in the
    order of keeping; one that belongs to neither stands alone.
    """

    type: EventType
    at: datetime
    borrower_id: BorrowerId | None = None
    account_id: AccountId | None = None
    conversation_id: str | None = None
    data: Mapping[str, Fact] = field(default_factory=dict)

    @property
    def stream(self) -> str | None:
        if self.borrower_id is not None:
            return f"borrower:{self.borrower_id}"
        return self.conversation_id and f"conversation:{self.conversation_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEvent:
    """An event as it is delivered. `number` rises with each commit; `key` is the same at each try."""

    number: int
    key: str
    type: EventType
    at: datetime
    borrower: str | None
    account: str | None
    conversation: str | None
    data: Mapping[str, Fact]
    state: EventState
    attempts: int
    next_try_at: datetime
    delivered_at: datetime | None = None
    last_error: str | None = None


class Events(Protocol):
    """The outbox of events. What is added is kept in the same commit as the change, or not at all."""

    def add(self, event: Event) -> None: ...

    def claim(self, now: datetime, *, until: datetime, limit: int) -> tuple[KeptEvent, ...]:
        """The oldest event of each stream that is to be tried now, claimed until an instant.

        Of two callers none gets what the other has claimed. A stream whose oldest event is not due
        yet, or dead, or claimed, gives nothing.
        """
        ...

    def delivered(self, number: int, at: datetime) -> None: ...

    def failed(self, number: int, *, error: str, next_try_at: datetime | None) -> None:
        """Count a try that failed; without a next one the event is dead."""
        ...

    def page(
        self,
        *,
        after: int,
        limit: int,
        state: EventState | None = None,
        borrower_id: BorrowerId | None = None,
    ) -> tuple[KeptEvent, ...]:
        """In the order of keeping; who reads on from the last number misses none."""
        ...

    def replay(
        self, now: datetime, *, numbers: Iterable[int] | None = None, since: datetime | None = None
    ) -> int:
        """Let events be delivered again, in their order: those named, those since an instant, or

        without either all that are dead. Returns how many.
        """
        ...

    def skip(self, number: int) -> None:
        """Give a waiting or dead event up, so that those after it go on. Raises UnknownEvent."""
        ...
