"""The services and pages of the staff console."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from settings import Settings
from wiring.base import clock_rules, key_for, lender_of, plan_office, utc_now
from wiring.conversation import Bot

if TYPE_CHECKING:
    from fastapi import FastAPI

    from bot.alerts import Sender
    from bot.clocks import ClockRules
    from bot.outbox import Outbox
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
    from lending.plan_records import Certificate
    from store.db import Database


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
    from console.casework import Casework
    from console.contact_desk import ContactDesk
    from console.fee_desk import WaiverLimits
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
        attachments=Attachments(store=database, paper=_paper),
        waiting=Waiting(store=database, clock=clock, notices=notices, rules=rules),
    )


def _paper(certificate: Certificate, chinese: str) -> bytes:
    """The PDF; its libraries take 30 MB, which a console that sends none does without."""
    from bot.certificate_pdf import certificate_pdf

    return certificate_pdf(certificate, chinese)


WAITING_EVERY = 15.0


ALERTS_EVERY = 5.0


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
    from wiring.foresight import build_foresight

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
        foresight=lambda: build_foresight(settings, database, clock),
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
