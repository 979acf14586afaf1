"""Calls that the borrower consented to beyond the limits (12 CFR 1006.14(b)(3)(i)).

Such a consent holds for at most seven dates, its own the first, and ends with its stated dates, on
revocation, or with the next conversation about the debt.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from compliance.case import Case
from compliance.counting import Counted, Scope
from compliance.events import Event
from compliance.records import Consent
from compliance.terms import Channel, ConsentType, ContactOutcome
from compliance.zones import DAY, day_number, seconds_of

EXTRA_CALL_DAYS = 7
CONVERSATIONS = frozenset({ContactOutcome.CONVERSATION})
CALLS = frozenset({Channel.CALL})
_TALKS = Counted(channels=CALLS, outcomes=CONVERSATIONS, inbound=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraCalls:
    """A consent about one particular debt: local dates `first` to `last`, over once `ended_at`."""

    first: int
    last: int
    given_at: datetime
    ended_at: datetime | None

    def covers(self, event: Event, day: int) -> bool:
        """Whether a past call was made under it; the conversation that ends it still was."""
        if event.at < self.given_at or not self.first <= day <= self.last:
            return False
        return self.ended_at is None or event.at <= self.ended_at

    def allows(self, day: int) -> bool:
        return self.ended_at is None and self.first <= day <= self.last

    def first_from(self, day: int) -> int | None:
        """The first date from `day` on that it covers."""
        start = max(day, self.first)
        return start if self.allows(start) else None


def extra_calls(case: Case, debt_ids: tuple[str, ...]) -> list[ExtraCalls]:
    """The consents to more calls about this debt that were given to the sender."""
    if not case.state.consents:
        return []
    return [
        _of(consent, case, debt_ids)
        for consent in case.state.consents
        if consent.type is ConsentType.EXTRA_CALLS
        and consent.to_sender
        and consent.given_at <= case.now
        and (consent.debt_ids is None or any(d in consent.debt_ids for d in debt_ids))
    ]


def _of(consent: Consent, case: Case, debt_ids: tuple[str, ...]) -> ExtraCalls:
    given = case.clock.local(seconds_of(consent.given_at)) // DAY
    first, last = given, given + EXTRA_CALL_DAYS - 1
    if consent.valid_from is not None:
        first = max(first, day_number(consent.valid_from))
    if consent.valid_until is not None:
        last = min(last, day_number(consent.valid_until))
    talks = case.history.matching(_TALKS, Scope(case.facts.timezone, None, None, debt_ids))
    ends = [talk.at for talk in talks if talk.at > consent.given_at]
    if consent.revoked_at is not None and consent.revoked_at <= case.now:
        ends.append(consent.revoked_at)
    return ExtraCalls(
        first=first, last=last, given_at=consent.given_at, ended_at=min(ends, default=None)
    )
