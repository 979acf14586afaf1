"""The Telegram channel: starts the bot and puts its parts together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Protocol

import structlog
from fastapi import APIRouter
from telegram import BotCommand, BotCommandScopeChat, error
from telegram.constants import ChatAction
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from bot.messages import Envelope, Inbound
from bot.telegram_send import Limiter, Sender
from bot.telegram_text import Paid, PreCheckout
from bot.telegram_updates import UPDATES, TelegramUnreachable, UpdateIntake
from lending.errors import TideoverError

log = structlog.get_logger(__name__)

WEBHOOK_PATH = "/telegram/webhook"
_CHECK_S = 6.0  # of the ten that Telegram waits: the answer has to travel, too
_NO_TILL = "Payments are switched off here."
_LONGEST_EXTRA_S = 10.0  # for calls that nobody waits for: menus, answers to taps


class TelegramRefused(TideoverError):
    """Telegram does not accept the bot token or the webhook."""


class Till(Protocol):
    """What is asked before and told after a payment in Telegram; see bot/pay/telegram.py."""

    async def check(self, query: PreCheckout) -> str | None: ...

    def away(self, query: PreCheckout) -> str: ...

    async def paid(self, payment: Paid) -> None: ...


class TelegramGateway:
    """One Telegram bot. Implements `ChannelPort`, and hands what borrowers send to `sink`.

    `sink` returns once an update is stored for good; before that it is not confirmed to Telegram,
    and if it raises, the update comes again under the same `update_key`. The same holds for
    `on_blocked`. `menu` maps a language to (command, description) pairs; `phrases` maps
    "stale_button" to its text per language.
    """

    def __init__(
        self,
        *,
        token: str,
        api_url: str = "https://api.telegram.org",
        callback_key: bytes,
        sink: Callable[[Inbound], Awaitable[None]],
        clock: Callable[[], datetime],
        menu: Mapping[str, Sequence[tuple[str, str]]],
        phrases: Mapping[str, Mapping[str, str]],
        webhook_secret: str | None = None,
        on_blocked: Callable[[str], Awaitable[None]] | None = None,
        poll_timeout_s: int = 25,
        read_timeout_s: float = 10.0,
        backoff_s: float = 1.0,
        chat_interval_s: float = 1.0,
        staff_chat: int | None = None,
        invoice_token: str | None = None,
        till: Till | None = None,
    ) -> None:
        _keep_out_of_logs()
        self._bot = _make_bot(token, api_url, read_timeout_s, chat_interval_s)
        self._sender = Sender(self._bot, callback_key, backoff_s, invoice_token=invoice_token)
        self._till = till
        self._menu, self._webhook_secret = menu, webhook_secret
        self._staff_chat = staff_chat
        self._background: set[asyncio.Task[None]] = set()
        self._intake = UpdateIntake(
            updates_url=f"{api_url}/bot{token}/getUpdates",
            webhook_secret=webhook_secret,
            callback_key=callback_key,
            sink=sink,
            on_blocked=on_blocked,
            answer_tap=self._answer_tap,
            leave=self._leave,
            check_out=self._check_out,
            on_paid=till.paid if till else None,
            clock=clock,
            stale_button=phrases.get("stale_button", {}),
            poll_timeout_s=poll_timeout_s,
            backoff_s=backoff_s,
        )

    async def connect(self) -> None:
        """Check the token and learn the bot's name; enough for a process that only sends.

        May be called again after a failure. Raises TelegramRefused, TelegramUnreachable.
        """
        try:
            await self._bot.initialize()
        except error.InvalidToken:
            await self._bot.shutdown()
            raise _wrong_token() from None  # PTB's message holds the token
        except Exception as problem:
            await self._bot.shutdown()
            raise TelegramUnreachable(
                "The Telegram server does not answer as it should.",
                hint="Check the network and TIDEOVER_TELEGRAM_API_URL.",
            ) from problem

    async def start(self, public_webhook_url: str | None) -> None:
        """Connect, set the menus, and say how updates come: to this whole URL, or by `poll`.

        Raises TelegramRefused, TelegramUnreachable.
        """
        if public_webhook_url and not self._webhook_secret:
            raise TelegramRefused(
                "The webhook has no secret.", hint="Set TIDEOVER_TELEGRAM_WEBHOOK_SECRET."
            )
        await self.connect()
        # Telegram takes two-letter languages only, so "zh" gets the simplified texts.
        for language, code in (("en", None), ("zh-Hans", "zh")):
            if commands := self._commands(language):
                await _tolerate("menu", partial(self._set_menu, commands, code))
        if public_webhook_url is None:
            await _tolerate("delete_webhook", self._bot.delete_webhook)
        else:
            await self._set_webhook(public_webhook_url)

    async def _set_webhook(self, url: str) -> None:
        try:
            await self._bot.set_webhook(
                url, secret_token=self._webhook_secret, allowed_updates=UPDATES
            )
        except Exception as problem:
            await self._bot.shutdown()
            raise TelegramRefused(
                "Telegram does not take the webhook.",
                hint="It needs a public https address and a secret of letters, digits, _ and -.",
            ) from problem

    async def stop(self) -> None:
        """Let answers to taps finish, for at most 3 seconds, and close all connections."""
        if self._background:
            _, late = await asyncio.wait(self._background, timeout=3)
            for task in late:
                task.cancel()
        await self._intake.close()
        await self._bot.shutdown()

    @property
    def username(self) -> str:
        """The bot's name. Raises TelegramUnreachable before `connect`."""
        try:
            return self._bot.username
        except RuntimeError:
            raise TelegramUnreachable("Telegram is not connected yet.") from None

    def deep_link(self, token: str) -> str:
        """An address that opens the chat and sends `/start <token>`."""
        return f"https://t.me/{self.username}?start={token}"

    async def set_chat_menu(self, address: str, language: str) -> None:
        """Show one chat the command menu in its language; a failure is only logged."""
        if commands := self._commands(language) or self._commands("en"):
            await _tolerate(
                "chat_menu",
                lambda: self._bot.set_my_commands(commands, scope=BotCommandScopeChat(address)),
            )

    async def _set_menu(self, commands: Sequence[BotCommand], code: str | None) -> None:
        await self._bot.set_my_commands(commands, language_code=code)

    def _commands(self, language: str) -> list[BotCommand]:
        return [BotCommand(name, what) for name, what in self._menu.get(language, ())]

    async def poll(self, stop: asyncio.Event) -> None:
        """Ask for updates until `stop` is set, hand them over in order, confirm what is stored."""
        await self._intake.poll(stop)

    def webhook_router(self) -> APIRouter:
        """Serves POST /telegram/webhook; without a secret it refuses every call."""
        router = APIRouter()
        router.add_api_route(
            WEBHOOK_PATH, self._intake.receive, methods=["POST"], include_in_schema=False
        )
        return router

    def _answer_tap(self, query_id: str, alert: str | None) -> None:
        answer = self._bot.answer_callback_query
        self._later("answer_tap", partial(answer, query_id, alert, show_alert=alert is not None))

    def _check_out(self, query: PreCheckout) -> None:
        self._later("pre_checkout", partial(self._answer_checkout, query))

    async def _answer_checkout(self, query: PreCheckout) -> None:
        """Say yes or no while Telegram still listens; no time, or no till, is a no."""
        till, objection = self._till, _NO_TILL
        if till is not None:
            try:
                async with asyncio.timeout(_CHECK_S):
                    objection = await till.check(query) or ""
            except TimeoutError:
                objection = till.away(query)
        await self._bot.answer_pre_checkout_query(
            query.query_id, ok=not objection, error_message=objection or None
        )

    async def tell_staff(self, line: str) -> None:
        """One line to the group of staff that is set; nothing about a borrower stands in it."""
        if self._staff_chat is not None:
            await self._bot.send_message(self._staff_chat, line)

    def _leave(self, chat_id: int) -> None:
        if chat_id == self._staff_chat:
            return
        self._later("leave", partial(self._bot.leave_chat, chat_id))

    def _later(self, what: str, call: Callable[[], Awaitable[object]]) -> None:
        """Do it beside the updates, so that one slow answer does not hold up the next borrower."""
        task = asyncio.create_task(_tolerate(what, call))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def send(self, envelope: Envelope) -> str:
        """Send one message and return the id of its last part. Raises SendFailed."""
        return await self._sender.send(envelope)

    async def show_typing(self, address: str) -> None:
        """Show that an answer is being written; a failure is only logged."""
        await _tolerate(
            "typing", lambda: self._bot.send_chat_action(address, ChatAction.TYPING), seconds=3
        )


def _make_bot(
    token: str, api_url: str, read_timeout_s: float, chat_interval_s: float
) -> ExtBot[int]:
    request = HTTPXRequest(
        connection_pool_size=64, read_timeout=read_timeout_s, write_timeout=10, pool_timeout=10
    )
    try:
        return ExtBot(
            token=token,
            base_url=f"{api_url}/bot",
            request=request,
            get_updates_request=request,  # not used: see UpdateIntake
            rate_limiter=Limiter(chat_interval_s),
        )
    except error.InvalidToken:
        raise _wrong_token() from None


def _wrong_token() -> TelegramRefused:
    return TelegramRefused(
        "Telegram does not know this bot token.",
        hint="Get one from @BotFather in Telegram and set it as TIDEOVER_TELEGRAM_TOKEN.",
    )


def _keep_out_of_logs() -> None:
    # httpx logs whole addresses, which hold the token; PTB logs message texts at debug level.
    for name in ("httpx", "httpcore", "telegram"):
        logging.getLogger(name).setLevel(logging.WARNING)


async def _tolerate(
    what: str, call: Callable[[], Awaitable[object]], seconds: float = _LONGEST_EXTRA_S
) -> None:
    """Make a call that the borrower can do without; a failure is logged."""
    try:
        async with asyncio.timeout(seconds):
            await call()
    except Exception as problem:  # noqa: BLE001 - logged; nothing depends on it
        log.warning("telegram.extra.failed", what=what, error=type(problem).__name__)
