"""The live side over a real socket: the hub, the stream, and a browser where there is one."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
import uvicorn

from bot.handover import Control, Owner
from bot.live import NEWS, TYPING, LiveHub, TooManyListeners
from bot.messages import Author
from tests.bot.test_web_chat import START, VERIFIED, Browser, Chat, client

if TYPE_CHECKING:
    from playwright.async_api import Page

CHROMIUM = shutil.which("chromium")


class Server(uvicorn.Server):
    """Ends the open pages when it begins to stop, as the product's server does."""

    def __init__(self, config: uvicorn.Config, hub: LiveHub) -> None:
        super().__init__(config)
        self._hub = hub

    async def shutdown(self, sockets: object = None) -> None:
        self._hub.close()
        await super().shutdown()


@contextlib.contextmanager
def serving(chat: Chat, **settings: object) -> Iterator[tuple[str, Server, threading.Thread]]:
    config = uvicorn.Config(
        chat.app(**settings), host="127.0.0.1", port=0, ws="none", log_level="warning"
    )
    server = Server(config, chat.hub)
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}", server, thread
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def chat() -> Chat:
    return Chat()


@contextlib.asynccontextmanager
async def page_open(chat: Chat, **settings: object) -> AsyncIterator[Browser]:
    with serving(chat, **settings) as (url, _, _):
        async with httpx.AsyncClient(base_url=url, timeout=10) as http:
            browser = Browser(http)
            await browser.look()
            yield browser


@contextlib.asynccontextmanager
async def stream(browser: Browser, last_id: str = "", query: str = "") -> AsyncIterator[Events]:
    headers = {"Last-Event-ID": last_id} if last_id else {}
    async with browser.http.stream("GET", f"/stream?{query}", headers=headers) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Events(response)


class Events:
    """Reads a stream event by event."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.aiter_lines()

    async def next(self, seconds: float = 5) -> dict[str, str]:
        async with asyncio.timeout(seconds):
            event: dict[str, str] = {}
            async for line in self._lines:
                name, _, value = line.partition(": ")
                if line and name:
                    event[name] = value
                elif "event" in event:
                    return event
                elif line:
                    event["comment"] = value
                else:
                    event = {}
        return {"event": "end"}

    async def named(self, name: str) -> dict[str, str]:
        while (event := await self.next())["event"] != name:
            assert event["event"] != "end"
        return event


# --- the hub ----------------------------------------------------------------------------------


async def test_hub_wakes_from_another_thread_and_keeps_what_came_between_waits() -> None:
    hub = LiveHub()
    with hub.listen("a") as listener:
        for kind in (NEWS, TYPING, NEWS):
            await asyncio.to_thread(hub.publish, "a", kind)
        await asyncio.to_thread(hub.publish, "b")
        assert await listener.wait(1) == {NEWS, TYPING}
        assert await listener.wait(0.01) == frozenset()


async def test_hub_wait_tells_whether_something_came() -> None:
    hub = LiveHub()
    waiting = asyncio.create_task(hub.wait("a", 5))
    await asyncio.sleep(0.01)
    await asyncio.to_thread(hub.publish, "a")
    assert await waiting is True
    assert await hub.wait("a", 0.01) is False


async def test_hub_forgets_listeners_that_leave_even_by_error() -> None:
    hub = LiveHub()
    with contextlib.suppress(ValueError), hub.listen("a") as listener:
        listener.also("b")
        raise ValueError
    assert hub.listener_count == 0
    assert not hub._topics


async def test_hub_is_bounded() -> None:
    hub = LiveHub(per_topic=2, total=3)
    with hub.listen("a") as first, hub.listen("a") as second, hub.listen("a"):
        await first.wait(1)
        assert (first.ended, second.ended) == (True, False)
        with pytest.raises(TooManyListeners), hub.listen("b"):
            pass
    assert hub.listener_count == 0


async def test_closed_hub_ends_present_and_later_listeners() -> None:
    hub = LiveHub()
    with hub.listen("a") as listener:
        hub.close()
        await listener.wait(1)
        assert listener.ended
    with hub.listen("a") as late:
        assert late.ended


# --- the stream -------------------------------------------------------------------------------


async def test_stream_delivers_what_another_process_stored(chat: Chat) -> None:
    async with page_open(chat) as browser, stream(browser) as events:
        chat.open(browser.address)
        chat.store.add(browser.address, Author.BOT, "<b>Due</b> **Friday**")
        event = await events.named("message")
        html = json.loads(event["data"])["html"]
        assert event["id"] == "1"
        assert "&lt;b&gt;Due&lt;/b&gt; <strong>Friday</strong>" in html


async def test_stream_is_woken_at_once_by_this_process(chat: Chat) -> None:
    async with page_open(chat, poll_seconds=60.0) as browser:
        chat.open(browser.address)
        async with stream(browser) as events:
            assert (await events.next())["event"] == "state"
            await asyncio.sleep(0.05)
            chat.store.add(browser.address, Author.BOT, "hello")
            chat.hub.publish(browser.address)
            assert "hello" in (await events.next())["data"]
            chat.hub.publish(browser.address, TYPING)
            assert (await events.next())["event"] == "typing"


async def test_own_message_reaches_the_other_tab_with_its_key(chat: Chat) -> None:
    chat.answer = "noted"
    async with page_open(chat, poll_seconds=60.0) as browser:
        chat.open(browser.address)
        async with stream(browser) as events:
            await events.named("state")
            await browser.fetch(key="key-0001", text="hello")
            assert (
                'data-key="key-0001"' in json.loads((await events.named("message"))["data"])["html"]
            )
            assert "noted" in (await events.named("message"))["data"]


async def test_stream_resumes_after_the_last_event(chat: Chat) -> None:
    async with page_open(chat) as browser:
        chat.open(browser.address)
        for number in range(1, 5):
            chat.store.add(browser.address, Author.BOT, f"message {number}")
        async with stream(browser, last_id="2", query="after=0") as events:
            assert [(await events.named("message"))["id"] for _ in range(2)] == ["3", "4"]
        async with stream(browser, query="after=3") as events:
            assert (await events.named("message"))["id"] == "4"


async def test_stream_says_when_a_person_takes_over(chat: Chat) -> None:
    async with page_open(chat) as browser:
        conversation = chat.open(browser.address)
        async with stream(browser, query="language=zh-Hans") as events:
            assert json.loads((await events.next())["data"])["owner"] == "bot"
            control = Control(owner=Owner.HUMAN, epoch=1, staff="mei")
            chat.store.by_address[browser.address] = replace(conversation, control=control)
            assert json.loads((await events.next())["data"]) == {
                "owner": "human",
                "note": "人工客服正在与您对话",
            }


async def test_open_page_is_cleared_when_the_borrower_was_away_too_long(chat: Chat) -> None:
    async with page_open(chat) as browser:
        chat.open(browser.address, identity=VERIFIED, last_inbound_at=START)
        chat.store.add(browser.address, Author.BOT, "You owe $182.40")
        async with stream(browser) as events:
            assert "182.40" in (await events.named("message"))["data"]
            chat.now = START + timedelta(minutes=31)
            assert (await events.named("reload"))["data"] == "{}"
        # What was hidden does not come back through the stream, whatever the page claims.
        async with stream(browser, query="after=0&clean=1") as events:
            assert (await events.next())["event"] == "state"


async def test_leaving_clears_the_other_tabs(chat: Chat) -> None:
    async with page_open(chat) as browser, stream(browser) as events:
        await browser.post("/leave")
        assert (await events.next())["event"] == "reload"


async def test_stream_belongs_to_its_own_session(chat: Chat) -> None:
    async with client(chat.app()) as stranger:
        assert (await stranger.get("/stream")).status_code == 403


async def test_stream_beats_so_that_proxies_keep_it_open(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web_stream.HEARTBEAT_SECONDS", 0.1)
    async with page_open(chat) as browser, browser.http.stream("GET", "/stream") as response:
        beats = 0
        async with asyncio.timeout(5):
            async for line in response.aiter_lines():
                beats += line.startswith(": ")
                if beats == 2:
                    break
    assert beats == 2


async def test_server_stops_at_once_with_a_page_open(chat: Chat) -> None:
    with serving(chat) as (url, server, thread):
        async with httpx.AsyncClient(base_url=url) as http:
            browser = Browser(http)
            await browser.look()
            async with stream(browser) as events:
                stopped_at = time.monotonic()
                server.should_exit = True
                assert (await events.next())["event"] == "end"
        await asyncio.to_thread(thread.join, 5)
        assert time.monotonic() - stopped_at < 4
    assert chat.hub.listener_count == 0


async def test_listener_is_gone_soon_after_the_browser_is(chat: Chat) -> None:
    async with page_open(chat) as browser:
        chat.open(browser.address)
        async with stream(browser) as events:
            await events.next()
            assert chat.hub.listener_count == 1
        async with asyncio.timeout(5):
            while chat.hub.listener_count:
                await asyncio.sleep(0.05)


# --- in a browser -----------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def tab_of(chat: Chat, profile: Path) -> AsyncIterator[Page]:
    """A tab of a browser that knows the chat's server."""
    from playwright.async_api import async_playwright

    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    with serving(chat, poll_seconds=0.2) as (url, _, _):
        async with async_playwright() as engine:
            context = await engine.chromium.launch_persistent_context(
                profile, executable_path=CHROMIUM, args=flags, base_url=url
            )
            yield await context.new_page()
            await context.close()


@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
async def test_page_in_a_browser(chat: Chat, tmp_path_factory: pytest.TempPathFactory) -> None:
    """One talk as a borrower has it: live, no console error, Enter, input method, choice, offline."""
    from playwright.async_api import expect

    chat.answer = "<img src=x onerror=alert(1)> **noted**"
    async with tab_of(chat, tmp_path_factory.mktemp("profile")) as page:
        problems: list[str] = []
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        await page.goto("/")
        box = page.locator("#text")
        await box.fill("你好")
        await box.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
        assert not chat.received
        await box.press("Shift+Enter")
        await box.press("Enter")
        await expect(page.locator(".bot .text").last).to_have_text(
            "<img src=x onerror=alert(1)> noted"
        )
        assert await page.locator(".pending").count() == 0
        address = chat.received[0].address
        chat.answer = None
        chat.store.add(address, Author.BOT, "Sure?", buttons=(("Yes, please", "/yes"),))
        await page.get_by_role("button", name="Yes, please").click()
        await expect(page.get_by_role("button", name="Yes, please")).to_be_disabled()
        await expect(page.locator(".borrower[id] .text").last).to_have_text("Yes, please")
        assert chat.received[-1].text == "/yes"
        assert problems == []
        await page.context.set_offline(True)
        await box.fill("are you there")
        await box.press("Enter")
        await expect(page.locator(".failed")).to_be_visible()
        await expect(page.locator("#banner")).to_be_visible()
        await page.context.set_offline(False)
        await page.get_by_role("button", name="Try again").click()
        await expect(page.locator(".failed")).to_have_count(0)
        assert [inbound.text for inbound in chat.received][-1] == "are you there"


@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
async def test_what_is_written_first_arrives_first(
    chat: Chat, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A birth date and the next wish, typed while the network dawdles over the date."""
    from playwright.async_api import Route, expect

    said = ["1975-08-30", "i want to pay", "today"]

    async def dawdle(route: Route) -> None:
        is_first = said[0] in (route.request.post_data or "")
        await asyncio.sleep(0.5 if is_first else 0)
        await route.continue_()

    async with tab_of(chat, tmp_path_factory.mktemp("profile")) as page:
        await page.goto("/")
        await page.route("**/messages", dawdle)
        for text in said:
            await page.locator("#text").fill(text)
            await page.locator("#text").press("Enter")
        await expect(page.locator(".sending:visible")).to_have_count(3)
        await expect(page.locator(".borrower[id] .text")).to_have_text(said)
    assert [inbound.text for inbound in chat.received] == said
