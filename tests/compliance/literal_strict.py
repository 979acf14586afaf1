"""STRICT (rules.md §9): its own rows only; every count is per borrower."""

from __future__ import annotations

from tests.compliance.literal_case import (
    ELECTRONIC,
    UNCOUNTED,
    Case,
    Record,
    Rule,
    hard,
    soft,
    stops_channel,
    valid_reply,
)
from tests.compliance.literal_clock import (
    calls_with,
    conversations,
    counted_events,
    every_zone,
    inside,
    lacks,
    may_use_channel,
    roll7,
    stated_inconvenient,
    within_conv,
)
from tests.compliance.literal_house import (
    capacity_concern,
    cease_in_any_form,
    moratorium_runs,
    open_disputes,
    plan_hold,
)
from tests.compliance.literal_states import first_request
from tests.compliance.literal_us_calls import COUNTED_CALLS

ANSWERS = ("reply", "opt_out_confirmation", "dispute_response")


def reply_lifts(case: Case) -> bool:
    """STRICT-REPLY: one reply per inbound message, answer only."""
    return valid_reply(case) and case.attempt["purpose"] in ANSWERS


# --- clock ---------------------------------------------------------------------------------------


def hours(case: Case) -> str:
    """08:00-19:00 in every zone; no consent overrides; letters exempt."""
    return soft(
        case.attempt["channel"] != "letter"
        and not inside(case, "08:00", "19:00", every_zone(case))
        and not reply_lifts(case)
    )


def inconvenient(case: Case) -> str:
    """Any stated inconvenient time."""
    return soft(stated_inconvenient(case) and not reply_lifts(case))


def contacts(events: list[Record]) -> list[Record]:
    """Messages, letters, visits, and the calls that the STRICT column of §2 counts."""
    return [e for e in events if e["channel"] != "call"] + calls_with(events, *COUNTED_CALLS)


def free_of_caps(case: Case) -> bool:
    return reply_lifts(case) or case.attempt["purpose"] in UNCOUNTED


def week_cap(case: Case) -> str:
    """Three proactive contacts per ROLL7."""
    return soft(not free_of_caps(case) and len(contacts(roll7(case))) >= 3)


def voice_cap(case: Case) -> str:
    """Two calls and texts together per ROLL7."""
    counted = [e for e in contacts(roll7(case)) if e["channel"] in ("call", "sms")]
    return soft(
        case.attempt["channel"] in ("call", "sms") and not free_of_caps(case) and len(counted) >= 2
    )


def day_cap(case: Case) -> str:
    """Two proactive contacts per day."""
    today = contacts(counted_events(case, case.today))
    return soft(not free_of_caps(case) and len(today) >= 2)


def after_conversation(case: Case) -> str:
    """No call within CONV7 of any telephone conversation."""
    return soft(
        case.attempt["channel"] == "call"
        and not free_of_caps(case)
        and any(within_conv(case, call) for call in conversations(case))
    )


# --- holds ---------------------------------------------------------------------------------------


def consent(case: Case) -> str:
    """Electronic channels need consent; one request for it per ROLL7."""
    return hard(
        case.attempt["channel"] in ELECTRONIC
        and not may_use_channel(case)
        and not first_request(case)
        and not reply_lifts(case)
    )


def optout(case: Case) -> str:
    """Any opt-out closes the whole channel."""
    channel = case.attempt["channel"]
    closed = any(stop["channel"] == channel for stop in case.state["opt_outs"]) or any(
        stops_channel(event) and event["channel"] == channel for event in case.history
    )
    return hard(closed and not reply_lifts(case))


def cease(case: Case) -> str:
    """Any wish to stop and any refusal to pay, in any form, closes everything."""
    refused = case.state["statute_barred_refusal"] is not None or any(
        event["intent"] == "refuses_to_pay" for event in case.history
    )
    return hard((refused or cease_in_any_form(case)) and not reply_lifts(case))


def third_party(case: Case) -> str:
    """Nobody but the borrower."""
    return hard(case.attempt["recipient"] != "borrower")


def public(case: Case) -> str:
    """No group and no public address."""
    return hard(case.attempt["address_kind"] == "group_or_public")


def visit(case: Case) -> str:
    """No visit."""
    return hard(case.attempt["channel"] == "visit")


def attorney(case: Case) -> str:
    """Any known representative."""
    return hard(case.state["attorney"] is not None and not reply_lifts(case))


def dispute(case: Case) -> str:
    """Any open dispute, in any form, on the debt concerned."""
    return hard(bool(open_disputes(case)) and not reply_lifts(case))


def bankruptcy(case: Case) -> str:
    """A bankruptcy, active or discharged."""
    record = case.state["bankruptcy"]
    return hard(record is not None and record["status"] in ("active", "discharged"))


def dead(case: Case) -> str:
    """The borrower is dead."""
    return hard(case.state["deceased"] is not None)


def capacity(case: Case) -> str:
    """A concern about capacity."""
    return hard(capacity_concern(case))


def moratorium(case: Case) -> str:
    """A moratorium on any debt."""
    return hard(moratorium_runs(case) and not reply_lifts(case))


def plan(case: Case) -> str:
    """Plan performed: no demand, no reminder once due. Plan developed: pause for 30 days."""
    purpose = case.attempt["purpose"]
    performed = (
        case.state["payment_plan"] is not None
        and case.state["payment_plan"]["status"] == "performing"
    )
    due = case.given["phase"] != "pre_due"
    collects = purpose == "demand" or (purpose == "reminder" and due)
    held = plan_hold(case) and purpose in ("reminder", "demand")
    return hard((performed and collects) or held)


def content(case: Case) -> str:
    """Any category of §11."""
    return hard(bool(case.attempt["content"]["categories"]))


def disclose(case: Case) -> str:
    """Identity and purpose always; the opt-out in every electronic message."""
    unsaid = case.attempt["channel"] in ELECTRONIC and lacks(case, "opt_out")
    return hard(unsaid or lacks(case, "identity", "purpose"))


STRICT: dict[str, Rule] = {
    "STRICT-HOURS": hours,
    "STRICT-INC": inconvenient,
    "STRICT-FREQ-ALL-7D": week_cap,
    "STRICT-FREQ-VOICE-7D": voice_cap,
    "STRICT-FREQ-DAY": day_cap,
    "STRICT-CONV": after_conversation,
    "STRICT-CONSENT": consent,
    "STRICT-OPTOUT": optout,
    "STRICT-CEASE": cease,
    "STRICT-3P": third_party,
    "STRICT-PUBLIC": public,
    "STRICT-VISIT": visit,
    "STRICT-ATTORNEY": attorney,
    "STRICT-DISPUTE": dispute,
    "STRICT-BK": bankruptcy,
    "STRICT-DECEASED": dead,
    "STRICT-CAPACITY": capacity,
    "STRICT-MORATORIUM": moratorium,
    "STRICT-PLAN": plan,
    "STRICT-CONTENT": content,
    "STRICT-DISCLOSE": disclose,
}
