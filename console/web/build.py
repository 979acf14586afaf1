"""Plug the console together from the services that `wiring` makes."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import FastAPI

from console.sign_in import SignIn
from console.staff_admin import StaffAdmin
from console.web.app import console_app
from console.web.desk import Desk
from console.web.guard import Guard
from console.web.pages.approvals import ApprovalPages, PlanPages
from console.web.pages.audit import AuditPages
from console.web.pages.borrowers import BorrowerPages
from console.web.pages.contacts import ContactPages
from console.web.pages.conversation import ConversationPages
from console.web.pages.live_case import LiveCase
from console.web.pages.queue import QueuePages
from console.web.pages.reports import ReportPages
from console.web.pages.sign_in import SignInPages
from console.web.pages.sorting import SortingPages
from console.web.pages.staff import StaffPages
from console.web.pages.strategy import StrategyPages
from console.web.pages.talking import TalkingPages
from console.web.pages.wording import WordingPages
from console.web.pages.working import WorkingPages


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleSettings:
    """`secret` signs form tokens; `secure`: served over HTTPS, so cookies are for it alone."""

    secret: bytes
    secure: bool


def build_console(
    desk: Desk, sign_in: SignIn, admin: StaffAdmin, settings: ConsoleSettings
) -> FastAPI:
    """The application to mount under /staff. Raises NotInTheTable."""
    guard = Guard(
        sign_in=sign_in,
        pages=desk.pages,
        clock=desk.clock,
        secret=settings.secret,
        secure=settings.secure,
    )
    parts = (
        SignInPages(desk, guard, admin),
        QueuePages(desk, guard),
        ConversationPages(desk),
        LiveCase(desk, guard),
        TalkingPages(desk),
        WorkingPages(desk),
        SortingPages(desk),
        BorrowerPages(desk),
        ApprovalPages(desk),
        PlanPages(desk),
        ContactPages(desk),
        StrategyPages(desk),
        ReportPages(desk),
        WordingPages(desk),
        StaffPages(desk, admin),
        AuditPages(desk),
    )
    app = console_app((route for part in parts for route in part.routes()), guard)
    app.state.closing = desk.closing
    return app
