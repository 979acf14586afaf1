"""What many accounts owe on a day, as known at an instant: one pass in SQL, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lending.entries import Split
from lending.ids import AccountId
from lending.money import Money
from store.tables import LedgerEntryRow

_ROWS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """The sums of one account's entries; `split.credit` is the borrower's."""

    account_id: AccountId
    split: Split


def balances(
    session: Session,
    *,
    as_of: date,
    known_at: datetime | None = None,
    accounts: Sequence[AccountId] | None = None,
) -> Iterator[AccountBalance]:
    """Balances of all accounts with entries, or of those named, by account id.

    Counts entries effective on `as_of` or before and, with `known_at`, booked by that instant:
    what a statement printed then said, whatever was backdated since.
    """
    row = LedgerEntryRow
    sums = [
        func.sum(column)
        for column in (
            *(row.principal_minor, row.interest_minor, row.fee_minor, row.penalty_minor),
            row.credit_minor,
        )
    ]
    query = (
        select(row.account_id, func.min(row.currency), *sums)
        .where(row.effective_on <= as_of)
        .group_by(row.account_id)
        .order_by(row.account_id)
        .execution_options(yield_per=_ROWS_AT_ONCE)
    )
    if known_at is not None:
        query = query.where(row.booked_at <= known_at)
    if accounts is not None:
        query = query.where(row.account_id.in_(accounts))
    with session.execute(query) as found:
        for account_id, currency, *minors in found:
            amounts = [Money(int(minor), currency) for minor in minors]
            yield AccountBalance(
                AccountId(account_id), Split(**dict(zip(_PARTS, amounts, strict=True)))
            )


_PARTS = ("principal", "interest", "fee", "penalty", "credit")
