"""United States, federal: hours, places, people, stop."""

from datetime import date

from compliance.facts import Debt
from compliance.records import Attorney, Cease, Consent, InconvenientTime
from compliance.terms import Channel, ConsentType, Intent
from tests.compliance.asking import ALL_CONSENTS, LONG_AGO, Cases, happened, utc

c = Cases("us")
HOURS = "US-1006.6-b-1-i"

night = Consent(
    type=ConsentType.CONTACT_TIME,
    channel=Channel.CHAT,
    given_at=LONG_AGO,
    to_sender=True,
    window=(21 * 3600, 23 * 3600),
)
asked = happened(("2026-06-11T01:30 chat <", {"intent": Intent.QUESTION}))
c.objects(HOURS, "the second before 08:00", at="2026-06-10T11:59:59")
c.objects(HOURS, "21:00 exactly", at="2026-06-11T01:00")
c.objects(HOURS, "07:59:59 in winter time", at="2026-01-12T12:59:59")
c.objects(
    HOURS,
    "a second answer",
    at="2026-06-11T01:40",
    purpose="reply",
    reply_to="e0",
    history=[*asked, *happened(("2026-06-11T01:35 chat sent", {"id": "a", "reply_to": "e0"}))],
)
c.passes(HOURS, "08:00 exactly", at="2026-06-10T12:00")
c.passes(HOURS, "20:59:59", at="2026-06-11T00:59:59")
c.passes(HOURS, "08:00 in winter time", at="2026-01-12T13:00")
c.passes(
    HOURS, "the one answer", at="2026-06-11T01:40", purpose="reply", reply_to="e0", history=asked
)
c.passes(HOURS, "a letter", at="2026-06-11T04:00", channel="letter")
c.passes(HOURS, "agreed hours", at="2026-06-11T01:30", state={"consents": (*ALL_CONSENTS, night)})
c.passes(
    HOURS, "a creditor that follows nothing", at="2026-06-11T04:00", role="creditor", follows=False
)

LOC = "US-1006.6-b-1-i-LOC"
c.objects(
    LOC, "09:30 Eastern, maybe Pacific", at="2026-06-10T13:30", zones=("America/Los_Angeles",)
)
c.objects(LOC, "09:59 Eastern, maybe Mountain", at="2026-06-10T13:59", zones=("America/Denver",))
c.passes(
    LOC, "11:00 Eastern is 08:00 Pacific", at="2026-06-10T15:00", zones=("America/Los_Angeles",)
)
c.passes(LOC, "one zone", at="2026-06-10T13:30")

INC = "US-1006.6-b-1-INC"
afternoons = InconvenientTime(days=frozenset(range(5)), start=15 * 3600, end=17 * 3600)
to_june = InconvenientTime(
    days=frozenset(range(7)), start=0, end=86_400, until_on=date(2026, 6, 10)
)
overnight = InconvenientTime(days=frozenset({1}), start=20 * 3600, end=9 * 3600)
c.objects(INC, "15:00", at="2026-06-10T19:00", state={"inconvenient_times": (afternoons,)})
c.objects(INC, "the last day", at="2026-06-10T16:00", state={"inconvenient_times": (to_june,)})
c.objects(
    INC, "the morning after", at="2026-06-10T12:59:59", state={"inconvenient_times": (overnight,)}
)
c.passes(INC, "17:00", at="2026-06-10T21:00", state={"inconvenient_times": (afternoons,)})
c.passes(INC, "a Saturday", at="2026-06-13T19:00", state={"inconvenient_times": (afternoons,)})
c.passes(
    INC, "the day after the last", at="2026-06-11T16:00", state={"inconvenient_times": (to_june,)}
)

PLACE = "US-1006.6-b-1-ii"
at_home = {"inconvenient_places": frozenset({"home"})}
c.objects(PLACE, "a landline at home", channel="call", kind="home_landline", state=at_home)
c.objects(PLACE, "mail to the home", channel="letter", state=at_home)
c.passes(PLACE, "a mobile", channel="call", state=at_home)
c.passes(PLACE, "a landline, no wish", channel="call", kind="home_landline")

LAWYER = "US-1006.6-b-2"
lawyer = {"attorney": Attorney(known_since=LONG_AGO, contact_known=True)}
c.objects(LAWYER, "a lawyer who can be found", state=lawyer)
c.objects(LAWYER, "a call to the represented", channel="call", automated=False, state=lawyer)
c.passes(
    LAWYER,
    "a lawyer who does not answer",
    state={"attorney": Attorney(known_since=LONG_AGO, contact_known=True, unresponsive=True)},
)
c.passes(
    LAWYER,
    "one answer",
    purpose="reply",
    reply_to="e0",
    state=lawyer,
    history=happened(("2026-06-10T15:30 chat <", {"intent": Intent.QUESTION})),
)

WORK = "US-1006.6-b-3"
at_work = {"employer_prohibits_contact": True}
c.objects(WORK, "a work phone", channel="call", kind="work_phone", state=at_work)
c.objects(WORK, "an employer's address", channel="email", kind="employer_email", state=at_work)
c.passes(WORK, "a mobile", channel="call", state=at_work)
c.passes(WORK, "a work phone, not prohibited", channel="call", kind="work_phone")

CEASE = "US-1006.6-c-1"
in_writing = {"cease": Cease(received_at=utc("2026-06-10T15:00"), written=True)}
c.objects(CEASE, "a letter that has arrived", state=in_writing)
c.objects(
    CEASE,
    "refused to pay, in chat",
    channel="email",
    history=happened(("2026-06-01T15:00 chat <", {"intent": Intent.REFUSES_TO_PAY})),
)
c.passes(CEASE, "still in the post", at="2026-06-10T14:59:59", state=in_writing)
c.passes(CEASE, "spoken", state={"cease": Cease(received_at=LONG_AGO, written=False)})
c.passes(CEASE, "the end of efforts", purpose="termination_notice", state=in_writing)

OTHERS = "US-1006.6-d-1"
c.objects(OTHERS, "an emergency contact", recipient="emergency_contact")
c.objects(OTHERS, "an executor of the living", recipient="executor")
c.objects(OTHERS, "hints that others know", categories="third_party_disclosure")
c.passes(OTHERS, "the spouse", recipient="spouse")
c.passes(OTHERS, "the borrower")

OUT = "US-1006.6-e"
c.objects(OUT, "a chat without", includes="identity purpose us_18e2")
c.objects(OUT, "an e-mail without", channel="email", includes="identity purpose us_18e2")
c.passes(OUT, "with")
c.passes(OUT, "a call", channel="call", automated=False, includes="identity purpose us_18e2")

SAYS = "US-1006.14-g"
c.objects(SAYS, "an anonymous call", channel="call", automated=False, includes="purpose us_18e2")
c.objects(SAYS, "an anonymous machine", channel="call", includes="purpose us_18e2")
c.passes(SAYS, "says who", channel="call", automated=False)
c.passes(SAYS, "not a call", includes="purpose opt_out us_18e2")

H1 = "US-1006.14-h-1"
stop = happened(("2026-06-09T15:00 call <", {"intent": Intent.STOP_CHANNEL}))
c.objects(H1, "said stop calling", channel="call", automated=False, history=stop)
c.objects(
    H1,
    "for another debt too",
    channel="call",
    automated=False,
    history=stop,
    about=("D2",),
    debts=(Debt(id="D1"), Debt(id="D2")),
)
c.passes(H1, "another medium", channel="email", history=stop)
c.passes(
    H1,
    "a statutory notice by post",
    channel="letter",
    purpose="statutory_notice",
    history=happened(("2026-06-09T15:00 letter <", {"intent": Intent.STOP_CHANNEL})),
)

CASES = c.all
