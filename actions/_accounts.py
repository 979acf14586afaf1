"""Which account a message or a form is about."""

from __future__ import annotations

import re

from rasa_sdk import Tracker

from actions._base import Case, Reply, entity, typed_text
from actions._plans import speech_of
from actions._words import button
from lending.account_file import AccountFile
from lending.accounts import Product

_KINDS = {
    Product.CREDIT_CARD: re.compile(r"\bcards?\b|信用卡|卡片|卡$", re.I),
    Product.INSTALMENT_LOAN: re.compile(r"\bloans?\b|贷款|貸款|信贷|信貸", re.I),
}


def account_named(case: Case, tracker: Tracker) -> AccountFile | None:
    """The account that a button, its reference, or its kind names; the only one if there is one."""
    named, text = entity(tracker, "account"), typed_text(tracker).lower()
    for file in case.files:
        reference = file.account.reference
        if named == reference or (len(reference) > 3 and reference.lower() in text):
            return file
    if len(case.active) == 1:
        return case.active[0]
    fitting = [f for f in case.active if _KINDS[f.account.product].search(text)]
    return fitting[0] if len(fitting) == 1 else None


def account_of(case: Case, tracker: Tracker, slot: str = "plan_account") -> AccountFile | None:
    """The account kept in a slot, as it is now."""
    reference = tracker.get_slot(slot)
    return next((f for f in case.files if f.account.reference == reference), None)


def chosen_account(case: Case, tracker: Tracker, slot: str) -> AccountFile:
    """The account kept in a slot; the only active one when a form did not have to ask."""
    return account_of(case, tracker, slot) or case.active[0]


def account_buttons(case: Case) -> list[tuple[str, str]]:
    speech = speech_of(case)
    return [
        (speech.account(f.account), f'/inform{{"account":"{f.account.reference}"}}')
        for f in case.active
    ]


def ask_account(case: Case, reply: Reply, question: str) -> None:
    """A form's question for the account, with a button for each."""
    choices = [*account_buttons(case), button(case, "cancel"), button(case, "talk_to_human")]
    reply.say(question, buttons=choices)
