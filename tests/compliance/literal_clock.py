"""Hours, days, consents and counts, as rules.md §2 words them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from tests.compliance.literal_case import (
    ELECTRONIC,
    UNCOUNTED,
    Case,
    Record,
    attempt_debts,
    day_of,
    instant,
    particular_debts,
    stops_channel,
    valid_reply,
)

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


# --- hours ---------------------------------------------------------------------------------------


def clock(moment: datetime) -> str:
    return moment.strftime("%H:%M")


def inside(case: Case, start: str, end: str, zones: Iterable[str]) -> bool:
    """HOURS[start,end): start included, end excluded, in every zone given."""
    return all(start <= clock(case.local(zone)) < end for zone in zones)


def every_zone(case: Case, *more: str) -> list[str]:
    return [*case.given["possible_timezones"], *more]


def stated_inconvenient(case: Case) -> bool:
    """The local time lies in a block that the borrower named."""
    local = case.local()
    return any(
        WEEKDAYS[local.weekday()] in block["days"]
        and block["start"] <= clock(local) < block["end"]
        and (block["until_date"] is None or local.date() <= date.fromisoformat(block["until_date"]))
        for block in case.state["inconvenient_times"]
    )


# --- consents ------------------------------------------------------------------------------------


def in_dates(day: date, start: str | None, end: str | None) -> bool:
    return (start is None or date.fromisoformat(start) <= day) and (
        end is None or day <= date.fromisoformat(end)
    )


def consents(case: Case, kind: str, channel: str) -> list[Record]:
    """Consents of a kind given to the sender itself, on this channel, in force at the instant."""
    return [
        consent
        for consent in case.state["consents"]
        if consent["type"] == kind
        and consent["given_to"] == "actor"
        and consent["channel"] in (None, channel)
        and in_dates(case.today, consent["valid_from"], consent["valid_until"])
        and consent["revoked_at"] is None
    ]


def covers_attempt(case: Case, consent: Record) -> bool:
    if consent["debt_ids"] is None:
        return True
    return attempt_debts(case) <= particular_debts(case, consent["debt_ids"])


def may_use_channel(case: Case) -> bool:
    channel = case.attempt["channel"]
    return any(covers_attempt(case, consent) for consent in consents(case, "channel", channel))


def agreed_time(case: Case) -> bool:
    """The borrower agreed with this sender to be contacted at this time of day."""
    return any(
        covers_attempt(case, consent)
        and consent["window"] is not None
        and consent["window"]["start"] <= clock(case.local()) < consent["window"]["end"]
        for consent in consents(case, "contact_time", case.attempt["channel"])
    )


def covered_by_extra_calls(
    case: Case, consent: Record, debt: str, when: datetime, day: date
) -> bool:
    """A call was made under a consent to more calls: seven dates from receipt, inside the stated
    period, before revocation and before the next conversation about the debt."""
    given_at = instant(consent["given_at"])
    given_on = day_of(consent["given_at"], case.given["timezone"])
    talked = any(
        given_at < event["when"] < when and debt in particular_debts(case, event["debt_ids"])
        for event in conversations(case)
    )
    return (
        consent["type"] == "extra_calls"
        and consent["given_to"] == "actor"
        and (consent["debt_ids"] is None or debt in particular_debts(case, consent["debt_ids"]))
        and given_at <= when
        and given_on <= day <= given_on + timedelta(days=6)
        and in_dates(day, consent["valid_from"], consent["valid_until"])
        and (consent["revoked_at"] is None or when < instant(consent["revoked_at"]))
        and not talked
    )


def wanted_call(case: Case, debt: str, when: datetime, day: date) -> bool:
    return any(
        covered_by_extra_calls(case, consent, debt, when, day) for consent in case.state["consents"]
    )


# --- counting ------------------------------------------------------------------------------------


def attempt_uncounted(case: Case) -> bool:
    """Replies, statutory notices and opt-out confirmations are never counted."""
    return valid_reply(case) or case.attempt["purpose"] in UNCOUNTED


def counted_events(case: Case, first: date) -> list[Record]:
    """Outbound events from `first` to today that a cap may count."""
    return [
        event
        for event in case.history
        if event["direction"] == "outbound"
        and event["reply_to"] is None
        and event["purpose"] not in UNCOUNTED
        and first <= event["day"] <= case.today
    ]


def roll7(case: Case) -> list[Record]:
    return counted_events(case, case.today - timedelta(days=6))


def calls_with(events: Iterable[Record], *outcomes: str) -> list[Record]:
    return [
        event for event in events if event["channel"] == "call" and event["outcome"] in outcomes
    ]


def conversations(case: Case) -> list[Record]:
    """Telephone conversations, whoever called."""
    return calls_with(case.history, "conversation")


def within_conv(case: Case, event: Record, closed_days: int = 7) -> bool:
    """CONV7: the date of the conversation is day 1."""
    return bool(event["day"] <= case.today < event["day"] + timedelta(days=closed_days))


# --- opt-outs ------------------------------------------------------------------------------------


def channel_stopped(case: Case) -> bool:
    """The attempt's channel, or its address, was opted out of."""
    attempt = case.attempt
    on_record = any(
        stop["channel"] == attempt["channel"] and stop["address_id"] in ("*", attempt["address_id"])
        for stop in case.state["opt_outs"]
    )
    return on_record or any(
        stops_channel(event) and event["channel"] == attempt["channel"] for event in case.history
    )


def lacks(case: Case, *codes: str) -> bool:
    """A disclosure is missing; the confirmation of an opt-out needs none."""
    if case.attempt["purpose"] == "opt_out_confirmation":
        return False
    return not set(codes) <= set(case.attempt["content"]["includes"])


def says(case: Case, *categories: str) -> bool:
    return bool(set(categories) & set(case.attempt["content"]["categories"]))


def electronic(case: Case) -> bool:
    return case.attempt["channel"] in ELECTRONIC
