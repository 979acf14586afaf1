"""STRICT, for an unknown jurisdiction."""

from datetime import date

from compliance.facts import Debt
from compliance.records import (
    Attorney,
    Bankruptcy,
    CapacityConcern,
    Cease,
    Dispute,
    InconvenientTime,
    Moratorium,
    OptOut,
    PaymentPlan,
    PlanInDevelopment,
    StatuteBarredRefusal,
)
from compliance.terms import Actor, Channel, Intent, Person, Purpose
from tests.compliance.asking import LONG_AGO, Cases, happened, utc

c = Cases("strict", role="creditor")
call = {"channel": "call", "automated": False}
other = {"about": ("D2",), "debts": (Debt(id="D1"), Debt(id="D2"))}
question = happened(("2026-06-10T15:59 chat <", {"intent": Intent.QUESTION}))
answer = {"purpose": "reply", "reply_to": "e0", "history": question}

c.objects("STRICT-HOURS", "19:00", at="2026-06-10T23:00")
c.objects(
    "STRICT-HOURS", "18:30 here, 19:30 there", at="2026-06-10T22:30", zones=("America/Halifax",)
)
c.passes("STRICT-HOURS", "18:59:59", at="2026-06-10T22:59:59")
c.passes("STRICT-HOURS", "a letter", at="2026-06-11T04:00", channel="letter")
c.passes(
    "STRICT-HOURS",
    "one answer by night",
    at="2026-06-11T04:00",
    purpose="reply",
    reply_to="e0",
    history=question,
)

noon = {
    "inconvenient_times": (InconvenientTime(days=frozenset({2}), start=12 * 3600, end=13 * 3600),)
}
c.objects("STRICT-INC", "noon", state=noon)
c.objects("STRICT-INC", "a letter too", channel="letter", state=noon)
c.passes("STRICT-INC", "13:00", at="2026-06-10T17:00", state=noon)
c.passes("STRICT-INC", "one answer", state=noon, **answer)

three = happened(
    "2026-06-04T15:00 letter",
    "2026-06-05T15:00 email",
    ("2026-06-06T15:00 chat", {"actor": Actor.AGENCY}),
)
c.objects("STRICT-FREQ-ALL-7D", "a fourth, the agency's counted", history=three)
c.objects(
    "STRICT-FREQ-ALL-7D",
    "a reminder is no answer",
    reply_to="q",
    history=[*three, *happened(("2026-06-10T15:59 chat <", {"id": "q"}))],
)
c.passes("STRICT-FREQ-ALL-7D", "a third", history=three[1:])
c.passes("STRICT-FREQ-ALL-7D", "what law requires", purpose="statutory_notice", history=three)

voice = happened("2026-06-04T15:00 sms", "2026-06-06T15:00 call rang_no_voicemail")
c.objects("STRICT-FREQ-VOICE-7D", "a third text", channel="sms", history=voice)
c.objects("STRICT-FREQ-VOICE-7D", "a third call", **call, history=voice)
c.passes("STRICT-FREQ-VOICE-7D", "a chat", history=voice)
c.passes(
    "STRICT-FREQ-VOICE-7D",
    "one was busy",
    **call,
    history=[voice[0], *happened(("2026-06-06T15:00 call busy", {"id": "b"}))],
)

day = happened("2026-06-10T13:00 email", "2026-06-10T14:00 chat")
c.objects("STRICT-FREQ-DAY", "a third a day", history=day)
c.objects("STRICT-FREQ-DAY", "about another debt", history=day, **other)
c.passes("STRICT-FREQ-DAY", "a second", history=day[1:])
c.passes(
    "STRICT-FREQ-DAY",
    "answers are not counted",
    history=[day[0], *happened(("2026-06-10T14:00 chat", {"id": "r", "reply_to": "q"}))],
)

c.objects("STRICT-CONV", "six days after", **call, history=happened("2026-06-04T15:00 call <"))
c.objects(
    "STRICT-CONV",
    "with the spouse",
    **call,
    history=happened(("2026-06-09T15:00 call", {"person": Person.SPOUSE})),
)
c.passes("STRICT-CONV", "seven days after", **call, history=happened("2026-06-03T15:00 call"))
c.passes("STRICT-CONV", "a chat", history=happened("2026-06-09T15:00 call"))

nothing = {"consents": ()}
c.objects("STRICT-CONSENT", "none", state=nothing)
c.objects(
    "STRICT-CONSENT",
    "asked six days ago",
    purpose="consent_request",
    state=nothing,
    history=happened(("2026-06-04T15:00 email", {"purpose": Purpose.CONSENT_REQUEST})),
)
c.passes("STRICT-CONSENT", "the first question", purpose="consent_request", state=nothing)
c.passes("STRICT-CONSENT", "one answer", state=nothing, **answer)

shut = {"opt_outs": (OptOut(channel=Channel.CHAT, address_id="tg:9", at=LONG_AGO),)}
c.objects("STRICT-OPTOUT", "another address of the channel", state=shut)
c.objects(
    "STRICT-OPTOUT", "a keyword", history=happened(("2026-06-09T15:00 chat <", {"text": "बंद"}))
)
c.passes("STRICT-OPTOUT", "another channel", channel="email", state=shut)
c.passes("STRICT-OPTOUT", "one answer", state=shut, **answer)

c.objects("STRICT-CEASE", "spoken", state={"cease": Cease(received_at=LONG_AGO, written=False)})
c.objects(
    "STRICT-CEASE",
    "refused to pay, in a call",
    history=happened(("2026-06-01T15:00 call <", {"intent": Intent.REFUSES_TO_PAY})),
)
c.objects(
    "STRICT-CEASE",
    "refused a barred debt",
    **other,
    state={"statute_barred_refusal": StatuteBarredRefusal(stated_at=LONG_AGO, debt_ids=("D1",))},
)
c.passes(
    "STRICT-CEASE",
    "not received yet",
    state={"cease": Cease(received_at=utc("2026-06-10T16:00:01"), written=True)},
)
c.passes(
    "STRICT-CEASE",
    "one answer to a later question",
    **answer,
    state={"cease": Cease(received_at=LONG_AGO, written=True)},
)

c.objects("STRICT-3P", "the spouse", **call, recipient="spouse")
c.objects("STRICT-3P", "an adviser", recipient="debt_adviser")
c.passes("STRICT-3P", "the borrower")
c.passes("STRICT-3P", "the borrower, called", **call)
c.objects("STRICT-PUBLIC", "a group", kind="group_or_public")
c.objects("STRICT-PUBLIC", "an answer in a group", kind="group_or_public", **answer)
c.passes("STRICT-PUBLIC", "a private chat")
c.passes("STRICT-PUBLIC", "a work phone", **call, kind="work_phone")
c.objects("STRICT-VISIT", "a visit", channel="visit", automated=False)
c.objects("STRICT-VISIT", "a notice by visit", channel="visit", purpose="statutory_notice")
c.passes("STRICT-VISIT", "a letter", channel="letter")
c.passes("STRICT-VISIT", "a call", **call)

quiet = {"attorney": Attorney(known_since=LONG_AGO, contact_known=False, unresponsive=True)}
c.objects("STRICT-ATTORNEY", "a lawyer who does not answer", state=quiet)
c.objects(
    "STRICT-ATTORNEY", "a reminder is no answer", reply_to="e0", history=question, state=quiet
)
c.passes("STRICT-ATTORNEY", "one answer", state=quiet, **answer)
c.passes("STRICT-ATTORNEY", "known only later", at="2025-11-28T17:00", state=quiet)

asks = {
    "disputes": (
        Dispute(debt_id="D1", received_at=LONG_AGO, written=False, is_creditor_request=True),
    )
}
c.objects("STRICT-DISPUTE", "a spoken question who the creditor was", state=asks)
c.objects("STRICT-DISPUTE", "before the due date", phase="pre_due", state=asks)
c.passes("STRICT-DISPUTE", "another debt", state=asks, **other)
c.passes(
    "STRICT-DISPUTE",
    "the answer to a message about it",
    purpose="dispute_response",
    reply_to="e0",
    history=question,
    state=asks,
)

for rule, state in (
    ("STRICT-BK", {"bankruptcy": Bankruptcy(filed_at=LONG_AGO, status="active", debt_ids=("D1",))}),
    (
        "STRICT-MORATORIUM",
        {
            "moratorium": Moratorium(
                start_on=date(2026, 6, 1), end_on=date(2026, 6, 10), debt_ids=("D1",)
            )
        },
    ),
    ("STRICT-DECEASED", {"deceased_since": LONG_AGO}),
    ("STRICT-CAPACITY", {"capacity_concern": CapacityConcern(notified_at=LONG_AGO)}),
):
    c.objects(rule, "on file", state=state)
    c.objects(rule, "whichever debt", state=state, **other)
    c.passes(rule, "nothing on file")
    c.passes(rule, "known only later", at="2025-11-28T17:00", state=state)

plan = {"payment_plan": PaymentPlan(status="performing", since=date(2026, 6, 1), debt_ids=("D1",))}
made = {"plan_in_development": PlanInDevelopment(notified_at=utc("2026-05-12T15:00"))}
c.objects("STRICT-PLAN", "a demand before the date", phase="pre_due", purpose="demand", state=plan)
c.objects("STRICT-PLAN", "a reminder after the date", state=plan)
c.objects("STRICT-PLAN", "the thirtieth date of making one", state=made)
c.passes("STRICT-PLAN", "a reminder before the date", phase="pre_due", state=plan)
c.passes("STRICT-PLAN", "the thirty-first date", at="2026-06-11T16:00", state=made)

c.objects("STRICT-CONTENT", "a lawful suit", categories="threat_lawsuit")
c.objects("STRICT-CONTENT", "in an answer", categories="pressure_vulnerable", **answer)
c.passes("STRICT-CONTENT", "a clean text")
c.passes("STRICT-CONTENT", "a clean answer", **answer)
c.objects("STRICT-DISCLOSE", "no opt-out", includes="identity purpose")
c.objects("STRICT-DISCLOSE", "does not say why", **call, includes="identity")
c.passes("STRICT-DISCLOSE", "a call", **call, includes="identity purpose")
c.passes("STRICT-DISCLOSE", "a confirmation", purpose="opt_out_confirmation", includes="")

home = {"inconvenient_places": frozenset({"home"})}
c.objects("STRICT-PLACE", "a landline at home", **call, kind="home_landline", state=home)
c.objects("STRICT-PLACE", "a letter", channel="letter", state=home)
c.passes("STRICT-PLACE", "a mobile", **call, state=home)
c.passes("STRICT-PLACE", "no wish", **call, kind="home_landline")
work = {"employer_prohibits_contact": True}
c.objects("STRICT-EMPLOYER", "a work phone", **call, kind="work_phone", state=work)
c.objects("STRICT-EMPLOYER", "an e-mail", channel="email", kind="employer_email", state=work)
c.passes("STRICT-EMPLOYER", "a mobile", **call, state=work)
c.passes("STRICT-EMPLOYER", "not prohibited", **call, kind="work_phone")
mail = {"channel": "email", "kind": "employer_email"}
c.objects("STRICT-EMPLOYER-EMAIL", "never offered", **mail, state=nothing)
c.objects(
    "STRICT-EMPLOYER-EMAIL", "asks for consent", **mail, purpose="consent_request", state=nothing
)
c.passes("STRICT-EMPLOYER-EMAIL", "consented", **mail)
c.passes(
    "STRICT-EMPLOYER-EMAIL",
    "written from there",
    **mail,
    state=nothing,
    history=happened("2026-06-01T15:00 email <"),
)
c.objects("STRICT-MACHINE-CALL", "no consent", channel="call", state=nothing)
c.objects("STRICT-MACHINE-CALL", "a recorded voice", **call, voice="prerecorded", state=nothing)
c.passes("STRICT-MACHINE-CALL", "consent", channel="call")
c.passes("STRICT-MACHINE-CALL", "a person calls", **call, state=nothing)
rang = happened("2026-06-10T14:30 call rang_no_voicemail")
c.objects("STRICT-CALL-GAP", "an hour and a half", channel="call", history=rang)
c.objects("STRICT-CALL-GAP", "to another number", channel="call", address="tel:9", history=rang)
c.passes("STRICT-CALL-GAP", "two hours", channel="call", at="2026-06-10T16:30", history=rang)
c.passes("STRICT-CALL-GAP", "a person calls", **call, history=rang)
agent = {"role": "third_party_collector"}
c.objects(
    "STRICT-COLLECTOR",
    "the first without",
    **agent,
    initial=True,
    includes="identity purpose opt_out us_18e2",
)
c.objects("STRICT-COLLECTOR", "a later one without", **agent, includes="identity purpose opt_out")
c.passes("STRICT-COLLECTOR", "with", **agent)
c.passes("STRICT-COLLECTOR", "the lender itself", includes="identity purpose opt_out")
c.objects("STRICT-AGENT", "not told who the agent is", **agent, state={"notices": ()})
c.objects("STRICT-AGENT", "an agent's call", **agent, **call, state={"notices": ()})
c.passes("STRICT-AGENT", "told", **agent)
c.passes("STRICT-AGENT", "the lender itself", state={"notices": ()})

CASES = c.all
