"""Everything that one message says in figures. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from nlu.reading.amounts import find_amounts
from nlu.reading.choices import find_choices
from nlu.reading.contacts import find_emails, find_phones
from nlu.reading.days import find_days
from nlu.reading.found import Found
from nlu.reading.measures import find_durations, find_instalments, find_percentages
from nlu.reading.plain import Text


def read_message(
    text: str,
    language: str,
    today: date,
    *,
    past: bool = False,
    currencies: Sequence[str] = (),
    country: str | None = None,
    is_amount_awaited: bool = False,
) -> tuple[Found, ...]:
    """All that is said in figures, in the order of the text.

    `today` is the borrower's own day. `past`: days that are left open lie behind ("I paid on
    Friday"). `currencies` are those of the borrower's accounts, `country` where they live.
    `is_amount_awaited`: an amount was asked for, so any number that counts nothing is one.
    Nothing is taken twice: what is a phone number is no amount.
    """
    words = Text(text)
    found = [
        *find_emails(words),
        *find_phones(words, country),
        *find_instalments(words),
        *find_choices(words),
        *find_percentages(words),
        *find_days(words, language, today, past=past),
        *find_durations(words),
        *find_amounts(words, currencies, is_awaited=is_amount_awaited),
    ]
    return tuple(sorted(found, key=lambda one: one.start))
