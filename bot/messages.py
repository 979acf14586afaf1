"""Messages in and out, and what a channel must promise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from lending.errors import TideoverError
from lending.ids import ConversationId, MessageId
from lending.money import Money


class Channel(StrEnum):
    """A way to a borrower. Staff make calls, visits and letters; they are only written down here."""

    TELEGRAM = "telegram"
    WEB = "web"
    TERMINAL = "terminal"
    SMS = "sms"
    EMAIL = "email"
    CALL = "call"
    VISIT = "visit"
    LETTER = "letter"


CHATS = frozenset({Channel.TELEGRAM, Channel.WEB, Channel.TERMINAL})
"""Where a borrower talks with the assistant. A wish that says "chat" means all of them."""


class Author(StrEnum):
    """Who wrote a message."""

    BORROWER = "borrower"
    BOT = "bot"
    STAFF = "staff"


class Kind(StrEnum):
    """What a message is. NOTICE says who speaks from now on; the others are what was sent."""

    TEXT = "text"
    BUTTON = "button"
    EDITED = "edited"
    STICKER = "sticker"
    PICTURE = "picture"
    VOICE = "voice"
    LOCATION = "location"
    CONTACT = "contact"
    FILE = "file"
    NOTICE = "notice"
    OTHER = "other"


class DeliveryState(StrEnum):
    """Where an outbound message stands. `unconfirmed` may have been sent: never sent again."""

    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """One thing that a borrower sent, as a channel hands it over.

    `update_key` is unique per channel: the same key is the same message, however often it comes.
    `text` is what was typed, or the payload of a button whose signature the channel has checked.
    """

    channel: Channel
    address: str
    is_private: bool
    update_key: str
    kind: Kind
    text: str
    received_at: datetime
    language_hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A choice that the borrower can tap. `payload` is a dialogue payload such as /check_balance."""

    label: str
    payload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A PNG with a text that says the same for those who cannot see it."""

    png: bytes
    alt: str
    filename: str = "picture.png"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file to keep: a PDF, or JSON if it is named so. The text of its message says what it is, and enough to do without it."""

    pdf: bytes
    filename: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """A bill that Telegram can take the payment of. `payload` comes back signed as it went out.

    `if_refused` is said when Telegram does not take the invoice.
    """

    title: str
    about: str
    amount: Money
    payload: str
    if_refused: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a message says. Plain text; a channel may set `**bold**` as it can.

    `subject`, `html` and `stop_url` are for e-mail: the HTML says what the text says, and the link
    stops such mail with one click. They are not stored, and neither is an `invoice`.
    """

    text: str
    buttons: tuple[Button, ...] = ()
    picture: Picture | None = None
    document: Document | None = None
    invoice: Invoice | None = None
    url_buttons: tuple[Button, ...] = field(default=())
    subject: str | None = None
    html: str | None = None
    stop_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A message that the outbox has cleared for sending; only the outbox makes one."""

    message_id: MessageId
    conversation_id: ConversationId
    address: str
    language: str
    content: Content


class SendFailed(TideoverError):
    """The channel did not take a message.

    `permanent`: the chat is gone (blocked, deleted); do not try this address again.
    `retry_after`: seconds to wait, when the channel said so.
    `uncertain`: it may have been delivered (time-out after sending); it must not be sent again.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        uncertain: bool = False,
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after
        self.uncertain = uncertain


class ChannelPort(Protocol):
    """The sending side of a channel.

    `send` delivers the text and, where the channel can, its buttons, picture and document; it
    never drops the text because one of these is not possible. It returns the channel's own message id.
    Calls for one address come one at a time and in order. Raises SendFailed and nothing else.
    """

    async def send(self, envelope: Envelope) -> str: ...

    async def show_typing(self, address: str) -> None: ...


Channels = Mapping[Channel, ChannelPort]
