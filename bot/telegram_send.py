"""Sends messages to Telegram: its pace, its limits, and what its refusals mean."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import httpx
import structlog
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LabeledPrice,
    LinkPreviewOptions,
    Message,
    error,
)
from telegram.ext import AIORateLimiter, ExtBot

from bot import telegram_text as form
from bot.callback_data import PayloadTooLong, seal
from bot.messages import Button, Document, Envelope, Invoice, Picture, SendFailed
from bot.pay.amounts import to_provider
from bot.pay.ports import ProviderRefused

log = structlog.get_logger(__name__)
T = TypeVar("T")

_PACED = ("sendMessage", "sendPhoto", "sendDocument", "sendInvoice")
_CONNECT_TRIES = 4
_LONGEST_PAUSE_S = 30.0
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_GONE = ("chat not found", "user not found", "deactivated", "peer_id_invalid", "was blocked")


class Sender:
    """Sends messages. Nothing is repeated that may have arrived: Telegram knows no duplicates."""

    def __init__(
        self,
        bot: ExtBot[int],
        callback_key: bytes,
        backoff_s: float,
        *,
        invoice_token: str | None = None,
    ) -> None:
        self._invoice_token = invoice_token
        self._bot, self._callback_key, self._backoff_s = bot, callback_key, backoff_s

    async def send(self, envelope: Envelope) -> str:
        if not envelope.address.removeprefix("-").isdecimal():
            raise SendFailed("This is not the address of a Telegram chat.", permanent=True)
        sent: list[Message] = []
        chat_id, document = int(envelope.address), envelope.content.document
        try:
            await self._send(chat_id, envelope, sent)
        except Exception as problem:
            raise _failure(problem, partly=bool(sent)) from problem
        if document is not None:
            await self._try_document(chat_id, document)
        if envelope.content.invoice is not None:
            await self._try_invoice(chat_id, envelope.content.invoice)
        return str(sent[-1].message_id)

    async def _send(self, chat_id: int, envelope: Envelope, sent: list[Message]) -> None:
        content = envelope.content
        rows = form.keyboard(content, lambda payload: self._seal(envelope.address, payload))
        texts = form.pieces(content.text)
        if content.picture is not None:
            caption = content.text if form.fits_caption(content.text) else ""
            photo_rows = rows if caption == content.text else ()
            photo = await self._try_photo(chat_id, content.picture, caption, photo_rows)
            if photo is None:
                texts = form.pieces(f"{content.text}\n\n{content.picture.alt}")
            else:
                sent.append(photo)
                if caption == content.text:
                    return
        for text in texts[:-1]:
            sent.append(await self._send_text(chat_id, text, (), ()))
        sent.append(await self._send_text(chat_id, texts[-1], rows, content.url_buttons))

    def _seal(self, address: str, payload: str) -> str | None:
        try:
            return seal(self._callback_key, address, payload)
        except PayloadTooLong as problem:  # the text must still go out
            log.error("telegram.button.left_out", error=str(problem))
            return None

    async def _try_photo(
        self, chat_id: int, picture: Picture, caption: str, rows: form.Rows
    ) -> Message | None:
        """Send a picture; None if the server refuses it, so that the text can go out alone."""
        try:
            return await self._reach(
                lambda: self._bot.send_photo(
                    chat_id,
                    picture.png,
                    caption=form.to_html(caption) or None,
                    parse_mode="HTML",
                    reply_markup=_markup(rows),
                    filename=picture.filename,
                )
            )
        except error.TelegramError as problem:
            if _is_gone(problem) or not _is_answered(problem):
                raise
            log.warning("telegram.photo.refused", error=type(problem).__name__)
            return None

    async def _try_document(self, chat_id: int, document: Document) -> None:
        """Send a document after its text; the text has arrived, so a failure is only logged."""
        try:
            await self._reach(
                lambda: self._bot.send_document(chat_id, document.pdf, filename=document.filename)
            )
        except Exception as problem:  # noqa: BLE001 - whatever it is, the text must not be repeated
            log.warning("telegram.document.not_sent", error=type(problem).__name__)

    async def _try_invoice(self, chat_id: int, invoice: Invoice) -> None:
        """Send an invoice after its text; where Telegram does not take it, say so instead."""
        try:
            await self._reach(
                lambda: self._bot.send_invoice(
                    chat_id,
                    title=invoice.title[:32],
                    description=invoice.about[:255],
                    payload=invoice.payload,
                    provider_token=self._invoice_token or "",
                    currency=invoice.amount.currency,
                    prices=[LabeledPrice(invoice.title[:32], to_provider(invoice.amount))],
                )
            )
        except Exception as problem:  # noqa: BLE001 - the text has arrived and must not be repeated
            log.error("telegram.invoice.not_sent", error=type(problem).__name__)
            refused = isinstance(problem, ProviderRefused) or (
                isinstance(problem, error.TelegramError) and _is_answered(problem)
            )
            if refused:
                with contextlib.suppress(error.TelegramError):
                    await self._bot.send_message(chat_id, invoice.if_refused)

    async def _send_text(
        self, chat_id: int, text: str, rows: form.Rows, links: Sequence[Button]
    ) -> Message:
        """Send a text; what the server refuses (formatting, then buttons) is left out."""
        plain = form.to_plain(text)
        forms = [(form.to_html(text), "HTML", rows), (plain, None, rows)]
        if rows:
            forms.append((form.with_links(plain, links), None, ()))
        for number, (shown, mode, keys) in enumerate(forms, start=1):
            call = partial(self._say, chat_id, shown, mode, _markup(keys))
            try:
                return await self._reach(call)
            except error.BadRequest as problem:
                if _is_gone(problem) or number == len(forms):
                    raise
                log.warning("telegram.send.simplified", step=number)
        raise AssertionError("unreachable")

    async def _say(
        self, chat_id: int, text: str, mode: str | None, markup: InlineKeyboardMarkup | None
    ) -> Message:
        return await self._bot.send_message(
            chat_id,
            text,
            parse_mode=mode,
            reply_markup=markup,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )

    async def _reach(self, call: Callable[[], Awaitable[T]]) -> T:
        """Repeat a call that never left this machine: it cannot have been delivered."""
        for number in range(1, _CONNECT_TRIES):
            try:
                return await call()
            except error.NetworkError as problem:
                if not isinstance(problem.__cause__, _UNSENT):
                    raise
                await asyncio.sleep(self._backoff_s * 2**number / 8)
        return await call()


class Limiter(AIORateLimiter):
    """Telegram's limits: 30 messages a second; and, which PTB leaves out, one a second per chat."""

    def __init__(self, chat_interval_s: float) -> None:
        super().__init__(max_retries=2)
        self._chat_interval_s = chat_interval_s
        self._free_at: dict[str, float] = {}

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Any:
        async def bounded(*args: Any, **kwargs: Any) -> Any:
            try:
                return await callback(*args, **kwargs)
            except error.RetryAfter as problem:
                seconds = _seconds(problem)
                if seconds > _LONGEST_PAUSE_S:  # PTB would hold up every chat that long
                    raise _LongPause(seconds) from problem
                raise

        if endpoint in _PACED:
            await self._turn_of(str(data["chat_id"]))
        return await super().process_request(bounded, args, kwargs, endpoint, data, rate_limit_args)

    async def _turn_of(self, chat: str) -> None:
        now = asyncio.get_running_loop().time()
        if len(self._free_at) > 1000:
            self._free_at = {key: at for key, at in self._free_at.items() if at > now}
        turn = max(now, self._free_at.get(chat, now))
        self._free_at[chat] = turn + self._chat_interval_s
        await asyncio.sleep(turn - now)


class _LongPause(Exception):
    """Telegram asks for a pause longer than the limiter waits."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def _failure(problem: Exception, *, partly: bool) -> SendFailed:
    """Say what a failed send means. A text of which a part went out must not go out again."""
    if _is_gone(problem):
        return SendFailed("The borrower blocked the bot, or the chat is gone.", permanent=True)
    if partly:
        return SendFailed("Only a part of the message went out.", uncertain=True)
    if isinstance(problem, _LongPause):
        return SendFailed("Telegram asks to wait.", retry_after=problem.seconds)
    if isinstance(problem, error.RetryAfter):
        return SendFailed("Telegram asks to wait.", retry_after=_seconds(problem))
    if isinstance(problem.__cause__, _UNSENT):
        return SendFailed("Telegram cannot be reached.")
    if isinstance(problem, (error.BadRequest, error.InvalidToken)):
        return SendFailed(f"Telegram refused the message ({type(problem).__name__}).")
    return SendFailed(f"Telegram gave no clear answer ({type(problem).__name__}).", uncertain=True)


def _is_gone(problem: Exception) -> bool:
    if isinstance(problem, error.BadRequest):
        return any(sign in problem.message.lower() for sign in _GONE)
    return isinstance(problem, (error.Forbidden, error.ChatMigrated))


def _is_answered(problem: error.TelegramError) -> bool:
    """Whether the server answered with an error status, so that nothing was delivered."""
    if isinstance(problem, (error.BadRequest, error.InvalidToken)):
        return True
    cause = problem.__cause__
    return type(problem) is error.NetworkError and (
        cause is None or isinstance(cause, error.TelegramError)
    )


def _seconds(problem: error.RetryAfter) -> float:
    pause = problem.retry_after
    return pause.total_seconds() if isinstance(pause, timedelta) else float(pause)


def _markup(rows: form.Rows) -> InlineKeyboardMarkup | None:
    keys = [
        [InlineKeyboardButton(key.label, url=key.url, callback_data=key.data) for key in row]
        for row in rows
    ]
    return InlineKeyboardMarkup(keys) if keys else None
