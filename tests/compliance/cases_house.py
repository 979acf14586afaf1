"""House rules, each profile's own cases apart."""

from compliance.facts import Debt
from compliance.records import Attorney, Cease, Dispute, OptOut
from compliance.terms import Channel, Intent
from tests.compliance.asking import Cases, happened, utc

us = Cases("us")

closed = (OptOut(channel=Channel.CHAT, address_id=None, at=utc("2026-06-09T10:00")),)
us.objects("ALL-OPTOUT", "the channel was closed", state={"opt_outs": closed})
us.objects(
    "ALL-OPTOUT",
    "a bare keyword",
    history=happened(("2026-06-09T10:00 chat <", {"text": " Stop!! "})),
)
us.objects(
    "ALL-OPTOUT",
    "a keyword in Chinese",
    history=happened(("2026-06-09T10:00 chat <", {"text": "退订。"})),
)
us.objects(
    "ALL-OPTOUT",
    "a second confirmation",
    purpose="opt_out_confirmation",
    reply_to="e0",
    history=happened(
        ("2026-06-10T15:58 chat <", {"text": "stop"}),
        ("2026-06-10T15:59 chat sent", {"reply_to": "e0"}),
    ),
)
us.objects(
    "ALL-OPTOUT",
    "a confirmation after five minutes",
    purpose="opt_out_confirmation",
    reply_to="e0",
    history=happened(("2026-06-10T15:54:59 chat <", {"text": "stop"})),
)
us.passes(
    "ALL-OPTOUT",
    "the confirmation at five minutes",
    purpose="opt_out_confirmation",
    reply_to="e0",
    includes="",
    history=happened(("2026-06-10T15:55 chat <", {"text": "stop"})),
)
us.passes("ALL-OPTOUT", "another channel", channel="email", state={"opt_outs": closed})
us.passes(
    "ALL-OPTOUT",
    "closed only later",
    state={
        "opt_outs": (OptOut(channel=Channel.CHAT, address_id=None, at=utc("2026-06-10T17:00")),)
    },
)
us.passes(
    "ALL-OPTOUT",
    "an answer to a later question",
    purpose="reply",
    reply_to="e0",
    state={"opt_outs": closed},
    history=happened(("2026-06-10T15:00 chat <", {"intent": Intent.QUESTION})),
)

us.objects("ALL-IDENTITY", "does not say who", includes="purpose opt_out us_18e2")
us.objects("ALL-IDENTITY", "does not say why", includes="identity opt_out us_18e2")
us.passes("ALL-IDENTITY", "says both")
us.passes(
    "ALL-IDENTITY", "a confirmation says neither", purpose="opt_out_confirmation", includes=""
)

us.objects("ALL-NO-GROUP", "a group chat", kind="group_or_public")
us.objects("ALL-NO-GROUP", "a shared letter box", kind="group_or_public", channel="letter")
us.passes("ALL-NO-GROUP", "a private chat")
us.passes("ALL-NO-GROUP", "a landline", channel="call", kind="home_landline")

for name, zone in (("uk", "Europe/London"), ("cn", "Asia/Shanghai"), ("in", "Asia/Kolkata")):
    cases = Cases(name, zone=zone, at="2026-06-10T09:00")
    dispute = Dispute(debt_id="D1", received_at=utc("2026-06-01T09:00"), written=False)
    lawyer = Attorney(known_since=utc("2026-06-01T09:00"), contact_known=False)
    cease = Cease(received_at=utc("2026-06-01T09:00"), written=False)
    cases.objects("ALL-OPTOUT", f"{name}: a spoken wish to stop", state={"cease": cease})
    cases.objects("ALL-STAFF", f"{name}: a dispute", state={"disputes": (dispute,)})
    cases.objects("ALL-STAFF", f"{name}: a lawyer", state={"attorney": lawyer})
    cases.passes(
        "ALL-STAFF", f"{name}: a person writes", automated=False, state={"disputes": (dispute,)}
    )
    cases.passes(
        "ALL-STAFF",
        f"{name}: another debt",
        about=("D2",),
        debts=(Debt(id="D1"), Debt(id="D2")),
        state={"disputes": (dispute,)},
    )
    us.all.extend(cases.all)

CASES = us.all
