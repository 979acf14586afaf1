"""Balances as plain sums of booked rows, so that a database can do the same over many accounts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from lending.accounts import LedgerEntry
from lending.entries import Split


def balances(
    entries: Iterable[LedgerEntry], currency: str, *, as_of: date, known_at: datetime | None = None
) -> Split:
    """The sum of each component over the rows effective up to the end of `as_of`.

    `known_at` leaves out what was booked after that instant: the balance as it was known then.
    Cancelled rows and their cancellations add up to nothing, so every row counts.
    """
    principal = interest = fee = penalty = credit = 0
    for entry in entries:
        if entry.effective_on > as_of or (known_at is not None and entry.booked_at > known_at):
            continue
        principal += entry.principal.minor
        interest += entry.interest.minor
        fee += entry.fee.minor
        penalty += entry.penalty.minor
        credit += entry.credit.minor
    return Split.of(
        currency, principal=principal, interest=interest, fee=fee, penalty=penalty, credit=credit
    )
