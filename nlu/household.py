"""Read what a household says of its month: amounts in any rhythm, durations, skips, corrections. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal
from enum import StrEnum

from lending.money import Money
from nlu.reading import read_amount, read_date

SKIP = re.compile(
    r"can'?t say|\bskip|\bpass\b|rather not|prefer not|don'?t (?:know|want to say|remember)|\bdunno\b|no idea"
    r"|not sure|next question|跳过|跳過|略过|略過|不想说|不想說|不知道|不清楚|不方便|不确定|不確定|说不准|說不準|保密",
    re.I,
)
_SKIP_WHOLE = re.compile(
    r"^\W*(?:(?:please )?skip(?: this| it| that)?(?: one)?(?: please)?|pass|(?:i(?:'d| would)? )?(?:rather not|prefer not to)(?: say| tell)?"
    r"|(?:i )?don'?t know(?: yet)?|dunno|(?:i'?m )?not sure(?: yet)?|no idea|(?:i )?can'?t say|hard to say|next(?: question)?"
    r"|跳过|跳過|略过|略過|不想说|不想說|不知道|不清楚|不方便(?:说|說)?|不确定|不確定|说不准|說不準|说不好|說不好)\W*$",
    re.I,
)
PAUSE = re.compile(
    r"\blater\b|hang on|hold on|one (?:sec|moment|minute)|give me a (?:sec|moment|minute)|\bbrb\b|wait a"
    r"|need (?:a break|to check|to look|to ask)|let me (?:check|look|ask)"
    r"|等一下|等等|等会|等會|稍等|稍后再|稍後再|晚点再|晚點再|待会|待會|先停一下|我(?:先)?查一?下|我(?:先)?看一?下",
    re.I,
)
CORRECTION = re.compile(
    r"^\W*no\b[ ,.:;-]+\S|\bi meant?\b|\bactually\b|\bsorry\b|\bmistake\b|\bcorrect(?:ion)?\b|not \d"
    r"|should be|made a typo|\btypo\b|不对|不對|不是|更正|应该是|應該是|说错|說錯|写错|寫錯|打错|打錯|改成|改为|改為|纠正|糾正",
    re.I,
)
NOTHING = re.compile(
    r"^\W*(?:0|zero|none|nothing|nil|nope|no (?:income|money|debts?|loans?|others?)(?: at all| now)?"
    r"|not (?:a|one) (?:cent|penny)|i have none|没有(?:了|收入|其他|别的)*|沒有(?:了|收入|其他|別的)*|零|一分(?:钱)?(?:都)?没有"
    r"|無|无|没收入|沒收入|暂时没有|暫時沒有|目前没有|目前沒有)\W*$",
    re.I,
)
LONGER = re.compile(
    r"\blonger\b|more (?:time|months|payments|instal+ments)|stretch|spread (?:it )?(?:out )?(?:more|further)"
    r"|更长|更長|再长|再長|长一点|長一點|长一些|長一些|久一点|久一點|多几期|多幾期|多分几期|多分幾期|分更多期|期数多|期數多|延长|延長",
    re.I,
)
LESS = re.compile(
    r"\bless\b|\blower\b|\bcheaper\b|\bsmaller\b|too (?:much|high|expensive)|still can'?t|can'?t (?:afford|manage|do) (?:that|this|it|either)"
    r"|少一点|少一點|少一些|低一点|低一點|再少|再低|太高|太多|太贵|太貴|还不起|還不起|负担不起|負擔不起|付不起|繳不起",
    re.I,
)
WHY = re.compile(
    r"\bwhy\b|how come|what makes|reason|explain|difference|compare"
    r"|为什么|為什麼|为何|為何|怎么选|怎麼選|什么区别|什麼區別|有什么不同|有什麼不同|差别|差別|理由|解释|解釋",
    re.I,
)
_EVERY = {
    "week": re.compile(r"(?:a|per|each|every|/) ?w(?:ee)?k\b|weekly|每周|每週|一周|一週|每星期|每個?礼拜|每個?禮拜", re.I),
    "fortnight": re.compile(r"fortnight|(?:every|each) (?:two|2|other) weeks?|bi-?weekly|每两周|每兩週|双周|雙週", re.I),
    "year": re.compile(r"(?:a|per|each|/) ?y(?:ea)?r\b|yearly|annual|每年|一年|年薪|年收入", re.I),
}  # fmt: skip
_TO_A_MONTH = {"week": (52, 12), "fortnight": (26, 12), "year": (1, 12)}
_MILLIONS = re.compile(r"(\d[\d,]*(?:\.\d+)?) ?(?:million|mil\b|mio\b)", re.I)
_PARTS = re.compile(r"[,;+&\n，；、。]|\band\b|\bplus\b|加上|还有|還有|另外")
_COUNTS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "couple of": 2, "few": 3,
    "一": 1, "两": 2, "兩": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
    "十": 10, "十二": 12, "几": 3, "幾": 3, "半": 0,
}  # fmt: skip
_MONTHS = re.compile(
    r"(?P<n>\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|(?:a )?couple of|(?:a )?few"
    r"|十二|[一两兩二三四五六七八九十几幾半]) ?(?:more )?(?P<unit>months?|mths?|mos?\b|years?|yrs?|weeks?|个月|個月|个半月|年|周|週|星期)",
    re.I,
)
_HALF_YEAR = re.compile(r"half (?:a )?year|half of (?:a|the) year|半年", re.I)


class Field(StrEnum):
    """What is asked of a household."""

    INCOME = "income"
    SPENDING = "spending"
    DEBTS = "debts"
    MONTHS = "months"


_NAMES = {
    Field.INCOME: re.compile(
        r"\bincome\b|\bearn|\bwage|\bsalary\b|coming in|comes in|\bbring in\b|\bbenefits?\b|收入|工资|工資|薪水|薪资|薪資|进账|進帳",
        re.I,
    ),
    Field.SPENDING: re.compile(
        r"\bspend|\brent\b|\bfood\b|\bbills?\b|goes out|\bexpens|\bcosts?\b|开销|開銷|支出|花费|花費|房租|生活费|生活費",
        re.I,
    ),
    Field.DEBTS: re.compile(
        r"\bother (?:debts?|loans?|cards?)|\bdebts?\b|其他(?:贷款|貸款|债|債|欠款)|别的贷款|別的貸款|其他还款|其他還款",
        re.I,
    ),
    Field.MONTHS: re.compile(
        r"\b(?:\d+|one|two|three|four|five|six|nine|ten|twelve|few) (?:more )?(?:months|years?)\b|how long|half a year"
        r"|(?<!每)个月|(?<!每)個月|半年|\d年|几年|幾年",
        re.I,
    ),
}


def names_field(text: str) -> Field | None:
    """The figure that a text speaks of by name; None if it names none or several."""
    named = [field for field, pattern in _NAMES.items() if pattern.search(text)]
    return named[0] if len(named) == 1 else None


def is_skip(text: str) -> bool:
    """Whether the whole message leaves the question out, and can mean nothing else."""
    return _SKIP_WHOLE.match(text.strip()) is not None


def is_nothing(text: str) -> bool:
    """Whether the whole message says that there is none: zero, not a refusal."""
    return NOTHING.match(text.strip()) is not None


def read_monthly(text: str, currency: str) -> Money | None:
    """An amount as a monthly one: a week's or a year's is turned into a month's; parts are summed.

    None for no amount; never below zero, since a minus sign is a slip.
    """
    plain = unicodedata.normalize("NFKC", text)
    if is_nothing(plain):
        return Money.zero(currency)
    if match := _MILLIONS.search(plain):
        return Money.from_decimal(Decimal(match[1].replace(",", "")) * 1_000_000, currency)
    whole = read_amount(plain, currency)
    if whole is not None:
        return _a_month(whole, plain)
    parts = [read_amount(part, currency) for part in _PARTS.split(plain.replace(",000", "000"))]
    known = [part for part in parts if part is not None]
    if len(known) < 2:
        known = _bare_numbers(plain, currency)
    if len(known) < 2:
        return None
    return _a_month(Money(sum(part.minor for part in known), currency), plain)


def _bare_numbers(plain: str, currency: str) -> list[Money]:
    """ "rent 800 food 300": each number on its own, if words stand between them."""
    numbers = re.findall(r"(?<![\d.,])\d{1,7}(?:\.\d{1,2})?(?![\d.,]*\d)", plain)
    if len(numbers) < 2 or not re.search(r"\d\D*[a-z\u4e00-\u9fff]\D*\d", plain, re.I):
        return []
    return [Money.from_decimal(Decimal(number), currency) for number in numbers]


def _a_month(amount: Money, text: str) -> Money:
    for rhythm, pattern in _EVERY.items():
        if pattern.search(text) and not re.search(r"month|每月|每个月|每個月", text, re.I):
            times, by = _TO_A_MONTH[rhythm]
            return Money(amount.minor * times // by, amount.currency)
    return amount


def is_negative(text: str) -> bool:
    """Whether the amount carries a minus sign."""
    return re.match(r"^\W{0,2}[-−－]\s?[$¥￥£₹€]?\d", text.strip()) is not None


def read_months(text: str, language: str, today: date) -> int | None:
    """How long something is expected to last, in months, rounded up; negative for a day that passed."""
    plain = unicodedata.normalize("NFKC", text).lower().strip()
    if _HALF_YEAR.search(plain):
        return 6
    if match := _MONTHS.search(plain):
        count = _count(match["n"])
        unit = match["unit"]
        if unit.startswith(("y", "年")):
            return count * 12 if count else 6
        if unit.startswith(("w", "周", "週", "星")):
            return max(-(-count * 12 // 52), 1)
        return max(count, 1)
    if plain.isdigit():
        return int(plain)
    if (day := read_date(plain, language, today) or _named_month(plain, today)) is None:
        return None
    if day < today:
        return -1
    months = (day.year - today.year) * 12 + day.month - today.month
    return max(months + (day.day > today.day), 1)


_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAME = re.compile(
    r"(?:until|till|til|through|to|by) (?:the )?(?:end of |start of |beginning of )?"
    rf"({'|'.join(_MONTH_NAMES)})[a-z]*\b|(?:到|至)(?:明年)?(\d{{1,2}})月"
)


def _named_month(plain: str, today: date) -> date | None:
    """The first day of the next month of that name: "until March"."""
    match = _MONTH_NAME.search(plain)
    if match is None:
        return None
    number = _MONTH_NAMES.index(match[1]) + 1 if match[1] else int(match[2])
    if not 1 <= number <= 12:
        return None
    return date(today.year + (number <= today.month), number, 1)


def _count(word: str) -> int:
    word = word.removeprefix("a ") if word.startswith("a ") else word
    return int(word) if word.isdigit() else _COUNTS[word]


_LETTER = re.compile(
    r"^\W*(?:(?:i(?:'ll| will| would)?(?: like to)? )?(?:choose|take|go (?:with|for)|pick|want|like|prefer)?\s*(?:plan|option|choice)?"
    r"|(?:就)?(?:选|選|要|我选|我選|我要|用)?\s*(?:方案|计划|計畫|第)?)\s*(?P<letter>[abc1-3]|一|二|三|甲|乙|丙)"
    r"\s*(?:吧|个|個|号|號|please|pls|thanks|is (?:fine|good|ok(?:ay)?)|looks good|sounds good|可以|好了?|方案)?\W*$",
    re.I,
)
_NTH = (
    re.compile(r"\bfirst\b|第一|前一个|前一個|前面那", re.I),
    re.compile(r"\bsecond\b|第二|后一个|後一個|后面那|後面那", re.I),
    re.compile(r"\bthird\b|第三", re.I),
)
_LETTERS = {
    "a": 0,
    "1": 0,
    "一": 0,
    "甲": 0,
    "b": 1,
    "2": 1,
    "二": 1,
    "乙": 1,
    "c": 2,
    "3": 2,
    "三": 2,
    "丙": 2,
}


def read_choice(text: str, count: int) -> int | None:
    """Which of `count` lettered offers a text chooses, from 0; None if it chooses none of them."""
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    match = _LETTER.match(plain)
    place = _LETTERS[match["letter"]] if match else None
    if place is None and len(plain) <= 40:
        named = [index for index, pattern in enumerate(_NTH) if pattern.search(plain)]
        place = named[0] if len(named) == 1 else None
    return place if place is not None and place < count else None


def mentioned_choice(text: str, count: int) -> int | None:
    """An offer that is spoken of ("why A", "B为什么"), from 0."""
    named = re.findall(r"(?<![a-z])([abc])(?![a-z'])", unicodedata.normalize("NFKC", text).lower())
    places = {"abc".index(letter) for letter in named if letter != "a" or len(named) == 1}
    # "a" alone is mostly the article; it counts as a letter only when written as one.
    if places == {0} and not re.search(r"\bA\b", text):
        return None
    return places.pop() if len(places) == 1 and max(places) < count else None


_A_MONTH = re.compile(r"(?:a|per|each|every|/) ?(?:month|mth|mo\b)|monthly|每(?:个|個)?月", re.I)
_OF_HOUSEHOLD = re.compile(
    r"income|earn|wage|salary|rent\b|bills?\b|spend|收入|工资|工資|薪|房租|开销|開銷", re.I
)


def wished_payment(text: str, currency: str) -> Money | None:
    """ "Can I pay 100 a month": a monthly payment that somebody asks for or offers."""
    if not _A_MONTH.search(text) or _OF_HOUSEHOLD.search(text):
        return None
    amount = read_monthly(text, currency)
    return amount if amount else None
