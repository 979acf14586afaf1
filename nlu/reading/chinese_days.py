"""How Chinese names days, in simplified characters. Each rule: an expression and its meaning. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from nlu.reading.calendar_days import (
    Days,
    View,
    day_in_month,
    day_number_alone,
    day_of_year,
    full_day,
    month_end,
    month_named,
    month_point,
    shifted,
    sure,
    weekday_alone,
    weekday_of_week,
    weekend,
)
from nlu.reading.english_days import Rule
from nlu.reading.numerals import DAY_NUMBER, day_number

_N = DAY_NUMBER
_WEEK = r"(?:周|星期|礼拜)"
_ON = {"下下": 2, "下": 1, "次": 1, "上": -1, "上上": -2, "这": 0, "本": 0, "今": 0, "当": 0}
_MONTH_WORD = r"(下下|下|次|上上|上|这|本|当)个?"
_YEARS = {"今年": 0, "明年": 1, "后年": 2, "去年": -1, "前年": -2}
_PLACE = r"(?!楼|线|门|机|院|店|码|元|房|铺|仓|车|船|球|三餐|本|语|历)"
_DIGIT = "([一二两三四五六七八九])"
_MANY = r"(\d{1,3}|[一二两三四五六七八九十廿卅]{1,3})"
_COUNTED = r" ?(天|日|周|个?星期|个?礼拜|个月|年)"
_SIDE = r"([之以]?[后前内])"
_NO_NUMBER_BEFORE = r"(?<![\d.第账单编型尾证卡票款牌一二三四五六七八九十廿卅月/-])"


def _full(match: re.Match[str], view: View) -> Days | None:
    digits = "".join(
        "0" if c in "零〇" else str("一二三四五六七八九".index(c) + 1) for c in match[1]
    )
    return full_day(int(digits), day_number(match[2]), day_number(match[3]))


def _in_republic_year(match: re.Match[str], view: View) -> Days | None:
    """Years as counted in Taiwan: 114年 is 2025."""
    return full_day(int(match[1]) + 1911, day_number(match[2]), day_number(match[3]))


def _in_named_year(match: re.Match[str], view: View) -> Days | None:
    year = view.today.year + _YEARS[match[1]]
    return full_day(year, day_number(match[2]), day_number(match[3]))


def _month_and_day(match: re.Match[str], view: View) -> Days | None:
    return day_of_year(day_number(match[1]), day_number(match[2]), view)


def _in_said_month(match: re.Match[str], view: View) -> Days | None:
    return day_in_month(day_number(match[2]), _ON[match[1]], view)


def _months_on(match: re.Match[str], view: View) -> int | None:
    if match[1]:
        return _ON[match[1]]
    number = day_number(match[2]) if match[2] else 0
    return month_named(number, view) if 1 <= number <= 12 else None


def _month_end(match: re.Match[str], view: View) -> Days | None:
    return month_end(_months_on(match, view), view)


def _month_start(match: re.Match[str], view: View) -> Days | None:
    return month_point(1, _months_on(match, view), view)


def _month_middle(match: re.Match[str], view: View) -> Days | None:
    return month_point(15, _months_on(match, view), view)


def _counted(match: re.Match[str], view: View) -> Days | None:
    sign = -1 if match[3].endswith("前") else 1
    return _moved(match[1], match[2], sign, view)


def _passed(match: re.Match[str], view: View) -> Days | None:
    return _moved(match[1], match[2], 1, view)


def _moved(number: str, unit_word: str, sign: int, view: View) -> Days | None:
    unit = {"天": "day", "日": "day", "月": "month", "年": "year"}.get(unit_word[-1], "week")
    day = shifted(view.today, sign * day_number(number), unit)
    return None if day is None else sure(day)


def _half_month(match: re.Match[str], view: View) -> Days | None:
    sign = -1 if match[1] == "前" else 1
    return Days((view.today + timedelta(days=15 * sign),), is_vague=True)


def _two_or_three(match: re.Match[str], view: View) -> Days | None:
    """两三天后: two readings."""
    sign = -1 if match[4].endswith("前") else 1
    both = [_moved(match[at], match[3], sign, view) for at in (1, 2)]
    return Days(tuple(days.readings[0] for days in both if days))


def _near(days: int) -> Callable[[re.Match[str], View], Days]:
    return lambda _, view: sure(view.today + timedelta(days=days))


def _weekday_in(match: re.Match[str], view: View) -> Days | None:
    return weekday_of_week(_weekday_number(match[2]), _ON[match[1]], view)


def _weekday_alone(match: re.Match[str], view: View) -> Days | None:
    return weekday_alone(_weekday_number(match[1]), view)


def _weekday_number(character: str) -> int:
    return 6 if character in "日天" else "一二三四五六".index(character)


def _weekend(match: re.Match[str], view: View) -> Days | None:
    return weekend(_ON[match[1]] if match[1] else None, view)


def _number_alone(match: re.Match[str], view: View) -> Days | None:
    return day_number_alone(day_number(match[1] or match[2]), view)


def _new_year(match: re.Match[str], view: View) -> Days | None:
    return day_of_year(1, 1, view)


def _christmas(match: re.Match[str], view: View) -> Days | None:
    return day_of_year(12, 24 if match[0] == "平安夜" else 25, view)


def _year_end(match: re.Match[str], view: View) -> Days | None:
    return day_of_year(12, 31, view)


def _rule(pattern: str, meaning: Callable[[re.Match[str], View], Days | None]) -> Rule:
    return re.compile(pattern, re.ASCII), meaning


NOT_A_DAY = re.compile(
    r"(?:农历|阴历|正月|腊月)[一二三四五六七八九十廿月初\d]{0,6}|初[一二三四五六七八九十]"
    r"|(?:再)?过[几两]天|[几数]天[之以]?后|每个?(?:周|星期|礼拜)[一二三四五六日天]?"
)
"""What looks like a day and is none, or none that can be told."""

RULES: tuple[Rule, ...] = (
    _rule(rf"(二[零〇][零〇一二三四五六七八九]{{2}})年({_N})月({_N})[日号]?", _full),
    _rule(rf"(?<![\d.])(1[01]\d)年({_N})月({_N})[日号]?", _in_republic_year),
    _rule(rf"(今年|明年|后年|去年|前年)({_N}) ?月({_N})[日号]?", _in_named_year),
    _rule(rf"(?<![\d年个])({_N}) ?月 ?({_N})(?![\d.,]|个|块|元|万|千|百|期|k)[日号]?{_PLACE}",
          _month_and_day),
    _rule(rf"{_MONTH_WORD}月的? ?({_N}) ?[日号]{_PLACE}", _in_said_month),
    _rule(rf"(?:{_MONTH_WORD}|({_N}))?月[底末尾]", _month_end),
    _rule(rf"(?:{_MONTH_WORD}|({_N}))?月初", _month_start),
    _rule(rf"(?:{_MONTH_WORD}|({_N})|(?<!个))月中旬?", _month_middle),
    _rule(r"年[底末尾]", _year_end),
    _rule(rf"{_DIGIT}{_DIGIT}{_COUNTED}{_SIDE}", _two_or_three),
    _rule(rf"(?<![\d点]){_MANY}{_COUNTED}{_SIDE}", _counted),
    _rule(rf"过{_MANY}{_COUNTED}", _passed),
    _rule(r"半个?月(?:之|以)?(后|前|内)", _half_month),
    _rule(r"元旦", _new_year),
    _rule(r"圣诞节?|平安夜", _christmas),
    _rule(r"大后[天日]", _near(3)),
    _rule(r"大前[天日]", _near(-3)),
    _rule(r"(?<!然)(?<!以)后[天日儿](?!天)", _near(2)),
    _rule(r"(?<!以)前[天日](?!天)", _near(-2)),
    _rule(r"明[天日早晚儿]个?|听日|翌日", _near(1)),
    _rule(r"昨[天日晚儿]个?|[寻琴]日", _near(-1)),
    _rule(r"今[天日早晚儿]个?|刚刚|刚才|现在(?!没|还不|不|也没|手头|是|的|有|还没)", _near(0)),
    _rule(rf"(?:(下下|下|上上|上|这|本)个?)?(?:{_WEEK}|周)末", _weekend),
    _rule(rf"(下下|下|上上|上|这|本|今)个?{_WEEK}([一二三四五六日天])", _weekday_in),
    _rule(rf"(?<![一二两三四五六七八九十几\d每]){_WEEK}([一二三四五六日天])", _weekday_alone),
    _rule(rf"{_NO_NUMBER_BEFORE}(?:({_N}) ?号|(\d{{1,2}}|[一二三十廿卅]{{2,3}}) ?日){_PLACE}", _number_alone),
)  # fmt: skip
