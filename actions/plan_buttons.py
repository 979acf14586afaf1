"""Our own buttons about plans. Each carries the id of the offer or plan that it was shown with."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet

from actions._accounts import account_of
from actions._base import (
    Case,
    Desk,
    Reply,
    Topic,
    active_form,
    entity,
    escalate,
    forget,
    leave_form,
)
from actions._plans import (
    kept_offers,
    label,
    office_of,
    plan_button,
    plan_in_force,
    speech_of,
    wish_of,
)
from actions._words import hours
from actions.hardship import begin
from actions.plan_offers import say_plan_in_force, say_undo_question, show_offers
from actions.plan_taking import over, take
from bot.conversation import EscalationReason
from bot.plan_words import each_payment
from lending.plan_records import KeptOffer, OfferState, Plan

_FORM = "plan_form"
_MOST_ROWS = 36


class PlanButton(Topic):
    action_name = "action_plan"
    needs_identity = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        do, offer_id = entity(tracker, "do") or "", entity(tracker, "offer") or ""
        if do in ("less", "why", "which_figure", "figures"):
            return _in_form(tracker, "which_figure" if do == "figures" else do)
        if do == "again":
            return _again(case, desk, reply, tracker)
        if do == "news":
            return _news(case, desk, reply, tracker)
        if do == "keep":
            reply.say("utter_plan_stays")
            return []
        if do == "other_day":
            day = SlotSet("extension_day", None)
            return [*leave_form(active_form(tracker)), day, FollowupAction("extension_form")]
        if do in ("undo", "undo_yes", "paper", "change"):
            return _about_plan(case, desk, reply, do, offer_id)
        found = kept_offers(desk, case, (offer_id,))
        if not found:
            reply.say("utter_plan_unknown")
            return []
        return _about_offer(case, desk, reply, tracker, do, found[0])


def _in_form(tracker: Tracker, view: str) -> list[EventType]:
    if active_form(tracker) == _FORM:
        cleared = [SlotSet("plan_offer", None), SlotSet("plan_confirmed", None)]
        return [SlotSet("plan_view", view), *([] if view == "why" else cleared)]
    return [*leave_form(active_form(tracker)), SlotSet("plan_view", view), FollowupAction(_FORM)]


def _again(case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
    file = account_of(case, tracker)
    events = leave_form(active_form(tracker)) if active_form(tracker) == _FORM else []
    if file is None or wish_of(tracker).income is None:
        return [*events, *begin(case, desk, reply, tracker)]
    return [*events, *show_offers(case, desk, reply, file, tracker, escalates=True)]


def _about_offer(
    case: Case, desk: Desk, reply: Reply, tracker: Tracker, do: str, kept: KeptOffer
) -> list[EventType]:
    match do:
        case "choose":
            problem = over(case, desk, kept)
            if problem is not None:
                reply.say(problem)
                return [SlotSet("plan_view", "quiet")]
            return _chosen(case, tracker, kept)
        case "rows":
            file = next((f for f in case.files if f.account.id == kept.account_id), None)
            rows = kept.offer.rows[:_MOST_ROWS]
            reply.say(
                "utter_plan_all_rows",
                rows=each_payment(speech_of(case), rows)
                + ("\n…" if len(kept.offer.rows) > _MOST_ROWS else ""),
                buttons=[
                    (label(case, "yes_plan"), plan_button("accept", kept.id)),
                    (label(case, "not_yet"), "/deny"),
                ],
            )
            assert file is not None
            return [SlotSet("plan_view", "quiet")]
        case "accept":
            events = take(case, desk, reply, kept.id)
            form = active_form(tracker)
            ended = leave_form(form) if form else forget(_FORM)
            return [*ended, *events]
    reply.say("utter_plan_unknown")
    return []


def _chosen(case: Case, tracker: Tracker, kept: KeptOffer) -> list[EventType]:
    file = next(f for f in case.files if f.account.id == kept.account_id)
    events: list[EventType] = []
    if active_form(tracker) not in (None, _FORM):
        events = leave_form(active_form(tracker))
    return [
        *events,
        SlotSet("plan_account", file.account.reference),
        SlotSet("plan_offer", kept.id),
        SlotSet("plan_confirmed", None),
        SlotSet("plan_view", None),
        FollowupAction(_FORM),
    ]


def _about_plan(case: Case, desk: Desk, reply: Reply, do: str, plan_id: str) -> list[EventType]:
    plan = _plan(case, desk, plan_id)
    if plan is None:
        reply.say("utter_plan_unknown")
        return []
    file = next(f for f in case.files if f.account.id == plan.account_id)
    match do:
        case "undo":
            say_undo_question(case, reply, plan, speech_of(case).account(file.account))
            return [SlotSet("plan_taken", plan.id)]
        case "undo_yes":
            reply.effect({"undo_plan": {"plan": plan.id}})
        case "paper":
            reply.effect({"send_certificate": {"plan": plan.id}})
        case _:
            facts = f"{file.account.reference}: the borrower's situation changed; plan {plan.id}"
            reply.say(
                "utter_plan_change_asked",
                hours=hours(case, desk),
                effects=escalate(EscalationReason.HARDSHIP, facts),
            )
    return []


def _plan(case: Case, desk: Desk, plan_id: str) -> Plan | None:
    with desk.store.unit() as uow:
        plan = uow.plans.plan(plan_id)
    own = plan is not None and case.borrower is not None and plan.borrower_id == case.borrower.id
    return plan if own else None


def _news(case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
    """What became of a request, or of a plan; the newest thing first."""
    assert case.borrower is not None
    with desk.store.unit() as uow:
        offers = [
            o for o in uow.plans.offers_of(case.borrower.id) if o.state is not OfferState.SHOWN
        ]
    if offers and offers[-1].state is not OfferState.ACCEPTED:
        return _about_request(case, reply, tracker, offers[-1])
    for file in case.active:
        plan = plan_in_force(desk, file.account)
        if plan is not None:
            if plan.moved:
                return _moved(case, desk, reply, plan)
            return say_plan_in_force(case, desk, reply, plan)
    with desk.store.unit() as uow:
        ended = [p for f in case.files for p in uow.plans.plans_of(f.account.id) if p.ended_on]
    keys = {"completed": "utter_plan_news_completed", "failed": "utter_plan_news_failed"}
    latest = max(ended, key=lambda p: str(p.ended_on), default=None)
    key = keys.get(latest.state.value) if latest else None
    reply.say(key or "utter_plan_no_news")
    return []


def _moved(case: Case, desk: Desk, reply: Reply, plan: Plan) -> list[EventType]:
    from lending.plan_life import plan_standing

    assert case.borrower is not None
    file = next(f for f in case.files if f.account.id == plan.account_id)
    policy = office_of(desk).policy(case.borrower, file.account)
    row = plan_standing(plan, file, case.today, grace_days=policy.missed_grace_days).next_row
    if row is None:
        return say_plan_in_force(case, desk, reply, plan)
    reply.say(
        "utter_plan_news_moved",
        amount=case.formats.money(row.left),
        day=case.formats.day(row.instalment.due_on),
    )
    return []


def _about_request(case: Case, reply: Reply, tracker: Tracker, kept: KeptOffer) -> list[EventType]:
    match kept.state:
        case OfferState.APPROVED if case.now < kept.expires_at:
            reply.say("utter_plan_news_approved", day=case.formats.day(kept.expires_at.date()))
            return _chosen(case, tracker, kept)
        case OfferState.APPROVED:
            reply.say("utter_plan_expired")
        case OfferState.DECLINED:
            reply.say("utter_plan_news_declined")
        case OfferState.RECOMMENDED:
            reply.say("utter_plan_news_recommended")
        case OfferState.REQUESTED:
            reply.say("utter_plan_news_requested")
        case _:
            reply.say("utter_plan_no_news")
    return []
