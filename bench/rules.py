"""Contact decisions a second on one core: `python -m bench.rules`.

Histories of 0, 30 and 300 contacts over sixty days, several borrowers, profiles, channels and
hours. Four figures in rounds that alternate; shown are the median and the smallest and largest:

- decide: the history is prepared once and used again, as a planner does;
- anew: the history is built from its events for each decision;
- prepare: only building it;
- literal: the restatement of the rules in tests/, which reads the records for each question.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

from compliance.decide import decide
from compliance.history import History
from compliance.profile_file import load_profile
from compliance.vectors import Vector, parse_vector

RESULTS = Path(__file__).with_name("results") / "rules.md"
PROFILES = ("US", "CN", "UK", "IN", "STRICT")
CHANNELS = ("chat", "sms", "call", "email")
ZONES = {
    "US": "America/New_York",
    "CN": "Asia/Shanghai",
    "UK": "Europe/London",
    "IN": "Asia/Kolkata",
}
HOURS = (1, 9, 13, 16, 23)
NOW = datetime(2026, 6, 10, tzinfo=UTC)
BAR = 50_000

Work = Callable[[], int]


def record(profile: str, channel: str, hour: int, contacts: int) -> dict[str, Any]:
    """One case of the schema."""
    zone = ZONES.get(profile, "America/Chicago")
    now = NOW + timedelta(hours=hour)
    return {
        "id": f"{profile}-{channel}-{hour}-{contacts}",
        "profile": profile,
        "rule_ids": [],
        "given": {
            "timezone": zone,
            "possible_timezones": [zone],
            "now": stamp(now),
            "now_local": "",
            "phase": "post_due",
            "actor_role": "creditor",
            "config": {"creditor_follows_collector_rules": True},
            "channel": channel,
            "debts": [
                {
                    "id": "D1",
                    "kind": "consumer_loan",
                    "account_group": None,
                    "days_past_due": 40,
                    "time_barred": False,
                }
            ],
            "history": [event(number, contacts, now) for number in range(contacts)],
            "borrower_state": state(),
        },
        "attempt": attempt(channel),
        "expected": {"decision": "allow", "until": None, "reasons": []},
        "source": "",
        "note": "",
    }


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def event(number: int, contacts: int, now: datetime) -> dict[str, Any]:
    channel = CHANNELS[number % len(CHANNELS)]
    outcomes = ("voicemail_left", "rang_no_voicemail", "busy", "conversation")
    return {
        "id": f"e{number}",
        "at": stamp(now - timedelta(days=60) + number * timedelta(days=58) / max(contacts, 1)),
        "channel": channel,
        "direction": "outbound",
        "actor": "self",
        "person": "borrower",
        "address_id": "tel:1" if channel in ("call", "sms") else f"{channel}:1",
        "outcome": outcomes[number // 4 % 4] if channel == "call" else "sent",
        "debt_ids": ["D1"],
        "purpose": "reminder",
        "intent": None,
        "text": None,
        "reply_to": None,
    }


def state() -> dict[str, Any]:
    consents = [
        {
            "type": "channel",
            "channel": channel,
            "given_at": "2025-12-01T15:00:00Z",
            "given_to": "actor",
            "debt_ids": None,
            "valid_from": None,
            "valid_until": None,
            "revoked_at": None,
            "window": None,
        }
        for channel in ("chat", "sms", "email")
    ]
    nothing = (
        "cease attorney bankruptcy deceased moratorium mental_capacity_concern plan_in_development"
        " payment_plan statute_barred_refusal"
    )
    return {
        **dict.fromkeys(nothing.split()),
        "opt_outs": [],
        "disputes": [],
        "inconvenient_times": [
            {"days": ["sat", "sun"], "start": "00:00", "end": "10:00", "until_date": None}
        ],
        "inconvenient_places": [],
        "employer_prohibits_contact": False,
        "consents": consents,
        "notices": [],
    }


def attempt(channel: str) -> dict[str, Any]:
    return {
        "channel": channel,
        "automated": channel != "call",
        "voice": "live" if channel == "call" else None,
        "initiated_by": "lender",
        "reply_to": None,
        "recipient": "borrower",
        "purpose": "reminder",
        "debt_ids": ["D1"],
        "address_id": "tel:1" if channel in ("call", "sms") else f"{channel}:1",
        "address_kind": "personal",
        "is_initial_communication": False,
        "queued_at": None,
        "content": {
            "language": "en",
            "includes": ["identity", "purpose", "opt_out", "us_18e2"],
            "categories": [],
        },
    }


def works(contacts: int) -> tuple[dict[str, Work], str]:
    """The four kinds of work over the same cases, and what is decided in them."""
    from tests.compliance.literal import literal_decide

    records = [record(p, c, h, contacts) for p, c, h in product(PROFILES, CHANNELS, HOURS)]
    vectors = [parse_vector(one) for one in records]
    questions = [(v.attempt, v.facts, v.history, load_profile(v.profile)) for v in vectors]
    raw = [(v.attempt, v.facts, v.history.events, load_profile(v.profile)) for v in vectors]

    def prepared() -> int:
        for attempt, facts, history, profile in questions:
            decide(attempt, facts, history, profile)
        return len(questions)

    def anew() -> int:
        for attempt, facts, events, profile in raw:
            decide(attempt, facts, History(events), profile)
        return len(raw)

    def prepare() -> int:
        for _, _, events, _ in raw:
            History(events)
        return len(raw)

    def literal() -> int:
        for one in records[::10]:
            literal_decide(one)
        return len(records[::10])

    return {"decide": prepared, "anew": anew, "prepare": prepare, "literal": literal}, mix(vectors)


def mix(vectors: Iterable[Vector]) -> str:
    effects = [
        decide(v.attempt, v.facts, v.history, load_profile(v.profile)).effect for v in vectors
    ]
    return ", ".join(f"{effect} {effects.count(effect)}" for effect in sorted(set(effects)))


def rate(work: Work, seconds: float) -> float:
    """How many a second, in a round of about so many seconds."""
    done, start = 0, time.process_time()
    while (elapsed := time.process_time() - start) < seconds:
        done += work()
    return done / elapsed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.4)
    arguments = parser.parse_args()
    lines = [
        "# Contact decisions a second, one core",
        "",
        f"`python -m bench.rules`, CPython {platform.python_version()}, {arguments.rounds} rounds of"
        f" {arguments.seconds} s. Bar: {BAR:,} with 30 contacts. Median (smallest to largest).",
        "",
        "| contacts | decided | decide | with the history built anew | building it | literal way |",
        "|---|---|---|---|---|---|",
    ]
    for contacts in (0, 30, 300):
        kinds, decided = works(contacts)
        rounds: dict[str, list[float]] = {name: [] for name in kinds}
        for work in kinds.values():
            work()
        for _ in range(arguments.rounds):
            for name, work in kinds.items():
                rounds[name].append(rate(work, arguments.seconds))
        cells = " | ".join(
            f"{statistics.median(r):,.0f} ({min(r):,.0f} to {max(r):,.0f})" for r in rounds.values()
        )
        lines.append(f"| {contacts} | {decided} | {cells} |")
    text = "\n".join(lines) + "\n"
    RESULTS.write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
