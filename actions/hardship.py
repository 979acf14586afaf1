"""A hard time: a few questions about the household's month, each of which can be left out."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet

from actions._accounts import account_named, account_of, ask_account
from actions._base import (
    Case,
    Desk,
    Reply,
    Topic,
    active_form,
    entity,
    identify_first,
    intent_of,
    leave_form,
    start_form,
    typed_text,
)
from actions._forms import ALWAYS_FIRST, FormCheck
from actions._household import figure, figure_correction, kept
from actions._plans import (
    FIGURES,
    HOLD_DAYS,
    SKIPPED,
    held_until,
    pause,
    plan_in_force,
)
from actions._words import called
from actions.plan_offers import say_plan_in_force, show_offers
from bot.plan_words import is_small
from lending.account_file import AccountFile
from lending.holds import HoldKind
from lending.plan_records import Plan
from nlu import household

_FORM = "hardship_form"
_HARD_NEWS = re.compile(
    r"lost (?:my|the|our) job|laid ?off|let go|fired|unemploy|redundan|out of work|no (?:job|work)\b|\bsick\b|\bill(?:ness)?\b"
    r"|hospital|surgery|accident|divorc|died|passed away|hours (?:were|got|have been) cut|struggl|hard time|can'?t cope"
    r"|失业|失業|裁员|裁員|没工作|沒工作|下岗|被辞|被辭|丢了工作|丟了工作|病|住院|手术|手術|离婚|離婚|去世|车祸|車禍|困难|困難|撑不|撐不",
    re.I,
)
_CANCELS = re.compile(
    r"cancel|undo|take (?:it )?back|stop the plan|end the plan|don'?t want the plan|取消|撤销|撤銷|不要(?:这|這)?(?:个|個)?方案",
    re.I,
)


class Hardship(Topic):
    """The beginning: one human sentence, reminders pause, then the first question."""

    action_name = "action_hardship"

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        if case.borrower is None:
            reply.say("utter_hardship_identify")
            reply.say(identify_first(case), lender=desk.lender_name)
            waits = SlotSet("pending_intent", "request_hardship_plan")
            return [waits, *leave_form(active_form(tracker))]
        if active_form(tracker) == _FORM:
            return []  # said again in the middle: the question that is open comes again
        if not case.active:
            reply.say("utter_nothing_owed", name=called(case))
            return leave_form(active_form(tracker))
        return begin(case, desk, reply, tracker)


def begin(case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
    file = account_named(case, tracker)
    text = typed_text(tracker)
    if file is not None and (plan := agreed_plan(desk, file)) is not None:
        return say_plan_in_force(
            case,
            desk,
            reply,
            plan,
            wants_to_cancel=bool(_CANCELS.search(text)),
            is_hard_news=bool(_HARD_NEWS.search(text)),
        )
    if _resumes(case, tracker):
        reply.say("utter_hardship_welcome_back", effects=pause(case))
        return [*_left(tracker), FollowupAction(_FORM)]
    feeling = "utter_hardship_start_sorry" if _HARD_NEWS.search(text) else "utter_hardship_start"
    events = start_form(tracker, _FORM)
    asked_on = SlotSet("household_on", case.today.isoformat())
    if file is not None and not _can_be_planned(case, file):
        return [*events[:-1], *show_offers(case, desk, reply, file, tracker, escalates=True)]
    monthly = household.wished_payment(text, file.account.currency) if file else None
    if file is not None and monthly is not None:
        # They said what they can pay: no questions, show what that makes possible.
        skipped = [SlotSet(slot, SKIPPED) for slot in FIGURES]
        found = show_offers(
            case, desk, reply, file, tracker, monthly=monthly.minor, escalates=True, is_new=True
        )
        return [*events[:-1], *skipped, asked_on, *found]
    reply.say(feeling, day=case.formats.day(held_until(case)), effects=pause(case))
    return [*events[:-1], asked_on, events[-1]]


def agreed_plan(desk: Desk, file: AccountFile) -> Plan | None:
    """The plan that the account is paid by; a date that was moved is none."""
    plan = plan_in_force(desk, file.account)
    return None if plan is None or is_small(plan.offer) else plan


def _left(tracker: Tracker) -> list[EventType]:
    form = active_form(tracker)
    return leave_form(form) if form != _FORM else []


def _resumes(case: Case, tracker: Tracker) -> bool:
    """Whether the figures of an unfinished form are still good to go on with."""
    since = tracker.get_slot("household_on")
    told = any(tracker.get_slot(slot) for slot in FIGURES)
    unfinished = any(tracker.get_slot(slot) is None for slot in FIGURES)
    return bool(
        told
        and unfinished
        and since
        and case.today - date.fromisoformat(since) <= timedelta(days=HOLD_DAYS)
    )


def _can_be_planned(case: Case, file: AccountFile) -> bool:
    """Whether asking questions makes sense: not for an account that is closed or held."""
    held = {hold.kind for hold in file.holds if hold.covers(case.today)}
    return file in case.active and not held & {
        HoldKind.DISPUTE,
        HoldKind.BANKRUPTCY,
        HoldKind.BREATHING_SPACE,
        HoldKind.DECEASED,
        HoldKind.REPRESENTED,
        HoldKind.WRONG_PERSON,
    }


def asks_for_payment(case: Case, tracker: Tracker) -> bool:
    """ "What if I pay 100 a month": whatever intent was guessed, a plan is what is asked for."""
    text = typed_text(tracker)
    return bool(
        text and case.active and household.wished_payment(text, case.active[0].account.currency)
    )


class AskPlanAccount(Topic):
    action_name = "action_ask_plan_account"
    asks_for_slot = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        ask_account(case, reply, "utter_ask_plan_account")
        return []


class _AsksFigure:
    """One question, after what was just heard said back, so that a slip can be seen."""

    asks_for_slot = True
    response: ClassVar[str]

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        heard = str(tracker.get_slot("household_heard") or "")
        if heard == "pause":
            reply.say("utter_hardship_take_your_time")
        else:
            between = " " if heard and case.language == "en" else ""
            reply.say(self.response, heard=heard + between)
        return [SlotSet("household_heard", None)]


class AskIncome(_AsksFigure, Topic):
    action_name = "action_ask_household_income"
    response = "utter_ask_household_income"


class AskSpending(_AsksFigure, Topic):
    action_name = "action_ask_household_spending"
    response = "utter_ask_household_spending"


class AskDebts(_AsksFigure, Topic):
    action_name = "action_ask_household_debts"
    response = "utter_ask_household_debts"


class AskMonths(_AsksFigure, Topic):
    action_name = "action_ask_household_months"
    response = "utter_ask_household_months"


class CheckHardshipForm(FormCheck):
    action_name = "validate_hardship_form"
    about: ClassVar[frozenset[str]] = frozenset(
        {"request_hardship_plan", "payment_history", "ask_fees_interest", "deny"}
    )

    def prefill(self, case: Case, reply: Reply, tracker: Tracker) -> dict[str, str | bool | None]:
        file = account_named(case, tracker)
        return {} if file is None else {"plan_account": file.account.reference}

    def is_plain_answer(self, case: Case, tracker: Tracker) -> bool:
        text = typed_text(tracker)
        return bool(text) and (
            household.is_nothing(text)
            or household.is_skip(text)
            or (
                len(text) <= 30
                and household.PAUSE.search(text) is not None
                and intent_of(tracker) not in ALWAYS_FIRST
            )
            or re.fullmatch(r"\D{0,24}\d[\d,.]*\s?(?:k|万|千|元|块|塊)?\D{0,12}", text) is not None
        )

    def read(self, case: Case, reply: Reply, tracker: Tracker) -> dict[str, str | bool | None]:
        requested = str(tracker.get_slot("requested_slot"))
        text = typed_text(tracker)
        if requested == "plan_account":
            return _account_values(case, tracker)
        file = account_of(case, tracker)
        if file is None:
            return {"plan_account": None}
        currency = file.account.currency
        button_says = entity(tracker, "do")
        if months := entity(tracker, "months"):
            return kept(case, "household_months", months, currency)
        if button_says in ("skip", "none"):
            return kept(case, requested, SKIPPED if button_says == "skip" else "0", currency)
        if text and household.PAUSE.search(text) and not re.search(r"\d", text):
            return {"household_heard": "pause"}
        corrected = figure_correction(case, reply, tracker, text, currency, requested)
        if corrected is not None:
            return corrected
        if household.SKIP.search(text):
            return kept(case, requested, SKIPPED, currency)
        if intent_of(tracker) == "deny" and not re.search(r"\d", text):
            value = "0" if requested == "household_debts" else SKIPPED
            return kept(case, requested, value, currency)
        return figure(case, reply, text, currency, requested)


def _account_values(case: Case, tracker: Tracker) -> dict[str, str | bool | None]:
    file = account_named(case, tracker)
    if file is None:
        return {}
    values: dict[str, str | bool | None] = {"plan_account": file.account.reference}
    if not _can_be_planned(case, file):
        values |= dict.fromkeys(FIGURES, SKIPPED)  # no questions; what can be said comes after
    return values


class OfferPlans(Topic):
    """After the questions: what fits, or who can help."""

    action_name = "action_offer_plans"
    needs_identity = True
    asked_by = "request_hardship_plan"

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        file = account_of(case, tracker)
        if file is None:
            return start_form(tracker, _FORM)
        if (plan := agreed_plan(desk, file)) is not None:
            return say_plan_in_force(case, desk, reply, plan)
        return show_offers(case, desk, reply, file, tracker, escalates=True, is_new=True)
