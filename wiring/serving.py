"""Processes: what listens on a port, and how it stops."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog

from lending.errors import TideoverError
from settings import Settings
from wiring.base import keep_profiles, key_for, lender_of, utc_now
from wiring.conversation import Bot
from wiring.lender import api_for
from wiring.ops import Requests, Watch, internal_server, ops_router, watch
from wiring.pay import tell_pay_news
from wiring.reminders import reminder_routers, reminders_in
from wiring.staff import build_console_app, staff_tasks
from wiring.telegram import add_telegram, telegram_sender
from wiring.written import add_written_channels

if TYPE_CHECKING:
    from fastapi import FastAPI

    from bot.messages import Channel, ChannelPort
    from store.db import Database

log = structlog.get_logger(__name__)


LEFT_EVERY = 60.0
LEFT_FOR = timedelta(minutes=3)
"""How often, in seconds, unanswered messages are looked for; and how long one is nobody's concern."""


class PortInUse(TideoverError):
    """Another program listens on the port that the web server wants."""


def web_app(bot: Bot, watched: Watch | None = None) -> FastAPI:
    """The borrower's web chat, the staff console, the Telegram webhook, and how it is watched."""
    from fastapi import FastAPI

    from bot.messages import Channel
    from bot.pay.sandbox import MOUNTED_AT as SANDBOX_AT
    from bot.web_chat import WebChannel, web_chat_router
    from console.api import MOUNTED_AT

    settings = bot.settings
    watched = watched or watch_bot(bot)
    bot.channels[Channel.WEB] = WebChannel(bot.hub)

    async def receive(inbound: Any) -> None:
        await bot.router.receive(inbound)

    def words(key: str, language: str) -> str:
        return bot.texts.content(
            key, language, lender=settings.lender_name, hours=settings.team_hours
        ).text

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(
        web_chat_router(
            store=bot.database,
            receive=receive,
            hub=bot.hub,
            clock=bot.clock,
            secret=key_for(bot.secret, "web-chat"),
            lender_name=settings.lender_name,
            texts=words,
            secure_cookies=settings.public_url.startswith("https://"),
            idle_minutes=settings.identity_idle_minutes,
        )
    )
    gateway = bot.gateway
    if gateway is not None and settings.telegram_mode == "webhook":
        app.include_router(gateway.webhook_router())
    for router in bot.payments.routers:
        app.include_router(router)
    if bot.payments.sandbox_app is not None:
        app.mount(SANDBOX_AT, bot.payments.sandbox_app)
    staff = build_console_app(
        settings,
        secret=bot.secret,
        database=bot.database,
        outbox=bot.outbox,
        texts=bot.texts,
        clock=bot.clock,
    )
    app.mount("/staff", staff)
    app.state.closing = staff.state.closing
    app.mount(
        MOUNTED_AT,
        api_for(
            settings,
            secret=bot.secret,
            database=bot.database,
            telegram_link=gateway.deep_link if gateway is not None else None,
        ),
    )

    app.include_router(ops_router(watched, is_public=True))
    app.add_middleware(Requests)
    return app


def watch_bot(bot: Bot) -> Watch:
    """A bot has its model from the start: building it loads it."""
    return watch(
        "bot", bot.settings, bot.database, has_model=lambda: bot.engine.is_loaded, clock=bot.clock
    )


def bind(host: str, port: int) -> socket.socket:
    """Take the port before anything slow starts. Raises PortInUse."""
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise PortInUse(
            f"Cannot listen on {host}:{port} ({error.strerror}).",
            hint="Stop the other program or set TIDEOVER_WEB_PORT to a free port.",
        ) from None
    return bound


def web_server(app: FastAPI, close_pages: Callable[[], None]) -> Any:
    """A server that leaves signals to us, and tells open pages to end when it stops."""
    import uvicorn

    class Server(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Any:
            yield

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            app.state.closing.set()
            close_pages()
            await super().shutdown(sockets)

    config = uvicorn.Config(
        app, log_level="warning", access_log=False, ws="none", timeout_graceful_shutdown=5
    )
    return Server(config)


def stop_on_signals() -> asyncio.Event:
    """Set on SIGINT and SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, stop.set)
    return stop


async def serve_console(
    settings: Settings,
    *,
    secret: bytes,
    database: Database,
    bound: socket.socket,
    ready: Callable[[], None],
) -> None:
    """Run the staff console alone, without the dialogue engine, until SIGINT or SIGTERM.

    Replies leave from here; a borrower's web page, served by another process, finds them in the
    database. Raises StoreUnavailable, TelegramRefused, TelegramUnreachable.
    """
    from fastapi import FastAPI

    from bot.live import LiveHub
    from bot.messages import Channel
    from bot.outbox import Outbox
    from bot.texts import Texts
    from bot.web_chat import WebChannel
    from compliance.profile_file import load_profile

    keep_profiles(database, utc_now())
    channels: dict[Channel, ChannelPort] = {Channel.WEB: WebChannel(LiveHub())}
    outbox = Outbox(
        store=database,
        channels=channels,
        clock=utc_now,
        profiles=load_profile,
        lender=lender_of(settings),
    )
    texts = Texts.load()
    gateway = telegram_sender(settings, secret, texts)
    if gateway is not None:
        await gateway.connect()
        channels[Channel.TELEGRAM] = gateway
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    staff = build_console_app(
        settings, secret=secret, database=database, outbox=outbox, texts=texts
    )
    app.mount("/staff", staff)
    app.state.closing = staff.state.closing

    watched = watch("console", settings, database)
    app.include_router(ops_router(watched, is_public=True))
    app.add_middleware(Requests)
    stop = stop_on_signals()
    server = web_server(app, lambda: None)
    async with internal_server(watched):
        serving = asyncio.create_task(server.serve(sockets=[bound]))
        ready()
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait([stopped, serving], return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        await serving
        stopped.cancel()
    if gateway is not None:
        await gateway.stop()


async def serve(
    bot: Bot, bound: socket.socket, ready: Callable[[], None], *, reminders: bool = False
) -> None:
    """Run web chat, staff console and, with a token, Telegram until SIGINT or SIGTERM; then stop.

    `reminders`: plan and send them here too.
    """

    watched = watch_bot(bot)
    async with internal_server(watched):
        await _serve(bot, bound, ready, watched, reminders=reminders)


async def _serve(
    bot: Bot, bound: socket.socket, ready: Callable[[], None], watched: Watch, *, reminders: bool
) -> None:
    gateway = add_telegram(bot)
    add_written_channels(bot.settings, bot.channels)
    app = web_app(bot, watched)
    for router in reminder_routers(bot):
        app.include_router(router)
    if gateway is not None:
        hook = f"{bot.settings.public_url}/telegram/webhook"
        await gateway.start(hook if bot.settings.telegram_mode == "webhook" else None)
    stop = stop_on_signals()
    server = web_server(app, bot.hub.close)
    tasks: list[asyncio.Task[Any]] = [asyncio.create_task(server.serve(sockets=[bound]))]
    tasks += staff_tasks(bot, stop)
    if gateway is not None and bot.settings.telegram_mode == "polling":
        tasks.append(asyncio.create_task(gateway.poll(stop)))
    tasks.append(asyncio.create_task(_answer_the_rest(bot, stop)))
    tasks.append(asyncio.create_task(_tell_news(bot, stop)))
    tasks.append(
        asyncio.create_task(
            tell_pay_news(
                bot.settings,
                database=bot.database,
                outbox=bot.outbox,
                texts=bot.texts,
                clock=bot.clock,
                woken=bot.payments.woken,
                stop=stop,
            )
        )
    )
    unfinished = await bot.router.resume_unfinished()
    if unfinished:
        log.info("inbound.resumed", messages=unfinished)
    clockwork = reminders_in(bot) if reminders else None
    if clockwork is not None:
        clockwork.start()
    ready()
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    if clockwork is not None:
        await clockwork.stop()
    server.should_exit = True
    await asyncio.gather(*tasks)
    await bot.router.idle()
    if gateway is not None:
        await gateway.stop()


async def _answer_the_rest(bot: Bot, stop: asyncio.Event) -> None:
    """Answer now and then what was left, for example while the database was away."""
    from bot.waiting import every

    async def look() -> None:
        found = await bot.router.resume_unfinished(left_for=LEFT_FOR)
        if found:
            log.warning("inbound.was_left", messages=found)

    await every(LEFT_EVERY, look, stop)


async def _tell_news(bot: Bot, stop: asyncio.Event, every: float = 30.0) -> None:
    """Tell borrowers what became of their plans, until `stop` is set."""
    from bot.plan_news import PlanNews

    news = PlanNews(
        store=bot.database,
        outbox=bot.outbox,
        texts=bot.texts,
        clock=bot.clock,
        lender=bot.settings.lender_name,
    )
    while not stop.is_set():
        try:
            await news.tell()
        except TideoverError as error:
            log.error("plan_news.failed", error=type(error).__name__)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), every)
