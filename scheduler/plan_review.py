"""The periodic look at every plan in force: complete it, move its missed payment, or pass it on.

A tick calls `review_plans` once a day or oftener; what has become due is done once. Each plan has a
transaction of its own, so one that fails keeps no other from being looked at. The borrower is told
by the notices that this leaves (`UnitOfWork.plans.pending_notices`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from bot.conversation import PRIORITY, Conversation, EscalationReason
from bot.events import tell_plan
from bot.ports import Clock, Store, UnitOfWork
from lending.dates import local_day
from lending.errors import TideoverError
from lending.plan_life import PlanEvent
from lending.plan_ports import Now
from lending.plan_records import Plan, PlanState
from lending.plan_service import PlanOffice

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """How many plans were looked at, what came of them, and how many could not be looked at."""

    plans: int
    events: Mapping[PlanEvent, int]
    problems: int


def review_plans(store: Store, office: PlanOffice, clock: Clock) -> Reviewed:
    """Look at every plan in force, on its borrower's own day."""
    with store.unit() as uow:
        ids = [plan.id for plan in uow.plans.plans_in_force()]
    events: Counter[PlanEvent] = Counter()
    problems = 0
    for plan_id in ids:
        try:
            events[_review(store, office, clock, plan_id)] += 1
        except TideoverError as error:
            problems += 1
            log.error("plan.review_failed", plan=plan_id, reason=type(error).__name__)
    return Reviewed(plans=len(ids), events=dict(events), problems=problems)


def _review(store: Store, office: PlanOffice, clock: Clock, plan_id: str) -> PlanEvent:
    with store.unit() as uow:
        plan = office.plan(uow.plans, plan_id, None)
        if plan.state is not PlanState.ON_TRACK:
            return PlanEvent.NOTHING
        borrower = uow.borrowers.get(plan.borrower_id)
        at = clock()
        now = Now(today=local_day(at, borrower.timezone), at=at)
        event = office.review(uow.plans, plan, borrower, now=now)
        if event is PlanEvent.NOTHING:
            return event
        uow.audit.append(
            at=at,
            actor="system",
            event=f"plan.{event.value}",
            subject=f"plan:{plan.id}",
            details={},
        )
        if event is PlanEvent.FAILED:
            tell_plan(uow, office.plan(uow.plans, plan_id, None), at)
            _pass_on(uow, plan, now)
        uow.commit()
    return event


def _pass_on(uow: UnitOfWork, plan: Plan, now: Now) -> None:
    """Open an escalation where the borrower wrote last; without a chat, `tideover plans` lists it."""
    chats = uow.conversations.of_borrower(plan.borrower_id)
    if not chats:
        return
    latest = max(chats, key=_last_heard)
    uow.escalations.open(
        conversation_id=latest.id,
        borrower_id=plan.borrower_id,
        reason=EscalationReason.PLAN_FAILED,
        priority=PRIORITY[EscalationReason.PLAN_FAILED],
        opened_at=now.at,
        packet={
            "reason": EscalationReason.PLAN_FAILED.value,
            "channel": latest.channel.value,
            "language": latest.language,
            "details": f"plan {plan.id}",
        },
    )


def _last_heard(conversation: Conversation) -> float:
    return (conversation.last_inbound_at or conversation.opened_at).timestamp()
