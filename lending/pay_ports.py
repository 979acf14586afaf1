"""What payments in the chat need kept: orders, reports of providers, news, claims, mandates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from lending.errors import TideoverError
from lending.events import Fact
from lending.ids import AccountId, BorrowerId, ConversationId, PaymentId
from lending.mandates import Mandate
from lending.pay_orders import PayEvent, PayOrder
from lending.payment_claims import Claim


class UnknownOrder(TideoverError):
    """No payment was asked for under this id."""


class ReportState(StrEnum):
    """What became of a provider's report.

    `waiting`: for a payment that is not known yet. `stuck`: the ledger did not take it; a person
    has to look, and it is tried again.
    """

    DONE = "done"
    WAITING = "waiting"
    STUCK = "stuck"


class NewsKind(StrEnum):
    """What a borrower is told once."""

    RECEIPT = "receipt"
    PENDING = "pending"
    FAILED = "failed"
    REFUNDED = "refunded"
    CLAIM_MATCHED = "claim_matched"
    CLAIM_EXPIRED = "claim_expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Something to tell a borrower. `subject` and `kind` together are told once."""

    id: int = 0
    kind: NewsKind
    subject: str
    borrower_id: BorrowerId
    account_id: AccountId
    created_at: datetime
    next_try_at: datetime
    conversation_id: ConversationId | None = None
    order_id: str | None = None
    data: Mapping[str, Fact] = field(default_factory=dict)
    tries: int = 0


class PayBook(Protocol):
    """Nothing is kept before the unit of work is committed."""

    def add_order(self, order: PayOrder) -> None: ...

    def order(self, order_id: str, *, for_update: bool = False) -> PayOrder | None: ...

    def find_order(
        self, *, session_id: str | None = None, payment_ref: str | None = None
    ) -> PayOrder | None:
        """The order that a provider knows by its session or payment, locked."""
        ...

    def open_orders(self, account_id: AccountId) -> tuple[PayOrder, ...]:
        """Those that are open or pending, newest first."""
        ...

    def begun_since(self, account_id: AccountId, since: datetime) -> frozenset[PaymentId]:
        """Payments in the ledger that were begun here after an instant."""
        ...

    def save_order(self, order: PayOrder, now: datetime) -> None: ...

    def note_report(
        self, event: PayEvent, *, order_id: str | None, state: ReportState, now: datetime
    ) -> bool:
        """Keep a report; False if it was heard before. A second caller waits for the first."""
        ...

    def set_report(self, event: PayEvent, state: ReportState, *, note: str = "") -> None: ...

    def reports(
        self, state: ReportState, limit: int, *, payment_ref: str | None = None
    ) -> tuple[PayEvent, ...]:
        """Oldest first."""
        ...

    def add_news(self, news: News) -> bool:
        """Whether it is new."""
        ...

    def due_news(self, now: datetime, limit: int) -> tuple[News, ...]: ...

    def claim_news(self, news_id: int, now: datetime) -> bool:
        """Mark it as told, before it is; of two callers one gets True."""
        ...

    def give_back_news(self, news_id: int, *, next_try_at: datetime) -> None: ...

    def add_claim(self, claim: Claim) -> Claim:
        """The claim with its number."""
        ...

    def claims_of(self, borrower_id: BorrowerId) -> tuple[Claim, ...]:
        """In the order in which they were made."""
        ...

    def unmatched_claims(self, limit: int, *, after: int = 0) -> tuple[Claim, ...]:
        """Open and expired ones that may still be matched, by number."""
        ...

    def save_claim(self, claim: Claim) -> None: ...

    def add_mandate(self, mandate: Mandate) -> Mandate | None:
        """The mandate with its number; None if the account has one in force."""
        ...

    def mandates_of(self, borrower_id: BorrowerId) -> tuple[Mandate, ...]: ...

    def revoke_mandate(self, mandate_id: int, *, at: datetime, via: str) -> bool:
        """Whether it was in force until now."""
        ...
