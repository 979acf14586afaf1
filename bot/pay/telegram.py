"""Payments inside Telegram: invoices that only this bot can have written, checked before money moves.

Telegram asks once before it takes the money and waits ten seconds for the answer
(core.telegram.org/bots/api#answerprecheckoutquery, read 2026-11). What it then reports as paid is
booked whatever we think of it: the money has moved.
"""

from __future__ import annotations

import asyncio
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

import structlog

from bot.messages import Channel
from bot.pay.amounts import from_provider
from bot.pay.clerk import TELEGRAM
from bot.pay.desk import PayDesk, Taken
from bot.pay.ports import ProviderRefused
from bot.ports import Clock, Store, UnitOfWork
from bot.telegram_text import Paid, PreCheckout, nearest_language
from bot.texts import Texts
from lending.accounts import AccountStatus
from lending.dates import local_day
from lending.pay_orders import Heard, OrderState, PayEvent, PayOrder
from lending.quote import payoff_on

log = structlog.get_logger(__name__)

_MAC_BYTES = 18


def invoice_seal(key: bytes) -> Callable[[PayOrder, str], str]:
    """Makes the payload of an invoice: it fits this order, amount and chat, and nothing else."""
    return lambda order, address: f"{order.id}.{_mac(key, order, address)}"


class TelegramTill:
    """Answers what Telegram asks before a payment, and takes what it reports after it."""

    def __init__(
        self,
        *,
        store: Store,
        desk: PayDesk,
        texts: Texts,
        clock: Clock,
        key: bytes,
        after: Callable[[], None] = lambda: None,
    ) -> None:
        self._store, self._desk, self._texts = store, desk, texts
        self._clock, self._key, self._after = clock, key, after

    async def check(self, query: PreCheckout) -> str | None:
        """None: Telegram may take the money. Else why not, for the borrower to read."""
        try:
            return await asyncio.to_thread(self._objection, query)
        except Exception as error:  # noqa: BLE001 - unknown means no: no money may move on a guess
            log.error("pay.precheck_failed", error=type(error).__name__)
            return self.away(query)

    def away(self, query: PreCheckout) -> str:
        """What is said when there is no time left to look."""
        return self._say("utter_precheck_away", nearest_language(query.language_hint))

    async def paid(self, payment: Paid) -> None:
        """Book what was paid, once. Raises StoreUnavailable: then Telegram reports it again."""
        taken = await asyncio.to_thread(self._take, payment)
        if taken is Taken.UNKNOWN:
            log.error("pay.telegram_unknown_order")
        self._after()

    def _take(self, payment: Paid) -> Taken:
        try:
            amount = from_provider(payment.total, payment.currency)
        except ProviderRefused:  # a fraction of the smallest unit: repeating it would not help
            return Taken.UNKNOWN
        return self._desk.heard(
            PayEvent(
                provider=TELEGRAM,
                key=payment.charge_id,
                kind=Heard.PAID,
                at=payment.at or self._clock(),
                amount=amount,
                order_id=payment.payload.partition(".")[0],
                payment_ref=payment.provider_charge_id or None,
            )
        )

    def _objection(self, query: PreCheckout) -> str | None:
        now = self._clock()
        with self._store.unit() as uow:
            order_id, _, mac = query.payload.partition(".")
            order = uow.pay.order(order_id) if len(order_id) <= 32 else None
            if order is None or not self._is_ours(order, query, mac):
                log.warning("pay.precheck_refused", reason="payload")
                return self._say("utter_precheck_stale", nearest_language(query.language_hint))
            key = self._why_not(uow, order, query, now)
        if key is None:
            return None
        log.info("pay.precheck_refused", reason=key)
        return self._say(key, order.language)

    def _is_ours(self, order: PayOrder, query: PreCheckout, mac: str) -> bool:
        right = _mac(self._key, order, query.address)
        return order.provider == TELEGRAM and hmac.compare_digest(mac.encode(), right.encode())

    def _why_not(
        self, uow: UnitOfWork, order: PayOrder, query: PreCheckout, now: datetime
    ) -> str | None:
        if order.state is OrderState.PAID:
            return "utter_precheck_paid"
        try:
            asked = from_provider(query.total, query.currency)
        except ProviderRefused:
            return "utter_precheck_stale"
        chat = uow.conversations.find(Channel.TELEGRAM, query.address)
        is_theirs = chat is not None and chat.identity.borrower_id == order.borrower_id
        if asked != order.amount or not is_theirs or not order.may_be_paid(now):
            return "utter_precheck_stale"
        file = uow.accounts.file(order.account_id)
        today = local_day(now, uow.borrowers.get(order.borrower_id).timezone)
        is_open = file.account.status is AccountStatus.ACTIVE
        if not is_open or order.amount > payoff_on(file, today):
            return "utter_precheck_changed"
        return None

    def _say(self, key: str, language: str) -> str:
        return self._texts.content(key, language).text


def _mac(key: bytes, order: PayOrder, address: str) -> str:
    amount = order.amount
    signed = f"telegram-invoice:{order.id}:{amount.minor}:{amount.currency}:{address}".encode()
    return urlsafe_b64encode(hmac.digest(key, signed, sha256)[:_MAC_BYTES]).decode()
