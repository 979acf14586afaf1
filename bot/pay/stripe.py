"""A hosted payment page by Stripe's Checkout Session, or by anything that speaks the same.

The form and its fields: docs.stripe.com/api/checkout/sessions/create (read 2026-11). The provider
learns an amount, the lender's name and the id of the order; nothing of the borrower or the debt.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import structlog

from bot.pay.amounts import to_provider
from bot.pay.ports import About, ProviderAway, ProviderRefused, Session
from lending.pay_orders import PayOrder

log = structlog.get_logger(__name__)

API_VERSION = "2024-06-20"
SESSIONS = "/v1/checkout/sessions"
TIMEOUT_S = 8.0
"""In all, for one page: the borrower waits for it."""

_LOCALES = {"en": "en", "zh-Hans": "zh", "zh-Hant": "zh-TW"}


class StripeCheckout:
    """Implements `bot.pay.ports.Checkout`. `transport` is where requests go instead of the net."""

    def __init__(
        self,
        *,
        secret: str,
        api_url: str,
        name: str = "stripe",
        is_own: bool = False,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._secret, self._url = secret, f"{api_url}{SESSIONS}"
        self._name, self._is_own = name, is_own
        self._transport, self._timeout = transport, timeout_s

    @property
    def name(self) -> str:
        return self._name

    @property
    def is_own(self) -> bool:
        return self._is_own

    async def open(self, order: PayOrder, about: About) -> Session:
        answer = await self._post(fields_of(order, about), key=order.id)
        if answer.status_code == httpx.codes.CONFLICT or answer.status_code in (401, 403, 429):
            # A key that is being used at this moment, our own settings, or too many requests.
            raise self._away(f"status {answer.status_code}")
        if answer.is_client_error:
            raise ProviderRefused(
                f"The payment provider refused the page (status {answer.status_code}).",
                hint="See its dashboard for the reason.",
            )
        if not answer.is_success:
            raise self._away(f"status {answer.status_code}")
        return self._session(answer)

    async def _post(self, fields: Mapping[str, str], *, key: str) -> httpx.Response:
        headers = {
            "Authorization": f"Bearer {self._secret}",
            "Idempotency-Key": key,
            "Stripe-Version": API_VERSION,
        }
        try:
            async with httpx.AsyncClient(
                timeout=self._timeout, transport=self._transport, follow_redirects=False
            ) as client:
                return await client.post(self._url, data=dict(fields), headers=headers)
        except httpx.HTTPError as error:
            # Its own text may name addresses and keys.
            raise self._away(type(error).__name__) from None

    def _session(self, answer: httpx.Response) -> Session:
        try:
            body: Any = answer.json()
            return Session(
                id=str(body["id"])[:255],
                url=str(body["url"]),
                expires_at=datetime.fromtimestamp(int(body["expires_at"]), UTC),
            )
        except (ValueError, KeyError, TypeError, OverflowError):
            raise self._away("an answer that makes no sense") from None

    def _away(self, why: str) -> ProviderAway:
        log.warning("pay.provider_away", provider=self._name, why=why)
        return ProviderAway(
            f"The payment provider did not make a page ({why}).",
            hint="It is tried again when the borrower asks again; check TIDEOVER_PAY_SECRET.",
        )


def fields_of(order: PayOrder, about: About) -> dict[str, str]:
    """The form of a new session. Raises ProviderRefused for an amount that cannot be charged."""
    item = "line_items[0]"
    fields = {
        "mode": "payment",
        "client_reference_id": order.id,
        "locale": _LOCALES.get(about.language, "auto"),
        "success_url": about.success_url,
        "cancel_url": about.cancel_url,
        "expires_at": str(int(order.expires_at.timestamp())),
        f"{item}[quantity]": "1",
        f"{item}[price_data][currency]": order.amount.currency.lower(),
        f"{item}[price_data][unit_amount]": str(to_provider(order.amount)),
        f"{item}[price_data][product_data][name]": about.title,
        "metadata[order]": order.id,
        # Copied on to the charge, so that a refund tells whose it is.
        "payment_intent_data[metadata][order]": order.id,
    }
    for name, amount in about.choices.items():
        fields[f"metadata[choice_{name}]"] = str(to_provider(amount))
    return fields
