"""All that is kept of one account, as one value: the input of every question about it."""

from __future__ import annotations

from dataclasses import dataclass

from lending.accounts import Account, LedgerEntry, Payment, Schedule, Statement
from lending.entries import Posting
from lending.holds import Hold
from lending.promises import Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFile:
    """Everything in the order of keeping; `schedules` are all versions, oldest first.

    `holds` are those of the account and those of its borrower that name no account.
    `promises` are those that were not cancelled.
    """

    account: Account
    schedules: tuple[Schedule, ...] = ()
    statements: tuple[Statement, ...] = ()
    entries: tuple[LedgerEntry, ...] = ()
    payments: tuple[Payment, ...] = ()
    postings: tuple[Posting, ...] = ()
    holds: tuple[Hold, ...] = ()
    promises: tuple[Promise, ...] = ()

    @property
    def schedule(self) -> Schedule | None:
        """The version in effect."""
        return self.schedules[-1] if self.schedules else None
