"""Invented borrower states: mostly calm, so that a vector is rarely held by two things at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

Record = dict[str, Any]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ELECTRONIC = ("sms", "chat", "email")
BLOCKS = (("00:00", "15:00"), ("15:00", "17:00"), ("09:10", "10:05"), ("00:00", "24:00"))
WINDOWS = (("06:00", "08:00"), ("19:00", "23:00"), ("21:00", "21:45"), ("00:00", "24:00"))


class Dates:
    """Instants and dates around `now` in the primary zone, as the schema writes them."""

    def __init__(self, rng: Random, now: datetime, zone: str) -> None:
        self.rng, self.now, self.zone = rng, now, zone

    def past(self) -> str:
        """Some days ago; one in twelve lies ahead and must be ignored."""
        ahead = self.rng.random() < 0.08
        days = self.rng.choice((0, 1, 5, 6, 7, 29, 30, 31, 60))
        span = timedelta(days=days, minutes=self.rng.randint(0, 600))
        return (self.now + (span if ahead else -span)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def ended(self) -> str | None:
        return self.past() if self.rng.random() < 0.25 else None

    def day(self, *offsets: int) -> str:
        today = self.now.astimezone(ZoneInfo(self.zone)).date()
        return (today + timedelta(days=self.rng.choice(offsets))).isoformat()

    def maybe_day(self, *offsets: int) -> str | None:
        return self.day(*offsets) if self.rng.random() < 0.4 else None


def some(rng: Random, debt_ids: list[str]) -> list[str]:
    return [debt for debt in debt_ids if rng.random() < 0.6] or [rng.choice(debt_ids)]


def consent(rng: Random, dates: Dates, debt_ids: list[str], kind: str, channel: str) -> Record:
    start, end = rng.choice(WINDOWS)
    usual = kind == "channel" and rng.random() < 0.8
    return {
        "type": kind,
        "channel": channel,
        "given_at": "2025-12-01T15:00:00Z" if usual else dates.past(),
        "given_to": "actor" if rng.random() < 0.9 else "other",
        "debt_ids": None if usual or rng.random() < 0.5 else some(rng, debt_ids),
        "valid_from": None if usual else dates.maybe_day(-9, -1, 0, 1, 3),
        "valid_until": None if usual else dates.maybe_day(-1, 0, 0, 2, 9),
        "revoked_at": dates.past() if rng.random() < 0.06 else None,
        "window": {"start": start, "end": end} if kind == "contact_time" else None,
    }


def consents(rng: Random, dates: Dates, debt_ids: list[str], busy: float) -> list[Record]:
    kinds = [("channel", channel) for channel in ELECTRONIC if rng.random() < 0.85]
    if rng.random() < 0.5:
        kinds.append(("channel", "call"))
    if rng.random() < 2 * busy:
        kinds.append(("extra_calls", "call"))
    if rng.random() < 2 * busy:
        kinds.append(("contact_time", rng.choice(("call", "sms", "chat"))))
    return [consent(rng, dates, debt_ids, kind, channel) for kind, channel in kinds]


def inconvenient(rng: Random, dates: Dates) -> Record:
    start, end = rng.choice(BLOCKS)
    days = [day for day in DAYS if rng.random() < 0.6] or [rng.choice(DAYS)]
    return {
        "days": days,
        "start": start,
        "end": end,
        "until_date": dates.day(-1, 0, 1, 6, 30) if len(days) == 7 else dates.maybe_day(-1, 0, 20),
    }


def dispute(rng: Random, dates: Dates, debt_ids: list[str]) -> Record:
    return {
        "debt_id": rng.choice(debt_ids),
        "received_at": dates.past(),
        "written": rng.random() < 0.7,
        "kind": rng.choice(("dispute", "dispute", "original_creditor_request")),
        "validation_notice_sent_at": dates.maybe_day(-70, -45, -38, -37, -36, -20),
        "validation_period_end": dates.maybe_day(-40, -8, -7, -6, -1, 0, 20),
        "resolved_at": dates.ended(),
    }


def opt_out(rng: Random, dates: Dates) -> Record:
    channel = rng.choice(("call", "sms", "chat", "email"))
    address = {"call": "tel:1", "sms": "tel:1", "chat": "tg:1", "email": "email:1"}[channel]
    return {
        "channel": channel,
        "address_id": rng.choice(("*", address)),
        "at": dates.past(),
        "via": rng.choice(("keyword", "spoken", "web page")),
    }


def legal_state(rng: Random, dates: Dates, debt_ids: list[str], busy: float) -> Record:
    def holds() -> bool:
        return rng.random() < busy

    status = ("active", "active", "dismissed", "discharged")
    return {
        "cease": {
            "sent_at": dates.past(),
            "received_at": dates.past(),
            "written": rng.random() < 0.7,
            "scope": "all",
            "kind": "cease",
        }
        if holds()
        else None,
        "attorney": {
            "known_since": dates.past(),
            "contact_known": rng.random() < 0.8,
            "unresponsive": rng.random() < 0.2,
            "consents_to_direct": rng.random() < 0.2,
        }
        if holds()
        else None,
        "bankruptcy": {
            "filed_at": dates.past(),
            "status": rng.choice(status),
            "debt_ids": some(rng, debt_ids),
        }
        if holds()
        else None,
        "deceased": {"known_since": dates.past()} if holds() else None,
        "statute_barred_refusal": {"stated_at": dates.past(), "debt_ids": some(rng, debt_ids)}
        if holds()
        else None,
    }


def care_state(rng: Random, dates: Dates, debt_ids: list[str], busy: float) -> Record:
    def holds() -> bool:
        return rng.random() < busy

    return {
        "moratorium": {
            "type": rng.choice(("standard", "mental_health_crisis")),
            "start_date": dates.day(-59, -10, -1, 0, 1),
            "end_date": rng.choice((None, dates.day(-1, 0, 1, 50))),
            "debt_ids": some(rng, debt_ids),
        }
        if holds()
        else None,
        "mental_capacity_concern": {"notified_at": dates.past(), "resolved_at": dates.ended()}
        if holds()
        else None,
        "plan_in_development": {
            "notified_at": dates.past(),
            "by": rng.choice(("customer", "debt_adviser")),
        }
        if holds()
        else None,
        "payment_plan": {
            "status": rng.choice(("performing", "performing", "broken", "completed")),
            "since": dates.day(-60, -1, 0, 1),
            "debt_ids": some(rng, debt_ids),
        }
        if rng.random() < 2 * busy
        else None,
    }


def borrower_state(rng: Random, now: datetime, zone: str, debt_ids: list[str]) -> Record:
    """Every key of the schema; `busy` is how likely each trouble is in this vector."""
    dates = Dates(rng, now, zone)
    busy = rng.choice((0.0, 0.03, 0.1))
    wishes = rng.choice((0.0, 0.1, 0.4))
    noticed = ("dc_m2A", "in_agent_particulars")
    return {
        "opt_outs": [opt_out(rng, dates)] if rng.random() < 2 * busy else [],
        "disputes": [dispute(rng, dates, debt_ids)] if rng.random() < 2 * busy else [],
        "inconvenient_times": [inconvenient(rng, dates)] if rng.random() < wishes else [],
        "inconvenient_places": ["home"] if rng.random() < busy else [],
        "employer_prohibits_contact": rng.random() < busy,
        "consents": consents(rng, dates, debt_ids, busy),
        "notices": [
            {"code": code, "sent_at": dates.past()} for code in noticed if rng.random() < 0.8
        ],
        **legal_state(rng, dates, debt_ids, busy),
        **care_state(rng, dates, debt_ids, busy),
    }
