"""The conversation: dialogue engine, router and the way out, in one object graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from settings import Settings
from wiring.base import clock_rules, keep_profiles, key_for, lender_of, plan_office, utc_now
from wiring.pay import Payments, build_payments, pays_here
from wiring.privacy import export_for

if TYPE_CHECKING:
    from bot.buckets import Buckets
    from bot.engine import RasaEngine
    from bot.inbound import Router
    from bot.live import LiveHub
    from bot.messages import Channel, ChannelPort
    from bot.outbox import Outbox
    from bot.telegram_api import TelegramGateway
    from bot.terminal import TerminalChannel
    from bot.texts import Texts
    from store.db import Database


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
    payments: Payments
    gateway: TelegramGateway | None = field(default=None)


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
    from bot.data_effects import Clerks, DataClerk
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
            pays_here=pays_here(settings),
        )
    )
    engine = RasaEngine.load(
        model,
        tracker_store=sql_tracker_store(settings.dialogue_database),
        lock_store=lock_store(settings.redis_url),
    )
    texts = Texts.load()
    payments = build_payments(settings, secret=secret, database=database, texts=texts, clock=clock)
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
        pace=chat_pace(settings),
        clerk=Clerks(
            PlanClerk(
                store=database,
                office=office,
                texts=texts,
                clock=clock,
                team_hours=settings.team_hours,
                paper=certificate_pdf,
            ),
            DataClerk(export=export_for(database), texts=texts, clock=clock),
        ),
        payer=payments.clerk,
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
        payments=payments,
    )


def chat_pace(settings: Settings) -> Buckets:
    """So many at once, and as many again in that time."""
    from limits import parse

    from bot.buckets import Buckets

    rate = parse(settings.chat_rate)
    return Buckets(burst=rate.amount, per_second=rate.amount / rate.get_expiry())


def add_terminal(bot: Bot, show: Callable[[str], None]) -> TerminalChannel:
    """Switch the terminal channel on."""
    from bot.messages import Channel
    from bot.terminal import TerminalChannel

    channel = TerminalChannel(show, bot.settings.data_dir / "documents")
    bot.channels[Channel.TERMINAL] = channel
    return channel
