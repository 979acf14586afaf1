"""United States, federal: calls, content, disputes, bankruptcy, machines."""

from datetime import date

from compliance.facts import Debt
from compliance.records import Bankruptcy, Consent, Dispute
from compliance.terms import Actor, Channel, ConsentType, Intent, Person
from tests.compliance.asking import LONG_AGO, Cases, consents, happened, utc

c = Cases("us")
call = {"channel": "call", "automated": False}

SEVEN = "US-1006.14-b-2-i-A"
week = [f"2026-06-0{day}T15:00 call rang_no_voicemail" for day in (4, 5, 6, 7, 8, 9)]
seven = happened("2026-06-04T14:00 call dropped", *week)
more = Consent(
    type=ConsentType.EXTRA_CALLS,
    channel=Channel.CALL,
    given_at=utc("2026-06-04T12:00"),
    to_sender=True,
)
c.objects(SEVEN, "an eighth call", **call, history=seven)
c.objects(
    SEVEN,
    "loans of one account",
    **call,
    about=("D2",),
    history=seven,
    debts=(Debt(id="D1", account_group="A"), Debt(id="D2", account_group="A")),
)
c.passes(
    SEVEN,
    "the first left the window",
    **call,
    history=happened("2026-06-03T15:00 call dropped", *week),
)
c.passes(SEVEN, "one was busy", **call, history=happened("2026-06-04T14:00 call busy", *week))
c.passes(
    SEVEN,
    "one was the agency's",
    **call,
    history=happened(("2026-06-04T14:00 call dropped", {"actor": Actor.AGENCY}), *week),
)
c.passes(
    SEVEN,
    "another debt",
    **call,
    about=("D2",),
    history=seven,
    debts=(Debt(id="D1"), Debt(id="D2")),
)
c.passes(SEVEN, "calls under consent", **call, history=seven, state={"consents": (more,)})
c.passes(SEVEN, "not due yet", **call, phase="pre_due", history=seven)

TALK = "US-1006.14-b-2-i-B"
c.objects(TALK, "six days after", **call, history=happened("2026-06-04T15:00 call"))
c.objects(TALK, "the borrower had called", **call, history=happened("2026-06-09T15:00 call <"))
c.objects(
    TALK,
    "consent ended with the next talk",
    **call,
    state={"consents": (more,)},
    history=happened("2026-06-05T15:00 call"),
)
c.passes(TALK, "seven days after", **call, history=happened("2026-06-03T15:00 call"))
c.passes(
    TALK,
    "with the spouse",
    **call,
    history=happened(("2026-06-09T15:00 call", {"person": Person.SPOUSE})),
)
c.passes(
    TALK,
    "the seventh day of consent",
    **call,
    state={"consents": (more,)},
    history=happened("2026-06-04T11:59 call"),
)

RAPID = "US-1006.14-RAPID"
c.objects(
    RAPID,
    "two hours are not over",
    channel="call",
    history=happened("2026-06-10T14:00:01 call rang_no_voicemail"),
)
c.objects(
    RAPID,
    "a third a day",
    channel="call",
    history=happened(
        "2026-06-10T12:00 call rang_no_voicemail", "2026-06-10T13:00 call rang_no_voicemail"
    ),
)
c.passes(
    RAPID,
    "two hours are over",
    channel="call",
    history=happened("2026-06-10T14:00 call rang_no_voicemail"),
)
c.passes(RAPID, "a person calls", **call, history=happened("2026-06-10T15:59 call dropped"))

for rule, bad in (
    ("US-1006.14-CONTENT", ("threat_violence", "obscene", "shame")),
    ("US-1006.18-CONTENT", ("threat_arrest", "false_urgency", "impersonates_attorney")),
    ("US-1006.38-b", ("overshadowing",)),
):
    for code in bad:
        c.objects(rule, f"a text with {code}", categories=code)
    c.passes(rule, "a clean text")
    c.passes(
        rule, "a creditor that follows nothing", role="creditor", follows=False, categories=bad[0]
    )
c.objects("US-1006.38-b", "before the due date too", phase="pre_due", categories="overshadowing")

WORDS = "US-1006.18-e"
c.objects(WORDS, "the first without", initial=True, includes="identity purpose opt_out us_18e2")
c.objects(WORDS, "a later one without", includes="identity purpose opt_out")
c.passes(WORDS, "the first with", initial=True)
c.passes(
    WORDS, "a creditor, though it follows", role="creditor", includes="identity purpose opt_out"
)

MAIL = "US-1006.22-f-3"
mail = {"channel": "email", "kind": "employer_email"}
c.objects(MAIL, "never offered", **mail, state={"consents": ()})
c.objects(
    MAIL, "offered to another", **mail, state={"consents": consents("email", to_sender=False)}
)
c.passes(MAIL, "consented", **mail)
c.passes(
    MAIL,
    "used for the debt",
    **mail,
    state={"consents": ()},
    history=happened("2026-06-01T15:00 email <"),
)

PUBLIC = "US-1006.22-f-4"
c.objects(PUBLIC, "a group", kind="group_or_public")
c.objects(
    PUBLIC,
    "a group, as an answer",
    kind="group_or_public",
    purpose="reply",
    reply_to="e0",
    history=happened(("2026-06-10T15:30 chat <", {"intent": Intent.QUESTION})),
)
c.passes(PUBLIC, "a private chat")
c.passes(PUBLIC, "an e-mail", channel="email")

BARRED = "US-1006.26-b"
old = (Debt(id="D1", time_barred=True),)
c.objects(BARRED, "a threat to sue", categories="threat_lawsuit", debts=old)
c.objects(BARRED, "by letter", channel="letter", categories="threat_lawsuit", debts=old)
c.passes(BARRED, "not barred", categories="threat_lawsuit")
c.passes(BARRED, "no threat", debts=old)


def dispute(**fields: object) -> dict[str, object]:
    usual = {"debt_id": "D1", "received_at": utc("2026-06-05T15:00"), "written": True}
    return {"disputes": (Dispute(**{**usual, **fields}),)}  # type: ignore[arg-type]


for rule, request in (("US-1006.38-d-2", False), ("US-1006.38-c", True)):
    kind = {"is_creditor_request": request}
    last = date(2026, 6, 5)
    c.objects(rule, "on the last day", state=dispute(validation_period_end=last, **kind))
    c.objects(rule, "the end is not known", state=dispute(**kind))
    c.objects(
        rule,
        "in the period of the notice",
        state=dispute(validation_notice_sent_on=date(2026, 4, 29), **kind),
    )
    c.passes(rule, "a day late", state=dispute(validation_period_end=date(2026, 6, 4), **kind))
    c.passes(
        rule,
        "after the period of the notice",
        state=dispute(validation_notice_sent_on=date(2026, 4, 28), **kind),
    )
    c.passes(rule, "spoken", state=dispute(written=False, **kind))
    c.passes(rule, "answered", state=dispute(resolved_at=utc("2026-06-09T15:00"), **kind))
    c.passes(rule, "the answer itself", purpose="dispute_response", state=dispute(**kind))

for rule, status in (("US-BK-362", "active"), ("US-BK-524", "discharged")):
    filed = Bankruptcy(filed_at=LONG_AGO, status=status, debt_ids=("D1",))
    c.objects(rule, "the debt", state={"bankruptcy": filed})
    c.objects(rule, "a creditor", role="creditor", follows=False, state={"bankruptcy": filed})
    c.passes(
        rule,
        "another debt",
        about=("D2",),
        debts=(Debt(id="D1"), Debt(id="D2")),
        state={"bankruptcy": filed},
    )
    c.passes(
        rule,
        "dismissed",
        state={"bankruptcy": Bankruptcy(filed_at=LONG_AGO, status="dismissed", debt_ids=("D1",))},
    )

DEAD = "US-DECEASED"
dead = {"deceased_since": LONG_AGO}
kindly = "identity purpose opt_out us_18e2 no_personal_liability"
c.objects(DEAD, "the machine", recipient="executor", includes=kindly, state=dead)
c.objects(DEAD, "the borrower", automated=False, includes=kindly, state=dead)
c.objects(DEAD, "does not say who is liable", automated=False, recipient="executor", state=dead)
c.passes(
    DEAD,
    "staff to the executor",
    automated=False,
    recipient="executor",
    includes=kindly,
    state=dead,
)
c.passes(DEAD, "alive")

TCPA = "US-TCPA-CONSENT"
c.objects(TCPA, "a text", channel="sms", state={"consents": ()})
c.objects(TCPA, "a recorded voice", **call, voice="prerecorded", state={"consents": ()})
c.objects(
    TCPA,
    "consent has run out",
    channel="sms",
    state={"consents": consents("sms", valid_until=date(2026, 6, 9))},
)
c.passes(TCPA, "consent", channel="sms")
c.passes(
    TCPA,
    "the last day of consent",
    channel="sms",
    state={"consents": consents("sms", valid_until=date(2026, 6, 10))},
)
c.passes(TCPA, "a person calls", **call, state={"consents": ()})

REVOKE = "US-TCPA-REVOKE"
gone = consents("sms", revoked_at=utc("2026-06-10T15:00"))
c.objects(REVOKE, "revoked", channel="sms", state={"consents": gone})
c.objects(
    REVOKE,
    "a keyword",
    channel="sms",
    history=happened(("2026-06-10T15:00 sms <", {"text": "Unsubscribe."})),
)
c.passes(REVOKE, "revoked later", channel="sms", at="2026-06-10T14:59:59", state={"consents": gone})
c.passes(REVOKE, "given again", channel="sms", state={"consents": (*gone, *consents("sms"))})

CASES = c.all
