""" "I have paid already": a claim that waits for its payment, and what it is matched by. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from lending.accounts import Payment, PaymentStatus
from lending.ids import AccountId, BorrowerId, ConversationId, PaymentId
from lending.money import Money

EARLIER = timedelta(days=4)
"""How long before the day that the borrower names a payment may be dated: people mistake a day."""

LOOKED_FOR = timedelta(days=45)
"""How long after the named day a payment can still be the one, though reminders go on by then."""


class ClaimState(StrEnum):
    """`expired`: its pause is over and no payment was found; one that comes late still matches."""

    OPEN = "open"
    MATCHED = "matched"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the borrower says was paid. `until_on` is the first day on which reminders go on again.

    Without a hold it paused nothing: the same claim had paused before.
    """

    id: int
    borrower_id: BorrowerId
    account_id: AccountId
    amount: Money
    paid_on: date
    opened_at: datetime
    conversation_id: ConversationId | None = None
    state: ClaimState = ClaimState.OPEN
    hold_id: int | None = None
    until_on: date | None = None
    payment_id: PaymentId | None = None
    resolved_at: datetime | None = None


def payment_for(
    claim: Claim, payments: Iterable[Payment], taken: Collection[PaymentId] = ()
) -> Payment | None:
    """The payment that a claim speaks of: the same amount, dated near the day; settled ones first.

    `taken` are payments that other claims were matched by. Failed and reversed payments are none.
    """
    fitting = [
        payment
        for payment in payments
        if payment.id not in taken
        and payment.status in (PaymentStatus.SETTLED, PaymentStatus.PENDING)
        and payment.amount == claim.amount
        and claim.paid_on - EARLIER <= payment.initiated_on <= claim.paid_on + LOOKED_FOR
    ]
    fitting.sort(key=lambda p: (p.status is not PaymentStatus.SETTLED, p.initiated_on, p.id))
    return fitting[0] if fitting else None


def is_repeated(claims: Iterable[Claim], account_id: AccountId, amount: Money, day: date) -> bool:
    """Whether a claim of this payment was made before: the same words pause reminders once only."""
    return any(
        claim.account_id == account_id
        and claim.amount == amount
        and abs(claim.paid_on - day) <= EARLIER
        for claim in claims
        if claim.state is not ClaimState.MATCHED
    )


def pause_until(
    claims: Iterable[Claim], account_id: AccountId, amount: Money, day: date, today: date, days: int
) -> date | None:
    """Until when a new claim pauses reminders; None if it was made before, or another still does."""
    known = [claim for claim in claims if claim.account_id == account_id]
    if days < 1 or is_repeated(known, account_id, amount, day):
        return None
    return today + timedelta(days=days)
