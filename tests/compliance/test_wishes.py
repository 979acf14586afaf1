"""Wishes: what each kind closes, how long it holds, and that its record reads back the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.wish_effects import closes, holds, replaces
from compliance.wish_records import KINDS, from_json, kind_of, to_json
from compliance.wishes import (
    DAY_MINUTES,
    WEEK,
    WORKDAYS,
    BadWish,
    Cease,
    ChannelConsent,
    ConsentType,
    Deceased,
    EmployerProhibits,
    InconvenientPlace,
    InconvenientTime,
    KeptWish,
    Medium,
    OnlyBorrower,
    OptOut,
    Place,
    PreferredChannel,
    PreferredHours,
    PreferredLanguage,
    Representation,
    Said,
    Weekday,
    Window,
    Wish,
    WishId,
    WrongPerson,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TODAY = NOON.date()

windows = st.tuples(st.integers(0, DAY_MINUTES - 1), st.integers(1, DAY_MINUTES)).filter(
    lambda pair: pair[0] < pair[1]
)
window = windows.map(lambda pair: Window(start_minute=pair[0], end_minute=pair[1]))
days = st.sets(st.sampled_from(WEEK), min_size=1).map(lambda s: tuple(d for d in WEEK if d in s))
some_day = st.none() | st.dates(date(2026, 1, 1), date(2030, 1, 1))
media = st.none() | st.sampled_from(Medium)
wishes: st.SearchStrategy[Wish] = st.one_of(
    st.builds(OptOut, channel=media, address=st.none() | st.text(max_size=20)),
    st.builds(InconvenientTime, days=days, window=window, until_on=some_day),
    st.builds(PreferredHours, days=days, window=window, until_on=some_day),
    st.builds(InconvenientPlace, place=st.sampled_from(Place)),
    st.builds(PreferredChannel, channel=st.sampled_from(Medium)),
    st.builds(PreferredLanguage, language=st.sampled_from(["en", "zh-Hans", "zh-Hant"])),
    st.builds(Representation, contact_known=st.booleans()),
    st.builds(
        ChannelConsent,
        type=st.sampled_from([ConsentType.CHANNEL, ConsentType.EXTRA_CALLS]),
        channel=media,
        valid_from=some_day,
        valid_until=some_day,
    ),
    st.builds(ChannelConsent, type=st.just(ConsentType.CONTACT_TIME), window=window),
    st.sampled_from([EmployerProhibits(), OnlyBorrower(), Cease(), WrongPerson(), Deceased()]),
)


def kept(wish: Wish, **ended: object) -> KeptWish:
    said = Said(wish=wish, source="chat", said_at=NOON)
    return replace(KeptWish(id=WishId(1), borrower_id=None, said=said), **ended)  # type: ignore[arg-type]


@given(wishes)
@settings(max_examples=300, deadline=None)
def test_a_record_reads_back_as_the_same_wish(wish: Wish) -> None:
    assert from_json(kind_of(wish), to_json(wish)) == wish


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("wishful", {}),
        ("opt_out", {"channel": "pigeon"}),
        ("opt_out", {"until": "2026-01-01"}),
        ("preferred_channel", {}),
        ("preferred_hours", {"window": {"start_minute": 600, "end_minute": 600}}),
        ("preferred_hours", {"window": {"start_minute": 0, "end_minute": 1441}}),
        ("inconvenient_time", {"days": []}),
        ("inconvenient_time", {"days": ["tue", "mon"]}),
        ("inconvenient_time", {"until_on": "soon"}),
        ("consent", {"type": "contact_time"}),
        ("consent", {"type": "channel", "window": {"start_minute": 0, "end_minute": 60}}),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_hint(kind: str, values: dict[str, object]) -> None:
    with pytest.raises(BadWish) as refused:
        from_json(kind, values)
    assert refused.value.hint


def test_every_kind_has_a_name_and_every_name_a_kind() -> None:
    assert len(set(KINDS.values())) == len(KINDS) == 13


@pytest.mark.parametrize(
    ("wish", "closed"),
    [
        (OptOut(), set(Medium)),
        (Cease(), set(Medium)),
        (OptOut(channel=Medium.CALL), {Medium.CALL}),
        (OptOut(channel=Medium.CALL, address="+1 555 0100"), set()),
        (PreferredChannel(channel=Medium.EMAIL), set(Medium) - {Medium.EMAIL}),
        (PreferredHours(), set()),
        (Representation(), set()),
    ],
)
def test_what_a_wish_closes(wish: Wish, closed: set[Medium]) -> None:
    assert closes(wish) == closed


@given(days, window, st.sampled_from(WEEK), st.integers(0, DAY_MINUTES - 1))
@settings(max_examples=300, deadline=None)
def test_preferred_hours_close_every_other_minute_of_the_week_and_no_more(
    on: tuple[Weekday, ...], hours: Window, day: Weekday, minute: int
) -> None:
    wanted = day in on and hours.start_minute <= minute < hours.end_minute
    closed = any(
        day in time.days and time.window.start_minute <= minute < time.window.end_minute
        for time in PreferredHours(days=on, window=hours).closed()
    )
    assert closed is not wanted


def test_a_wish_holds_from_when_it_was_said_until_its_end_or_last_day() -> None:
    second = timedelta(seconds=1)
    standing = kept(OptOut())
    assert holds(standing, NOON, TODAY) and not holds(standing, NOON - second, TODAY)
    ended = kept(OptOut(), ended_at=NOON + second, ended_by="chat")
    assert holds(ended, NOON, TODAY) and not holds(ended, NOON + second, TODAY)
    pause = kept(InconvenientTime(until_on=TODAY))
    assert holds(pause, NOON, TODAY) and not holds(pause, NOON, TODAY + timedelta(days=1))


def test_hours_channel_and_language_are_single_and_the_rest_adds_up() -> None:
    evening = PreferredHours(window=Window(start_minute=1080))
    assert replaces(evening, PreferredHours(days=WORKDAYS))
    assert not replaces(evening, InconvenientTime())
    assert not replaces(InconvenientTime(days=WORKDAYS), InconvenientTime())
