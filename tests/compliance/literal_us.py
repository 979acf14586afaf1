"""US federal rules (rules.md §4): time, place, who, and how to stop."""

from __future__ import annotations

from tests.compliance.literal_case import (
    CLEAR,
    ELECTRONIC,
    WORK,
    Case,
    Rule,
    bound,
    hard,
    soft,
    valid_reply,
    worst,
)
from tests.compliance.literal_clock import (
    agreed_time,
    every_zone,
    inside,
    lacks,
    stated_inconvenient,
)
from tests.compliance.literal_house import opt_out_excepted, opted_out
from tests.compliance.literal_us_calls import CALLS
from tests.compliance.literal_us_content import CONTENT

TIMED = ("call", "sms", "chat", "email", "visit")


def statute_bound(case: Case) -> bool:
    """Bound by 15 USC 1692b-1692j: collectors, and in California creditors too."""
    return bound(case) or case.profile == "US-CA"


def time_excepted(case: Case) -> bool:
    return valid_reply(case) or agreed_time(case)


def hours(case: Case) -> str:
    """1006.6(b)(1)(i): not before 08:00 nor from 21:00 in any zone; letters exempt."""
    return soft(
        statute_bound(case)
        and case.attempt["channel"] in TIMED
        and not inside(case, "08:00", "21:00", every_zone(case))
        and not time_excepted(case)
    )


def location(case: Case) -> str:
    """Comment 6(b)(1)(i)-2: the primary zone would pass, another possible one does not."""
    return soft(hours(case) != CLEAR and inside(case, "08:00", "21:00", [case.given["timezone"]]))


def inconvenient_time(case: Case) -> str:
    """Comment 6(b)(1)-1: a time that the consumer named as inconvenient."""
    return soft(
        statute_bound(case)
        and case.attempt["channel"] in TIMED
        and stated_inconvenient(case)
        and not time_excepted(case)
    )


def at_home(case: Case) -> bool:
    return case.attempt["channel"] in ("letter", "visit") or (
        case.attempt["channel"],
        case.attempt["address_kind"],
    ) == ("call", "home_landline")


def inconvenient_place(case: Case) -> str:
    """1006.6(b)(1)(ii): home is inconvenient, so its landline, mail and door are closed."""
    return hard(
        statute_bound(case) and "home" in case.state["inconvenient_places"] and at_home(case)
    )


def attorney(case: Case) -> str:
    """1006.6(b)(2): a known, reachable attorney who answers and has not consented."""
    lawyer = case.state["attorney"]
    return hard(
        statute_bound(case)
        and lawyer is not None
        and lawyer["contact_known"]
        and not lawyer["unresponsive"]
        and not lawyer["consents_to_direct"]
        and not valid_reply(case)
    )


def employer(case: Case) -> str:
    """1006.6(b)(3): the employer prohibits contact at work."""
    at_work = case.attempt["address_kind"] in WORK or case.attempt["channel"] == "visit"
    return hard(statute_bound(case) and case.state["employer_prohibits_contact"] and at_work)


def written_cease(case: Case) -> bool:
    record = case.state["cease"]
    return (record is not None and record["written"]) or any(
        event["direction"] == "inbound"
        and event["channel"] != "call"
        and event["intent"] in ("cease_all", "refuses_to_pay")
        for event in case.history
    )


def cease(case: Case) -> str:
    """1006.6(c): a written cease or refusal closes everything but (c)(2)'s two notices."""
    last_word = case.attempt["purpose"] in ("termination_notice", "remedy_notice")
    return hard(statute_bound(case) and written_cease(case) and not last_word)


def third_party(case: Case) -> str:
    """1006.6(d)(1) with (a): only borrower, spouse, and the executor of a deceased borrower."""
    recipient = case.attempt["recipient"]
    consumer = recipient in ("borrower", "spouse") or (
        recipient == "executor" and case.state["deceased"] is not None
    )
    told = "third_party_disclosure" in case.attempt["content"]["categories"]
    return hard(statute_bound(case) and (not consumer or told))


def opt_out_line(case: Case) -> str:
    """1006.6(e): an electronic message says how to opt out."""
    return hard(bound(case) and case.attempt["channel"] in ELECTRONIC and lacks(case, "opt_out"))


def stopped(case: Case) -> str:
    """1006.14(h)(1): the person asked not to use this medium or address."""
    return hard(bound(case) and opted_out(case) and not opt_out_excepted(case))


STATUTE: dict[str, Rule] = {
    "US-1006.6-b-1-i": hours,
    "US-1006.6-b-1-i-LOC": location,
    "US-1006.6-b-1-INC": inconvenient_time,
    "US-1006.6-b-1-ii": inconvenient_place,
    "US-1006.6-b-2": attorney,
    "US-1006.6-b-3": employer,
    "US-1006.6-c-1": cease,
    "US-1006.6-d-1": third_party,
}
US: dict[str, Rule] = {
    **STATUTE,
    "US-1006.6-e": opt_out_line,
    "US-1006.14-h-1": stopped,
    **CALLS,
    **CONTENT,
}


def california(case: Case) -> str:
    """Cal. Civ. Code 1788.17: whoever collects obeys 1692b-1692j: time, place, people, content."""
    content = ("US-1006.14-g", "US-1006.14-CONTENT", "US-1006.18-CONTENT", "US-1006.26-b")
    rules = [*STATUTE.values(), *(CONTENT[name] for name in content)]
    return worst(rule(case) for rule in rules)
