"""What is read of contact wishes, phrase by phrase; see wish_table.py for the notation."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.languages import detect_language
from compliance.wishes import (
    ALL_DAY,
    WEEK,
    Cease,
    Deceased,
    EmployerProhibits,
    InconvenientPlace,
    InconvenientTime,
    OnlyBorrower,
    OptOut,
    PreferredChannel,
    PreferredHours,
    PreferredLanguage,
    Representation,
    Weekday,
    Wish,
    WrongPerson,
)
from nlu.wishes import STOP_CHAT, Outcome, read_wishes
from tests.nlu.wish_table import CHINESE, ENGLISH

MONDAY = date(2026, 11, 23)
TABLE = (*ENGLISH, *CHINESE)
_NAMES = {
    EmployerProhibits: "employer",
    OnlyBorrower: "only-me",
    Representation: "lawyer",
    WrongPerson: "wrong",
    Cease: "cease",
    Deceased: "deceased",
}


def notation(wish: Wish) -> str:
    match wish:
        case OptOut(channel=channel):
            return f"no:{channel or '*'}"
        case PreferredChannel(channel=channel):
            return f"only:{channel}"
        case InconvenientTime(days=days, window=window, until_on=until) if until:
            assert (days, window) == (WEEK, ALL_DAY)
            return f"pause:{until}"
        case InconvenientTime():
            return f"not:{wish.window.start}-{wish.window.end}{_days(wish.days)}"
        case PreferredHours():
            return f"hours:{wish.window.start}-{wish.window.end}{_days(wish.days)}"
        case InconvenientPlace(place=place):
            return f"place:{place}"
        case PreferredLanguage(language=language):
            return f"lang:{language}"
        case _:
            return _NAMES[type(wish)]


def _days(days: tuple[Weekday, ...]) -> str:
    if days == WEEK:
        return ""
    first, last = WEEK.index(days[0]), WEEK.index(days[-1])
    if len(days) > 1 and last - first == len(days) - 1:
        return f"@{days[0]}-{days[-1]}"
    return "@" + ",".join(days)


def read(text: str) -> str:
    reading = read_wishes(text, detect_language(text, "en"), MONDAY)
    match reading.outcome:
        case Outcome.WISHES:
            return " ".join(map(notation, reading.wishes))
        case Outcome.STOP_AND_ASK:
            assert reading.wishes == (STOP_CHAT,)
            return "ask"
        case Outcome.NOTHING:
            assert reading.wishes == ()
            return "-"
        case other:
            assert reading.wishes == ()
            return other.value


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_a_phrase_is_read_as_it_was_meant(text: str, expected: str) -> None:
    assert sorted(read(text).split()) == sorted(expected.split())


def test_the_table_is_large_and_speaks_both_languages() -> None:
    assert len({text for text, _ in TABLE}) == len(TABLE) >= 200
    assert len(ENGLISH) >= 100 and len(CHINESE) >= 100


@given(st.text(max_size=80), st.sampled_from(["en", "zh-Hans", "zh-Hant"]))
@settings(max_examples=200, deadline=None)
def test_whatever_is_typed_gives_a_reading(text: str, language: str) -> None:
    reading = read_wishes(text, language, MONDAY)
    keeps = reading.outcome in (Outcome.WISHES, Outcome.STOP_AND_ASK)
    assert bool(reading.wishes) == keeps


@given(
    st.lists(st.sampled_from([text for text, _ in TABLE]), min_size=2, max_size=3),
    st.sampled_from([", ", " ", "。", "\n"]),
)
@settings(max_examples=150, deadline=None)
def test_several_wishes_in_one_message_give_a_reading(texts: list[str], mark: str) -> None:
    reading = read_wishes(mark.join(texts), "en", MONDAY)
    assert len(set(reading.wishes)) == len(reading.wishes)
    assert sum(isinstance(wish, PreferredHours) for wish in reading.wishes) <= 1
