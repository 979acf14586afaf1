"""How English names days. Each rule: an expression, and what a match means. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from lending.dates import add_months
from nlu.reading.calendar_days import (
    Days,
    View,
    day_in_month,
    day_number_alone,
    day_of_year,
    either_order,
    full_day,
    month_end,
    month_named,
    month_point,
    nth_weekday,
    one_of,
    shifted,
    sure,
    weekday_alone,
    weekday_coming,
    weekday_last,
    weekday_next,
    weekday_of_week,
    weekend,
    weekend_next,
)
from nlu.reading.numerals import COUNT_WORDS, ORDINAL_WORDS, count_of, ordinal_of

Rule = tuple[re.Pattern[str], Callable[[re.Match[str], View], Days | None]]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY = (
    r"(monday|tues?day|wed(?:nes|ens)day|weds|wed|thurs?day|thurs?|friday|sat[ue]rday|sunday"
    r"|tues?|mon|fri|sat|sun)\b"
)
_FULL_WEEKDAY = (
    r"(monday|tues?day|wed(?:nes|ens)day|weds|thurs?day|thurs?|friday|sat[ue]rday|sunday)\b"
)
_SHORT_WEEKDAY = (
    r"(?:(?<=\bon )|(?<=\bby )|(?<=\bor )|(?<=till )|(?<=until )|(?<=before )|(?<=^))"
    r"(mon|tues?|wed|thu|fri|sat|sun)\b(?!-)(?! (?:is|is out|down|with|there|here))"
)
_NTH = rf"(\d{{1,2}}(?:st|nd|rd|th)|{ORDINAL_WORDS})"
_ORDINAL_NOUN = (
    r"(?! (?:one|option|plan|offer|choice|time|times|floor|street|st|ave|avenue|grade|birthday"
    r"|instal|payment|year|month|week|day|thing|place|person|party|loan|card|account|of all|step"
    r"|century|house)|(?:-|\w))"
)
_NEXT = {"next": 1, "last": -1, "this": 0, "": 0, "following": 1, "previous": -1}
_SAID_MONTH = r"(?:(next|last|this|following|previous) month)"
_COUNT = rf"({COUNT_WORDS}|(?:an? )?couple of|(?:an? )?couple|(?:an? )?few)"
_UNIT = r"(day|week|fortnight|month|year)s?\b"
_YEAR = r"(?:,? ?(?:of )?(20\d\d)(?!\d)|,? '?(2\d|3\d)(?=\s*$|\s*[,.!?;]))?"


def _month_number(name: str) -> int:
    return _MONTHS.index(name[:3]) + 1


def _weekday_number(name: str) -> int:
    return _WEEKDAYS.index(name[:3])


def _nth_number(words: str) -> int:
    return int(words[:-2]) if words[0].isdigit() else ordinal_of(words)


def _iso(match: re.Match[str], view: View) -> Days | None:
    return full_day(int(match[1]), int(match[2]), int(match[3]))


def _with_year(match: re.Match[str], view: View) -> Days | None:
    year = 2000 + int(match[4][-2:])
    return either_order(int(match[1]), int(match[3]), year, view)


def _counted(match: re.Match[str], view: View) -> Days | None:
    return _moved(view.today, match[1], match[2], 1)


def _ago(match: re.Match[str], view: View) -> Days | None:
    return _moved(view.today, match[1], match[2], -1)


def _moved(start: date, count: str, unit: str, sign: int) -> Days | None:
    word = count.removeprefix("a ") if count.startswith("a ") else count
    vague = {"couple of": 2, "couple": 2, "few": 3}.get(word)
    day = shifted(start, sign * (vague or count_of(count)), unit)
    return None if day is None else Days((day,), is_vague=vague is not None)


def _from_day(match: re.Match[str], view: View) -> Days | None:
    """ "two weeks from tomorrow", "a week on Friday" """
    named = match[3]
    start = {"tomorrow": 1, "today": 0, "now": 0}.get(named)
    if start is not None:
        return _moved(view.today + timedelta(days=start), match[1], match[2], 1)
    coming = weekday_coming(_weekday_number(named), view).readings[0]
    assert isinstance(coming, date)
    return _moved(coming, match[1], match[2], 1)


def _weekday_week(match: re.Match[str], view: View) -> Days | None:
    coming = weekday_coming(_weekday_number(match[1]), view).readings[0]
    assert isinstance(coming, date)
    return sure(coming + timedelta(days=7))


def _end_of(match: re.Match[str], view: View) -> Days | None:
    if match[2]:
        return month_end(month_named(_month_number(match[2]), view), view)
    return month_end(_NEXT[match[1]] if match[1] else None, view)


def _early_or_mid(match: re.Match[str], view: View) -> Days | None:
    number = 15 if match[1].startswith("mid") else 1
    said = match[2]
    if said[:3] in _MONTHS:
        return month_point(number, month_named(_month_number(said), view), view)
    word = said.removesuffix("month").strip()
    return month_point(number, _NEXT[word] if word else None, view)


def _year_end(match: re.Match[str], view: View) -> Days | None:
    return day_of_year(12, 31, view)


def _weekday_of_month(match: re.Match[str], view: View) -> Days | None:
    nth = -1 if match[1] == "last" else _nth_number(match[1])
    if nth > 4:
        return None
    weekday, said = _weekday_number(match[2]), match[3]
    first = view.today.replace(day=1)
    if said[:3] in _MONTHS:
        on = [add_months(first, month_named(_month_number(said), view) + n) for n in (0, 12)]
    else:
        on = [add_months(first, _NEXT.get(said.split()[0], 0) + n) for n in (0, 1)]
    days = [nth_weekday(nth, weekday, month) for month in on]
    return sure(next((day for day in days if day >= view.today), days[0]))


def _day_month(match: re.Match[str], view: View) -> Days | None:
    return _named_month(match[2], match[1], match[3] or match[4], view)


def _month_day(match: re.Match[str], view: View) -> Days | None:
    return _named_month(match[1], match[2], match[3] or match[4], view)


def _named_month(month: str, day: str, year: str | None, view: View) -> Days | None:
    number = int(day) if day.isdigit() else _nth_number(day)
    if year:
        return full_day(2000 + int(year[-2:]), _month_number(month), number)
    return day_of_year(_month_number(month), number, view)


def _feast(match: re.Match[str], view: View) -> Days | None:
    is_eve = match[0].endswith("eve")
    if match[1]:
        return day_of_year(12, 24 if is_eve else 25, view)
    return day_of_year(*((12, 31) if is_eve else (1, 1)), view)


def _slashed(match: re.Match[str], view: View) -> Days | None:
    first, second = int(match[1]), int(match[2])
    is_score = first == second == 10 and match.string[match.end() :].lstrip()[:1].isalpha()
    if (first, second) == (24, 7) or first == second > 12 or is_score:
        return None
    if view.language == "zh-Hans" and 1 <= first <= 12:
        return day_of_year(first, second, view)
    return either_order(first, second, None, view)


def _nth_of_month(match: re.Match[str], view: View) -> Days | None:
    return day_in_month(_nth_number(match[1]), _NEXT[match[2]], view)


def _of_month_nth(match: re.Match[str], view: View) -> Days | None:
    return day_in_month(_nth_number(match[2]), _NEXT[match[1]], view)


def _first_of_the_month(match: re.Match[str], view: View) -> Days | None:
    return day_number_alone(1, view)


def _nth_alone(match: re.Match[str], view: View) -> Days | None:
    return day_number_alone(_nth_number(match[1]), view)


def _near(days: int) -> Callable[[re.Match[str], View], Days]:
    return lambda _, view: sure(view.today + timedelta(days=days))


def _weekend(match: re.Match[str], view: View) -> Days | None:
    word = match[1] or ""
    if word == "next":
        return weekend_next(view)
    return weekend(-1 if word == "last" else None, view)


def _next_week_day(match: re.Match[str], view: View) -> Days | None:
    name = match[1] or match[4]
    which = match[2] or match[3]
    week = {"next": 1, "last": -1, "this": 0}[which]
    return one_of(
        day
        for day in weekday_of_week(_weekday_number(name), week, view).readings
        if isinstance(day, date)
    )


def _weekday(match: re.Match[str], view: View) -> Days | None:
    number = _weekday_number(match[3])
    match match[1]:
        case "next":
            return weekday_next(number, view)
        case "last" | "past":
            return weekday_last(number, view)
        case "coming":
            return weekday_coming(number, view, is_after_today=True)
        case _:
            return weekday_coming(number, view, is_after_today=match[2] is not None)


def _weekday_alone(match: re.Match[str], view: View) -> Days | None:
    return weekday_alone(_weekday_number(match[1]), view)


def _rule(pattern: str, meaning: Callable[[re.Match[str], View], Days | None]) -> Rule:
    return re.compile(pattern, re.ASCII), meaning


FULL: tuple[Rule, ...] = (
    _rule(r"(?<!\d)(20\d\d) ?[-/.年] ?(\d{1,2}) ?[-/.月] ?(\d{1,2})(?!\d)(?: ?[日号])?", _iso),
    _rule(
        r"(?<![\d./-])(\d{1,2})([/.-])(\d{1,2})\2(20\d\d|(?<=[/-])[23]\d)(?![\d/]|\.\d)", _with_year
    ),
)
"""Digits with a year, the same in both languages."""

SHORT: tuple[Rule, ...] = (
    _rule(
        r"(?<![\d.,/-])(\d{1,2})/(\d{1,2})(?![\d/]|,\d| of\b)", _slashed,
    ),
    _rule(r"(?<![\d.,/-])(\d\d)-(\d\d)(?![\d/-]|,\d)", _slashed),
)  # fmt: skip
"""Digits without a year."""

RULES: tuple[Rule, ...] = (
    _rule(rf"\b{_COUNT} {_UNIT} (?:from|on|after) (tomorrow|today|now)\b", _from_day),
    _rule(rf"\b{_COUNT} {_UNIT} (?:from|on|after) (?:this |next )?{_FULL_WEEKDAY}", _from_day),
    _rule(r"\b(?:an? |one )?week (?:today|from now)\b", _near(7)),
    _rule(rf"\b{_FULL_WEEKDAY} week\b", _weekday_week),
    _rule(rf"\b(?:in|within|after) (?:the next |another )?{_COUNT} {_UNIT}(?:'? time)?", _counted),
    _rule(rf"\b{_COUNT} {_UNIT} (?:ago|back)\b", _ago),
    _rule(rf"\b{_COUNT} {_UNIT} (?:later|from now)\b", _counted),
    _rule(
        rf"\b(first|second|third|fourth|last|1st|2nd|3rd|4th) {_FULL_WEEKDAY} (?:of|in) "
        rf"((?:the|this|next|last) month\b|{_MONTH})", _weekday_of_month,
    ),
    _rule(
        rf"\b(?:the )?(?:(?:very )?end|last day|close) of (?:the )?(?:(next|last|this) month\b|"
        rf"month\b|{_MONTH})|\beom\b|\bmonth[ -]?end\b", _end_of,
    ),
    _rule(r"\b(?:the )?end of (?:the |this )?year\b|\byear[ -]?end\b", _year_end),
    _rule(
        rf"\b(?:the )?(mid(?:dle)?|beginning|start|early)(?: |-)(?:of |in )?(?:the )?"
        rf"((?:next|this|last) month\b|month\b|{_MONTH})", _early_or_mid,
    ),
    _rule(rf"\b(?:the )?{_NTH} (?:of )?{_MONTH}{_YEAR}", _day_month),
    _rule(rf"(?<![\d.,$£€:/-])(\d{{1,2}}) ?(?:of )?{_MONTH}{_YEAR}", _day_month),
    _rule(rf"\b{_MONTH} (?:the )?{_NTH}{_YEAR}", _month_day),
    _rule(rf"\b{_MONTH} ?(\d{{1,2}})(?!\d|[.:,]\d|k\b|st|nd|rd|th){_YEAR}", _month_day),
    _rule(r"\b(christmas|xmas)(?: day| eve)?\b|\b(new years?|new year's)(?: day| eve)\b",
          _feast),
    _rule(rf"\b(?:the )?{_NTH} (?:of )?{_SAID_MONTH}", _nth_of_month),
    _rule(rf"\b{_SAID_MONTH},? (?:on )?(?:the )?{_NTH}", _of_month_nth),
    _rule(r"\b(?:the )?(?:first|1st) of (?:the|each|every) month\b", _first_of_the_month),
    _rule(rf"\b(?:on|by|until|till|before) the ({ORDINAL_WORDS})\b{_ORDINAL_NOUN}", _nth_alone),
    _rule(rf"\b(?:the )?(\d{{1,2}}(?:st|nd|rd|th)){_ORDINAL_NOUN}(?: of the month)?", _nth_alone),
    _rule(r"\b(?:the )?day after (?:tomorr?ow|tmrw?|tmw|2moro)\b", _near(2)),
    _rule(r"\b(?:the )?day before yesterday\b", _near(-2)),
    _rule(r"\b(?:tomm?orr?ow|tmrw?|tmw|2moro|2morrow|tomoz)\b", _near(1)),
    _rule(r"\b(?:yesterday|yday|ytd|last night)\b", _near(-1)),
    _rule(
        r"\b(?:today|tonight|2day|this (?:morning|afternoon|evening)|just now)\b"
        r"|(?<!right )(?<!by )(?<!until )(?<!till )\bnow\b|\b(?:pay|paying) (?:it )?right now\b",
        _near(0),
    ),
    _rule(r"\b(?:(this|next|last|the|coming) )*weekend\b", _weekend),
    _rule(
        rf"\b(?:{_WEEKDAY},? (?:of )?(next|last|this) week|(next|last|this) week,? (?:on )?"
        rf"{_WEEKDAY})", _next_week_day,
    ),
    _rule(rf"\b(?:(next|last|past|this|coming)( coming)?) {_WEEKDAY}", _weekday),
    _rule(rf"\b(?<!every )(?<!each ){_FULL_WEEKDAY}", _weekday_alone),
    _rule(_SHORT_WEEKDAY, _weekday_alone),
)  # fmt: skip
