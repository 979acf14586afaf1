"""Planner and dispatcher of reminders, and their jobs."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from lending.errors import TideoverError
from settings import Settings
from wiring.base import keep_profiles, key_for, lender_of, plan_office, utc_now
from wiring.conversation import Bot
from wiring.lender import send_webhooks
from wiring.ops import internal_server, watch
from wiring.pay import REVIEW_EVERY_S as PAYMENTS_EVERY_S
from wiring.pay import review_payments
from wiring.privacy import forget_old
from wiring.written import (
    close_channels,
    sending_channels,
    sending_outbox,
    sms_account,
)

if TYPE_CHECKING:
    from fastapi import APIRouter

    from bot.messages import Channel, ChannelPort
    from bot.outbox import Outbox
    from bot.reminder_ports import Pace
    from scheduler.clock_guard import ClockGuard
    from scheduler.dispatch import Dispatcher, Tally
    from scheduler.jobs import Clockwork, Job
    from scheduler.planner import Planner
    from scheduler.reminder_errand import House
    from scheduler.strategy import Strategy
    from store.db import Database

log = structlog.get_logger(__name__)

PLAN_EVERY_S = 300


REVIEW_EVERY_S = 3600


HABITS_EVERY_S = 3600


STATEMENTS_EVERY_S = 3600


WEBHOOKS_EVERY_S = 5


FORGET_EVERY_S = 86_400


API_ANSWERS_KEPT = timedelta(days=31)


DISPATCH_EVERY_S = 15


def strategy_of(settings: Settings) -> Strategy:
    """The strategy in force. Raises BadStrategy."""
    from scheduler.strategy_file import DEFAULT_STRATEGY, load_strategy

    return load_strategy(Path(settings.strategy) if settings.strategy else DEFAULT_STRATEGY)


def house_of(settings: Settings, secret: bytes | None = None) -> House:
    """What every reminder has in common. Without `secret` no e-mail can be written."""
    from bot.stop_link import stop_links
    from scheduler.reminder_errand import House
    from scheduler.templates import Sender

    feed = None
    if settings.feed:
        feed = (settings.feed, timedelta(hours=settings.feed_stale_hours))
    return House(
        strategy=strategy_of(settings),
        sender=Sender(
            name=settings.lender_name,
            team_hours=settings.team_hours,
            phone=settings.support_phone,
            pay_url=settings.pay_url,
            chat_url=settings.base_url,
        ),
        lender=lender_of(settings),
        feed=feed,
        stop_url=stop_links(key_for(secret, "stop-email"), settings.public_url) if secret else None,
    )


def reminder_routers(bot: Bot) -> list[APIRouter]:
    """What the web server answers for SMS and e-mail: replies, reports, and the stop link."""
    from bot.sms_hooks import sms_router
    from bot.stop_link import stop_router

    settings = bot.settings
    found = [
        stop_router(store=bot.database, clock=bot.clock, key=key_for(bot.secret, "stop-email"))
    ]
    sms = sms_account(settings)
    if sms is not None:
        found.append(
            sms_router(
                store=bot.database,
                receive=bot.router.receive,
                clock=bot.clock,
                token=sms.token,
                public_url=settings.public_url,
            )
        )
    return found


def build_planner(
    settings: Settings, database: Database, clock: Callable[[], datetime] = utc_now
) -> Planner:
    from scheduler.planner import Planner
    from store.reminder_planner import SqlPlanner

    return Planner(
        store=SqlPlanner(database),
        strategy=strategy_of(settings),
        clock=clock,
        doubt=clock_guard(database, clock).doubt,
    )


def clock_guard(database: Database, clock: Callable[[], datetime]) -> ClockGuard:
    """What this process checks its clock against."""
    from scheduler.clock_guard import ClockGuard
    from store.clock_facts import newest_sent, server_time

    return ClockGuard(
        clock, newest=lambda: newest_sent(database), server=lambda: server_time(database)
    )


def shared_pace(settings: Settings, database: Database) -> Pace:
    """The rate limits of all processes together: in Redis where it is set, else in the database."""
    if settings.redis_url:
        from store.redis_pace import RedisPace

        return RedisPace(settings.redis_url)
    from store.send_slots import SqlPace

    return SqlPace(database)


def build_dispatcher(
    settings: Settings,
    database: Database,
    outbox: Outbox,
    channels: dict[Channel, ChannelPort],
    *,
    secret: bytes,
    clock: Callable[[], datetime] = utc_now,
) -> Dispatcher:
    """A worker over the channels that run in this process."""
    from scheduler.dispatch import Dispatcher

    return Dispatcher(
        store=database,
        outbox=outbox,
        house=house_of(settings, secret),
        clock=clock,
        pace=shared_pace(settings, database),
        running=frozenset(channels),
        doubt=clock_guard(database, clock).doubt,
    )


def planner_jobs(settings: Settings, database: Database) -> list[Job]:
    from lending.plan_life import PlanEvent
    from scheduler.jobs import Job
    from scheduler.plan_review import review_plans
    from scheduler.promise_review import review_promises
    from store.contact_habits import refresh_habits
    from store.statement_upkeep import keep_statements

    planner = build_planner(settings, database)

    async def plan() -> bool:
        done = await asyncio.to_thread(planner.tick)
        if done.reminders:
            log.info("reminders.planned", reminders=done.reminders)
        return done.is_planner

    async def habits() -> None:
        await asyncio.to_thread(refresh_habits, database, utc_now())

    async def statements() -> None:
        kept = await asyncio.to_thread(keep_statements, database, utc_now())
        if kept:
            log.info("statements.kept", cards=kept)

    office = plan_office(settings)

    async def review() -> None:
        done = await asyncio.to_thread(review_plans, database, office, utc_now)
        if set(done.events) - {PlanEvent.NOTHING}:
            log.info("plans.reviewed", **{event.value: n for event, n in done.events.items()})
        await asyncio.to_thread(review_promises, database, utc_now)

    async def review_money() -> None:
        await asyncio.to_thread(review_payments, database, utc_now)

    return [
        Job(name="plan", every_seconds=PLAN_EVERY_S, run=plan),
        Job(name="plan-review", every_seconds=REVIEW_EVERY_S, run=review),
        Job(name="payment-review", every_seconds=PAYMENTS_EVERY_S, run=review_money),
        Job(name="statements", every_seconds=STATEMENTS_EVERY_S, run=statements),
        Job(name="habits", every_seconds=HABITS_EVERY_S, run=habits),
        *lender_jobs(settings, database),
    ]


def lender_jobs(settings: Settings, database: Database) -> list[Job]:
    """Events for the lender's system, if it has an address; and old answers of its API forgotten."""
    from scheduler.jobs import Job

    async def webhooks() -> None:
        await asyncio.to_thread(send_webhooks, settings, database)

    def forget() -> None:
        with database.unit() as uow:
            uow.access.forget(utc_now() - API_ANSWERS_KEPT)
            uow.commit()

    async def forget_answers() -> None:
        await asyncio.to_thread(forget)

    async def retention() -> None:
        gone = await asyncio.to_thread(forget_old, settings, database)
        if gone:
            log.info("retention.forgotten", **gone)

    jobs = [
        Job(name="api-answers", every_seconds=FORGET_EVERY_S, run=forget_answers),
        Job(name="retention", every_seconds=FORGET_EVERY_S, run=retention),
    ]
    if settings.webhook_url is not None:
        jobs.append(Job(name="webhooks", every_seconds=WEBHOOKS_EVERY_S, run=webhooks))
    return jobs


def dispatch_jobs(dispatcher: Dispatcher) -> list[Job]:
    from scheduler.jobs import Job

    return [
        Job(
            name="dispatch",
            every_seconds=DISPATCH_EVERY_S,
            run=dispatcher.drain,
            halt=dispatcher.halt,
        )
    ]


def reminders_in(bot: Bot) -> Clockwork:
    """Planner and dispatcher inside the process that talks, over its channels."""
    from scheduler.jobs import Clockwork

    dispatcher = build_dispatcher(
        bot.settings, bot.database, bot.outbox, bot.channels, secret=bot.secret, clock=bot.clock
    )
    return Clockwork(
        [*planner_jobs(bot.settings, bot.database), *dispatch_jobs(dispatcher)],
        noted_in(bot.database),
    )


def noted_in(database: Database) -> Callable[[str, bool], Awaitable[None]]:
    """Keeps when each job ran last, for whoever watches; a failure to do so is only logged."""
    from store.job_runs import note_run

    async def note(job: str, succeeded: bool) -> None:
        try:
            await asyncio.to_thread(note_run, database, job, succeeded, utc_now())
        except TideoverError as error:
            log.warning("job.not_noted", job=job, error=type(error).__name__)

    return note


@dataclass(frozen=True, slots=True)
class Roles:
    """Which of the two a process plays."""

    scheduler: bool
    dispatch: bool

    @property
    def name(self) -> str:
        if self.scheduler and self.dispatch:
            return "reminders"
        return "scheduler" if self.scheduler else "dispatch"


async def run_roles(
    settings: Settings,
    database: Database,
    roles: Roles,
    *,
    secret: bytes,
    ready: Callable[[], None],
) -> None:
    """Plan, send, or both, until SIGINT or SIGTERM; what is under way is finished first."""
    from scheduler.jobs import Clockwork

    watched = watch(roles.name, settings, database)
    keep_profiles(database, utc_now())
    jobs: list[Job] = []
    channels: dict[Channel, ChannelPort] = {}
    if roles.scheduler:
        jobs += planner_jobs(settings, database)
    if roles.dispatch:
        channels = await sending_channels(settings, secret)
        outbox = sending_outbox(settings, database, channels)
        dispatcher = build_dispatcher(settings, database, outbox, channels, secret=secret)
        jobs += dispatch_jobs(dispatcher)
    clockwork = Clockwork(jobs, noted_in(database))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with internal_server(watched):
        clockwork.start()
        ready()
        await stop.wait()
        await clockwork.stop()
    await close_channels(channels)


async def dispatch_once(settings: Settings, database: Database, secret: bytes, limit: int) -> Tally:
    """Send whatever is due now, with the channels that are set."""

    keep_profiles(database, utc_now())
    channels = await sending_channels(settings, secret)
    outbox = sending_outbox(settings, database, channels)
    dispatcher = build_dispatcher(settings, database, outbox, channels, secret=secret)
    try:
        return await dispatcher.drain(limit)
    finally:
        await close_channels(channels)


def count_accounts(database: Database) -> int:
    from store.reminder_planning import count_accounts as count

    return count(database)


def read_strategy(path: str | None) -> Strategy:
    """A strategy file, or the one in force. Raises BadStrategy."""
    from scheduler.strategy_file import load_strategy
    from settings import load_settings

    return load_strategy(Path(path)) if path else strategy_of(load_settings())
