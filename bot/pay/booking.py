"""What a report means for the ledger, the lender's system, and the borrower: in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.conversation import EscalationReason
from bot.effects import escalate_borrower
from bot.events import emit
from bot.ports import UnitOfWork
from lending.accounts import Borrower, EntryKind, Payment, PaymentStatus
from lending.bookkeeping import change_payment, place_hold, record_payment, record_posting
from lending.dates import local_day
from lending.entries import Posting
from lending.events import EventType
from lending.holds import HoldKind, open_hold
from lending.ids import PaymentId
from lending.money import Money
from lending.pay_orders import PayEvent, PayOrder, Step, to_take_back
from lending.pay_ports import News, NewsKind

_METHOD_LONGEST = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One report at work. `today` is the borrower's; `on` the local day of what is reported."""

    uow: UnitOfWork
    order: PayOrder
    event: PayEvent
    borrower: Borrower
    now: datetime

    @property
    def today(self) -> date:
        return local_day(self.now, self.borrower.timezone)

    @property
    def on(self) -> date:
        """Never before the order, never in the future, whatever the provider's clock says."""
        day = local_day(self.event.at, self.borrower.timezone)
        began = local_day(self.order.created_at, self.borrower.timezone)
        return min(max(day, began), self.today)

    def carry_out(self, step: Step) -> PayOrder:
        """Do what the report asks for; the order as it is then. Raises LendingError."""
        match step:
            case Step.NOTE_PENDING:
                self._record(PaymentStatus.PENDING)
                self._tell(EventType.PAYMENT_PENDING, self.paid)
                self._news(NewsKind.PENDING, self.paid)
            case Step.BOOK:
                return self._book()
            case Step.FAIL:
                self._fail()
            case Step.TAKE_BACK:
                return self._take_back(self.order)
            case Step.DISPUTE:
                self._dispute()
            case Step.WRONG:
                self._ask_a_person("the provider reports another currency, or no money")
            case _:
                pass
        return self.order

    @property
    def paid(self) -> Money:
        return Money(self.order.paid_minor, self.order.amount.currency)

    def _book(self) -> PayOrder:
        self._record(PaymentStatus.SETTLED)
        self._tell(EventType.PAYMENT_RECEIVED, self.paid)
        self._news(NewsKind.RECEIPT, self.paid)
        return self._take_back(self.order)

    def _record(self, status: PaymentStatus) -> None:
        """The payment in the ledger; one that was pending settles."""
        books, order = self.uow.plans, self.order
        known = books.payment(order.account_id, order.payment_key)
        if known is None:
            record_payment(
                books,
                order.account_id,
                Payment(
                    id=PaymentId(0),
                    amount=self.paid,
                    status=status,
                    method=order.provider[:_METHOD_LONGEST],
                    initiated_on=self.on,
                    settled_on=self.on if status is PaymentStatus.SETTLED else None,
                ),
                external_key=order.payment_key,
                today=self.today,
                now=self.now,
            )
        elif known.status is PaymentStatus.PENDING and status is PaymentStatus.SETTLED:
            self._change(status, max(self.on, known.initiated_on))

    def _change(self, status: PaymentStatus, on: date) -> None:
        change_payment(
            self.uow.plans,
            self.order.account_id,
            self.order.payment_key,
            status,
            on=on,
            today=self.today,
            now=self.now,
        )

    def _fail(self) -> None:
        known = None
        if self.order.pieces:
            known = self.uow.plans.payment(self.order.account_id, self.order.payment_key)
        if known is not None and known.status is PaymentStatus.PENDING:
            self._change(PaymentStatus.FAILED, max(self.on, known.initiated_on))
        self._tell(EventType.PAYMENT_FAILED, self.order.amount)
        self._news(NewsKind.FAILED, self.order.amount)

    def _take_back(self, order: PayOrder) -> PayOrder:
        """Book what was refunded: the whole payment reversed, or a part of it charged back."""
        back = to_take_back(order)
        if not back:
            return order
        known = self.uow.plans.payment(order.account_id, order.payment_key)
        on = max(self.on, (known.settled_on if known else None) or self.on)
        if back == self.paid:
            self._change(PaymentStatus.REVERSED, on)
        else:
            posting = Posting(
                key=f"refund-{order.id}-{order.taken_back_minor + back.minor}",
                kind=EntryKind.CHARGEBACK,
                effective_on=on,
                amount=back,
                reverses=f"payment:{order.payment_key}",
            )
            record_posting(
                self.uow.plans, order.account_id, posting, today=self.today, now=self.now
            )
        self._tell(EventType.PAYMENT_REFUNDED, back)
        self._news(NewsKind.REFUNDED, back, f"{order.id}:{order.taken_back_minor + back.minor}")
        return replace(order, taken_back_minor=order.taken_back_minor + back.minor)

    def _dispute(self) -> None:
        """The payer's bank asks for the money back: nobody is reminded until a person has looked."""
        file = self.uow.accounts.file(self.order.account_id)
        if not any(h.kind is HoldKind.DISPUTE and h.covers(self.today) for h in file.holds):
            hold = open_hold(
                kind=HoldKind.DISPUTE,
                borrower_id=self.order.borrower_id,
                account_id=self.order.account_id,
                from_on=self.today,
                until_on=None,
                owner="system",
                reason="a payment is disputed at the payer's bank",
            )
            place_hold(self.uow.plans, hold, today=self.today, now=self.now)
        amount = self.event.amount or self.order.amount
        self._tell(EventType.PAYMENT_DISPUTED, amount)
        self._ask_a_person(
            f"a payment of {amount.amount} {amount.currency} is disputed at the payer's bank"
        )

    def _ask_a_person(self, why: str) -> None:
        details = f"{why}; payment {self.order.id}, provider {self.order.provider}"
        escalate_borrower(
            self.uow,
            self.order.borrower_id,
            EscalationReason.PAYMENT_PROBLEM,
            self.now,
            details=details,
        )

    def _tell(self, type: EventType, amount: Money) -> None:
        emit(
            self.uow,
            type,
            at=self.now,
            borrower_id=self.order.borrower_id,
            account_id=self.order.account_id,
            payment=self.order.payment_key,
            amount_minor=amount.minor,
            currency=amount.currency,
            on=self.on.isoformat(),
            provider=self.order.provider,
        )

    def _news(self, kind: NewsKind, amount: Money, subject: str | None = None) -> None:
        self.uow.pay.add_news(
            News(
                kind=kind,
                subject=(subject or f"{self.order.id}:{self.order.pieces}")[:64],
                borrower_id=self.order.borrower_id,
                account_id=self.order.account_id,
                created_at=self.now,
                next_try_at=self.now,
                conversation_id=self.order.conversation_id,
                order_id=self.order.id,
                data={
                    "amount_minor": amount.minor,
                    "currency": amount.currency,
                    "on": self.on.isoformat(),
                },
            )
        )
