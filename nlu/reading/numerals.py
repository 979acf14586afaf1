"""Numbers in words: English, Chinese, and the marks of Arabic digits. Pure."""

from __future__ import annotations

import re
from decimal import Decimal

_SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_UNITS = {word: number for number, word in enumerate(_SMALL)}
_TEN = {word: 10 * number for number, word in enumerate(_TENS, start=2)} | {"fourty": 40}
_SCALES = {"thousand": 1_000, "grand": 1_000, "lakh": 100_000, "million": 1_000_000}
_ORDINALS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
]

_WORD = "|".join((*sorted(_UNITS, key=len, reverse=True), *_TEN, "hundred", *_SCALES))
NUMBER_WORDS = (
    rf"(?:(?:half )?(?:an? )?(?=hundred|thousand|grand|lakh|million))?\b(?:{_WORD})\b"
    rf"(?:(?: |-| and )(?:{_WORD})\b){{0,8}}"
)
"""English number words in a row."""

_ORDINAL_WORD = "|".join(sorted(_ORDINALS, key=len, reverse=True))
ORDINAL_WORDS = rf"(?:(?:twenty|thirty)[ -](?:{_ORDINAL_WORD})|thirtieth|{_ORDINAL_WORD})"
"""First to thirty-first."""

COUNT_WORDS = r"\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
"""How many days or months; "a" counts as one."""

_FORMAL = str.maketrans("壹贰叁参肆伍陆柒捌玖拾佰仟", "一二三三四五六七八九十百千")
_DIGITS = dict(zip("零〇一二两三四五六七八九", map(int, "001223456789"), strict=True))
CHINESE = "零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟"
DAY_NUMBER = r"(?:\d{1,2}|[一二三四五六七八九十廿卅]{1,3})"
"""A number of days or of a day of the month, in either script."""


def english_number(words: str) -> Decimal | None:
    """ "two hundred and fifty", "half a grand"; None if the words are no number in a row."""
    parts = [part for part in re.split(r"[ -]", words) if part not in ("and", "a", "an", "")]
    half = parts[:1] == ["half"]
    total, current = 0, 0
    for part in parts[half:]:
        if part == "hundred":
            if current >= 100:
                return None
            current = (current or 1) * 100
        elif part in _SCALES:
            total += (current or 1) * _SCALES[part]
            current = 0
        else:
            number = _UNITS.get(part, _TEN.get(part, 0))
            room = 100 if number >= 10 else 10
            if current % room or (number < 10 and 10 <= current % 100 < 20):
                return None
            current += number
    return Decimal(total + current) / (2 if half else 1)


def said_in_pairs(words: str) -> tuple[Decimal, Decimal] | None:
    """ "one fifty" is 1.50 or 150; None for anything else."""
    match = re.fullmatch(r"(\w+) (\w+(?:[ -]\w+)?)", words)
    if match is None or not 1 <= _UNITS.get(match[1], 0) <= 9:
        return None
    rest = english_number(match[2])
    if rest is None or not 10 <= rest <= 99:
        return None
    return _UNITS[match[1]] + rest / 100, _UNITS[match[1]] * 100 + rest


def count_of(word: str) -> int:
    """The number of a count word or of digits; "a" is one."""
    return int(word) if word.isdigit() else 1 if word in ("a", "an") else _UNITS[word]


def ordinal_of(words: str) -> int:
    """ "twenty-first" is 21."""
    if words == "thirtieth":
        return 30
    head, _, tail = words.replace("-", " ").rpartition(" ")
    return _TEN.get(head, 0) + _ORDINALS.index(tail) + 1


def chinese_number(numeral: str) -> int | None:
    """三千五 is 3500: a last digit counts in the next smaller unit. None if it is no number."""
    import cn2an

    numeral = numeral.translate(_FORMAL)
    if numeral[0] in "百千万":
        numeral = f"一{numeral}"  # 万二 is 12,000
    if re.fullmatch(r".*[百千万][二两三四五六七八九一]", numeral):
        numeral += {"万": "千", "千": "百", "百": "十"}[numeral[-2]]
    numeral = numeral.replace("卅", "三十").replace("廿", "二十")
    try:
        return int(cn2an.cn2an(numeral, "smart"))
    except (ValueError, KeyError):
        return None


def digit_of(character: str) -> int:
    """One Chinese or Arabic digit."""
    return int(character) if character.isdigit() and character.isascii() else _DIGITS[character]


def day_number(numeral: str) -> int:
    """The number that DAY_NUMBER matched; 0 if it is none."""
    return int(numeral) if numeral.isascii() else chinese_number(numeral) or 0


def read_digits(number: str, decimals: int) -> tuple[tuple[Decimal, ...], bool]:
    """Arabic digits with their marks: what they can mean, the likeliest first, and if that is sure.

    `decimals`: how many the currency has; with three of them 1.250 is no thousand.
    """
    number = number.replace(" ", "")
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+,\d{1,2}", number):
        return (Decimal(number.replace(".", "").replace(",", ".")),), False
    if re.fullmatch(r"\d+,\d{1,2}", number):
        return (Decimal(number.replace(",", ".")), Decimal(number.replace(",", ""))), False
    if re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", number) and decimals != 3:
        return (Decimal(number), Decimal(number.replace(".", ""))), False
    return (Decimal(number.replace(",", "")),), True
