"""China and India (rules.md §6 and §8)."""

from __future__ import annotations

from tests.compliance.literal_case import Case, Rule, debt_records, hard, soft, valid_reply
from tests.compliance.literal_clock import (
    agreed_time,
    attempt_uncounted,
    calls_with,
    counted_events,
    every_zone,
    inside,
    lacks,
    says,
    stated_inconvenient,
)
from tests.compliance.literal_house import late, open_disputes
from tests.compliance.literal_strict import day_cap, voice_cap, week_cap

UNANSWERED = ("voicemail_left", "voicemail_not_left", "rang_no_voicemail", "busy")


def to_other(case: Case) -> bool:
    return bool(case.attempt["recipient"] != "borrower")


# --- China ---------------------------------------------------------------------------------------


def cn_hours(case: Case) -> str:
    """22:00 to 08:00 China time is closed unless agreed with the debtor."""
    return soft(
        not inside(case, "08:00", "22:00", every_zone(case, "Asia/Shanghai"))
        and not agreed_time(case)
        and not valid_reply(case)
    )


def cn_counts(case: Case) -> bool:
    return case.attempt["channel"] == "call" and late(case) and not attempt_uncounted(case)


def cn_connected(case: Case) -> str:
    """Three connected calls per debtor per day, lender and agency together."""
    calls = calls_with(counted_events(case, case.today), "conversation", "dropped")
    return soft(cn_counts(case) and len(calls) >= 3)


def cn_unanswered(case: Case) -> str:
    """Six unanswered attempts to the same number in one day."""
    calls = [
        call
        for call in calls_with(counted_events(case, case.today), *UNANSWERED)
        if call["address_id"] == case.attempt["address_id"]
    ]
    return soft(cn_counts(case) and len(calls) >= 6)


def cn_third_party(case: Case) -> str:
    """Collect from the debtor only; disclose to nobody else."""
    return hard(to_other(case) or says(case, "third_party_disclosure"))


def cn_first_contact(case: Case) -> str:
    """The first contact states the institution."""
    return hard(case.attempt["is_initial_communication"] and lacks(case, "identity"))


def card_debts(case: Case) -> list[str]:
    return [debt["id"] for debt in debt_records(case) if debt["kind"] == "credit_card"]


CN_VIOLENT = ("threat_violence", "threat_arrest", "threat_illegal_action", "obscene", "shame")


def cn_card_people(case: Case) -> str:
    """Card debts: only the cardholder; no coercion, intimidation, abuse."""
    return hard(bool(card_debts(case)) and (to_other(case) or says(case, *CN_VIOLENT)))


def cn_card_plan(case: Case) -> str:
    """Card debts under a plan being performed: collection stops, a pre-due reminder may go."""
    plan = case.state["payment_plan"]
    planned = (
        plan is not None
        and plan["status"] == "performing"
        and any(plan["debt_ids"] is None or debt in plan["debt_ids"] for debt in card_debts(case))
    )
    purpose = case.attempt["purpose"]
    collects = purpose == "demand" or (purpose == "reminder" and late(case))
    return hard(planned and collects)


CN_BANNED = (
    *CN_VIOLENT, "false_amount", "impersonates_authority", "impersonates_attorney",
    "simulated_legal_process", "third_party_disclosure", "inducing_borrowing",
)  # fmt: skip


def cn_content(case: Case) -> str:
    """Threats, insult, impersonation, inducing to borrow, extra fees, exposing in public."""
    return hard(says(case, *CN_BANNED))


CN: dict[str, Rule] = {
    "CN-GBT45251-HOURS": cn_hours,
    "CN-GBT45251-CALLS": cn_connected,
    "CN-CBA-ATTEMPTS": cn_unanswered,
    "CN-GBT45251-3P": cn_third_party,
    "CN-CBA-ID": cn_first_contact,
    "CN-CARD-68": cn_card_people,
    "CN-CARD-70": cn_card_plan,
    "CN-CONTENT": cn_content,
}


# --- India ---------------------------------------------------------------------------------------


def in_open_hours(case: Case) -> bool:
    return inside(case, "08:00", "19:00", every_zone(case, "Asia/Kolkata"))


def in_hours(case: Case) -> str:
    """08:00-19:00 India time, every channel and phase."""
    return soft(not in_open_hours(case) and not valid_reply(case))


def in_persistent(case: Case) -> str:
    """Persistent contact: the caps of STRICT."""
    return soft(
        late(case)
        and not attempt_uncounted(case)
        and any([week_cap(case), voice_cap(case), day_cap(case)])
    )


def in_third_party(case: Case) -> str:
    """Borrower only; no public humiliation."""
    exposed = case.attempt["address_kind"] == "group_or_public"
    return hard(to_other(case) or exposed or says(case, "third_party_disclosure"))


IN_BANNED = (
    "threat_violence", "threat_arrest", "threat_illegal_action", "false_legal_claim",
    "false_amount", "false_urgency", "impersonates_authority", "impersonates_attorney",
    "simulated_legal_process", "deceptive_purpose", "shame", "obscene", "pressure_vulnerable",
)  # fmt: skip


def in_content(case: Case) -> str:
    """Intimidation, improper messages, anonymous calls, falsehood."""
    anonymous = case.attempt["channel"] == "call" and lacks(case, "identity")
    return hard(anonymous or says(case, *IN_BANNED))


def in_agent(case: Case) -> str:
    """An agent waits until its particulars were sent to the borrower."""
    sent = any(notice["code"] == "in_agent_particulars" for notice in case.state["notices"])
    is_agent = case.given["actor_role"] == "third_party_collector"
    return hard(is_agent and late(case) and not sent)


def in_draft(case: Case) -> str:
    """Draft of 2026, adopted early: hours, requested times, no relatives, no agent in a dispute."""
    others = ("spouse", "adult_relative", "emergency_contact", "employer")
    is_agent = case.given["actor_role"] == "third_party_collector"
    grievance = is_agent and late(case) and bool(open_disputes(case))
    if case.attempt["recipient"] in others or grievance:
        return hard(True)
    closed = stated_inconvenient(case) or not in_open_hours(case)
    return soft(closed and not valid_reply(case))


IN: dict[str, Rule] = {
    "IN-RBI-HOURS": in_hours,
    "IN-RBI-PERSIST": in_persistent,
    "IN-RBI-3P": in_third_party,
    "IN-RBI-CONTENT": in_content,
    "IN-DL-AGENT": in_agent,
    "IN-DRAFT26": in_draft,
}
