"""The examiner finds what it must find: one planted fault each, beside a contact without fault."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from simulation.audit import Contact, World, examine

DUE = date(2026, 11, 20)
NOON = datetime(2026, 11, 17, 17, tzinfo=UTC)  # 12:00 in New York
WORLD = World(
    paid_at={}, quiet={}, stopped={}, consents={1: frozenset({"chat", "sms", "email"})},
    lender="Northbank",
)  # fmt: skip


def contact(**changes: Any) -> Contact:
    fields: dict[str, Any] = {
        "message_id": 1, "borrower_id": 1, "account_id": 1, "due_on": DUE, "step": "-3",
        "offset_days": -3, "channel": "telegram", "at": NOON, "timezone": "America/New_York",
        "jurisdiction": "US", "text": "Northbank here. Reply STOP to stop.", "arrived": 1,
    }  # fmt: skip
    return Contact(**fields | changes)


def rules(*contacts: Contact, world: World = WORLD) -> list[str]:
    return [breach.rule for breach in examine(contacts, world)]


def test_a_contact_without_fault_is_no_breach() -> None:
    assert rules(contact()) == []


@pytest.mark.parametrize(
    ("zone", "jurisdiction", "hour", "minute", "is_open"),
    [
        ("America/New_York", "US", 8, 0, True),
        ("America/New_York", "US", 7, 59, False),
        ("America/New_York", "US", 20, 59, True),
        ("America/New_York", "US", 21, 0, False),
        ("Asia/Shanghai", "CN", 21, 59, True),
        ("Asia/Shanghai", "CN", 22, 0, False),
        ("Asia/Kolkata", "IN", 18, 59, True),
        ("Asia/Kolkata", "IN", 19, 0, False),
        ("Europe/Berlin", "STRICT", 19, 0, False),
        ("Europe/Berlin", "ELSEWHERE", 19, 0, False),
        ("America/New_York", "UK", 18, 0, False),  # 23:00 in London
    ],
)
def test_hours(zone: str, jurisdiction: str, hour: int, minute: int, is_open: bool) -> None:
    from zoneinfo import ZoneInfo

    at = datetime(2026, 11, 17, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    found = rules(contact(at=at, timezone=zone, jurisdiction=jurisdiction))
    assert ("hours" not in found) is is_open


def test_counts_of_the_strictest_profile() -> None:
    days = [
        contact(
            message_id=n, step=str(n), offset_days=n, at=NOON + timedelta(days=n),
            jurisdiction="STRICT", channel="sms",
        )
        for n in range(5)
    ]  # fmt: skip
    assert rules(*days[:2]) == []
    assert rules(*days[:3]) == ["sms cap"]
    assert rules(*days[:4]) == ["sms cap", "week cap", "sms cap"]
    late = replace(days[2], at=days[0].at + timedelta(days=7))
    assert rules(days[0], days[1], late) == []


def test_one_a_day_in_every_profile() -> None:
    again = contact(message_id=2, step="-1", offset_days=-1, at=NOON + timedelta(hours=2))
    assert rules(contact(), again) == ["one a day"]


@pytest.mark.parametrize(
    ("world", "rule"),
    [
        (replace(WORLD, paid_at={(1, DUE): NOON}), "after the payment"),
        (replace(WORLD, quiet={1: [(NOON - timedelta(hours=1), DUE, "complaint", None)]}),
         "inside a hold"),
        (replace(WORLD, stopped={(1, "chat"): NOON - timedelta(hours=1)}), "after a stop"),
        (replace(WORLD, lender="Southbank"), "does not say who writes"),
    ],
)  # fmt: skip
def test_what_the_world_knows(world: World, rule: str) -> None:
    assert rules(contact(), world=world) == [rule]


def test_holds_about_another_due_date_or_over_or_later_are_none() -> None:
    for hold in (
        (NOON - timedelta(hours=1), DUE, "promise", DUE + timedelta(days=30)),
        (NOON - timedelta(days=9), date(2026, 11, 17), "complaint", None),
        (NOON, DUE, "complaint", None),
    ):
        assert rules(contact(), world=replace(WORLD, quiet={1: [hold]})) == []


def test_consent_of_texts_in_the_us_and_of_everything_where_unknown() -> None:
    bare = replace(WORLD, consents={})
    assert rules(contact(), world=bare) == []
    assert rules(contact(channel="sms"), world=bare) == ["no consent"]
    unknown = contact(jurisdiction="STRICT")
    assert rules(unknown, world=bare) == ["no consent"]


def test_sense() -> None:
    assert rules(contact(arrived=2)) == ["twice at the channel"]
    assert rules(contact(text="Northbank here.")) == ["no way to stop"]
    day = timedelta(days=1)
    assert rules(contact(), contact(message_id=2, at=NOON + day)) == ["the same step twice"]
    earlier = contact(message_id=2, step="-7", offset_days=-7, at=NOON + day)
    assert rules(contact(), earlier) == ["a step after a later one"]
