"""Who calls: an API key with scopes, checked by its hash, with a limit on how often."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from limits import RateLimitItem
from limits.strategies import RateLimiter

from bot.ports import Clock, Store
from console.api_problem import MissingScope, TooMany, Unauthorised
from lending.errors import TideoverError
from lending.lender_access import ApiKey, Scope

PREFIX = "tdo"
_NOTE_USE_AFTER = timedelta(hours=1)
_bearer = HTTPBearer(
    auto_error=False, scheme_name="ApiKey", description="Authorization: Bearer tdo_..."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the API works with. `telegram_link` gives a deep link for a token, if Telegram is on.

    `rate` bounds the requests of a key, `guesses` those of an address without a valid key.
    """

    store: Store
    clock: Clock
    limiter: RateLimiter
    rate: RateLimitItem
    guesses: RateLimitItem
    digest: Callable[[str, str, str], str]
    link_key: bytes
    link_hours: int
    web_link: Callable[[str], str]
    telegram_link: Callable[[str], str] | None
    known: Mapping[type[TideoverError], int]


def parts_of(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


PartsOf = Annotated[Parts, Depends(parts_of)]


def new_key(
    name: str, scopes: Iterable[Scope], now: datetime, expires_at: datetime | None = None
) -> tuple[str, ApiKey]:
    """A new key, to be shown once, and what is kept of it."""
    key_id = secrets.token_hex(6)
    secret = f"{PREFIX}_{key_id}_{secrets.token_urlsafe(32)}"
    kept = ApiKey(
        id=key_id,
        name=name,
        hash=hash_of(secret),
        scopes=frozenset(scopes),
        created_at=now,
        expires_at=expires_at,
    )
    return secret, kept


def hash_of(secret: str) -> str:
    """Plain SHA-256: 256 random bits cannot be guessed however fast the hash is."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def caller_of(
    wanted: SecurityScopes,
    request: Request,
    parts: PartsOf,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> ApiKey:
    """The key that may do this now. Raises Unauthorised, MissingScope, TooMany."""
    now = parts.clock()
    key = None if given is None else _find(parts, given.credentials, now)
    if key is None:
        address = request.client.host if request.client else "unknown"
        _count(parts, parts.guesses, f"address:{address}")
        raise Unauthorised(
            "There is no valid API key in the request.",
            hint="Send `Authorization: Bearer <key>`; make one with `tideover api-key add`.",
        )
    _count(parts, parts.rate, f"key:{key.id}")
    missing = sorted(set(wanted.scopes) - key.scopes)
    if missing:
        raise MissingScope(
            f"The key is not for {', '.join(missing)}.",
            hint="Make a key with this scope: `tideover api-key add`.",
        )
    return key


def _find(parts: Parts, secret: str, now: datetime) -> ApiKey | None:
    prefix, _, rest = secret.partition("_")
    key_id, _, _ = rest.partition("_")
    if prefix != PREFIX or not (key_id.isascii() and key_id.isalnum() and len(key_id) <= 16):
        return None
    with parts.store.unit() as uow:
        key = uow.access.key(key_id)
        if key is None or not key.is_valid(now):
            return None
        if not hmac.compare_digest(key.hash, hash_of(secret)):
            return None
        if key.last_used_at is None or now - key.last_used_at >= _NOTE_USE_AFTER:
            uow.access.used(key.id, now)
            uow.commit()
    return key


def _count(parts: Parts, limit: RateLimitItem, whose: str) -> None:
    if parts.limiter.hit(limit, whose):
        return
    free_at = parts.limiter.get_window_stats(limit, whose).reset_time
    wait = max(1, round(free_at - parts.clock().timestamp()))
    raise TooMany(
        f"More than {limit.amount} requests in {limit.get_expiry()} seconds.",
        hint="Wait as long as Retry-After says, then go on.",
        retry_after=min(wait, limit.get_expiry()),
    )
