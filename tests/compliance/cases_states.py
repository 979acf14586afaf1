"""Massachusetts, District of Columbia, Washington, Florida, California."""

from compliance.facts import Debt
from compliance.records import Bankruptcy, Consent
from compliance.terms import Actor, Channel, ConsentType, Intent, Purpose
from tests.compliance.asking import ALL_CONSENTS, LONG_AGO, Cases, happened

ma = Cases("us-ma", channel="sms")
TWO = "US-MA-940-7.04-1-f"
two = happened("2026-06-09T15:00 sms", "2026-06-08T15:00 call voicemail_not_left")[::-1]
ma.objects(TWO, "a third", history=two)
ma.objects(TWO, "a creditor", role="creditor", follows=False, history=two)
ma.objects(
    TWO,
    "thirty days at work",
    channel="call",
    automated=False,
    kind="work_phone",
    history=happened("2026-05-12T15:00 sms", "2026-05-13T15:00 sms"),
)
ma.passes(
    TWO,
    "one only rang",
    history=happened("2026-06-08T15:00 call rang_no_voicemail", "2026-06-09T15:00 sms"),
)
ma.passes(TWO, "thirty days late", history=two, debts=(Debt(id="D1", days_past_due=30),))
ma.passes(
    TWO,
    "the first left the window",
    history=happened("2026-06-03T15:00 sms", "2026-06-09T15:00 sms"),
)

ma.objects("US-MA-940-7.04-HOURS", "21:00", at="2026-06-11T01:00", role="creditor", follows=False)
ma.objects("US-MA-940-7.04-HOURS", "07:59", at="2026-06-10T11:59", channel="call", automated=False)
ma.passes("US-MA-940-7.04-HOURS", "08:00", at="2026-06-10T12:00")
ma.passes("US-MA-940-7.04-HOURS", "an e-mail by night", at="2026-06-11T04:00", channel="email")

dc = Cases("us-dc")
FOUR = "US-DC-3814-d-4-A"
call = {"channel": "call", "automated": False}
four = happened(*[f"2026-06-0{day}T15:00 call voicemail_left" for day in (5, 6, 7, 8)])
dc.objects(FOUR, "a fifth call", **call, history=four)
dc.objects(
    FOUR, "eight dates after a completed call", **call, history=happened("2026-06-03T15:00 call")
)
dc.passes(
    FOUR,
    "one only rang",
    **call,
    history=[*four[:3], *happened(("2026-06-09T15:00 call rang_no_voicemail", {"id": "r"}))],
)
dc.passes(
    FOUR,
    "a creditor, thirty days late",
    **call,
    role="creditor",
    follows=False,
    history=four,
    debts=(Debt(id="D1", days_past_due=30),),
)
dc.passes(
    FOUR, "the ninth date after a completed call", **call, history=happened("2026-06-02T15:00 call")
)

BI = "US-DC-3814-d-4-B-i"
dc.objects(BI, "no notice", state={"notices": ()})
dc.objects(BI, "no notice, e-mail", channel="email", state={"notices": ()})
dc.passes(BI, "with the notice")
dc.passes(BI, "a creditor", role="creditor", follows=False, state={"notices": ()})

BII = "US-DC-3814-d-4-B-ii"
nothing = {"consents": ()}
request = happened(("2026-06-04T15:00 email", {"purpose": Purpose.CONSENT_REQUEST}))
dc.objects(BII, "no consent", state=nothing)
dc.objects(BII, "asked six days ago", purpose="consent_request", state=nothing, history=request)
dc.passes(BII, "consent")
dc.passes(BII, "the first question", purpose="consent_request", state=nothing)
dc.passes(
    BII,
    "asked seven days ago",
    at="2026-06-11T16:00",
    purpose="consent_request",
    state=nothing,
    history=request,
)

BIII = "US-DC-3814-d-4-B-iii"
five = happened(
    *[
        f"2026-06-0{day}T15:00 {way}"
        for day, way in zip((4, 5, 6, 7, 8), ("sms", "chat", "email", "chat", "email"), strict=True)
    ]
)
dc.objects(BIII, "a sixth message", history=five)
dc.objects(BIII, "no opt-out", includes="identity purpose us_18e2")
dc.passes(BIII, "a fifth message", history=five[1:])
dc.passes(
    BIII,
    "an answer",
    purpose="reply",
    reply_to="q",
    history=[*five, *happened(("2026-06-10T15:00 chat <", {"id": "q", "intent": Intent.QUESTION}))],
)

K = "US-DC-3814-k"
dc.objects(K, "21:00 Eastern", at="2026-06-11T01:00", channel="sms", zone="America/Chicago")
dc.objects(K, "07:59 Eastern", at="2026-06-10T11:59", **call)
dc.passes(K, "20:59:59 Eastern", at="2026-06-11T00:59:59", channel="sms")
dc.passes(
    K,
    "08:00 Eastern is 07:00 Central",
    at="2026-06-10T12:00",
    channel="sms",
    zone="America/Chicago",
)

dc.objects("US-DC-3814-d-5", "a visit", channel="visit", automated=False)
dc.objects(
    "US-DC-3814-d-5",
    "a creditor's visit",
    channel="visit",
    automated=False,
    role="creditor",
    follows=False,
)
dc.passes("US-DC-3814-d-5", "a letter", channel="letter")
dc.passes("US-DC-3814-d-5", "a call", **call)

wa = Cases("us-wa")
WEEK = "US-WA-19.16.250-13"
three = happened(
    "2026-06-04T15:00 letter", "2026-06-07T15:00 call voicemail_left", "2026-06-09T15:00 chat"
)
wa.objects(WEEK, "a fourth in any form", history=three)
wa.objects(
    WEEK,
    "a second at work",
    channel="email",
    kind="employer_email",
    history=happened("2026-06-09T15:00 email"),
)
wa.objects(WEEK, "at home by night", at="2026-06-11T02:00", channel="call", kind="home_landline")
wa.passes(WEEK, "a third", history=three[1:])
wa.passes(
    WEEK,
    "the agency's is not its own",
    history=[*three[:2], *happened(("2026-06-09T15:00 chat", {"id": "x", "actor": Actor.AGENCY}))],
)
wa.passes(WEEK, "a creditor that follows nothing", role="creditor", follows=False, history=three)

DAY = "US-WA-19.16.250-18"
today = happened("2026-06-10T13:00 sms", "2026-06-10T14:00 chat")
wa.objects(DAY, "a third a day", history=today)
wa.objects(
    DAY,
    "calls that rang",
    **call,
    history=happened(
        "2026-06-10T13:00 call rang_no_voicemail", "2026-06-10T14:00 call rang_no_voicemail"
    ),
)
wa.passes(DAY, "an e-mail", channel="email", history=today)
wa.passes(
    DAY, "one was yesterday", history=happened("2026-06-10T03:59:59 sms", "2026-06-10T04:00 chat")
)

fl = Cases("us-fl", role="creditor", follows=False)
FL = "US-FL-559.72-17"
night = Consent(
    type=ConsentType.CONTACT_TIME,
    channel=Channel.CHAT,
    given_at=LONG_AGO,
    to_sender=True,
    window=(22 * 3600, 2 * 3600),
)
fl.objects(FL, "21:00", at="2026-06-11T01:00")
fl.objects(FL, "a text at 07:59", at="2026-06-10T11:59", channel="sms")
fl.passes(FL, "an e-mail by night", at="2026-06-11T04:00", channel="email")
fl.passes(
    FL,
    "agreed hours over midnight",
    at="2026-06-11T05:59:59",
    state={"consents": (*ALL_CONSENTS, night)},
)
fl.passes(FL, "08:00", at="2026-06-10T12:00")

ca = Cases("us-ca", role="creditor", follows=False, includes="identity purpose opt_out")
for rule in ("US-CA-1788.17", "US-1006.6-b-1-i"):
    ca.objects(rule, "a creditor by night", at="2026-06-11T04:00")
    ca.passes(rule, "a creditor at noon")
ca.objects("US-CA-1788.17", "a creditor's threat", categories="threat_arrest")
ca.passes(
    "US-CA-1788.17",
    "bankruptcy is another law",
    state={"bankruptcy": Bankruptcy(filed_at=LONG_AGO, status="active", debt_ids=())},
)
ca.passes(
    "US-1006.14-b-2-i-B",
    "the count of calls is not taken over",
    **call,
    history=happened("2026-06-09T15:00 call"),
)
ca.passes("US-1006.18-e", "a creditor is no collector")

CASES = [*ma.all, *dc.all, *wa.all, *fl.all, *ca.all]
