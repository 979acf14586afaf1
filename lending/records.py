"""What the lender's system tells us about, before it is kept: people, ways to reach them, accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from lending.accounts import Instalment, PaymentStatus, Product
from lending.money import Money
from lending.terms import CardTerms, LoanTerms

OPENING = "opening"
"""The key of the posting that lends the money of a loan."""


class PointKind(StrEnum):
    """What sort of address a contact point is."""

    TELEGRAM = "telegram"
    PHONE = "phone"
    EMAIL = "email"
    WEB = "web"


@dataclass(frozen=True, slots=True, kw_only=True)
class BorrowerRecord:
    """One person, as the lender's system knows them.

    `birth_date` is the second fact that proves who writes; None keeps what is known.
    """

    reference: str
    full_name: str
    given_name: str
    language: str
    timezone: str
    jurisdiction: str
    country: str
    birth_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PointRecord:
    """A way to reach a borrower."""

    borrower: str
    kind: PointKind
    value: str
    verified_at: datetime | None = None
    reachable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRecord:
    """An account as it was agreed.

    `instalments` None lets the terms of a loan make its schedule; () says that the lender sends it.
    """

    reference: str
    borrower: str
    opened_on: date
    terms: LoanTerms | CardTerms
    instalments: tuple[Instalment, ...] | None = None

    @property
    def product(self) -> Product:
        is_loan = isinstance(self.terms, LoanTerms)
        return Product.INSTALMENT_LOAN if is_loan else Product.CREDIT_CARD

    @property
    def currency(self) -> str:
        match self.terms:
            case LoanTerms(principal=amount) | CardTerms(credit_limit=amount):
                return amount.currency

    @property
    def lent_on(self) -> date:
        """When the money of a loan was paid out."""
        first_day = self.terms.disbursed_on if isinstance(self.terms, LoanTerms) else None
        return first_day or self.opened_on


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRecord:
    """The lender's own schedule of a loan, from the row that is due first to the last."""

    account: str
    instalments: tuple[Instalment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRecord:
    """A payment; `key` is its id with whoever moved the money."""

    account: str
    key: str
    amount: Money
    status: PaymentStatus
    method: str
    initiated_on: date
    settled_on: date | None = None
