"""Invented contact histories: up to forty events, crowding the windows that the rules count."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

Record = dict[str, Any]

SIZES = (0, 0, 1, 2, 3, 4, 6, 8, 10, 14, 20, 40)
DAYS_AGO = (0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 6, 7, 7, 8, 12, 29, 30)
OUTCOMES = (
    "conversation", "voicemail_left", "voicemail_not_left", "rang_no_voicemail",
    "rang_no_voicemail", "rang_no_voicemail", "dropped", "busy", "not_in_service",
)  # fmt: skip
ADDRESSES = {
    "call": ("tel:1", "tel:1", "tel:2"), "sms": ("tel:1",), "chat": ("tg:1",),
    "email": ("email:1", "email:work"), "letter": ("post:1",), "visit": ("home:1",),
}  # fmt: skip
OUTBOUND_PURPOSES = (
    "reminder", "reminder", "reminder", "reminder", "demand", "consent_request",
    "statutory_notice", "opt_out_confirmation", "dispute_response",
)  # fmt: skip
TEXTS = (
    "what do I owe?", "how do I stop this?", "STOP", " Stop! ", "unsubscribe.", "退订", "停止。",
    "TD", "बंद", "opt out", "please stop", "the end",
)  # fmt: skip


def moment_before(rng: Random, now: datetime, zone: str) -> datetime:
    """A minute before `now`, some dates ago, often at the edge of a local date."""
    if rng.random() < 0.15:
        return now - timedelta(seconds=rng.choice((0, 1, 60, 299, 300, 301, 7199, 7200)))
    day = now.astimezone(ZoneInfo(zone)).date() - timedelta(days=rng.choice(DAYS_AGO))
    edge = rng.choice((time(0, 0), time(23, 59), time(10, 0), time(14, 0)))
    at = edge if rng.random() < 0.4 else time(rng.randint(8, 18), rng.randint(0, 59))
    return min(now, datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC))


def inbound(rng: Random, channel: str) -> Record:
    call = channel == "call"
    text = rng.choice(TEXTS) if not call and rng.random() < 0.15 else None
    intents = ("stop_channel", "cease_all", "refuses_to_pay")
    intent = rng.choice(intents) if rng.random() < 0.06 else "question"
    return {
        "direction": "inbound",
        "outcome": rng.choice(("conversation", "dropped")) if call else "received",
        "purpose": None,
        "intent": None if text is not None else intent,
        "text": text,
        "reply_to": None,
    }


def outbound(rng: Random, channel: str, earlier: list[Record]) -> Record:
    asked = [
        event["id"]
        for event in earlier
        if event["direction"] == "inbound" and event["channel"] == channel
    ]
    answers = rng.choice(asked) if asked and rng.random() < 0.3 else None
    return {
        "direction": "outbound",
        "outcome": rng.choice(OUTCOMES) if channel == "call" else "sent",
        "purpose": "reply" if answers is not None else rng.choice(OUTBOUND_PURPOSES),
        "intent": None,
        "text": None,
        "reply_to": answers,
    }


def crowd(rng: Random, now: datetime, zone: str, debt_ids: list[str]) -> list[Record]:
    """Many like contacts, so that a cap is nearly or just reached: today, or in seven dates."""
    channel = rng.choice(("call", "call", "call", "sms", "chat"))
    reach = rng.choice(((0,), (0, 1), (0, 1, 3, 6), (1, 2, 4, 6, 6, 7)))
    usual = rng.choice(("conversation", "dropped", "voicemail_left", "rang_no_voicemail", "busy"))
    same_day = now.astimezone(ZoneInfo(zone)).date()
    moments = []
    for _ in range(rng.randint(2, 11)):
        day = same_day - timedelta(days=rng.choice(reach))
        at = time(rng.choice((0, 5, 7, 8, 9)), rng.randint(0, 59))
        moments.append(min(now, datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)))
    return [
        {
            "id": f"e{number}",
            "at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "channel": channel,
            "actor": "agency" if rng.random() < 0.05 else "self",
            "person": "borrower",
            "address_id": ADDRESSES[channel][0],
            "debt_ids": debt_ids if rng.random() < 0.8 else debt_ids[:1],
            **outbound(rng, channel, []),
            "purpose": "reminder",
            "outcome": usual if channel == "call" else "sent",
        }
        for number, at in enumerate(sorted(moments), 1)
    ]


def history(rng: Random, now: datetime, zone: str, debt_ids: list[str]) -> list[Record]:
    """Events up to `now`, ascending; a lean towards one channel makes caps bind."""
    if rng.random() < 0.3:
        return crowd(rng, now, zone, debt_ids)
    size = rng.choice(SIZES)
    favourite = rng.choice(("call", "call", "sms", "chat"))
    inbound_share = rng.choice((0.0, 0.1, 0.4))
    events: list[Record] = []
    for number, at in enumerate(sorted(moment_before(rng, now, zone) for _ in range(size)), 1):
        channel = favourite if rng.random() < 0.7 else rng.choice(tuple(ADDRESSES))
        came_in = channel != "visit" and rng.random() < inbound_share
        about = [debt for debt in debt_ids if rng.random() < 0.5] or [rng.choice(debt_ids)]
        events.append(
            {
                "id": f"e{number}",
                "at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "channel": channel,
                "actor": "agency" if rng.random() < 0.15 else "self",
                "person": "spouse" if rng.random() < 0.08 else "borrower",
                "address_id": rng.choice(ADDRESSES[channel]),
                "debt_ids": about,
                **(inbound(rng, channel) if came_in else outbound(rng, channel, events)),
            }
        )
    return events
