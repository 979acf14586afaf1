"""All that the pages work with, plugged together by `wiring`."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from bot.clocks import ClockRules
from bot.messages import Content
from bot.ports import Clock, Store, UnitOfWork
from bot.ports_console import ContactPoint
from bot.texts import Texts
from console.attachments import Attachments
from console.canned import CannedReply
from console.case_view import CaseViews
from console.casework import Casework
from console.feed import Feed
from console.inbox import Inbox
from console.replies import Replies
from console.takeover import Takeover
from console.web.mask import shown_to
from console.web.once import Keys
from console.web.rules import RuleTitles
from console.web.telling import Telling
from console.web.visit import Pages, Visit
from lending.ids import ConversationId
from lending.plan_service import PlanOffice
from scheduler.foresight import Foresight


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One route; what it needs stands in `console.web.access`."""

    method: str
    path: str
    endpoint: Callable[..., object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The console's object graph. `closing` is set when the server stops: open streams end.

    `foresight` looks ahead with the strategy of now; it raises BadStrategy.
    """

    store: Store
    clock: Clock
    pages: Pages
    texts: Texts
    takeover: Takeover
    replies: Replies
    cases: CaseViews
    casework: Casework
    canned: tuple[CannedReply, ...]
    attachments: Attachments
    inbox: Inbox
    feed: Feed
    clock_rules: ClockRules
    plans: PlanOffice
    foresight: Callable[[], Foresight]
    rule_title: RuleTitles
    team_hours: str
    lender_name: str
    keys: Keys = field(default_factory=Keys)
    closing: Event = field(default_factory=Event)

    def names(self, uow: UnitOfWork) -> dict[str, str]:
        """What each member of staff is called, by sign-in name."""
        return {one.login: one.name for one in uow.staff.all()}

    def content_for(
        self, visit: Visit, conversation_id: ConversationId, text: str, attach: str
    ) -> Content | None:
        """The reply with what is sent along; None for words alone. Raises NoAttachment."""
        if not attach:
            return None
        case = self.cases.refresh(visit.staff, conversation_id)
        return self.attachments.add(visit.staff, case, Content(text=text.strip()), attach)

    def person_tools(self, visit: Visit, names: Mapping[str, str]) -> dict[str, Any]:
        """What the templates about a borrower call."""
        telling = Telling(visit.words, visit.shown)

        def point_value(point: ContactPoint) -> str:
            return shown_to(visit.staff.role, point.kind, point.value)

        return {
            "names": names,
            "rule_title": self.rule_title.said_in(visit.words),
            "wish_kind": telling.wish_kind,
            "wish_detail": telling.wish_detail,
            "relief": telling.relief,
            "packet_facts": telling.packet,
            "point_value": point_value,
            "new_key": new_key,
        }


def new_key() -> str:
    """A key that makes a form count once."""
    return secrets.token_urlsafe(12)
