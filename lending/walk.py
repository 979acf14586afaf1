"""What each kind of posting does to an account's debts and credit, line by line.

Working state of the derivation, in minor units; nobody else sees it. It never fails on facts that
are booked: what no longer fits after an earlier fact became known is resolved by rule (a waiver
lapses as far as nothing is left to waive; a refund beyond the credit is money lent), and told in
`short`, which the booking of a new posting refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from lending.accounts import EntryKind
from lending.debts import CHARGES, Debts
from lending.dues import Dues
from lending.entries import Charge, Derived, Part, Posting, Split
from lending.lines import Lines
from lending.terms import Component

COMPONENT_OF = {
    EntryKind.FEE: Component.FEE,
    EntryKind.PENALTY: Component.PENALTY,
    EntryKind.INTEREST: Component.INTEREST,
}

_NOTHING = dict.fromkeys(Component, 0)


@dataclass(slots=True)
class Effect:
    """What a posting did and has not been taken back yet."""

    kind: EntryKind
    parts: list[Part] = field(default_factory=list)
    credit: int = 0
    revived: list[tuple[str, Part]] = field(default_factory=list)
    """Debts written off that came back to life to be paid, with the write-off's key."""


@dataclass(slots=True)
class Walk:
    """The state between two events."""

    currency: str
    debts: Debts
    dues: Dues
    credit: int = 0
    lines: Lines = field(default_factory=Lines)
    effects: dict[str, Effect] = field(default_factory=dict)
    short: dict[str, int] = field(default_factory=dict)
    closed_for: set[str] = field(default_factory=set)
    written: dict[str, list[Part]] = field(default_factory=dict)
    used: list[Part] = field(default_factory=list)
    """Debts that credit paid, oldest first, for the day that the credit's payment bounces."""

    @property
    def is_written_off(self) -> bool:
        return bool(self.written)

    # --- charges and schedule changes -------------------------------------------------------

    def adopt_schedule(self, on: date) -> None:
        version, moved = self.dues.change(self.debts)
        if moved:
            self.line(f"schedule:{version}", EntryKind.CAPITALISATION, on, moved)

    def charge(self, charge: Charge) -> None:
        """Book a charge of the terms; of scheduled interest, what was not charged early."""
        minor = charge.amount.minor
        debt = self.dues.interest_debt(charge.key)
        if debt is None:
            due_on = self.dues.due_on(charge.effective_on)
            debt = self.debts.debt(0, 0, COMPONENT_OF[charge.kind], due_on)
        else:
            minor = max(minor - debt.brought, 0)
            debt.ahead = 0
        if minor:
            part = self.debts.change(debt, minor)
            self.line(charge.key, charge.kind, charge.effective_on, [part])
            self.use_credit(charge.key, charge.effective_on)

    # --- lines ------------------------------------------------------------------------------

    def line(
        self,
        key: str,
        kind: EntryKind,
        on: date,
        parts: Iterable[Part],
        *,
        credit: int = 0,
        posting: Posting | None = None,
    ) -> None:
        kept = tuple(parts)
        sums = _NOTHING.copy()
        for part in kept:
            sums[part.component] += part.minor
        self.credit += credit
        self.lines.append(
            Derived(
                key=key,
                kind=kind,
                effective_on=on,
                split=Split.of(
                    self.currency,
                    principal=sums[Component.PRINCIPAL],
                    interest=sums[Component.INTEREST],
                    fee=sums[Component.FEE],
                    penalty=sums[Component.PENALTY],
                    credit=credit,
                ),
                reverses=posting.reverses if posting else None,
                payment_id=posting.payment_id if posting else None,
                parts=kept,
            )
        )

    def record(self, posting: Posting, parts: Sequence[Part], *, credit: int = 0) -> Effect:
        """The line of a posting, and its effect for the day it may be taken back."""
        self.line(
            posting.key, posting.kind, posting.effective_on, parts, credit=credit, posting=posting
        )
        effect = Effect(posting.kind, list(parts), credit)
        self.effects[posting.key] = effect
        return effect

    def charge_early(self, key: str, on: date, brought: Iterable[Part]) -> None:
        """Scheduled interest that a payment reaches before its due date is charged that day."""
        for part in merged(brought):
            early = f"interest:{part.version}:{part.number}:early:{key}"
            self.line(early, EntryKind.INTEREST, on, [part])

    def use_credit(self, key: str, on: date) -> None:
        """Credit pays at once whatever has come to be owed."""
        if not self.credit:
            return
        paid = self.debts.pay(min(self.credit, self.debts.owed), on)
        if paid.parts:
            spent = sum(part.minor for part in paid.parts)
            self.line(f"credit:{key}", EntryKind.REPAYMENT, on, paid.parts, credit=spent)
            self.used += paid.parts

    # --- debts raised -----------------------------------------------------------------------

    def lend(self, posting: Posting) -> None:
        on = posting.effective_on
        if posting.split is None:
            amounts = {Component.PRINCIPAL: posting.amount.minor}
        else:
            amounts = by_component(posting.split)
        parts: list[Part] = []
        for component, minor in amounts.items():
            if component is Component.PRINCIPAL:
                parts += self.dues.lend(self.debts, minor, on)
            elif minor:
                parts.append(self.raise_(component, minor, on))
        self.record(posting, parts)
        self.use_credit(posting.key, on)

    def charge_outside(self, posting: Posting) -> None:
        component = COMPONENT_OF[posting.kind]
        part = self.raise_(component, posting.amount.minor, posting.effective_on)
        self.record(posting, [part])
        self.use_credit(posting.key, posting.effective_on)

    def raise_(self, component: Component, minor: int, on: date) -> Part:
        return self.debts.change(self.debts.debt(0, 0, component, self.dues.due_on(on)), minor)

    def refund(self, posting: Posting) -> None:
        """Pay credit out. Beyond the credit it is money lent, due at once."""
        minor, on = posting.amount.minor, posting.effective_on
        taken = min(self.credit, minor)
        parts = []
        if minor > taken:
            self.short[posting.key] = minor - taken
            parts = [self.raise_(Component.PRINCIPAL, minor - taken, on)]
        self.record(posting, parts, credit=-taken)

    # --- debts forgiven or moved ------------------------------------------------------------

    def waive(self, posting: Posting) -> None:
        self.record(posting, self._forgive(posting))

    def capitalise(self, posting: Posting) -> None:
        """Interest, fees and penalties become principal, due as the schedule says."""
        parts = self._forgive(posting)
        moved = -sum(part.minor for part in parts)
        if moved:
            parts = parts + self.dues.lend(self.debts, moved, posting.effective_on)
        self.record(posting, parts)

    def _forgive(self, posting: Posting) -> list[Part]:
        """Lower charges by the amount (never principal, unless the split says so)."""
        on, parts, missing = posting.effective_on, list[Part](), 0
        if posting.split is None:
            wanted = [(CHARGES, posting.amount.minor)]
        else:
            wanted = [
                (frozenset({component}), -minor)
                for component, minor in by_component(posting.split).items()
                if minor < 0
            ]
        for components, minor in wanted:
            paid = self.debts.pay(minor, on, components=components)
            parts += paid.parts
            missing += paid.rest
        if missing:
            self.short[posting.key] = missing
        return parts

    def write_off(self, posting: Posting) -> None:
        """Everything owed goes, whatever the amount that was expected."""
        parts = self.debts.clear(posting.effective_on)
        gone = -sum(part.minor for part in parts)
        if gone != posting.amount.minor:
            self.short[posting.key] = posting.amount.minor - gone
        self.record(posting, parts)
        self.written[posting.key] = list(parts)

    def written_off(self) -> int:
        return -sum(part.minor for parts in self.written.values() for part in parts)


def by_component(split: Split) -> dict[Component, int]:
    """The split's components in minor units, credit apart."""
    return {
        Component.PENALTY: split.penalty.minor,
        Component.FEE: split.fee.minor,
        Component.INTEREST: split.interest.minor,
        Component.PRINCIPAL: split.principal.minor,
    }


def merged(parts: Iterable[Part]) -> list[Part]:
    """One part for each debt."""
    by_debt: dict[Part, int] = {}
    for part in parts:
        debt = resized(part, 0)
        by_debt[debt] = by_debt.get(debt, 0) + part.minor
    return [resized(debt, minor) for debt, minor in by_debt.items()]


def resized(part: Part, minor: int) -> Part:
    return Part(part.version, part.number, part.component, part.due_on, minor)
