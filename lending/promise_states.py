"""What became of promises to pay: computed from payments only, never stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from lending.accounts import Payment, PaymentStatus
from lending.errors import CurrencyMismatch, InvalidPromise
from lending.ids import PaymentId, PromiseId
from lending.money import Money, total
from lending.promises import Promise


class PromiseState(StrEnum):
    OPEN = "open"
    KEPT = "kept"
    PARTIAL = "partial"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """The part of a payment that went towards a promise. `arrived_on` None: still on its way."""

    payment_id: PaymentId
    amount: Money
    arrived_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseOutcome:
    """What became of a promise, as known on a day.

    `received` has arrived; `pending` is on its way; `left` is what has not arrived.
    `resolved_on` is the first day on which it was open no more, None while it is open. `portions`
    tells which payments made up `received`.
    """

    state: PromiseState
    received: Money
    pending: Money
    left: Money
    resolved_on: date | None
    portions: tuple[Portion, ...]


def promise_states(
    promises: Sequence[Promise],
    payments: Iterable[Payment],
    today: date,
    *,
    tolerance: Money | None = None,
) -> dict[PromiseId, PromiseOutcome]:
    """What became of the promises of one account, as known on `today`.

    `payments` are those of the account; their order does not matter. Each goes, in the order of
    the days they were sent, to the promise due earliest that takes it, and what is over to the
    next: no money counts twice. A promise is

    - kept once all of it but `tolerance` (default nothing) has arrived, whenever it arrives;
    - open through its last day of grace, and after it while money sent in time is on its way;
    - then partial when some has arrived, broken when none has.

    Failed and reversed payments are nothing: a reversal undoes what the payment had kept. Raises
    CurrencyMismatch for mixed currencies; InvalidPromise for promises of several accounts, a
    doubled id, a negative tolerance, or a payment of zero or below.
    """
    sent = _sent_by(payments, today)
    _check(promises, sent, tolerance)
    arrived = _fill(promises, [payment for payment in sent if _arrival(payment, today)], today)
    # Filled together, since money on its way can push later money on to another promise.
    expected = _fill(promises, sent, today)
    return {
        promise.id: _outcome(promise, arrived[promise.id], expected[promise.id], today, tolerance)
        for promise in promises
    }


def _sent_by(payments: Iterable[Payment], today: date) -> list[Payment]:
    counted = (PaymentStatus.PENDING, PaymentStatus.SETTLED)
    sent = [p for p in payments if p.status in counted and p.initiated_on <= today]
    return sorted(sent, key=lambda payment: (payment.initiated_on, payment.id))


def _arrival(payment: Payment, today: date) -> date | None:
    """The day the money arrived; None if it had not by the given day."""
    if payment.status is not PaymentStatus.SETTLED:
        return None
    arrived_on = max(payment.settled_on or payment.initiated_on, payment.initiated_on)
    return arrived_on if arrived_on <= today else None


def _check(promises: Sequence[Promise], sent: list[Payment], tolerance: Money | None) -> None:
    if len({promise.account_id for promise in promises}) > 1:
        raise InvalidPromise(
            "Promises of several accounts were put together.", hint="Ask for each account alone."
        )
    if len({promise.id for promise in promises}) != len(promises):
        raise InvalidPromise("Two promises have the same id.", hint="Give each its own.")
    amounts = [*(p.amount for p in promises), *(p.amount for p in sent)]
    if tolerance is not None:
        amounts.append(tolerance)
        if tolerance.minor < 0:
            raise InvalidPromise("The tolerance is negative.", hint="Give zero or more.")
    if promises and len({amount.currency for amount in amounts}) > 1:
        raise CurrencyMismatch(
            "Promises and payments have different currencies.", hint="An account has one currency."
        )
    if any(payment.amount.minor <= 0 for payment in sent):
        raise InvalidPromise(
            "A payment of zero or below was given.", hint="Money paid out is no payment."
        )


def _fill(
    promises: Sequence[Promise], sent: Iterable[Payment], today: date
) -> dict[PromiseId, list[Portion]]:
    earliest_due = sorted(promises, key=lambda p: (p.due_on, p.made_on, p.id))
    left = {promise.id: promise.amount for promise in promises}
    portions: dict[PromiseId, list[Portion]] = {promise.id: [] for promise in promises}
    for payment in sent:
        unused = payment.amount
        for promise in earliest_due:
            part = min(unused, left[promise.id])
            if not part or not promise.takes(payment):
                continue
            portions[promise.id].append(
                Portion(payment_id=payment.id, amount=part, arrived_on=_arrival(payment, today))
            )
            left[promise.id] -= part
            unused -= part
    return portions


def _outcome(
    promise: Promise,
    arrived: list[Portion],
    expected: list[Portion],
    today: date,
    tolerance: Money | None,
) -> PromiseOutcome:
    received = total((portion.amount for portion in arrived), promise.amount.currency)
    pending = total((portion.amount for portion in expected), promise.amount.currency) - received
    left = promise.amount - received
    enough = not left or (tolerance is not None and left <= tolerance and bool(received))
    if enough:
        state = PromiseState.KEPT
    elif today <= promise.last_day or pending:
        state = PromiseState.OPEN
    else:
        state = PromiseState.PARTIAL if received else PromiseState.BROKEN
    return PromiseOutcome(
        state=state,
        received=received,
        pending=pending,
        left=left,
        resolved_on=_resolved_on(promise, state, arrived),
        portions=tuple(arrived),
    )


def _resolved_on(promise: Promise, state: PromiseState, arrived: list[Portion]) -> date | None:
    last_arrival = max((p.arrived_on for p in arrived if p.arrived_on), default=promise.made_on)
    match state:
        case PromiseState.OPEN:
            return None
        case PromiseState.KEPT:
            return last_arrival
        case _:
            return max(promise.last_day + timedelta(days=1), last_arrival)
