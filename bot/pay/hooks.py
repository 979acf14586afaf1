"""Where a provider's reports come in, and where a borrower lands after its page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from starlette.background import BackgroundTask

from bot.pay.desk import PayDesk
from bot.pay.page import PayPages
from bot.pay.stripe_events import Forged, Unreadable, check_signature, read_event
from bot.ports import Clock
from bot.web_words import LANGUAGE_NAMES
from lending.errors import TideoverError

log = structlog.get_logger(__name__)

WEBHOOK_PATH = "/pay/webhook"
BACK_PATH = "/pay/back"
BODY_LIMIT_BYTES = 256 * 1024


def pay_router(
    *,
    desk: PayDesk,
    provider: str,
    secrets: Sequence[str],
    clock: Clock,
    pages: PayPages,
    after: Callable[[], None] = lambda: None,
) -> APIRouter:
    """POST /pay/webhook and GET /pay/back/*. `after` is called once a report is kept.

    A report is answered with 200 only when it is kept, or does not concern us; so whatever could
    not be kept comes again.
    """
    router = APIRouter(include_in_schema=False)

    async def receive(request: Request) -> Response:
        body = await _body_of(request)
        if body is None:
            return Response(status_code=413)
        try:
            check_signature(request.headers.get("Stripe-Signature", ""), body, secrets, clock())
            event = read_event(body, provider)
        except (Forged, Unreadable) as error:
            log.warning("pay.report_refused", error=type(error).__name__, why=error.message)
            return Response(status_code=400)
        if event is None:
            return Response()
        try:
            await asyncio.to_thread(desk.heard, event)
        except TideoverError as error:
            log.error("pay.report_not_kept", error=type(error).__name__)
            return Response(status_code=503)
        return Response(background=BackgroundTask(after))

    async def back(how: str, request: Request) -> Response:
        language = request.query_params.get("language", "")
        if how not in ("done", "left"):
            return Response(status_code=404)
        known = language if language in LANGUAGE_NAMES else "en"
        return HTMLResponse(pages.back(known, how), headers=PayPages.HEADERS)

    router.add_api_route(WEBHOOK_PATH, receive, methods=["POST"])
    router.add_api_route(BACK_PATH + "/{how}", back, methods=["GET"])
    return router


async def _body_of(request: Request) -> bytes | None:
    """The raw bytes, as they were signed; None for more than any report holds."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT_BYTES:
            return None
    return bytes(body)
