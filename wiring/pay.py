"""Payments: which provider, its secrets, the trial provider, and what takes reports."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog

from lending.errors import TideoverError
from settings import Settings
from wiring.base import key_for

if TYPE_CHECKING:
    import httpx
    from fastapi import APIRouter, FastAPI

    from bot.outbox import Outbox
    from bot.pay.clerk import PayClerk
    from bot.pay.desk import PayDesk
    from bot.pay.links import AllowedHosts
    from bot.pay.ports import Checkout
    from bot.pay.sandbox import SandboxProvider
    from bot.pay.telegram import TelegramTill
    from bot.texts import Texts
    from store.db import Database

log = structlog.get_logger(__name__)

NEWS_EVERY_S = 5.0
REVIEW_EVERY_S = 300


class BadPaySettings(TideoverError):
    """The settings for payments do not fit together."""


@dataclass(slots=True, kw_only=True)
class Payments:
    """What takes payments in this installation. `woken`: something is to be told."""

    desk: PayDesk
    clerk: PayClerk
    routers: list[APIRouter] = field(default_factory=list)
    sandbox: SandboxProvider | None = None
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def sandbox_app(self) -> FastAPI | None:
        return None if self.sandbox is None else self.sandbox.app


def pays_here(settings: Settings) -> bool:
    """Whether a payment can be begun in the chat at all."""
    return settings.pay_provider != "none" or settings.pay_telegram_token is not None


def check_pay_settings(settings: Settings) -> None:
    """Raises BadPaySettings naming what is missing."""
    if settings.pay_provider != "stripe":
        return
    missing = [
        f"TIDEOVER_{name.upper()}"
        for name in ("pay_secret", "pay_webhook_secret", "base_url")
        if getattr(settings, name) is None
    ]
    if missing:
        raise BadPaySettings(
            f"Payments are set in part only: {', '.join(missing)} missing.",
            hint="Set them (docs/payments.md), or TIDEOVER_PAY_PROVIDER=none.",
        )
    if not settings.pay_api_url.startswith("https://") and not _is_local(settings.pay_api_url):
        raise BadPaySettings(
            "TIDEOVER_PAY_API_URL would send the API key over an open connection.",
            hint="Use https.",
        )


def allowed_hosts(settings: Settings) -> AllowedHosts:
    """Where links to payment pages may lead: what is set, and this installation itself."""
    from bot.pay.links import AllowedHosts

    own = urlsplit(settings.public_url).hostname or ""
    return AllowedHosts([*settings.pay_hosts.split(","), *([own] if own else [])])


def build_payments(
    settings: Settings,
    *,
    secret: bytes,
    database: Database,
    texts: Texts,
    clock: Callable[[], datetime],
) -> Payments:
    """The parts that need no running process. Raises BadPaySettings."""
    from bot.pay.clerk import PayClerk, PayHouse
    from bot.pay.desk import PayDesk
    from bot.pay.telegram import invoice_seal
    from scheduler.recheck import recheck_with
    from wiring.reminders import house_of

    check_pay_settings(settings)
    desk = PayDesk(
        store=database, clock=clock, recheck=recheck_with(lambda: house_of(settings, secret))
    )
    takes_invoices = settings.pay_telegram_token is not None
    payments = Payments(desk=desk, clerk=None)  # type: ignore[arg-type]
    checkout = _checkout(settings, secret, payments, clock)
    payments.clerk = PayClerk(
        store=database,
        texts=texts,
        clock=clock,
        house=PayHouse(
            lender=settings.lender_name,
            public_url=settings.public_url,
            hosts=allowed_hosts(settings),
            new_id=lambda: secrets.token_hex(12),
            checkout=checkout,
            seal=invoice_seal(key_for(secret, "telegram-invoices")) if takes_invoices else None,
            link_lasts=timedelta(hours=settings.pay_link_hours),
            claim_days=settings.claim_days,
        ),
    )
    return payments


def _checkout(
    settings: Settings, secret: bytes, payments: Payments, clock: Callable[[], datetime]
) -> Checkout | None:
    from bot.pay.stripe import StripeCheckout

    if settings.pay_provider == "sandbox":
        return _sandbox(settings, secret, payments, clock)
    if settings.pay_provider == "none":
        return None
    assert settings.pay_secret is not None and settings.pay_webhook_secret is not None
    signing = settings.pay_webhook_secret.get_secret_value().split()
    payments.routers.append(_hooks(settings, payments, "stripe", signing, clock))
    return StripeCheckout(
        secret=settings.pay_secret.get_secret_value(), api_url=settings.pay_api_url
    )


def _hooks(
    settings: Settings,
    payments: Payments,
    provider: str,
    signing: list[str],
    clock: Callable[[], datetime],
) -> APIRouter:
    from bot.pay.hooks import pay_router
    from bot.pay.page import PayPages

    return pay_router(
        desk=payments.desk,
        provider=provider,
        secrets=signing,
        clock=clock,
        pages=PayPages(settings.lender_name),
        after=payments.woken.set,
    )


def _sandbox(
    settings: Settings, secret: bytes, payments: Payments, clock: Callable[[], datetime]
) -> Checkout:
    """The trial provider and the webhook, each reached as an application, without a network."""
    import httpx
    from fastapi import FastAPI

    from bot.pay.hooks import WEBHOOK_PATH
    from bot.pay.page import PayPages
    from bot.pay.sandbox import MOUNTED_AT, SandboxProvider
    from bot.pay.stripe import StripeCheckout

    log.warning("pay.sandbox", note="payments are trials: no real money moves")
    api_key = f"sk_sandbox_{key_for(secret, 'sandbox-api').hex()}"
    signing = f"whsec_sandbox_{key_for(secret, 'sandbox-webhook').hex()}"
    router = _hooks(settings, payments, "sandbox", [signing], clock)
    payments.routers.append(router)
    hooks = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    hooks.include_router(router)

    async def deliver(body: bytes, signature: str) -> int:
        transport = httpx.ASGITransport(app=hooks, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://webhook") as client:
            headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
            return (await client.post(WEBHOOK_PATH, content=body, headers=headers)).status_code

    payments.sandbox = SandboxProvider(
        api_key=api_key,
        webhook_secret=signing,
        public_url=f"{settings.public_url}{MOUNTED_AT}",
        pages=PayPages(settings.lender_name),
        clock=clock,
        deliver=deliver,
        file=settings.data_dir / "sandbox-payments.json",
    )
    return StripeCheckout(
        secret=api_key,
        api_url="http://sandbox",
        name="sandbox",
        is_own=True,
        transport=httpx.ASGITransport(app=payments.sandbox.app),
    )


def telegram_till(
    settings: Settings,
    *,
    secret: bytes,
    database: Database,
    texts: Texts,
    clock: Callable[[], datetime],
    payments: Payments,
) -> TelegramTill | None:
    """What Telegram asks before and tells after a payment; None without a payment token."""
    from bot.pay.telegram import TelegramTill

    if settings.pay_telegram_token is None:
        return None
    return TelegramTill(
        store=database,
        desk=payments.desk,
        texts=texts,
        clock=clock,
        key=key_for(secret, "telegram-invoices"),
        after=payments.woken.set,
    )


async def tell_pay_news(
    settings: Settings,
    *,
    database: Database,
    outbox: Outbox,
    texts: Texts,
    clock: Callable[[], datetime],
    woken: asyncio.Event,
    stop: asyncio.Event,
) -> None:
    """Receipts and the like, as soon as they are there, until `stop` is set."""
    from bot.pay.news import PayNews

    news = PayNews(
        store=database, outbox=outbox, texts=texts, clock=clock, lender=settings.lender_name
    )
    stopped = asyncio.ensure_future(stop.wait())
    while not stop.is_set():
        woken.clear()
        try:
            await news.tell()
        except TideoverError as error:
            log.error("pay.news_failed", error=type(error).__name__)
        waking = asyncio.ensure_future(woken.wait())
        await asyncio.wait(
            [waking, stopped], timeout=NEWS_EVERY_S, return_when=asyncio.FIRST_COMPLETED
        )
        waking.cancel()
    stopped.cancel()


def review_payments(database: Database, clock: Callable[[], datetime]) -> None:
    """Match claims, let them run out, and try again what the ledger refused."""
    from bot.pay.claims import ClaimReview
    from bot.pay.desk import PayDesk

    matched, expired = ClaimReview(store=database, clock=clock).run()
    retried = PayDesk(store=database, clock=clock).retry_stuck()
    if matched or expired or retried:
        log.info("pay.reviewed", matched=matched, expired=expired, booked=retried)


async def try_provider(
    settings: Settings, transport: httpx.AsyncBaseTransport | None = None
) -> None:
    """Ask the provider once whether it takes our key. Raises BadPaySettings, ProviderAway."""
    import httpx

    from bot.pay.ports import ProviderAway
    from bot.pay.stripe import SESSIONS

    assert settings.pay_secret is not None
    headers = {"Authorization": f"Bearer {settings.pay_secret.get_secret_value()}"}
    try:
        async with httpx.AsyncClient(timeout=5, transport=transport) as client:
            answer = await client.get(
                f"{settings.pay_api_url}{SESSIONS}", params={"limit": "1"}, headers=headers
            )
    except httpx.HTTPError as error:
        raise ProviderAway(
            f"The payment provider does not answer ({type(error).__name__}).",
            hint="Check the network and TIDEOVER_PAY_API_URL.",
        ) from None
    if answer.status_code in (401, 403):
        raise BadPaySettings(
            "The payment provider does not take the API key.",
            hint="Correct TIDEOVER_PAY_SECRET; the key needs to read and write Checkout Sessions.",
        )
    if not answer.is_success:
        raise ProviderAway(
            f"The payment provider answers with status {answer.status_code}.",
            hint="Look at its status page, and try again.",
        )


def _is_local(url: str) -> bool:
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")
