"""Autopay: what a borrower allowed the lender to collect by itself. Recorded here, not carried out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lending.ids import AccountId, BorrowerId, ConversationId


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """A consent to autopay: the very words agreed to, where, when, and for which account."""

    id: int
    borrower_id: BorrowerId
    account_id: AccountId
    consent: str
    language: str
    source: str
    given_at: datetime
    conversation_id: ConversationId | None = None
    revoked_at: datetime | None = None
    revoked_via: str | None = None

    @property
    def is_in_force(self) -> bool:
        return self.revoked_at is None
