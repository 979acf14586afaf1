"""Days and amounts in the forms that people type. Monday 23 November 2026."""

import subprocess
import sys
from datetime import date

import pytest

from lending.money import Money
from nlu.reading import read_amount, read_date

TODAY = date(2026, 11, 23)

AHEAD = [
    ("today", "en", date(2026, 11, 23)),
    ("tmr", "en", date(2026, 11, 24)),
    ("the day after tomorrow", "en", date(2026, 11, 25)),
    ("next friday", "en", date(2026, 12, 4)),
    ("friday", "en", date(2026, 11, 27)),
    ("this friday please", "en", date(2026, 11, 27)),
    ("on thurs", "en", date(2026, 11, 26)),
    ("wednesday", "en", date(2026, 11, 25)),
    ("the 20th", "en", date(2026, 12, 20)),
    ("the 30th", "en", date(2026, 11, 30)),
    ("the 5th of next month", "en", date(2026, 12, 5)),
    ("on 5 Dec", "en", date(2026, 12, 5)),
    ("Dec 5th", "en", date(2026, 12, 5)),
    ("5th of january", "en", date(2027, 1, 5)),
    ("march 3 2027", "en", date(2027, 3, 3)),
    ("end of the month", "en", date(2026, 11, 30)),
    ("month end", "en", date(2026, 11, 30)),
    ("end of next month", "en", date(2026, 12, 31)),
    ("in 3 days", "en", date(2026, 11, 26)),
    ("in two weeks", "en", date(2026, 12, 7)),
    ("in two years", "en", date(2028, 11, 23)),
    ("2026-11-30", "en", date(2026, 11, 30)),
    ("03/12/2026", "en", date(2026, 12, 3)),
    ("12/5", "en", date(2026, 12, 5)),
    ("25/12", "en", date(2026, 12, 25)),
    ("今天", "zh-Hans", date(2026, 11, 23)),
    ("明天", "zh-Hans", date(2026, 11, 24)),
    ("大后天", "zh-Hans", date(2026, 11, 26)),
    ("后天吧", "zh-Hans", date(2026, 11, 25)),
    ("後天", "zh-Hant", date(2026, 11, 25)),
    ("20号", "zh-Hans", date(2026, 12, 20)),
    ("30號", "zh-Hant", date(2026, 11, 30)),
    ("十五号", "zh-Hans", date(2026, 12, 15)),
    ("下个月5号", "zh-Hans", date(2026, 12, 5)),
    ("下個月十五號", "zh-Hant", date(2026, 12, 15)),
    ("月底", "zh-Hans", date(2026, 11, 30)),
    ("下月底", "zh-Hans", date(2026, 12, 31)),
    ("周五", "zh-Hans", date(2026, 11, 27)),
    ("下周五", "zh-Hans", date(2026, 12, 4)),
    ("下禮拜五", "zh-Hant", date(2026, 12, 4)),
    ("这个星期天", "zh-Hans", date(2026, 11, 29)),
    ("三天后", "zh-Hans", date(2026, 11, 26)),
    ("兩個禮拜後", "zh-Hant", date(2026, 12, 7)),
    ("12月5日", "zh-Hans", date(2026, 12, 5)),
    ("十二月五号", "zh-Hans", date(2026, 12, 5)),
    ("2027年1月3日", "zh-Hans", date(2027, 1, 3)),
    ("next friday 可以吗", "zh-Hans", date(2026, 12, 4)),
    ("yesterday", "en", date(2026, 11, 22)),
]

BEHIND = [
    ("yesterday", "en", date(2026, 11, 22)),
    ("I paid last friday", "en", date(2026, 11, 20)),
    ("friday", "en", date(2026, 11, 20)),
    ("the 20th", "en", date(2026, 11, 20)),
    ("the 30th", "en", date(2026, 10, 30)),
    ("on 5 Dec", "en", date(2025, 12, 5)),
    ("20 nov", "en", date(2026, 11, 20)),
    ("11/20", "en", date(2026, 11, 20)),
    ("3 days ago", "en", date(2026, 11, 20)),
    ("a week ago", "en", date(2026, 11, 16)),
    ("昨天转的，500块", "zh-Hans", date(2026, 11, 22)),
    ("20号还的", "zh-Hans", date(2026, 11, 20)),
    ("前天", "zh-Hans", date(2026, 11, 21)),
    ("上週五", "zh-Hant", date(2026, 11, 20)),
    ("上个月28号", "zh-Hans", date(2026, 10, 28)),
    ("三天前", "zh-Hans", date(2026, 11, 20)),
    ("上个月底", "zh-Hans", date(2026, 10, 31)),
]

NO_DATE = [
    ("how much do i owe", "en"),
    ("how much do i owe this month", "en"),
    ("i don't know", "en"),
    ("may i ask something", "en"),
    ("i decided 5 times", "en"),
    ("no, it was 50", "en"),
    ("182.40", "en"),
    ("$1,200.50", "en"),
    ("这个月还多少", "zh-Hans"),
    ("我有問題想問", "zh-Hant"),
    ("三千五", "zh-Hans"),
    ("32nd of nothing", "en"),
]

AMOUNTS = [
    ("$1,200.50", 1200_50),
    ("182.40", 182_40),
    ("50 bucks", 50_00),
    ("no, it was 50", 50_00),
    ("make it 100", 100_00),
    ("改成600", 600_00),
    ("i have 2 kids", None),
    ("1.2k", 1200_00),
    ("3,500", 3500_00),
    ("3500块", 3500_00),
    ("￥3,500", 3500_00),
    ("500蚊", 500_00),
    ("500 元", 500_00),
    ("三千五", 3500_00),
    ("两万3千", 23000_00),
    ("一萬二", 12000_00),
    ("1万2", 12000_00),
    ("3万5千", 35000_00),
    ("1.5万", 15000_00),
    ("三百二十块五", 320_50),
    ("五十块", 50_00),
    ("12块5", 12_50),
    ("I paid $182.40 on 20 Nov", 182_40),
    ("paid 50 on the 3rd", 50_00),
    ("昨天转的，500块", 500_00),
    ("20号转了500", 500_00),
    ("11月20日还了1326.5", 1326_50),
    ("the 20th", None),
    ("20 nov", None),
    ("2026-11-20", None),
    ("11/20", None),
    ("三天前", None),
    ("五号", None),
    ("yesterday", None),
    ("50 or 60", None),
    ("0", None),
    ("PL-ANN", None),
    ("call me on 13800138000", None),
    ("100000000000", None),
]


@pytest.mark.parametrize(("text", "language", "day"), AHEAD)
def test_a_day_ahead_is_read(text: str, language: str, day: date) -> None:
    assert read_date(text, language, TODAY) == day


@pytest.mark.parametrize(("text", "language", "day"), BEHIND)
def test_a_day_behind_is_read(text: str, language: str, day: date) -> None:
    assert read_date(text, language, TODAY, past=True) == day


@pytest.mark.parametrize(("text", "language"), NO_DATE)
def test_no_day_is_read_where_there_is_none(text: str, language: str) -> None:
    assert read_date(text, language, TODAY) is None


@pytest.mark.parametrize(("text", "minor"), AMOUNTS)
def test_an_amount_is_read(text: str, minor: int | None) -> None:
    expected = None if minor is None else Money(minor, "USD")
    assert read_amount(text, "USD") == expected


def test_an_amount_has_the_decimals_of_its_currency() -> None:
    assert read_amount("3,500", "JPY") == Money(3500, "JPY")
    assert read_amount("1.250", "KWD") == Money(1250, "KWD")


def test_reading_a_rare_date_leaves_the_precision_of_amounts_alone() -> None:
    """recognizers-text sets 15 digits for the whole thread when it is imported."""
    code = (
        "from datetime import date; from decimal import getcontext; from nlu.reading.rare_days import rare_day;"
        " rare_day('the third monday of may', 'en', date(2026, 11, 23), past=False);"
        " print(getcontext().prec)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["28"]
