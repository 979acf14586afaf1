"""A payment that is not there: take it down, read it back, pass it to a colleague."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType

from actions._asking import Asked, amount_said, asked_already, day_said
from actions._base import (
    Case,
    Desk,
    Reply,
    Topic,
    entity,
    escalate,
    forget,
    intent_of,
    start_form,
    typed_text,
)
from actions._forms import FormCheck
from actions._words import account_name, button, hours, words
from bot.conversation import EscalationReason
from lending.account_file import AccountFile
from lending.accounts import Product
from lending.money import Money

_FORM = "payment_trace_form"
_UNNAMED = "-"
"""Kept in the slot when there is no account to ask about."""
_OLDEST = timedelta(days=731)
_CHANGED = {"day": "paid_on", "amount": "paid_amount"}
_KINDS = {
    Product.CREDIT_CARD: re.compile(r"\bcard\b|信用卡|卡片|卡$", re.I),
    Product.INSTALMENT_LOAN: re.compile(r"\bloan\b|贷款|貸款|信贷|信貸", re.I),
}


class StartTrace(Topic):
    """The button "a payment is missing"."""

    action_name = "action_start_trace"
    needs_identity = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        return start_form(tracker, _FORM)


class AskTraceAccount(Topic):
    action_name = "action_ask_trace_account"
    asks_for_slot = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        choices = [
            (account_name(case, f.account), f'/inform{{"account":"{f.account.reference}"}}')
            for f in _accounts(case)
        ]
        choices += [button(case, "cancel"), button(case, "talk_to_human")]
        reply.say("utter_ask_trace_account", buttons=choices)
        return []


class AskPaidOn(Topic):
    action_name = "action_ask_paid_on"
    asks_for_slot = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        if not asked_already(tracker):
            reply.say("utter_ask_paid_on")
        return []


class AskPaidAmount(Topic):
    action_name = "action_ask_paid_amount"
    asks_for_slot = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        if not asked_already(tracker):
            reply.say("utter_ask_paid_amount")
        return []


class AskTraceConfirmed(Topic):
    """Reads back what was gathered; after a bare no it asks what to change instead."""

    action_name = "action_ask_trace_confirmed"
    asks_for_slot = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        if _says(tracker, "deny") and tracker.get_slot("trace_confirmed") is None:
            reply.say("utter_trace_what_to_change")
        else:
            reply.say("utter_ask_trace_confirmed", **_readable(case, tracker))
        return []


class PassOnTrace(Topic):
    action_name = "action_pass_on_trace"
    needs_identity = True
    asked_by = "payment_not_there"

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        told = _readable(case, tracker)
        amount = _amount(case, tracker)
        details = (
            f"{tracker.get_slot('trace_account')}: {amount.amount} {amount.currency}"
            f" paid on {tracker.get_slot('paid_on')}, as the borrower says"
        )
        reply.say(
            "utter_trace_passed_on",
            amount=told["amount"],
            day=told["day"],
            hours=hours(case, desk),
            effects={
                **escalate(EscalationReason.PAYMENT_MISSING, details),
                "claim_payment": {
                    "account": tracker.get_slot("trace_account"),
                    "minor": amount.minor,
                    "paid_on": str(tracker.get_slot("paid_on")),
                },
            },
        )
        return forget(_FORM)


class CheckTraceForm(FormCheck):
    action_name = "validate_payment_trace_form"

    def prefill(self, case: Case, reply: Reply, tracker: Tracker) -> dict[str, str | bool | None]:
        accounts = _accounts(case)
        values: dict[str, str | bool | None] = {}
        if len(accounts) < 2:
            values["trace_account"] = accounts[0].account.reference if accounts else _UNNAMED
        if intent_of(tracker) == "report_paid":
            text = typed_text(tracker)
            day = _day_said(case, reply, text) if text else None
            if isinstance(day, date) and _unlikely(case, day) is None:
                values["paid_on"] = day.isoformat()
            if text and not isinstance(day, Asked):
                values |= _amount_in(case, reply, text, None)
        return values

    def read(self, case: Case, reply: Reply, tracker: Tracker) -> dict[str, str | bool | None]:
        requested = tracker.get_slot("requested_slot")
        changed = entity(tracker, "change")
        if changed in _CHANGED:
            return {_CHANGED[changed]: None}
        values: dict[str, str | bool | None] = {**_account_in(case, tracker)}
        text = typed_text(tracker)
        if requested == "paid_on" and re.fullmatch(r"\s*\d{1,2}\s*", text):
            text = f"{text.strip()}th"
        values |= _day_in(case, reply, text, entity(tracker, "date"))
        is_asked = values.get("paid_on", "") is None
        if not is_asked and (requested != "trace_account" or not values):
            values |= _amount_in(case, reply, text, entity(tracker, "amount"))
        if values or requested != "trace_confirmed":
            return values
        if _says(tracker, "affirm"):
            return {"trace_confirmed": True}
        return {"trace_confirmed": None} if _says(tracker, "deny") else {}


def _says(tracker: Tracker, intent: str) -> bool:
    return intent_of(tracker) == intent


def _accounts(case: Case) -> tuple[AccountFile, ...]:
    return case.active or case.files


def _account_in(case: Case, tracker: Tracker) -> dict[str, str]:
    """The account that a button, its reference, or its kind names."""
    named, text = entity(tracker, "account"), typed_text(tracker)
    accounts = _accounts(case)
    for file in accounts:
        reference = file.account.reference
        if named == reference or reference.lower() in text.lower():
            return {"trace_account": reference}
    if tracker.get_slot("requested_slot") not in ("trace_account", "trace_confirmed"):
        return {}
    fitting = [f for f in accounts if _KINDS[f.account.product].search(text)]
    return {"trace_account": fitting[0].account.reference} if len(fitting) == 1 else {}


def _day_in(
    case: Case, reply: Reply, text: str, from_button: str | None
) -> dict[str, str | bool | None]:
    day = date.fromisoformat(from_button) if from_button else _day_said(case, reply, text)
    if day is None:
        return {}
    if isinstance(day, Asked):
        return {"paid_on": None}
    problem = _unlikely(case, day)
    if problem:
        reply.say(problem, day=case.formats.day(day))
        return {"paid_on": None}
    return {"paid_on": day.isoformat()}


def _day_said(case: Case, reply: Reply, text: str) -> date | Asked | None:
    return day_said(case, reply, text, past=True, first=case.today - _OLDEST, last=case.today)


def _unlikely(case: Case, day: date) -> str | None:
    if day > case.today:
        return "utter_paid_on_future"
    return "utter_paid_on_too_old" if day < case.today - _OLDEST else None


def _amount_in(
    case: Case, reply: Reply, text: str, from_button: str | None
) -> dict[str, str | bool | None]:
    accounts = _accounts(case)
    if not accounts:
        return {}
    if from_button and from_button.isdigit():
        return {"paid_amount": from_button}
    amount = amount_said(case, reply, text, accounts[0].account.currency) if text else None
    if isinstance(amount, Asked):
        return {"paid_amount": None}
    return {"paid_amount": str(amount.minor)} if amount else {}


def _amount(case: Case, tracker: Tracker) -> Money:
    currency = _accounts(case)[0].account.currency
    return Money(int(tracker.get_slot("paid_amount")), currency)


def _readable(case: Case, tracker: Tracker) -> dict[str, Any]:
    reference = tracker.get_slot("trace_account")
    named = [f.account for f in _accounts(case) if f.account.reference == reference]
    return {
        "amount": case.formats.money(_amount(case, tracker)),
        "day": case.formats.day(date.fromisoformat(tracker.get_slot("paid_on"))),
        "account": account_name(case, named[0])
        if named
        else words(case, "utter_part_your_account"),
    }
