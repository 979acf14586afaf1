"""To which attempts a rule, or one check of it, applies; as far as the attempt alone can tell."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from compliance.case import Case
from compliance.terms import (
    ActorRole,
    AddressKind,
    Channel,
    DebtKind,
    Phase,
    Purpose,
    Recipient,
    Voice,
)


class PlanKey(NamedTuple):
    """Everything of an attempt that says which rules can concern it, whatever the records."""

    regime: int
    channel: Channel
    purpose: Purpose
    phase: Phase
    role: ActorRole
    follows: bool
    recipient: Recipient
    address_kind: AddressKind
    automated: bool
    voice: Voice | None
    initial: bool
    reply: bool
    confirms: bool


_ANSWERS = (Purpose.REPLY, Purpose.DISPUTE_RESPONSE, Purpose.OPT_OUT_CONFIRMATION)


class UnlessReply(StrEnum):
    """Which replies a rule lets pass: none, every one, or those that only answer."""

    NEVER = "never"
    ANY = "any"
    ANSWER = "answer"

    def lifts(self, key: PlanKey) -> bool:
        if not key.reply or self is UnlessReply.NEVER:
            return False
        return self is UnlessReply.ANY or key.purpose in _ANSWERS


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """To which attempts a check applies; None is every one. `automated` includes recorded voice.

    `but_confirmation` leaves out the one confirmation that answers an opt-out.
    """

    channels: frozenset[Channel] | None = None
    phases: frozenset[Phase] | None = None
    purposes: frozenset[Purpose] | None = None
    not_purposes: frozenset[Purpose] = frozenset()
    recipients: frozenset[Recipient] | None = None
    not_recipients: frozenset[Recipient] = frozenset()
    address_kinds: frozenset[AddressKind] | None = None
    not_address_kinds: frozenset[AddressKind] = frozenset()
    roles: frozenset[ActorRole] | None = None
    automated: bool | None = None
    initial: bool | None = None
    reply: bool | None = None
    but_confirmation: bool = False
    debt_kinds: frozenset[DebtKind] | None = None
    debts_over_days: int | None = None

    def fits(self, key: PlanKey) -> bool:
        """Whether an attempt of this kind is meant, its debts apart."""
        wanted: tuple[tuple[frozenset[object] | None, object], ...] = (
            (self.channels, key.channel),
            (self.phases, key.phase),
            (self.purposes, key.purpose),
            (self.recipients, key.recipient),
            (self.address_kinds, key.address_kind),
            (self.roles, key.role),
        )
        if any(allowed is not None and value not in allowed for allowed, value in wanted):
            return False
        if key.purpose in self.not_purposes or key.recipient in self.not_recipients:
            return False
        if key.address_kind in self.not_address_kinds:
            return False
        if self.but_confirmation and key.confirms:
            return False
        machine = key.automated or key.voice is Voice.PRERECORDED
        claims = ((self.automated, machine), (self.initial, key.initial), (self.reply, key.reply))
        return all(claim is None or claim is is_so for claim, is_so in claims)

    @property
    def asks_debts(self) -> bool:
        return self.debt_kinds is not None or self.debts_over_days is not None

    def fits_debts(self, case: Case) -> bool:
        """Whether some debt of the attempt is meant."""
        return any(
            (self.debt_kinds is None or debt.kind in self.debt_kinds)
            and (self.debts_over_days is None or debt.days_past_due > self.debts_over_days)
            for debt in case.debts
        )
