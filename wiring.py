"""The only place where parts are plugged together. One function per process."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import os
import secrets
import signal
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from lending.errors import TideoverError
from settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from bot.alerts import Sender
    from bot.clocks import ClockRules
    from bot.contact_case import Lender
    from bot.engine import RasaEngine
    from bot.inbound import Router
    from bot.live import LiveHub
    from bot.messages import Channel, ChannelPort
    from bot.outbox import Outbox
    from bot.ports import UnitOfWork
    from bot.telegram_api import TelegramGateway
    from bot.terminal import TerminalChannel
    from bot.texts import Texts
    from bot.waiting import Waiting
    from console.attachments import Attachments
    from console.canned import CannedReply
    from console.case_view import CaseViews
    from console.casework import Casework
    from console.feed import Feed
    from console.inbox import Inbox
    from console.replies import Replies
    from console.sign_in import SignIn
    from console.staff_admin import StaffAdmin
    from console.takeover import Takeover
    from lending.ids import BorrowerId
    from lending.intake import OpenSeen, OpenUnit
    from lending.plan_service import PlanOffice
    from scheduler.webhooks import Passed
    from store.db import Database

log = structlog.get_logger(__name__)

MENU_COMMANDS = ("start", "help", "language", "stop", "human", "mydata")


class PortInUse(TideoverError):
    """Another program listens on the port that the web server wants."""


class NoSecret(TideoverError):
    """TIDEOVER_SECRET_KEY is needed and not set."""


def utc_now() -> datetime:
    """The one clock."""
    return datetime.now(UTC)


def master_secret(settings: Settings, *, may_make: bool) -> bytes:
    """The secret that all keys come from; for the demo one is made and kept in the data folder.

    Raises NoSecret.
    """
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()
    if not may_make:
        raise NoSecret(
            "TIDEOVER_SECRET_KEY is not set.", hint="Set it to 32 or more random characters."
        )
    path = settings.data_dir / "demo-secret"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_bytes()


def key_for(secret: bytes, purpose: str) -> bytes:
    """A key for one purpose, so that no signature fits anywhere else."""
    return hmac.new(secret, purpose.encode(), hashlib.sha256).digest()


def open_database(settings: Settings) -> Database:
    from store.db import Database

    return Database(settings.database)


def digest_with(secret: bytes) -> Callable[[str, str, str], str]:
    """How second facts are kept: see bot.identity.fact_digest."""
    from bot.identity import fact_digest

    key = key_for(secret, "identity")
    return lambda reference, kind, value: fact_digest(key, reference, kind, value)


def make_link(database: Database, reference: str, settings: Settings) -> str:
    """A new one-time link token for the borrower with this reference. Raises UnknownBorrower."""
    from bot.identity import new_link_token, token_hash

    token, now = new_link_token(), utc_now()
    with database.unit() as uow:
        uow.links.add(
            token_hash=token_hash(token),
            borrower_id=borrower_id_of(uow, reference),
            created_at=now,
            expires_at=now + timedelta(hours=settings.link_ttl_hours),
        )
        uow.commit()
    return token


def borrower_id_of(uow: UnitOfWork, reference: str) -> BorrowerId:
    """Raises UnknownBorrower."""
    borrower = uow.borrowers.by_reference(reference)
    if borrower is None:
        raise UnknownBorrower(
            f"No borrower has the reference {reference!r}.", hint="Check the spelling."
        )
    return borrower.id


class UnknownBorrower(TideoverError):
    """No borrower has this reference."""


def api_for(
    settings: Settings,
    *,
    secret: bytes,
    database: Database,
    telegram_link: Callable[[str], str] | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> FastAPI:
    """The lender's API, to be mounted at console.api.MOUNTED_AT."""
    from limits import parse
    from limits.storage import MemoryStorage, storage_from_string
    from limits.strategies import MovingWindowRateLimiter

    from console.api import lender_api
    from console.api_key import Parts
    from store.errors import ChangeRefused, StoreUnavailable
    from store.errors import UnknownBorrower as NoSuchBorrower

    url = settings.redis_url
    counts = storage_from_string(url) if url else MemoryStorage()
    return lender_api(
        Parts(
            store=database,
            clock=clock,
            limiter=MovingWindowRateLimiter(counts),
            rate=parse(settings.api_rate),
            guesses=parse("60/minute"),
            digest=digest_with(secret),
            link_key=key_for(secret, "api-links"),
            link_hours=settings.link_ttl_hours,
            web_link=lambda token: f"{settings.public_url}/l/{token}",
            telegram_link=telegram_link,
            known={StoreUnavailable: 503, ChangeRefused: 409, NoSuchBorrower: 404},
        )
    )


def import_parts(database: Database, secret: bytes) -> tuple[OpenUnit, OpenSeen]:
    """What an import of files writes with, and how it knows keys that came before."""
    from store.intake import intake_unit
    from store.seen_keys import seen_keys

    digest = digest_with(secret)
    return (lambda: intake_unit(database, digest)), seen_keys


class NoWebhook(TideoverError):
    """There is no address to send events to."""


def send_webhooks(
    settings: Settings, database: Database, *, stopped: Callable[[], bool] = lambda: False
) -> Passed:
    """Deliver the events that are due now; for a periodic tick. Raises NoWebhook, BadWebhookSecret."""
    from scheduler.webhook_post import HttpPost
    from scheduler.webhooks import deliver_due, read_secrets

    if settings.webhook_url is None:
        raise NoWebhook(
            "There is no address to send events to.",
            hint="Set TIDEOVER_WEBHOOK_URL, or read them from the API: GET /api/v1/events.",
        )
    secret = settings.webhook_secret
    secrets = read_secrets(secret.get_secret_value() if secret else "")
    with contextlib.closing(HttpPost(settings.webhook_url)) as post:
        return deliver_due(database, post, secrets, utc_now, stopped=stopped)


@dataclass(slots=True, kw_only=True)
class Bot:
    """The bot role's object graph. `channels` may be filled before messages arrive."""

    settings: Settings
    secret: bytes
    database: Database
    engine: RasaEngine
    texts: Texts
    outbox: Outbox
    router: Router
    channels: dict[Channel, ChannelPort]
    hub: LiveHub
    clock: Callable[[], datetime]
    gateway: TelegramGateway | None = field(default=None)


def lender_of(settings: Settings) -> Lender:
    """Who writes, as the contact rules ask for it."""
    from bot.contact_case import Lender
    from compliance.terms import ActorRole

    return Lender(
        role=ActorRole(settings.actor_role),
        follows_collector_rules=settings.follow_collector_rules,
        timezone=settings.timezone,
    )


def plan_office(settings: Settings) -> PlanOffice:
    """The plans that this lender offers. Raises BrokenPolicy."""
    from lending.plan_service import PlanOffice
    from store.plan_policy_file import PolicyShelf

    return PlanOffice(
        lender=settings.lender_name,
        policy_for=PolicyShelf(settings.plan_policy_dir).policy,
        new_id=lambda: secrets.token_hex(8),  # short enough for a Telegram button
    )


def keep_profiles(database: Database, now: datetime) -> None:
    """Keep the contact rules in the versions that will decide, so that decisions can be replayed.

    A broken profile is left out: it blocks everything that it should judge, and says so.
    """
    from compliance.errors import BrokenProfile
    from compliance.profile_file import available_profiles, load_profile, profile_files

    with database.unit() as uow:
        for name in available_profiles():
            try:
                version, files = load_profile(name).version, profile_files(name)
            except BrokenProfile as error:
                log.error("profile.broken", profile=name, reason=error.message)
                continue
            uow.contacts.keep_profile(name=name, version=version, files=files, at=now)
        uow.commit()


def build_bot(
    settings: Settings,
    *,
    secret: bytes,
    database: Database,
    model: Path,
    clock: Callable[[], datetime] = utc_now,
) -> Bot:
    """Load the model and plug the conversation part together; nothing runs yet.

    Raises EngineUnavailable, StoreUnavailable.
    """
    from actions._base import Desk, open_desk
    from bot.certificate_pdf import certificate_pdf
    from bot.engine import RasaEngine, lock_store, sql_tracker_store
    from bot.first_look import House
    from bot.identity import IdentityPolicy
    from bot.inbound import Router
    from bot.live import LiveHub
    from bot.outbox import Outbox
    from bot.plan_effects import PlanClerk
    from bot.texts import Texts
    from compliance.profile_file import load_profile

    keep_profiles(database, clock())
    office = plan_office(settings)
    open_desk(
        Desk(
            store=database,
            clock=clock,
            lender_name=settings.lender_name,
            team_hours=settings.team_hours,
            pay_url=settings.pay_url,
            support_phone=settings.support_phone,
            clock_rules=clock_rules(settings),
            plans=office,
        )
    )
    engine = RasaEngine.load(
        model,
        tracker_store=sql_tracker_store(settings.dialogue_database),
        lock_store=lock_store(settings.redis_url),
    )
    texts = Texts.load()
    channels: dict[Channel, ChannelPort] = {}
    outbox = Outbox(
        store=database,
        channels=channels,
        clock=clock,
        profiles=load_profile,
        lender=lender_of(settings),
    )
    router = Router(
        store=database,
        engine=engine,
        outbox=outbox,
        texts=texts,
        clock=clock,
        house=House(
            lender_name=settings.lender_name,
            team_hours=settings.team_hours,
            default_language=settings.default_language,
            identity=IdentityPolicy(
                tries=settings.identity_tries,
                lock=timedelta(minutes=settings.identity_lock_minutes),
                idle=timedelta(minutes=settings.identity_idle_minutes),
            ),
            fact_key=key_for(secret, "identity"),
        ),
        clerk=PlanClerk(
            store=database,
            office=office,
            texts=texts,
            clock=clock,
            team_hours=settings.team_hours,
            paper=lambda paper, chinese: certificate_pdf(paper, chinese=chinese),
        ),
    )
    return Bot(
        settings=settings,
        secret=secret,
        database=database,
        engine=engine,
        texts=texts,
        outbox=outbox,
        router=router,
        channels=channels,
        hub=LiveHub(),
        clock=clock,
    )


@dataclass(slots=True, kw_only=True)
class StaffDesk:
    """What the staff console calls; any process that can send can have one."""

    sign_in: SignIn
    staff: StaffAdmin
    inbox: Inbox
    cases: CaseViews
    takeover: Takeover
    replies: Replies
    feed: Feed
    clock_rules: ClockRules
    casework: Casework
    canned: tuple[CannedReply, ...]
    attachments: Attachments
    waiting: Waiting


def staff_admin(settings: Settings, database: Database, secret: bytes) -> StaffAdmin:
    """For the command line: staff without anything that sends."""
    from console.passwords import Codes, Passwords
    from console.staff_admin import StaffAdmin

    return StaffAdmin(
        store=database,
        clock=utc_now,
        passwords=Passwords(),
        codes=Codes(key_for(secret, "staff-codes"), settings.lender_name),
    )


def clock_rules(settings: Settings) -> ClockRules:
    """Working hours and time limits of the team. Raises BadHours, UnknownCountry."""
    from bot.clocks import ClockRules
    from bot.working_hours import read_hours

    return ClockRules(
        hours=read_hours(
            settings.team_hours,
            timezone=settings.team_timezone or settings.timezone,
            country=settings.team_country,
        )
    )


def build_staff_desk(
    settings: Settings,
    *,
    secret: bytes,
    database: Database,
    outbox: Outbox,
    texts: Texts,
    clock: Callable[[], datetime] = utc_now,
) -> StaffDesk:
    """The services of the staff console over an outbox. Raises BadHours, UnknownCountry."""
    from bot.notices import Notices
    from bot.waiting import Waiting
    from compliance.errors import BrokenProfile
    from compliance.profile_file import available_profiles, load_profile
    from console.attachments import Attachments
    from console.canned import load_canned
    from console.case_view import CaseViews
    from console.casework import Casework, WaiverLimits
    from console.contact_desk import ContactDesk
    from console.feed import Feed
    from console.inbox import Inbox
    from console.passwords import Codes, Passwords
    from console.replies import Replies
    from console.sign_in import SignIn
    from console.staff_admin import StaffAdmin
    from console.takeover import Takeover

    rules = clock_rules(settings)
    passwords = Passwords()
    codes = Codes(key_for(secret, "staff-codes"), settings.lender_name)
    profiles = {}
    for name in available_profiles():
        with contextlib.suppress(BrokenProfile):
            profiles[name] = load_profile(name)
    notices = Notices(
        store=database, outbox=outbox, texts=texts, clock=clock, team_hours=settings.team_hours
    )
    return StaffDesk(
        sign_in=SignIn(store=database, clock=clock, passwords=passwords, codes=codes),
        staff=StaffAdmin(store=database, clock=clock, passwords=passwords, codes=codes),
        inbox=Inbox(store=database, clock=clock, rules=rules),
        cases=CaseViews(store=database, clock=clock, rules=rules),
        takeover=Takeover(store=database, clock=clock, notices=notices),
        replies=Replies(store=database, outbox=outbox, clock=clock, profiles=profiles),
        feed=Feed(store=database, clock=clock),
        clock_rules=rules,
        casework=Casework(
            store=database,
            clock=clock,
            limits=WaiverLimits(agent=settings.waive_limit),
            contact_log=ContactDesk(
                store=database, profiles=load_profile, lender=lender_of(settings)
            ),
        ),
        canned=load_canned(),
        attachments=Attachments(store=database),
        waiting=Waiting(store=database, clock=clock, notices=notices, rules=rules),
    )


WAITING_EVERY = 15.0
ALERTS_EVERY = 5.0
"""Seconds between two passes over those who wait, and over the news for alerts."""


def staff_tasks(bot: Bot, stop: asyncio.Event) -> list[asyncio.Task[Any]]:
    """What runs beside the channels for people: leases, clocks, alerts. Until `stop`."""
    from bot.alerts import Alerts
    from bot.waiting import every

    desk = build_staff_desk(
        bot.settings, secret=bot.secret, database=bot.database, outbox=bot.outbox, texts=bot.texts
    )
    alerts = Alerts(
        store=bot.database,
        clock=bot.clock,
        senders=alert_senders(bot),
        console_url=f"{bot.settings.public_url}/staff",
    )
    return [
        asyncio.create_task(every(WAITING_EVERY, desk.waiting.run, stop), name="waiting"),
        asyncio.create_task(every(ALERTS_EVERY, alerts.run, stop), name="alerts"),
    ]


def alert_senders(bot: Bot) -> list[Sender]:
    """The ways that are set to alert staff. Raises BadAlertAddress."""
    from bot.alerts import mail_sender

    settings, senders = bot.settings, []
    if settings.alert_email and settings.alert_smtp_url:
        url = settings.alert_smtp_url.get_secret_value()
        senders.append(mail_sender(url, settings.alert_email))
    gateway, chat = bot.gateway, settings.alert_telegram_chat
    if gateway is not None and chat is not None:
        senders.append(gateway.tell_staff)
    return senders


def add_telegram(bot: Bot) -> TelegramGateway | None:
    """Make the Telegram gateway if a token is set."""
    from bot.messages import Channel
    from bot.telegram_api import TelegramGateway

    settings = bot.settings
    if settings.telegram_token is None:
        return None
    hook_secret = settings.telegram_webhook_secret

    async def sink(inbound: Any) -> None:
        await bot.router.receive(inbound)

    async def blocked(address: str) -> None:
        await asyncio.to_thread(_mark_blocked, bot, address)

    gateway = TelegramGateway(
        token=settings.telegram_token.get_secret_value(),
        api_url=settings.telegram_api_url,
        callback_key=key_for(bot.secret, "telegram-buttons"),
        sink=sink,
        clock=utc_now,
        menu=menu_texts(bot.texts),
        phrases={
            "stale_button": {
                language: bot.texts.content("utter_stale_button", language).text
                for language in ("en", "zh-Hans", "zh-Hant")
            }
        },
        webhook_secret=hook_secret.get_secret_value() if hook_secret else None,
        on_blocked=blocked,
        staff_chat=settings.alert_telegram_chat,
    )
    bot.gateway = gateway
    bot.channels[Channel.TELEGRAM] = gateway
    return gateway


def _mark_blocked(bot: Bot, address: str) -> None:
    from bot.messages import Channel

    with bot.database.unit() as uow:
        conversation = uow.conversations.find(Channel.TELEGRAM, address)
    if conversation is not None:
        bot.outbox.mark_unreachable(conversation.id)


def menu_texts(texts: Texts) -> dict[str, list[tuple[str, str]]]:
    """The command menu in each language: one line per command in the text `utter_menu`."""
    menus = {}
    for language in ("en", "zh-Hans", "zh-Hant"):
        lines = texts.content("utter_menu", language).text.splitlines()
        pairs = [line.split(":", 1) for line in lines]
        menus[language] = [(name.strip(), about.strip()) for name, about in pairs]
    return menus


def add_terminal(bot: Bot, show: Callable[[str], None]) -> TerminalChannel:
    """Switch the terminal channel on."""
    from bot.messages import Channel
    from bot.terminal import TerminalChannel

    channel = TerminalChannel(show, bot.settings.data_dir / "documents")
    bot.channels[Channel.TERMINAL] = channel
    return channel


def load_model_only(model: Path) -> None:
    """Load a model and drop it again. Raises EngineUnavailable."""
    from bot.engine import RasaEngine, lock_store, memory_tracker_store

    RasaEngine.load(model, tracker_store=memory_tracker_store(), lock_store=lock_store(None))


async def try_telegram(settings: Settings) -> str:
    """Connect once and give the bot's name. Raises TelegramRefused, TelegramUnreachable."""
    from bot.telegram_api import TelegramGateway

    async def nowhere(inbound: Any) -> None:
        return None

    assert settings.telegram_token is not None
    gateway = TelegramGateway(
        token=settings.telegram_token.get_secret_value(),
        api_url=settings.telegram_api_url,
        callback_key=b"unused",
        sink=nowhere,
        clock=utc_now,
        menu={},
        phrases={},
    )
    try:
        await gateway.connect()
        return str(gateway.username)
    finally:
        await gateway.stop()


def try_redis(url: str) -> None:
    """Ping Redis. Raises RedisUnreachable."""
    import redis

    try:
        redis.Redis.from_url(url, socket_connect_timeout=3).ping()
    except redis.RedisError as error:
        raise RedisUnreachable(
            f"Redis does not answer ({type(error).__name__}).",
            hint="Start it, or correct TIDEOVER_REDIS_URL.",
        ) from None


class RedisUnreachable(TideoverError):
    """The Redis server of TIDEOVER_REDIS_URL does not answer."""


def build_console_app(
    settings: Settings,
    *,
    secret: bytes,
    database: Database,
    outbox: Outbox,
    texts: Texts,
    clock: Callable[[], datetime] = utc_now,
) -> FastAPI:
    """The staff console, to be mounted under /staff. Raises BadHours, UnknownCountry, BrokenPolicy."""
    from console.web.build import ConsoleSettings, build_console
    from console.web.desk import Desk
    from console.web.rules import RuleTitles
    from console.web.visit import Pages

    work = build_staff_desk(
        settings, secret=secret, database=database, outbox=outbox, texts=texts, clock=clock
    )
    zone = settings.team_timezone or settings.timezone
    desk = Desk(
        store=database,
        clock=clock,
        pages=Pages(lender_name=settings.lender_name, zone=zone),
        texts=texts,
        takeover=work.takeover,
        casework=work.casework,
        cases=work.cases,
        canned=work.canned,
        attachments=work.attachments,
        replies=work.replies,
        inbox=work.inbox,
        feed=work.feed,
        clock_rules=work.clock_rules,
        plans=plan_office(settings),
        rule_title=RuleTitles(),
        team_hours=settings.team_hours,
        lender_name=settings.lender_name,
    )
    return build_console(
        desk,
        work.sign_in,
        work.staff,
        ConsoleSettings(
            secret=key_for(secret, "staff-console"),
            secure=settings.public_url.startswith("https://"),
        ),
    )


def web_app(bot: Bot) -> FastAPI:
    """The borrower's web chat, the staff console, the Telegram webhook, and a health check."""
    from fastapi import FastAPI
    from fastapi.responses import JSONResponse

    from bot.messages import Channel
    from bot.web_chat import WebChannel, web_chat_router
    from console.api import MOUNTED_AT

    settings = bot.settings
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
            clock=utc_now,
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

    @app.get("/healthz")
    async def healthz() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    return app


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
    from fastapi.responses import JSONResponse

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

    @app.get("/healthz")
    async def healthz() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    stop = stop_on_signals()
    server = web_server(app, lambda: None)
    serving = asyncio.create_task(server.serve(sockets=[bound]))
    ready()
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait([stopped, serving], return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await serving
    stopped.cancel()
    if gateway is not None:
        await gateway.stop()


def telegram_sender(settings: Settings, secret: bytes, texts: Texts) -> TelegramGateway | None:
    """A gateway for a process that only sends; None without a token."""
    from bot.telegram_api import TelegramGateway

    if settings.telegram_token is None:
        return None

    async def nowhere(inbound: Any) -> None:
        return None

    return TelegramGateway(
        token=settings.telegram_token.get_secret_value(),
        api_url=settings.telegram_api_url,
        callback_key=key_for(secret, "telegram-buttons"),
        sink=nowhere,
        clock=utc_now,
        menu=menu_texts(texts),
        phrases={},
    )


DEMO_STAFF = (("mei", "Mei", "agent"), ("sam", "Sam", "supervisor"))


def demo_staff(settings: Settings, database: Database, secret: bytes) -> Sequence[tuple[str, str]]:
    """An agent and a supervisor for the demo, (sign-in name, password) each; made once.

    Passwords come from the secret of this installation, so that they can be shown again and
    nobody else knows them; one that was changed is not shown.
    """
    from bot.staff import Role
    from console.passwords import Passwords

    admin, shown = staff_admin(settings, database, secret), []
    known = {one.login: one for one in admin.all()}
    for login, name, role in DEMO_STAFF:
        digits = key_for(secret, f"demo-staff-{login}").hex()
        password = f"{digits[:5]}-{digits[5:10]}-{digits[10:15]}"
        if login not in known:
            admin.add(login, name=name, role=Role(role), password=password, by="demo")
        elif not Passwords().fits(password, known[login].password_hash):
            continue
        shown.append((login, password))
    return shown


async def serve(
    bot: Bot, bound: socket.socket, ready: Callable[[], None], *, reminders: bool = False
) -> None:
    """Run web chat, staff console and, with a token, Telegram until SIGINT or SIGTERM; then stop.

    `reminders`: plan and send them here too.
    """
    from wiring_reminders import add_written_channels, reminder_routers, reminders_in

    gateway = add_telegram(bot)
    add_written_channels(bot.settings, bot.channels)
    app = web_app(bot)
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
    tasks.append(asyncio.create_task(_tell_news(bot, stop)))
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


def seed_cases(database: Database, settings: Settings, texts: Texts) -> None:
    """Borrowers of the demo who wait for a person."""
    from console.demo_cases import seed_cases as seed_them

    seed_them(database, texts, settings.team_hours, utc_now())


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


def seed(database: Database, secret: bytes) -> bool:
    """Fill an empty database with the demo portfolio; False if people were there already."""
    from store.seed import seed_demo

    now = utc_now()
    return seed_demo(database, today=now.date(), now=now, digest=digest_with(secret)).is_new


def personas() -> Sequence[Any]:
    from store.demo_personas import PERSONAS

    return [plan.persona for plan in PERSONAS]
