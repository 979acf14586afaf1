"""The debts of one account while its ledger is walked: what is raised, paid, restored.

Working state of the derivation, in minor units; nobody else sees it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from lending.allocation import OpenItem, in_advance_last, in_order
from lending.entries import Part
from lending.money import Money
from lending.terms import Allocation, Component

ALL = frozenset(Component)
CHARGES = ALL - {Component.PRINCIPAL}

_Key = tuple[int, int, Component, date]


@dataclass(slots=True, eq=False)
class Debt:
    """One debt. `ahead` is scheduled interest not charged yet, which may be paid in advance;
    `brought` is what of it has been charged early for that.
    """

    version: int
    number: int
    component: Component
    due_on: date
    left: int = 0
    ahead: int = 0
    brought: int = 0

    def part(self, minor: int) -> Part:
        return Part(self.version, self.number, self.component, self.due_on, minor)


@dataclass(slots=True)
class Payment:
    """What money paid: negative parts, the interest charged early for it, and what was over."""

    parts: list[Part] = field(default_factory=list)
    brought: list[Part] = field(default_factory=list)
    rest: int = 0


@dataclass(slots=True)
class Debts:
    """All debts of an account by instalment, component and due day."""

    allocation: Allocation
    by_key: dict[_Key, Debt] = field(default_factory=dict)
    principal: int = 0
    owed: int = 0

    def debt(self, version: int, number: int, component: Component, due_on: date) -> Debt:
        key = (version, number, component, due_on)
        found = self.by_key.get(key)
        if found is None:
            found = self.by_key[key] = Debt(version, number, component, due_on)
        return found

    def change(self, debt: Debt, minor: int) -> Part:
        """Raise (or, negative, lower) what is left of a debt."""
        debt.left += minor
        self.owed += minor
        if debt.component is Component.PRINCIPAL:
            self.principal += minor
        return debt.part(minor)

    def raised(self, part: Part, minor: int) -> Part:
        """The debt that the part names, raised by so much (lowered, if negative)."""
        return self.change(self.of(part), minor)

    def of(self, part: Part) -> Debt:
        return self.debt(part.version, part.number, part.component, part.due_on)

    def pay(
        self,
        minor: int,
        on: date,
        *,
        components: Collection[Component] = ALL,
        in_advance: bool = False,
    ) -> Payment:
        """Pay debts in the order of the allocation.

        `in_advance` also pays scheduled interest that is not charged yet, for as long as any
        principal is owed that could still earn it.
        """
        result = Payment(rest=minor)
        if minor > 0:
            claims = self._claims(on, components, in_advance)
            for group in self._groups(claims, on):
                for debt in in_order(group, on, self.allocation) if result.rest else ():
                    if result.rest == 0:
                        return result
                    self._settle(debt, on, in_advance, result)
        return result

    def _groups(self, claims: list[Debt], on: date) -> Iterator[list[Debt]]:
        """What is due apart from what is not, where that spares ordering what is not reached."""
        if not in_advance_last(self.allocation):
            yield claims
            return
        yield [debt for debt in claims if debt.due_on <= on]
        yield [debt for debt in claims if debt.due_on > on]

    def _claims(self, on: date, components: Collection[Component], ahead: bool) -> list[Debt]:
        return [
            debt
            for debt in self.by_key.values()
            if (debt.left or (ahead and debt.ahead and debt.due_on > on))
            and debt.component in components
        ]

    def _settle(self, debt: Debt, on: date, in_advance: bool, result: Payment) -> None:
        short = result.rest - debt.left
        if in_advance and short > 0 and debt.ahead and debt.due_on > on and self.principal:
            early = min(short, debt.ahead)
            debt.ahead -= early
            debt.brought += early
            result.brought.append(self.change(debt, early))
        paid = min(result.rest, debt.left)
        if paid:
            result.parts.append(self.change(debt, -paid))
            result.rest -= paid

    def clear(self, on: date) -> list[Part]:
        """Take away everything owed, oldest first in the order of the allocation."""
        claims = self._claims(on, ALL, False)
        return [self.change(debt, -debt.left) for debt in in_order(claims, on, self.allocation)]

    def lower(self, part: Part) -> tuple[Part | None, int]:
        """Take back a raised part as far as it is unpaid; also how much of it was paid."""
        debt = self.of(part)
        cut = min(debt.left, part.minor)
        return (self.change(debt, -cut) if cut else None), part.minor - cut

    def send_back(self, restored: Part, on: date) -> Part | None:
        """Uncharge interest that was charged early for a payment now taken back."""
        debt = self.of(restored)
        if debt.component is not Component.INTEREST or debt.due_on <= on:
            return None
        early = min(debt.brought, restored.minor, debt.left)
        debt.brought -= early
        debt.ahead += early
        return self.change(debt, -early) if early else None

    def items(self, currency: str) -> tuple[OpenItem, ...]:
        """What is owed, earliest due first."""
        found: Iterable[Debt] = (debt for debt in self.by_key.values() if debt.left)
        return tuple(
            OpenItem(
                component=debt.component,
                due_on=debt.due_on,
                left=Money(debt.left, currency),
                version=debt.version,
                number=debt.number,
            )
            for debt in sorted(found, key=lambda d: (d.due_on, d.version, d.number, d.component))
        )
