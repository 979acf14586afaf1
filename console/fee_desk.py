"""Fees that staff waive, within the limit of their role."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from bot.ports import Clock, Store
from bot.staff import Staff
from console.changes import (
    AboveLimit,
    BadChange,
    Changes,
    NotHere,
    checked_reason,
    need_own,
    note_change,
)
from console.permissions import Action, may, require
from lending.accounts import EntryKind, LedgerEntry
from lending.bookkeeping import record_posting
from lending.books_of import is_derived, standing
from lending.entries import Posting, Split
from lending.ids import AccountId, BorrowerId, ConversationId
from lending.money import Money
from lending.sentences import Sentence

WAIVED_WITHIN = timedelta(days=365)
_KEY = "staff-waiver:"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverLimits:
    """How much an agent may waive on one account within a year, in units of its currency."""

    agent: int = 50


class FeeDesk(Changes):
    """Waives fees on accounts whose books are kept here."""

    def __init__(self, *, store: Store, clock: Clock, limits: WaiverLimits | None = None) -> None:
        super().__init__(store=store, clock=clock)
        self._limits = limits or WaiverLimits()

    def waive_fees(
        self,
        staff: Staff,
        borrower_id: BorrowerId,
        account_id: AccountId,
        amount: Money,
        *,
        reason: str,
        key: str,
        conversation_id: ConversationId | None = None,
    ) -> Money:
        """Waive late fees, then penalties, up to what is owed of them; returns what is left.

        `key` makes a form count once. Raises NotAllowed, AboveLimit (a supervisor may), BadChange,
        NotHere for accounts whose books the lender's own system keeps.
        """
        require(staff.role, Action.WAIVE_FEE)
        reason = checked_reason(reason)
        with self._store.unit() as uow:
            now, today = self._now(uow, borrower_id)
            need_own(uow, account_id, borrower_id)
            file = uow.plans.locked(account_id)
            if not is_derived(file):
                raise NotHere(
                    "The lender's own system keeps the books of this account.",
                    hint="Waive the fee there; it arrives here with the next import.",
                )
            posting_key = f"{_KEY}{key}"
            fee, penalty = _fees(standing(file, today).file.entries, amount.currency)
            if any(posting.key == posting_key for posting in file.postings):
                return fee + penalty
            if amount.minor <= 0 or amount.minor > (fee + penalty).minor:
                raise BadChange(
                    "This is not an amount of fees that is owed.",
                    hint="Choose more than nothing and no more than the fees.",
                )
            self._check_limit(staff, file.postings, amount, today)
            from_fee = min(amount.minor, fee.minor)
            split = Split.of(amount.currency, fee=-from_fee, penalty=from_fee - amount.minor)
            posting = Posting(
                key=posting_key,
                kind=EntryKind.WAIVER,
                effective_on=today,
                amount=amount,
                split=split,
                note=reason,
            )
            record_posting(uow.plans, account_id, posting, today=today, now=now)
            left = fee + penalty - amount
            details = {
                "account": file.account.reference,
                "minor": str(amount.minor),
                "currency": amount.currency,
                "left": str(left.minor),
                "reason": reason,
            }
            note_change(uow, staff, now, "fee.waived", borrower_id, details, conversation_id)
            uow.commit()
        return left

    def _check_limit(
        self, staff: Staff, postings: Iterable[Posting], amount: Money, today: date
    ) -> None:
        before = sum(
            one.amount.minor
            for one in postings
            if one.key.startswith(_KEY) and one.effective_on > today - WAIVED_WITHIN
        )
        limit = Money.from_decimal(Decimal(self._limits.agent), amount.currency)
        if before + amount.minor > limit.minor and not may(staff.role, Action.WAIVE_ABOVE_LIMIT):
            raise AboveLimit(
                Sentence(
                    "You may waive %(limit)s on one account in a year; %(left)s of it is left.",
                    limit=limit,
                    left=Money(max(limit.minor - before, 0), amount.currency),
                ),
                hint="Ask a supervisor to waive it.",
            )


def _fees(entries: Iterable[LedgerEntry], currency: str) -> tuple[Money, Money]:
    fee = penalty = Money.zero(currency)
    for entry in entries:
        fee, penalty = fee + entry.fee, penalty + entry.penalty
    return fee, penalty
