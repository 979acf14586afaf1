"""Languages, formats, typed commands and pictures."""

from datetime import date

import pytest
from PIL import ImageFont

from bot.formats import Formats
from bot.languages import detect_language, language_asked_for, language_from_tag
from bot.pictures import FONTS, LABELS, schedule_picture
from bot.typed import is_stop_word, read_command
from lending.money import Money
from lending.position import position_of
from store.db import Database
from tests.house import NOW, digest


@pytest.mark.parametrize(
    ("text", "current", "expected"),
    [
        ("how much do i owe", "zh-Hans", "en"),
        ("这个月还多少", "en", "zh-Hans"),
        ("這個月要繳多少", "en", "zh-Hant"),
        ("我想 delay 一下 payment", "en", "zh-Hans"),
        ("我想 delay 一下 payment", "zh-Hant", "zh-Hant"),
        ("ok", "zh-Hant", "zh-Hant"),
        ("ok", "en", "en"),
        ("20", "zh-Hans", "zh-Hans"),
        ("😀", "zh-Hant", "zh-Hant"),
        ("今日は", "en", "en"),
    ],
)
def test_the_language_of_a_message(text: str, current: str, expected: str) -> None:
    assert detect_language(text, current) == expected


def test_asking_for_a_language_and_reading_tags() -> None:
    assert language_asked_for("English please", "zh-Hans") == "en"
    assert language_asked_for("可以說中文嗎", "zh-Hant") == "zh-Hant"
    assert language_asked_for("speak Chinese", "en") == "zh-Hans"
    assert language_asked_for("繁體", "zh-Hans") == "zh-Hant"
    assert language_asked_for("another one", "en") is None
    tags = ("zh-TW", "zh-hk", "zh-CN", "en-GB", "fr")
    assert [language_from_tag(tag, "en") for tag in tags] == [
        "zh-Hant", "zh-Hant", "zh-Hans", "en", "en",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "country", "money", "shown"),
    [
        ("en", "US", Money(132650, "USD"), "$1,326.50"),
        ("en", "GB", Money(132650, "GBP"), "£1,326.50"),
        ("en", "IN", Money(18240000, "INR"), "₹1,82,400.00"),
        ("zh-Hans", "CN", Money(132650, "CNY"), "¥1,326.50"),
        ("zh-Hant", "GB", Money(132650, "GBP"), "£1,326.50"),
        ("en", "US", Money(1500, "JPY"), "¥1,500"),
        ("en", "US", Money(1500, "KWD"), "KWD1.500"),
    ],
)
def test_money_as_the_borrower_reads_it(
    language: str, country: str, money: Money, shown: str
) -> None:
    formatted = Formats(language, country, date(2026, 11, 23)).money(money)
    assert formatted.replace("\xa0", "") == shown


def test_days_with_weekday_and_another_year_spelled_out() -> None:
    day, later = date(2026, 11, 20), date(2027, 1, 2)
    shown = [
        (f.day(day), f.day(later))
        for f in (Formats(language, None, date(2026, 11, 23)) for language in LABELS)
    ]
    assert shown == [
        ("Fri 20 Nov", "Sat 2 Jan 2027"),
        ("11月20日（周五）", "2027年1月2日（周六）"),
        ("11月20日（週五）", "2027年1月2日（週六）"),
    ]


def test_commands_and_stop_words() -> None:
    command = read_command("/start@northbank_bot abc")
    assert command is not None and (command.name, command.argument) == ("start", "abc")
    assert read_command("/restart") is None
    assert read_command("how /start") is None
    assert is_stop_word(" STOP! ") and not is_stop_word("stop asking, I will pay")


@pytest.mark.parametrize("language", list(LABELS))
def test_the_picture_shows_the_open_rows_and_has_a_glyph_for_each_character(
    database: Database, language: str
) -> None:
    from store.seed import seed_demo

    seed_demo(database, today=NOW.date(), now=NOW, digest=digest)
    with database.unit() as uow:
        file = uow.accounts.by_reference("PL-WEI")
    assert file is not None
    position = position_of(file, NOW.date())
    formats = Formats(language, "CN", NOW.date())
    picture = schedule_picture(position, "PL-WEI", formats)
    assert picture.png.startswith(b"\x89PNG")
    assert position.next_due is not None
    assert formats.money(position.next_due.amount) in picture.alt
    font = ImageFont.truetype(
        str(FONTS / f"picture-{'tc' if language == 'zh-Hant' else 'sc'}.otf"), 20
    )
    missing = font.getmask("\U0010ffff").getbbox()
    lacking = [c for c in picture.alt if not c.isspace() and _looks_like(font, c, missing)]
    assert lacking == []


def _looks_like(font: ImageFont.FreeTypeFont, character: str, missing: object) -> bool:
    pixels = bytes(font.getmask(character))
    return pixels == bytes(font.getmask("\U0010ffff"))
