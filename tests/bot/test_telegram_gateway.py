"""The real gateway over HTTP against a Bot API server of our own: what comes in."""

from __future__ import annotations

import asyncio
import random
import socket
import string
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from structlog.testing import capture_logs

from bot.callback_data import seal
from bot.messages import Channel, Inbound, Kind
from bot.telegram_api import TelegramGateway, TelegramRefused
from bot.telegram_updates import TelegramUnreachable
from tests.bot_api_server import (
    BROKEN,
    CONFLICT,
    CONTENTS,
    DROPPED,
    UNKNOWN_METHOD,
    BotApiServer,
    slow,
    too_many,
)

KEY = b"k" * 32
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SECRET = "hook-secret_1"
HOOK = "/telegram/webhook"
MENU = {
    "en": [("start", "Begin"), ("help", "What I can do")],
    "zh-Hans": [("start", "开始"), ("help", "我能做什么")],
    "zh-Hant": [("start", "開始"), ("help", "我能做什麼")],
}
PHRASES = {"stale_button": {"en": "Too old.", "zh-Hans": "已过期。", "zh-Hant": "已過期。"}}


class Sink:
    """Stores what comes in; refuses the next `failures` times."""

    def __init__(self) -> None:
        self.stored: list[Inbound] = []
        self.failures = 0
        self.seen = 0

    async def __call__(self, inbound: Inbound) -> None:
        self.seen += 1
        await asyncio.sleep(0)
        if self.failures:
            self.failures -= 1
            raise OSError("disk full: secret text")
        self.stored.append(inbound)

    async def wait_for(self, n: int) -> list[Inbound]:
        async with asyncio.timeout(5):
            while len(self.stored) < n:
                await asyncio.sleep(0.005)
        return self.stored


@pytest.fixture(scope="module")
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as server:
        yield server


@pytest.fixture
def telegram(server: BotApiServer) -> BotApiServer:
    server.reset()
    return server


@pytest.fixture
def sink() -> Sink:
    return Sink()


def gateway_for(server: BotApiServer, sink: Sink, **changes: Any) -> TelegramGateway:
    settings: dict[str, Any] = {
        "token": server.token,
        "api_url": server.url,
        "callback_key": KEY,
        "sink": sink,
        "clock": lambda: NOW,
        "menu": MENU,
        "phrases": PHRASES,
        "webhook_secret": SECRET,
        "poll_timeout_s": 2,
        "backoff_s": 0.02,
        "chat_interval_s": 0.0,
    }
    return TelegramGateway(**settings | changes)


@asynccontextmanager
async def polling(gateway: TelegramGateway) -> AsyncIterator[TelegramGateway]:
    await gateway.start(None)
    stop = asyncio.Event()
    task = asyncio.create_task(gateway.poll(stop))
    try:
        yield gateway
    finally:
        stop.set()
        async with asyncio.timeout(2):
            await task
        await gateway.stop()


@asynccontextmanager
async def webhook(gateway: TelegramGateway) -> AsyncIterator[str]:
    """Serve the gateway's webhook on a free port; gives its whole URL."""
    app = FastAPI()
    app.include_router(gateway.webhook_router())
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="critical", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/telegram/webhook"
    finally:
        server.should_exit = True
        await task
        await gateway.stop()


@asynccontextmanager
async def calling(gateway: TelegramGateway) -> AsyncIterator[httpx.AsyncClient]:
    """A client that calls the gateway's webhook without a network between."""
    app = FastAPI()
    app.include_router(gateway.webhook_router())
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
        yield client
    await gateway.stop()


# Starting.


async def test_a_start_learns_the_name_and_sets_the_menus(
    telegram: BotApiServer, sink: Sink
) -> None:
    async with polling(gateway_for(telegram, sink)) as gateway:
        assert gateway.username == telegram.username
        assert gateway.deep_link("abc") == f"https://t.me/{telegram.username}?start=abc"
        plain, chinese = telegram.calls_of("setMyCommands")
        assert plain.params["commands"][0] == {"command": "start", "description": "Begin"}
        assert "language_code" not in plain.params
        assert chinese.params["language_code"] == "zh"
        assert chinese.params["commands"][0]["description"] == "开始"
        assert len(telegram.calls_of("deleteWebhook")) == 1


async def test_the_menu_of_a_chat_follows_its_language(telegram: BotApiServer, sink: Sink) -> None:
    async with polling(gateway_for(telegram, sink)) as gateway:
        await gateway.set_chat_menu("7", "zh-Hant")
        call = telegram.calls_of("setMyCommands")[-1]
        assert call.params["scope"] == {"type": "chat", "chat_id": "7"} | {"chat_id": 7}
        assert call.params["commands"][0]["description"] == "開始"
        telegram.fail("setMyCommands", UNKNOWN_METHOD)
        await gateway.set_chat_menu("7", "en")
        await gateway.set_chat_menu("not a chat", "en")


async def test_a_server_without_menus_and_webhooks_is_enough(
    telegram: BotApiServer, sink: Sink
) -> None:
    for method in ("setMyCommands", "deleteWebhook"):
        telegram.fail(method, UNKNOWN_METHOD, times=None)
    async with polling(gateway_for(telegram, sink)):
        telegram.user_says(7, "hello")
        [inbound] = await sink.wait_for(1)
    assert inbound.text == "hello"
    assert telegram.calls_of("setMyCommands")  # it was asked, and its refusal borne
    assert telegram.calls_of("deleteWebhook")


@pytest.mark.parametrize("token", ["123456:WRONG-secret", "", "no token"])
async def test_a_wrong_token_is_said_with_a_way_out(
    telegram: BotApiServer, sink: Sink, token: str
) -> None:
    with pytest.raises(TelegramRefused) as caught:
        await gateway_for(telegram, sink, token=token).start(None)
    assert "@BotFather" in caught.value.hint
    assert "WRONG-secret" not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_an_unreachable_server_is_said_with_a_way_out(sink: Sink) -> None:
    gone = BotApiServer()  # bound, never listening
    with pytest.raises(TelegramUnreachable) as caught:
        await gateway_for(gone, sink).start(None)
    assert "TIDEOVER_TELEGRAM_API_URL" in caught.value.hint
    gone.stop()


async def test_a_server_that_is_no_bot_api_is_unreachable(
    telegram: BotApiServer, sink: Sink
) -> None:
    telegram.fail("getMe", BROKEN, times=None)
    with pytest.raises(TelegramUnreachable):
        await gateway_for(telegram, sink).start(None)


async def test_a_failed_start_can_be_repeated(telegram: BotApiServer, sink: Sink) -> None:
    telegram.fail("getMe", BROKEN)
    gateway = gateway_for(telegram, sink)
    with pytest.raises(TelegramUnreachable):
        await gateway.connect()
    async with polling(gateway):
        telegram.user_says(7, "hello")
        await sink.wait_for(1)


async def test_a_process_that_only_sends_leaves_the_webhook_alone(
    telegram: BotApiServer, sink: Sink
) -> None:
    gateway = gateway_for(telegram, sink)
    await gateway.connect()
    await gateway.stop()
    assert [call.method for call in telegram.calls] == ["getMe"]


async def test_the_name_is_unknown_before_the_start(telegram: BotApiServer, sink: Sink) -> None:
    gateway = gateway_for(telegram, sink)
    with pytest.raises(TelegramUnreachable):
        gateway.deep_link("abc")
    await gateway.stop()


# Reading.


async def test_a_text_comes_in_whole(telegram: BotApiServer, sink: Sink) -> None:
    telegram.languages[7] = "zh-hans"
    async with polling(gateway_for(telegram, sink)):
        number = telegram.user_says(7, "我想 delay 一下 payment")
        [inbound] = await sink.wait_for(1)
    assert inbound == Inbound(
        channel=Channel.TELEGRAM,
        address="7",
        is_private=True,
        update_key=f"update:{number}",
        kind=Kind.TEXT,
        text="我想 delay 一下 payment",
        received_at=NOW,
        language_hint="zh-hans",
    )


async def test_every_sort_of_message_comes_in(telegram: BotApiServer, sink: Sink) -> None:
    async with polling(gateway_for(telegram, sink)):
        for content in CONTENTS:
            telegram.user_sends(7, content, caption="look")
        telegram.user_edits(7, "I meant Friday")
        stored = await sink.wait_for(len(CONTENTS) + 1)
    assert {inbound.kind for inbound in stored} == set(Kind) - {Kind.TEXT, Kind.BUTTON, Kind.NOTICE}
    assert {inbound.text for inbound in stored[:-1]} == {"look"}
    assert (stored[-1].kind, stored[-1].text) == (Kind.EDITED, "I meant Friday")


async def test_updates_come_in_order_over_many_batches(telegram: BotApiServer, sink: Sink) -> None:
    async with polling(gateway_for(telegram, sink)):
        for number in range(150):
            telegram.user_says(7 + number % 3, str(number))
        stored = await sink.wait_for(150)
    assert [int(inbound.text) for inbound in stored] == list(range(150))
    assert len({inbound.update_key for inbound in stored}) == 150


async def test_nothing_is_confirmed_before_it_is_stored(telegram: BotApiServer) -> None:
    may_store = asyncio.Event()
    stored: list[Inbound] = []

    async def slow_sink(inbound: Inbound) -> None:
        await may_store.wait()
        stored.append(inbound)

    async with polling(gateway_for(telegram, slow_sink)):  # type: ignore[arg-type]
        number = telegram.user_says(7, "hello")
        await telegram.wait_for_calls("getUpdates", 1)
        await asyncio.sleep(0.1)
        assert telegram.confirmed_below <= number
        assert not stored
        may_store.set()
        await confirmed(telegram, number)
    assert len(stored) == 1


async def confirmed(telegram: BotApiServer, number: int) -> None:
    async with asyncio.timeout(5):
        while telegram.confirmed_below <= number:
            await asyncio.sleep(0.005)


async def test_a_failing_store_loses_nothing_and_keeps_the_order(
    telegram: BotApiServer, sink: Sink
) -> None:
    sink.failures = 3
    with capture_logs() as logs:
        async with polling(gateway_for(telegram, sink)):
            numbers = [telegram.user_says(7, f"secret text {n}") for n in range(3)]
            stored = await sink.wait_for(3)
            await confirmed(telegram, numbers[-1])
    assert [inbound.text[-1] for inbound in stored] == ["0", "1", "2"]
    assert [entry["event"] for entry in logs].count("telegram.sink.failed") == 1
    assert "secret text" not in str(logs)


async def test_updates_left_by_a_stopped_process_come_to_the_next(
    telegram: BotApiServer, sink: Sink
) -> None:
    telegram.user_says(7, "first")
    async with polling(gateway_for(telegram, sink)):
        await sink.wait_for(1)
    telegram.user_says(7, "second")
    async with polling(gateway_for(telegram, sink)):
        async with asyncio.timeout(5):
            while "second" not in [inbound.text for inbound in sink.stored]:
                await asyncio.sleep(0.005)
    assert len({inbound.update_key for inbound in sink.stored}) == 2


@pytest.mark.parametrize("fault", [BROKEN, DROPPED, UNKNOWN_METHOD, too_many(1)])
async def test_polling_goes_on_after_a_failure(
    telegram: BotApiServer, sink: Sink, fault: Any
) -> None:
    telegram.fail("getUpdates", fault, times=4)
    with capture_logs() as logs:
        async with polling(gateway_for(telegram, sink)):
            telegram.user_says(7, "hello")
            await sink.wait_for(1)
            await telegram.wait_for_calls("getUpdates", 6)
    events = [entry["event"] for entry in logs]
    assert events.count("telegram.poll.failed") == 1
    assert events.count("telegram.poll.recovered") == 1
    assert telegram.token not in str(logs)


async def test_another_poller_is_named_and_outlasted(telegram: BotApiServer, sink: Sink) -> None:
    telegram.fail("getUpdates", CONFLICT, times=2)
    with capture_logs() as logs:
        async with polling(gateway_for(telegram, sink)):
            telegram.user_says(7, "hello")
            await sink.wait_for(1)
    [entry] = [entry for entry in logs if entry["event"] == "telegram.poll.conflict"]
    assert "Another process" in entry["advice"]


async def test_the_pauses_between_failures_grow(telegram: BotApiServer, sink: Sink) -> None:
    telegram.fail("getUpdates", BROKEN, times=5)
    async with polling(gateway_for(telegram, sink)):
        calls = await telegram.wait_for_calls("getUpdates", 6)
    pauses = [later.at - earlier.at for earlier, later in pairwise(calls)]
    assert pauses[4] > 2 * pauses[0]


async def test_a_long_poll_stops_promptly(telegram: BotApiServer, sink: Sink) -> None:
    async with polling(gateway_for(telegram, sink, poll_timeout_s=25)):
        [poll] = await telegram.wait_for_calls("getUpdates", 1)
        asked_to_stop = time.monotonic()
    assert time.monotonic() - asked_to_stop < 2
    assert poll.params["timeout"] == "25"


def garbage(source: random.Random, depth: int = 0) -> Any:
    names = ["message", "chat", "from", "text", "data", "id", "type", "private", "location"]
    sort = source.randrange(8 if depth < 4 else 5)
    if sort < 5:
        text = "".join(source.choices(string.printable, k=6))
        return [None, True, source.randint(-(10**20), 10**20), 0.5, text][sort]
    if sort == 5:
        return [garbage(source, depth + 1) for _ in range(3)]
    return {source.choice(names): garbage(source, depth + 1) for _ in range(4)}


async def test_three_hundred_garbage_updates_are_survived(
    telegram: BotApiServer, sink: Sink
) -> None:
    source = random.Random(20260302)
    names = ["message", "edited_message", "callback_query", "my_chat_member", "poll"]
    for number in range(300):
        telegram.push({source.choice(names): garbage(source)})
        if number % 3 == 0:
            chat = {"id": 7, "type": "private"}
            telegram.push({"callback_query": {"message": {"chat": chat}, "id": garbage(source)}})
    telegram.user_says(7, "still there?")
    with capture_logs() as logs:
        async with polling(gateway_for(telegram, sink)):
            async with asyncio.timeout(10):
                while not sink.stored or sink.stored[-1].text != "still there?":
                    await asyncio.sleep(0.005)
    assert len([entry for entry in logs if entry["event"] == "telegram.update.skipped"]) > 250


async def test_things_that_are_no_update_do_not_stop_the_bot(
    telegram: BotApiServer, sink: Sink
) -> None:
    things: list[Any] = [None, 5, "text", [], {}, {"message": {}}, {"update_id": "x"}]
    for thing in things:
        telegram.push_raw(thing)
    telegram.user_says(7, "hello")
    async with polling(gateway_for(telegram, sink)):
        [inbound] = await sink.wait_for(1)
    assert inbound.text == "hello"
    assert sink.seen == 1


# Buttons.


async def test_a_tap_comes_in_as_the_payload_and_is_answered(
    telegram: BotApiServer, sink: Sink
) -> None:
    async with polling(gateway_for(telegram, sink)):
        query = telegram.user_taps_data(7, seal(KEY, "7", "/check_balance"))
        [inbound] = await sink.wait_for(1)
        [answer] = await telegram.wait_for_calls("answerCallbackQuery", 1)
    assert (inbound.kind, inbound.text) == (Kind.BUTTON, "/check_balance")
    assert answer.params["callback_query_id"] == query
    assert "text" not in answer.params


@pytest.mark.parametrize(
    "data",
    [seal(KEY, "8", "/check_balance"), seal(b"x", "7", "/stop"), "/check_balance", ""],
    ids=["other chat", "other key", "unsigned", "empty"],
)
@pytest.mark.parametrize(("language", "text"), [("en", "Too old."), ("zh-TW", "已過期。")])
async def test_data_of_another_chat_or_key_is_not_passed_on(
    telegram: BotApiServer, sink: Sink, data: str, language: str, text: str
) -> None:
    telegram.languages[7] = language
    async with polling(gateway_for(telegram, sink)):
        telegram.user_taps_data(7, data)
        [answer] = await telegram.wait_for_calls("answerCallbackQuery", 1)
    assert answer.params["text"] == text
    assert answer.params["show_alert"] == "true"
    assert not sink.stored


async def test_a_slow_answer_to_a_tap_holds_up_nobody(telegram: BotApiServer, sink: Sink) -> None:
    telegram.fail("answerCallbackQuery", slow(1.0))
    async with polling(gateway_for(telegram, sink)):
        telegram.user_taps_data(7, seal(KEY, "7", "/a"))
        telegram.user_says(8, "hello")
        async with asyncio.timeout(0.8):
            inbound = await sink.wait_for(2)
    assert {(one.address, one.text) for one in inbound} == {("7", "/a"), ("8", "hello")}


async def test_a_tap_that_cannot_be_answered_counts_all_the_same(
    telegram: BotApiServer, sink: Sink
) -> None:
    telegram.fail("answerCallbackQuery", UNKNOWN_METHOD, times=None)
    async with polling(gateway_for(telegram, sink)):
        telegram.user_taps_data(7, seal(KEY, "7", "/a"))
        [inbound] = await sink.wait_for(1)
        await telegram.wait_for_calls("answerCallbackQuery", 1)
    assert (inbound.kind, inbound.text) == (Kind.BUTTON, "/a")


# Groups and blocked chats.


async def test_a_group_is_left_without_a_word(telegram: BotApiServer, sink: Sink) -> None:
    async with polling(gateway_for(telegram, sink)):
        telegram.group_says(-100, "what do I owe?")
        telegram.user_says(7, "hello")
        [inbound] = await sink.wait_for(1)
        [left] = await telegram.wait_for_calls("leaveChat", 1)
    assert inbound.text == "hello"
    assert left.params["chat_id"] == "-100"
    assert not telegram.messages


async def test_a_group_that_cannot_be_left_does_no_harm(telegram: BotApiServer, sink: Sink) -> None:
    telegram.fail("leaveChat", BROKEN, times=None)
    async with polling(gateway_for(telegram, sink)):
        telegram.group_says(-100, "what do I owe?")
        telegram.user_says(7, "hello")
        [inbound] = await sink.wait_for(1)
        await telegram.wait_for_calls("leaveChat", 1)
    assert inbound.text == "hello"
    assert not telegram.messages


async def test_a_block_is_told(telegram: BotApiServer, sink: Sink) -> None:
    blocked: list[str] = []

    async def on_blocked(address: str) -> None:
        blocked.append(address)

    async with polling(gateway_for(telegram, sink, on_blocked=on_blocked)):
        telegram.user_blocks(7)
        telegram.user_unblocks(7)
        telegram.user_says(7, "back again")
        await sink.wait_for(1)
    assert blocked == ["7"]


# The webhook.


async def test_updates_come_through_the_webhook_in_order(
    telegram: BotApiServer, sink: Sink
) -> None:
    gateway = gateway_for(telegram, sink)
    async with webhook(gateway) as url:
        await gateway.start(url)
        for number in range(20):
            telegram.user_says(7, str(number))
        stored = await sink.wait_for(20)
        assert [inbound.text for inbound in stored] == [str(number) for number in range(20)]
        assert telegram.webhook_secret == SECRET


async def test_a_failing_store_makes_telegram_send_again(
    telegram: BotApiServer, sink: Sink
) -> None:
    sink.failures = 2
    gateway = gateway_for(telegram, sink)
    async with webhook(gateway) as url:
        await gateway.start(url)
        first, second = telegram.user_says(7, "one"), telegram.user_says(7, "two")
        await sink.wait_for(2)
        async with asyncio.timeout(2):
            while len(telegram.webhook_answers) < 4:
                await asyncio.sleep(0.005)
    assert telegram.webhook_answers == [(first, 500), (first, 500), (first, 200), (second, 200)]


@pytest.mark.parametrize("header", [None, "", "wrong", SECRET + "x", "é".encode("latin-1")])
async def test_a_call_without_the_secret_is_refused(
    telegram: BotApiServer, sink: Sink, header: Any
) -> None:
    headers = {} if header is None else {"X-Telegram-Bot-Api-Secret-Token": header}
    async with calling(gateway_for(telegram, sink)) as client:
        answer = await client.post(HOOK, json={"update_id": 1}, headers=headers)
    assert answer.status_code == 403
    assert not sink.seen


async def test_without_a_secret_every_call_is_refused(telegram: BotApiServer, sink: Sink) -> None:
    gateway = gateway_for(telegram, sink, webhook_secret=None)
    headers = {"X-Telegram-Bot-Api-Secret-Token": ""}
    async with calling(gateway) as client:
        assert (await client.post(HOOK, json={}, headers=headers)).status_code == 403
        with pytest.raises(TelegramRefused, match="TIDEOVER_TELEGRAM_WEBHOOK_SECRET"):
            await gateway.start(f"https://bot.example{HOOK}")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 200),
        (b"not json", 200),
        (b"\xff\xfe", 200),
        (b"[" * 50_000, 200),
        (b"1" * 5000, 200),
        (b"null", 200),
        (b'{"update_id": 1}', 200),
        (b'{"update_id": 1, "message": {"chat": []}}', 200),
        (b"x" * (1024 * 1024 + 1), 413),
    ],
    ids=["empty", "text", "bytes", "deep", "number", "null", "bare", "odd", "big"],
)
async def test_a_bad_call_is_not_sent_again_for_ever(
    telegram: BotApiServer, sink: Sink, body: bytes, status: int
) -> None:
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    async with calling(gateway_for(telegram, sink)) as client:
        answer = await client.post(HOOK, content=body, headers=headers)
    assert answer.status_code == status
    assert not sink.seen


async def test_a_refused_webhook_is_said(telegram: BotApiServer, sink: Sink) -> None:
    gateway = gateway_for(telegram, sink, webhook_secret="not allowed!")
    with pytest.raises(TelegramRefused, match="https"):
        await gateway.start("http://127.0.0.1:1/telegram/webhook")
