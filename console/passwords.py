"""Passwords as Argon2 hashes, and one-time codes whose secret is kept sealed."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from cryptography.fernet import Fernet, InvalidToken

from lending.errors import TideoverError
from lending.sentences import Sentence

LEAST = 12
MOST = 200
_STEP = 30  # seconds a code is valid, RFC 6238
_COMMON = frozenset({"password", "tideover", "passwort", "qwertyuiop", "123456789012", "letmein"})


class WeakPassword(TideoverError):
    """The password is too short, too long, or one that everyone tries."""


class SealBroken(TideoverError):
    """A kept code secret cannot be opened: the master secret is another one than before."""


class Passwords:
    """Hashes and checks. One object for the process: it holds a hash to compare strangers with."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobody = self._hasher.hash("nobody has this password")

    def hash(self, password: str, *, login: str = "") -> str:
        """Raises WeakPassword."""
        check_strength(password, login)
        return self._hasher.hash(password)

    def fits(self, password: str, kept: str | None) -> bool:
        """Whether the password is right. Takes as long for someone who does not exist."""
        try:
            # An overlong text is hashed in no time, so that it is no way to keep us busy.
            right = self._hasher.verify(kept or self._nobody, password[:MOST])
        except (Argon2Error, InvalidHashError):
            return False
        return right and kept is not None

    def is_outdated(self, kept: str) -> bool:
        return self._hasher.check_needs_rehash(kept)


def check_strength(password: str, login: str = "") -> None:
    """Length counts, not kinds of characters (NIST SP 800-63B). Raises WeakPassword."""
    if not LEAST <= len(password) <= MOST:
        raise WeakPassword(
            "The password has the wrong length.",
            hint=Sentence(
                "Use %(least)s to %(most)s characters; a few words do well.", least=LEAST, most=MOST
            ),
        )
    lowered = password.lower()
    is_common = any(lowered.startswith(word) and len(lowered) < len(word) + 6 for word in _COMMON)
    if is_common or (login and login.lower() in lowered) or len(set(password)) < 5:
        raise WeakPassword(
            "This password is easy to guess.", hint="Use a few words that belong to no one."
        )


class Codes:
    """One-time codes (TOTP). Secrets are sealed with a key that comes from the master secret."""

    def __init__(self, key: bytes, issuer: str = "Tideover") -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(hashlib.sha256(key).digest()))
        self._issuer = issuer

    def new_secret(self) -> str:
        """A secret for an authenticator, in Base32; show it once."""
        return pyotp.random_base32()

    def address(self, secret: str, login: str) -> str:
        """The otpauth:// address for a QR code."""
        return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=self._issuer)

    def seal(self, secret: str) -> str:
        return self._fernet.encrypt(secret.encode()).decode()

    def step_of(self, sealed: str, code: str, now: datetime, *, after: int | None) -> int | None:
        """The time step of a right code; None if it is wrong, or was used before (`after`).

        A clock that is one step off is forgiven. Raises SealBroken.
        """
        try:
            secret = self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise SealBroken(
                "Sign-in codes cannot be checked: the master secret has changed.",
                hint="Set TIDEOVER_SECRET_KEY to what it was, or run: tideover staff totp --off",
            ) from None
        totp, present = pyotp.TOTP(secret), int(now.timestamp()) // _STEP
        digits = "".join(c for c in code if c.isdigit())
        for step in (present, present - 1, present + 1):
            if (after is None or step > after) and pyotp.utils.strings_equal(
                totp.generate_otp(step), digits
            ):
                return step
        return None
