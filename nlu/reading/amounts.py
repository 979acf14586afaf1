"""Amounts of money in a message: every mention, with all it can mean. Pure.

A number counts as money if a sign, unit or word of money stands beside it, or if what stands
around it speaks of an amount ("pay 200", "200 on Friday", 先还两千); things that are counted,
order numbers, times and codes do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal

from lending.money import exponent_of
from nlu.reading.currencies import currencies_of
from nlu.reading.found import Amount, Found, Kind
from nlu.reading.numerals import (
    CHINESE,
    NUMBER_WORDS,
    chinese_number,
    digit_of,
    english_number,
    read_digits,
    said_in_pairs,
)
from nlu.reading.plain import Text

_MOST = Decimal(10) ** 9
_SIGN = r"(?:us\$|hk\$|nt\$|nz\$|au\$|ca\$|[acs]\$|[$¥£₹€]|(?:rmb|cny|usd|gbp|inr|twd|ntd?|hkd|eur|jpy|cad|aud|sgd|nzd)\b|rs\b\.?|(?:人民币|新?台币|港币|美元|美金))"
_WORD_UNIT = (
    r"(?:us dollars|dollars?|bucks?|pounds?|quid|euros?|rupees?|yuan|kuai|yen|cents?|pence"
    r"|usd|rmb|cny|gbp|eur|inr|twd|ntd|hkd|jpy|cad|aud|sgd|nzd)(?![a-z])"
)
_CHINESE_UNIT = r"(?:块钱|元|块|蚊|圆|大洋|人民币|美元|美金|刀|港币|港元|港纸|新?台币|日元|日币|円|英镑|镑|欧元|卢比)"
_UNIT = rf"(?:{_WORD_UNIT}|p\b|[$€£¥₹¢]|{_CHINESE_UNIT})"
_DIGITS = (
    r"\d{1,3}(?:,\d{2,3})+(?:\.\d{1,2})?|\d{1,3}(?:\.\d{3})+,\d{1,2}|\d{1,3}(?: \d{3})+\.\d{2}"
    r"|\d{1,12},\d{1,2}|\d{1,12}(?:\.\d{1,3})?|\.\d{1,2}"
)
_NOT_INSIDE = r"(?<![\d百千万亿/#_])(?<!\d[.,])(?<![a-z]-)"
_ENDS = r"(?![\d/_]|[.,]\d|-[a-z])"
_SCALE = r"(?:k(?![a-z])|w(?![a-z])|万|千|百|(?:thousand|hundred|grand|lakh|million|mil)\b)"
_SCALES = {
    "k": 1_000, "千": 1_000, "万": 10_000, "w": 10_000, "百": 100, "lakh": 100_000, "hundred": 100,
    "thousand": 1_000, "grand": 1_000, "million": 1_000_000, "mil": 1_000_000,
}  # fmt: skip

_WITH_DIGITS = re.compile(
    rf"(?:(?<![a-z])(?P<sign>{_SIGN}) ?)?{_NOT_INSIDE}(?P<number>{_DIGITS}){_ENDS}"
    rf"(?: ?(?P<scale>{_SCALE})(?P<tail>[一二两三四五六七八九](?![十百千万])|[1-9]千|[1-9](?!\d))?)?"
    rf"(?: ?(?P<unit>{_UNIT})(?P<small>[一二三四五六七八九1-9](?!\d)毛?)?)?",
    re.A,
)
_WITH_WORDS = re.compile(
    rf"(?P<vague>\ba couple (?:of )?(?=hundred|thousand|grand))?(?P<words>{NUMBER_WORDS})(?: (?P<unit>{_WORD_UNIT}))?",
    re.A,
)
_WITH_CHINESE = re.compile(
    rf"(?:(?<![a-z])(?P<sign>{_SIGN}) ?)?(?<![几数第\d.{CHINESE}])"
    rf"(?P<number>(?:[万千百](?=[二两三四五六七八九](?![{CHINESE}]))|[一二两三四五六七八九十壹贰叁肆伍陆柒捌玖拾])"
    rf"[{CHINESE}\d]{{0,15}})(?P<vague>[来多几])?(?P<unit>{_CHINESE_UNIT})?"
    r"(?:(?<=[元块蚊圆])(?P<small>[一二三四五六七八九1-9](?![十百千万个天月年号\d])毛?))?整?",
    re.A,
)
_SMALL_CHANGE = re.compile(
    r"(?<![第\d.])([一二两三四五六七八九]|\d)(毛|角)(?!病|巾|衣|钱没|度)钱?", re.A
)
_SLANG = re.compile(r"\ba (fiver|tenner)\b", re.A)
_DOLLARS_AND_CENTS = re.compile(
    rf"\b(?P<whole>\d{{1,7}}|{NUMBER_WORDS}) (?P<unit>dollars?|bucks?|pounds?|euros?|rupees?)"
    rf" and (?P<cents>\d{{1,2}}|{NUMBER_WORDS}) (?:cents?|pence|p|paise)\b",
    re.A,
)

_NEVER = (
    re.compile(r"\d{1,2}:\d{2}|(?<![\d.])\d{1,2} ?(?:am|pm|a\.m\.|p\.m\.|o'clock)(?![a-z])", re.A),
    re.compile(r"(?<!\d)\d{4}(?:[ -]\d{4}){2,4}(?!\d)|(?<![\d.,])\d{10,}", re.A),
    re.compile(r"(?<![a-z])(?!(?:rs|us|nt|hk)\d)[a-z]{1,5}-?\d{3,}\w*|(?<![a-z])(?!(?:usd|rmb|cny|gbp|inr|twd|hkd|eur|jpy|aud|cad|sgd|nzd|rs|nt)\d)[a-z]{2,}\d+\w*", re.A),
    re.compile(r"\b(?:order|ref(?:erence)?|code|pin|passcode|account|acct|card|ending|invoice|ticket|case|id"
        r"|number|room|flat|apartment|apt|unit|section|line|page|version|zip|postcode|gate|bus)"
        r"\b(?: (?:is|was|no\.?|number|in|ending|id))*[:# ]{0,3}\d[\d-]*", re.A),
    re.compile(r"(?:[订运]单|[单卡账尾编]|身份证|流水|验证|合同|房|门牌)[号码]{1,2}[:是为 ]{0,2}[\d ]*\d|验证码[:是为 ]{0,2}\d+", re.A),
)  # fmt: skip
_BEFORE = re.compile(
    r"(?:^|[\x00,.;:!?()+=~、，。！？；：\n-]|\b(?:pay|pays|paid|paying|send|sent|sending|owe|owed|transfer"
    r"|transferred|transfering|put|is|was|only|about|around|roughly|approximately|like|of|for|with|do|afford|have|got"
    r"|make|made|manage|maybe|to|than|least|most|just|say|give|gave|and|or|not|between|that's|it's|its|be|up|extra"
    r"|deposit|amount|instead|but|then|from|if|spare|scrape|borrow|lent|sum|total|balance|another|under|over|max|min|near|you|u|me|them|the(?= ))) *$",
    re.A,
)
_AFTER = re.compile(
    r"^ *(?:ish\b|$|[\x00,.;:!?()+=~、，。！？；：\n-]|(?:on|by|at|today|tomorrow|per|a|each|every|please|pls|plz|thanks|instead"
    r"|this|next|then|in|for|or|and|to|till|until|before|from|is|max|tops|total|more|less|extra|only|ok|okay|right|if"
    r"|but|monthly|weekly|i|i'll|so|though|now|left|down|off|back|plus|should|would|will|can|could|maybe|max|or|when"
    r"|toward|towards|upfront|atm|first|as|with|a month|because|every|how|the)\b)",
    re.A,
)
_NOUN_AFTER = re.compile(
    r"^ (?:loan|balance|payment|debt|deposit|instalment|installment|fee|bill|limit)\b", re.A
)
_PAY_BEFORE = re.compile(
    r"\b(?:pay|paid|paying|send|sent|owe|transfer|transferred|afford|was|of|do|put) *$", re.A
)
_HAN_BEFORE = re.compile(
    r"(?:^|[\x00,.;:!?()+=~、，。！？；：-]|[还付转给交缴要能存打先再是到或者约概差欠俾了过入这共只就得来掏出凑拿多最少和加想元块行起收扣])\s?$",
    re.A,
)
_HAN_AFTER = re.compile(
    r"^ ?(?:$|[\x00,.;:!?()+=~、，。！？；：\n-]|[行可吗左吧呢先再或到还够就的给是和加也都以多每付转交缴整点]|上下|怎么|的话)",
    re.A,
)

_AFTER_HAN_NUMERAL = re.compile(rf" (?![{CHINESE}])|{_HAN_AFTER.pattern}", re.A)


def find_amounts(text: Text, accounts: Sequence[str], *, is_awaited: bool = False) -> list[Found]:
    """Every amount, in the order of the text. `accounts`: the currencies of the borrower's accounts.

    `is_awaited`: an amount was asked for, so what stands before a bare number does not matter.
    """
    text.is_amount_awaited = is_awaited
    for pattern in _NEVER:
        for match in text.take(pattern):
            text.blank(*match.span())
    found: list[Found] = []
    for pattern, read in _RULES:
        for match in text.take(pattern):
            if not match[0] or not text.is_free(*match.span()):
                continue
            one = read(text, match, accounts)
            if one is not None:
                found.append(one)
                text.blank(one.start, one.end)
    return sorted(found, key=lambda one: one.start)


def _amount(
    match: re.Match[str],
    values: Sequence[Decimal],
    mark: str | None,
    accounts: Sequence[str],
    *,
    is_sure: bool = True,
    is_marked: bool = True,
) -> Found | None:
    if not all(0 <= value < _MOST for value in values):
        return None
    currencies = currencies_of(mark, accounts)
    readings = tuple(
        Amount(value, currency, is_marked) for value in values for currency in currencies
    )
    start = match.start() + len(match[0]) - len(match[0].lstrip())
    return Found(
        kind=Kind.MONEY,
        start=start,
        end=match.end(),
        readings=readings,
        is_sure=is_sure and len(readings) == 1,
    )


def _dollars_and_cents(text: Text, match: re.Match[str], accounts: Sequence[str]) -> Found | None:
    whole, cents = _plain_number(match["whole"]), _plain_number(match["cents"])
    if whole is None or cents is None or cents >= 100:
        return None
    return _amount(match, [whole + cents / 100], match["unit"], accounts)


def _plain_number(words: str) -> Decimal | None:
    return Decimal(words) if words.isdigit() else english_number(words)


def _slang(text: Text, match: re.Match[str], accounts: Sequence[str]) -> Found | None:
    return _amount(match, [Decimal({"fiver": 5, "tenner": 10}[match[1]])], match[1], accounts)


def _digits(text: Text, match: re.Match[str], accounts: Sequence[str]) -> Found | None:
    mark = match["unit"] or match["sign"]
    is_marked = bool(mark or match["scale"])
    if not is_marked and not _is_bare_amount(text, match):
        return None
    currencies = currencies_of(mark, accounts)
    decimals = exponent_of(currencies[0] or "XXX")
    values, is_sure = read_digits(match["number"], decimals)
    scale = _SCALES.get(match["scale"] or "", 1)
    values = tuple(value * scale for value in values)
    if tail := match["tail"]:
        step = 1_000 if tail.endswith("千") else scale // 10
        values = tuple(value + digit_of(tail[0]) * step for value in values)
    if match["small"]:
        values = tuple(value + Decimal(digit_of(match["small"][0])) / 10 for value in values)
    if mark in ("cent", "cents", "p", "pence", "¢"):
        values = tuple(value / 100 for value in values)
    return _amount(match, values, mark, accounts, is_sure=is_sure, is_marked=is_marked)


def _is_bare_amount(text: Text, match: re.Match[str]) -> bool:
    before, after = text.before(match.start("number")), text.after(match.end())
    number = match["number"]
    fits_before = text.is_amount_awaited or bool(
        _BEFORE.search(before) or _HAN_BEFORE.search(before)
    )
    fits_after = bool(_AFTER.match(after) or _HAN_AFTER.match(after))
    if not fits_after and len(number) >= 3:
        fits_after = text.is_amount_awaited or _NOUN_AFTER.match(after) is not None
    if not (fits_before and fits_after):
        return False
    is_alone = not (before.strip("\x00 ,.!?") or after.strip("\x00 ,.!?"))
    is_small = number.isdigit() and len(number) == 1
    is_paid = _PAY_BEFORE.search(before) or re.search(r"[还付转给交缴打俾][了过]?$", before)
    return not is_small or is_alone or text.is_amount_awaited or bool(is_paid)


def _words(text: Text, match: re.Match[str], accounts: Sequence[str]) -> Found | None:
    words = match["words"]
    pair = said_in_pairs(words)
    value = english_number(words)
    unit = match["unit"]
    if value is None and pair is None:
        return None
    has_scale = re.search(r"hundred|thousand|grand|lakh|million", words) is not None
    if unit is None and not (has_scale or pair or (value is not None and value >= 10)):
        return None
    is_slang = words.endswith("grand")
    if unit is None and not is_slang:
        before, after = text.before(match.start()), text.after(match.end())
        if not ((text.is_amount_awaited or _BEFORE.search(before)) and _AFTER.match(after)):
            return None
    if match["vague"]:
        assert value is not None
        return _amount(match, [2 * value], unit, accounts, is_sure=False)
    if pair is not None:
        return _amount(match, pair, unit, accounts, is_marked=unit is not None)
    assert value is not None
    if unit in ("cent", "cents", "pence"):
        value /= 100
    is_marked = unit is not None or has_scale
    return _amount(match, [value], unit, accounts, is_marked=is_marked)


def _chinese(text: Text, match: re.Match[str], accounts: Sequence[str]) -> Found | None:
    numeral, mark = match["number"], match["unit"] or match["sign"]
    if mark is None:
        is_amount = re.search("[十百千万拾佰仟]", numeral) and (
            (text.is_amount_awaited or _HAN_BEFORE.search(text.before(match.start())))
            and _AFTER_HAN_NUMERAL.match(text.after(match.end()))
        )
        if not is_amount:
            return None
    number = chinese_number(numeral)
    if number is None:
        return None
    value = Decimal(number)
    if match["small"]:
        value += Decimal(digit_of(match["small"][0])) / 10
    return _amount(match, [value], mark, accounts, is_sure=not match["vague"])


def _small_change(text: Text, match: re.Match[str], accounts: Sequence[str]) -> Found | None:
    return _amount(match, [Decimal(digit_of(match[1])) / 10], match[2], accounts)


_RULES: tuple[
    tuple[re.Pattern[str], Callable[[Text, re.Match[str], Sequence[str]], Found | None]], ...
] = (
    (_DOLLARS_AND_CENTS, _dollars_and_cents),
    (_SLANG, _slang),
    (_WITH_DIGITS, _digits),
    (_WITH_WORDS, _words),
    (_WITH_CHINESE, _chinese),
    (_SMALL_CHANGE, _small_change),
)
