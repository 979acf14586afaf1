"""What comes from forms, read with care: days, numbers, amounts."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation

from console.web.words import mark
from lending.errors import TideoverError
from lending.money import Money, exponent_of

_NUMBER = re.compile(r"[0-9]{1,15}")


class BadField(TideoverError):
    """A field of a form cannot be read."""


def not_listed() -> BadField:
    """A choice that the form does not offer."""
    return BadField(mark("That is not an answer."), hint=mark("Choose one from the list."))


def number_or_none(text: str) -> int | None:
    """A whole number of up to 15 digits; None for anything else."""
    return int(text) if _NUMBER.fullmatch(text) and text.isascii() else None


def day_or_none(text: str) -> date | None:
    """A day as YYYY-MM-DD between 1970 and 2199; None for anything else."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if 1970 <= day.year < 2200 else None


def day_of(text: str) -> date:
    """Raises BadField."""
    day = day_or_none(text)
    if day is None:
        raise BadField(mark("That is not a day."), hint=mark("Write it as 2026-11-25."))
    return day


def amount_of(text: str, currency: str) -> Money:
    """An amount above zero in the currency, to its own decimals. Raises BadField."""
    plain = re.sub(r"[\s,，$¥￥€£₹]", "", text)
    try:
        amount = Decimal(plain)
    except InvalidOperation:
        amount = Decimal("NaN")
    exponent = amount.as_tuple().exponent
    if not amount.is_finite() or amount <= 0 or amount >= Decimal(10) ** 12:
        raise BadField(mark("That is not an amount."), hint=mark("Write it as 25.00."))
    if not isinstance(exponent, int) or -exponent > exponent_of(currency):
        raise BadField(
            mark("The amount has more decimals than its currency."), hint=mark("Write it as 25.00.")
        )
    return Money.from_decimal(amount, currency)
