"""The house rules of rules.md §3 that a vector can break."""

from __future__ import annotations

from datetime import timedelta

from tests.compliance.literal_case import (
    CLEAR,
    Case,
    Rule,
    about_attempt,
    day_of,
    hard,
    valid_reply,
)
from tests.compliance.literal_clock import channel_stopped, lacks

US_PROFILES = ("US", "US-MA", "US-DC", "US-WA", "US-FL", "US-CA")
ANY_FORM_CEASE = ("CN", "UK", "IN")


def cease_by_voice(case: Case) -> bool:
    """Somebody said on the telephone that all contact must end."""
    return any(e["intent"] == "cease_all" and e["channel"] == "call" for e in case.history)


def cease_in_any_form(case: Case) -> bool:
    return case.state["cease"] is not None or any(
        event["intent"] == "cease_all" for event in case.history
    )


def opted_out(case: Case) -> bool:
    """The channel is closed; a spoken "leave me alone" closes at least the telephone."""
    return channel_stopped(case) or (case.attempt["channel"] == "call" and cease_by_voice(case))


def opt_out_excepted(case: Case) -> bool:
    """One answer to a later turn of the borrower, or a notice that the law wants by letter."""
    by_law = case.attempt["purpose"] == "statutory_notice" and case.attempt["channel"] == "letter"
    return valid_reply(case) or by_law


def all_optout(case: Case) -> str:
    """An opt-out is honoured at once in every profile; in CN, UK, IN so is a cease of any form."""
    closed = opted_out(case) or (case.profile in ANY_FORM_CEASE and cease_in_any_form(case))
    return hard(closed and not opt_out_excepted(case))


def all_identity(case: Case) -> str:
    """Every message says who writes, for whom, and why."""
    return hard(lacks(case, "identity", "purpose"))


def all_no_group(case: Case) -> str:
    """Never a group, a channel or a public wall."""
    return hard(case.attempt["address_kind"] == "group_or_public")


def open_disputes(case: Case) -> list[dict[str, object]]:
    return [
        dispute
        for dispute in case.state["disputes"]
        if dispute["resolved_at"] is None and about_attempt(case, [dispute["debt_id"]])
    ]


def all_staff(case: Case) -> str:
    """Dispute, legal representation and bereavement go to a person: no automated first step."""
    if case.profile not in ("CN", "UK", "IN"):  # US and STRICT have rows of their own
        return CLEAR
    delicate = (
        bool(open_disputes(case))
        or case.state["attorney"] is not None
        or case.state["deceased"] is not None
    )
    answering = valid_reply(case) or case.attempt["purpose"] in (
        "dispute_response",
        "statutory_notice",
    )
    return hard(case.attempt["automated"] and delicate and not answering)


HOUSE: dict[str, Rule] = {
    "ALL-OPTOUT": all_optout,
    "ALL-IDENTITY": all_identity,
    "ALL-NO-GROUP": all_no_group,
    "ALL-STAFF": all_staff,
}


# --- states that several profiles look at ------------------------------------------------------------


def late(case: Case) -> bool:
    return case.given["phase"] in ("post_due", "default")


def plan_hold(case: Case) -> bool:
    """A repayment plan has been in development for less than 30 days."""
    plan = case.state["plan_in_development"]
    if plan is None:
        return False
    since = day_of(plan["notified_at"], case.given["timezone"])
    return case.today < since + timedelta(days=30)


def capacity_concern(case: Case) -> bool:
    concern = case.state["mental_capacity_concern"]
    return concern is not None and concern["resolved_at"] is None


def moratorium_runs(case: Case) -> bool:
    moratorium = case.state["moratorium"]
    if moratorium is None:
        return False
    zone, end = case.given["timezone"], moratorium["end_date"]
    started = day_of(moratorium["start_date"], zone) <= case.today
    return started and (end is None or case.today <= day_of(end, zone))
