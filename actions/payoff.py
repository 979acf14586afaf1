"""What clears an account, today or on another day."""

from __future__ import annotations

from datetime import date, timedelta

from rasa_sdk import Tracker
from rasa_sdk.events import EventType

from actions._asking import Asked, asked_already, day_said
from actions._base import (
    Case,
    Desk,
    Reply,
    Topic,
    entity,
    forget,
    start_form,
    typed_text,
)
from actions._forms import FormCheck
from actions._words import account_name, called, words
from lending.position import position_of
from lending.quote import payoff_on

_FURTHEST = timedelta(days=366)


class Payoff(Topic):
    action_name = "action_payoff"
    needs_identity = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        wanted = wanted_day(case, reply, tracker)
        if isinstance(wanted, Asked):
            return start_form(tracker, "payoff_form")
        problem = unusable(case, wanted) if wanted else None
        if wanted and problem:
            reply.say(problem, day=case.formats.day(wanted))
            return start_form(tracker, "payoff_form")
        say_payoff(case, reply, wanted or case.today)
        return []


class AskPayoffOnDate(Topic):
    """The button "for another day"."""

    action_name = "action_ask_payoff_on_date"
    needs_identity = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        if not case.active:
            say_payoff(case, reply, case.today)
            return []
        return start_form(tracker, "payoff_form")


class AskPayoffOn(Topic):
    """The form's own question, unless one was put already."""

    action_name = "action_ask_payoff_on"
    asks_for_slot = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        if not asked_already(tracker):
            reply.say("utter_ask_payoff_on")
        return []


class PayoffOnDate(Topic):
    """After the form: the amount for the day that it gathered."""

    action_name = "action_payoff_on_date"
    needs_identity = True
    asked_by = "ask_payoff_on_date"

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        say_payoff(case, reply, date.fromisoformat(tracker.get_slot("payoff_on")))
        return forget("payoff_form")


class CheckPayoffForm(FormCheck):
    action_name = "validate_payoff_form"

    def read(self, case: Case, reply: Reply, tracker: Tracker) -> dict[str, str | bool | None]:
        wanted = wanted_day(case, reply, tracker)
        if wanted is None:
            return {}
        if isinstance(wanted, Asked):
            return {"payoff_on": None}
        problem = unusable(case, wanted)
        if problem:
            reply.say(problem, day=case.formats.day(wanted))
            return {"payoff_on": None}
        return {"payoff_on": wanted.isoformat()}


def wanted_day(case: Case, reply: Reply, tracker: Tracker) -> date | Asked | None:
    """The day that a button or the text names; ASKED if it was asked which one."""
    named = entity(tracker, "date")
    if named:
        return date.fromisoformat(named)
    last = case.today + _FURTHEST
    return day_said(case, reply, typed_text(tracker), first=case.today, last=last)


def unusable(case: Case, day: date) -> str | None:
    """The response that says why a payoff cannot be told for this day; None if it can."""
    if day < case.today:
        return "utter_payoff_day_past"
    return "utter_payoff_day_too_far" if day > case.today + _FURTHEST else None


def say_payoff(case: Case, reply: Reply, on: date) -> None:
    if not case.active:
        reply.say("utter_nothing_owed", name=called(case))
        return
    lines = []
    for file in case.active:
        amount = case.formats.money(payoff_on(file, on))
        account = account_name(case, file.account)
        if on == case.today:
            lines.append(words(case, "utter_part_payoff_today", amount=amount, account=account))
        else:
            day = case.formats.day(on)
            lines.append(
                words(case, "utter_part_payoff_on", amount=amount, account=account, day=day)
            )
        pending = position_of(file, case.today).pending
        if pending:
            lines.append(words(case, "utter_part_pending", amount=case.formats.money(pending)))
    reply.say("utter_payoff", lines="\n".join(lines))
