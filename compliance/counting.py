"""Which past contacts a frequency rule counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from compliance.events import Event
from compliance.terms import Actor, Channel, ContactOutcome, Direction, Person, Purpose

NEVER_COUNTED = frozenset({Purpose.STATUTORY_NOTICE, Purpose.OPT_OUT_CONFIRMATION})
"""Not counted toward any limit, as replies are not."""

_ANY_OUTCOME = frozenset(ContactOutcome)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Counted:
    """A filter of events; compared by identity, so that counts can be kept by it.

    `outcomes` are of calls; any other outbound contact counts when its channel does. `inbound`
    counts contacts of the borrower too, whatever the purpose, and `notices` those that limits leave out.
    """

    channels: frozenset[Channel]
    outcomes: frozenset[ContactOutcome] = _ANY_OUTCOME
    own_only: bool = False
    inbound: bool = False
    purposes: frozenset[Purpose] | None = None
    notices: bool = False

    def counts(self, event: Event) -> bool:
        if event.channel not in self.channels or (self.own_only and event.actor is Actor.AGENCY):
            return False
        if event.channel is Channel.CALL and event.outcome not in self.outcomes:
            return False
        if event.direction is Direction.INBOUND:
            return self.inbound
        if self.inbound:
            return True
        if event.reply_to is not None or (not self.notices and event.purpose in NEVER_COUNTED):
            return False
        return self.purposes is None or event.purpose in self.purposes


class Scope(NamedTuple):
    """Whose and what: one zone for dates, and optionally one person, number and particular debt."""

    zone: str
    person: Person | None = None
    address_id: str | None = None
    debt_ids: tuple[str, ...] | None = None

    def covers(self, event: Event) -> bool:
        """An event that names no debt counts for every one."""
        if self.person is not None and event.person is not self.person:
            return False
        if self.address_id is not None and event.address_id != self.address_id:
            return False
        if self.debt_ids is None or not event.debt_ids:
            return True
        return any(debt_id in self.debt_ids for debt_id in event.debt_ids)
