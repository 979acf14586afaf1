"""How often: rolling and daily limits, and the days that stay closed after a conversation.

Days are local calendar dates of the primary zone; a window of 7 days is D-6 to D (Official
Interpretations of 12 CFR 1006.14(b)(2)). The attempt counts itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from compliance.case import Case
from compliance.counting import NEVER_COUNTED, Counted, Scope
from compliance.extra_calls import CALLS, CONVERSATIONS, ExtraCalls, extra_calls
from compliance.history import local_day
from compliance.terms import Channel, ContactOutcome, Person, Purpose, Recipient
from compliance.zones import DAY

_ALL_CHANNELS = frozenset(Channel)
_NO_CONSENT: tuple[ExtraCalls, ...] = ()
_Counts = Iterable[tuple[Sequence[int], Sequence[ExtraCalls]]]
"""For each thing that is limited: the dates that count, and the consents to more calls."""

_RINGS = Counted(
    channels=CALLS,
    outcomes=frozenset(ContactOutcome) - {ContactOutcome.BUSY, ContactOutcome.NOT_IN_SERVICE},
    own_only=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactLimit:
    """At most `limit` counted contacts in `days` dates, per borrower, particular debt or number.

    `outcomes` name the calls that count. `own_only` leaves out the agency's, `same_person` contacts
    with somebody else. `consented_calls_excluded`: calls under a consent to more are not counted.
    `debts_over_days` counts for debts later than that many days only.
    """

    limit: int
    days: int
    channels: frozenset[Channel] = _ALL_CHANNELS
    outcomes: frozenset[ContactOutcome] = frozenset(ContactOutcome)
    purposes: frozenset[Purpose] | None = None
    per: Literal["borrower", "debt", "number"] = "borrower"
    own_only: bool = False
    same_person: bool = False
    consented_calls_excluded: bool = False
    debts_over_days: int | None = None
    _counted: Counted = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.limit < 1 or self.days < 1:
            raise ValueError("limit and days are at least 1")
        counted = Counted(
            channels=self.channels,
            outcomes=self.outcomes,
            own_only=self.own_only,
            purposes=self.purposes,
        )
        object.__setattr__(self, "_counted", counted)

    def objects(self, case: Case) -> bool:
        if self._is_uncounted(case):
            return False
        limit, since = self.limit, case.day - self.days
        for days, consents in self._counts(case):
            if len(days) >= limit and days[-limit] > since and not _may_call(consents, case):
                return True
        return False

    def opens(self, case: Case, at: int) -> int | None:
        if self._is_uncounted(case):
            return at
        for days, consents in self._counts(case):
            if len(days) >= self.limit:
                at = max(at, _first_day(case, at, days[-self.limit] + self.days, consents))
        return at

    def _is_uncounted(self, case: Case) -> bool:
        attempt = case.attempt
        return attempt.purpose in NEVER_COUNTED or (
            self.purposes is not None and attempt.purpose not in self.purposes
        )

    def _counts(self, case: Case) -> _Counts:
        person = _person_of(case) if self.same_person else None
        zone, history = case.facts.timezone, case.history
        if self.per != "debt":
            number = case.attempt.address_id if self.per == "number" else None
            return ((history.days(self._counted, Scope(zone, person, number)), _NO_CONSENT),)
        found = []
        for debt_ids in _particular_debts(case, self.debts_over_days):
            scope = Scope(zone, person, None, debt_ids)
            consents = extra_calls(case, debt_ids) if self.consented_calls_excluded else _NO_CONSENT
            if consents:
                days: Sequence[int] = _days_without(case, self._counted, scope, consents)
            else:
                days = history.days(self._counted, scope)
            found.append((days, consents))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedAfterConversation:
    """No contact for `days` dates from a conversation on, its own the first.

    `inbound` counts conversations that the borrower started too.
    """

    days: int
    per: Literal["borrower", "debt"] = "borrower"
    inbound: bool = True
    own_only: bool = False
    same_person: bool = False
    consented_calls_excluded: bool = False
    debts_over_days: int | None = None
    _counted: Counted = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.days < 1:
            raise ValueError("days is at least 1")
        counted = Counted(
            channels=CALLS,
            outcomes=CONVERSATIONS,
            inbound=self.inbound,
            notices=True,
            own_only=self.own_only,
        )
        object.__setattr__(self, "_counted", counted)

    def objects(self, case: Case) -> bool:
        since = case.day - self.days
        for days, consents in self._counts(case):
            if days and days[-1] > since and not _may_call(consents, case):
                return True
        return False

    def opens(self, case: Case, at: int) -> int | None:
        for days, consents in self._counts(case):
            if days:
                at = max(at, _first_day(case, at, days[-1] + self.days, consents))
        return at

    def _counts(self, case: Case) -> _Counts:
        person = _person_of(case) if self.same_person else None
        zone, history = case.facts.timezone, case.history
        if self.per == "borrower":
            return ((history.days(self._counted, Scope(zone, person)), _NO_CONSENT),)
        found = []
        for debt_ids in _particular_debts(case, self.debts_over_days):
            consents = extra_calls(case, debt_ids) if self.consented_calls_excluded else _NO_CONSENT
            found.append(
                (history.days(self._counted, Scope(zone, person, None, debt_ids)), consents)
            )
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledLately:
    """A call went out, and could have rung, within so many minutes."""

    minutes: int

    def objects(self, case: Case) -> bool:
        earliest = case.now - timedelta(minutes=self.minutes)
        for event in reversed(case.history.events):
            if event.at <= earliest:
                return False
            if _RINGS.counts(event):
                return True
        return False


def _days_without(
    case: Case, counted: Counted, scope: Scope, consents: Sequence[ExtraCalls]
) -> list[int]:
    """The dates of what counts, calls left out that were consented to."""
    return sorted(
        day
        for event in case.history.matching(counted, scope)
        for day in [local_day(event, scope)]
        if not any(consent.covers(event, day) for consent in consents)
    )


def _person_of(case: Case) -> Person:
    return Person.SPOUSE if case.attempt.recipient is Recipient.SPOUSE else Person.BORROWER


def _particular_debts(case: Case, over_days: int | None) -> list[tuple[str, ...]]:
    facts = case.facts
    return [
        facts.same_debt(debt.id)
        for debt in case.debts
        if over_days is None or debt.days_past_due > over_days
    ]


def _may_call(consents: Sequence[ExtraCalls], case: Case) -> bool:
    return any(consent.allows(case.day) for consent in consents)


def _first_day(case: Case, at: int, day: int, consents: Sequence[ExtraCalls]) -> int:
    """The start of `day`, or of an earlier date on which more calls were consented to."""
    today = case.clock.local(at) // DAY
    sooner = [first for c in consents if (first := c.first_from(today)) is not None]
    return case.clock.day_starts(at, min([day, *sooner]))
