"""Invented situations: full vectors of the pack's schema, leaning towards the edges of the rules.

`random_vector(rng)` makes one from any `random.Random`, so a seed repeats it; `vectors()` is the
same as a Hypothesis strategy. `expected` and `rule_ids` are placeholders.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.compliance.situation_history import history
from tests.compliance.situation_state import borrower_state

Record = dict[str, Any]

PROFILES = ("US", "US-MA", "US-DC", "US-WA", "US-FL", "US-CA", "CN", "UK", "IN", "STRICT")
US_ZONES = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
    "America/Phoenix", "America/Anchorage", "Pacific/Honolulu",
)  # fmt: skip
FAR_ZONES = (
    "America/St_Johns", "Europe/London", "Europe/Berlin", "Asia/Shanghai", "Asia/Kolkata",
    "Asia/Kathmandu", "Australia/Adelaide", "Australia/Lord_Howe", "Pacific/Chatham",
)  # fmt: skip
HOME_ZONES = {"CN": "Asia/Shanghai", "UK": "Europe/London", "IN": "Asia/Kolkata"}
CLOCK_CHANGES = (
    date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 10, 4), date(2026, 10, 25),
    date(2026, 11, 1), date(2027, 3, 14), date(2027, 3, 28),
)  # fmt: skip
EDGES = ("00:00", "07:30", "08:00", "15:00", "19:00", "21:00", "22:00")
NUDGES = (-3600, -60, -1, 0, 0, 1, 60, 3600)

CHANNELS = ("call", "call", "sms", "sms", "chat", "chat", "email", "letter", "visit")
RECIPIENTS = (
    "spouse", "adult_relative", "emergency_contact", "employer", "executor", "debt_adviser",
)  # fmt: skip
PURPOSES = (
    "reminder", "demand", "reply", "opt_out_confirmation", "termination_notice", "remedy_notice",
    "statutory_notice", "dispute_response", "consent_request",
)  # fmt: skip
ADDRESS_KINDS = {
    "call": ("home_landline", "work_phone"),
    "sms": ("work_phone",),
    "chat": ("group_or_public",),
    "email": ("employer_email", "group_or_public"),
    "letter": ("work_phone",),
    "visit": ("work_phone",),
}
CATEGORIES = (
    "threat_violence", "threat_arrest", "threat_illegal_action", "threat_lawsuit",
    "false_legal_claim", "false_amount", "false_urgency", "impersonates_authority",
    "impersonates_attorney", "simulated_legal_process", "deceptive_purpose", "shame", "obscene",
    "third_party_disclosure", "inducing_borrowing", "overshadowing", "pressure_vulnerable",
)  # fmt: skip
DISCLOSURES = ("identity", "purpose", "opt_out", "us_18e1", "us_18e2")
ADDRESSES = {
    "call": ("tel:1", "tel:2"), "sms": ("tel:1", "tel:2"), "chat": ("tg:1",),
    "email": ("email:1", "email:work"), "letter": ("post:1",), "visit": ("home:1",),
}  # fmt: skip


def zones(rng: Random, profile: str) -> tuple[str, list[str]]:
    """The primary zone and every possible one."""
    home = HOME_ZONES.get(profile)
    if home is not None and rng.random() < 0.8:
        pool = [home]
    else:
        pool = list(US_ZONES if profile.startswith("US") and rng.random() < 0.8 else FAR_ZONES)
    primary = rng.choice(pool)
    more = US_ZONES if primary in US_ZONES and rng.random() < 0.8 else US_ZONES + FAR_ZONES
    others = [rng.choice(more) for _ in range(rng.choice((0, 0, 0, 0, 1, 2)))]
    return primary, list(dict.fromkeys([primary, *others]))


def instant(rng: Random, zone: str) -> datetime:
    """A second of 2026 or 2027, often at an edge of hours or a change of clocks."""
    if rng.random() < 0.3:
        day = rng.choice(CLOCK_CHANGES) + timedelta(days=rng.randint(-8, 2))
    else:
        day = date(2026, 1, 5) + timedelta(days=rng.randint(0, 600))
    choice = rng.random()
    if choice < 0.35:
        at = time.fromisoformat(rng.choice(EDGES))
    elif choice < 0.8:
        at = time(rng.randint(8, 18), rng.randint(0, 59))
    else:
        at = time(rng.randint(0, 23), rng.randint(0, 59), rng.randint(0, 59))
    local = datetime.combine(day, at, ZoneInfo(zone)).replace(fold=rng.randint(0, 1))
    moment = local.astimezone(UTC)
    return moment + timedelta(seconds=rng.choice(NUDGES)) if choice < 0.35 else moment


def debts(rng: Random) -> list[Record]:
    kinds = ("consumer_loan", "consumer_loan", "credit_card", "medical", "student_loan")
    made = []
    for number in range(1, rng.choice((1, 1, 1, 2, 3)) + 1):
        kind = rng.choice(kinds)
        grouped = kind == "student_loan" and rng.random() < 0.7
        made.append(
            {
                "id": f"D{number}",
                "kind": kind,
                "account_group": "ACC-1" if grouped else None,
                "days_past_due": rng.choice((0, 10, 30, 31, 75, 2600)),
                "time_barred": rng.random() < 0.1,
            }
        )
    return made


def content(rng: Random, owed: list[Record]) -> Record:
    """Mostly complete and proper, so that other rules get their turn."""
    includes = list(DISCLOSURES)
    if rng.random() < 0.12:
        includes = [code for code in includes if rng.random() < 0.6]
    if rng.random() < 0.2:
        includes.append("no_personal_liability")
    categories = [rng.choice(CATEGORIES)] if rng.random() < 0.08 else []
    if any(debt["time_barred"] for debt in owed) and rng.random() < 0.2:
        categories = ["threat_lawsuit"]
    return {
        "language": rng.choice(("en", "en", "zh", "hi")),
        "includes": includes,
        "categories": categories,
    }


def attempt(rng: Random, owed: list[Record], events: list[Record], now: datetime) -> Record:
    channel = rng.choice(CHANNELS)
    asked = [event for event in events if event["direction"] == "inbound"]
    replying = bool(asked) and rng.random() < 0.5
    answered = rng.choice(asked[-3:]) if replying else None
    if answered is not None and rng.random() < 0.85:
        channel = answered["channel"]
    elif events and rng.random() < 0.5:  # what was done lately is tried again
        channel = events[-1]["channel"]
    purpose = rng.choice(("reminder", "reminder", "reminder", "demand", rng.choice(PURPOSES)))
    if replying and rng.random() < 0.8:
        purpose = rng.choice(("reply", "reply", "opt_out_confirmation", "dispute_response"))
    special = rng.random() < 0.1
    automated = rng.random() < (0.2 if channel == "call" else 0.85)
    voice = rng.choice(("live", "prerecorded")) if automated else "live"
    named = [debt["id"] for debt in owed if rng.random() < 0.6] or [rng.choice(owed)["id"]]
    return {
        "channel": channel,
        "automated": automated,
        "voice": voice if channel == "call" else None,
        "initiated_by": "reply_to_borrower" if replying else "lender",
        "reply_to": answered["id"] if answered is not None else None,
        "recipient": rng.choice(RECIPIENTS) if rng.random() < 0.08 else "borrower",
        "purpose": purpose,
        "debt_ids": named,
        "address_id": rng.choice(ADDRESSES[channel]),
        "address_kind": rng.choice(ADDRESS_KINDS[channel]) if special else "personal",
        "is_initial_communication": rng.random() < 0.1,
        "queued_at": stamp(now - timedelta(hours=rng.randint(0, 30)))
        if rng.random() < 0.2
        else None,
        "content": content(rng, owed),
    }


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def random_vector(rng: Random, profile: str | None = None) -> Record:
    """One full vector; the same generator state gives the same vector."""
    profile = profile or rng.choice(PROFILES)
    primary, possible = zones(rng, profile)
    now = instant(rng, rng.choice(possible))
    owed = debts(rng)
    ids = [debt["id"] for debt in owed]
    events = history(rng, now, primary, ids)
    tried = attempt(rng, owed, events, now)
    local = now.astimezone(ZoneInfo(primary))
    return {
        "id": f"G-{rng.getrandbits(48):012x}",
        "profile": profile,
        "rule_ids": [],
        "given": {
            "timezone": primary,
            "possible_timezones": possible,
            "now": stamp(now),
            "now_local": f"{local:%a %Y-%m-%d %H:%M:%S %Z}",
            "phase": rng.choice(("pre_due", "post_due", "default", "default")),
            "actor_role": rng.choice(("creditor", "third_party_collector")),
            "config": {"creditor_follows_collector_rules": rng.random() < 0.7},
            "channel": tried["channel"],
            "debts": owed,
            "history": events,
            "borrower_state": borrower_state(rng, now, primary, ids),
        },
        "attempt": tried,
        "expected": {"decision": "allow", "until": None, "reasons": []},
        "source": "invented",
        "note": "",
    }


def vectors(profile: str | None = None) -> st.SearchStrategy[Record]:
    """Full vectors, of one profile or of any."""
    return st.randoms(use_true_random=False).map(lambda rng: random_vector(rng, profile))
