"""Pay now: which account, how much, read back, and then a page or an invoice to pay it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from actions._accounts import account_named, ask_account, chosen_account
from actions._asking import ASKED, amount_said, asked_already
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
from actions._words import button, called, words
from actions.plan_form import is_no, is_yes
from lending.account_file import AccountFile
from lending.money import Money
from lending.position import Due, position_agreed
from lending.quote import payoff_on
from nlu.reading import read_amount

FORM = "pay_form"
_BARE = re.compile(r"\s*[\d.,]{1,12}\s*")
_NAMED = {
    "overdue": re.compile(
        r"\b(?:over ?due|past due|arrears|behind|from before|open (?:one|amount|part)|late (?:one|amount|part))\b"
        r"|逾期|拖欠|之前|以前"
    ),
    "next": re.compile(
        r"\b(?:next (?:one|payment|instal?lment)|minimum)\b|下一?期|本期|这期|這期|最低"
    ),
    "full": re.compile(
        r"\b(?:everything|all of it|in full|full amount|the (?:whole|lot)|pay all)\b|全部|全额|全額|[结結]清"
    ),
}
"""The amounts on offer by their names, as in "the overdue amount, please"."""
_NAMED_LENGTH = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Payable:
    """What can be paid on an account today. `next` leaves out what is overdue; `full` is all."""

    overdue: Money
    next: Due | None
    full: Money

    @property
    def next_amount(self) -> Money:
        return Money.zero(self.full.currency) if self.next is None else self.next.amount


def payable(case: Case, file: AccountFile) -> Payable:
    position = position_agreed(file, case.today)
    due = position.next_due
    if due is not None and not due.amount:
        due = None
    return Payable(
        overdue=position.overdue.at_least_zero(),
        next=due,
        full=payoff_on(file, case.today).at_least_zero(),
    )


def begin(case: Case, reply: Reply, tracker: Tracker) -> list[EventType]:
    """Start the form with what the first message says already."""
    if not case.active:
        reply.say("utter_nothing_owed", name=called(case))
        return leave_form(active_form(tracker))
    events = start_form(tracker, FORM)
    file = account_named(case, tracker)
    if file is None:
        return events
    if not payable(case, file).full:
        reply.say("utter_pay_nothing", account=speech_of(case).account(file.account))
        return events[:-1]
    values = {"pay_account": file.account.reference}
    amount = _typed_amount(case, file, tracker, bare=False)
    if amount is not None and amount <= payable(case, file).full:
        values["pay_amount"] = str(amount.minor)
    return [*events[:-1], *(SlotSet(k, v) for k, v in values.items()), events[-1]]


class AskPayAccount(Topic):
    action_name = "action_ask_pay_account"
    asks_for_slot = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        ask_account(case, reply, "utter_ask_pay_account")
        return []


class AskPayAmount(Topic):
    action_name = "action_ask_pay_amount"
    asks_for_slot = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        if asked_already(tracker):
            return []
        file = chosen_account(case, tracker, "pay_account")
        can = payable(case, file)
        if tracker.get_slot("pay_typing"):
            shown = can.overdue or can.next_amount or can.full
            reply.say("utter_ask_pay_other", amount=case.formats.money(shown))
            return []
        reply.say(
            "utter_ask_pay_amount",
            account=speech_of(case).account(file.account),
            lines="\n".join(_lines(case, file, can)),
            buttons=_choices(case, can),
        )
        return []


class AskPayConfirmed(Topic):
    """Reads an amount back that the borrower typed, and says what it leaves."""

    action_name = "action_ask_pay_confirmed"
    asks_for_slot = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        file = chosen_account(case, tracker, "pay_account")
        amount = Money(int(tracker.get_slot("pay_amount")), file.account.currency)
        rest = _what_is_left(case, payable(case, file), amount)
        gap = " " if rest and case.language == "en" else ""
        reply.say(
            "utter_ask_pay_confirmed",
            amount=case.formats.money(amount),
            account=speech_of(case).account(file.account),
            rest=f"{rest}{gap}",
            buttons=[
                (words(case, "utter_label_pay_yes"), "/affirm"),
                (words(case, "utter_label_pay_other"), '/inform{"change":"amount"}'),
                button(case, "cancel"),
            ],
        )
        return []


class CheckPayForm(FormCheck):
    action_name = "validate_pay_form"
    about = frozenset({"make_payment", "affirm", "deny", "inform"})

    def is_plain_answer(self, case: Case, tracker: Tracker) -> bool:
        text = typed_text(tracker)
        if not text:
            return False
        if tracker.get_slot("requested_slot") == "pay_amount" and _named(text):
            return True
        return is_yes(text) or is_no(text) or _BARE.fullmatch(text) is not None

    def read(self, case: Case, reply: Reply, tracker: Tracker) -> dict[str, str | bool | None]:
        requested, text = str(tracker.get_slot("requested_slot")), typed_text(tracker)
        if entity(tracker, "do") is not None:
            return {}  # other ways to pay, or autopay: another topic
        if requested == "pay_account":
            file = account_named(case, tracker)
            if file is None:
                return {}
            if not payable(case, file).full:
                name = speech_of(case).account(file.account)
                reply.say("utter_pay_nothing", account=name)
                return {"pay_account": None}
            return {"pay_account": file.account.reference}
        if entity(tracker, "change") == "amount":
            return {"pay_amount": None, "pay_typing": True, "pay_confirmed": None}
        if requested != "pay_confirmed":
            return self._amount(case, reply, tracker)
        is_whole = bool(text) and (is_yes(text) or is_no(text))
        given = {} if is_whole else self._amount(case, reply, tracker)
        # "no, 60" and "yes but 60" change what was read back.
        if given and given.get("pay_amount") != tracker.get_slot("pay_amount"):
            return given
        if intent_of(tracker) == "affirm" or (text and is_yes(text)):
            return {"pay_confirmed": True}
        if intent_of(tracker) == "deny" or (text and is_no(text)):
            return {"pay_amount": None, "pay_typing": None, "pay_confirmed": None}
        return given

    def _amount(self, case: Case, reply: Reply, tracker: Tracker) -> dict[str, str | bool | None]:
        file = chosen_account(case, tracker, "pay_account")
        can, named = payable(case, file), entity(tracker, "amount")
        amount = _typed_amount(case, file, tracker, bare=True)
        if named and named.isdecimal():
            amount = Money(int(named), file.account.currency)
        text = typed_text(tracker)
        if amount is None and text and tracker.get_slot("requested_slot") == "pay_amount":
            amount = _amount_named(can, text)
        if amount is None and text and amount_said(case, reply, text, can.full.currency) is ASKED:
            return {"pay_amount": None, "pay_typing": True}
        if amount is None or not amount.minor > 0:
            return {}
        if amount > can.full:
            reply.say(
                "utter_pay_too_much",
                amount=case.formats.money(amount),
                owed=case.formats.money(can.full),
            )
            return {"pay_amount": None, "pay_typing": True}
        # What was offered with its figure and tapped needs no second question.
        tapped = bool(named) and amount in (can.overdue, can.next_amount, can.full)
        return {"pay_amount": str(amount.minor), "pay_confirmed": True if tapped else None}


class StartPayment(Topic):
    """After the yes: the page or invoice is made, and told of, beyond the dialogue."""

    action_name = "action_start_payment"
    needs_identity = True
    asked_by = "make_payment"

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        file = chosen_account(case, tracker, "pay_account")
        reply.effect(
            {
                "start_payment": {
                    "account": file.account.reference,
                    "minor": int(tracker.get_slot("pay_amount")),
                }
            }
        )
        return forget(FORM)


def _typed_amount(case: Case, file: AccountFile, tracker: Tracker, *, bare: bool) -> Money | None:
    text, currency = typed_text(tracker), file.account.currency
    if not text:
        return None
    amount = read_amount(text, currency)
    if amount is None and bare and _BARE.fullmatch(text):
        amount = read_amount(f"{text.strip()} {currency}", currency)
    return amount


def _named(text: str) -> str | None:
    """Which of the amounts on offer a short answer names; None for a question or several."""
    plain = text.casefold().strip()
    if len(plain) > _NAMED_LENGTH or plain.endswith(("?", "？", "吗", "嗎", "多少")):
        return None
    found = [name for name, words_ in _NAMED.items() if words_.search(plain)]
    return found[0] if len(found) == 1 else None


def _amount_named(can: Payable, text: str) -> Money | None:
    amounts = {"overdue": can.overdue, "next": can.next_amount, "full": can.full}
    amount = amounts.get(_named(text) or "")
    return amount if amount else None


def _lines(case: Case, file: AccountFile, can: Payable) -> list[str]:
    formats, position = case.formats, position_agreed(file, case.today)
    lines = []
    if can.overdue and position.overdue_since is not None:
        since = formats.day(position.overdue_since)
        amount = formats.money(can.overdue)
        lines.append(words(case, "utter_part_pay_line_overdue", amount=amount, due=since))
    if can.next is not None:
        amount, due = formats.money(can.next.amount), formats.day(can.next.due_on)
        lines.append(words(case, "utter_part_pay_line_next", amount=amount, due=due))
    lines.append(words(case, "utter_part_pay_line_full", amount=formats.money(can.full)))
    if position.pending:
        pending = formats.money(position.pending)
        lines.append(words(case, "utter_part_pay_line_pending", amount=pending))
    return lines


def _choices(case: Case, can: Payable) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    seen: set[int] = set()
    for key, amount in (
        ("utter_label_pay_overdue", can.overdue),
        ("utter_label_pay_next", can.next_amount),
        ("utter_label_pay_full", can.full),
    ):
        if amount and amount.minor not in seen:
            seen.add(amount.minor)
            label = words(case, key, amount=case.formats.money(amount))
            found.append((label, f'/inform{{"amount":"{amount.minor}"}}'))
    return [
        *found,
        (words(case, "utter_label_pay_other"), '/inform{"change":"amount"}'),
        (words(case, "utter_label_pay_ways"), '/make_payment{"do":"ways"}'),
        button(case, "cancel"),
    ]


def _what_is_left(case: Case, can: Payable, amount: Money) -> str:
    money, formats = case.formats.money, case.formats
    if amount == can.full:
        return words(case, "utter_part_pay_clears")
    if can.overdue and amount < can.overdue:
        return words(case, "utter_part_pay_leaves_overdue", amount=money(can.overdue - amount))
    if can.overdue:
        return words(case, "utter_part_pay_covers_overdue")
    if can.next is not None and amount < can.next.amount:
        left = money(can.next.amount - amount)
        due = formats.day(can.next.due_on)
        return words(case, "utter_part_pay_leaves_next", amount=left, due=due)
    return ""
