"""What every request must pass, and what every answer carries: size, origin, headers."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from fastapi import HTTPException, Request, Response

from bot.web_door import is_same_origin
from console.web.words import mark
from lending.errors import TideoverError

MAX_BODY_BYTES = 1_000_000

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_HEADERS = {
    b"content-security-policy": b"default-src 'none'; script-src 'self'; style-src 'self'; "
    b"img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    b"base-uri 'none'",
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"x-robots-tag": b"noindex, nofollow",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), microphone=(), geolocation=(), payment=()",
}


class ForgedForm(TideoverError):
    """A POST did not come from our own page, or from one that is too old."""


class Headers:
    """Middleware: security headers on every answer, `no-store` unless it says otherwise, size."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        taken = 0

        async def limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MAX_BODY_BYTES:
                raise HTTPException(413, mark("That is too long."))
            return message

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                known = list(message.get("headers", ()))
                names = {name.lower() for name, _ in known}
                known += [pair for pair in _HEADERS.items() if pair[0] not in names]
                if b"cache-control" not in names:
                    known.append((b"cache-control", b"no-store"))
                message["headers"] = known
            await send(message)

        await self._app(scope, limited, with_headers)


def secured(response: Response) -> Response:
    """With the headers, for the answer to a fault, which is made outside of the middleware."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name.decode(), value.decode())
    response.headers.setdefault("cache-control", "no-store")
    return response


class FormTokens:
    """Form tokens bound to what the browser holds: a session, or the nonce of the sign-in page."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def token(self, holder: str) -> str:
        return hmac.new(self._secret, holder.encode(), hashlib.sha256).hexdigest()

    async def check(self, request: Request, holder: str) -> None:
        """Raises ForgedForm. The token comes in a header or in the form."""
        given = request.headers.get("x-csrf-token")
        if given is None:
            form = await request.form()
            field = form.get("csrf")
            given = field if isinstance(field, str) else ""
        ours = hmac.compare_digest(given.encode(), self.token(holder).encode())
        if not ours or not is_same_origin(request):
            raise ForgedForm(
                mark("This form is too old, or it did not come from this page."),
                hint=mark("Load the page again and repeat what you did."),
            )
