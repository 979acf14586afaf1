"""Plain types of the money: borrowers, accounts, schedules, statements, ledger entries, payments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from lending.ids import AccountId, BorrowerId, LedgerEntryId, PaymentId
from lending.money import Money
from lending.terms import CardTerms, LoanTerms


class Product(StrEnum):
    INSTALMENT_LOAN = "instalment_loan"
    CREDIT_CARD = "credit_card"


class AccountStatus(StrEnum):
    ACTIVE = "active"
    SETTLED = "settled"
    WRITTEN_OFF = "written_off"


class EntryKind(StrEnum):
    DISBURSEMENT = "disbursement"
    PURCHASE = "purchase"
    REPAYMENT = "repayment"
    INTEREST = "interest"
    FEE = "fee"
    PENALTY = "penalty"
    WAIVER = "waiver"
    CAPITALISATION = "capitalisation"
    REVERSAL = "reversal"
    CHARGEBACK = "chargeback"
    REFUND = "refund"
    WRITE_OFF = "write_off"
    RECOVERY = "recovery"


class PaymentStatus(StrEnum):
    PENDING = "pending"
    SETTLED = "settled"
    FAILED = "failed"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Borrower:
    """One person. `jurisdiction` is a contact-rule profile (US, CN, UK, IN, STRICT)."""

    id: BorrowerId
    reference: str
    full_name: str
    given_name: str
    language: str
    timezone: str
    jurisdiction: str
    country: str

    def called(self, language: str) -> str:
        """How to address the borrower: Chinese uses the whole name, English the given one."""
        return self.given_name if language == "en" else self.full_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    id: AccountId
    borrower_id: BorrowerId
    reference: str
    product: Product
    currency: str
    status: AccountStatus
    opened_on: date
    terms: LoanTerms | CardTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class Instalment:
    """What one schedule row asks for."""

    number: int
    due_on: date
    principal: Money
    interest: Money

    @property
    def amount(self) -> Money:
        return self.principal + self.interest


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Version n of an account's schedule; a change makes n+1 and keeps n.

    From the start of `from_on` its rows due on or after that day replace those of version n; None
    is from the beginning.
    """

    version: int
    reason: str
    instalments: tuple[Instalment, ...]
    from_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A card statement: what was owed at closing and the least that is due by `due_on`."""

    number: int
    closed_on: date
    due_on: date
    balance: Money
    minimum_due: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One append-only booking, by component, signed: positive raises what the borrower owes.

    `credit` is money received beyond what was owed. `origin` is the key of the posting or charge
    that it books; "" stands for its idempotency key. A reversal names the entry that it takes
    back: with that entry's own origin it cancels it (same effective date, negated split), because
    the ledger was derived anew; with another, it books the taking back of a posting.
    """

    id: LedgerEntryId
    kind: EntryKind
    effective_on: date
    booked_at: datetime
    idempotency_key: str
    principal: Money
    interest: Money
    fee: Money
    penalty: Money
    credit: Money
    reverses: LedgerEntryId | None = None
    payment_id: PaymentId | None = None
    origin: str = ""

    @property
    def owed_change(self) -> Money:
        return self.principal + self.interest + self.fee + self.penalty

    @property
    def received(self) -> Money:
        """Money that came in (positive) through this entry, for repayments."""
        return self.credit - self.owed_change


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    id: PaymentId
    amount: Money
    status: PaymentStatus
    method: str
    initiated_on: date
    settled_on: date | None = None
