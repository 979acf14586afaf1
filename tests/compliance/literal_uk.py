"""The United Kingdom (rules.md §7)."""

from __future__ import annotations

from tests.compliance.literal_case import (
    CLEAR,
    Case,
    Rule,
    about_attempt,
    debt_records,
    hard,
    soft,
    valid_reply,
    worst,
)
from tests.compliance.literal_clock import every_zone, inside, lacks, says, stated_inconvenient
from tests.compliance.literal_house import (
    capacity_concern,
    late,
    moratorium_runs,
    open_disputes,
    plan_hold,
)
from tests.compliance.literal_us import at_home

PURSUIT = ("reminder", "demand")


def uk_hours(case: Case) -> str:
    """08:00-21:00 London and in every possible zone; letters exempt."""
    return soft(
        case.attempt["channel"] != "letter"
        and not inside(case, "08:00", "21:00", every_zone(case, "Europe/London"))
        and not valid_reply(case)
    )


def uk_request(case: Case) -> str:
    """The customer's request on when (delay) and where (block)."""
    if valid_reply(case):
        return CLEAR
    where = "home" in case.state["inconvenient_places"] and at_home(case)
    return worst([hard(where), soft(stated_inconvenient(case))])


def uk_identity(case: Case) -> str:
    """Who, for whom and why; no call-back under a misunderstanding."""
    return hard(lacks(case, "identity", "purpose") or says(case, "deceptive_purpose"))


def uk_third_party(case: Case) -> str:
    """Embarrassing in public, or others could learn; an authorised representative may know."""
    others = ("spouse", "adult_relative", "emergency_contact", "employer")
    return hard(
        case.attempt["recipient"] in others
        or case.attempt["address_kind"] == "group_or_public"
        or says(case, "shame", "third_party_disclosure")
    )


def uk_pressure(case: Case) -> str:
    """Pressing to pay too fast, to borrow or to sell."""
    return hard(says(case, "false_urgency", "inducing_borrowing"))


def uk_plan(case: Case) -> str:
    """While a plan is developed, active pursuit pauses for 30 days."""
    return hard(
        plan_hold(case)
        and late(case)
        and case.attempt["purpose"] in PURSUIT
        and not valid_reply(case)
    )


def uk_capacity(case: Case) -> str:
    """The customer may lack capacity: nobody but a representative with authority."""
    return hard(capacity_concern(case) and case.attempt["recipient"] != "debt_adviser")


def uk_vulnerable(case: Case) -> str:
    """Pressing somebody known to be vulnerable."""
    return hard(says(case, "pressure_vulnerable"))


UK_MISREPRESENTS = (
    "threat_arrest", "threat_illegal_action", "false_legal_claim", "false_amount",
    "impersonates_authority", "impersonates_attorney", "simulated_legal_process",
)  # fmt: skip


def uk_misrepresents(case: Case) -> str:
    """Misstating authority, legal position or action."""
    return hard(says(case, *UK_MISREPRESENTS))


def uk_dispute(case: Case) -> str:
    """Disputed in any form: only the answer, required notices and replies."""
    disputes = [dispute for dispute in open_disputes(case) if dispute["kind"] == "dispute"]
    answer = case.attempt["purpose"] in ("dispute_response", "statutory_notice")
    return hard(bool(disputes) and not answer and not valid_reply(case))


def uk_barred(case: Case) -> str:
    """Statute-barred and refused for that, or court suggested although barred."""
    refusal = case.state["statute_barred_refusal"]
    refused = refusal is not None and about_attempt(case, refusal["debt_ids"])
    barred = any(debt["time_barred"] for debt in debt_records(case))
    return hard(refused or (barred and says(case, "threat_lawsuit")))


def uk_moratorium(case: Case) -> str:
    """Breathing space on the debt; adviser, replies, answers and required notices excepted."""
    moratorium = case.state["moratorium"]
    excepted = (
        case.attempt["recipient"] == "debt_adviser"
        or case.attempt["purpose"] in ("dispute_response", "statutory_notice")
        or valid_reply(case)
    )
    return hard(
        moratorium_runs(case) and about_attempt(case, moratorium["debt_ids"]) and not excepted
    )


def uk_harm(case: Case) -> str:
    """Consumer Duty: foreseeable harm that no narrower row names."""
    return hard(says(case, "threat_violence", "obscene"))


UK: dict[str, Rule] = {
    "UK-CONC-7.9.4-HOURS": uk_hours,
    "UK-CONC-7.9.4-REQ": uk_request,
    "UK-CONC-7.9-ID": uk_identity,
    "UK-CONC-7.9-3P": uk_third_party,
    "UK-CONC-7.3.10": uk_pressure,
    "UK-CONC-7.3.11": uk_plan,
    "UK-CONC-7.10.1": uk_capacity,
    "UK-CONC-7.2.1": uk_vulnerable,
    "UK-CONC-7.11-CONTENT": uk_misrepresents,
    "UK-CONC-7.14.1": uk_dispute,
    "UK-CONC-7.15.8": uk_barred,
    "UK-DRS-11": uk_moratorium,
    "UK-PRIN-2A": uk_harm,
}
