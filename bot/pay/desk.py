"""Where reports of payment providers arrive: each is heard once, in any order, and nothing is lost.

A report and all that follows from it are one transaction: the order's row is locked first, so that
the same report in eight processes at once is booked by one of them and known to the others.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

import structlog

from bot.conversation import EscalationReason
from bot.effects import escalate_borrower
from bot.pay.booking import Booking
from bot.pay.claims import match_account
from bot.ports import Clock, Store, UnitOfWork
from lending.errors import LendingError
from lending.ids import AccountId
from lending.pay_orders import Heard, PayEvent, PayOrder, Step, hear
from lending.pay_ports import ReportState

log = structlog.get_logger(__name__)

Recheck = Callable[[UnitOfWork, AccountId, datetime], None]
"""Looks again at what is planned for an account, because money came in."""

_MONEY_MOVED = frozenset({Step.NOTE_PENDING, Step.BOOK, Step.FAIL, Step.TAKE_BACK})
_MAY_COME_FIRST = frozenset({Heard.REFUNDED, Heard.DISPUTED})
_AT_ONCE = 50


class Taken(StrEnum):
    """What became of a report."""

    DONE = "done"
    REPEATED = "repeated"
    UNKNOWN = "unknown"
    WAITING = "waiting"
    STUCK = "stuck"


class PayDesk:
    """Takes reports; safe to call from any thread and any process."""

    def __init__(self, *, store: Store, clock: Clock, recheck: Recheck | None = None) -> None:
        self._store, self._clock, self._recheck = store, clock, recheck

    def heard(self, event: PayEvent) -> Taken:
        """Take one report of a provider. Raises StoreUnavailable: then it must come again.

        What the ledger refuses (a closed account) is kept as stuck, and a person is asked.
        """
        try:
            return self._take(event)
        except LendingError as error:
            log.error("pay.report_stuck", kind=event.kind, error=type(error).__name__)
            return self._keep_stuck(event, error)

    def retry_stuck(self) -> int:
        """Try again what the ledger refused; how many were booked now."""
        with self._store.unit() as uow:
            stuck = uow.pay.reports(ReportState.STUCK, _AT_ONCE)
        done = 0
        for event in stuck:
            try:
                with self._store.unit() as uow:
                    order = self._order_of(uow, event)
                    if order is not None:
                        self._follow(uow, order, event)
                        uow.pay.set_report(event, ReportState.DONE)
                        uow.commit()
                        done += 1
            except LendingError as error:
                log.warning("pay.still_stuck", kind=event.kind, error=type(error).__name__)
        return done

    def _take(self, event: PayEvent) -> Taken:
        now = self._clock()
        with self._store.unit() as uow:
            order = self._order_of(uow, event)
            if order is None:
                return self._unknown(uow, event, now)
            new = uow.pay.note_report(event, order_id=order.id, state=ReportState.DONE, now=now)
            if not new:
                log.info("pay.report_repeated", kind=event.kind)
                return Taken.REPEATED
            order = self._follow(uow, order, event)
            if order.payment_ref is not None:
                # A refund or dispute can overtake the payment that it is about.
                for early in uow.pay.reports(
                    ReportState.WAITING, _AT_ONCE, payment_ref=order.payment_ref
                ):
                    order = self._follow(uow, order, early)
                    uow.pay.set_report(early, ReportState.DONE)
            uow.commit()
        log.info("pay.report_taken", kind=event.kind, provider=event.provider)
        return Taken.DONE

    def _follow(self, uow: UnitOfWork, order: PayOrder, event: PayEvent) -> PayOrder:
        now = self._clock()
        after, step = hear(order, event)
        booking = Booking(
            uow=uow,
            order=after,
            event=event,
            borrower=uow.borrowers.get(order.borrower_id),
            now=now,
        )
        after = booking.carry_out(step)
        uow.pay.save_order(after, now)
        uow.audit.append(
            at=now,
            actor=f"provider:{event.provider}",
            event=f"payment.{event.kind}",
            subject=f"order:{order.id}",
            details={"step": step.value, "report": event.key},
        )
        if step in _MONEY_MOVED:
            match_account(uow, order.borrower_id, order.account_id, now)
            if self._recheck is not None:
                self._recheck(uow, order.account_id, now)
        return after

    def _order_of(self, uow: UnitOfWork, event: PayEvent) -> PayOrder | None:
        """The order that a report is about, locked; only one of that very provider."""
        order = None
        if event.order_id is not None and len(event.order_id) <= 32:
            order = uow.pay.order(event.order_id, for_update=True)
        if order is None:
            order = uow.pay.find_order(session_id=event.session_id, payment_ref=event.payment_ref)
        if order is None or order.provider != event.provider:
            return None
        return order

    def _unknown(self, uow: UnitOfWork, event: PayEvent, now: datetime) -> Taken:
        """Another shop of the same provider; or a refund whose payment was not heard of yet."""
        if event.kind not in _MAY_COME_FIRST or event.payment_ref is None:
            log.info("pay.report_unknown", kind=event.kind)
            return Taken.UNKNOWN
        uow.pay.note_report(event, order_id=None, state=ReportState.WAITING, now=now)
        uow.commit()
        return Taken.WAITING

    def _keep_stuck(self, event: PayEvent, error: LendingError) -> Taken:
        now = self._clock()
        with self._store.unit() as uow:
            order = self._order_of(uow, event)
            assert order is not None  # the ledger was asked for it
            if not uow.pay.note_report(event, order_id=order.id, state=ReportState.STUCK, now=now):
                return Taken.REPEATED
            uow.pay.set_report(event, ReportState.STUCK, note=error.message)
            amount = event.amount or order.amount
            escalate_borrower(
                uow,
                order.borrower_id,
                EscalationReason.PAYMENT_PROBLEM,
                now,
                details=f"{amount.amount} {amount.currency} came in ({order.payment_key}) and could"
                f" not be booked: {error.message}",
            )
            uow.commit()
        return Taken.STUCK
