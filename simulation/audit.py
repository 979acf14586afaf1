"""An examiner of what was sent, who knows the rules from the law and nothing of our code. Pure.

It reads the ledger of contacts and what the world knows (payments, holds, stops, consents), and
states the rules anew, as plainly as it can: it imports nothing of `compliance`, and shares no line
with the gate. The rules are those a reminder can break; calls and visits are not simulated.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

HOURS: Mapping[str, tuple[int, int, str | None]] = {
    # 12 CFR 1006.6(b)(1)(i): not before 8 a.m., not after 9 p.m., local time of the consumer.
    "US": (8, 21, None),
    # GB/T 45251-2025: not between 22:00 and 08:00, China time.
    "CN": (8, 22, "Asia/Shanghai"),
    # CONC 7.9.4R has no hours; the window of the house is 8 to 21, London.
    "UK": (8, 21, "Europe/London"),
    # RBI circular of 2022-08-12, paragraph 2: not before 8:00, not after 19:00.
    "IN": (8, 19, "Asia/Kolkata"),
    # The narrowest of them all.
    "STRICT": (8, 19, None),
}
"""First and last hour (half-open), and a zone in which they hold beside the borrower's own."""

MOST_A_DAY = 2
MOST_A_WEEK = 3
MOST_SMS_A_WEEK = 2
"""Revised Code of Washington 19.16.250(13), (18) and Massachusetts 940 CMR 7.04, as STRICT has them.

IN has no number of its own and takes these, once something is late.
"""

_STOP_WORDS = ("stop", "退订", "退訂", "停止", "不再", "unsubscribe")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One message that reached, or may have reached, a borrower. `arrived`: how often."""

    message_id: int
    borrower_id: int
    account_id: int
    due_on: date
    step: str
    offset_days: int
    channel: str
    at: datetime
    timezone: str
    jurisdiction: str
    text: str
    arrived: int


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What happened, from the world's own records.

    `paid_at` by account and due date; `quiet` by borrower: after an instant, before a
    local day, about one due date or all; `stopped` by borrower and medium; `consents` by borrower.
    """

    paid_at: Mapping[tuple[int, date], datetime]
    quiet: Mapping[int, Sequence[tuple[datetime, date, str, date | None]]]
    stopped: Mapping[tuple[int, str], datetime]
    consents: Mapping[int, frozenset[str]]
    lender: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    rule: str
    message_id: int
    borrower_id: int
    at: datetime
    what: str


def examine(contacts: Iterable[Contact], world: World) -> list[Breach]:
    """Everything that should not have happened, in the order of the messages."""
    ordered = sorted(contacts, key=lambda contact: (contact.at, contact.message_id))
    found: list[Breach] = []
    before: dict[int, list[tuple[date, str]]] = defaultdict(list)
    read: Counter[tuple[int, date, str]] = Counter()
    latest: dict[tuple[int, date], int] = {}
    for contact in ordered:
        local = contact.at.astimezone(ZoneInfo(contact.timezone))
        earlier = before[contact.borrower_id]
        for rule, what in (
            *_hours(contact, local),
            *_counts(contact, local.date(), earlier),
            *_silence(contact, local.date(), world),
            *_words(contact, world),
            *_sense(contact, world, read, latest),
        ):
            found.append(
                Breach(
                    rule=rule,
                    message_id=contact.message_id,
                    borrower_id=contact.borrower_id,
                    at=contact.at,
                    what=what,
                )
            )
        earlier.append((local.date(), contact.channel))
        read[(contact.account_id, contact.due_on, contact.step)] += 1
        key = (contact.account_id, contact.due_on)
        latest[key] = max(contact.offset_days, latest.get(key, contact.offset_days))
    return found


Fault = tuple[str, str]


def _hours(contact: Contact, local: datetime) -> Iterable[Fault]:
    first, last, also = HOURS.get(contact.jurisdiction.split("-")[0], HOURS["STRICT"])
    if not first <= local.hour < last:
        yield "hours", f"{local:%H:%M} in {contact.timezone}"
    if also is not None:
        there = contact.at.astimezone(ZoneInfo(also))
        if not first <= there.hour < last:
            yield "hours", f"{there:%H:%M} in {also}"


def _counts(contact: Contact, today: date, earlier: Sequence[tuple[date, str]]) -> Iterable[Fault]:
    is_strict = contact.jurisdiction not in HOURS or contact.jurisdiction == "STRICT"
    is_late = today > contact.due_on
    same_day = sum(day == today for day, _ in earlier)
    if same_day:
        yield "one a day", f"{same_day} before it on this day"
    if not is_strict and not (contact.jurisdiction == "IN" and is_late):
        return
    week = [channel for day, channel in earlier if timedelta() <= today - day <= timedelta(6)]
    if same_day >= MOST_A_DAY:
        yield "day cap", f"{same_day} before it on this day"
    if len(week) >= MOST_A_WEEK:
        yield "week cap", f"{len(week)} before it in seven days"
    if contact.channel == "sms" and week.count("sms") >= MOST_SMS_A_WEEK:
        yield "sms cap", f"{week.count('sms')} before it in seven days"


def _silence(contact: Contact, today: date, world: World) -> Iterable[Fault]:
    paid = world.paid_at.get((contact.account_id, contact.due_on))
    if paid is not None and paid <= contact.at:
        yield "after the payment", f"paid at {paid:%Y-%m-%d %H:%M} UTC"
    for since, until, why, about in world.quiet.get(contact.borrower_id, ()):
        if since < contact.at and today < until and about in (None, contact.due_on):
            yield "inside a hold", why
    medium = contact.channel if contact.channel in ("sms", "email") else "chat"
    stopped = world.stopped.get((contact.borrower_id, medium))
    if stopped is not None and stopped < contact.at:
        yield "after a stop", f"stopped at {stopped:%Y-%m-%d %H:%M} UTC"
    allowed = medium in world.consents.get(contact.borrower_id, frozenset())
    strict = contact.jurisdiction == "STRICT" or contact.jurisdiction not in HOURS
    # 47 USC 227(b)(1)(A)(iii): texts need prior consent; unknown places need it for every way.
    if not allowed and (strict or (medium == "sms" and contact.jurisdiction.startswith("US"))):
        yield "no consent", medium


def _words(contact: Contact, world: World) -> Iterable[Fault]:
    text = contact.text.casefold()
    if world.lender.casefold() not in text:
        yield "does not say who writes", contact.step
    if not any(word in text for word in _STOP_WORDS):
        yield "no way to stop", contact.step


def _sense(
    contact: Contact,
    world: World,
    read: Mapping[tuple[int, date, str], int],
    latest: Mapping[tuple[int, date], int],
) -> Iterable[Fault]:
    if contact.arrived > 1:
        yield "twice at the channel", f"{contact.arrived} times"
    if read.get((contact.account_id, contact.due_on, contact.step), 0):
        yield "the same step twice", contact.step
    if contact.offset_days < latest.get((contact.account_id, contact.due_on), contact.offset_days):
        yield "a step after a later one", contact.step
