"""The states of a payment, and what each change of state tells the ledger.

pending -> settled | failed; settled -> reversed. A pending payment counts as paid for reminders,
never for balances: only settling it gives the ledger money, only reversing it takes money back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from lending.accounts import EntryKind, Payment, PaymentStatus
from lending.entries import Posting
from lending.errors import DatesOutOfOrder, IllegalTransition
from lending.money import Money, total

_NEXT = {
    PaymentStatus.PENDING: frozenset({PaymentStatus.SETTLED, PaymentStatus.FAILED}),
    PaymentStatus.SETTLED: frozenset({PaymentStatus.REVERSED}),
    PaymentStatus.FAILED: frozenset[PaymentStatus](),
    PaymentStatus.REVERSED: frozenset[PaymentStatus](),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentChange:
    """A payment that went from one state to another on a local day."""

    before: Payment
    after: Payment
    on: date


def change(payment: Payment, to: PaymentStatus, *, on: date) -> PaymentChange:
    """Take a payment to another state; staying in the same one is a repeated report.

    Raises IllegalTransition for a way that does not exist, DatesOutOfOrder for a day before the
    payment was initiated or, for a reversal, settled.
    """
    if to is payment.status:
        return PaymentChange(before=payment, after=payment, on=on)
    if to not in _NEXT[payment.status]:
        raise IllegalTransition(
            f"A {payment.status} payment cannot become {to}.",
            hint="Pending settles or fails; settled can be reversed; the others are final.",
        )
    if on < (payment.settled_on or payment.initiated_on):
        raise DatesOutOfOrder(
            "The payment would change before it was made.", hint="Correct the date."
        )
    settled_on = on if to is PaymentStatus.SETTLED else payment.settled_on
    return PaymentChange(
        before=payment, after=replace(payment, status=to, settled_on=settled_on), on=on
    )


def postings_for(external_key: str, made: PaymentChange) -> tuple[Posting, ...]:
    """What the ledger is told of a change; nothing for pending, failed and repeated reports.

    `external_key` is the payment's id with whoever moved the money; it makes the posting's key.
    """
    if made.before.status is made.after.status:
        return ()
    if made.after.status is PaymentStatus.SETTLED:
        return (_posting(external_key, made, EntryKind.REPAYMENT),)
    if made.after.status is PaymentStatus.REVERSED:
        return (_posting(external_key, made, EntryKind.REVERSAL),)
    return ()


def _posting(external_key: str, made: PaymentChange, kind: EntryKind) -> Posting:
    paid = f"payment:{external_key}"
    back = kind is EntryKind.REVERSAL
    return Posting(
        key=f"payment-reversed:{external_key}" if back else paid,
        kind=kind,
        effective_on=made.on,
        amount=made.after.amount,
        reverses=paid if back else None,
        payment_id=made.after.id,
    )


def on_its_way(payments: Iterable[Payment], currency: str) -> Money:
    """What is pending: paid as far as reminders go, not in any balance."""
    pending = (p.amount for p in payments if p.status is PaymentStatus.PENDING)
    return total(pending, currency)
