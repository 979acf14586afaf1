"""Percentages, durations and instalments in a message. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal

from nlu.reading.found import Count, Found, Kind, Value
from nlu.reading.numerals import (
    COUNT_WORDS,
    NUMBER_WORDS,
    ORDINAL_WORDS,
    chinese_number,
    count_of,
    english_number,
    ordinal_of,
)
from nlu.reading.plain import Text

_Reading = tuple[tuple[Value, ...], bool]
_Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], _Reading | None]]

_SIGN = r"(?:%|percent\b|per cent\b|pct\b)"
_CHINESE_DIGITS = "[零一二两三四五六七八九十百]"
_MOST_INSTALMENTS = 480


def _decimal(match: re.Match[str]) -> _Reading | None:
    return (Decimal(match[1]),), True


def _percent_words(match: re.Match[str]) -> _Reading | None:
    number = english_number(match[1])
    return None if number is None else ((number,), True)


def _half_percent(match: re.Match[str]) -> _Reading | None:
    return (Decimal("0.5"),), True


def _chinese_percent(match: re.Match[str]) -> _Reading | None:
    whole = 100 if match[2] == "百" else _whole(match[2])
    if whole is None:
        return None
    tail = "".join(str(_whole(digit)) for digit in match[3] or "")
    value = Decimal(f"{whole}.{tail}") if tail else Decimal(whole)
    return (value / (10 if match[1] == "千" else 1),), True


def _tenths(match: re.Match[str]) -> _Reading | None:
    whole = _whole(match[1])
    return None if whole is None else ((Decimal(whole * 10),), True)


def _whole(numeral: str) -> int | None:
    return int(numeral) if numeral.isascii() else chinese_number(numeral)


_PERCENT: tuple[_Rule, ...] = (
    (re.compile(rf"(?<![\d.])(?!100 ?% ?(?:sure|certain|honest|right|true|not\b|serious))"
                rf"(\d{{1,4}}(?:\.\d{{1,4}})?) ?{_SIGN}", re.A), _decimal),
    (re.compile(rf"\bhalf (?:a |of (?:a|one) )?{_SIGN}", re.A), _half_percent),
    (re.compile(rf"({NUMBER_WORDS}) ?{_SIGN}", re.A), _percent_words),
    (re.compile(rf"(百|千)分之(\d{{1,3}}|百(?![一二三])|{_CHINESE_DIGITS}{{1,5}})(?:点([零一二三四五六七八九]{{1,4}}))?", re.A),
     _chinese_percent),
    (re.compile(r"(?<![第一二三四五六七八九十\d])([一二三四五六七八九]|\d)成(?![都功为员立本年交了人就果长熟绩])", re.A), _tenths),
)  # fmt: skip

_UNITS = {"day": "D", "week": "W", "month": "M", "year": "Y", "mth": "M", "yr": "Y", "wk": "W"}
_UNIT = r"(day|week|fortnight|month|year|mth|yr|wk)s?\b"
_LEAD = r"(?:for|need|needs|give me|only|about|around|wait|take|takes|within|over|up to|just) "
_NOT_BEFORE = r"(?<!every )(?<!each )(?<!per )(?<!a )"
_NOT_AFTER = r"(?! old\b)"


def _span(match: re.Match[str]) -> _Reading | None:
    return (_iso(count_of(match[1]), match[2]),), True


def _one_span(match: re.Match[str]) -> _Reading | None:
    return (_iso(1, match[1]),), True


def _vague_span(match: re.Match[str]) -> _Reading | None:
    return (_iso(3 if "few" in match[1] else 2, match[2]),), False


def _from_to(match: re.Match[str]) -> _Reading | None:
    ends = (_iso(count_of(match[1]), match[3]), _iso(count_of(match[2]), match[3]))
    return ends, False


def _one_or_two(match: re.Match[str]) -> _Reading | None:
    return (_iso(1, match[1]), _iso(2, match[1])), False


def _and_a_half(match: re.Match[str]) -> _Reading | None:
    return (f"P{count_of(match[1]) * 12 + 6}M",), True


def _half_year(match: re.Match[str]) -> _Reading | None:
    return ("P6M",), True


def _iso(number: int, unit: str) -> str:
    if unit == "fortnight":
        return f"P{2 * number}W"
    return f"P{number}{_UNITS[unit]}"


_CHINESE_UNITS = {"天": "D", "周": "W", "星期": "W", "礼拜": "W", "月": "M", "年": "Y"}
_MANY = r"(\d{1,3}|[一二两三四五六七八九十]{1,3})"
_CHINESE_UNIT = r" ?(天|周|个?星期|个?礼拜|个月|年(?![度级代薪利化终底末]))"
_RATE = r"(?! ?(?:只|才|能|可以|想|要|最多|大概)*(?:还|付|交|缴|给|打|发|催|[一两二三四五六七八九\d]+次)| ?(?:大概|差不多|大约|约|最多)[一二两三四五六七八九十百千万\d])"
_EACH = r"(?<![每第这\d.一二两三四五六七八九十])(?<!最后)(?<!的)(?<!有)"


def _chinese_span(match: re.Match[str]) -> _Reading | None:
    number = _whole(match[1])
    return None if number is None else ((_chinese_iso(number, match[2]),), True)


def _chinese_iso(number: int, unit: str) -> str:
    key = next(key for key in _CHINESE_UNITS if unit.endswith(key))
    return f"P{number}{_CHINESE_UNITS[key]}"


def _chinese_from_to(match: re.Match[str]) -> _Reading | None:
    numbers = [_whole(match[1]), _whole(match[2])]
    return tuple(_chinese_iso(number, match[3]) for number in numbers if number), False


def _year_and_half(match: re.Match[str]) -> _Reading | None:
    number = _whole(match[1])
    return None if number is None else ((f"P{number * 12 + 6}M",), True)


def _fixed(*values: str, is_sure: bool) -> Callable[[re.Match[str]], _Reading]:
    return lambda _: (values, is_sure)


_DURATION: tuple[_Rule, ...] = (
    (re.compile(rf"\b({COUNT_WORDS}) years? and a half\b|\b(an?) year and (?:a )?half\b", re.A),
     lambda match: ((f"P{count_of(match[1] or match[2]) * 12 + 6}M",), True)),
    (re.compile(r"\bhalf (?:a |of (?:a|the) )?year\b", re.A), _half_year),
    (re.compile(rf"\b(?:a|one) {_UNIT[:-4]} or (?:two|so)\b", re.A), _one_or_two),
    (re.compile(rf"{_NOT_BEFORE}\b({COUNT_WORDS}) ?(?:-|to|or) ?({COUNT_WORDS}) {_UNIT}{_NOT_AFTER}", re.A), _from_to),
    (re.compile(rf"{_NOT_BEFORE}\b((?:an? )?(?:couple(?: of)?|few))(?: more)? {_UNIT}", re.A), _vague_span),
    (re.compile(rf"\b(?:{_LEAD}an? (?:more |extra |whole )?|another |one more ){_UNIT}", re.A), _one_span),
    (re.compile(rf"{_NOT_BEFORE}(?<![\d.,$£€])\b(?!an? |one day\b)({COUNT_WORDS})"
                rf"(?: |-)?(?:more |extra |full |whole )?{_UNIT}{_NOT_AFTER}", re.A), _span),
    (re.compile(r"半年(?:内|时间)?", re.A), _half_year),
    (re.compile(r"十天半个?月", re.A), _fixed("P10D", "P15D", is_sure=False)),
    (re.compile(r"半个月", re.A), _fixed("P15D", is_sure=False)),
    (re.compile(rf"{_EACH}{_MANY}年半", re.A), _year_and_half),
    (re.compile(rf"{_EACH}([一二两三四五六七八九])([二两三四五六七八九]){_CHINESE_UNIT}", re.A), _chinese_from_to),
    (re.compile(rf"{_EACH}(\d{{1,3}})[-到至~](\d{{1,3}}){_CHINESE_UNIT}", re.A), _chinese_from_to),
    (re.compile(rf"{_EACH}{_MANY}{_CHINESE_UNIT}(?!之?以?[前后]){_RATE}", re.A), _chinese_span),
    (re.compile(r"(?<![十这前])几天", re.A), _fixed("P3D", is_sure=False)),
    (re.compile(r"几个?(?:周|星期|礼拜)", re.A), _fixed("P3W", is_sure=False)),
    (re.compile(r"几个月", re.A), _fixed("P3M", is_sure=False)),
)  # fmt: skip

_NOUN = r"(?:instal?l?ments?|installments?)"


def _number(match: re.Match[str]) -> _Reading | None:
    return ((int(match[1]),), True) if 1 <= int(match[1]) <= _MOST_INSTALMENTS else None


def _nth(match: re.Match[str]) -> _Reading | None:
    words = match[1]
    return ((int(words[:-2]) if words[0].isdigit() else ordinal_of(words),), True)


def _named(match: re.Match[str]) -> _Reading | None:
    return ("next" if match[1] == "next" else "last",), True


def _how_many(match: re.Match[str]) -> _Reading | None:
    return (Count(count_of(match[1])),), True


def _chinese_nth(match: re.Match[str]) -> _Reading | None:
    number = _whole(match[1])
    return None if number is None else ((number,), True)


def _chinese_count(match: re.Match[str]) -> _Reading | None:
    number = _whole(match[1])
    return None if number is None else ((Count(number),), True)


_INSTALMENT: tuple[_Rule, ...] = (
    (re.compile(rf"\b{_NOUN} ?(?:no\.?|number|nr\.?|#)? ?(\d{{1,3}})(?![\d.,%])", re.A), _number),
    (re.compile(r"\bpayment ?(?:no\.?|number|nr\.?|#) ?(\d{1,3})(?![\d.,%])", re.A), _number),
    (re.compile(rf"\b(?:the |my )?(\d{{1,2}}(?:st|nd|rd|th)|{ORDINAL_WORDS}) (?:monthly )?(?:{_NOUN}|payments?)\b", re.A), _nth),
    (re.compile(rf"\b(?:the |my )?(next|last|final) {_NOUN}", re.A), _named),
    (re.compile(rf"\b(?!an? )({COUNT_WORDS}) (?:more |equal |monthly |smaller )*(?:{_NOUN}|payments\b)", re.A), _how_many),
    (re.compile(r"第(\d{1,3}|[一二三四五六七八九十百]{1,5}) ?(?:期|笔(?:还款|款))", re.A), _chinese_nth),
    (re.compile(r"最后一?[期笔](?:还款|款)?|末期", re.A), _fixed("last", is_sure=True)),
    (re.compile(r"下一?期(?!限|待|望|间)", re.A), _fixed("next", is_sure=True)),
    (re.compile(r"(?:分[成为]?)?(?<![第癌瘤\d.])(?!(?<=[上下这本每某哪])一期)(\d{1,3}|[一二两三四五六七八九十]{1,5}) ?期(?![限待望间])", re.A), _chinese_count),
)  # fmt: skip


def find_percentages(text: Text) -> list[Found]:
    return [*_find(text, Kind.PERCENT, _PERCENT)]


def find_durations(text: Text) -> list[Found]:
    """Lengths of time as ISO 8601; "a few days" is three of them, and not sure."""
    return [*_find(text, Kind.DURATION, _DURATION)]


def find_instalments(text: Text) -> list[Found]:
    """Which instalment, or how many of them."""
    return [*_find(text, Kind.INSTALMENT, _INSTALMENT)]


def _find(text: Text, kind: Kind, rules: tuple[_Rule, ...]) -> Iterator[Found]:
    for pattern, meaning in rules:
        for match in text.take(pattern):
            if not text.is_free(*match.span()):
                continue
            reading = meaning(match)
            if reading is None:
                continue
            readings, is_sure = reading
            yield Found(
                kind=kind,
                start=match.start(),
                end=match.end(),
                readings=readings,
                is_sure=is_sure,
            )
            text.blank(*match.span())
