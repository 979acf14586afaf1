"""A payment that a borrower began in a chat, and what its provider tells of it. Pure.

Providers repeat themselves, are late, and overtake each other. So an order only moves towards what
is true of the money: paid wins over expired and failed, whichever is heard first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from lending.ids import AccountId, BorrowerId, ConversationId, MessageId
from lending.money import Money


class PayChoice(StrEnum):
    """What the borrower chose to pay."""

    OVERDUE = "overdue"
    NEXT = "next"
    FULL = "full"
    OTHER = "other"


class OrderState(StrEnum):
    """How far a payment has come. `pending`: the provider has it, the money is on its way."""

    OPEN = "open"
    PENDING = "pending"
    FAILED = "failed"
    EXPIRED = "expired"
    PAID = "paid"


UNDER_WAY = frozenset({OrderState.OPEN, OrderState.PENDING})


@dataclass(frozen=True, slots=True, kw_only=True)
class PayOrder:
    """One payment that was asked for. `id` is a secret of this installation and the provider.

    `session_id` and `url` are the provider's page; `payment_ref` its own name for the money.
    `asked_by` is the borrower's message that asked, which the receipt answers. `pieces` counts the
    ledger payments that it became: a second one only if the provider takes a failure back.
    """

    id: str
    borrower_id: BorrowerId
    account_id: AccountId
    amount: Money
    choice: PayChoice
    provider: str
    language: str
    created_at: datetime
    expires_at: datetime
    conversation_id: ConversationId | None = None
    asked_by: MessageId | None = None
    state: OrderState = OrderState.OPEN
    session_id: str | None = None
    url: str | None = None
    payment_ref: str | None = None
    paid_minor: int = 0
    refunded_minor: int = 0
    taken_back_minor: int = 0
    pieces: int = 0

    def may_be_paid(self, now: datetime) -> bool:
        return self.state is OrderState.OPEN and now < self.expires_at

    @property
    def payment_key(self) -> str:
        """The key of its latest payment in the ledger."""
        return f"pay-{self.id}" if self.pieces < 2 else f"pay-{self.id}-{self.pieces}"


class Heard(StrEnum):
    """What a provider can tell of a payment."""

    PROCESSING = "processing"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"
    REFUNDED = "refunded"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PayEvent:
    """One report of a provider. `key` is the provider's own: the same key is the same report.

    `amount` is what was paid, or all that was refunded so far, or what is disputed. `at`: when it
    happened, as the provider says. One of the three references names the order.
    """

    provider: str
    key: str
    kind: Heard
    at: datetime
    amount: Money | None = None
    order_id: str | None = None
    session_id: str | None = None
    payment_ref: str | None = None


class Step(StrEnum):
    """What is to be done about a report."""

    NOTHING = "nothing"
    NOTE_PENDING = "note_pending"
    BOOK = "book"
    FAIL = "fail"
    EXPIRE = "expire"
    TAKE_BACK = "take_back"
    DISPUTE = "dispute"
    WRONG = "wrong"


def hear(order: PayOrder, event: PayEvent) -> tuple[PayOrder, Step]:
    """The order as it is after a report, and what to do about it.

    A report in another currency than the order's, or of no money, is `wrong`: a person has to look. A refund that
    comes before its payment waits in `refunded_minor` until there is something to take back.
    """
    known = replace(
        order,
        payment_ref=order.payment_ref or event.payment_ref,
        session_id=order.session_id or event.session_id,
    )
    if event.amount is not None and event.amount.currency != order.amount.currency:
        return known, Step.WRONG
    paid = (order.amount if event.amount is None else event.amount).minor
    if event.kind in (Heard.PAID, Heard.PROCESSING) and not paid:
        return known, Step.WRONG
    match event.kind:
        case Heard.PROCESSING if order.state in (OrderState.OPEN, OrderState.EXPIRED):
            return _piece(replace(known, state=OrderState.PENDING, paid_minor=paid)), (
                Step.NOTE_PENDING
            )
        case Heard.PAID if order.state is not OrderState.PAID:
            fresh = known if order.state is OrderState.PENDING else _piece(known)
            return replace(fresh, state=OrderState.PAID, paid_minor=paid), Step.BOOK
        case Heard.FAILED if order.state in (*UNDER_WAY, OrderState.EXPIRED):
            return replace(known, state=OrderState.FAILED), Step.FAIL
        case Heard.EXPIRED if order.state is OrderState.OPEN:
            return replace(known, state=OrderState.EXPIRED), Step.EXPIRE
        case Heard.REFUNDED if paid > order.refunded_minor:
            back = replace(known, refunded_minor=paid)
            return back, Step.TAKE_BACK if order.state is OrderState.PAID else Step.NOTHING
        case Heard.DISPUTED:
            return known, Step.DISPUTE
        case _:
            return known, Step.NOTHING


def to_take_back(order: PayOrder) -> Money:
    """What was refunded of a paid order, and not taken back in the ledger yet."""
    due = min(order.refunded_minor, order.paid_minor) - order.taken_back_minor
    return Money(max(due, 0), order.amount.currency)


def _piece(order: PayOrder) -> PayOrder:
    return replace(order, pieces=order.pieces + 1)
