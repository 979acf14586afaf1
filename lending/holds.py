"""Holds: what is suspended for an account or a borrower, from when, until when, by whom and why.

Every interval is half-open, [from_on, until_on), in local days of the borrower: the day on which a
hold ends is held no more, and two holds that meet on a day do not overlap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from lending.accounts import Account
from lending.errors import HoldEnded, InvalidHold
from lending.ids import AccountId, BorrowerId
from lending.sentences import Sentence

Interval = tuple[date, date | None]
"""[from, until), in days; None has no end."""

NOT_STORED = 0
"""The id of a hold that is not stored: one just opened, or one derived from other facts."""


class HoldKind(StrEnum):
    HARDSHIP_REQUEST = "hardship_request"
    PLAN_PENDING = "plan_pending"
    OPEN_PROMISE = "open_promise"
    DISPUTE = "dispute"
    COMPLAINT = "complaint"
    VULNERABLE = "vulnerable"
    BREATHING_SPACE = "breathing_space"
    BANKRUPTCY = "bankruptcy"
    REPRESENTED = "represented"
    DECEASED = "deceased"
    CEASE_CONTACT = "cease_contact"
    WRONG_PERSON = "wrong_person"
    PAYMENT_PENDING = "payment_pending"
    FEED_STALE = "feed_stale"
    PLAN = "plan"


class Suspended(StrEnum):
    """What a hold can stop."""

    REMINDERS = "reminders"
    LATE_FEES = "late_fees"
    PENALTY_INTEREST = "penalty_interest"
    INTEREST = "interest"
    DELINQUENCY = "delinquency"
    WRITE_OFF = "write_off"


# Under any hold a rule neither reminds, nor charges extra, nor gives up: what is unclear is for a
# person to settle first. Staff can still write an account off themselves.
_QUIET = frozenset(
    {
        Suspended.REMINDERS,
        Suspended.LATE_FEES,
        Suspended.PENALTY_INTEREST,
        Suspended.WRITE_OFF,
    }
)
_CLOCK_STOPS = _QUIET | {Suspended.DELINQUENCY}
_ALL = frozenset(Suspended)

DEFAULT_SUSPENDS: Mapping[HoldKind, frozenset[Suspended]] = MappingProxyType(
    {
        # The lender owes an answer; its own delay must not make the account older.
        HoldKind.HARDSHIP_REQUEST: _CLOCK_STOPS,
        HoldKind.PLAN_PENDING: _CLOCK_STOPS,
        # Whether the debt is owed at all is open (FCA CONC 7.14.1R; 12 CFR 1006.38(d)(2)).
        HoldKind.DISPUTE: _CLOCK_STOPS,
        HoldKind.COMPLAINT: _CLOCK_STOPS,
        # Interest, fees, penalties, charges and enforcement are frozen by law
        # (England and Wales, SI 2020/1311, regulation 7).
        HoldKind.BREATHING_SPACE: _ALL,
        # Acts to collect are stayed (11 USC 362(a)(6)) and interest that is not yet due on the
        # day of the petition is no part of the claim (11 USC 502(b)(2)).
        HoldKind.BANKRUPTCY: _ALL,
        # Nobody answers for the debt until an executor does. Interest stays a matter of law and
        # terms: Regulation Z, 12 CFR 1026.11(c)(3), bars fees but waives interest only later on.
        HoldKind.DECEASED: _CLOCK_STOPS,
        # What was sent reached a stranger: the borrower has not been told.
        HoldKind.WRONG_PERSON: _CLOCK_STOPS,
        # The money may be here already, unseen.
        HoldKind.PAYMENT_PENDING: _CLOCK_STOPS,
        HoldKind.FEED_STALE: _CLOCK_STOPS,
        # A plan is kept by its own schedule: reminders follow that, and nothing extra is charged.
        HoldKind.PLAN: frozenset(
            {Suspended.LATE_FEES, Suspended.PENALTY_INTEREST, Suspended.WRITE_OFF}
        ),
        # These say how to speak with the borrower, or are the borrower's own word; they can last
        # for years or be repeated, and the debt goes on ageing meanwhile.
        HoldKind.OPEN_PROMISE: _QUIET,
        HoldKind.VULNERABLE: _QUIET,
        HoldKind.REPRESENTED: _QUIET,
        HoldKind.CEASE_CONTACT: _QUIET,
    }
)
"""What each kind suspends unless the lender says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One hold over [from_on, until_on), local days of the borrower; None is open-ended.

    `account_id` None holds every account of the borrower. `owner` is who answers for it: a staff
    name, "borrower", or "system". A hold lifted on its first day holds nothing.
    """

    id: int
    kind: HoldKind
    borrower_id: BorrowerId
    account_id: AccountId | None
    from_on: date
    until_on: date | None
    owner: str
    reason: str
    suspends: frozenset[Suspended]

    def covers(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day < self.until_on)


def open_hold(
    *,
    kind: HoldKind,
    borrower_id: BorrowerId,
    account_id: AccountId | None,
    from_on: date,
    until_on: date | None,
    owner: str,
    reason: str,
    suspends: frozenset[Suspended] | None = None,
    hold_id: int = NOT_STORED,
) -> Hold:
    """A new hold; `suspends` None takes what its kind suspends by default.

    Raises InvalidHold when it would end before it starts, names no owner or reason, or suspends
    nothing.
    """
    stops = DEFAULT_SUSPENDS[kind] if suspends is None else suspends
    if until_on is not None and until_on <= from_on:
        raise InvalidHold(
            Sentence("A hold from %(start)s cannot end on %(end)s.", start=from_on, end=until_on),
            hint="Give a later day, the first that is free again, or none.",
        )
    if not owner.strip() or not reason.strip():
        raise InvalidHold(
            "A hold needs an owner and a reason.", hint="Say who answers for it, and why it is."
        )
    if not stops:
        raise InvalidHold("The hold suspends nothing.", hint="Say what it should suspend.")
    return Hold(
        id=hold_id,
        kind=kind,
        borrower_id=borrower_id,
        account_id=account_id,
        from_on=from_on,
        until_on=until_on,
        owner=owner.strip(),
        reason=reason.strip(),
        suspends=stops,
    )


def end_hold(hold: Hold, on: date) -> Hold:
    """The hold, lifted: `on` is the first day that is free again.

    Its first day takes the whole hold back. Raises HoldEnded when it has ended by then already
    (lengthening takes a new hold), InvalidHold when it had not begun.
    """
    if hold.until_on is not None and hold.until_on <= on:
        raise HoldEnded(
            Sentence("The hold has ended on %(day)s already.", day=hold.until_on),
            hint="Nothing is left to lift; open a new hold to hold further days.",
        )
    if on < hold.from_on:
        raise InvalidHold(
            Sentence("A hold from %(start)s cannot end on %(end)s.", start=hold.from_on, end=on),
            hint="Lift it on its first day or later.",
        )
    return replace(hold, until_on=on)


def holds_of(holds: Iterable[Hold], account: Account) -> tuple[Hold, ...]:
    """Those that hold the account, by itself or with all accounts of its borrower."""
    return tuple(
        hold
        for hold in holds
        if hold.borrower_id == account.borrower_id and hold.account_id in (None, account.id)
    )


def is_suspended(holds: Iterable[Hold], what: Suspended, day: date) -> bool:
    """Whether any of the holds stops `what` on the day; overlapping holds compose by union."""
    return any(what in hold.suspends and hold.covers(day) for hold in holds)


def overlap(first: Interval, second: Interval) -> bool:
    """Whether the two share a day, be it that one contains the other; an empty one shares none."""
    return _later_start(first, second) < _sooner_end(first, second)


def merge_intervals(holds: Iterable[Hold], what: Suspended) -> tuple[Interval, ...]:
    """The days on which `what` is suspended: in order, disjoint, with a free day between them."""
    stopping = (hold for hold in holds if what in hold.suspends)
    merged: list[Interval] = []
    for hold in sorted(stopping, key=lambda hold: hold.from_on):
        if hold.until_on is not None and hold.until_on <= hold.from_on:
            continue
        if merged and hold.from_on <= _end(merged[-1]):
            start, until = merged[-1]
            merged[-1] = (start, _later_end(until, hold.until_on))
        else:
            merged.append((hold.from_on, hold.until_on))
    return tuple(merged)


def suspended_days(holds: Iterable[Hold], what: Suspended, start: date, end: date) -> int:
    """How many days of [start, end) are held for `what`; each day counts once."""
    window = (start, end)
    return sum(
        (_sooner_end(held, window) - _later_start(held, window)).days
        for held in merge_intervals(holds, what)
        if overlap(held, window)
    )


def _later_start(first: Interval, second: Interval) -> date:
    return max(first[0], second[0])


def _sooner_end(first: Interval, second: Interval) -> date:
    return min(_end(first), _end(second))


def _end(interval: Interval) -> date:
    return date.max if interval[1] is None else interval[1]


def _later_end(first: date | None, second: date | None) -> date | None:
    return None if first is None or second is None else max(first, second)
