"""China and India."""

from datetime import date

from compliance.facts import Debt
from compliance.records import Consent, Dispute, InconvenientTime, PaymentPlan
from compliance.terms import Actor, Channel, ConsentType, DebtKind, Intent
from tests.compliance.asking import ALL_CONSENTS, LONG_AGO, Cases, happened

cn = Cases("cn", zone="Asia/Shanghai", at="2026-06-10T09:00")
call = {"channel": "call", "automated": False}
late = Consent(
    type=ConsentType.CONTACT_TIME,
    channel=Channel.CHAT,
    given_at=LONG_AGO,
    to_sender=True,
    window=(22 * 3600, 23 * 3600),
)

HOURS = "CN-GBT45251-HOURS"
cn.objects(HOURS, "22:00", at="2026-06-10T14:00")
cn.objects(HOURS, "07:59:59", at="2026-06-09T23:59:59")
cn.objects(HOURS, "before the due date too", at="2026-06-10T14:00", phase="pre_due")
cn.passes(HOURS, "21:59:59", at="2026-06-10T13:59:59")
cn.passes(HOURS, "agreed", at="2026-06-10T14:59:59", state={"consents": (*ALL_CONSENTS, late)})
cn.passes(
    HOURS,
    "one answer",
    at="2026-06-10T15:00",
    purpose="reply",
    reply_to="e0",
    history=happened(("2026-06-10T14:59 chat <", {"intent": Intent.QUESTION})),
)

THREE = "CN-GBT45251-CALLS"
three = happened(
    "2026-06-10T01:00 call",
    "2026-06-10T02:00 call dropped",
    ("2026-06-10T03:00 call", {"actor": Actor.AGENCY}),
)
cn.objects(THREE, "a fourth, the agency's counted", **call, history=three)
cn.objects(THREE, "whichever number", **call, address="tel:9", history=three)
cn.passes(THREE, "a third", **call, history=three[1:])
cn.passes(THREE, "the next day", **call, at="2026-06-11T00:00", history=three)
cn.passes(THREE, "not due yet", **call, phase="pre_due", history=three)

SIX = "CN-CBA-ATTEMPTS"
ways = ("busy", "rang_no_voicemail", "voicemail_left", "voicemail_not_left", "busy", "busy")
six = happened(*[f"2026-06-10T0{hour}:00 call {way}" for hour, way in enumerate(ways, 1)])
cn.objects(SIX, "a seventh", **call, history=six)
cn.objects(SIX, "by the machine", channel="call", history=six)
cn.passes(SIX, "another number", **call, address="tel:9", history=six)
cn.passes(SIX, "a sixth", **call, history=six[1:])

OTHERS = "CN-GBT45251-3P"
cn.objects(OTHERS, "an emergency contact", recipient="emergency_contact")
cn.objects(OTHERS, "the spouse", **call, recipient="spouse")
cn.passes(OTHERS, "the borrower")
cn.passes(OTHERS, "the borrower, called", **call)

cn.objects("CN-CBA-ID", "the first does not say who", initial=True, includes="purpose opt_out")
cn.objects("CN-CBA-ID", "nor does the first call", **call, initial=True, includes="purpose")
cn.passes("CN-CBA-ID", "the first says who", initial=True)
cn.passes("CN-CBA-ID", "a later one", includes="purpose opt_out")

card = (Debt(id="D1", kind=DebtKind.CREDIT_CARD),)
cn.objects("CN-CARD-68", "the spouse of the holder", recipient="spouse", debts=card)
cn.objects("CN-CARD-68", "abuse", categories="obscene", debts=card)
cn.passes("CN-CARD-68", "a loan", recipient="spouse")
cn.passes("CN-CARD-68", "the holder", debts=card)

PLAN = "CN-CARD-70"
kept = {"payment_plan": PaymentPlan(status="performing", since=date(2026, 6, 10), debt_ids=("D1",))}
broken = {"payment_plan": PaymentPlan(status="broken", since=date(2026, 6, 1), debt_ids=("D1",))}
cn.objects(PLAN, "a demand", purpose="demand", debts=card, state=kept)
cn.objects(PLAN, "a reminder", debts=card, state=kept)
cn.passes(PLAN, "a reminder before the date", phase="pre_due", debts=card, state=kept)
cn.passes(PLAN, "the plan is broken", purpose="demand", debts=card, state=broken)
cn.passes(PLAN, "before the plan", at="2026-06-09T09:00", purpose="demand", debts=card, state=kept)
cn.passes(PLAN, "a loan", purpose="demand", state=kept)

for code in ("shame", "impersonates_authority", "inducing_borrowing"):
    cn.objects("CN-CONTENT", f"a text with {code}", categories=code)
cn.passes("CN-CONTENT", "a clean text")
cn.passes("CN-CONTENT", "a lawful suit", categories="threat_lawsuit")

ind = Cases("in", zone="Asia/Kolkata", at="2026-06-10T09:00")
HOURS = "IN-RBI-HOURS"
for rule in (HOURS, "IN-DRAFT26"):
    ind.objects(rule, "19:00", at="2026-06-10T13:30")
    ind.objects(rule, "07:59:59", at="2026-06-10T02:29:59", phase="pre_due")
    ind.passes(rule, "18:59:59", at="2026-06-10T13:29:59")
    ind.passes(rule, "08:00", at="2026-06-10T02:30")
morning = InconvenientTime(days=frozenset({2}), start=0, end=15 * 3600)
ind.objects("IN-DRAFT26", "a requested time", state={"inconvenient_times": (morning,)})
ind.objects(
    "IN-DRAFT26",
    "an agent while a dispute is open",
    state={"disputes": (Dispute(debt_id="D1", received_at=LONG_AGO, written=False),)},
)

CAPS = "IN-RBI-PERSIST"
three = happened("2026-06-04T09:00 email", "2026-06-05T09:00 chat", "2026-06-06T09:00 letter")
ind.objects(CAPS, "a fourth in seven days", history=three)
ind.objects(
    CAPS,
    "a third call or text",
    channel="sms",
    history=happened(
        "2026-06-05T09:00 sms", "2026-06-06T09:00 call busy", "2026-06-07T09:00 call dropped"
    ),
)
ind.objects(
    CAPS, "a third a day", history=happened("2026-06-10T04:00 chat", "2026-06-10T05:00 chat")
)
ind.passes(CAPS, "a third in seven days", history=three[1:])
ind.passes(CAPS, "not due yet", phase="pre_due", history=three)

OTHERS = "IN-RBI-3P"
ind.objects(OTHERS, "a relative", recipient="adult_relative")
ind.objects(OTHERS, "a group", kind="group_or_public")
ind.passes(OTHERS, "the borrower")
ind.passes(OTHERS, "a text that shames nobody", categories="false_amount")

ind.objects("IN-RBI-CONTENT", "a false claim", categories="false_legal_claim")
ind.objects("IN-RBI-CONTENT", "an anonymous call", **call, includes="purpose")
ind.passes("IN-RBI-CONTENT", "a clean text")
ind.passes("IN-RBI-CONTENT", "a call that says who", **call)

AGENT = "IN-DL-AGENT"
ind.objects(AGENT, "not told who the agent is", state={"notices": ()})
ind.objects(AGENT, "an agent's call", **call, phase="post_due", state={"notices": ()})
ind.passes(AGENT, "told")
ind.passes(AGENT, "the lender itself", role="creditor", state={"notices": ()})

CASES = [*cn.all, *ind.all]
