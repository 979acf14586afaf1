"""Autopay: a consent that is read back and written down, and "stop autopay", which ends it at once."""

from __future__ import annotations

import re

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from actions._accounts import account_named, ask_account, chosen_account
from actions._base import (
    Case,
    Desk,
    Reply,
    Topic,
    active_form,
    entity,
    forget,
    intent_of,
    leave_form,
    start_form,
    typed_text,
)
from actions._forms import FormCheck
from actions._plans import speech_of
from actions._words import called, words
from actions.plan_form import is_yes

FORM = "autopay_form"
STOP, SET_UP = "auto_stop", "auto"

_AUTOPAY = re.compile(
    r"\bauto[- ]?(?:pay|debit|deduct\w*)|\bautomatic(?:ally)?\b.{0,20}\b(?:pay\w*|tak\w*|debit\w*|collect\w*|each|every)"
    r"|\b(?:pay\w*|tak\w*|debit\w*|collect\w*|money)\b.{0,40}\bautomatic(?:ally)?\b|\bdirect debit\b|\bgiro\b"
    r"|\bstanding instruction|\brecurring payment"
    r"|自[动動](?:还款|扣款|扣缴|扣繳|缴款|繳款|转账|轉帳|轉賬|划扣|扣)|代扣|autopay",
    re.I,
)
_STOP = re.compile(
    r"\b(?:stop|cancel\w*|turn off|switch off|end|disable|revoke|remove|no more|don'?t|do not|deactivate)\b"
    r"|停|取消|关|關|终止|終止|不要|别|別|解约|解約",
    re.I,
)
_CHANGE = re.compile(r"\b(?:change|update|new|different|move)\b|改|换|換|更新", re.I)


def wanted(tracker: Tracker) -> str | None:
    """Whether a message is about setting autopay up or stopping it; None for anything else."""
    if entity(tracker, "do") in (STOP, SET_UP):
        return entity(tracker, "do")
    text = typed_text(tracker)
    if not _AUTOPAY.search(text):
        return None
    if _STOP.search(text):
        return STOP
    return None if _CHANGE.search(text) else SET_UP


def begin(case: Case, desk: Desk, reply: Reply, tracker: Tracker, do: str) -> list[EventType]:
    if do == STOP:
        # Stopping is never asked about twice: it is done, for whichever account was named.
        named = account_named(case, tracker) if len(case.active) > 1 else None
        account = named.account.reference if named else None
        reply.effect({"autopay": {"do": "stop", "account": account}})
        return []
    if not case.active:
        reply.say("utter_nothing_owed", name=called(case))
        return leave_form(active_form(tracker))
    events = start_form(tracker, FORM)
    file = account_named(case, tracker)
    if file is None:
        return events
    return [*events[:-1], SlotSet("autopay_account", file.account.reference), events[-1]]


class AskAutopayAccount(Topic):
    action_name = "action_ask_autopay_account"
    asks_for_slot = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        ask_account(case, reply, "utter_ask_autopay_account")
        return []


class AskAutopayConfirmed(Topic):
    action_name = "action_ask_autopay_confirmed"
    asks_for_slot = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        file = chosen_account(case, tracker, "autopay_account")
        account = speech_of(case).account(file.account)
        terms = words(case, "utter_autopay_terms", lender=desk.lender_name, account=account)
        reply.say("utter_ask_autopay_confirmed", lender=desk.lender_name, terms=terms)
        return []


class CheckAutopayForm(FormCheck):
    action_name = "validate_autopay_form"
    about = frozenset({"make_payment", "affirm"})

    def is_plain_answer(self, case: Case, tracker: Tracker) -> bool:
        return is_yes(typed_text(tracker))

    def read(self, case: Case, reply: Reply, tracker: Tracker) -> dict[str, str | bool | None]:
        if wanted(tracker) is not None or entity(tracker, "do") is not None:
            return {}
        if tracker.get_slot("requested_slot") == "autopay_account":
            file = account_named(case, tracker)
            return {} if file is None else {"autopay_account": file.account.reference}
        if intent_of(tracker) == "affirm" or is_yes(typed_text(tracker)):
            return {"autopay_confirmed": True}
        return {}


class KeepAutopay(Topic):
    action_name = "action_keep_autopay"
    needs_identity = True
    asked_by = "make_payment"

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        file = chosen_account(case, tracker, "autopay_account")
        reply.effect({"autopay": {"do": "agree", "account": file.account.reference}})
        return forget(FORM)
