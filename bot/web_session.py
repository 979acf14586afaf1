"""Whose browser this is: signed cookies, form tokens and the language it asks for."""

from __future__ import annotations

import hashlib
import re
import secrets

from fastapi import Request, Response
from itsdangerous import BadData, URLSafeTimedSerializer

from bot.conversation import Conversation
from bot.languages import language_from_tag
from bot.web_words import DEFAULT_LANGUAGE, LANGUAGE_NAMES

SESSION_SECONDS = 30 * 24 * 3600
LANGUAGE_COOKIE = "chat_language"
_ADDRESS = re.compile(r"[A-Za-z0-9_-]{22}")


class Sessions:
    """Signed cookies that hold a random chat address, and form tokens bound to it.

    Nothing is kept on the server: who has no valid signature has no chat. Each use has its own
    salt, so that a form token can never pass as a session.
    """

    def __init__(self, secret: bytes, *, secure: bool) -> None:
        self._session = _signer(secret, "tideover.web.session")
        self._form = _signer(secret, "tideover.web.form")
        self._secure = secure
        # The __Host- prefix stops sibling domains from planting a session; it needs HTTPS.
        self.cookie = "__Host-chat" if secure else "chat"

    @staticmethod
    def new_address() -> str:
        """A chat address that nobody can guess (128 bits)."""
        return secrets.token_urlsafe(16)

    def read(self, request: Request) -> str | None:
        """The chat address of this browser; None without a valid cookie."""
        return _signed_address(self._session, request.cookies.get(self.cookie, ""))

    def keep(self, response: Response, address: str) -> None:
        """Set the session cookie, valid for another 30 days."""
        self._set(response, self.cookie, str(self._session.dumps(address)), http_only=True)

    def keep_language(self, response: Response, language: str) -> None:
        self._set(response, LANGUAGE_COOKIE, language, http_only=True)

    def form_token(self, address: str) -> str:
        return str(self._form.dumps(address))

    def is_own_form(self, address: str, token: str) -> bool:
        return _signed_address(self._form, token) == address

    def _set(self, response: Response, name: str, value: str, *, http_only: bool) -> None:
        response.set_cookie(
            name,
            value,
            max_age=SESSION_SECONDS,
            path="/",
            secure=self._secure,
            httponly=http_only,
            samesite="lax",
        )


def _signer(secret: bytes, salt: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        secret,
        salt=salt,
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )


def _signed_address(signer: URLSafeTimedSerializer, value: str) -> str | None:
    try:
        address = signer.loads(value, max_age=SESSION_SECONDS)
    except BadData:
        return None
    return address if isinstance(address, str) and _ADDRESS.fullmatch(address) else None


def asked_language(request: Request) -> tuple[str | None, str | None]:
    """(what this browser was set to on our page, what it generally prefers)."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    preferred: str | None = None
    for part in request.headers.get("accept-language", "").lower().split(","):
        preferred = language_from_tag(part.split(";")[0].strip(), "") or None
        if preferred:
            break
    return (chosen if chosen in LANGUAGE_NAMES else None), preferred


def page_language(request: Request, conversation: Conversation | None) -> str:
    """What the borrower chose, here or in the chat; else what is spoken; else the browser's."""
    chosen, preferred = asked_language(request)
    spoken = conversation.language if conversation else None
    if conversation and conversation.language_chosen:
        chosen = spoken
    known = (tag for tag in (chosen, spoken, preferred) if tag in LANGUAGE_NAMES)
    return next((tag for tag in known if tag), DEFAULT_LANGUAGE)
