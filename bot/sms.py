"""SMS by a provider that speaks Twilio's API: sends messages, and says what its refusals mean."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
import structlog

from bot.messages import Envelope, SendFailed

log = structlog.get_logger(__name__)

_TIMEOUT_S = 20.0
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_GONE = frozenset({21211, 21214, 21217, 21610, 21612, 21614, 30003, 30004, 30005, 30006})
"""No such number, not a mobile, or its owner told the carrier to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsAccount:
    """`sender` is a number, or a messaging service (MG...). `status_url` gets delivery reports."""

    sid: str
    token: str
    sender: str
    api_url: str = "https://api.twilio.com"
    status_url: str | None = None


class SmsChannel:
    """Implements `bot.messages.ChannelPort`. Buttons have no place in an SMS; its text says all."""

    def __init__(self, account: SmsAccount, client: httpx.AsyncClient | None = None) -> None:
        self._account = account
        self._client = client or httpx.AsyncClient(timeout=_TIMEOUT_S)
        self._url = f"{account.api_url}/2010-04-01/Accounts/{account.sid}/Messages.json"

    async def send(self, envelope: Envelope) -> str:
        try:
            answer = await self._client.post(
                self._url,
                data=self._form(envelope),
                auth=(self._account.sid, self._account.token),
            )
        except _UNSENT as problem:
            raise SendFailed(f"SMS provider not reached: {type(problem).__name__}") from problem
        except httpx.HTTPError as problem:
            # The request was on its way: the provider may have taken it.
            raise SendFailed(
                f"SMS provider did not answer: {type(problem).__name__}", uncertain=True
            ) from problem
        return _message_id(answer)

    async def show_typing(self, address: str) -> None:
        return None

    async def close(self) -> None:
        await self._client.aclose()

    def _form(self, envelope: Envelope) -> dict[str, str]:
        account = self._account
        sender = "MessagingServiceSid" if account.sender.startswith("MG") else "From"
        form = {"To": envelope.address, sender: account.sender, "Body": envelope.content.text}
        if account.status_url:
            form["StatusCallback"] = account.status_url
        return form


def _message_id(answer: httpx.Response) -> str:
    """The provider's id, or SendFailed with what its answer means."""
    if answer.status_code >= 500:
        raise SendFailed(f"SMS provider failed ({answer.status_code})", uncertain=True)
    body = _json(answer)
    if answer.is_success:
        return str(body.get("sid") or "")
    if answer.status_code == 429:
        raise SendFailed("SMS provider asks to wait", retry_after=_seconds(answer))
    code = body.get("code")
    gone = isinstance(code, int) and code in _GONE
    raise SendFailed(f"SMS refused ({answer.status_code}, code {code})", permanent=gone)


def _seconds(answer: httpx.Response) -> float:
    try:
        return max(1.0, float(answer.headers.get("Retry-After", "5")))
    except ValueError:
        return 5.0


def _json(answer: httpx.Response) -> Mapping[str, object]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """What the provider signs a callback with: the address and every field, in order of name."""
    signed = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    digest = hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def is_gone(code: str) -> bool:
    """Whether an error code of a delivery report means that the number cannot be reached."""
    return code.isdecimal() and int(code) in _GONE
