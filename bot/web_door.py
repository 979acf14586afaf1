"""What a request must pass: our own form, not too much, not too often; and how it is refused."""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address
from math import ceil
from urllib.parse import parse_qsl, urlsplit

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from bot.buckets import Buckets as Buckets
from bot.web_page import ChatPage
from bot.web_session import Sessions, page_language
from bot.web_words import WORDS, Problem

MAX_CHARACTERS = 50_000
# A character takes up to 12 bytes in a form (%F0%9F%98%80); the rest of the form is small.
MAX_BODY_BYTES = MAX_CHARACTERS * 12 + 10_000
_STATUS = {
    Problem.TOO_LONG: 413,
    Problem.TOO_FAST: 429,
    Problem.EXPIRED: 403,
    Problem.NOT_FOUND: 404,
    Problem.BROKEN_LINK: 404,
    Problem.UNAVAILABLE: 503,
    Problem.STALE: 409,
}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}

_log = logging.getLogger(__name__)

Endpoint = Callable[[Request], Awaitable[Response]]


def is_same_origin(request: Request) -> bool:
    """Whether a POST comes from our own page, as far as the browser tells.

    Sec-Fetch-Site decides where it is sent. `Origin: null` is what browsers send from our own
    pages, because these forbid the referrer; the form token then has to prove the rest.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    if origin is None or origin == "null":
        return True
    return urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower()


def client_network(request: Request) -> str:
    """The address that a limit counts by; for IPv6 the /64, which one customer holds as a whole."""
    host = request.client.host if request.client else "unknown"
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, 64), strict=False))
    return host


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Posts at once and per second: of one chat, and of one client network (an office, a NAT)."""

    session_burst: int = 20
    session_per_second: float = 1.0
    network_burst: int = 100
    network_per_second: float = 10.0


class Refused(Exception):
    """A request that is answered with a kind page, or its JSON twin, instead."""

    def __init__(self, problem: Problem, *, retry_after: float = 0.0) -> None:
        super().__init__(problem)
        self.problem = problem
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A form or a JSON object that our own page sent from the chat at `address`."""

    address: str
    fields: dict[str, str]


class Door:
    """Lets a POST in, or raises Refused."""

    def __init__(self, sessions: Sessions, limits: Limits) -> None:
        self._sessions = sessions
        self._by_session = Buckets(burst=limits.session_burst, per_second=limits.session_per_second)
        self._by_network = Buckets(burst=limits.network_burst, per_second=limits.network_per_second)

    async def admit(self, request: Request) -> Posted:
        """Check origin, rate, size, session and form token, cheapest first."""
        if not is_same_origin(request):
            raise Refused(Problem.EXPIRED)
        _take(self._by_network, client_network(request))
        fields = _fields(request, await _body(request))
        address = self._sessions.read(request)
        token = request.headers.get("x-csrf-token") or fields.get("csrf", "")
        if address is None or not self._sessions.is_own_form(address, token):
            raise Refused(Problem.EXPIRED)
        _take(self._by_session, address)
        return Posted(address=address, fields=fields)


def _take(buckets: Buckets, key: str) -> None:
    wait = buckets.take(key)
    if wait:
        raise Refused(Problem.TOO_FAST, retry_after=wait)


async def _body(request: Request) -> bytes:
    """The body, read up to the limit. What is too long is read on for a while and dropped.

    A browser shows our page only when it could finish sending; otherwise it shows a broken line.
    """
    kept, length = bytearray(), 0
    async for chunk in request.stream():
        length += len(chunk)
        if length <= MAX_BODY_BYTES:
            kept += chunk
        elif length > 8 * MAX_BODY_BYTES:
            break
    if length > MAX_BODY_BYTES:
        raise Refused(Problem.TOO_LONG)
    return bytes(kept)


def _fields(request: Request, body: bytes) -> dict[str, str]:
    try:
        if sends_json(request):
            given = json.loads(body)
            pairs = given.items() if isinstance(given, dict) else ()
            return {name: _clean(value) for name, value in pairs if isinstance(value, str)}
        text = body.decode()
        return {name: _clean(value) for name, value in parse_qsl(text, max_num_fields=20)}
    except ValueError as error:
        raise Refused(Problem.EXPIRED) from error


def _clean(text: str) -> str:
    """Without what no database keeps (NUL, halves of characters), lines ended by one newline."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return text.encode("utf-8", "ignore").decode()


def sends_json(request: Request) -> bool:
    """Whether our script asks, which shows the answer itself."""
    return request.headers.get("content-type", "").startswith("application/json")


def guarded(endpoint: Endpoint, page: ChatPage) -> Endpoint:
    """The endpoint with its refusals made kind, and the headers that every answer carries."""

    async def answer(request: Request) -> Response:
        try:
            response = await endpoint(request)
        except Refused as refused:
            response = _refusal(request, refused, page)
        except Exception as error:  # noqa: BLE001 - the border: logged here, and answered
            # Only type and place: the message of an error may quote the borrower or a token.
            place = "".join(traceback.format_tb(error.__traceback__))
            _log.error("web.request.failed %s\n%s", type(error).__name__, place)
            response = _refusal(request, Refused(Problem.UNAVAILABLE), page)
        response.headers.setdefault("Cache-Control", "no-store")
        for name, value in _HEADERS.items():
            response.headers[name] = value
        return response

    return answer


def _refusal(request: Request, refused: Refused, page: ChatPage) -> Response:
    """A page that says what to do; our script gets the same words as JSON."""
    language = page_language(request, None)
    status = _STATUS[refused.problem]
    wait = {"Retry-After": str(ceil(refused.retry_after))} if refused.retry_after else None
    if sends_json(request):
        title, text = WORDS[language].problems[refused.problem]
        body = {"problem": refused.problem.value, "title": title, "text": text}
        return JSONResponse(body, status, headers=wait)
    return HTMLResponse(page.problem(language, refused.problem), status, headers=wait)


class HideLinkTokens(logging.Filter):
    """Masks link tokens in the server's access log; a token is a secret until it is used."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                re.sub(r"/l/[^/?\s]+", "/l/***", part) if isinstance(part, str) else part
                for part in record.args
            )
        return True
