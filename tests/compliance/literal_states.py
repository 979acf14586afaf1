"""US state rules (rules.md §5): the rows on top of the federal ones."""

from __future__ import annotations

from datetime import date, timedelta

from tests.compliance.literal_case import (
    CLEAR,
    ELECTRONIC,
    HARD,
    WORK,
    Case,
    Record,
    Rule,
    attempt_debts,
    bound,
    debt_records,
    hard,
    particular_debts,
    soft,
    valid_reply,
)
from tests.compliance.literal_clock import (
    agreed_time,
    attempt_uncounted,
    calls_with,
    conversations,
    counted_events,
    covered_by_extra_calls,
    every_zone,
    inside,
    lacks,
    may_use_channel,
    roll7,
    within_conv,
)
from tests.compliance.literal_us import california

LEAVABLE = ("conversation", "dropped", "voicemail_left", "voicemail_not_left")
SPOKEN = ("conversation", "dropped", "voicemail_left")
RUNG = (*SPOKEN, "voicemail_not_left", "rang_no_voicemail")


def own(events: list[Record]) -> list[Record]:
    return [event for event in events if event["actor"] == "self"]


def about(case: Case, events: list[Record], debt: str) -> list[Record]:
    return [event for event in events if debt in particular_debts(case, event["debt_ids"])]


def on(events: list[Record], *channels: str) -> list[Record]:
    return [event for event in events if event["channel"] in channels]


def late_debts(case: Case) -> set[str]:
    """The attempt's debts that are more than 30 days late."""
    late = [debt["id"] for debt in debt_records(case) if debt["days_past_due"] > 30]
    return particular_debts(case, late) if late else set()


# --- Massachusetts -------------------------------------------------------------------------------


def ma_two_contacts(case: Case) -> str:
    """Calls and texts together: two per debt in ROLL7; at a place of work two in 30 dates."""
    attempt = case.attempt
    if attempt["channel"] not in ("call", "sms") or attempt_uncounted(case):
        return CLEAR
    at_work = attempt["address_kind"] in WORK
    first = case.today - timedelta(days=29 if at_work else 6)
    events = own(counted_events(case, first))
    initiated = calls_with(events, *LEAVABLE) + on(events, "sms")
    if at_work:
        initiated = [e for e in initiated if e["address_id"] == attempt["address_id"]]
    return soft(any(len(about(case, initiated, debt)) >= 2 for debt in late_debts(case)))


def ma_hours(case: Case) -> str:
    """Calls and texts outside 08:00-21:00."""
    return soft(
        case.attempt["channel"] in ("call", "sms")
        and not inside(case, "08:00", "21:00", every_zone(case))
        and not valid_reply(case)
    )


# --- District of Columbia ------------------------------------------------------------------------


def requested_calls(case: Case, debt: str) -> list[str]:
    """The one call-back that each consent to more calls asked for, if it was made already."""
    made = []
    for consent in case.state["consents"]:
        covered = [
            call["id"]
            for call in own(on(case.history, "call"))
            if call["direction"] == "outbound"
            and covered_by_extra_calls(case, consent, debt, call["when"], call["day"])
        ]
        made += covered[:1]
    return made


def is_requested_call(case: Case, debt: str) -> bool:
    """The attempt is the first call under a consent to more calls."""
    for consent in case.state["consents"]:
        earlier = [
            call
            for call in own(on(case.history, "call"))
            if call["direction"] == "outbound"
            and covered_by_extra_calls(case, consent, debt, call["when"], call["day"])
        ]
        if not earlier and covered_by_extra_calls(case, consent, debt, case.at, case.today):
            return True
    return False


def dc_bound_debts(case: Case) -> set[str]:
    """Collectors: every debt; original creditors: debts more than 30 days late."""
    return late_debts(case) if case.given["actor_role"] == "creditor" else attempt_debts(case)


def dc_four_calls(case: Case) -> str:
    """Four calls per account in ROLL7, and none after a completed call for seven further days."""
    if case.attempt["channel"] != "call" or attempt_uncounted(case):
        return CLEAR
    for debt in dc_bound_debts(case):
        if is_requested_call(case, debt):
            continue
        asked = requested_calls(case, debt)
        calls = about(case, own(calls_with(roll7(case), *LEAVABLE)), debt)
        completed = [
            call
            for call in about(case, own(conversations(case)), debt)
            if call["direction"] == "outbound" and within_conv(case, call, closed_days=8)
        ]
        if len([call for call in calls if call["id"] not in asked]) >= 4 or completed:
            return soft(True)
    return CLEAR


def dc_notice_first(case: Case) -> str:
    """No electronic message of a collector before the mailed notice."""
    sent = any(notice["code"] == "dc_m2A" for notice in case.state["notices"])
    return hard(bound(case) and case.attempt["channel"] in ELECTRONIC and not sent)


def first_request(case: Case) -> bool:
    """A request for consent, the first in ROLL7."""
    return case.attempt["purpose"] == "consent_request" and not any(
        event["purpose"] == "consent_request" for event in roll7(case)
    )


def dc_consent(case: Case) -> str:
    """No electronic message without consent to that method, but one request in ROLL7."""
    return hard(
        case.attempt["channel"] in ELECTRONIC
        and not may_use_channel(case)
        and not first_request(case)
    )


def dc_five_messages(case: Case) -> str:
    """Five electronic messages per account in ROLL7; every one says how to opt out."""
    if case.attempt["channel"] not in ELECTRONIC:
        return CLEAR
    if lacks(case, "opt_out"):
        return HARD
    messages = on(own(roll7(case)), *ELECTRONIC)
    return soft(
        not attempt_uncounted(case)
        and any(len(about(case, messages, debt)) >= 5 for debt in attempt_debts(case))
    )


def dc_hours(case: Case) -> str:
    """Calls and texts outside 08:00-21:00 Eastern."""
    return soft(
        case.attempt["channel"] in ("call", "sms")
        and not inside(case, "08:00", "21:00", ["America/New_York"])
        and not valid_reply(case)
    )


def dc_visit(case: Case) -> str:
    """No visit."""
    return hard(case.attempt["channel"] == "visit")


# --- Washington ----------------------------------------------------------------------------------


def wa_communications(events: list[Record]) -> list[Record]:
    return calls_with(own(events), *SPOKEN) + [e for e in own(events) if e["channel"] != "call"]


def wa_three_a_week(case: Case) -> str:
    """Three communications with debtor or spouse in ROLL7, one at work; none at home by night."""
    attempt = case.attempt
    if not bound(case):
        return CLEAR
    week = wa_communications(roll7(case))
    at_work = [event for event in week if event["address_id"] == attempt["address_id"]]
    too_many = len(week) >= 3 or (attempt["address_kind"] in WORK and len(at_work) >= 1)
    residence = attempt["channel"] == "visit" or attempt["address_kind"] == "home_landline"
    by_night = residence and not inside(case, "07:30", "21:00", every_zone(case))
    return soft((too_many and not attempt_uncounted(case)) or (by_night and not valid_reply(case)))


def wa_two_a_day(case: Case) -> str:
    """Two calls or messages a day to a mobile."""
    attempt = case.attempt
    to_mobile = attempt["channel"] in ("call", "sms", "chat") and attempt["address_kind"] not in (
        "home_landline",
        "work_phone",
    )
    if not bound(case) or not to_mobile or attempt_uncounted(case):
        return CLEAR
    today: date = case.today
    events = own(counted_events(case, today))
    return soft(len(calls_with(events, *RUNG) + on(events, "sms", "chat")) >= 2)


# --- Florida -------------------------------------------------------------------------------------


def fl_hours(case: Case) -> str:
    """Anybody's calls, texts and chats outside 08:00-21:00 without prior consent; not email."""
    return soft(
        case.attempt["channel"] in ("call", "sms", "chat")
        and not inside(case, "08:00", "21:00", every_zone(case))
        and not agreed_time(case)
        and not valid_reply(case)
    )


STATES: dict[str, dict[str, Rule]] = {
    "US-MA": {"US-MA-940-7.04-1-f": ma_two_contacts, "US-MA-940-7.04-HOURS": ma_hours},
    "US-DC": {
        "US-DC-3814-d-4-A": dc_four_calls,
        "US-DC-3814-d-4-B-i": dc_notice_first,
        "US-DC-3814-d-4-B-ii": dc_consent,
        "US-DC-3814-d-4-B-iii": dc_five_messages,
        "US-DC-3814-k": dc_hours,
        "US-DC-3814-d-5": dc_visit,
    },
    "US-WA": {"US-WA-19.16.250-13": wa_three_a_week, "US-WA-19.16.250-18": wa_two_a_day},
    "US-FL": {"US-FL-559.72-17": fl_hours},
    "US-CA": {"US-CA-1788.17": california},
}
