"""What the SMS provider tells us: replies of borrowers, and what became of our messages."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog
from fastapi import APIRouter, Request, Response

from bot.messages import Channel, Inbound, Kind
from bot.ports import Clock, Store
from bot.sms import is_gone, signature

log = structlog.get_logger(__name__)

REPLY_PATH, STATUS_PATH = "/sms/reply", "/sms/status"
_FAILED = frozenset({"failed", "undelivered"})
_NOTHING = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


def sms_router(
    *,
    store: Store,
    receive: Callable[[Inbound], Awaitable[object]],
    clock: Clock,
    token: str,
    public_url: str,
) -> APIRouter:
    """POST /sms/reply and /sms/status; a call without the provider's signature is refused."""
    router = APIRouter(include_in_schema=False)

    async def form_of(request: Request, path: str) -> dict[str, str] | None:
        form = {key: str(value) for key, value in (await request.form()).items()}
        given = request.headers.get("X-Twilio-Signature", "")
        right = signature(token, f"{public_url}{path}", form)
        return form if hmac.compare_digest(given.encode(), right.encode()) else None

    async def reply(request: Request) -> Response:
        form = await form_of(request, REPLY_PATH)
        if form is None:
            return Response(status_code=403)
        if form.get("From") and form.get("MessageSid"):
            await receive(
                Inbound(
                    channel=Channel.SMS,
                    address=form["From"],
                    is_private=True,
                    update_key=form["MessageSid"],
                    kind=Kind.TEXT,
                    text=form.get("Body", ""),
                    received_at=clock(),
                )
            )
        return Response(_NOTHING, media_type="application/xml")

    async def status(request: Request) -> Response:
        form = await form_of(request, STATUS_PATH)
        if form is None:
            return Response(status_code=403)
        sid, state = form.get("MessageSid", ""), form.get("MessageStatus", "")
        if sid and state:
            await asyncio.to_thread(_keep, store, clock, sid, state, form.get("ErrorCode", ""))
        return Response(status_code=204)

    router.add_api_route(REPLY_PATH, reply, methods=["POST"])
    router.add_api_route(STATUS_PATH, status, methods=["POST"])
    return router


def _keep(store: Store, clock: Clock, sid: str, state: str, code: str) -> None:
    """Write a report down; a number that cannot be reached is not written to again."""
    now = clock()
    with store.unit() as uow:
        message_id = uow.reminders.report_delivery(
            sid[:255], Channel.SMS, status=state[:32], code=code[:32], at=now
        )
        if message_id is None:
            log.warning("sms.report.unknown", status=state)
            return
        message = uow.messages.get(message_id)
        gone = state in _FAILED and is_gone(code)
        if gone and message is not None:
            chat = uow.conversations.get(message.conversation_id, for_update=True)
            uow.conversations.save(replace(chat, reachable=False))
        uow.commit()
