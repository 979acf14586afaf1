"""What Stripe tells by webhook: who signed it, and what it means. Pure.

Signatures: docs.stripe.com/webhooks (read 2026-11): `t=<seconds>,v1=<hex>`, HMAC-SHA256 over
`<t>.<body>`; several v1 stand while a secret is being changed; old stamps are refused.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.pay.amounts import from_provider
from bot.pay.ports import ProviderRefused
from lending.errors import TideoverError
from lending.money import Money
from lending.pay_orders import Heard, PayEvent

TOLERANCE = timedelta(minutes=5)
LONGEST = 255

_COMPLETED = "checkout.session.completed"
_SESSIONS = {
    "checkout.session.async_payment_succeeded": Heard.PAID,
    "checkout.session.async_payment_failed": Heard.FAILED,
    "checkout.session.expired": Heard.EXPIRED,
}


class Forged(TideoverError):
    """A report without a valid signature of the provider, or with one that is too old."""


class Unreadable(TideoverError):
    """A signed report that is not what the provider's documentation says."""


def sign(secret: str, body: bytes, at: datetime) -> str:
    """The header of a report; for the sandbox, and for tests."""
    stamp = int(at.timestamp())
    return f"t={stamp},v1={_digest(secret, stamp, body)}"


def check_signature(
    header: str,
    body: bytes,
    secrets: Iterable[str],
    now: datetime,
    tolerance: timedelta = TOLERANCE,
) -> None:
    """Raises Forged. Compares every pair, so that the time it takes tells nothing."""
    parts = [part.strip().partition("=") for part in header[:2000].split(",")]
    stamps = [value for name, _, value in parts if name == "t"]
    given = [value for name, _, value in parts if name == "v1"]
    stamp = stamps[0] if len(stamps) == 1 else ""
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise _forged("it carries no time")
    fits = False
    for secret in secrets:
        right = _digest(secret, int(stamp), body)
        for one in given:
            fits |= hmac.compare_digest(one.encode(), right.encode())
    if not fits:
        raise _forged("the signature does not fit")
    if abs(now.timestamp() - int(stamp)) > tolerance.total_seconds():
        raise _forged("it was signed too long ago")


def read_event(body: bytes, provider: str) -> PayEvent | None:
    """What a report means; None for what does not concern us. Raises Unreadable."""
    try:
        event = json.loads(body)
        return _read(event, provider)
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        raise Unreadable(
            f"A signed report cannot be read ({type(error).__name__}).",
            hint="Check that the webhook uses the API version of docs/payments.md.",
        ) from None
    except (ProviderRefused, TideoverError) as error:
        raise Unreadable(error.message, hint=error.hint) from None


def _read(event: Mapping[str, Any], provider: str) -> PayEvent | None:
    kind, about = str(event["type"]), event["data"]["object"]
    found: Heard | None = _SESSIONS.get(kind)
    amount = None
    if kind == _COMPLETED:
        found = {"paid": Heard.PAID, "unpaid": Heard.PROCESSING}.get(str(about["payment_status"]))
    if found is not None:
        if about.get("mode", "payment") != "payment":
            return None
        if found is not Heard.EXPIRED:
            amount = _money(about, "amount_total")
        order = (about.get("metadata") or {}).get("order") or about.get("client_reference_id")
        return _event(event, provider, found, amount, order, session=about["id"], about=about)
    if kind == "charge.refunded":
        order = (about.get("metadata") or {}).get("order")
        amount = _money(about, "amount_refunded")
        return _event(event, provider, Heard.REFUNDED, amount, order, session=None, about=about)
    if kind == "charge.dispute.created":
        order = (about.get("metadata") or {}).get("order")
        amount = _money(about, "amount")
        return _event(event, provider, Heard.DISPUTED, amount, order, session=None, about=about)
    return None


def _event(
    event: Mapping[str, Any],
    provider: str,
    kind: Heard,
    amount: Money | None,
    order: object,
    *,
    session: object,
    about: Mapping[str, Any],
) -> PayEvent:
    return PayEvent(
        provider=provider,
        key=str(event["id"])[:LONGEST],
        kind=kind,
        at=datetime.fromtimestamp(int(event["created"]), UTC),
        amount=amount,
        order_id=_short(order),
        session_id=_short(session),
        payment_ref=_short(_id_of(about.get("payment_intent"))),
    )


def _money(about: Mapping[str, Any], field: str) -> Money:
    minor = about[field]
    if not isinstance(minor, int) or isinstance(minor, bool) or minor < 0:
        raise TypeError(field)
    return from_provider(minor, str(about["currency"]))


def _id_of(value: object) -> object:
    """An id, whether the object was expanded or not."""
    return value.get("id") if isinstance(value, Mapping) else value


def _short(value: object) -> str | None:
    return str(value)[:LONGEST].replace("\x00", "") if isinstance(value, str) and value else None


def _digest(secret: str, stamp: int, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()


def _forged(why: str) -> Forged:
    return Forged(
        f"A payment report was refused: {why}.", hint="Check TIDEOVER_PAY_WEBHOOK_SECRET."
    )
