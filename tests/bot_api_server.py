"""A small Bot API server for tests: it speaks Telegram's side of the protocol on 127.0.0.1.

    with BotApiServer() as telegram:
        ...start the bot with telegram.url and telegram.token...
        telegram.user_says(7, "/start")
        [welcome] = await telegram.wait_for_messages(7, 1)
        telegram.user_taps(7, "Check balance")

It runs in a thread of its own, so it serves bots in this event loop, another thread or another
process. Everything that acts as a user returns at once. It refuses what Telegram refuses: empty
or too long texts, broken HTML, callback data above 64 bytes, unknown methods. Faults are set by
`fail`; all that came in is in `calls`, what a user would see is in `messages`.
"""

from __future__ import annotations

import asyncio
import html
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import UploadFile
from starlette.types import Receive, Scope, Send

Json = dict[str, Any]
T = TypeVar("T")
_TICK_S = 0.005
_TAGS = frozenset({"b", "strong", "i", "em", "u", "s", "code", "pre", "a", "tg-spoiler"})
CONTENTS: Mapping[str, Json] = {
    "sticker": {"sticker": {"file_id": "s", "emoji": "x"}},
    "photo": {"photo": [{"file_id": "p", "width": 1, "height": 1}]},
    "voice": {"voice": {"file_id": "v", "duration": 1}},
    "audio": {"audio": {"file_id": "a", "duration": 1}},
    "video_note": {"video_note": {"file_id": "n", "duration": 1, "length": 1}},
    "location": {"location": {"latitude": 1.0, "longitude": 2.0}},
    "venue": {"location": {"latitude": 1.0, "longitude": 2.0}, "venue": {"title": "t"}},
    "contact": {"contact": {"phone_number": "+100", "first_name": "Ada"}},
    "document": {"document": {"file_id": "d"}},
    "video": {"video": {"file_id": "f", "duration": 1}},
    "animation": {"animation": {"file_id": "g"}, "document": {"file_id": "g"}},
    "dice": {"dice": {"emoji": "x", "value": 3}},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What a method does instead of its work. `applied`: the work is done all the same."""

    status: int = 200
    description: str = ""
    retry_after: int | None = None
    is_dropped: bool = False
    delay_s: float = 0.0
    applied: bool = False


UNKNOWN_METHOD = Fault(status=404, description="Not Found")
BLOCKED = Fault(status=403, description="Forbidden: bot was blocked by the user")
CHAT_NOT_FOUND = Fault(status=400, description="Bad Request: chat not found")
BAD_REQUEST = Fault(status=400, description="Bad Request: wrong something")
CONFLICT = Fault(status=409, description="Conflict: terminated by other getUpdates request")
BROKEN = Fault(status=502, description="Bad Gateway")
DROPPED = Fault(is_dropped=True)


def too_many(retry_after: int) -> Fault:
    return Fault(status=429, description="Too Many Requests", retry_after=retry_after)


def slow(delay_s: float) -> Fault:
    """The work is done at once, the answer comes late."""
    return Fault(delay_s=delay_s, applied=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message as the user sees it; `raw` is the text before Telegram read its formatting."""

    message_id: int
    chat_id: int
    text: str
    raw: str
    parse_mode: str | None
    photo: bytes | None
    document: bytes | None
    keyboard: tuple[tuple[Json, ...], ...]
    at: float

    @property
    def labels(self) -> list[str]:
        return [key["text"] for row in self.keyboard for key in row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """An invoice as the user sees it; `total` in minor units."""

    chat_id: int
    title: str
    payload: str
    currency: str
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to the server, whatever became of it."""

    method: str
    params: Json
    at: float


@dataclass(slots=True)
class _Planned:
    method: str
    fault: Fault
    times: int | None
    chat_id: int | None


class Refused(Exception):
    """The server answers with an error, as Telegram would."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status, self.description = status, description


@dataclass
class BotApiServer:
    """See the top of this file. Ids of users and private chats are equal, as in Telegram."""

    token: str = "123456:TEST-token"
    username: str = "tideover_test_bot"
    webhook_retry_s: float = 0.02
    calls: list[Call] = field(default_factory=list)
    messages: list[Sent] = field(default_factory=list)
    languages: dict[int, str] = field(default_factory=dict)
    blocked_by: set[int] = field(default_factory=set)
    confirmed_below: int = 0
    webhook_url: str = ""
    webhook_secret: str = ""
    webhook_answers: list[tuple[int, int]] = field(default_factory=list)
    payment_token: str = "PAY:TEST"
    invoices: list[Bill] = field(default_factory=list)
    checkout_answers: list[tuple[str, bool, str]] = field(default_factory=list)
    """(query id, whether the money may be taken, else why not)"""

    def __post_init__(self) -> None:
        self._lock = threading.RLock()
        self._pending: list[Any] = []
        self._planned: list[_Planned] = []
        self._checkouts: dict[str, Json] = {}
        self._next_update, self._next_message = 1001, 1
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        # asyncio switches Nagle off only for sockets that name their protocol.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))

    # Life of the server.

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def start(self) -> None:
        config = uvicorn.Config(
            _Droppable(self._app()), log_level="critical", lifespan="off", ws="none"
        )
        config.timeout_graceful_shutdown = 1
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="bot-api-server", daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 10
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise RuntimeError("the Bot API server for tests did not start")
            time.sleep(_TICK_S)

    def stop(self) -> None:
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(timeout=5)
        self._socket.close()

    def reset(self) -> None:
        """Forget everything but the address, so that tests can share one server."""
        with self._lock:
            for kept in (self.calls, self.messages, self._pending, self._planned):
                kept.clear()
            self.webhook_answers.clear()
            self.invoices.clear()
            self.checkout_answers.clear()
            self._checkouts.clear()
            self.languages.clear()
            self.blocked_by.clear()
            self.webhook_url = self.webhook_secret = ""
            self.confirmed_below = 0

    @property
    def _is_stopping(self) -> bool:
        return self._server is not None and self._server.should_exit

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        assert self._server is not None
        pusher = asyncio.create_task(self._push_updates())
        try:
            await self._server.serve(sockets=[self._socket])
        finally:
            pusher.cancel()

    # Acting as a user.

    def user_says(self, chat_id: int, text: str, **extra: object) -> int:
        """Write a text in a private chat. Gives the update id."""
        return self.push({"message": self._message(chat_id, {"text": text, **extra})})

    def user_sends(self, chat_id: int, kind: str, caption: str | None = None) -> int:
        """Send something else than text: a key of CONTENTS."""
        content = dict(CONTENTS[kind])
        if caption is not None:
            content["caption"] = caption
        return self.push({"message": self._message(chat_id, content)})

    def user_edits(self, chat_id: int, text: str) -> int:
        content = {"text": text, "edit_date": _now()}
        return self.push({"edited_message": self._message(chat_id, content)})

    def user_taps(self, chat_id: int, label: str) -> str:
        """Tap the newest button with this label that the chat shows. Gives the query id."""
        data = self.data_of(chat_id, label)
        return self.user_taps_data(chat_id, data)

    def user_taps_data(self, chat_id: int, data: str) -> str:
        """Send callback data of any origin, as a changed client could."""
        with self._lock:
            query_id = f"query-{self._next_update}"
        message = self._message(chat_id, {"text": "shown"})
        query = {"id": query_id, "from": self._user(chat_id), "message": message, "data": data}
        self.push({"callback_query": query | {"chat_instance": "1"}})
        return query_id

    def user_pays(self, bill: Bill, **changed: object) -> str:
        """Press pay under an invoice; Telegram asks the bot first. `changed` as a cheat could."""
        with self._lock:
            query_id = f"checkout-{self._next_update}"
            query = {
                "id": query_id,
                "from": self._user(bill.chat_id),
                "currency": bill.currency,
                "total_amount": bill.total,
                "invoice_payload": bill.payload,
                **changed,
            }
            self._checkouts[query_id] = query
        self.push({"pre_checkout_query": query})
        return query_id

    def user_has_paid(self, query: Json, charge: str = "") -> int:
        """The report after the money was taken."""
        payment = {
            "currency": query["currency"],
            "total_amount": query["total_amount"],
            "invoice_payload": query["invoice_payload"],
            "telegram_payment_charge_id": charge or f"tg-{query['id']}",
            "provider_payment_charge_id": charge or f"psp-{query['id']}",
        }
        message = self._message(query["from"]["id"], {"successful_payment": payment})
        return self.push({"message": message})

    def user_blocks(self, chat_id: int) -> int:
        """Block the bot: it is told, and can no longer write."""
        with self._lock:
            self.blocked_by.add(chat_id)
        return self.push({"my_chat_member": self._member_change(chat_id, "kicked")})

    def user_unblocks(self, chat_id: int) -> int:
        with self._lock:
            self.blocked_by.discard(chat_id)
        return self.push({"my_chat_member": self._member_change(chat_id, "member")})

    def group_says(self, group_id: int, text: str, user_id: int = 7) -> int:
        """Write a text in a group (a negative id) that the bot is a member of."""
        message = self._message(user_id, {"text": text})
        message["chat"] = {"id": group_id, "type": "supergroup", "title": "group"}
        return self.push({"message": message})

    def push(self, update: Any) -> int:
        """Queue any update; a mapping gets the next update id."""
        with self._lock:
            number = self._next_update
            self._next_update += 1
            self._pending.append({"update_id": number, **update})
            return number

    def push_raw(self, update: Any) -> None:
        """Queue something as it is, even if it is no update at all."""
        with self._lock:
            self._pending.append(update)

    # Looking at what the bot did.

    def messages_to(self, chat_id: int) -> list[Sent]:
        with self._lock:
            return [message for message in self.messages if message.chat_id == chat_id]

    def data_of(self, chat_id: int, label: str) -> str:
        for message in reversed(self.messages_to(chat_id)):
            for row in message.keyboard:
                for key in row:
                    if key["text"] == label and "callback_data" in key:
                        return str(key["callback_data"])
        raise AssertionError(f"chat {chat_id} shows no button {label!r}")

    def calls_of(self, method: str) -> list[Call]:
        with self._lock:
            return [call for call in self.calls if call.method == method]

    @property
    def unconfirmed(self) -> list[int]:
        """Ids of the updates that the bot has not confirmed yet."""
        with self._lock:
            return [u["update_id"] for u in self._pending if isinstance(u, dict)]

    def wait_for_messages(
        self, chat_id: int, n: int, timeout: float = 5.0
    ) -> Coroutine[Any, Any, list[Sent]]:
        """Wait until a chat has n messages in all; gives all of them."""
        return _wait_for(lambda: self.messages_to(chat_id), n, timeout, f"messages to {chat_id}")

    def wait_for_messages_blocking(self, chat_id: int, n: int, timeout: float = 5.0) -> list[Sent]:
        """The same for tests without an event loop."""
        return asyncio.run(self.wait_for_messages(chat_id, n, timeout))

    def wait_for_calls(
        self, method: str, n: int, timeout: float = 5.0
    ) -> Coroutine[Any, Any, list[Call]]:
        """Wait until a method was called n times in all; gives all calls."""
        return _wait_for(lambda: self.calls_of(method), n, timeout, f"calls of {method}")

    # Faults.

    def fail(
        self, method: str, fault: Fault, *, times: int | None = 1, chat_id: int | None = None
    ) -> None:
        """Let a method fail the next `times` calls (None: always), for one chat or for all."""
        with self._lock:
            self._planned.append(_Planned(method=method, fault=fault, times=times, chat_id=chat_id))

    def heal(self) -> None:
        """Take all faults away."""
        with self._lock:
            self._planned.clear()

    def _fault(self, method: str, params: Json) -> Fault | None:
        with self._lock:
            for planned in self._planned:
                if planned.method != method or planned.times == 0:
                    continue
                if planned.chat_id is None or str(planned.chat_id) == str(params.get("chat_id")):
                    if planned.times is not None:
                        planned.times -= 1
                    return planned.fault
        return None

    # The protocol.

    def _app(self) -> FastAPI:
        app = FastAPI()
        app.add_api_route(
            "/bot{token}/{method}", self._serve_call, methods=["GET", "POST"], response_model=None
        )
        return app

    async def _serve_call(self, token: str, method: str, request: Request) -> Response:
        params = dict(request.query_params) | await _read_params(request)
        with self._lock:
            self.calls.append(Call(method=method, params=params, at=time.monotonic()))
        if token != self.token:
            return _error(401, "Unauthorized")
        fault = self._fault(method, params)
        if fault is not None and not fault.applied:
            return await _answer_fault(fault, request)
        try:
            result = await self._do(method, params)
        except Refused as refusal:
            return _error(refusal.status, refusal.description)
        if fault is not None:
            await asyncio.sleep(fault.delay_s)
            if fault.is_dropped or fault.status != 200:
                return await _answer_fault(fault, request)
        return JSONResponse({"ok": True, "result": result})

    async def _do(self, method: str, params: Json) -> Any:
        match method:
            case "getMe":
                return {
                    "id": int(self.token.split(":")[0]),
                    "is_bot": True,
                    "first_name": "Tideover",
                    "username": self.username,
                }
            case "getUpdates":
                return await self._get_updates(params)
            case "sendMessage" | "sendPhoto" | "sendDocument":
                return self._send(method, params)
            case "setWebhook":
                return self._set_webhook(params)
            case "deleteWebhook":
                self.webhook_url = self.webhook_secret = ""
                return True
            case "getWebhookInfo":
                return {
                    "url": self.webhook_url,
                    "has_custom_certificate": False,
                    "pending_update_count": len(self._pending),
                }
            case "sendInvoice":
                return self._send_invoice(params)
            case "answerPreCheckoutQuery":
                return self._answer_checkout(params)
            case "sendChatAction" | "answerCallbackQuery" | "setMyCommands" | "leaveChat":
                return True
        raise Refused(404, "Not Found")

    async def _get_updates(self, params: Json) -> list[Any]:
        if self.webhook_url:
            raise Refused(409, "Conflict: can't use getUpdates method while webhook is active")
        offset = int(params.get("offset") or 0)
        deadline = time.monotonic() + float(params.get("timeout") or 0)
        with self._lock:
            self.confirmed_below = max(self.confirmed_below, offset)
            self._pending = [u for u in self._pending if not _is_confirmed(u, offset)]
        while True:
            with self._lock:
                is_over = time.monotonic() >= deadline or self._is_stopping
                if self._pending or is_over:
                    return self._pending[:100]
            await asyncio.sleep(_TICK_S)

    def _send(self, method: str, params: Json) -> Json:
        chat_id, mode = int(params["chat_id"]), params.get("parse_mode")
        is_photo = method != "sendMessage"
        raw = str(params.get("caption" if is_photo else "text") or "")
        text = _shown(raw, mode)
        if chat_id in self.blocked_by:
            raise Refused(BLOCKED.status, BLOCKED.description)
        if not is_photo and not text.strip():
            raise Refused(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > (1024 if is_photo else 4096):
            raise Refused(400, "Bad Request: message is too long")
        keyboard = _keyboard(params.get("reply_markup") or {})
        with self._lock:
            message_id, self._next_message = self._next_message, self._next_message + 1
            sent = Sent(
                message_id=message_id,
                chat_id=chat_id,
                text=text,
                raw=raw,
                parse_mode=mode,
                photo=params.get("photo"),
                document=params.get("document"),
                keyboard=keyboard,
                at=time.monotonic(),
            )
            self.messages.append(sent)
        chat = {"id": chat_id, "type": "private", "first_name": "Ada"}
        return {"message_id": message_id, "date": _now(), "chat": chat, "text": text}

    def _send_invoice(self, params: Json) -> Json:
        if params.get("provider_token") != self.payment_token:
            raise Refused(400, "Bad Request: PAYMENT_PROVIDER_INVALID")
        prices = params.get("prices") or []
        title, payload = str(params.get("title") or ""), str(params.get("payload") or "")
        if not (1 <= len(title) <= 32 and 1 <= len(payload.encode()) <= 128 and prices):
            raise Refused(400, "Bad Request: INVOICE_INVALID")
        if not str(params.get("description") or ""):
            raise Refused(400, "Bad Request: invoice description is empty")
        with self._lock:
            message_id, self._next_message = self._next_message, self._next_message + 1
            self.invoices.append(
                Bill(
                    chat_id=int(params["chat_id"]),
                    title=title,
                    payload=payload,
                    currency=str(params["currency"]),
                    total=sum(int(price["amount"]) for price in prices),
                )
            )
        chat = {"id": int(params["chat_id"]), "type": "private", "first_name": "Ada"}
        return {"message_id": message_id, "date": _now(), "chat": chat}

    def _answer_checkout(self, params: Json) -> bool:
        """As Telegram: a yes takes the money, and the bot is told of it."""
        query_id, ok = str(params["pre_checkout_query_id"]), str(params["ok"]).lower() == "true"
        with self._lock:
            query = self._checkouts.pop(query_id, None)
        if query is None:
            raise Refused(400, "Bad Request: query is too old and response timeout expired")
        if not ok and not params.get("error_message"):
            raise Refused(400, "Bad Request: error message is empty")
        self.checkout_answers.append((query_id, ok, str(params.get("error_message") or "")))
        if ok:
            self.user_has_paid(query)
        return True

    def _set_webhook(self, params: Json) -> bool:
        secret = str(params.get("secret_token") or "")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
            raise Refused(400, "Bad Request: secret token contains unallowed characters")
        self.webhook_url, self.webhook_secret = str(params.get("url") or ""), secret
        return True

    async def _push_updates(self) -> None:
        """In webhook mode, post updates one by one, each until it is taken."""
        async with httpx.AsyncClient(timeout=5) as client:
            while True:
                await asyncio.sleep(_TICK_S)
                with self._lock:
                    url = self.webhook_url
                    update = self._pending[0] if self._pending and url else None
                if update is not None and not await self._post_update(client, url, update):
                    await asyncio.sleep(self.webhook_retry_s)

    async def _post_update(self, client: httpx.AsyncClient, url: str, update: Any) -> bool:
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook_secret}
        try:
            answer = await client.post(url, json=update, headers=headers)
        except httpx.HTTPError:
            return False
        with self._lock:
            number = update.get("update_id", 0) if isinstance(update, dict) else 0
            self.webhook_answers.append((number, answer.status_code))
            if answer.is_success:
                self._pending.remove(update)
        return answer.is_success

    def _user(self, user_id: int) -> Json:
        language = self.languages.get(user_id, "en")
        name = {"id": user_id, "is_bot": False, "first_name": "Ada"}
        return name | {"language_code": language}

    def _message(self, chat_id: int, content: Mapping[str, object]) -> Json:
        with self._lock:
            message_id, self._next_message = self._next_message, self._next_message + 1
        return {
            "message_id": message_id,
            "date": _now(),
            "chat": {"id": chat_id, "type": "private", "first_name": "Ada"},
            "from": self._user(chat_id),
            **content,
        }

    def _member_change(self, chat_id: int, status: str) -> Json:
        bot = {"id": 123456, "is_bot": True, "first_name": "Tideover"}
        return {
            "chat": {"id": chat_id, "type": "private"},
            "from": self._user(chat_id),
            "date": _now(),
            "old_chat_member": {"user": bot, "status": "member"},
            "new_chat_member": {"user": bot, "status": status},
        }


async def _wait_for(look: Callable[[], list[T]], n: int, seconds: float, what: str) -> list[T]:
    deadline = time.monotonic() + seconds
    while len(found := look()) < n and time.monotonic() < deadline:
        await asyncio.sleep(_TICK_S)
    assert len(found) >= n, f"{len(found)} {what} instead of {n}"
    return found


class _Droppable:
    """Lets a route cut the connection: uvicorn hands the transport to nobody else."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cycle = getattr(send, "__self__", None)
        scope["drop"] = getattr(cycle, "transport", None)
        await self._app(scope, receive, send)


async def _answer_fault(fault: Fault, request: Request) -> Response:
    if not fault.applied:
        await asyncio.sleep(fault.delay_s)
    if fault.is_dropped:
        request.scope["drop"].abort()
        return Response()
    return _error(fault.status, fault.description, fault.retry_after)


def _error(status: int, description: str, retry_after: int | None = None) -> JSONResponse:
    body: Json = {"ok": False, "error_code": status, "description": description}
    if retry_after is not None:
        body["parameters"] = {"retry_after": retry_after}
    return JSONResponse(body, status_code=status)


async def _read_params(request: Request) -> Json:
    if request.headers.get("content-type", "").startswith("application/json"):
        return dict(await request.json())
    params: Json = {}
    async with request.form() as form:
        for name, value in form.items():
            params[name] = await value.read() if isinstance(value, UploadFile) else _value(value)
    for name, value in params.items():  # PTB sends files under a name of their own
        if isinstance(value, str) and value.startswith("attach://"):
            params[name] = params.get(value.removeprefix("attach://"))
    return params


def _value(text: str) -> Any:
    try:
        return json.loads(text) if text[:1] in ("{", "[") else text
    except ValueError:
        return text


def _keyboard(markup: Json) -> tuple[tuple[Json, ...], ...]:
    rows = tuple(tuple(row) for row in markup.get("inline_keyboard", []))
    for row in rows:
        for key in row:
            if len(str(key.get("callback_data", "")).encode()) > 64:
                raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
    return rows


class _Formatting(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in _TAGS:
            raise Refused(400, f"Bad Request: can't parse entities: unsupported tag {tag}")
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise Refused(400, "Bad Request: can't parse entities: unexpected end tag")


def _shown(raw: str, mode: str | None) -> str:
    """Give the text that a user sees. Raises Refused on HTML that Telegram would not take."""
    if mode != "HTML":
        return raw
    formatting = _Formatting()
    formatting.feed(raw)
    formatting.close()
    if formatting.open or re.search(r"<(?![a-z/])", raw):
        raise Refused(400, "Bad Request: can't parse entities: can't find end tag")
    return html.unescape(re.sub(r"</?[a-z-]+[^>]*>", "", raw))


def _is_confirmed(update: Any, offset: int) -> bool:
    number = update.get("update_id") if isinstance(update, dict) else None
    return isinstance(number, int) and number < offset


def _now() -> int:
    return int(time.time())
