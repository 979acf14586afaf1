"""A payment provider for trials: it speaks Stripe's Checkout, has a page, and signs its reports.

No real money moves. Sessions come in, and reports go out, exactly as with a real provider, so that
a trial exercises the whole path. Sessions are kept in a small file, so that a restart loses none.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from bot.formats import Formats
from bot.pay.page import PayPages
from bot.pay.page_words import PAY_WORDS, PayWords
from bot.pay.stripe import SESSIONS
from bot.pay.stripe_events import sign
from bot.ports import Clock
from bot.web_words import LANGUAGE_NAMES
from lending.money import Money

MOUNTED_AT = "/sandbox"
_BODY_LIMIT_BYTES = 20_000
_MOST_MINOR = 10**11
_KEPT = 500
_STAGES = {
    "pay": ("open", "paid", "checkout.session.completed"),
    "slow": ("open", "pending", "checkout.session.completed"),
    "arrive": ("pending", "paid", "checkout.session.async_payment_succeeded"),
    "fail": ("pending", "failed", "checkout.session.async_payment_failed"),
}
"""What a button does: the state it needs, the state it leads to, and what is reported."""

Deliver = Callable[[bytes, str], Awaitable[int]]
"""Posts a report with its signature to the webhook; gives the status of the answer."""


@dataclass(slots=True, kw_only=True)
class _Session:
    id: str
    order: str
    key: str
    amount_minor: int
    currency: str
    language: str
    success_url: str
    cancel_url: str
    created: int
    expires_at: int
    choices: dict[str, int] = field(default_factory=dict)
    state: str = "open"
    paid_minor: int = 0

    def money(self, minor: int) -> Money:
        return Money(minor, self.currency)


class SandboxProvider:
    """The provider as an ASGI application, mounted at /sandbox. `deliver` is set by the wiring."""

    def __init__(
        self,
        *,
        api_key: str,
        webhook_secret: str,
        public_url: str,
        pages: PayPages,
        clock: Clock,
        deliver: Deliver,
        file: Path | None = None,
    ) -> None:
        self._api_key, self._secret = api_key, webhook_secret
        self._url, self._pages, self._clock = public_url, pages, clock
        self._deliver, self._file = deliver, file
        self._lock = asyncio.Lock()
        self._sessions = _read(file)
        self.app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        self.app.add_api_route(SESSIONS, self._create, methods=["POST"], response_model=None)
        page = "/pay/{session_id}"
        self.app.add_api_route(page, self._show, methods=["GET"], response_model=None)
        self.app.add_api_route(page, self._act, methods=["POST"], response_model=None)

    # The provider's API.

    async def _create(self, request: Request) -> Response:
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._api_key}".encode()):
            return _refusal(401, "Invalid API key.")
        body = await request.body()
        if len(body) > _BODY_LIMIT_BYTES:
            return _refusal(413, "Too large.")
        fields = dict(parse_qsl(body.decode("utf-8", "replace")))
        key = request.headers.get("idempotency-key", "")
        async with self._lock:
            known = next((s for s in self._sessions.values() if key and s.key == key), None)
            if known is None:
                try:
                    known = self._new(fields, key)
                except (KeyError, ValueError):
                    return _refusal(400, "A parameter is missing or makes no sense.")
                self._sessions[known.id] = known
                self._keep()
        return JSONResponse(self._object(known) | {"url": f"{self._url}/pay/{known.id}"})

    def _new(self, fields: Mapping[str, str], key: str) -> _Session:
        item = "line_items[0][price_data]"
        amount = int(fields[f"{item}[unit_amount]"])
        if not 0 < amount < _MOST_MINOR:
            raise ValueError
        secret = f"{self._secret}:{fields['client_reference_id']}:{key}"
        return _Session(
            id=f"cs_sandbox_{hashlib.sha256(secret.encode()).hexdigest()[:32]}",
            order=fields["client_reference_id"],
            key=key,
            amount_minor=amount,
            currency=fields[f"{item}[currency]"].upper(),
            language={"zh": "zh-Hans", "zh-TW": "zh-Hant"}.get(fields.get("locale", ""), "en"),
            success_url=fields["success_url"],
            cancel_url=fields["cancel_url"],
            created=int(self._clock().timestamp()),
            expires_at=int(fields["expires_at"]),
            choices={
                name.removeprefix("metadata[choice_").removesuffix("]"): int(value)
                for name, value in fields.items()
                if name.startswith("metadata[choice_")
            },
        )

    def _object(self, session: _Session) -> dict[str, Any]:
        status = {"open": "open", "expired": "expired"}.get(session.state, "complete")
        return {
            "id": session.id,
            "object": "checkout.session",
            "mode": "payment",
            "client_reference_id": session.order,
            "metadata": {"order": session.order},
            "amount_total": session.paid_minor or session.amount_minor,
            "currency": session.currency.lower(),
            "status": status,
            "payment_status": "paid" if session.state == "paid" else "unpaid",
            "payment_intent": f"pi_{session.id[3:]}" if status == "complete" else None,
            "expires_at": session.expires_at,
        }

    # Its page.

    async def _show(self, session_id: str, request: Request) -> Response:
        session = self._sessions.get(session_id)
        if session is None:
            return self._gone(request)
        await self._expire(session)
        return self._page(session, request)

    async def _act(self, session_id: str, request: Request) -> Response:
        session = self._sessions.get(session_id)
        body = await request.body()
        if session is None or len(body) > _BODY_LIMIT_BYTES:
            return self._gone(request)
        await self._expire(session)
        form = dict(parse_qsl(body.decode("utf-8", "replace")))
        outcome = form.get("outcome", "pay")
        if outcome == "decline" and session.state == "open":
            words = PAY_WORDS[_language(session, request)]
            return self._page(session, request, form, problem=words.states["failed"])
        if outcome not in _STAGES:
            return self._page(session, request, form)
        words = PAY_WORDS[_language(session, request)]
        async with self._lock:  # two taps make one payment
            before, after, report = _STAGES[outcome]
            if session.state == before:
                paid = session.paid_minor or _amount(session, form)
                if paid is None:
                    return self._page(session, request, form, problem=words.bad_amount)
                session.paid_minor, session.state = paid, after
                self._keep()
                if not await self._report(session, report):
                    session.state = before
                    session.paid_minor = 0 if before == "open" else paid
                    self._keep()
                    return self._page(session, request, form, problem=words.away)
        if outcome == "pay":
            return RedirectResponse(session.success_url, 303)
        return RedirectResponse(
            f"{self._url}/pay/{session.id}?language={_language(session, request)}", 303
        )

    def _page(
        self,
        session: _Session,
        request: Request,
        form: Mapping[str, str] | None = None,
        problem: str = "",
    ) -> Response:
        language, form = _language(session, request), form or {}
        formats = Formats(language, None, self._clock().date())
        html = self._pages.sandbox(
            language,
            here=f"{self._url}/pay/{session.id}",
            state=session.state,
            offers=[
                (name, label, formats.money(session.money(minor)))
                for name, label, minor in _offers(session, PAY_WORDS[language])
            ],
            chosen=form.get("amount", "order"),
            typed=form.get("other", "")[:16],
            problem=problem,
            success_url=session.success_url,
            cancel_url=session.cancel_url,
        )
        status = 400 if problem else 200
        return HTMLResponse(html, status_code=status, headers=dict(PayPages.HEADERS))

    def _gone(self, request: Request) -> Response:
        language = request.query_params.get("language", "")
        html = self._pages.back(language if language in LANGUAGE_NAMES else "en", "gone")
        return HTMLResponse(html, status_code=404, headers=dict(PayPages.HEADERS))

    # Its reports.

    async def _expire(self, session: _Session) -> None:
        if session.state == "open" and self._clock().timestamp() >= session.expires_at:
            session.state = "expired"
            self._keep()
            await self._report(session, "checkout.session.expired")

    async def _report(self, session: _Session, kind: str) -> bool:
        """Tell the webhook; the same happening always has the same id, as with a real provider."""
        now = self._clock()
        seed = f"{session.id}:{kind}:{session.state}".encode()
        event = {
            "id": f"evt_{hashlib.sha256(seed).hexdigest()[:24]}",
            "object": "event",
            "type": kind,
            "created": int(now.timestamp()),
            "data": {"object": self._object(session)},
        }
        body = json.dumps(event).encode()
        return await self._deliver(body, sign(self._secret, body, now)) == 200

    def _keep(self) -> None:
        if self._file is None:
            return
        newest = dict(list(self._sessions.items())[-_KEPT:])
        text = json.dumps({name: asdict(session) for name, session in newest.items()})
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_suffix(".new")
        draft.write_text(text, "utf-8")
        os.replace(draft, self._file)


def _offers(session: _Session, words: PayWords) -> list[tuple[str, str, int]]:
    """The amount that was chosen in the chat, then those that differ from it."""
    offers = [("order", words.choices["order"], session.amount_minor)]
    for name in ("overdue", "next", "full"):
        minor = session.choices.get(name)
        if minor and all(minor != known for _, _, known in offers):
            offers.append((name, words.choices[name], minor))
    return offers


def _amount(session: _Session, form: Mapping[str, str]) -> int | None:
    chosen = form.get("amount", "order")
    if chosen == "order":
        return session.amount_minor
    if chosen in session.choices:
        return session.choices[chosen]
    try:
        typed = Decimal(form.get("other", "").replace(",", "").strip())
        minor = Money.from_decimal(typed, session.currency).minor if typed.is_finite() else 0
    except InvalidOperation:
        return None
    return minor if 0 < minor < _MOST_MINOR else None


def _language(session: _Session, request: Request) -> str:
    asked = request.query_params.get("language", "")
    return asked if asked in LANGUAGE_NAMES else session.language


def _read(file: Path | None) -> dict[str, _Session]:
    if file is None or not file.exists():
        return {}
    try:
        kept = json.loads(file.read_text("utf-8"))
        return {name: _Session(**fields) for name, fields in kept.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}  # a trial's file; what the books say does not depend on it


def _refusal(status: int, message: str) -> Response:
    return JSONResponse({"error": {"message": message}}, status_code=status)
