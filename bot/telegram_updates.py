"""Takes Telegram updates in, by polling or webhook, until they are stored. No Telegram library."""

from __future__ import annotations

import asyncio
import hmac
import json
import random
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import datetime
from typing import Any, TypeVar, assert_never

import httpx
import structlog
from fastapi import Request, Response

from bot import telegram_text as form
from bot.callback_data import unseal
from bot.messages import Channel, Inbound, Kind
from bot.request_ids import request
from lending.errors import TideoverError

log = structlog.get_logger(__name__)
T = TypeVar("T")

UPDATES = ("message", "edited_message", "callback_query", "my_chat_member", "pre_checkout_query")
_BODY_LIMIT_BYTES = 1024 * 1024
_LONGEST_BACKOFF_S = 60.0


class TelegramUnreachable(TideoverError):
    """The Bot API server does not answer, or not as a Bot API server does."""


class UpdateIntake:
    """Receives raw updates by polling or webhook and hands each over once it is understood.

    PTB reads a whole batch at once and loses it when one update is odd; here each stands alone.
    """

    def __init__(
        self,
        *,
        updates_url: str,
        webhook_secret: str | None,
        callback_key: bytes,
        sink: Callable[[Inbound], Awaitable[None]],
        on_blocked: Callable[[str], Awaitable[None]] | None,
        answer_tap: Callable[[str, str | None], None],
        leave: Callable[[int], None],
        check_out: Callable[[form.PreCheckout], None],
        on_paid: Callable[[form.Paid], Awaitable[None]] | None,
        clock: Callable[[], datetime],
        stale_button: Mapping[str, str],
        poll_timeout_s: int,
        backoff_s: float,
    ) -> None:
        self._url, self._secret, self._callback_key = updates_url, webhook_secret, callback_key
        self._sink, self._on_blocked, self._clock = sink, on_blocked, clock
        self._answer_tap, self._leave, self._stale_button = answer_tap, leave, stale_button
        self._check_out, self._on_paid = check_out, on_paid
        self._poll_timeout_s, self._backoff_s = poll_timeout_s, backoff_s
        self._client = httpx.AsyncClient(timeout=httpx.Timeout(poll_timeout_s + 10, connect=5))

    async def close(self) -> None:
        await self._client.aclose()

    async def poll(self, stop: asyncio.Event) -> None:
        offset, trouble = 0, _Trouble(self._backoff_s)
        while not stop.is_set():
            place, before = "telegram.poll", offset
            try:
                batch = await _unless(stop, self._fetch(offset)) or []
                place = "telegram.sink"
                for raw in batch:
                    if stop.is_set():
                        return
                    await self._take(raw)
                    offset = max(offset, (form.update_id_of(raw) or -1) + 1)
                trouble.end()
                # A server that does not hold the long poll is not asked without pause.
                pause = 0.05 if offset == before else 0.0
            except Exception as problem:  # noqa: BLE001 - logged; the loop must outlive anything
                pause = trouble.note(place, problem)
            await _unless(stop, asyncio.sleep(pause))

    async def _fetch(self, offset: int) -> list[object]:
        asked = {
            "offset": offset,
            "timeout": self._poll_timeout_s,
            "allowed_updates": json.dumps(UPDATES),
        }
        answer = await self._client.post(self._url, data=asked)
        if answer.status_code == httpx.codes.CONFLICT:
            raise _Conflict
        body = answer.json()
        result = body.get("result") if isinstance(body, dict) else None
        if answer.is_error or not isinstance(result, list):
            raise TelegramUnreachable(f"getUpdates failed with status {answer.status_code}.")
        return result

    async def receive(self, request: Request) -> Response:
        """Answer 200 only when the update is stored, or when it never can be."""
        given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not self._secret or not hmac.compare_digest(given.encode(), self._secret.encode()):
            log.warning("telegram.webhook.refused")
            return Response(status_code=403)
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > _BODY_LIMIT_BYTES:
                return Response(status_code=413)
        try:
            raw = json.loads(body)
        except (ValueError, RecursionError):
            log.warning("telegram.webhook.unreadable")
            return Response()
        try:
            await self._take(raw)
        except Exception as problem:  # noqa: BLE001 - Telegram sends it again
            log.error("telegram.sink.failed", error=type(problem).__name__)
            return Response(status_code=500)
        return Response()

    async def _take(self, raw: object) -> None:
        """Hand one update over; returns when it is stored, raises what the sink raises."""
        update_id, event = form.update_id_of(raw), form.read_event(raw)
        if update_id is None or event is None:
            log.info("telegram.update.skipped", update_id=update_id)
            return
        match event:
            case form.Said():
                await self._store(update_id, event, event.kind, event.text)
            case form.Tapped():
                await self._take_tap(update_id, event)
            case form.Blocked(address=address):
                if self._on_blocked is not None:
                    await self._on_blocked(address)
            case form.PreCheckout():
                self._check_out(event)  # Telegram waits for ten seconds: never behind others
            case form.Paid():
                if self._on_paid is None:
                    log.error("telegram.payment.unexpected", update_id=update_id)
                else:
                    await self._on_paid(event)
            case form.Elsewhere(chat_id=chat_id):
                log.info("telegram.group.left", update_id=update_id)
                self._leave(chat_id)
            case _:
                assert_never(event)

    async def _take_tap(self, update_id: int, tap: form.Tapped) -> None:
        payload = unseal(self._callback_key, tap.address, tap.data)
        if payload is None:
            log.warning("telegram.button.stale", update_id=update_id)
            texts = self._stale_button
            language = form.nearest_language(tap.language_hint)
            self._answer_tap(tap.query_id, texts.get(language, texts.get("en")))
            return
        await self._store(update_id, tap, Kind.BUTTON, payload)
        self._answer_tap(tap.query_id, None)

    async def _store(
        self, update_id: int, event: form.Said | form.Tapped, kind: Kind, text: str
    ) -> None:
        with request(f"telegram-{update_id}"):
            await self._sink(
                Inbound(
                    channel=Channel.TELEGRAM,
                    address=event.address,
                    is_private=True,
                    update_key=f"update:{update_id}",
                    kind=kind,
                    text=text,
                    received_at=self._clock(),
                    language_hint=event.language_hint,
                )
            )


class _Conflict(TelegramUnreachable):
    """Another process takes the updates of the same bot."""

    def __init__(self) -> None:
        super().__init__("Another process polls with this bot token.", hint="Stop one of them.")


class _Trouble:
    """A streak of failures: each sort is logged once, and the pauses grow up to a minute."""

    def __init__(self, backoff_s: float) -> None:
        self._backoff_s = backoff_s
        self._count = 0
        self._logged: set[str] = set()

    def note(self, place: str, problem: Exception) -> float:
        """Note a failure and give the seconds to wait."""
        self._count += 1
        event = f"{place}.{'conflict' if isinstance(problem, _Conflict) else 'failed'}"
        if event not in self._logged:
            self._logged.add(event)
            # Only our own messages: those of libraries may hold the token or a text.
            advice = str(problem) if isinstance(problem, TideoverError) else None
            log.error(event, error=type(problem).__name__, advice=advice)
        ceiling = min(self._backoff_s * 2 ** min(self._count - 1, 10), _LONGEST_BACKOFF_S)
        return random.uniform(
            ceiling / 2, ceiling
        )  # jitter: several workers must not march in step

    def end(self) -> None:
        if self._count:
            log.info("telegram.poll.recovered", failures=self._count)
        self._count = 0
        self._logged.clear()


async def _unless(stop: asyncio.Event, call: Coroutine[Any, Any, T]) -> T | None:
    """Await a call, or give it up as soon as `stop` is set."""
    task, halt = asyncio.create_task(call), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({task, halt}, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        task.cancel()
        halt.cancel()
        await asyncio.gather(task, halt, return_exceptions=True)
