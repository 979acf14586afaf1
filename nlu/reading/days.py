"""Days in a message: every mention, with all it can mean. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from nlu.reading.calendar_days import View
from nlu.reading.chinese_days import NOT_A_DAY
from nlu.reading.chinese_days import RULES as CHINESE
from nlu.reading.english_days import FULL, SHORT
from nlu.reading.english_days import RULES as ENGLISH
from nlu.reading.found import Found, Kind
from nlu.reading.plain import Text

_BETWEEN = re.compile(r"[\s,、(]*(?:the )?")
_ONLY_WEEKDAY = re.compile(
    r"(?:(?:this|next|coming|on) )*(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*"
    r"|[上下这本]?个?(?:周|星期|礼拜)[一二三四五六日天]"
)
_MOST = 8
"""Mentions of days that are read in one message."""


def find_days(text: Text, language: str, today: date, *, past: bool) -> list[Found]:
    """Every day that is named, in the order of the text, taken from it.

    A day said outright may lie on either side of today; `past` decides where a form leaves that
    open ("Friday", "the 20th").
    """
    view = View(today=today, past=past, language=language)
    found: list[Found] = []
    before = text.plain
    for match in text.take(NOT_A_DAY):
        text.blank(*match.span())
    for pattern, meaning in (*FULL, *ENGLISH, *CHINESE, *SHORT):
        for match in text.take(pattern):
            if len(found) >= _MOST or not text.is_free(*match.span()):
                continue
            days = meaning(match, view)
            if days is None:
                continue
            found.append(
                Found(
                    kind=Kind.DATE,
                    start=match.start(),
                    end=match.end(),
                    readings=days.readings,
                    is_sure=days.is_sure,
                )
            )
            text.blank(*match.span())
    return _merged(sorted(found, key=lambda one: one.start), before)


def _merged(found: list[Found], plain: str) -> list[Found]:
    """ "Friday 27th", 明天(周二): a weekday beside another day is one mention of both."""
    merged: list[Found] = []
    for one in found:
        last = merged[-1] if merged else None
        if last is not None and _BETWEEN.fullmatch(plain[last.end : one.start]):
            weekdays = [d for d in (last, one) if _ONLY_WEEKDAY.fullmatch(plain[d.start : d.end])]
            if len(weekdays) == 1:
                merged[-1] = _both(one if weekdays[0] is last else last, weekdays[0], last, one)
                continue
        merged.append(one)
    return merged


def _both(day: Found, weekday: Found, first: Found, second: Found) -> Found:
    """The day, if one of its readings is such a weekday; else all readings of both."""
    named = {d.weekday() for d in weekday.readings if isinstance(d, date)}
    fitting = tuple(d for d in day.readings if isinstance(d, date) and d.weekday() in named)
    return replace(
        day,
        start=first.start,
        end=second.end,
        readings=fitting or (*day.readings, *weekday.readings),
        is_sure=len(fitting) == 1,
    )
