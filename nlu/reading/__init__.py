"""Read days, amounts and other figures from what someone typed, in English, Chinese, or both. Pure.

`read_message` finds everything with all it can mean; `read_date` and `read_amount` give the
likeliest single reading, for questions that ask again or read back anyway.
"""

from __future__ import annotations

from datetime import date

from lending.money import Money
from nlu.reading.found import Amount, Found, Kind, NoSuchDay
from nlu.reading.message import read_message
from nlu.reading.rare_days import rare_day

__all__ = ["Amount", "Found", "Kind", "NoSuchDay", "read_amount", "read_date", "read_message"]


def read_date(text: str, language: str, today: date, *, past: bool = False) -> date | None:
    """The first day that a text names, or None. A day that is said outright may lie either way."""
    days = [
        found.likely
        for found in read_message(text, language, today, past=past)
        if found.kind is Kind.DATE
    ]
    real = [day for day in days if isinstance(day, date)]
    if days or real:
        return real[0] if real else None
    return rare_day(text, language, today, past=past)


def read_amount(text: str, currency: str) -> Money | None:
    """The amount that a text names, as one of `currency`; None for none, zero, or several.

    A number with a currency sign or unit wins over bare ones.
    """
    amounts = [
        found.likely
        for found in read_message(
            text, "en", date(2000, 1, 1), currencies=(currency,), is_amount_awaited=True
        )
        if found.kind is Kind.MONEY
    ]
    said = [amount for amount in amounts if isinstance(amount, Amount) and amount.value > 0]
    for one in ([a for a in said if a.is_marked], [a for a in said if not a.is_marked]):
        distinct = {amount.value for amount in one}
        if len(distinct) == 1:
            return one[0].money(currency)
    return None
