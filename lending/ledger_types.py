"""What the ledger of an account rests on, what is derived from it, and what is to be appended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, runtime_checkable

from lending.accounts import Account, EntryKind, Instalment, LedgerEntry, Schedule
from lending.allocation import OpenItem
from lending.entries import ChargeRules, Derived, Posting, Split
from lending.ids import PaymentId
from lending.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFile:
    """All that the ledger of one account rests on.

    `postings` are the outside events so far, `entries` the rows booked so far; both in any order.
    `rules` know the terms and the holds. A card has no schedules.
    """

    account: Account
    rules: ChargeRules
    schedules: tuple[Schedule, ...] = ()
    postings: tuple[Posting, ...] = ()
    entries: tuple[LedgerEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """A row to append. `reverses` is the idempotency key of the row that it takes back; that row
    may stand earlier in the same batch. `origin` is the key of the posting or charge it books.
    """

    kind: EntryKind
    effective_on: date
    booked_at: datetime
    idempotency_key: str
    origin: str
    split: Split
    reverses: str | None = None
    payment_id: PaymentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalmentBalance:
    """A schedule row in effect, with what is left of it.

    `interest_left` is what has yet to be paid of its interest, charged already or not.
    """

    version: int
    instalment: Instalment
    principal_left: Money
    interest_left: Money

    @property
    def left(self) -> Money:
        return self.principal_left + self.interest_left

    @property
    def is_paid(self) -> bool:
        return not self.left


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedLedger:
    """The ledger at the end of `through`.

    `lines` in the order in which they took effect; `balance` is their sum; `open_items` what is
    owed, oldest first; `instalments` the rows of the schedule in effect; `written_off` what was
    written off and not recovered.
    """

    through: date
    lines: tuple[Derived, ...]
    balance: Split
    open_items: tuple[OpenItem, ...]
    instalments: tuple[InstalmentBalance, ...]
    is_written_off: bool
    written_off: Money


@runtime_checkable
class InterestRules(Protocol):
    """Charge rules of a loan, which know an instalment's interest before it is charged."""

    def scheduled_interest(self, version: int, row: Instalment) -> Money:
        """The interest that will be charged on the row's due date, less what holds suspend."""
