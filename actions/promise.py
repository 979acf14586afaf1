"""A promise to pay: amount, day and account read back, kept only after a yes."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from actions._accounts import account_named, ask_account, chosen_account
from actions._asking import ASKED, Asked, amount_said, asked_already, day_said
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
from actions._words import button, called
from actions.hardship import asks_for_payment, begin
from actions.plan_form import is_no, is_yes
from lending.account_file import AccountFile
from lending.money import Money, total
from lending.position import position_agreed
from lending.promise_states import PromiseState, promise_states
from lending.quote import payoff_on

_FORM = "promise_form"
_LATEST = timedelta(days=31)
_BARE = re.compile(
    r"(?<![\d.,$¥￥£₹€])(\d{1,2})(?![\d.,:]|st|nd|rd|th|[号號日月点點元块塊k%])", re.I
)


class Promise(Topic):
    action_name = "action_promise"
    needs_identity = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        events = start_form(tracker, _FORM)
        if not case.active:
            reply.say("utter_nothing_owed", name=called(case))
            return leave_form(active_form(tracker))
        if asks_for_payment(case, tracker):
            return begin(case, desk, reply, tracker)
        file = account_named(case, tracker)
        if file is not None and not open_amount(case, file):
            reply.say("utter_promise_nothing")
            return [*events[:-1]]
        return [*events[:-1], *_first_values(case, reply, tracker, file), events[-1]]


def _first_values(
    case: Case, reply: Reply, tracker: Tracker, file: AccountFile | None
) -> list[EventType]:
    """What the first message says already: the account, the day, the amount, or a bare number."""
    text = typed_text(tracker)
    values: dict[str, str | bool | None] = {}
    if file is not None:
        values["promise_account"] = file.account.reference
    day = _usable_day(case, reply, text) if text else None
    if isinstance(day, date):
        values["promise_day"] = day.isoformat()
    currencies = {f.account.currency for f in ([file] if file else case.active)}
    if day is None and (bare := _BARE.search(text)) is not None and 1 <= int(bare[1]) <= 31:
        values["promise_meant"] = bare[1]
        return [SlotSet(slot, value) for slot, value in values.items()]
    amount = None
    if text and len(currencies) == 1:
        amount = amount_said(case, None if day is ASKED else reply, text, currencies.pop())
    if isinstance(amount, Money):
        values["promise_amount"] = str(amount.minor)
    elif file is not None and amount is None:
        values["promise_amount"] = str(open_amount(case, file).minor)
    return [SlotSet(slot, value) for slot, value in values.items()]


def _usable_day(case: Case, reply: Reply, text: str) -> date | Asked | None:
    """A day that a promise can name; ASKED if the text names one that has to be talked about."""
    last = case.today + _LATEST
    day = day_said(case, reply, text, first=case.today, last=last)
    if not isinstance(day, date):
        return day
    if day < case.today:
        reply.say("utter_promise_day_past", day=case.formats.day(day))
        return ASKED
    if day > last:
        reply.say("utter_promise_too_late", day=case.formats.day(day), last=case.formats.day(last))
        return ASKED
    return day


def open_amount(case: Case, file: AccountFile) -> Money:
    """What is to be paid next: all that is overdue, else the next payment."""
    position = position_agreed(file, case.today)
    if position.is_overdue:
        return position.overdue
    due = position.next_due
    return Money.zero(file.account.currency) if due is None else due.amount or due.full


class AskPromiseAccount(Topic):
    action_name = "action_ask_promise_account"
    asks_for_slot = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        ask_account(case, reply, "utter_ask_promise_account")
        return []


class AskPromiseAmount(Topic):
    action_name = "action_ask_promise_amount"
    asks_for_slot = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        if asked_already(tracker):
            return []
        file = chosen_account(case, tracker, "promise_account")
        currency = file.account.currency
        meant = tracker.get_slot("promise_meant")
        if meant:
            amount = Money.from_decimal(_decimal(str(meant)), currency)
            day = _day_numbered(case.today, int(str(meant)))
            money, written = case.formats.money(amount), case.formats.day(day)
            reply.say(
                "utter_ask_promise_meant",
                amount=money,
                day=written,
                buttons=[
                    (money, f'/inform{{"amount":"{amount.minor}"}}'),
                    (written, f'/inform{{"date":"{day.isoformat()}"}}'),
                    button(case, "cancel"),
                ],
            )
            return [SlotSet("promise_meant", None)]
        open_now = open_amount(case, file)
        money = case.formats.money(open_now)
        reply.say(
            "utter_ask_promise_amount",
            amount=money,
            buttons=[(money, f'/inform{{"amount":"{open_now.minor}"}}')],
        )
        return []


def _decimal(number: str) -> Any:
    from decimal import Decimal

    return Decimal(number)


def _day_numbered(today: date, number: int) -> date:
    """The next day with this number in its month."""
    day = today
    while day.day != number:
        day += timedelta(days=1)
    return day


class AskPromiseDay(Topic):
    action_name = "action_ask_promise_day"
    asks_for_slot = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        if asked_already(tracker):
            return []
        file = chosen_account(case, tracker, "promise_account")
        amount = Money(int(tracker.get_slot("promise_amount")), file.account.currency)
        reply.say("utter_ask_promise_day", amount=case.formats.money(amount))
        return []


class AskPromiseConfirmed(Topic):
    """Reads back; after a bare no it asks what should be different."""

    action_name = "action_ask_promise_confirmed"
    asks_for_slot = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        says_no = intent_of(tracker) == "deny" or is_no(typed_text(tracker))
        if says_no and tracker.get_slot("promise_confirmed") is None:
            reply.say("utter_promise_what_to_change")
        else:
            reply.say("utter_ask_promise_confirmed", **_readable(case, tracker))
        return []


def _readable(case: Case, tracker: Tracker) -> dict[str, Any]:
    file = chosen_account(case, tracker, "promise_account")
    amount = Money(int(tracker.get_slot("promise_amount")), file.account.currency)
    return {
        "amount": case.formats.money(amount),
        "day": case.formats.day(date.fromisoformat(str(tracker.get_slot("promise_day")))),
        "account": speech_of(case).account(file.account),
    }


class CheckPromiseForm(FormCheck):
    action_name = "validate_promise_form"
    about = frozenset({"promise_to_pay", "request_extension", "deny", "affirm"})

    def is_plain_answer(self, case: Case, tracker: Tracker) -> bool:
        text = typed_text(tracker)
        return bool(text) and (is_yes(text) or is_no(text))

    def read(self, case: Case, reply: Reply, tracker: Tracker) -> dict[str, str | bool | None]:
        requested, text = str(tracker.get_slot("requested_slot")), typed_text(tracker)
        changed = entity(tracker, "do")
        if changed == "other_day":
            return {"promise_day": None, "promise_confirmed": None}
        if changed == "other_amount":
            return {"promise_amount": None, "promise_confirmed": None}
        if requested == "promise_account":
            return self._account(case, reply, tracker)
        file = chosen_account(case, tracker, "promise_account")
        if requested == "promise_confirmed":
            if is_yes(text) or (intent_of(tracker) == "affirm" and not text):
                return {"promise_confirmed": True}
            if is_no(text) or (intent_of(tracker) == "deny" and not text):
                return {"promise_confirmed": None}
        values = _day_in(case, reply, tracker, text, requested)
        is_asked = values.get("promise_day", "") is None  # one question at a time
        amount = _amount_in(case, None if is_asked else reply, tracker, text, file, requested)
        found = {**values, **amount}
        if requested != "promise_confirmed":
            return found
        # "no, on 20 March" and "yes but 50" change what was read back; other words only agree or not.
        if any(tracker.get_slot(slot) != value for slot, value in found.items()):
            return found
        if intent_of(tracker) == "affirm":
            return {"promise_confirmed": True}
        return {"promise_confirmed": None} if intent_of(tracker) == "deny" else found

    def _account(self, case: Case, reply: Reply, tracker: Tracker) -> dict[str, str | bool | None]:
        file = account_named(case, tracker)
        if file is None:
            return {}
        open_now = open_amount(case, file)
        if not open_now:
            reply.say("utter_promise_nothing")
            return {"promise_account": None}
        values: dict[str, str | bool | None] = {"promise_account": file.account.reference}
        if tracker.get_slot("promise_amount") is None and not tracker.get_slot("promise_meant"):
            values["promise_amount"] = str(open_now.minor)
        return values


def _day_in(
    case: Case, reply: Reply, tracker: Tracker, text: str, requested: str
) -> dict[str, str | bool | None]:
    named = entity(tracker, "date")
    if requested == "promise_day" and re.fullmatch(r"\s*\d{1,2}\s*", text):
        text = f"{text.strip()}th"
    day = _usable_day(case, reply, named or text) if named or text else None
    if day is None:
        return {}
    if isinstance(day, Asked):
        return {"promise_day": None}
    values: dict[str, str | bool | None] = {"promise_day": day.isoformat()}
    if tracker.get_slot("promise_amount") is None and requested == "promise_amount":
        file = chosen_account(case, tracker, "promise_account")
        values["promise_amount"] = str(open_amount(case, file).minor)
    return values


def _amount_in(
    case: Case,
    reply: Reply | None,
    tracker: Tracker,
    text: str,
    file: AccountFile,
    requested: str,
) -> dict[str, str | bool | None]:
    currency = file.account.currency
    named = entity(tracker, "amount")
    amount = Money(int(named), currency) if named and named.isdigit() else None
    is_day = requested == "promise_day" and re.fullmatch(r"\s*\d{1,2}\s*", text)
    said = (
        amount_said(case, reply, text, currency) if amount is None and text and not is_day else None
    )
    if isinstance(said, Asked):
        return {"promise_amount": None}
    amount = amount or said
    if amount is None:
        return {}
    owed = most(case, file)
    if amount > owed and reply is None:
        return {}
    if amount > owed and reply is not None:
        reply.say(
            "utter_promise_too_much",
            amount=case.formats.money(amount),
            owed=case.formats.money(owed),
        )
        return {"promise_amount": None}
    return {"promise_amount": str(amount.minor)}


def most(case: Case, file: AccountFile) -> Money:
    """The most that can be promised: what clears the account, less what was promised already."""
    outcomes = promise_states(file.promises, file.payments, case.today).values()
    promised = total(
        (one.left for one in outcomes if one.state is PromiseState.OPEN), file.account.currency
    )
    return (payoff_on(file, case.today) - promised).at_least_zero()


class TakePromise(Topic):
    """After the yes: kept in one transaction; what became of it is told from there."""

    action_name = "action_take_promise"
    needs_identity = True
    asked_by = "promise_to_pay"

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        file = chosen_account(case, tracker, "promise_account")
        reply.effect(
            {
                "take_promise": {
                    "account": file.account.reference,
                    "minor": int(tracker.get_slot("promise_amount")),
                    "due_on": str(tracker.get_slot("promise_day")),
                    "latest_on": (case.today + _LATEST).isoformat(),
                }
            }
        )
        return forget(_FORM)
