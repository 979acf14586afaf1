"""Deliver events to the lender's system: signed, in order for each borrower, tried again, given up.

The headers are those of Standard Webhooks (id, timestamp, `v1` HMAC-SHA256). An event is delivered
at least once: who receives one twice knows it by its id. docs/webhooks.md tells receivers the rest.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from bot.ports import Clock, Store
from lending.errors import TideoverError
from lending.events import KeptEvent

log = structlog.get_logger(__name__)

DELAYS_SECONDS = (
    *(5, 30, 120, 600, 1_800, 3_600, 7_200),
    *(14_400, 14_400, 28_800, 28_800, 28_800, 28_800),
)
"""Waits after each failed try, 44 hours in all; the try after the last of them is the last."""

LONGEST_WAIT = timedelta(hours=8)
"""However long a receiver asks us to wait."""

LEASE = timedelta(minutes=5)
"""Far longer than a try can take: two workers must not send one event at the same time."""

AT_ONCE = 8
BATCH = 64
_SHORTEST_SECRET = 24


class BadWebhookSecret(TideoverError):
    """The secret that signs webhooks is no base64, or too short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came of a try. `status` None: nobody answered; `problem` says why in a few words."""

    status: int | None
    problem: str = ""
    retry_after: timedelta | None = None

    @property
    def is_accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_down(self) -> bool:
        """Whether the next event would fare no better."""
        return self.status is None or self.status == 429 or self.status >= 500


class Post(Protocol):
    """Sends one request to the lender's address; returns within a minute and never raises."""

    def __call__(self, body: bytes, headers: dict[str, str]) -> Reply: ...


@dataclass(slots=True, kw_only=True)
class Passed:
    """What one pass of deliveries did."""

    delivered: int = 0
    failed: int = 0
    dead: int = 0


def read_secrets(given: str) -> tuple[bytes, ...]:
    """`whsec_` and base64; several with spaces between, while one takes another's place.

    Raises BadWebhookSecret.
    """
    secrets = []
    for one in given.split():
        try:
            secret = base64.b64decode(one.removeprefix("whsec_"), validate=True)
        except (binascii.Error, ValueError):
            secret = b""
        if len(secret) < _SHORTEST_SECRET:
            raise BadWebhookSecret(
                "The webhook secret must be base64 of 24 bytes or more.",
                hint="Make one: echo whsec_$(openssl rand -base64 32)",
            )
        secrets.append(secret)
    if not secrets:
        raise BadWebhookSecret(
            "There is no webhook secret.", hint="Make one: echo whsec_$(openssl rand -base64 32)"
        )
    return tuple(secrets)


def body_of(event: KeptEvent) -> bytes:
    """The same bytes at each try."""
    told = {
        "id": event.key,
        "type": event.type.value,
        "timestamp": event.at.astimezone(UTC).isoformat(),
        "sequence": event.number,
        "data": {
            "borrower": event.borrower,
            "account": event.account,
            "conversation": event.conversation,
            **event.data,
        },
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def headers_of(
    event: KeptEvent, body: bytes, secrets: Sequence[bytes], now: datetime
) -> dict[str, str]:
    """Signed over id, time of this try and body, once with each secret."""
    moment = str(int(now.timestamp()))
    signed = b".".join((event.key.encode(), moment.encode(), body))
    signatures = [
        "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
        for secret in secrets
    ]
    return {
        "content-type": "application/json",
        "user-agent": "tideover-webhooks",
        "webhook-id": event.key,
        "webhook-timestamp": moment,
        "webhook-signature": " ".join(signatures),
    }


def next_try_at(attempts: int, now: datetime, reply: Reply) -> datetime | None:
    """When to try again after `attempts` failed tries; None: never, the event is dead."""
    if attempts > len(DELAYS_SECONDS):
        return None
    wait = timedelta(seconds=DELAYS_SECONDS[attempts - 1])
    if reply.retry_after is not None:
        wait = max(wait, min(reply.retry_after, LONGEST_WAIT))
    return now + wait


def deliver_due(
    store: Store,
    post: Post,
    secrets: Sequence[bytes],
    clock: Clock,
    *,
    most: int = 1_000,
    stopped: Callable[[], bool] = lambda: False,
) -> Passed:
    """Try every event that is due, at most about `most`; return when none is left or nobody answers.

    Any number of processes may do this at once. A process that dies leaves its events claimed for
    the time of the lease; then they are tried again.
    """
    passed = Passed()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while passed.delivered + passed.failed < most and not stopped():
            now = clock()
            with store.unit() as uow:
                batch = uow.outgoing.claim(now, until=now + LEASE, limit=BATCH)
                uow.commit()
            if not batch:
                break
            replies = list(pool.map(lambda event: _try(event, post, secrets, clock()), batch))
            for event, reply in zip(batch, replies, strict=True):
                _keep(store, event, reply, clock(), passed)
            if any(reply.is_down for reply in replies):
                break
    return passed


def _try(event: KeptEvent, post: Post, secrets: Sequence[bytes], now: datetime) -> Reply:
    body = body_of(event)
    return post(body, headers_of(event, body, secrets, now))


def _keep(store: Store, event: KeptEvent, reply: Reply, now: datetime, passed: Passed) -> None:
    with store.unit() as uow:
        if reply.is_accepted:
            uow.outgoing.delivered(event.number, now)
            passed.delivered += 1
        else:
            again = next_try_at(event.attempts + 1, now, reply)
            error = reply.problem or f"HTTP {reply.status}"
            uow.outgoing.failed(event.number, error=error, next_try_at=again)
            passed.failed += 1
            passed.dead += again is None
            log.warning(
                "webhook.dead" if again is None else "webhook.failed",
                webhook=event.key,
                type=event.type.value,
                attempts=event.attempts + 1,
                reason=error,
            )
        uow.commit()
