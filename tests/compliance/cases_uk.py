"""United Kingdom."""

from datetime import date

from compliance.facts import Debt
from compliance.records import (
    CapacityConcern,
    Dispute,
    InconvenientTime,
    Moratorium,
    PlanInDevelopment,
    StatuteBarredRefusal,
)
from compliance.terms import Intent
from tests.compliance.asking import LONG_AGO, Cases, happened, utc

c = Cases("uk", zone="Europe/London", at="2026-06-10T09:00", role="creditor")
other = {"about": ("D2",), "debts": (Debt(id="D1"), Debt(id="D2"))}
answer = {
    "purpose": "reply",
    "reply_to": "e0",
    "history": happened(("2026-06-10T08:59 chat <", {"intent": Intent.QUESTION})),
}

HOURS = "UK-CONC-7.9.4-HOURS"
c.objects(HOURS, "21:00 in summer", at="2026-06-10T20:00")
c.objects(HOURS, "07:59 in winter", at="2026-01-12T07:59")
c.passes(HOURS, "20:59:59 in summer", at="2026-06-10T19:59:59")
c.passes(HOURS, "08:00 in winter", at="2026-01-12T08:00")
c.passes(HOURS, "a letter", at="2026-06-10T23:00", channel="letter")

REQ = "UK-CONC-7.9.4-REQ"
shift = {
    "inconvenient_times": (InconvenientTime(days=frozenset(range(5)), start=0, end=15 * 3600),)
}
home = {"inconvenient_places": frozenset({"home"})}
c.objects(REQ, "a night worker's morning", state=shift)
c.objects(REQ, "a landline at home", channel="call", kind="home_landline", state=home)
c.passes(REQ, "15:00", at="2026-06-10T14:00", state=shift)
c.passes(REQ, "one answer", state=shift, **answer)
c.passes(REQ, "a mobile", channel="call", state=home)

c.objects("UK-CONC-7.9-ID", "does not say who", includes="purpose")
c.objects("UK-CONC-7.9-ID", "a pretext", categories="deceptive_purpose")
c.passes("UK-CONC-7.9-ID", "says who and why")
c.passes("UK-CONC-7.9-ID", "a confirmation", purpose="opt_out_confirmation", includes="")

OTHERS = "UK-CONC-7.9-3P"
c.objects(OTHERS, "the spouse", recipient="spouse")
c.objects(OTHERS, "hints that others know", categories="third_party_disclosure")
c.passes(OTHERS, "an adviser", recipient="debt_adviser")
c.passes(
    OTHERS,
    "the executor of the dead",
    recipient="executor",
    automated=False,
    state={"deceased_since": LONG_AGO},
)

c.objects("UK-CONC-7.3.10", "borrow elsewhere", categories="inducing_borrowing")
c.objects("UK-CONC-7.3.10", "today only", categories="false_urgency")
c.passes("UK-CONC-7.3.10", "a clean text")
c.passes("UK-CONC-7.3.10", "another wrong", categories="false_amount")

PLAN = "UK-CONC-7.3.11"
c.objects(
    PLAN,
    "the same day",
    state={"plan_in_development": PlanInDevelopment(notified_at=utc("2026-06-10T08:00"))},
)
c.objects(
    PLAN,
    "the thirtieth date",
    state={"plan_in_development": PlanInDevelopment(notified_at=utc("2026-05-12T08:00"))},
)
c.passes(
    PLAN,
    "the thirty-first date",
    state={"plan_in_development": PlanInDevelopment(notified_at=utc("2026-05-11T08:00"))},
)
c.passes(
    PLAN,
    "one answer",
    **answer,
    state={"plan_in_development": PlanInDevelopment(notified_at=utc("2026-06-10T08:00"))},
)

CAP = "UK-CONC-7.10.1"
doubt = {"capacity_concern": CapacityConcern(notified_at=utc("2026-06-08T09:00"))}
c.objects(CAP, "a concern", state=doubt)
c.objects(CAP, "even an answer", state=doubt, **answer)
c.passes(CAP, "a representative", recipient="debt_adviser", state=doubt)
c.passes(
    CAP,
    "resolved",
    state={
        "capacity_concern": CapacityConcern(
            notified_at=utc("2026-06-08T09:00"), resolved_at=utc("2026-06-10T09:00")
        )
    },
)

for rule in ("UK-CONC-7.2.1", "UK-PRIN-2A"):
    c.objects(rule, "presses the vulnerable", categories="pressure_vulnerable")
    c.objects(rule, "by letter", channel="letter", categories="pressure_vulnerable")
    c.passes(rule, "a clean text")
    c.passes(rule, "another wrong", categories="false_amount")

c.objects("UK-CONC-7.11-CONTENT", "a sham summons", categories="simulated_legal_process")
c.objects("UK-CONC-7.11-CONTENT", "a false claim", categories="false_legal_claim")
c.passes("UK-CONC-7.11-CONTENT", "a clean text")
c.passes("UK-CONC-7.11-CONTENT", "a lawful suit", categories="threat_lawsuit")

DISPUTE = "UK-CONC-7.14.1"
open_ = {"disputes": (Dispute(debt_id="D1", received_at=LONG_AGO, written=False),)}
c.objects(DISPUTE, "spoken", state=open_)
c.objects(DISPUTE, "a demand by staff", purpose="demand", automated=False, state=open_)
c.passes(DISPUTE, "the answer to it", purpose="dispute_response", state=open_)
c.passes(DISPUTE, "another debt", state=open_, **other)
c.passes(DISPUTE, "one answer", state=open_, **answer)

BARRED = "UK-CONC-7.15.8"
refused = {"statute_barred_refusal": StatuteBarredRefusal(stated_at=LONG_AGO, debt_ids=("D1",))}
c.objects(BARRED, "refused for that reason", state=refused)
c.objects(
    BARRED,
    "a threat of court",
    categories="threat_lawsuit",
    debts=(Debt(id="D1", time_barred=True),),
)
c.passes(BARRED, "another debt", state=refused, **other)
c.passes(BARRED, "not barred", categories="threat_lawsuit")

HOLD = "UK-DRS-11"
held = {
    "moratorium": Moratorium(start_on=date(2026, 6, 10), end_on=date(2026, 6, 12), debt_ids=("D1",))
}
c.objects(HOLD, "the first day", state=held)
c.objects(HOLD, "the last day", at="2026-06-12T09:00", state=held)
c.objects(
    HOLD,
    "no end is known",
    state={"moratorium": Moratorium(start_on=date(2026, 1, 1), end_on=None, debt_ids=())},
)
c.passes(HOLD, "the day before", at="2026-06-09T09:00", state=held)
c.passes(HOLD, "the day after", at="2026-06-13T09:00", state=held)
c.passes(HOLD, "another debt", state=held, **other)
c.passes(HOLD, "the adviser", recipient="debt_adviser", state=held)
c.passes(HOLD, "one answer", state=held, **answer)

CASES = c.all
