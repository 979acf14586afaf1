"""What the services refuse with, in the language of the member of staff.

The English stands where it is raised; tests see that the catalogues hold all that a page can show.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from console.web.labels import GROUPS, label
from console.web.shown import Shown
from console.web.words import Words, mark
from lending.errors import TideoverError
from lending.money import Money
from lending.sentences import Sentence


def refusal_text(error: TideoverError, words: Words, shown: Shown) -> dict[str, str]:
    """What is wrong as `text`, and what to do about it as `hint`."""
    if is_outage(error):
        # What the database or the secret lacks is for the log and the command line.
        return {
            "text": words.say(mark("The console cannot read or keep anything just now.")),
            "hint": words.say(
                mark("Nothing was changed. Try again; tell an administrator if it stays.")
            ),
        }
    return {name: said_in(text, words, shown) for name, text in _parts(error)}


def is_outage(error: TideoverError) -> bool:
    """Whether it is nobody's doing and passes, or an administrator has to mend it."""
    return type(error).__name__ in ("StoreUnavailable", "SealBroken", "KeyLost")


def said_in(text: str, words: Words, shown: Shown) -> str:
    """A sentence of ours, with its amounts, days and codes as this reader writes them."""
    if not text:
        return ""
    if not isinstance(text, Sentence):
        return words.say(text)
    values = {name: _value(value, words, shown) for name, value in text.values.items()}
    return words.say(text.template, **values)


def _parts(error: TideoverError) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("text", error.message), ("hint", error.hint or "")


def _value(value: object, words: Words, shown: Shown) -> str:
    match value:
        case Money():
            return shown.money(value)
        case datetime():
            return shown.instant(value)
        case date():
            return shown.day(value)
        case int():
            return shown.number(value)
        case tuple():
            return words.say(", ").join(_value(one, words, shown) for one in value)
        case StrEnum() if type(value) in GROUPS:
            return words.say(label(value, GROUPS[type(value)]))
    return str(value)
