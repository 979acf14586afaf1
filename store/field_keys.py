"""How contact details are kept: sealed with a key that is not in the database, found by a blind index.

AES-256-GCM with a fresh nonce each time; the key's id stands in front, so that keys can change. The
index is an HMAC, so that equal values are found without being read.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Dialect
from sqlalchemy.exc import DontWrapMixin

from store.errors import StoreError

MARK = "sealed:"
_NONCE_BYTES = 12
_KEY_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,15}")


class Blinded(str):
    """What stands in a blind index, as it was read: given back, it is not blinded again."""


# SQLAlchemy would hide them inside a StatementError without the mixin.
class KeyLost(StoreError, DontWrapMixin):
    """A value is sealed with a key that this process does not have, or it was changed."""


class BadFieldKeys(StoreError):
    """The keys of TIDEOVER_FIELD_KEYS cannot be read."""


@dataclass(frozen=True, slots=True)
class FieldKeys:
    """Keys by their ids; new values are sealed with `current`. `index` is the key of the index."""

    current: str
    keys: Mapping[str, bytes]
    index: bytes

    def seal(self, text: str) -> str:
        nonce = os.urandom(_NONCE_BYTES)
        data = AESGCM(self.keys[self.current]).encrypt(nonce, text.encode(), b"tideover")
        return f"{MARK}{self.current}:{base64.urlsafe_b64encode(nonce + data).decode()}"

    def open(self, kept: str) -> str:
        """The text; a value from before it was sealed is given as it is. Raises KeyLost."""
        if not kept.startswith(MARK):
            return kept
        key_id, _, data = kept.removeprefix(MARK).partition(":")
        key = self.keys.get(key_id)
        if key is None:
            raise lost(key_id)
        try:
            raw = base64.urlsafe_b64decode(data)
            return AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], b"tideover").decode()
        except (InvalidTag, ValueError, binascii.Error) as error:
            raise KeyLost(
                f"A contact detail cannot be opened with the key {key_id!r}.",
                hint="The key under this id is another one, or the row was changed.",
            ) from error

    def blind(self, text: str) -> str:
        """What stands in the index for this text: 64 hex digits."""
        return hmac.new(self.index, text.encode(), hashlib.sha256).hexdigest()


def lost(key_id: str) -> KeyLost:
    return KeyLost(
        f"The key {key_id!r} of some contact details is not there.",
        hint="Put it back into TIDEOVER_FIELD_KEYS (or the TIDEOVER_SECRET_KEY it came from), after"
        " the newer ones; then `tideover keys rotate`.",
    )


def key_id_of(kept: str) -> str | None:
    """The id of the key that a kept value needs; None if it is not sealed."""
    return kept.removeprefix(MARK).partition(":")[0] if kept.startswith(MARK) else None


def read_field_keys(text: str) -> dict[str, bytes]:
    """Keys by id, the current one first, from `id:base64 id:base64 ...`. Raises BadFieldKeys."""
    keys: dict[str, bytes] = {}
    for number, word in enumerate(text.split(), start=1):
        key_id, _, data = word.partition(":")
        try:
            key = base64.b64decode(data, altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            key = b""
        if not _KEY_ID.fullmatch(key_id) or len(key) != 32 or key_id in keys:
            raise BadFieldKeys(
                f"Key number {number} of TIDEOVER_FIELD_KEYS cannot be read.",
                hint="Each is a new id, a colon, and 32 bytes in base64: `tideover keys new` makes one.",
            )
        keys[key_id] = key
    return keys


def new_field_key(key_id: str) -> str:
    """A key in the form of TIDEOVER_FIELD_KEYS. Raises BadFieldKeys for an id that cannot be one."""
    if not _KEY_ID.fullmatch(key_id):
        raise BadFieldKeys(
            f"{key_id!r} cannot be the id of a key.",
            hint="Use up to 16 small letters, digits and hyphens, such as 2026-11.",
        )
    return f"{key_id}:{base64.urlsafe_b64encode(os.urandom(32)).decode()}"


_ATTRIBUTE = "tideover_field_keys"


def give_keys(dialect: Dialect, keys: FieldKeys | None) -> None:
    """Let the columns of this database seal and open; without keys they keep what they are given."""
    setattr(dialect, _ATTRIBUTE, keys)


def keys_of(dialect: Dialect) -> FieldKeys | None:
    found = getattr(dialect, _ATTRIBUTE, None)
    assert found is None or isinstance(found, FieldKeys)
    return found
