"""A synthetic portfolio as plain values: who borrowed what, and how they can be reached. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from lending.dates import add_months
from simulation.behaviour import Behaviour
from simulation.draws import Draws


@dataclass(frozen=True, slots=True)
class Place:
    """Where a profile's borrowers live; amounts are a typical instalment in minor units."""

    jurisdiction: str
    zones: tuple[str, ...]
    country: str
    currency: str
    languages: tuple[str, ...]
    instalment: int


PLACES = {
    "US": Place(
        "US",
        ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
        *("US", "USD", ("en",), 18_000),
    ),
    "CN": Place("CN", ("Asia/Shanghai",), "CN", "CNY", ("zh-Hans",), 120_000),
    "UK": Place("UK", ("Europe/London",), "GB", "GBP", ("en",), 14_000),
    "IN": Place("IN", ("Asia/Kolkata",), "IN", "INR", ("en",), 600_000),
    "STRICT": Place(
        "STRICT", ("Europe/Berlin", "Asia/Hong_Kong"), "HK", "HKD", ("en", "zh-Hant"), 150_000
    ),
}

INSTALMENTS = 12
_BEFORE = 5
"""Months of a loan that were over when the simulation begins; all of it was paid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One borrower with one account. `due` are the dates of a loan's rows, or none for a card."""

    number: int
    given_name: str
    language: str
    timezone: str
    is_card: bool
    amount: int
    due: tuple[date, ...]
    channels: tuple[str, ...]
    consented: bool


_NAMES = {
    "en": ("Ann", "Ben", "Cara", "Dev", "Eve", "Finn", "Gita", "Hugo"),
    "zh-Hans": ("小安", "志强", "丽华", "建国", "晓梅", "文博"),
    "zh-Hant": ("小安", "志強", "麗華", "建國", "曉梅", "文博"),
}


def people(
    count: int, place: Place, behaviour: Behaviour, draws: Draws, start: date
) -> Iterator[Person]:
    """`count` borrowers; the same seed makes the same ones, whatever the strategy."""
    reach = behaviour.reach
    for number in range(1, count + 1):
        language = place.languages[draws.whole(0, len(place.languages) - 1, number, "language")]
        names = _NAMES[language]
        is_card = draws.happens(behaviour.cards, number, "card")
        amount = round(place.instalment * (0.4 + 1.2 * draws.uniform(number, "amount")))
        first = start + timedelta(days=draws.whole(0, 29, number, "due"))
        due = tuple(add_months(first, month) for month in range(-_BEFORE, INSTALMENTS - _BEFORE))
        shares = (("telegram", reach.telegram), ("sms", reach.sms), ("email", reach.email))
        channels = tuple(
            name for name, share in shares if draws.happens(share, number, "reach", name)
        )
        yield Person(
            number=number,
            given_name=names[draws.whole(0, len(names) - 1, number, "name")],
            language=language,
            timezone=place.zones[draws.whole(0, len(place.zones) - 1, number, "zone")],
            is_card=is_card,
            amount=amount,
            due=due,
            channels=channels or ("sms",),
            consented=draws.happens(reach.consent, number, "consent"),
        )
