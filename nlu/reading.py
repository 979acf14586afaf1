"""Read a day or an amount from what someone typed, in English, Chinese, or both. Pure.

The usual forms are read by rules here; rarer ones by recognizers-text, which is slow to load
and takes 7 to 30 ms, so it is asked only when a text has a digit or a word of time.
Where a form leaves a choice ("the 20th", "Friday"), `past` decides which way to look.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal, localcontext

from lending.dates import add_months
from lending.money import Money

_PLAIN = str.maketrans("號後週個幾兩萬億禮塊點鎊裡聽尋", "号后周个几两万亿礼块点镑里听寻")
_DIGIT_VALUES = dict(zip("零〇一二两三四五六七八九", map(int, "001223456789"), strict=True))
_DIGITS = "".join(_DIGIT_VALUES)
_NUMERAL = "零〇一二两三四五六七八九十百千万亿"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY = r"(mon|tue|wed|thu|fri|sat|sun)(?:day|s|sday|rs|rsday|nesday|urday)?"

# Longest first: 大后天 contains 后天.
_NEAR: tuple[tuple[str, int], ...] = (
    (r"day after tomorrow|(?<!大)后天|后日", 2),
    (r"大后天", 3),
    (r"day before yesterday|(?<!大)前天|前日", -2),
    (r"大前天", -3),
    (r"\b(?:tomorrow|tmrw?|tmw|2moro|tomoz)\b|明[天日早晚]|听日|翌日", 1),
    (r"\b(?:yesterday|yday|ytd|last night)\b|昨[天日晚]|寻日", -1),
    (r"\b(?:today|tonight|this (?:morning|afternoon|evening)|just now|now)\b"
     r"|今[天日早晚]|刚刚|刚才|现在|現在|剛剛|剛才", 0),
)  # fmt: skip
_TIME_WORD = re.compile(r"\d|day|week|month|year|[天日周月年号]|\b(?:" + "|".join(_MONTHS) + ")")


def read_date(text: str, language: str, today: date, *, past: bool = False) -> date | None:
    """The day that a text names, or None. A day that is said outright may lie either way."""
    plain = _normal(text)
    for rule in _DATE_RULES:
        found = rule(plain, today, past)
        if found is not None:
            return found
    return _recognised(plain, language, today, past) if _TIME_WORD.search(plain) else None


def _normal(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).lower().translate(_PLAIN).replace("礼拜", "周")
    plain = plain.replace("星期", "周").replace("周天", "周日")
    return re.sub(
        rf"[{_DIGITS}十]+(?=[号日月天年]|个?周[前后]|个月)",
        lambda match: str(_chinese_number(match.group()) or match.group()),
        plain,
    )


def _named(plain: str, today: date, past: bool) -> date | None:
    for pattern, days in _NEAR:
        if re.search(pattern, plain):
            return today + timedelta(days=days)
    return None


def _full(plain: str, today: date, past: bool) -> date | None:
    match = re.search(r"(20\d\d) ?[-/.年] ?(\d{1,2}) ?[-/.月] ?(\d{1,2})", plain)
    return _day(*map(int, match.groups())) if match else None


def _counted(plain: str, today: date, past: bool) -> date | None:
    words = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3}
    count = r"(\d{1,3}|an?|one|two|three)"
    for pattern, sign in (
        (rf"\bin {count} (day|week|month|year)s?", 1),
        (rf"{count} (day|week|month|year)s? (?:ago|back)", -1),
        (rf"{count} (day|week|month)s? (?:later|from now)", 1),
    ):
        if match := re.search(pattern, plain):
            number = words.get(match.group(1)) or int(match.group(1))
            return _shift(today, sign * number, match.group(2))
    if match := re.search(r"(\d{1,3}) ?(天|个?周|个月)之?(?:以)?([前后])", plain):
        unit = {"天": "day", "月": "month"}.get(match.group(2)[-1], "week")
        return _shift(today, int(match.group(1)) * (1 if match.group(3) == "后" else -1), unit)
    return None


def _shift(today: date, number: int, unit: str) -> date:
    if unit in ("month", "year"):
        return add_months(today, number * (12 if unit == "year" else 1))
    return today + timedelta(days=number * (7 if unit == "week" else 1))


def _month_end(plain: str, today: date, past: bool) -> date | None:
    match = re.search(
        r"(?:end|last day) of (?:the |this )?(?:(next|last) )?month|month.?end|(下|上)?个?月[底末]",
        plain,
    )
    if match is None:
        return None
    word = match.group(1) or match.group(2)
    offset = {"next": 1, "下": 1, "last": -1, "上": -1}.get(word or "", 0)
    month = add_months(today.replace(day=1), offset)
    if past and offset == 0 and today != _last_day(today):
        month = add_months(month, -1)
    return _last_day(month)


def _last_day(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _month_and_day(plain: str, today: date, past: bool) -> date | None:
    nth = r"(\d{1,2})(?:st|nd|rd|th)?"
    for pattern, order in (
        (rf"\b{nth}(?: of)? {_MONTH},?(?: (20\d\d))?", (1, 0, 2)),
        (rf"\b{_MONTH} ?{nth}\b(?:,? (20\d\d))?", (0, 1, 2)),
        (r"(\d{1,2}) ?月 ?(\d{1,2})", (0, 1, None)),
    ):
        if match := re.search(pattern, plain):
            month, day = match.groups()[order[0]], int(match.groups()[order[1]])
            number = _MONTHS.index(month[:3]) + 1 if not month.isdigit() else int(month)
            year = match.groups()[order[2]] if order[2] is not None else None
            if year:
                return _day(int(year), number, day)
            return _nearest((_day(today.year + n, number, day) for n in (-1, 0, 1)), today, past)
    return None


def _numeric(plain: str, today: date, past: bool) -> date | None:
    """5/12 both ways: the reading that lies on the wanted side and nearest to today."""
    match = re.search(
        r"(?<![\d.,])(\d{1,2})[/-](\d{1,2})(?:[/-](20\d\d|\d\d))?(?![\d.,]*\d)", plain
    )
    if match is None:
        return None
    first, second = int(match.group(1)), int(match.group(2))
    year = match.group(3)
    years = [2000 + int(year[-2:])] if year else [today.year + n for n in (-1, 0, 1)]
    readings = [_day(y, m, d) for y in years for m, d in ((first, second), (second, first))]
    wanted = _nearest(iter(readings), today, past)
    return wanted or next((day for day in readings if day), None)


def _day_of_month(plain: str, today: date, past: bool) -> date | None:
    match = re.search(
        r"(?:(下|上|本|这|這)个?月的? ?)?(?<!\d)(\d{1,2}) ?[号日](?!\d)|\b(\d{1,2})(?:st|nd|rd|th)\b",
        plain,
    )
    if match is None:
        return None
    number = int(match.group(2) or match.group(3))
    word = match.group(1) or next(iter(re.findall(r"(next|last|this) month", plain)), "")
    if word:
        offset = {"next": 1, "下": 1, "last": -1, "上": -1}.get(word, 0)
        month = add_months(today.replace(day=1), offset)
        return _day(month.year, month.month, number)
    months = [add_months(today.replace(day=1), n) for n in (-2, -1, 0, 1, 2)]
    return _nearest((_day(m.year, m.month, number) for m in months), today, past)


def _weekday(plain: str, today: date, past: bool) -> date | None:
    monday = today - timedelta(days=today.weekday())
    if match := re.search(r"(下下|下|上上|上|这|這|本)?个?周([一二三四五六日])", plain):
        day = monday + timedelta(days="一二三四五六日".index(match.group(2)))
        weeks = {"下下": 2, "下": 1, "上": -1, "上上": -2, "这": 0, "這": 0, "本": 0}
        if match.group(1):
            return day + timedelta(weeks=weeks[match.group(1)])
        return _nearest((day + timedelta(weeks=n) for n in (-1, 0, 1)), today, past)
    if match := re.search(rf"\b(?:(next|last|this)(?: week)? )?{_WEEKDAY}\b", plain):
        day = monday + timedelta(days=_WEEKDAYS.index(match.group(2)))
        if match.group(1) in ("next", "last"):
            return day + timedelta(weeks=1 if match.group(1) == "next" else -1)
        return _nearest((day + timedelta(weeks=n) for n in (-1, 0, 1)), today, past)
    return None


_DATE_RULES: tuple[Callable[[str, date, bool], date | None], ...] = (
    _full, _counted, _month_end, _month_and_day, _numeric, _day_of_month, _named, _weekday,
)  # fmt: skip


def _recognised(plain: str, language: str, today: date, past: bool) -> date | None:
    with localcontext():  # its import sets 15 digits for every Decimal of the thread
        from recognizers_date_time import recognize_datetime
        from recognizers_text import Culture

    culture = Culture.English if language == "en" else Culture.Chinese
    found = recognize_datetime(plain, culture, reference=datetime.combine(today, time()))
    days = []
    for result in found:
        for value in (result.resolution or {}).get("values", ()):
            if value.get("type") in ("date", "datetime") and value.get("value", "")[:2] == "20":
                days.append(date.fromisoformat(value["value"][:10]))
    return _nearest(iter(days), today, past) or (days[0] if days else None)


def _nearest(days: Iterator[date | None], today: date, past: bool) -> date | None:
    """The nearest day on the wanted side; today counts on both."""
    there = [day for day in days if day and (day <= today if past else day >= today)]
    return (max(there) if past else min(there)) if there else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


_NOT_MONEY = re.compile(
    rf"20\d\d ?[-/.年] ?\d{{1,2}} ?[-/.月] ?\d{{1,2}} ?[日号]?"
    rf"|(?<![\d.,])\d{{1,2}}[/-]\d{{1,2}}(?:[/-]\d{{2,4}})?(?![\d.,]*\d)"
    rf"|\d{{1,2}} ?月(?: ?\d{{1,2}} ?[日号]?)?|\d{{1,2}} ?[号日天点年期](?!\d)"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)\b(?: (?:of )?{_MONTH})?(?:,? 20\d\d)?"
    rf"|\b\d{{1,2}} {_MONTH}(?:,? 20\d\d)?|\b{_MONTH} \d{{1,2}}\b(?:,? 20\d\d)?"
    rf"|\d{{1,2}}:\d{{2}}|\b\d{{1,3}} ?(?:days?|weeks?|months?|years?|am|pm|%|times?)\b"
    rf"|\d+ ?(?:个月|个周|周|%|次|笔)|\b[a-z]+-\w+\b|\d{{10,}}"
)
_AMOUNT = re.compile(
    r"(?<![百千万亿])(?P<sign>us\$|hk\$|nt\$|rmb|cny|usd|gbp|inr|twd|hkd|rs\.?|[$¥￥£₹€])? ?"
    r"(?P<number>\d{1,3}(?:,\d{2,3})+(?:\.\d{1,3})?|\d+(?:\.\d{1,3})?|\.\d{1,2})"
    r" ?(?P<scale>k(?![a-z])|万|千|百|w(?![a-z])|lakh)?(?P<tail>[一二两三四五六七八九]|\d千?(?!\d))?"
    r" ?(?P<unit>元|块|蚊|镑|港币|台币|人民币|dollars?|bucks?|pounds?|quid|rupees?|yuan|usd|rmb|cny)?"
    r"(?P<small>\d)?"
)
_SCALES = {"k": 1_000, "千": 1_000, "万": 10_000, "w": 10_000, "百": 100, "lakh": 100_000}
_CHINESE_AMOUNT = re.compile(
    rf"(?<!\d)([{_NUMERAL}][{_NUMERAL}\d]*)(?:(?:元|块|蚊|镑)([{_DIGITS}])?)?"
)


def read_amount(text: str, currency: str) -> Money | None:
    """The amount that a text names, in `currency`; None if none or more than one plain number.

    A number with a currency sign or unit wins over bare ones; dates are not amounts.
    """
    plain = unicodedata.normalize("NFKC", text).lower().translate(_PLAIN)
    plain = _NOT_MONEY.sub(" ", _normal_days(plain))
    marked: list[Decimal] = []
    bare: list[Decimal] = []
    for match in _AMOUNT.finditer(plain):
        value = _value(match)
        (marked if match["sign"] or match["unit"] or match["scale"] else bare).append(value)
    chinese = [value for value in map(_chinese_value, _CHINESE_AMOUNT.finditer(plain)) if value]
    for values in (marked, chinese, bare):
        distinct = {value for value in values if value and 0 < value < 10**9}
        if len(distinct) == 1:
            return Money.from_decimal(distinct.pop(), currency)
    return None


def _normal_days(plain: str) -> str:
    return re.sub(
        rf"[{_DIGITS}十]+ ?(?=[号日月天点年期次笔]|周|个月|个周)|周[一二三四五六日]|[一两三几]下",
        " ",
        plain,
    )


def _value(match: re.Match[str]) -> Decimal:
    value = Decimal(match["number"].replace(",", ""))
    scale = _SCALES.get(match["scale"] or "", 1)
    value *= scale
    if tail := match["tail"]:
        next_unit = 1_000 if tail.endswith("千") else scale // 10
        digit = _DIGIT_VALUES.get(tail[0])
        value += (int(tail[0]) if digit is None else digit) * next_unit
    if match["small"] and match["unit"] in ("块", "元", "蚊"):
        value += Decimal(int(match["small"])) / 10
    return value


def _chinese_value(match: re.Match[str]) -> Decimal | None:
    numeral = match.group(1)
    has_unit = match.end(1) < match.end()
    if not has_unit and not re.search("[十百千万]", numeral):
        return None
    number = _chinese_number(numeral)
    if number is None:
        return None
    return Decimal(number) + Decimal(_DIGIT_VALUES[match.group(2) or "零"]) / 10


def _chinese_number(numeral: str) -> int | None:
    """三千五 is 3500: a last digit counts in the next smaller unit."""
    import cn2an

    if re.fullmatch(rf".*[百千万][{_DIGITS[2:]}]", numeral):
        numeral += {"万": "千", "千": "百", "百": "十"}[numeral[-2]]
    try:
        return int(cn2an.cn2an(numeral, "smart"))
    except (ValueError, KeyError):
        return None
