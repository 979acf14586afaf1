"""When someone wants, or does not want, to be contacted: days, hours and dates in a clause. Pure.

Works on one clause of a text that `nlu.wish_phrases` has made plain.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from datetime import date, timedelta

from compliance.wishes import (
    ALL_DAY,
    DAY_MINUTES,
    WEEK,
    WEEKEND,
    WORKDAYS,
    InconvenientTime,
    PreferredHours,
    Weekday,
    Window,
)
from nlu.reading import read_date
from nlu.wish_hours import Span, is_clock, number_of, spans_in

WORK_HOURS: Span = (9 * 60, 18 * 60)
"""How "working hours" are read; the answer says so, so that they can be corrected."""

AT_WORK = re.compile(
    r"\b(?:work|working|office|business) ?hours?\b|\b(?:while|when) (?:i'?m |i am )?(?:at )?work(?:ing)?\b"
    r"|\bat (?:my )?(?:work|workplace|the office|office|job)\b|\bduring work\b|工作时间|办公时间"
    r"|上班(?:时间|的时候|时|期间|那会)?(?!族|以?后|之后)|\bon shift\b"
)
_DAY_NAME = r"(?:mon|tues?|wed(?:nes)?|thur?s?|fri|sat(?:ur)?|sun)(?:days?)?"
_DAY_RANGE = re.compile(
    rf"\b({_DAY_NAME}) ?(?:-|–|to|through|till) ?({_DAY_NAME})\b|周([一二三四五六日天])(?:到|至|-)周?([一二三四五六日天])"
)
_HAN_DAYS = "一二三四五六日"


def read_times(clause: str, *, is_refused: bool) -> list[InconvenientTime | PreferredHours]:
    """The standing times that a clause names: unwanted ones if it refuses, else the wanted ones."""
    days = _days(clause)
    spans = spans_in(clause, is_refused=is_refused)
    if AT_WORK.search(clause):
        if not is_refused:
            return _wanted([WORK_HOURS], days or WORKDAYS)
        return [_unwanted(WORK_HOURS, days or WORKDAYS)]
    if not days and not spans:
        return []
    if is_refused:
        return [_unwanted(span, days or WEEK) for span in spans or [(0, DAY_MINUTES)]]
    return _wanted(spans or [(0, DAY_MINUTES)], days or WEEK)


def read_pause(clause: str, language: str, today: date) -> date | None:
    """The last day of a pause that is asked for ("not this week", 下周一之前别联系), or None."""
    if match := re.search(
        r"\bfor (?:the )?(?:next )?(?:(\d{1,2}|an?|one|two|three|four) )?(day|week|month)s?\b"
        r"|(\d{1,2}|[一两二三四五六七八九十])(?:个)?(天|周|星期|礼拜|月)(?:之?内|以内|都?(?:别|不要))",
        clause,
    ):
        number = number_of(match.group(1) or match.group(3) or "1")
        unit = {"day": 1, "天": 1, "month": 30, "月": 30}.get(match.group(2) or match.group(4), 7)
        return today + timedelta(days=number * unit)
    clause = re.sub(
        r"\bfrom (?:today|now|tomorrow)(?: on)?\b|从(?:今天|现在|明天)(?:起|开始)", " ", clause
    )
    monday = today - timedelta(days=today.weekday())
    if match := re.search(r"\b(?:until|till|til|before) (?:the )?(.+)|(.+?)(?:之前|以前|前)|(?:等到?|过了)(.+?)(?:再|之后|以后|后)", clause):  # fmt: skip
        named = next(group for group in match.groups() if group)
        if re.match(r"next week|下周(?![一二三四五六日天])|下星期", named):
            return monday + timedelta(days=6)
        if re.match(r"next month|下个?月(?!\d)", named):
            return _month_end(today)
        if not is_clock(named) and (day := read_date(named, language, today)):
            if day == today and _days(named):  # "until Monday", said on a Monday
                day += timedelta(days=7)
            return day - timedelta(days=1) if day > today else None
    if re.search(r"\bnext week\b|下周(?![一二三四五六日天])", clause):
        return monday + timedelta(days=13)
    if re.search(r"\bthis week\b|(?:这|本)个?周(?![一二三四五六日天末])", clause):
        return monday + timedelta(days=6)
    if re.search(r"\bthis month\b|(?:这|本)个?月", clause):
        return _month_end(today)
    if re.search(r"\btomorrow\b|明天", clause):
        return today + timedelta(days=1)
    return today if re.search(r"\btoday\b|\btonight\b|今天|今日", clause) else None


def pause_until(last_day: date) -> InconvenientTime:
    return InconvenientTime(until_on=last_day)


def _month_end(today: date) -> date:
    return today.replace(day=calendar.monthrange(today.year, today.month)[1])


def _days(clause: str) -> tuple[Weekday, ...]:
    found: set[Weekday] = set()
    if re.search(r"\bweekends?\b|周末|周六日|周六周日|假日|节假日|休息日", clause):
        found |= set(WEEKEND)
    if re.search(r"\bweek ?days?\b|\bwork(?:ing)? ?days?\b|工作日|平日", clause):
        found |= set(WORKDAYS)
    for match in _DAY_RANGE.finditer(clause):
        first, last = (_day_index(group) for group in match.groups() if group)
        found |= (
            set(WEEK[first : last + 1]) if first <= last else {*WEEK[first:], *WEEK[: last + 1]}
        )
    for name in re.findall(rf"\b{_DAY_NAME}\b", clause):
        found.add(WEEK[_day_index(name)])
    for names in re.findall(
        r"(?<!一)周([一二三四五六日天](?!次|[天个])(?:[、和跟及]?周?[一二三四五六日天])*)", clause
    ):
        found |= {WEEK[_day_index(name)] for name in re.findall("[一二三四五六日天]", names)}
    return tuple(day for day in WEEK if day in found)


def _day_index(name: str) -> int:
    han = name.replace("天", "日")
    return _HAN_DAYS.index(han) if han in _HAN_DAYS else [day.value for day in WEEK].index(name[:3])


def _wanted(
    spans: list[Span], days: tuple[Weekday, ...]
) -> list[InconvenientTime | PreferredHours]:
    if len(spans) == 1:
        return [PreferredHours(days=days, window=_window(spans[0]))]
    gaps: list[InconvenientTime | PreferredHours] = [
        _unwanted(gap, days) for gap in _gaps(sorted(spans))
    ]
    others = tuple(day for day in WEEK if day not in days)
    return [*gaps, InconvenientTime(days=others)] if others else gaps


def _gaps(spans: Iterable[Span]) -> list[Span]:
    gaps, reached = [], 0
    for start, end in spans:
        if reached < start:
            gaps.append((reached, start))
        reached = max(reached, end)
    return [*gaps, (reached, DAY_MINUTES)] if reached < DAY_MINUTES else gaps


def _unwanted(span: Span, days: tuple[Weekday, ...]) -> InconvenientTime:
    return InconvenientTime(days=days, window=_window(span))


def _window(span: Span) -> Window:
    return ALL_DAY if span == (0, DAY_MINUTES) else Window(start_minute=span[0], end_minute=span[1])
