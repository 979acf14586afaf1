"""Button payloads that only this bot can have written, for one chat only. Pure."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256

from lending.errors import TideoverError

DATA_LIMIT_BYTES = 64  # Telegram refuses a keyboard with callback data above 64 bytes.
_MAC_BYTES = 9
_MAC_CHARS = 12  # 9 bytes in base64url, without padding.
PAYLOAD_LIMIT_BYTES = DATA_LIMIT_BYTES - _MAC_CHARS


class PayloadTooLong(TideoverError):
    """A button payload does not fit into Telegram's callback data."""


def seal(key: bytes, address: str, payload: str) -> str:
    """Sign a payload for one chat. Raises PayloadTooLong above 52 bytes of UTF-8."""
    size = len(payload.encode())
    if size > PAYLOAD_LIMIT_BYTES:
        raise PayloadTooLong(
            f"A button payload has {size} bytes; at most {PAYLOAD_LIMIT_BYTES} fit.",
            hint="Use shorter references in the payload.",
        )
    return _mac(key, address, payload) + payload


def unseal(key: bytes, address: str, data: str) -> str | None:
    """Give the payload back if this bot signed it for this chat; otherwise None."""
    mac, payload = data[:_MAC_CHARS], data[_MAC_CHARS:]
    try:
        fits = hmac.compare_digest(mac.encode(), _mac(key, address, payload).encode())
    except UnicodeEncodeError:  # JSON can carry half of a surrogate pair
        return None
    return payload if fits else None


def _mac(key: bytes, address: str, payload: str) -> str:
    # The label keeps these signatures apart from others made with the same key; the length
    # keeps address and payload apart from each other.
    signed = f"telegram-button:{len(address)}:{address}:{payload}".encode()
    return urlsafe_b64encode(hmac.digest(key, signed, sha256)[:_MAC_BYTES]).decode()
