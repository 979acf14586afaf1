"""Days and amounts out of a message: what is doubtful is asked back, with buttons, before it counts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from rasa_sdk import Tracker

from actions._base import Case, Reply
from actions._words import button
from lending.money import Money
from nlu.reading import Amount, Found, Kind, NoSuchDay, read_message
from nlu.reading.calendar_days import last_of, make_day
from nlu.reading.plain import Text
from nlu.reading.rare_days import rare_day

QUESTIONS = frozenset(
    {"utter_ask_which_day", "utter_no_such_day", "utter_ask_which_amount", "utter_ask_currency"}
)
_MOST_CHOICES = 4
_NOT_THIS_DAY = re.compile(
    r"(?:instead of|rather than|\bnot|n't(?: \w+){0,3}|\bcannot(?: \w+){0,3}|\bdue|\bfrom|\bget paid|\bgot paid"
    r"|不是|而不是|不能|没法|到期|原定|原来|从)[ ,]*(?:on |by |is |until |till |the )*$"
)
_DAY_WILL_NOT_DO = re.compile(
    r" ?(?:不行|不能|不可以|还不了|付不了|缴不了|交不了|来不及|不方便|到期|发工资|发薪|(?:does ?n'?t|won'?t|is ?n'?t|is too|is no)\b)"
)
_NOT_THIS_AMOUNT = re.compile(r"(?:instead of|rather than|\bnot|不是|而不是)[ ,]*(?:the )?$")
"""Before what is named only to be set aside: "can't on the 20th but can on the 27th"."""


class Asked:
    """Stands for a value that was asked about just now."""


ASKED = Asked()


def asked_already(tracker: Tracker) -> bool:
    """Whether this turn has put one of our questions, so that a form need not put its own."""
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            return False
        if (event.get("metadata") or {}).get("utter_action") in QUESTIONS:
            return True  # something said beside may have come after it
    return False


def day_said(
    case: Case,
    reply: Reply,
    text: str,
    *,
    past: bool = False,
    first: date | None = None,
    last: date | None = None,
) -> date | Asked | None:
    """The day that a text names; ASKED if it was asked which one, None if it names none.

    Of several readings those from `first` to `last` count, as the others cannot be meant; if
    none is there, the likeliest is given, for the caller to say what is wrong with it.
    """
    found = [f for f in read_message(text, case.language, case.today, past=past)
             if f.kind is Kind.DATE]  # fmt: skip
    if not found:
        return rare_day(text, case.language, case.today, past=past) if text else None
    found = _meant(found, text, _NOT_THIS_DAY)
    readings = [day for one in found for day in one.readings if isinstance(day, date)]
    if not readings:
        _say_no_such_day(case, reply, found, first, last)
        return ASKED
    fitting = [d for d in readings if (first or d) <= d <= (last or d)]
    if not fitting:
        return readings[0]
    choices = sorted(set(fitting))
    if len(choices) == 1:
        return choices[0]
    reply.say("utter_ask_which_day", buttons=_day_buttons(case, choices[:_MOST_CHOICES]))
    return ASKED


def _meant(found: list[Found], text: str, set_aside: re.Pattern[str]) -> list[Found]:
    """Without what is named only to be set aside, if that leaves anything."""
    plain = Text(text)
    kept = [
        one
        for one in found
        if not set_aside.search(plain.before(one.start))
        and not (one.kind is Kind.DATE and _DAY_WILL_NOT_DO.match(plain.after(one.end)))
    ]
    return kept or found


def _say_no_such_day(
    case: Case, reply: Reply, found: Sequence[Found], first: date | None, last: date | None
) -> None:
    missing = next(day for one in found for day in one.readings if isinstance(day, NoSuchDay))
    near = [d for d in _near(missing, case.today) if (first or d) <= d <= (last or d)]
    reply.say("utter_no_such_day", day=_written(missing, case), buttons=_day_buttons(case, near))


def _near(missing: NoSuchDay, today: date) -> tuple[date, ...]:
    """The last day of that month, and the day after it."""
    parts = [int(part) for part in missing.said.split("-")]
    if len(parts) == 1:
        end = last_of(today)
    else:
        month = parts[-2]
        year = parts[0] if len(parts) == 3 else today.year + (month < today.month)
        start = make_day(year, month, 1)
        if start is None:
            return ()
        end = last_of(start)
    return (end, end + timedelta(days=1))


def _written(missing: NoSuchDay, case: Case) -> str:
    """31 February, 2月31日; a bare number as day 32."""
    *rest, day = (int(part) for part in missing.said.split("-"))
    if not rest:
        return f"day {day}" if case.language == "en" else f"{day}日"
    if case.language != "en":
        year = f"{rest[0]}年" if len(rest) == 2 else ""
        return f"{year}{rest[-1]}月{day}日"
    named = case.formats.month_name(rest[-1])
    return f"{day} {named} {rest[0]}" if len(rest) == 2 else f"{day} {named}"


def _day_buttons(case: Case, days: Iterable[date]) -> list[tuple[str, str]]:
    choices = [(case.formats.day(day), f'/inform{{"date":"{day.isoformat()}"}}') for day in days]
    return [*choices, button(case, "talk_to_human")]


def amount_said(case: Case, reply: Reply | None, text: str, currency: str) -> Money | Asked | None:
    """The amount that a text names, in `currency`; ASKED if it was asked which one.

    Two amounts, two readings of one, or another currency than the account's are asked about;
    without `reply` nothing is said, as something else is being asked already.
    """
    found = _amounts(case, text, currency, is_awaited=False)
    found = found or _amounts(case, text, currency, is_awaited=True)
    amounts = [
        amount
        for one in _meant(found, text, _NOT_THIS_AMOUNT)
        for amount in one.readings
        if isinstance(amount, Amount) and amount.value > 0
    ]
    if not amounts:
        return None
    values = {amount.value: amount for amount in amounts}
    choices = [amount.money(currency) for amount in values.values()]
    foreign = {a.currency for a in amounts if a.currency not in (currency, None)}
    if not foreign and len(choices) == 1:
        return choices[0]
    if reply is None:
        return ASKED
    buttons = [
        (case.formats.money(money), f'/inform{{"amount":"{money.minor}"}}')
        for money in choices[:_MOST_CHOICES]
    ]
    buttons.append(button(case, "talk_to_human"))
    if foreign:
        named = case.formats.currency(currency)
        reply.say("utter_ask_currency", currency=named, buttons=buttons)
    else:
        reply.say("utter_ask_which_amount", buttons=buttons)
    return ASKED


def _amounts(case: Case, text: str, currency: str, *, is_awaited: bool) -> list[Found]:
    found = read_message(
        text,
        case.language,
        case.today,
        currencies=(currency,),
        is_amount_awaited=is_awaited,
    )
    return [one for one in found if one.kind is Kind.MONEY]
