"""The postings of an early payoff, so that money that clears a loan does clear it.

An ordinary repayment of that size would pay the next instalments in advance, their interest
included; a payoff charges the interest accrued to the day, pays everything, and ends the schedule.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from lending.accounts import EntryKind
from lending.entries import REBATE, Posting, Split
from lending.errors import BadAmount
from lending.ids import PaymentId
from lending.ledger_types import DerivedLedger
from lending.money import Money


def payoff_postings(
    ledger: DerivedLedger,
    *,
    key: str,
    on: date,
    accrued: Money,
    amount: Money,
    payment_id: PaymentId | None = None,
) -> tuple[Posting, ...]:
    """Interest `accrued` since the last charge (of the payoff quote), if any, and the repayment.

    Below zero, interest paid in advance is not earned yet: it is waived from principal. `ledger`
    is derived through `on` without them. What is above the payoff becomes credit. If the payment
    bounces, take back both. Raises BadAmount for less than the payoff.
    """
    owed = ledger.balance
    over = amount - (owed.owed + accrued)
    if over.minor < 0:
        raise BadAmount(
            "The amount does not clear the loan.", hint="Book it as an ordinary repayment."
        )
    rebate = (-accrued).at_least_zero()
    accrued = accrued.at_least_zero()
    repayment = Posting(
        key=key,
        kind=EntryKind.REPAYMENT,
        effective_on=on,
        amount=amount,
        split=Split(
            principal=rebate - owed.principal,
            interest=-(owed.interest + accrued),
            fee=-owed.fee,
            penalty=-owed.penalty,
            credit=over,
        ),
        payment_id=payment_id,
    )
    if rebate:
        waived = replace(Split.zero(rebate.currency), principal=-rebate)
        waiver = Posting(
            key=f"{REBATE}{key}",
            kind=EntryKind.WAIVER,
            effective_on=on,
            amount=rebate,
            split=waived,
        )
        return waiver, repayment
    if not accrued:
        return (repayment,)
    interest = Posting(
        key=f"accrued:{key}", kind=EntryKind.INTEREST, effective_on=on, amount=accrued
    )
    return interest, repayment
