"""The borrower's web chat: its page, what comes from it, and the way a message reaches it."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, StreamingResponse
from starlette.background import BackgroundTask

from bot.conversation import StoredMessage
from bot.handover import Owner
from bot.live import LEFT, TYPING, LiveHub
from bot.messages import Channel, Envelope, Inbound, Kind
from bot.ports import Clock, Store
from bot.web_door import (
    MAX_CHARACTERS,
    Door,
    HideLinkTokens,
    Limits,
    Posted,
    Refused,
    guarded,
    sends_json,
)
from bot.web_page import ASSET_VERSION, ASSETS, ChatPage, rich
from bot.web_session import Sessions, asked_language, page_language
from bot.web_stream import WebStream
from bot.web_transcript import WINDOW, Transcripts
from bot.web_words import LANGUAGE_NAMES, Problem

_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")
_NUMBER = re.compile(r"[0-9]{1,18}")
_LINK_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,256}")
_HIDE_LINK_TOKENS = HideLinkTokens()


class WebChannel:
    """The sending side. The outbox has stored the message by now; pages only need to be told."""

    def __init__(self, hub: LiveHub) -> None:
        self._hub = hub

    async def send(self, envelope: Envelope) -> str:
        self._hub.publish(envelope.conversation_id)
        self._hub.publish(envelope.address)
        return "web"

    async def show_typing(self, address: str) -> None:
        self._hub.publish(address, TYPING)


def web_chat_router(
    *,
    store: Store,
    receive: Callable[[Inbound], Awaitable[None]],
    hub: LiveHub,
    clock: Clock,
    secret: bytes,
    lender_name: str,
    texts: Callable[[str, str], str],
    secure_cookies: bool,
    poll_seconds: float = 2.0,
    idle_minutes: int = 30,
    limits: Limits | None = None,
) -> APIRouter:
    """All routes of the web chat, its style sheet and script included.

    `texts(key, language)` gives the welcome. `idle_minutes`: after this pause a chat that is no
    longer verified hides what was said before. Call `hub.close()` when the server starts to stop,
    or it waits for open pages.
    """
    sessions = Sessions(secret, secure=secure_cookies)
    page = ChatPage(lender_name)
    idle = timedelta(minutes=idle_minutes)
    transcripts = Transcripts(store=store, clock=clock, idle=idle)
    stream = WebStream(transcripts=transcripts, hub=hub, page=page, poll_seconds=poll_seconds)
    door = Door(sessions, limits or Limits())
    chat = _WebChat(receive, stream, sessions, door, texts)
    logging.getLogger("uvicorn.access").addFilter(_HIDE_LINK_TOKENS)
    router = APIRouter(include_in_schema=False)
    read, write = ["GET", "HEAD"], ["POST"]
    for path, methods, endpoint in (
        ("/", read, chat.show),
        ("/l/{token}", read, chat.show_link),
        ("/l/{token}", write, chat.open_link),
        ("/messages", write, chat.post_message),
        ("/stream", ["GET"], chat.follow),
        ("/media/{message_id}.png", read, chat.show_picture),
        ("/media/{message_id}.pdf", read, chat.show_document),
        ("/media/{message_id}.json", read, chat.show_document),
        ("/language", write, chat.choose_language),
        ("/leave", write, chat.leave),
        ("/chat-assets/{version}/{name}", read, chat.asset),
    ):
        handler = guarded(endpoint, page)
        router.add_api_route(path, handler, methods=methods, response_model=None)
    return router


class _WebChat:
    """The endpoints: look at the request, make one call, answer."""

    def __init__(
        self,
        receive: Callable[[Inbound], Awaitable[None]],
        stream: WebStream,
        sessions: Sessions,
        door: Door,
        texts: Callable[[str, str], str],
    ) -> None:
        self._receive = receive
        self._stream = stream
        self._hub = stream.hub
        self._transcripts = stream.transcripts
        self._page = stream.page
        self._sessions = sessions
        self._door = door
        self._texts = texts

    async def show(self, request: Request) -> Response:
        """The page with its transcript; the first visit gets a session and the welcome."""
        address = self._sessions.read(request) or self._sessions.new_address()
        recent = await asyncio.to_thread(self._transcripts.recent, address)
        language = page_language(request, recent.conversation)
        owner = recent.conversation.control.owner if recent.conversation else Owner.BOT
        welcome = None if recent.stored else self._texts("utter_welcome_web", language)
        html = self._page.chat(
            language,
            token=self._sessions.form_token(address),
            views=self._page.views(recent.shown, language),
            last_id=recent.last_id,
            clean_id=recent.last_id if recent.has_lapsed else 0,
            welcome=rich(welcome) if welcome else None,
            is_hidden=recent.hides_some,
            is_cut=len(recent.stored) == WINDOW,
            owner=owner.value,
            state_note=self._page.state_note(language, owner),
            notice=self._page.notice(language, request.query_params.get("notice")),
        )
        response = HTMLResponse(html)
        self._sessions.keep(response, address)
        if recent.conversation and recent.conversation.language_chosen:
            # Pages that are shown without a look into the store go by this cookie.
            self._sessions.keep_language(response, language)
        return response

    async def show_link(self, request: Request) -> Response:
        """What a link from the lender opens. Looking never uses the token up."""
        language = page_language(request, None)
        token = _link_token(request)
        address = self._sessions.read(request) or self._sessions.new_address()
        form_token = self._sessions.form_token(address)
        html = self._page.landing(language, action=f"/l/{token}", token=form_token)
        response = HTMLResponse(html)
        self._sessions.keep(response, address)
        return response

    async def open_link(self, request: Request) -> Response:
        """Use the link. A chat that belongs to somebody already is left for a new one.

        Otherwise a second borrower at the same browser would read the first one's messages.
        """
        posted = await self._door.admit(request)
        token = _link_token(request)
        address, key = posted.address, f"link-{hashlib.sha256(token.encode()).hexdigest()[:32]}"
        recent = await asyncio.to_thread(self._transcripts.recent, address)
        is_done = any(m.update_key == f"{address}:{key}" for m in recent.stored)
        chat = recent.conversation
        if chat is not None and chat.identity.borrower_id is not None and not is_done:
            address = self._sessions.new_address()
        await self._hand_over(request, address, key, Kind.TEXT, f"/start {token}")
        response = RedirectResponse("/", 303)
        self._sessions.keep(response, address)
        return response

    async def post_message(self, request: Request) -> Response:
        """A text, or a choice by reference to the message that offered it."""
        posted = await self._door.admit(request)
        key = posted.fields.get("key", "")
        if not _KEY.fullmatch(key):
            raise Refused(Problem.EXPIRED)
        text = posted.fields.get("text", "")
        if len(text) > MAX_CHARACTERS:
            raise Refused(Problem.TOO_LONG)
        if "choice" in posted.fields:
            payload = await asyncio.to_thread(self._chosen, posted, key)
            if payload is None:
                if sends_json(request):
                    raise Refused(Problem.STALE)
                return RedirectResponse("/?notice=stale", 303)
            await self._hand_over(request, posted.address, key, Kind.BUTTON, payload)
        elif text.strip():
            await self._hand_over(request, posted.address, key, Kind.TEXT, text)
        if sends_json(request):
            return JSONResponse({"accepted": True}, 202)
        return RedirectResponse("/#end", 303)

    async def follow(self, request: Request) -> Response:
        """The live stream of this browser's chat."""
        address = self._sessions.read(request)
        if address is None:
            raise Refused(Problem.EXPIRED)
        query = request.query_params
        seen = request.headers.get("last-event-id") or query.get("after", "")
        clean, language = query.get("clean", ""), query.get("language", "")
        events = self._stream.follow(
            address,
            after=int(seen) if _NUMBER.fullmatch(seen) else 0,
            clean=int(clean) if _NUMBER.fullmatch(clean) else 0,
            language=language if language in LANGUAGE_NAMES else page_language(request, None),
            token=self._sessions.form_token(address),
        )
        # Proxies that collect an answer before passing it on would hold messages back.
        headers = {"X-Accel-Buffering": "no"}
        return StreamingResponse(events, media_type="text/event-stream", headers=headers)

    async def show_picture(self, request: Request) -> Response:
        """The picture of a message that this browser may see; everything else is not there."""
        message = await self._shown(request)
        if message is None or not message.picture:
            raise Refused(Problem.NOT_FOUND)
        return Response(message.picture, media_type="image/png")

    async def show_document(self, request: Request) -> Response:
        """The document of a message that this browser may see, as a file to keep."""
        message = await self._shown(request)
        if message is None or not message.document:
            raise Refused(Problem.NOT_FOUND)
        name = quote(message.document_name or "document.pdf")
        is_json = name.endswith(".json")
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
        media_type = "application/json" if is_json else "application/pdf"
        return Response(message.document, media_type=media_type, headers=headers)

    async def _shown(self, request: Request) -> StoredMessage | None:
        """The message that the path names, if this browser may see it now."""
        number = str(request.path_params["message_id"])
        address = self._sessions.read(request)
        if address is None or not _NUMBER.fullmatch(number):
            return None
        recent = await asyncio.to_thread(self._transcripts.recent, address)
        return next((m for m in recent.shown if m.id == int(number)), None)

    async def choose_language(self, request: Request) -> Response:
        """Set the page's language, and the assistant's once there is a conversation."""
        posted = await self._door.admit(request)
        language = posted.fields.get("language", "")
        if language not in LANGUAGE_NAMES:
            raise Refused(Problem.NOT_FOUND)
        recent = await asyncio.to_thread(self._transcripts.recent, posted.address)
        if recent.conversation is not None:
            key = posted.fields.get("key", "")
            if not _KEY.fullmatch(key):
                raise Refused(Problem.EXPIRED)
            text = f"/language {language}"
            await self._hand_over(request, posted.address, key, Kind.TEXT, text)
        response = RedirectResponse("/", 303)
        self._sessions.keep_language(response, language)
        return response

    async def leave(self, request: Request) -> Response:
        """Forget this browser's chat; its other open pages clear themselves."""
        posted = await self._door.admit(request)
        response = RedirectResponse("/?notice=left", 303)
        self._sessions.keep(response, self._sessions.new_address())
        # Only after the answer: the other pages load again with the session that it sets.
        response.background = BackgroundTask(self._hub.publish, posted.address, LEFT)
        return response

    async def asset(self, request: Request) -> Response:
        """Style sheet, script and icon; the version in the path changes with their content."""
        found = ASSETS.get(request.path_params["name"])
        if found is None or request.path_params["version"] != ASSET_VERSION:
            raise Refused(Problem.NOT_FOUND)
        body, media_type = found
        keep = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(body, media_type=media_type, headers=keep)

    async def _hand_over(
        self, request: Request, address: str, key: str, kind: Kind, text: str
    ) -> None:
        """Pass one message on, and tell this chat's open pages."""
        chosen, preferred = asked_language(request)
        inbound = Inbound(
            channel=Channel.WEB,
            address=address,
            is_private=True,
            update_key=f"{address}:{key}",
            kind=kind,
            text=text,
            received_at=self._transcripts.clock(),
            language_hint=chosen or preferred,
        )
        await self._receive(inbound)
        self._hub.publish(address)

    def _chosen(self, posted: Posted, key: str) -> str | None:
        number, index = posted.fields.get("message", ""), posted.fields["choice"]
        if not (_NUMBER.fullmatch(number) and _NUMBER.fullmatch(index)):
            return None
        update_key = f"{posted.address}:{key}"
        return self._transcripts.payload(posted.address, int(number), int(index), update_key)


def _link_token(request: Request) -> str:
    token = str(request.path_params["token"])
    if not _LINK_TOKEN.fullmatch(token):
        raise Refused(Problem.BROKEN_LINK)
    return token
