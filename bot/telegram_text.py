"""Telegram's formats as plain values: what an update says, how a message is laid out. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from bot.messages import Button, Content, Kind

TEXT_LIMIT = 4096  # Telegram counts UTF-16 units, after formatting.
CAPTION_LIMIT = 1024
_HALF_ROW_CELLS = 18  # A label wider than this is cut on a phone when two share a row.

_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")

_KINDS = (  # The order matters: a venue also carries a location, an animation a document.
    ("sticker", Kind.STICKER),
    ("photo", Kind.PICTURE),
    ("voice", Kind.VOICE),
    ("audio", Kind.VOICE),
    ("video_note", Kind.VOICE),
    ("venue", Kind.LOCATION),
    ("location", Kind.LOCATION),
    ("contact", Kind.CONTACT),
    ("animation", Kind.FILE),
    ("video", Kind.FILE),
    ("document", Kind.FILE),
)
_EDITS = ("edited_message", "edited_channel_post")
_MESSAGES = ("message", "channel_post", *_EDITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A borrower wrote or sent something in a private chat."""

    address: str
    kind: Kind
    text: str
    language_hint: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tapped:
    """A borrower tapped a button; `data` is not checked yet. `address` is "" if Telegram hid it."""

    address: str
    query_id: str
    data: str
    language_hint: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """A borrower blocked the bot or deleted the chat with it."""

    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Something happened in a group or channel, where the bot has no business."""

    chat_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PreCheckout:
    """A borrower is about to pay an invoice; Telegram waits for a yes. `total` in minor units."""

    address: str
    query_id: str
    payload: str
    currency: str
    total: int
    language_hint: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """An invoice was paid: the money has moved."""

    address: str
    payload: str
    currency: str
    total: int
    charge_id: str
    provider_charge_id: str
    at: datetime | None


Event = Said | Tapped | Blocked | Elsewhere | PreCheckout | Paid


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of an inline keyboard: either signed data or an address to open."""

    label: str
    data: str | None = None
    url: str | None = None


Rows = tuple[tuple[Key, ...], ...]


def update_id_of(raw: object) -> int | None:
    number = _part(raw).get("update_id")
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def read_event(raw: object) -> Event | None:
    """Say what an update means; None for what concerns nobody. Any JSON at all is survived."""
    update = _part(raw)
    for name in _MESSAGES:
        if name in update:
            return _read_message(_part(update[name]), is_edit=name in _EDITS)
    if "callback_query" in update:
        return _read_tap(_part(update["callback_query"]))
    if "pre_checkout_query" in update:
        return _read_checkout(_part(update["pre_checkout_query"]))
    if "my_chat_member" in update:
        return _read_membership(_part(update["my_chat_member"]))
    return None


def _read_message(message: Mapping[str, object], *, is_edit: bool) -> Event | None:
    place = _place(message)
    if place is None or isinstance(place, Elsewhere):
        return place
    if "successful_payment" in message:
        return None if is_edit else _read_payment(place, message)
    if is_edit and "location" in message:
        return None  # A live location is edited every few seconds; nobody wrote anything.
    text = message.get("text")
    kind = next((kind for name, kind in _KINDS if name in message), Kind.OTHER)
    if isinstance(text, str):
        kind = Kind.TEXT
    else:
        text = message.get("caption")
    return Said(
        address=place,
        kind=Kind.EDITED if is_edit else kind,
        text=_clean(text) if isinstance(text, str) else "",
        language_hint=_language_hint(message),
    )


def _read_tap(query: Mapping[str, object]) -> Event | None:
    place = _place(_part(query.get("message")))
    query_id, data = query.get("id"), query.get("data")
    if isinstance(place, Elsewhere):
        return place
    if not isinstance(query_id, str):
        return None
    return Tapped(
        address=place or "",
        query_id=_clean(query_id),
        data=data if isinstance(data, str) else "",
        language_hint=_language_hint(query),
    )


def _read_checkout(query: Mapping[str, object]) -> Event | None:
    """The payer's own chat has the number of the payer."""
    payer, query_id = _part(query.get("from")).get("id"), query.get("id")
    total = query.get("total_amount")
    if not (_is_number(payer) and _is_number(total) and isinstance(query_id, str)):
        return None
    return PreCheckout(
        address=str(payer),
        query_id=_clean(query_id),
        payload=_clean(str(query.get("invoice_payload") or "")),
        currency=_clean(str(query.get("currency") or ""))[:3],
        total=int(str(total)),
        language_hint=_language_hint(query),
    )


def _read_payment(place: str, message: Mapping[str, object]) -> Event | None:
    payment, at = _part(message.get("successful_payment")), message.get("date")
    total, charge_id = payment.get("total_amount"), payment.get("telegram_payment_charge_id")
    if not (_is_number(total) and isinstance(charge_id, str) and charge_id):
        return None
    return Paid(
        address=place,
        payload=_clean(str(payment.get("invoice_payload") or "")),
        currency=_clean(str(payment.get("currency") or ""))[:3],
        total=int(str(total)),
        charge_id=_clean(charge_id)[:255],
        provider_charge_id=_clean(str(payment.get("provider_payment_charge_id") or ""))[:255],
        at=datetime.fromtimestamp(int(str(at)), UTC) if _is_number(at) else None,
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**12


def _read_membership(change: Mapping[str, object]) -> Event | None:
    status = _part(change.get("new_chat_member")).get("status")
    place = _place(change)
    is_out = status in ("kicked", "left")
    if isinstance(place, str):
        return Blocked(address=place) if is_out else None
    return None if is_out else place


def _place(holder: Mapping[str, object]) -> str | Elsewhere | None:
    """Where it happened: the address of a private chat, elsewhere, or not said."""
    chat = _part(holder.get("chat"))
    chat_id, kind = chat.get("id"), chat.get("type")
    if not isinstance(chat_id, int) or isinstance(chat_id, bool) or not isinstance(kind, str):
        return None
    return str(chat_id) if kind == "private" else Elsewhere(chat_id=chat_id)


def _language_hint(holder: Mapping[str, object]) -> str | None:
    code = _part(holder.get("from")).get("language_code")
    return _clean(code)[:35] if isinstance(code, str) and code else None


def _part(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _clean(text: str) -> str:
    """Take out what no database stores: half surrogate pairs, and NUL (PostgreSQL)."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "")


def nearest_language(code: str | None) -> str:
    """Map a language code of a Telegram app to one of ours."""
    parts = (code or "").lower().replace("_", "-").split("-")
    if parts[0] != "zh":
        return "en"
    return "zh-Hant" if {"hant", "tw", "hk", "mo"} & set(parts) else "zh-Hans"


def to_html(text: str) -> str:
    """Turn `**bold**` (within one line) into Telegram's HTML; all else is shown as written."""
    return _BOLD.sub(r"<b>\1</b>", escape(text, quote=False))


def to_plain(text: str) -> str:
    return _BOLD.sub(r"\1", text)


def fits_caption(text: str) -> bool:
    return _units(text) <= CAPTION_LIMIT


def pieces(text: str, limit: int = TEXT_LIMIT) -> list[str]:
    """Cut a text into messages: at line ends, in a long line at a space, else anywhere."""
    found, rest = [], text.strip()
    while _units(rest) > limit:
        head = rest[:limit]
        while (excess := _units(head) - limit) > 0:
            head = head[: -((excess + 1) // 2)]  # a character takes at most two units
        cut = max(head.rfind("\n"), 0) or max(head.rfind(" "), 0) or len(head)
        found.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*found, rest]


def keyboard(content: Content, seal: Callable[[str], str | None]) -> Rows:
    """Lay the buttons out: two to a row where both labels are short, links below.

    A button that `seal` gives None for is left out.
    """
    rows: list[tuple[Key, ...]] = []
    waiting: Key | None = None
    for button in content.buttons:
        if (data := seal(button.payload)) is None:
            continue
        key = Key(label=button.label, data=data)
        if _cells(key.label) > _HALF_ROW_CELLS:
            rows += [(waiting,), (key,)] if waiting else [(key,)]
            waiting = None
        elif waiting:
            rows.append((waiting, key))
            waiting = None
        else:
            waiting = key
    if waiting:
        rows.append((waiting,))
    rows += [(Key(label=link.label, url=link.payload),) for link in content.url_buttons]
    return tuple(rows)


def with_links(text: str, links: Iterable[Button]) -> str:
    """Say in the text what URL buttons would open, for when Telegram refuses the buttons."""
    return "\n".join([text, *(f"{link.label}: {link.payload}" for link in links)])


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _cells(label: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in label)
