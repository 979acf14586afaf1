"""Reads that only the staff console makes: lists, searches and the figures of reports.

`store` implements it, each question with a bounded number of queries. Part of the unit of work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from bot.conversation import EscalationReason, Outcome
from lending.accounts import Payment
from lending.ids import AccountId, BorrowerId, ConversationId, MessageId
from lending.plan_records import KeptOffer, OfferState, Plan
from lending.promises import Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class BorrowerHit:
    """A borrower in a list. `conversations` counts the chats; `last_inbound_at` is of any of them."""

    id: BorrowerId
    reference: str
    full_name: str
    country: str
    language: str
    accounts: int
    conversations: int
    last_inbound_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPoint:
    """A way to reach a borrower; `kind` is telegram, phone, email or web."""

    id: int
    kind: str
    value: str
    verified_at: datetime | None
    reachable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFilter:
    """Which contact decisions to list, newest first; None and "" mean any. Instants half-open."""

    borrower_id: BorrowerId | None = None
    conversation_id: ConversationId | None = None
    outcome: str = ""
    rule: str = ""
    purpose: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionLine:
    """One attempt, sent or not. `delivery` and `author` are those of the message, if one was made."""

    id: int
    at: datetime
    conversation_id: ConversationId | None
    borrower_id: BorrowerId | None
    borrower_name: str | None
    borrower_reference: str | None
    channel: str
    purpose: str
    outcome: str
    rules: tuple[str, ...]
    until: datetime | None
    version: str
    message_id: MessageId | None
    author: str | None
    delivery: str | None
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferLine:
    """An offer with whose it is. `conversation_id` is the borrower's latest chat."""

    kept: KeptOffer
    borrower_name: str
    borrower_reference: str
    account_reference: str
    conversation_id: ConversationId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    id: int
    at: datetime
    actor: str
    event: str
    subject: str
    details: Mapping[str, str]
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which audit rows to list, newest first; texts match exactly, but `event` by its beginning."""

    actor: str = ""
    event: str = ""
    subject: str = ""
    before: int | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkDay:
    """Conversations in which the borrower wrote on a UTC day, and those with a hand-off that day."""

    day: date
    conversations: int
    handed_off: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFigures:
    """What the reports count of an escalation."""

    reason: EscalationReason
    outcome: Outcome | None
    opened_at: datetime
    first_reply_at: datetime | None
    resolved_at: datetime | None
    rating: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionCount:
    outcome: str
    rules: tuple[str, ...]
    channel: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseBook:
    """The promises and payments of one account, as `promise_states` wants them."""

    account_id: AccountId
    promises: tuple[Promise, ...]
    payments: tuple[Payment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What operations ask for. `unhandled`: borrowers' messages that were not answered yet."""

    unhandled: int
    unconfirmed: int
    failed_last_day: int
    open_escalations: int
    oldest_unhandled_at: datetime | None
    feeds: tuple[tuple[str, datetime], ...]
    audit_rows: int
    borrowers: int
    accounts: int


class ConsoleReads(Protocol):
    """See the module. Instants aware, in UTC; periods half-open."""

    def find_borrowers(self, text: str, limit: int) -> tuple[BorrowerHit, ...]:
        """By a part of the name, or the beginning of a reference or of an account's reference."""
        ...

    def contact_points(self, borrower_id: BorrowerId) -> tuple[ContactPoint, ...]: ...

    def contact_point(self, point_id: int) -> tuple[BorrowerId, ContactPoint] | None: ...

    def decision_lines(self, wanted: DecisionFilter) -> tuple[DecisionLine, ...]: ...

    def offers(self, states: tuple[OfferState, ...], limit: int) -> tuple[OfferLine, ...]:
        """Oldest first."""
        ...

    def offer(self, offer_id: str) -> OfferLine | None: ...

    def offers_of(self, borrower_id: BorrowerId) -> tuple[KeptOffer, ...]: ...

    def plans_of(self, borrower_id: BorrowerId) -> tuple[Plan, ...]: ...

    def audit_lines(self, wanted: AuditFilter) -> tuple[AuditLine, ...]: ...

    def talk_days(self, since: datetime, until: datetime) -> tuple[TalkDay, ...]: ...

    def talk_totals(self, since: datetime, until: datetime) -> tuple[int, int]:
        """Conversations in which the borrower wrote, and those of them with a hand-off."""
        ...

    def cases(self, since: datetime, until: datetime) -> tuple[CaseFigures, ...]:
        """Escalations opened in the half-open time, resolved or not."""
        ...

    def decision_counts(self, since: datetime, until: datetime) -> tuple[DecisionCount, ...]: ...

    def promise_books(self, since: date, until: date) -> tuple[PromiseBook, ...]:
        """Of accounts with a promise due in the period; all their promises, payments since then."""
        ...

    def offer_counts(self, since: datetime, until: datetime) -> Mapping[str, int]:
        """Offers shown in the period by the state that they are in now."""
        ...

    def plans_started(self, since: date, until: date) -> tuple[tuple[date, str], ...]:
        """(day, state now) of each plan that started in the period."""
        ...

    def active_borrowers(self, after: int, limit: int) -> tuple[BorrowerId, ...]:
        """Borrowers with an active account, by id."""
        ...

    def active_accounts(self, most: int | None = None) -> tuple[AccountId, ...]:
        """Active accounts by id; of more than `most`, evenly chosen ones and no more than that."""
        ...

    def health(self, now: datetime) -> Health: ...
