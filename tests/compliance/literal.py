"""The contact rules once more: slow, literal, and sharing no code with compliance/.

`literal_decide` judges a vector of the contact-rule pack straight from rules.md, one small
function per rule id. It exists to be compared with the product, so it is plain rather than quick.

Where the text leaves room, this is the reading taken.

Time
- Facts are frozen at `now`: a record dated later (also a moratorium, plan, resolution or
  revocation) does not exist, and does not begin to exist while `until` is sought. Dates inside a
  known record (a consent's validity, an `until_date`) do take effect as time passes.
- `until` is sought minute by minute. As every edge is a local time, and zones differ by quarters
  of an hour, only minutes that are a quarter's distance from an edge are tried. If nothing is
  allowed within 40 days after the last date that the facts name, the decision is `block`.
- Blocks named by the borrower and agreed windows do not run over midnight (start < end). A
  `contact_time` consent without a window agrees to nothing.
- CN, UK and IN hours hold in every possible zone and in the profile's own zone (China time,
  London, Kolkata), in all phases (§1: hours, opt-out, privacy and content rules, all phases).
- "Within 5 minutes" includes the fifth minute's end.

Replies
- A valid reply is exempt from hours in every profile (§2), also where the row names no exception.
- It may have any purpose, as the README's definition has none; STRICT-REPLY says "answer only", so
  there the purpose is reply, opt_out_confirmation or dispute_response.
- A message with intent `cease_all` is an opt-out message: it is answered by a confirmation only.
- A reply never lifts a rule whose row names no such exception: US cease, US dispute, consent to
  texts, DC notice and consent, UK capacity and UK statute-barred refusal.

Opt-out and cease
- `stop_channel`, by intent or keyword, closes the channel with all its addresses, whoever wrote it.
- US: a cease binds when written; an inbound `cease_all` or `refuses_to_pay` in any channel but a
  call is written. A spoken `cease_all` closes the telephone. CN, UK, IN: a cease in any form is an
  opt-out of everything (§12); a refusal to pay is not. STRICT: both, and a statute-barred refusal.
- A later consent does not undo an opt-out. A statutory notice by letter may pass an opt-out.
- An opt-out confirmation needs none of the disclosures, not even `identity`.

Counting
- US federal and state caps count what this sender did (`actor` self), per particular debt; a call
  counts for the person reached. CN and STRICT count the agency too, and whoever was reached.
- An event without debts counts for every debt; an attempt without debts is about every debt.
- An attempt that is not counted (reply, statutory notice, confirmation) is held by no cap and no
  conversation rule. A conversation in a call-back still starts CONV7.
- MA counts debts more than 30 days late; DC does so for original creditors only. The date after a
  completed call opens one day later in DC (§13.9). WA "communications": answered calls,
  voicemails left, and every message. WA "mobile": not a landline, a work phone, an email.
- US-1006.14-RAPID is "staff": it blocks automated calls only, within two hours or as third of a day.
- A second request for consent in seven days is a block, as its row's effect says.
- IN-RBI-PERSIST uses the three caps of STRICT, on all channels.

People and places
- An executor is a consumer only when the borrower is dead. Letters and visits go home.
- `employer_prohibits_contact` closes every visit, as an address of a visit is not known.
- Consent to a channel lifts neither attorney, employer, place nor employer's email (P-036).
- An automated call to a landline or a work phone is not a call to a mobile (TCPA).

Debts and holds
- A dispute with no known validation period is inside it. `overshadowing` objects in all phases.
- STRICT's bankruptcy and moratorium are about any debt; its dispute is about the debt concerned
  and includes a request for the original creditor.
- A plan in development holds reminders and demands for 30 local dates from its date.
- CN-CARD-70: a demand is blocked in every phase, a reminder once due; only credit cards.
- UK-CONC-7.15.8 takes the refusal's word that the debt is barred.
- ALL-STAFF blocks automated first steps in CN, UK and IN on open dispute, attorney and death; the
  US and STRICT have rows of their own (US open point 7).
- IN-DRAFT26 is adopted early: hours, requested times, relatives, agents during a dispute.

Content
- A category is objected to by the rules that §11 cites or whose words name it. `threat_lawsuit`
  alone is allowed unless barred (STRICT: never). UK-PRIN-2A takes violence and obscenity.
- US-CA-1788.17 is reported beside the federal rule that it borrows, for collectors too.

Not a matter of one vector, so not here: scopes and exceptions (they are inside other rules),
US-1006.6-d-3, -10, -34-a, -2-j, -42-a, -30-c, -100-a, US-TCPA-HOURS, CN-CARD-69, CN-CFC-2024,
CN-NIFA-2018, CN-CIV-1033, CN-PIPL, UK-CONC-7.3.4, UK-DRS-12, UK-CCA, IN-DL-2025, IN-MFI-HOURS,
STRICT-BEREAVEMENT, ALL-ZONE-UNKNOWN, ALL-AUDIT; US-NYC has no profile.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.compliance.literal_case import HARD, Case, Record, Rule, known_case, stamp
from tests.compliance.literal_cn_in import CN, IN
from tests.compliance.literal_house import HOUSE
from tests.compliance.literal_states import STATES
from tests.compliance.literal_strict import STRICT
from tests.compliance.literal_uk import UK
from tests.compliance.literal_us import US

PROFILES: dict[str, dict[str, Rule]] = {
    "US": {**HOUSE, **US},
    **{state: {**HOUSE, **US, **rules} for state, rules in STATES.items()},
    "CN": {**HOUSE, **CN},
    "UK": {**HOUSE, **UK},
    "IN": {**HOUSE, **IN},
    "STRICT": {**HOUSE, **STRICT},
}
HORIZON = timedelta(days=40)
MINUTE = timedelta(minutes=1)


def objections(case: Case) -> dict[str, str]:
    """Every rule of the profile that objects, hard or soft."""
    found = {name: rule(case) for name, rule in PROFILES[case.profile].items()}
    return {name: kind for name, kind in found.items() if kind}


def allowed(case: Case) -> bool:
    return not any(rule(case) for rule in PROFILES[case.profile].values())


def edge_minutes(case: Case) -> set[int]:
    """Minutes within a quarter of an hour at which a local edge can lie."""
    named = [block[side] for block in case.state["inconvenient_times"] for side in ("start", "end")]
    for consent in case.state["consents"]:
        named += list((consent["window"] or {}).values())
    return {0} | {int(time[3:5]) % 15 for time in named}


def last_date(case: Case) -> date:
    """The last date that a known record names."""
    records = [*case.state["inconvenient_times"], *case.state["consents"]]
    fields = ("until_date", "valid_from", "valid_until")
    named = [date.fromisoformat(r[field]) for r in records for field in fields if r.get(field)]
    return max([case.today, *named])


def following_minutes(case: Case) -> Iterator[datetime]:
    """Every whole minute after the case's instant at which anything could change."""
    minutes = edge_minutes(case)
    end = max(case.at, datetime.combine(last_date(case), datetime.min.time(), UTC)) + HORIZON
    moment = case.at.replace(second=0, microsecond=0) + MINUTE
    while moment <= end:
        if moment.minute % 15 in minutes:
            yield moment
        moment += MINUTE


def earliest_allowed(case: Case) -> datetime | None:
    return next((at for at in following_minutes(case) if allowed(case.moved(at))), None)


def literal_decide(vector: Record) -> dict[str, Any]:
    """`decision`, `until` and `reasons` of a vector, as in its `expected`."""
    case = known_case(vector)
    found = objections(case)
    if not found:
        return {"decision": "allow", "until": None, "reasons": []}
    until = None if HARD in found.values() else earliest_allowed(case)
    if until is None:
        return {"decision": "block", "until": None, "reasons": sorted(found)}
    return {"decision": "delay", "until": stamp(until), "reasons": sorted(found)}
