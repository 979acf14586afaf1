"""Where STRICT allows what a country's profile forbids, and the words of rules.md that say so.

`EXCEPTIONS` are made by rules.md itself. `GAPS` are not: §9 promises that "every limit is the most
protective one found above", yet has no row for them; whether to close them is a product decision.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.compliance.literal_case import Case
from tests.compliance.literal_clock import calls_with, counted_events, stated_inconvenient
from tests.compliance.literal_cn_in import UNANSWERED
from tests.compliance.literal_strict import reply_lifts
from tests.compliance.literal_us import at_home

OWN_ZONES = {"CN": "Asia/Shanghai", "UK": "Europe/London", "IN": "Asia/Kolkata"}
CLOCK_RULES = ("CN-GBT45251-HOURS", "UK-CONC-7.9.4-HOURS", "IN-RBI-HOURS", "IN-DRAFT26")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a rule of a country may object although STRICT does not."""

    rules: tuple[str, ...]
    text: str
    holds: Callable[[Case], bool]


def elsewhere(case: Case) -> bool:
    return bool(OWN_ZONES[case.profile] not in case.given["possible_timezones"])


def letter(case: Case) -> bool:
    return not stated_inconvenient(case) and bool(case.attempt["channel"] == "letter")


def call(case: Case) -> bool:
    return bool(case.attempt["channel"] == "call")


def busy_today(case: Case) -> bool:
    calls = calls_with(counted_events(case, case.today), *UNANSWERED)
    return len([one for one in calls if one["outcome"] == "busy"]) >= 1


def asks_consent(case: Case) -> bool:
    return bool(case.attempt["purpose"] == "consent_request")


EXCEPTIONS = (
    Reason(
        rules=CLOCK_RULES,
        text="STRICT-HOURS holds in ALL-ZONES of the borrower; the country's rule also on its own"
        " clock (China time, Europe/London, Asia/Kolkata), where this borrower cannot be.",
        holds=elsewhere,
    ),
    Reason(
        rules=("CN-GBT45251-HOURS", "IN-RBI-HOURS", "IN-DRAFT26"),
        text='STRICT-HOURS: "Letters exempt"; the rows of CN and IN cover all channels.',
        holds=letter,
    ),
    Reason(
        rules=(
            "US-1006.6-c-1",
            "US-1006.38-d-2",
            "US-1006.38-c",
            "US-TCPA-CONSENT",
            "UK-CONC-7.15.8",
            "IN-DRAFT26",
        ),
        text='STRICT-REPLY: "One reply per inbound message ... exempt from hours, inconvenience,'
        ' frequency, consent, opt-out, cease, dispute, attorney and moratorium holds". §13.11 says'
        " it of the cease expressly; the refusal of a barred debt is a cease in STRICT. IN-DRAFT26"
        " here: an agent answers while a dispute is open.",
        holds=reply_lifts,
    ),
    Reason(
        rules=("US-TCPA-CONSENT", "US-TCPA-REVOKE"),
        text='STRICT-CONSENT: "one consent_request per ROLL7 otherwise".',
        holds=asks_consent,
    ),
    Reason(
        rules=("CN-CBA-ATTEMPTS",),
        text="§2, call outcomes: a busy line counts as unanswered in CN, and not in STRICT.",
        holds=busy_today,
    ),
)
GAPS = (
    Reason(
        rules=("US-TCPA-CONSENT", "US-TCPA-REVOKE"),
        text="STRICT-CONSENT is about sms, chat and email; no row wants consent to machine calls.",
        holds=call,
    ),
    Reason(
        rules=("US-1006.14-RAPID",),
        text="No row keeps two hours between automated calls.",
        holds=call,
    ),
    Reason(
        rules=("US-1006.6-b-1-ii", "UK-CONC-7.9.4-REQ"),
        text="STRICT-INC is about times; no row closes an inconvenient place.",
        holds=lambda case: at_home(case) and bool(case.state["inconvenient_places"]),
    ),
    Reason(
        rules=("US-1006.6-b-3",),
        text="No row closes work addresses when the employer prohibits contact.",
        holds=lambda case: case.state["employer_prohibits_contact"],
    ),
    Reason(
        rules=("US-1006.22-f-3",),
        text="No row closes an employer's email address.",
        holds=lambda case: case.attempt["address_kind"] == "employer_email",
    ),
    Reason(
        rules=("US-1006.18-e",),
        text="STRICT-DISCLOSE wants identity, purpose and opt_out; not the collector's words.",
        holds=lambda case: case.given["actor_role"] == "third_party_collector",
    ),
    Reason(
        rules=("IN-DL-AGENT",),
        text="No row makes an agent wait for its particulars to be sent.",
        holds=lambda case: case.given["actor_role"] == "third_party_collector",
    ),
)


REASONS = EXCEPTIONS + GAPS


def excuses(case: Case, rule: str) -> list[Reason]:
    """The reasons that speak of this rule and hold for this case."""
    return [reason for reason in REASONS if rule in reason.rules and reason.holds(case)]
