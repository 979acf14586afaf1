"""What is said after plans were shown: a choice, why, what if, longer, another figure, yes, not yet."""

from __future__ import annotations

import re
from datetime import date
from typing import ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from actions._accounts import account_of
from actions._base import (
    Case,
    Desk,
    Reply,
    Topic,
    entity,
    forget,
    intent_of,
    typed_text,
)
from actions._choices import offer_chosen
from actions._forms import FormCheck
from actions._household import figure_correction
from actions._plans import Shown, kept_offers
from actions.extension import offer_move
from actions.plan_offers import say_read_back, say_view
from actions.plan_taking import take
from lending.affordability import MOST_MAJOR_UNITS
from lending.money import exponent_of
from lending.reliefs import ReliefKind
from nlu import household
from nlu.reading import read_date

_YES = re.compile(
    r"^\W*(?:yes|yep|yeah|yup|sure|ok(?:ay)?|please do|do it|go ahead|set it up|agreed?|i agree|confirm(?:ed)?|sounds good"
    r"|好的?|可以|行|同意|确认|確認|确定|確定|没问题|沒問題|就这样|就這樣|办吧|辦吧|是的?|对|對|嗯)(?:[ ,，]*(?:please|thanks|thank you|吧|了|办|辦|好))?\W*$",
    re.I,
)
_NO = re.compile(
    r"^\W*(?:no|nope|not (?:yet|now|sure)|wait|don'?t|let me think.*|i need to think.*|think about it"
    r"|不|不要|不用|先不.*|再想想|考虑一下|考慮一下|等等|算了|不办|不辦|我想想)\W*$",
    re.I,
)


def is_yes(text: str) -> bool:
    """Whether the whole message is a yes."""
    return _YES.match(text) is not None


def is_no(text: str) -> bool:
    """Whether the whole message is a no or a not yet."""
    return _NO.match(text) is not None


class CheckPlanForm(FormCheck):
    """Amounts never come from here into a plan: what is set is the id of an offer that was shown."""

    action_name = "validate_plan_form"
    about: ClassVar[frozenset[str]] = frozenset(
        {"request_hardship_plan", "ask_fees_interest", "deny", "affirm", "help", "complain"}
    )

    def is_plain_answer(self, case: Case, tracker: Tracker) -> bool:
        text = typed_text(tracker)
        if not text:
            return False
        shown = Shown.of(tracker)
        chooses = offer_chosen(case, text, shown) is not None
        asks_on = len(text) <= 60 and (household.LONGER.search(text) or household.WHY.search(text))
        return bool(chooses or asks_on or _YES.match(text) or _NO.match(text))

    def read(self, case: Case, reply: Reply, tracker: Tracker) -> dict[str, str | bool | None]:
        text, shown = typed_text(tracker), Shown.of(tracker)
        chosen, intent = tracker.get_slot("plan_offer"), intent_of(tracker)
        if chosen and ((text and is_yes(text)) or intent == "affirm"):
            return {"plan_confirmed": True}
        if tracker.get_slot("extension_kind"):
            return _another_day(case, tracker, text)
        if chosen and ((text and is_no(text)) or intent == "deny"):
            return {"plan_offer": None, "plan_confirmed": None, "plan_view": "not_yet"}
        if not text:
            return {}
        offer = offer_chosen(case, text, shown)
        if offer is not None:
            return {"plan_offer": offer, "plan_confirmed": None, "plan_view": None}
        if household.WHY.search(text):
            return {"plan_view": "why"}
        asked = _what_if(case, reply, tracker, text)
        if asked:
            return {"plan_offer": None, "plan_confirmed": None, **asked}
        return _yes_or_pause(text, intent, shown)


def _yes_or_pause(text: str, intent: str, shown: Shown) -> dict[str, str | bool | None]:
    if is_yes(text) or intent == "affirm":
        if len(shown.ids) == 1:
            return {"plan_offer": shown.ids[0], "plan_confirmed": None, "plan_view": None}
        return {"plan_view": "reminder"}  # yes to which one? they come again, with letters
    if household.PAUSE.search(text) or re.search(r"think|想想|考虑|考慮", text, re.I):
        return {"plan_view": "not_yet"}
    return {}


def _another_day(case: Case, tracker: Tracker, text: str) -> dict[str, str | bool | None]:
    """While a moved date is read back, another day is worked out; all else is left alone."""
    named = entity(tracker, "date")
    day = date.fromisoformat(named) if named else None
    if day is None and text:
        day = read_date(text, case.language, case.today)
    if day is None:
        return {}
    return {"plan_offer": None, "plan_view": "move", "extension_day": day.isoformat()}


def _what_if(case: Case, reply: Reply, tracker: Tracker, text: str) -> dict[str, str | bool | None]:
    """Another amount, a longer time, less, or a changed figure of the household."""
    file = account_of(case, tracker)
    if file is None:
        return {}
    currency = file.account.currency
    named = household.names_field(text)
    if named is not None and re.search(r"\d|[一二三四五六七八九十百千万]", text):
        changed = figure_correction(case, reply, tracker, text, currency, "")
        if changed:
            changed.pop("household_heard", None)
            return {**changed, "plan_view": "figures", "plan_monthly": None}
    amount = household.read_monthly(text, currency)
    if amount is not None and 0 < amount.minor <= MOST_MAJOR_UNITS * 10 ** exponent_of(currency):
        return {"plan_monthly": str(amount.minor), "plan_view": "if"}
    if household.LONGER.search(text):
        return {"plan_view": "longer"}
    if household.LESS.search(text):
        return {"plan_view": "less"}
    return {}


class AskPlanOffer(Topic):
    """Says what the form's view asks for; without one, reminds of the offers."""

    action_name = "action_ask_plan_offer"
    asks_for_slot = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        view = str(tracker.get_slot("plan_view") or "reminder")
        if view == "move":
            return _move_again(case, desk, reply, tracker)
        events = say_view(case, desk, reply, tracker, view)
        return events or [SlotSet("plan_view", None)]


class AskPlanConfirmed(Topic):
    """Reads back the chosen offer: amounts, days, what changes, what it costs in all."""

    action_name = "action_ask_plan_confirmed"
    asks_for_slot = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        view = tracker.get_slot("plan_view")
        if view == "quiet":
            return [SlotSet("plan_view", None)]
        if view:
            say_view(case, desk, reply, tracker, str(view))
        found = kept_offers(desk, case, (str(tracker.get_slot("plan_offer")),))
        if found:
            say_read_back(case, reply, found[0])
        else:
            reply.say("utter_plan_gone")
        return [SlotSet("plan_view", None)]


def _move_again(case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
    """The date moves to another day than the one that was read back."""
    file, day = account_of(case, tracker), tracker.get_slot("extension_day")
    if file is None or not day:
        return [SlotSet("plan_view", None)]
    kind = ReliefKind(str(tracker.get_slot("extension_kind")))
    events = offer_move(case, desk, reply, file, kind, date.fromisoformat(str(day)))
    # The form is here already; it must neither be called again nor another one begun.
    kept = [e for e in events if e["event"] == "slot" and e["name"] != "extension_said"]
    return [*kept, SlotSet("plan_view", None)]


class AcceptPlan(Topic):
    """After the yes to a read-back."""

    action_name = "action_accept_plan"
    needs_identity = True
    asked_by = "plan"

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        offer_id = str(tracker.get_slot("plan_offer"))
        events = take(case, desk, reply, offer_id)
        return [*events, *(SlotSet(e["name"], None) for e in forget("plan_form"))]
