"""How a figure of the household is read, corrected, and said back."""

from __future__ import annotations

from rasa_sdk import Tracker

from actions._base import Case, Reply
from actions._plans import FIGURES, SKIPPED
from actions._words import words
from lending.affordability import LONGEST_MONTHS, MOST_MAJOR_UNITS
from lending.money import Money, exponent_of
from nlu import household
from nlu.household import Field

Values = dict[str, str | bool | None]

_SLOT = {
    Field.INCOME: "household_income",
    Field.SPENDING: "household_spending",
    Field.DEBTS: "household_debts",
    Field.MONTHS: "household_months",
}
_FIELD = {slot: field for field, slot in _SLOT.items()}


def figure_correction(
    case: Case,
    reply: Reply,
    tracker: Tracker,
    text: str,
    currency: str,
    requested: str,
) -> dict[str, str | bool | None] | None:
    """ "No, 1500": another value for the figure that is named, else for the one told last."""
    if not household.CORRECTION.search(text):
        named = household.names_field(text)
        is_other = named is not None and _SLOT[named] != requested
        if not (is_other and named and tracker.get_slot(_SLOT[named])):
            return None
    named = household.names_field(text)
    slot = _SLOT[named] if named else _told_last(tracker, requested)
    if slot is None:
        return None
    values = figure(case, reply, text, currency, slot)
    if values.get(slot) is None:
        return None
    if slot in (_SLOT[Field.INCOME], _SLOT[Field.SPENDING], _SLOT[Field.DEBTS]):
        amount = case.formats.money(Money(int(str(values[slot])), currency))
        said = words(case, f"utter_part_corrected_{_FIELD[slot].value}", amount=amount)
        values["household_heard"] = said
    return values


def _told_last(tracker: Tracker, requested: str) -> str | None:
    order = list(FIGURES)
    end = order.index(requested) if requested in order else len(order)
    told = [slot for slot in order[:end] if tracker.get_slot(slot)]
    return told[-1] if told else None


def figure(
    case: Case, reply: Reply, text: str, currency: str, slot: str
) -> dict[str, str | bool | None]:
    """The value that a text gives for a figure; says why if it cannot be one."""
    if slot == "household_months":
        months = household.read_months(text, case.language, case.today)
        if months is None:
            return {}
        if not 1 <= months <= LONGEST_MONTHS:
            reply.say("utter_household_months_odd")
            return {slot: None}
        return kept(case, slot, str(months), currency)
    if household.is_negative(text):
        reply.say("utter_household_negative")
        return {slot: None}
    amount = household.read_monthly(text, currency)
    if amount is None:
        return {}
    if amount.minor > MOST_MAJOR_UNITS * 10 ** exponent_of(currency):
        reply.say("utter_household_too_large", amount=case.formats.money(amount))
        return {slot: None}
    return kept(case, slot, str(amount.minor), currency)


def kept(case: Case, slot: str, value: str, currency: str) -> dict[str, str | bool | None]:
    """The value, and what to say back of it before the next question."""
    if value == SKIPPED:
        heard = words(case, "utter_part_heard_skipped")
    elif slot == "household_months":
        heard = ""
    elif value == "0":
        heard = words(case, "utter_part_heard_none")
    else:
        amount = case.formats.money(Money(int(value), currency))
        heard = words(case, "utter_part_heard_amount", amount=amount)
    return {slot: value, "household_heard": heard}
