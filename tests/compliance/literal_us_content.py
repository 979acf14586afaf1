"""US federal rules (rules.md §4): content, addresses, disputes, bankruptcy, death."""

from __future__ import annotations

from datetime import date, timedelta

from tests.compliance.literal_case import (
    Case,
    Record,
    Rule,
    about_attempt,
    attempt_debts,
    bound,
    day_of,
    debt_records,
    hard,
    particular_debts,
)
from tests.compliance.literal_clock import lacks, says
from tests.compliance.literal_house import open_disputes

FALSEHOODS = (
    "threat_arrest", "threat_illegal_action", "false_legal_claim", "false_amount", "false_urgency",
    "impersonates_authority", "impersonates_attorney", "simulated_legal_process",
    "deceptive_purpose",
)  # fmt: skip


def content_bound(case: Case) -> bool:
    return bound(case) or case.profile == "US-CA"


def caller_identity(case: Case) -> str:
    """1006.14(g): a caller says who is calling."""
    return hard(
        content_bound(case) and case.attempt["channel"] == "call" and lacks(case, "identity")
    )


def abuse(case: Case) -> str:
    """1006.14(c)-(f): violence, obscenity, shame."""
    return hard(content_bound(case) and says(case, "threat_violence", "obscene", "shame"))


def falsehood(case: Case) -> str:
    """1006.18: false, deceptive or misleading statements and means."""
    return hard(content_bound(case) and says(case, *FALSEHOODS))


def collector_disclosure(case: Case) -> str:
    """1006.18(e): a third-party collector says that it collects; a creditor never has to."""
    needed = "us_18e1" if case.attempt["is_initial_communication"] else "us_18e2"
    return hard(case.given["actor_role"] == "third_party_collector" and lacks(case, needed))


def employer_email(case: Case) -> str:
    """1006.22(f)(3): an employer's address that the consumer never wrote from for this debt."""
    attempt = case.attempt
    used = any(
        event["direction"] == "inbound"
        and event["channel"] == "email"
        and event["actor"] == "self"
        and event["address_id"] == attempt["address_id"]
        and particular_debts(case, event["debt_ids"]) & attempt_debts(case)
        for event in case.history
    )
    is_employers = (attempt["channel"], attempt["address_kind"]) == ("email", "employer_email")
    return hard(bound(case) and is_employers and not used)


def public_message(case: Case) -> str:
    """1006.22(f)(4): a chat that the public or the person's contacts can see."""
    attempt = case.attempt
    seen = (attempt["channel"], attempt["address_kind"]) == ("chat", "group_or_public")
    return hard(bound(case) and seen)


def barred_suit(case: Case) -> str:
    """1006.26(b): threatening to sue on a time-barred debt."""
    barred = any(debt["time_barred"] for debt in debt_records(case))
    return hard(content_bound(case) and barred and says(case, "threat_lawsuit"))


# --- disputes ------------------------------------------------------------------------------------


def nth(year: int, month: int, weekday: int, number: int) -> date:
    """The number-th weekday (Monday is 0) of a month."""
    days = [date(year, month, 1) + timedelta(days=offset) for offset in range(31)]
    return [day for day in days if day.month == month and day.weekday() == weekday][number]


def federal_holidays(year: int) -> set[date]:
    """5 USC 6103(a), on their own dates."""
    fixed = {(1, 1), (6, 19), (7, 4), (11, 11), (12, 25)}
    return {date(year, month, day) for month, day in fixed} | {
        nth(year, 1, 0, 2),
        nth(year, 2, 0, 2),
        nth(year, 5, 0, -1),
        nth(year, 9, 0, 0),
        nth(year, 10, 0, 1),
        nth(year, 11, 3, 3),
    }


def validation_end(dispute: Record, zone: str) -> date | None:
    """1006.34(b)(5): 30 days after receipt, assumed five working days after sending."""
    if dispute["validation_period_end"] is not None:
        return day_of(dispute["validation_period_end"], zone)
    if dispute["validation_notice_sent_at"] is None:
        return None
    day, left = day_of(dispute["validation_notice_sent_at"], zone), 5
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5 and day not in federal_holidays(day.year)
    return day + timedelta(days=30)


def stopping_disputes(case: Case, kind: str) -> bool:
    """Open, written, of this kind, received inside the validation period."""
    zone = case.given["timezone"]
    for dispute in open_disputes(case):
        end = validation_end(dispute, zone)
        in_period = end is None or day_of(str(dispute["received_at"]), zone) <= end
        if dispute["kind"] == kind and dispute["written"] and in_period:
            return True
    return False


def stops_collection(case: Case, kind: str) -> str:
    return hard(
        bound(case)
        and case.given["phase"] == "default"
        and case.attempt["purpose"] != "dispute_response"
        and stopping_disputes(case, kind)
    )


def disputed(case: Case) -> str:
    """1006.38(d)(2): disputed in writing and in time; only the verification may go out."""
    return stops_collection(case, "dispute")


def creditor_asked_for(case: Case) -> str:
    """1006.38(c): asked in writing and in time who the first creditor was."""
    return stops_collection(case, "original_creditor_request")


def overshadowing(case: Case) -> str:
    """1006.38(b): words that overshadow the right to dispute."""
    return hard(bound(case) and says(case, "overshadowing"))


# --- everybody -----------------------------------------------------------------------------------


def bankrupt(case: Case, status: str) -> bool:
    record = case.state["bankruptcy"]
    return (
        record is not None
        and record["status"] == status
        and about_attempt(case, record["debt_ids"])
    )


def stay(case: Case) -> str:
    """11 USC 362: the debt is in an open bankruptcy."""
    return hard(bankrupt(case, "active"))


def discharge(case: Case) -> str:
    """11 USC 524: the debt was discharged."""
    return hard(bankrupt(case, "discharged"))


def deceased(case: Case) -> str:
    """The borrower is dead: only staff, only to executor or spouse; DC wants the liability line."""
    attempt = case.attempt
    by_staff = not attempt["automated"] and attempt["recipient"] in ("executor", "spouse")
    unsaid = case.profile == "US-DC" and lacks(case, "no_personal_liability")
    return hard(case.state["deceased"] is not None and (not by_staff or unsaid))


CONTENT: dict[str, Rule] = {
    "US-1006.14-g": caller_identity,
    "US-1006.14-CONTENT": abuse,
    "US-1006.18-CONTENT": falsehood,
    "US-1006.18-e": collector_disclosure,
    "US-1006.22-f-3": employer_email,
    "US-1006.22-f-4": public_message,
    "US-1006.26-b": barred_suit,
    "US-1006.38-d-2": disputed,
    "US-1006.38-c": creditor_asked_for,
    "US-1006.38-b": overshadowing,
    "US-BK-362": stay,
    "US-BK-524": discharge,
    "US-DECEASED": deceased,
}
