"""What is asked of the ledger (postings), and what the ledger works out for itself (charges)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from lending.accounts import EntryKind
from lending.ids import PaymentId
from lending.money import Money, total
from lending.terms import Component

REBATE = "rebate:"
"""Begins the key of a waiver that belongs to the payoff with the rest of the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """An amount by component, signed: positive raises what the borrower owes.

    `credit` is money received beyond what is owed, positive when it grows.
    """

    principal: Money
    interest: Money
    fee: Money
    penalty: Money
    credit: Money

    @classmethod
    def zero(cls, currency: str) -> Split:
        return cls.of(currency)

    @classmethod
    def of(
        cls,
        currency: str,
        *,
        principal: int = 0,
        interest: int = 0,
        fee: int = 0,
        penalty: int = 0,
        credit: int = 0,
    ) -> Split:
        """From minor units."""
        nothing = Money.zero(currency)
        return cls(
            principal=Money(principal, currency) if principal else nothing,
            interest=Money(interest, currency) if interest else nothing,
            fee=Money(fee, currency) if fee else nothing,
            penalty=Money(penalty, currency) if penalty else nothing,
            credit=Money(credit, currency) if credit else nothing,
        )

    @property
    def owed(self) -> Money:
        """The change of what is owed, over all four components."""
        parts = (self.principal, self.interest, self.fee, self.penalty)
        return total(parts, self.principal.currency)

    def __add__(self, other: Split) -> Split:
        return Split(
            principal=self.principal + other.principal,
            interest=self.interest + other.interest,
            fee=self.fee + other.fee,
            penalty=self.penalty + other.penalty,
            credit=self.credit + other.credit,
        )

    def __neg__(self) -> Split:
        return Split(
            principal=-self.principal,
            interest=-self.interest,
            fee=-self.fee,
            penalty=-self.penalty,
            credit=-self.credit,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """Something that happened, as told to the ledger from outside; it is never changed.

    `key` is the caller's own id: the same key is the same posting. `amount` is positive; what it
    does follows from `kind`. `split` fixes the components where the lender's books decided them
    (imports); without it the ledger allocates. `reverses` names the key of the posting taken back.
    """

    key: str
    kind: EntryKind
    effective_on: date
    amount: Money
    split: Split | None = None
    reverses: str | None = None
    payment_id: PaymentId | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Interest, a fee or a penalty that the terms bring about on a day."""

    key: str
    kind: EntryKind
    effective_on: date
    amount: Money


@dataclass(frozen=True, slots=True)
class Part:
    """What a line did to one debt: `minor` units, signed, positive raises what is owed.

    Instalments are named by schedule version and number; other debts have version 0 and number 0
    and are known by their component and the day they are due.
    """

    version: int
    number: int
    component: Component
    due_on: date
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """One line of the derived ledger: a posting or a charge with the components it came to.

    `parts` tells the split by debt; the parts of a component add up to the split's.
    """

    key: str
    kind: EntryKind
    effective_on: date
    split: Split
    reverses: str | None = None
    payment_id: PaymentId | None = None
    parts: tuple[Part, ...] = ()


class ChargeRules(Protocol):
    """When a product's own charges fall due, and how much they are. Pure."""

    at_day_end: bool
    """Whether a day's charges come after the day's postings (cards) or before them (loans)."""

    def next_day(self, after: date) -> date | None:
        """The next day later than `after` on which charges are assessed; None: never again."""

    def assess(self, on: date, so_far: Sequence[Derived]) -> tuple[Charge, ...]:
        """The charges of that day, given every line effective until then. Keys are unique."""
