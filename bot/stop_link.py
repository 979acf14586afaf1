"""The link of an e-mail that stops them: one click, without signing in (RFC 8058)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from html import escape

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from itsdangerous import BadSignature, URLSafeSerializer

from bot import wishes
from bot.languages import ENGLISH
from bot.messages import Channel
from bot.ports import Clock, Store, Whose
from compliance.wishes import Medium, OptOut, Said

_WORDS = {
    "en": ("Stop these e-mails?", "Stop e-mails", "Done. You will get no more of these e-mails."),
    "zh-Hans": ("不想再收到这类邮件？", "停止邮件", "好的，不会再给您发这类邮件了。"),
    "zh-Hant": ("不想再收到這類郵件？", "停止郵件", "好的，不會再寄這類郵件給您了。"),
}
_PAGE = (
    '<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
    '</head><body style="font:18px/1.6 sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem">'
    '<h1 style="font-size:1.3rem">{title}</h1>{rest}</body></html>'
)


def stop_links(key: bytes, public_url: str) -> Callable[[str], str]:
    """Makes the link for an address. It tells nothing and works for that address only."""
    serializer = URLSafeSerializer(key, salt="stop-email")
    return lambda address: f"{public_url}/stop/{serializer.dumps(address)}"


def stop_router(*, store: Store, clock: Clock, key: bytes) -> APIRouter:
    """GET asks, so that a mail scanner that follows links stops nothing; POST stops."""
    serializer = URLSafeSerializer(key, salt="stop-email")
    router = APIRouter(include_in_schema=False)

    def address_of(token: str) -> str | None:
        try:
            return str(serializer.loads(token))
        except BadSignature:
            return None

    async def ask(token: str) -> Response:
        address = address_of(token)
        if address is None:
            return HTMLResponse(_page(ENGLISH, "This link is not valid.", ""), status_code=404)
        language = await asyncio.to_thread(_language, store, address)
        title, label, _ = _WORDS[language]
        button = f'<form method="post"><button style="font:inherit">{escape(label)}</button></form>'
        return HTMLResponse(_page(language, title, button))

    async def stop(token: str, request: Request) -> Response:
        address = address_of(token)
        if address is None:
            return HTMLResponse(_page(ENGLISH, "This link is not valid.", ""), status_code=404)
        language = await asyncio.to_thread(_stop, store, clock, address)
        return HTMLResponse(_page(language, _WORDS[language][2], ""))

    router.add_api_route("/stop/{token}", ask, methods=["GET"])
    router.add_api_route("/stop/{token}", stop, methods=["POST"])
    return router


def _page(language: str, title: str, rest: str) -> str:
    return _PAGE.format(language=language, title=escape(title), rest=rest)


def _language(store: Store, address: str) -> str:
    with store.unit() as uow:
        found = uow.conversations.find(Channel.EMAIL, address)
    language = found.language if found else ENGLISH
    return language if language in _WORDS else ENGLISH


def _stop(store: Store, clock: Clock, address: str) -> str:
    """Keep the wish, once; e-mail is closed for this borrower, whichever address it was."""
    now = clock()
    with store.unit() as uow:
        found = uow.conversations.find(Channel.EMAIL, address)
        borrower_id = found.identity.borrower_id if found else None
        wish = OptOut(channel=Medium.EMAIL, address=None if borrower_id else address)
        wishes.keep(
            uow,
            Said(wish=wish, source="link", said_at=now, text="stop link of an e-mail"),
            Whose(borrower_id=borrower_id, channel=Channel.EMAIL, address=address),
            now=now,
            actor="borrower",
        )
        uow.commit()
    language = found.language if found else ENGLISH
    return language if language in _WORDS else ENGLISH
