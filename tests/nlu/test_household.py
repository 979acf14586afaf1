"""What a household says of its month, in the forms that people use."""

from __future__ import annotations

from datetime import date

import pytest

from lending.money import Money
from nlu import household
from nlu.household import Field

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1400", 1_400_00),
        ("maybe 1400 with benefits", 1_400_00),
        ("about 2k", 2_000_00),
        ("$1,350.50 a month", 1_350_50),
        ("350 a week", 1_516_66),
        ("700 every two weeks", 1_516_66),
        ("24000 a year", 2_000_00),
        ("rent 800, food 300, bills 150", 1_250_00),
        ("rent 800 food 300", 1_100_00),
        ("800 and 300", 1_100_00),
        ("none", 0),
        ("no income", 0),
        ("没有", 0),
        ("三千五", 3_500_00),
        ("大概5000块", 5_000_00),
        ("房租2000，吃饭1500", 3_500_00),
        ("每周800", 3_466_66),
        ("1.2万", 12_000_00),
        ("10 million", 10_000_000_00),
        ("月收入三千", 3_000_00),
    ],
)
def test_an_amount_becomes_a_monthly_one(text: str, minor: int) -> None:
    assert household.read_monthly(text, "USD") == Money(minor, "USD")


@pytest.mark.parametrize("text", ["hello", "I don't know", "", "why do you ask", "下周"])
def test_no_amount_is_none(text: str) -> None:
    assert household.read_monthly(text, "USD") is None


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("about 6 months", 6), ("half a year", 6), ("a year", 12), ("2 years", 24), ("six months", 6),
        ("8 weeks", 2), ("until March", 4), ("半年", 6), ("三个月", 3), ("大概一年", 12), ("3", 3),
        ("到明年3月1日", 4), ("until last Friday 2020-01-01", -1), ("soon", None),
    ],
)  # fmt: skip
def test_a_length_of_time_becomes_months(text: str, months: int | None) -> None:
    language = "en" if text.isascii() else "zh-Hans"
    assert household.read_months(text, language, TODAY) == months


@pytest.mark.parametrize(
    ("text", "count", "place"),
    [
        ("A", 2, 0), ("b please", 2, 1), ("I'll take plan B", 2, 1), ("option 2", 3, 1), ("the first one", 2, 0),
        ("选B吧", 2, 1), ("方案A", 2, 0), ("第二个", 2, 1), ("就用A", 1, 0), ("C", 2, None),
        ("what is a plan", 2, None), ("a person please", 2, None), ("I want to pay 1 dollar", 2, None),
    ],
)  # fmt: skip
def test_a_choice_is_a_letter_or_a_place(text: str, count: int, place: int | None) -> None:
    assert household.read_choice(text, count) == place


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("skip", True), ("I'd rather not say", True), ("跳过", True), ("说不准", True), ("can't say", True),
        ("I'd rather not be here any more", False), ("I can't go on", False), ("pass me to a person", False),
    ],
)  # fmt: skip
def test_a_skip_is_the_whole_message_or_none(text: str, is_one: bool) -> None:
    """Despair must never be read as a skipped question."""
    assert household.is_skip(text) is is_one


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("income 1500 a month", Field.INCOME), ("收入改成4500", Field.INCOME), ("rent is 900", Field.SPENDING),
        ("only 3 months", Field.MONTHS), ("what if 60 a month", None), ("每个月300", None),
        ("rent takes all my income", None),
    ],
)  # fmt: skip
def test_the_figure_that_is_named(text: str, field: Field | None) -> None:
    assert household.names_field(text) == field


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("can I pay 60 a month instead", 60_00), ("每月还300可以吗", 300_00), ("what if 300 a month", 300_00),
        ("I earn 1400 a month", None), ("I will pay 80 on friday", None),
    ],
)  # fmt: skip
def test_a_wished_monthly_payment(text: str, minor: int | None) -> None:
    wished = household.wished_payment(text, "USD")
    assert wished == (None if minor is None else Money(minor, "USD"))
