"""The lender's own system: its API, imports of files, webhooks."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from lending.errors import TideoverError
from settings import Settings
from wiring.base import digest_with, key_for, utc_now

if TYPE_CHECKING:
    from fastapi import FastAPI

    from lending.intake import OpenSeen, OpenUnit
    from scheduler.webhooks import Passed
    from store.db import Database


def api_for(
    settings: Settings,
    *,
    secret: bytes,
    database: Database,
    telegram_link: Callable[[str], str] | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> FastAPI:
    """The lender's API, to be mounted at console.api.MOUNTED_AT."""
    from limits import parse
    from limits.storage import MemoryStorage, storage_from_string
    from limits.strategies import MovingWindowRateLimiter

    from console.api import lender_api
    from console.api_key import Parts
    from store.errors import ChangeRefused, StoreUnavailable
    from store.errors import UnknownBorrower as NoSuchBorrower

    url = settings.redis_url
    counts = storage_from_string(url) if url else MemoryStorage()
    return lender_api(
        Parts(
            store=database,
            clock=clock,
            limiter=MovingWindowRateLimiter(counts),
            rate=parse(settings.api_rate),
            guesses=parse("60/minute"),
            digest=digest_with(secret),
            link_key=key_for(secret, "api-links"),
            link_hours=settings.link_ttl_hours,
            web_link=lambda token: f"{settings.public_url}/l/{token}",
            telegram_link=telegram_link,
            known={StoreUnavailable: 503, ChangeRefused: 409, NoSuchBorrower: 404},
        )
    )


def import_parts(database: Database, secret: bytes) -> tuple[OpenUnit, OpenSeen]:
    """What an import of files writes with, and how it knows keys that came before."""
    from store.intake import intake_unit
    from store.seen_keys import seen_keys

    digest = digest_with(secret)
    return (lambda: intake_unit(database, digest)), seen_keys


def feed_watermark(database: Database, name: str) -> datetime | None:
    """How far a feed has come; None for one that was never heard of."""
    from store.repositories_books import SqlBooks

    with database.session() as session:
        return SqlBooks(session).feed(name).watermark


def tell_feed(database: Database, name: str, until: datetime) -> None:
    """Everything before `until` has come. Raises WatermarkBack."""
    from store.repositories_books import SqlBooks

    with database.session() as session:
        SqlBooks(session).advance_feed(name, until)
        session.commit()


class NoWebhook(TideoverError):
    """There is no address to send events to."""


def send_webhooks(
    settings: Settings, database: Database, *, stopped: Callable[[], bool] = lambda: False
) -> Passed:
    """Deliver the events that are due now; for a periodic tick. Raises NoWebhook, BadWebhookSecret."""
    from scheduler.webhook_post import HttpPost
    from scheduler.webhooks import deliver_due, read_secrets

    if settings.webhook_url is None:
        raise NoWebhook(
            "There is no address to send events to.",
            hint="Set TIDEOVER_WEBHOOK_URL, or read them from the API: GET /api/v1/events.",
        )
    secret = settings.webhook_secret
    secrets = read_secrets(secret.get_secret_value() if secret else "")
    with contextlib.closing(HttpPost(settings.webhook_url)) as post:
        return deliver_due(database, post, secrets, utc_now, stopped=stopped)
