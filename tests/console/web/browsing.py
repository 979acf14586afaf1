"""A real Chromium against a stage that is served: staff pages, the borrower's web chat, Telegram."""

from __future__ import annotations

import asyncio
import shutil
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page

from bot.messages import Channel
from bot.telegram_api import TelegramGateway
from tests.bot_api_server import BotApiServer
from tests.console.desk import PASSWORD
from tests.console.web.stage import Stage

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP, PHONE = (1366, 768), (390, 844)


@dataclass(kw_only=True)
class Browsing:
    """An application at an address, with the browsers that look at it. `problems`: complaints of pages."""

    url: str
    chromium: Browser
    loop: asyncio.AbstractEventLoop
    problems: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def page(self, size: tuple[int, int] = DESKTOP, **options: Any) -> Page:
        width, height = size
        context = self.chromium.new_context(
            viewport={"width": width, "height": height}, base_url=self.url, **options
        )
        context.set_default_timeout(15_000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on(
            "console",
            lambda message: (
                self.problems.append(message.text)
                if message.type == "error" and "Failed to load resource" not in message.text
                else None
            ),
        )
        return page

    def staff(self, login: str, size: tuple[int, int] = DESKTOP, **options: Any) -> Page:
        """A page where this person has signed in."""
        page = self.page(size, **options)
        page.goto("/staff/sign-in")
        page.fill("#login", login)
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_url(lambda url: "sign-in" not in url)
        return page

    def close(self) -> None:
        for context in self.contexts:
            context.close()

    def run(self, work: Any) -> Any:
        """Do something in the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)


@dataclass(kw_only=True)
class Served(Browsing):
    """A stage that is served."""

    stage: Stage

    def borrower(self, reference: str, born: str) -> Page:
        """The web chat of a borrower who has proved who they are."""
        page = self.page()
        page.goto(f"/l/{self.stage.house.link(reference)}")
        page.locator("main form button").click()
        page.locator("#messages .bot").nth(0).wait_for()
        say(page, born)
        page.locator("#messages .bot").nth(3).wait_for()
        return page


def say(page: Page, text: str) -> None:
    """The borrower writes."""
    page.fill("#text", text)
    page.press("#text", "Enter")


@contextmanager
def served(
    stage: Stage, chromium: Browser, telegram: BotApiServer | None = None
) -> Iterator[Served]:
    """Serve the stage for the time of the block."""

    @asynccontextmanager
    async def life() -> AsyncIterator[None]:
        stop, polling, gateway = asyncio.Event(), None, None
        if telegram is not None:
            gateway = _gateway(stage, telegram)
            await gateway.start(None)
            stage.house.outbox._channels[Channel.TELEGRAM] = gateway  # type: ignore[index]
            polling = asyncio.create_task(gateway.poll(stop))
        yield
        stop.set()
        if polling is not None and gateway is not None:
            await polling
            await gateway.stop()
        await stage.house.router.idle()

    def close() -> None:
        stage.console.state.closing.set()
        stage.hub.close()

    with running(stage.app, life, close) as (url, loop):
        made = Served(stage=stage, url=url, chromium=chromium, loop=loop)
        try:
            yield made
        finally:
            made.close()


@contextmanager
def running(
    app: FastAPI, life: Callable[[], AbstractAsyncContextManager[None]], close: Callable[[], None]
) -> Iterator[tuple[str, asyncio.AbstractEventLoop]]:
    """Serve an application in a thread: its address and its loop. `life` runs in that loop."""
    started: dict[str, asyncio.AbstractEventLoop] = {}

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        started["loop"] = asyncio.get_running_loop()
        async with life():
            yield

    app.router.lifespan_context = lifespan
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, ws="none", log_level="error", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}", started["loop"]
    finally:
        close()
        server.should_exit = True
        thread.join(15)


def _gateway(stage: Stage, telegram: BotApiServer) -> TelegramGateway:
    async def sink(inbound: Any) -> None:
        await stage.house.router.receive(inbound)

    return TelegramGateway(
        token=telegram.token,
        api_url=telegram.url,
        callback_key=b"k" * 32,
        sink=sink,
        clock=stage.house.clock,
        menu={},
        phrases={"stale_button": {"en": "old", "zh-Hans": "old", "zh-Hant": "old"}},
    )
