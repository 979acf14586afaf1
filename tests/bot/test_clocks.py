"""Working hours, and the clocks of an escalation that run in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clocks import (
    ClockKind,
    ClockRules,
    ClockState,
    clocks_of,
    expected_wait,
    most_pressing,
)
from bot.conversation import Escalation, EscalationReason
from bot.working_hours import ALWAYS, BadHours, read_hours
from lending.ids import ConversationId, EscalationId

LONDON = read_hours("Mon-Fri 09:00-18:00", timezone="Europe/London", country="GB")
RULES = ClockRules(hours=LONDON)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def escalation(opened: str, priority: int = 2, **values: datetime | None) -> Escalation:
    return Escalation(
        id=EscalationId(1),
        conversation_id=ConversationId("c"),
        reason=EscalationReason.ASKED,
        priority=priority,
        opened_at=at(opened),
        packet={},
        **values,
    )


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-11-25 10:00", 60, "2026-11-25 11:00"),
        ("2026-11-25 17:30", 60, "2026-11-26 09:30"),
        ("2026-11-27 17:30", 60, "2026-11-30 09:30"),  # over a weekend
        ("2026-12-24 17:30", 60, "2026-12-29 09:30"),  # Christmas, and Boxing Day made up for
        ("2026-11-28 12:00", 30, "2026-11-30 09:30"),  # opened on a Saturday
        ("2027-03-25 17:00", 120, "2027-03-29 09:00"),  # Good Friday, then summer time
    ],
)
def test_time_runs_in_working_hours_only(start: str, minutes: int, end: str) -> None:
    assert LONDON.add(at(start), timedelta(minutes=minutes)) == at(end)
    assert LONDON.between(at(start), at(end)) == timedelta(minutes=minutes)


def test_lines_of_hours_are_read_or_refused() -> None:
    split = read_hours("Mon-Thu 09:00-12:00, 13:00-17:00".replace(", 13", "; Mon-Thu 13"))
    assert split.between(at("2026-11-25 11:00"), at("2026-11-25 14:00")) == timedelta(hours=2)
    night = read_hours("Sat-Mon 00:00-24:00")
    assert night.is_open(at("2026-11-28 23:59")) and night.is_open(at("2026-11-30 03:00"))
    assert not night.is_open(at("2026-12-01 03:00"))
    assert read_hours("Mon, Wed 10:00-11:00").next_opening(at("2026-11-24 10:00")) == at(
        "2026-11-25 10:00"
    )
    for line in ("", "always", "Mon-Fri", "Mon-Fri 9-18", "Mon 18:00-09:00", "Xyz 09:00-10:00"):
        with pytest.raises(BadHours):
            read_hours(line)


moments = st.datetimes(
    min_value=datetime(2026, 1, 1), max_value=datetime(2027, 12, 31), timezones=st.just(UTC)
)


@given(start=moments, minutes=st.integers(1, 60 * 60))
def test_what_is_added_has_passed(start: datetime, minutes: int) -> None:
    amount = timedelta(minutes=minutes)
    for hours in (LONDON, ALWAYS):
        end = hours.add(start, amount)
        assert end >= start + amount
        assert hours.between(start, end) == amount


def test_each_clock_warns_breaches_and_stops_on_its_own() -> None:
    asked = escalation("2026-11-25 10:00")
    first, _ = clocks_of(asked, None, RULES, at("2026-11-25 11:00"))
    assert (first.kind, first.state, first.due_at) == (
        ClockKind.FIRST_REPLY,
        ClockState.RUNNING,
        at("2026-11-25 14:00"),
    )
    assert first.left == timedelta(hours=3)
    assert clocks_of(asked, None, RULES, at("2026-11-25 13:00"))[0].state is ClockState.WARNING
    late = clocks_of(asked, None, RULES, at("2026-11-25 16:00"))[0]
    assert (late.state, late.left) == (ClockState.BREACHED, timedelta(hours=-2))
    answered = escalation("2026-11-25 10:00", first_reply_at=at("2026-11-25 12:00"))
    waiting = at("2026-11-25 15:00")
    kinds = {c.kind: c for c in clocks_of(answered, waiting, RULES, at("2026-11-25 17:30"))}
    assert kinds[ClockKind.FIRST_REPLY].state is ClockState.DONE
    assert kinds[ClockKind.NEXT_REPLY].state is ClockState.BREACHED
    pressing = most_pressing(tuple(kinds.values()))
    assert pressing is not None and pressing.kind is ClockKind.NEXT_REPLY
    done = escalation(
        "2026-11-25 10:00",
        first_reply_at=at("2026-11-25 16:00"),
        resolved_at=at("2026-11-25 17:00"),
    )
    states = [c.state for c in clocks_of(done, None, RULES, at("2026-11-30 10:00"))]
    assert states == [ClockState.LATE, ClockState.DONE]


def test_what_is_urgent_does_not_wait_for_the_morning() -> None:
    urgent = clocks_of(escalation("2026-11-28 02:00", 0), None, RULES, at("2026-11-28 02:11"))
    assert urgent[0].state is ClockState.BREACHED


def test_a_wait_is_told_only_from_what_happened() -> None:
    answered = tuple(
        escalation("2026-11-25 10:00", first_reply_at=at(f"2026-11-25 10:{minutes:02}"))
        for minutes in (2, 6, 20)
    )
    assert expected_wait(answered[:2], 0, 1, RULES) is None
    assert expected_wait(answered, 0, 0, RULES) is None
    assert expected_wait(answered, 0, 2, RULES) == timedelta(minutes=6)
    assert expected_wait(answered, 5, 2, RULES) == timedelta(minutes=18)
