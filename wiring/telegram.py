"""Telegram: the gateway that receives and sends, and one that only sends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from settings import Settings
from wiring.base import key_for, utc_now
from wiring.conversation import Bot
from wiring.pay import telegram_till

if TYPE_CHECKING:
    from bot.telegram_api import TelegramGateway
    from bot.texts import Texts

MENU_COMMANDS = ("start", "help", "language", "stop", "human", "mydata")


def add_telegram(bot: Bot) -> TelegramGateway | None:
    """Make the Telegram gateway if a token is set."""
    from bot.messages import Channel
    from bot.telegram_api import TelegramGateway

    settings = bot.settings
    if settings.telegram_token is None:
        return None
    hook_secret = settings.telegram_webhook_secret
    till = telegram_till(
        settings,
        secret=bot.secret,
        database=bot.database,
        texts=bot.texts,
        clock=bot.clock,
        payments=bot.payments,
    )

    async def sink(inbound: Any) -> None:
        await bot.router.receive(inbound)

    async def blocked(address: str) -> None:
        await asyncio.to_thread(_mark_blocked, bot, address)

    gateway = TelegramGateway(
        token=settings.telegram_token.get_secret_value(),
        api_url=settings.telegram_api_url,
        callback_key=key_for(bot.secret, "telegram-buttons"),
        sink=sink,
        clock=utc_now,
        menu=menu_texts(bot.texts),
        phrases={
            "stale_button": {
                language: bot.texts.content("utter_stale_button", language).text
                for language in ("en", "zh-Hans", "zh-Hant")
            }
        },
        webhook_secret=hook_secret.get_secret_value() if hook_secret else None,
        on_blocked=blocked,
        staff_chat=settings.alert_telegram_chat,
        invoice_token=invoice_token(settings),
        till=till,
    )
    bot.gateway = gateway
    bot.channels[Channel.TELEGRAM] = gateway
    return gateway


def invoice_token(settings: Settings) -> str | None:
    """The payment token, for whoever sends."""
    token = settings.pay_telegram_token
    return token.get_secret_value() if token else None


def _mark_blocked(bot: Bot, address: str) -> None:
    from bot.messages import Channel

    with bot.database.unit() as uow:
        conversation = uow.conversations.find(Channel.TELEGRAM, address)
    if conversation is not None:
        bot.outbox.mark_unreachable(conversation.id)


def menu_texts(texts: Texts) -> dict[str, list[tuple[str, str]]]:
    """The command menu in each language: one line per command in the text `utter_menu`."""
    menus = {}
    for language in ("en", "zh-Hans", "zh-Hant"):
        lines = texts.content("utter_menu", language).text.splitlines()
        pairs = [line.split(":", 1) for line in lines]
        menus[language] = [(name.strip(), about.strip()) for name, about in pairs]
    return menus


def telegram_sender(settings: Settings, secret: bytes, texts: Texts) -> TelegramGateway | None:
    """A gateway for a process that only sends; None without a token."""
    from bot.telegram_api import TelegramGateway

    if settings.telegram_token is None:
        return None

    async def nowhere(inbound: Any) -> None:
        return None

    return TelegramGateway(
        token=settings.telegram_token.get_secret_value(),
        api_url=settings.telegram_api_url,
        callback_key=key_for(secret, "telegram-buttons"),
        sink=nowhere,
        clock=utc_now,
        menu=menu_texts(texts),
        phrases={},
    )
