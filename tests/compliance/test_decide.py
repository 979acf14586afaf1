"""Edges of a decision: clock changes, wrong questions, kept counts, and the first open instant."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.attempt import Attempt, Decision
from compliance.checks_disputes import is_federal_holiday, validation_period_end
from compliance.decide import BROKEN_INPUT, BROKEN_PROFILE, decide, decide_or_block
from compliance.errors import HistoryOutOfOrder, NaiveTime, UnknownZone
from compliance.facts import BorrowerState, Facts
from compliance.history import History
from compliance.profile_file import available_profiles, load_profile
from compliance.records import Cease, Consent, InconvenientTime
from compliance.terms import Channel, ConsentType, Effect, Purpose
from compliance.vectors import parse_vector
from compliance.zones import DAY, instant_of, seconds_of, zone_clock
from tests.compliance.asking import Asked, happened, utc
from tests.compliance.situations import random_vector

PROFILES = available_profiles()


def at_night(start: str, end: str) -> dict[str, object]:
    def second(text: str) -> int:
        return int(text[:2]) * 3600 + int(text[3:]) * 60

    block = InconvenientTime(days=frozenset(range(7)), start=second(start), end=second(end))
    return {"inconvenient_times": (block,)}


@pytest.mark.parametrize(
    ("zone", "asked", "until"),
    [
        ("America/New_York", "2026-03-08T05:00", "2026-03-08T12:00"),  # the night loses an hour
        ("America/New_York", "2026-11-01T04:00", "2026-11-01T13:00"),  # and gains one
        ("Europe/London", "2026-03-28T22:00", "2026-03-29T07:00"),
        ("America/New_York", "2028-02-29T02:00", "2028-02-29T13:00"),
        ("Asia/Kathmandu", "2026-06-10T16:00", "2026-06-11T02:15"),
        ("Australia/Lord_Howe", "2026-10-03T12:00", "2026-10-03T21:00"),  # moves by half an hour
        ("America/Santiago", "2026-09-06T02:00", "2026-09-06T11:00"),  # midnight does not exist
    ],
)
def test_hours_across_clock_changes(zone: str, asked: str, until: str) -> None:
    decision = Asked(profile="us", zone=zone, at=asked).decision()

    assert (decision.effect, decision.until) == (Effect.DELAY, utc(until))


@pytest.mark.parametrize(
    ("asked", "until"),
    [
        ("2026-03-08T06:59:59", None),  # 01:59:59, before the gap
        ("2026-03-08T07:00", "2026-03-08T07:30"),  # 02:00 is 03:00: inside until 03:30
        ("2026-11-01T05:15", "2026-11-01T05:30"),  # 01:15 the first time
        ("2026-11-01T06:15", "2026-11-01T06:30"),  # 01:15 the second time
    ],
)
def test_a_borrowers_time_in_the_gap_and_twice(asked: str, until: str | None) -> None:
    state = at_night("02:30", "03:30") if "-03-" in asked else at_night("01:00", "01:30")
    consent = Consent(
        type=ConsentType.CONTACT_TIME,
        channel=Channel.CHAT,
        given_at=utc("2025-12-01T00:00"),
        to_sender=True,
        window=(0, 0),
    )
    question = Asked(profile="fl-like", at=asked, state={**state, "consents": (consent,)})
    facts, clock = question.facts(), zone_clock("America/New_York")
    from compliance.case import Case
    from compliance.checks_hours import InconvenientTimes

    case = Case(question.attempt(), facts, History())
    opens = InconvenientTimes().opens(case, case.at)

    assert opens == (case.at if until is None else seconds_of(utc(until)))
    assert clock.local(case.at) // DAY == case.day


def test_far_zones_share_hours_in_one_season_only() -> None:
    zones = ("America/New_York", "Asia/Shanghai")
    asked = Asked(profile="us", zone="Europe/London", zones=zones, at="2027-02-03T17:07")

    assert asked.decision().until == utc("2027-03-14T12:00")


def test_no_time_is_left() -> None:
    decision = Asked(profile="us", state=at_night("00:00", "24:00")).decision()

    assert (decision.effect, decision.until) == (Effect.BLOCK, None)
    assert decision.rules == ("US-1006.6-b-1-INC",)


def test_consent_that_begins_later_opens_the_calls() -> None:
    monday = Consent(
        type=ConsentType.EXTRA_CALLS,
        channel=Channel.CALL,
        given_at=utc("2026-04-03T14:05"),
        to_sender=True,
        valid_from=date(2026, 4, 6),
        valid_until=date(2026, 4, 6),
    )
    asked = Asked(
        profile="us",
        channel="call",
        automated=False,
        at="2026-04-04T14:00",
        history=happened("2026-04-03T14:00 call"),
        state={"consents": (monday,)},
    )

    assert asked.decision().until == utc("2026-04-06T12:00")


@pytest.mark.parametrize("years", [(2026, 2030)])
def test_federal_holidays(years: tuple[int, int]) -> None:
    named = [
        date(2026, 1, 19), date(2026, 2, 16), date(2026, 5, 25), date(2026, 6, 19),
        date(2026, 9, 7), date(2026, 10, 12), date(2026, 11, 26), date(2030, 1, 21),
    ]  # fmt: skip
    assert all(is_federal_holiday(day) for day in named)
    assert not is_federal_holiday(date(2026, 7, 3)), "a day in lieu is not named by 6103(a)"
    # Thanksgiving and two week-ends: 24, 25, 27, 30 November and 1 December are counted.
    assert validation_period_end(date(2026, 11, 23)) == date(2026, 12, 31)


def test_wrong_questions_are_named_and_refused() -> None:
    good = Asked(profile="us")
    with pytest.raises(NaiveTime, match="attempt"):
        replace(good.attempt(), at=datetime(2026, 6, 10))
    with pytest.raises(NaiveTime, match=r"Cease\.received_at"):
        Cease(received_at=datetime(2026, 6, 10), written=True)
    with pytest.raises(UnknownZone, match="Mars"):
        replace(good, zone="Mars/Olympus").decision()
    with pytest.raises(HistoryOutOfOrder):
        History(happened("2026-06-10T15:00 chat", "2026-06-09T15:00 chat"))
    with pytest.raises(HistoryOutOfOrder):
        History(happened("2026-06-10T15:00 chat") * 2)
    with pytest.raises(HistoryOutOfOrder):
        History(happened("2026-06-10T15:00 chat")).with_event(
            replace(happened("2026-06-09T15:00 chat")[0], id="late")
        )


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        (Asked(profile="us", zone="Mars/Olympus"), BROKEN_INPUT),
        (Asked(profile="atlantis"), BROKEN_PROFILE),
        (Asked(profile="us", channel="pigeon"), BROKEN_INPUT),
    ],
)
def test_whatever_is_wrong_blocks_and_alerts(asked: Asked, rule: str) -> None:
    decision = decide_or_block(asked.decision)

    assert (decision.effect, decision.rules) == (Effect.BLOCK, (rule,))
    assert decision.alert


def test_a_broken_profile_blocks(tmp_path: Path) -> None:
    (tmp_path / "us.yaml").write_text("name: [", "utf-8")
    asked = Asked(profile="us")

    def ask() -> Decision:
        return decide(asked.attempt(), asked.facts(), History(), load_profile("us", tmp_path))

    decision = decide_or_block(ask)
    assert decision.rules == (BROKEN_PROFILE,)
    assert decision.alert is not None and "us.yaml, line 1" in decision.alert


def test_what_was_asked_before_now_does_not_matter() -> None:
    later = happened("2026-06-09T15:00 chat", ("2026-06-10T16:00:01 chat <", {"text": "stop"}))

    assert Asked(profile="strict", role="creditor", history=later).decision().allowed


def questions(seed: int) -> tuple[Attempt, Facts, History, str]:
    rng = random.Random(seed)
    vector = parse_vector(random_vector(rng, rng.choice(PROFILES)))
    return vector.attempt, vector.facts, vector.history, vector.profile


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**9))
def test_one_more_event_is_as_good_as_all_anew(seed: int) -> None:
    attempt, facts, history, name = questions(seed)
    profile, grown = load_profile(name), History()
    for event in history.events:
        decide(attempt, facts, grown, profile)
        grown = grown.with_event(event)

    assert decide(attempt, facts, grown, profile) == decide(attempt, facts, history, profile)
    assert decide(attempt, facts, grown, profile) == decide(attempt, facts, grown, profile)


def known_by(state: BorrowerState, at: datetime) -> BorrowerState:
    """What clock rules need of the records, without any that begins or is revoked later."""
    return BorrowerState(
        inconvenient_times=state.inconvenient_times,
        notices=tuple(notice for notice in state.notices if notice.sent_at <= at),
        consents=tuple(
            consent
            for consent in state.consents
            if consent.given_at <= at and (consent.revoked_at is None or consent.revoked_at <= at)
        ),
    )


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**9))
def test_a_delay_ends_at_its_instant_and_not_before(seed: int) -> None:
    attempt, facts, history, name = questions(seed)
    profile, now = load_profile(name), history.up_to(attempt.at)
    facts = replace(facts, state=known_by(facts.state, attempt.at))
    decision = decide(attempt, facts, now, profile)
    if decision.until is None or attempt.purpose is Purpose.OPT_OUT_CONFIRMATION:
        return
    assert decide(replace(attempt, at=decision.until), facts, now, profile).allowed
    rng = random.Random(seed)
    first, last = seconds_of(attempt.at), seconds_of(decision.until)
    for sooner in [last - 1, *(rng.randrange(first, last) for _ in range(20))]:
        earlier = replace(attempt, at=max(instant_of(sooner), attempt.at))
        assert not decide(earlier, facts, now, profile).allowed
