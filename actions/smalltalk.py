"""Greeting, thanks, help, a bare yes or no, and stopping what was begun."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType

from actions._base import (
    Case,
    Desk,
    Reply,
    Topic,
    active_form,
    forget,
    intent_of,
    last_said,
    leave_form,
    start_form,
    typed_text,
)
from actions._words import called
from actions.handoff import ask_for_person
from actions.hardship import asks_for_payment, begin
from actions.plan_taking import take
from bot.conversation import IdentityStage

OFFERS_A_PERSON = {"utter_offer_person", "utter_are_you_bot", "utter_proof", "utter_proof_phone"}
"""A yes to these means: a person, please."""

FOUND_A_PAYMENT = {"utter_paid_and_here", "utter_paid_and_pending"}
"""A no to these means: another payment, which is missing."""

_CANCELS_PLAN = re.compile(r"\bplan\b|agreement|arrangement|方案|协议|協議|分期", re.I)

_PLAIN = {
    "thank": "utter_thank",
    "goodbye": "utter_goodbye",
    "ask_are_you_bot": "utter_are_you_bot",
    "out_of_scope": "utter_out_of_scope",
}


class Greet(Topic):
    action_name = "action_greet"

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        if case.borrower is None:
            reply.say("utter_greet", lender=desk.lender_name)
        else:
            reply.say("utter_greet_name", lender=desk.lender_name, name=called(case))
        return []


class Help(Topic):
    action_name = "action_help"

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        reply.say("utter_help")
        return []


class Smalltalk(Topic):
    action_name = "action_smalltalk"

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        reply.say(_PLAIN[intent_of(tracker)], lender=desk.lender_name)
        return []


class Affirm(Topic):
    action_name = "action_affirm"

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        if active_form(tracker):
            reply.say("utter_did_not_read_that")
        elif last_said(tracker) == "utter_ask_plan_undo" and tracker.get_slot("plan_taken"):
            reply.effect({"undo_plan": {"plan": str(tracker.get_slot("plan_taken"))}})
        elif "take_promise" in (done := last_effect(tracker)):
            reply.effect(done)
        elif {"accept_offer", "request_offer"} & set(done):
            return take(case, desk, reply, str(tracker.get_slot("plan_taken")))
        elif last_said(tracker) in OFFERS_A_PERSON:
            ask_for_person(case, desk, reply)
        else:
            reply.say("utter_affirm_what")
        return []


class Deny(Topic):
    action_name = "action_deny"

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        form = active_form(tracker)
        if form is None and last_said(tracker) in FOUND_A_PAYMENT:
            return start_form(tracker, "payment_trace_form")
        if form is None and last_said(tracker) == "utter_ask_plan_undo":
            reply.say("utter_plan_stays")
            return []
        if form == "plan_form" and tracker.get_slot("extension_kind"):
            reply.say("utter_move_left")
            return [*leave_form(form), *forget("extension_form")]
        reply.say("utter_cancelled" if form else "utter_deny")
        return leave_form(form)


class Cancel(Topic):
    action_name = "action_cancel"
    ends_form = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        form = active_form(tracker)
        if form is None and case.borrower and _CANCELS_PLAN.search(typed_text(tracker)):
            return begin(case, desk, reply, tracker)
        if form == "plan_form" and tracker.get_slot("extension_kind"):
            reply.say("utter_move_left")
            return forget("extension_form")
        reply.say("utter_cancelled" if form else "utter_deny")
        return []


class Inform(Topic):
    """A bare date or amount: inside a form one that did not fit, else one without a topic."""

    action_name = "action_inform"

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        if active_form(tracker) is None and asks_for_payment(case, tracker):
            return begin(case, desk, reply, tracker)
        waits_for_fact = case.conversation.identity.stage is IdentityStage.LINKED
        if case.borrower is None and waits_for_fact:
            reply.say("utter_ask_second_fact_short")
        else:
            reply.say("utter_did_not_read_that" if active_form(tracker) else "utter_inform_about")
        return []


def last_effect(tracker: Tracker) -> dict[str, Any]:
    """What was asked for without words before the latest message: a yes that was acted on."""
    for event in reversed(tracker.events):
        if event.get("event") == "bot":
            is_silent = not (event.get("metadata") or {}).get("utter_action")
            found = (event.get("data") or {}).get("custom") if is_silent else None
            return dict(found or {})
    return {}
