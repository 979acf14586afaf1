"""Channels that write first: SMS, e-mail, and the outbox of a process that only sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lending.errors import TideoverError
from settings import Settings
from wiring.base import key_for, lender_of, utc_now

if TYPE_CHECKING:
    from bot.mail import MailAccount
    from bot.messages import Channel, ChannelPort
    from bot.outbox import Outbox
    from bot.sms import SmsAccount
    from store.db import Database


class HalfSet(TideoverError):
    """A channel has some of its settings and lacks others."""


def sms_account(settings: Settings) -> SmsAccount | None:
    """The SMS provider, if all that it needs is set. Raises HalfSet when something is missing."""
    from bot.sms import SmsAccount
    from bot.sms_hooks import STATUS_PATH

    sid, token, sender = settings.sms_sid, settings.sms_token, settings.sms_sender
    if sid is None and token is None and sender is None:
        return None
    if sid is None or token is None or sender is None:
        raise HalfSet(
            "SMS is set in part only.",
            hint="Set TIDEOVER_SMS_SID, TIDEOVER_SMS_TOKEN and TIDEOVER_SMS_SENDER, or none.",
        )
    return SmsAccount(
        sid=sid,
        token=token.get_secret_value(),
        sender=sender,
        api_url=settings.sms_api_url,
        status_url=f"{settings.base_url}{STATUS_PATH}" if settings.base_url else None,
    )


def mail_account(settings: Settings) -> MailAccount | None:
    """The mail server, if one is set. Raises HalfSet when its sender, or our address, is missing."""
    from bot.mail import MailAccount

    if settings.smtp_host is None:
        return None
    if settings.smtp_sender is None or settings.base_url is None:
        raise HalfSet(
            "E-mail is set in part only.",
            hint="Set TIDEOVER_SMTP_SENDER, and TIDEOVER_BASE_URL for the link that stops e-mails.",
        )
    password = settings.smtp_password
    return MailAccount(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.smtp_sender,
        sender_name=settings.lender_name,
        user=settings.smtp_user,
        password=password.get_secret_value() if password else None,
        security=settings.smtp_security,
    )


def add_written_channels(settings: Settings, channels: dict[Channel, ChannelPort]) -> None:
    """SMS and e-mail, where they are set."""
    from bot.mail import MailChannel
    from bot.messages import Channel
    from bot.sms import SmsChannel

    sms, mail = sms_account(settings), mail_account(settings)
    if sms is not None:
        channels[Channel.SMS] = SmsChannel(sms)
    if mail is not None:
        channels[Channel.EMAIL] = MailChannel(mail)


def channels_set(settings: Settings) -> frozenset[Channel]:
    """The channels that the settings switch on."""
    from bot.messages import Channel

    on = {Channel.WEB}
    if settings.telegram_token is not None:
        on.add(Channel.TELEGRAM)
    if sms_account(settings) is not None:
        on.add(Channel.SMS)
    if mail_account(settings) is not None:
        on.add(Channel.EMAIL)
    return frozenset(on)


async def sending_channels(settings: Settings, secret: bytes) -> dict[Channel, ChannelPort]:
    """The channels that a dispatch process can write to; it answers nobody."""
    from bot.live import LiveHub
    from bot.messages import Channel
    from bot.web_chat import WebChannel

    # Pages are open in another process; they find what is new in the database.
    channels: dict[Channel, ChannelPort] = {Channel.WEB: WebChannel(LiveHub())}
    if settings.telegram_token is not None:
        channels[Channel.TELEGRAM] = await _telegram(settings, secret)
    add_written_channels(settings, channels)
    return channels


async def close_channels(channels: dict[Channel, ChannelPort]) -> None:
    """Let go of the connections of `sending_channels`."""
    from bot.telegram_api import TelegramGateway

    for channel in channels.values():
        if isinstance(channel, TelegramGateway):
            await channel.stop()


async def _telegram(settings: Settings, secret: bytes) -> ChannelPort:
    from bot.telegram_api import TelegramGateway

    async def nowhere(inbound: Any) -> None:
        return None

    assert settings.telegram_token is not None
    gateway = TelegramGateway(
        token=settings.telegram_token.get_secret_value(),
        api_url=settings.telegram_api_url,
        callback_key=key_for(secret, "telegram-buttons"),
        sink=nowhere,
        clock=utc_now,
        menu={},
        phrases={},
    )
    await gateway.connect()
    return gateway


def sending_outbox(
    settings: Settings, database: Database, channels: dict[Channel, ChannelPort]
) -> Outbox:
    from bot.outbox import Outbox
    from compliance.profile_file import load_profile

    return Outbox(
        store=database,
        channels=channels,
        clock=utc_now,
        profiles=load_profile,
        lender=lender_of(settings),
    )
