"""When what an account owes falls due: by the schedule for a loan, by the statement for a card.

Working state of the derivation, in minor units; nobody else sees it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol

from lending.accounts import Account, Instalment, Schedule
from lending.dates import add_months
from lending.debts import Debt, Debts
from lending.entries import ChargeRules, Part
from lending.ledger_types import InstalmentBalance, InterestRules
from lending.money import Money
from lending.schedules import by_start, start_of
from lending.terms import CardTerms, Component


class Dues(Protocol):
    """Where debts come to stand."""

    def next_change(self) -> date | None:
        """The day from whose start another schedule version applies, if one is still to come."""

    def change(self, debts: Debts) -> tuple[int, list[Part]]:
        """Adopt the next version; its number and what moved between debts."""

    def lend(self, debts: Debts, minor: int, on: date) -> list[Part]:
        """Raise principal where the agreement has it fall due."""

    def unlend(self, part: Part) -> None:
        """Forget that so much was lent towards a row: the lending has been taken back."""

    def due_on(self, on: date) -> date:
        """When something charged on the day falls due."""

    def interest_debt(self, key: str) -> Debt | None:
        """The debt that a charge of this key is the interest of, for scheduled interest."""

    def balances(self, debts: Debts, on: date, currency: str) -> tuple[InstalmentBalance, ...]:
        """The rows in effect with what is left of them."""


def dues_of(account: Account, schedules: Sequence[Schedule], rules: ChargeRules) -> Dues:
    if isinstance(account.terms, CardTerms):
        return CardDues(account.terms)
    known = rules if isinstance(rules, InterestRules) else None
    return LoanDues(by_start(schedules), known)


@dataclass(slots=True)
class CardDues:
    """Everything of a statement cycle falls due on the statement's due date."""

    terms: CardTerms

    def next_change(self) -> date | None:
        return None

    def change(self, debts: Debts) -> tuple[int, list[Part]]:
        return 0, []

    def lend(self, debts: Debts, minor: int, on: date) -> list[Part]:
        return [debts.change(debts.debt(0, 0, Component.PRINCIPAL, self.due_on(on)), minor)]

    def unlend(self, part: Part) -> None:
        pass

    def due_on(self, on: date) -> date:
        closing = add_months(on, 0, anchor_day=self.terms.statement_day)
        if closing < on:
            closing = add_months(on, 1, anchor_day=self.terms.statement_day)
        return closing + timedelta(days=self.terms.due_days)

    def interest_debt(self, key: str) -> Debt | None:
        return None

    def balances(self, debts: Debts, on: date, currency: str) -> tuple[InstalmentBalance, ...]:
        return ()


@dataclass(slots=True)
class LoanDues:
    """Principal and scheduled interest fall due by the schedule, other charges at once."""

    versions: list[Schedule]
    rules: InterestRules | None
    rows: list[tuple[int, Instalment]] = field(default_factory=list)
    lent: dict[tuple[int, int], int] = field(default_factory=dict)
    interest: dict[str, Debt] = field(default_factory=dict)
    adopted: int = 0

    def next_change(self) -> date | None:
        if self.adopted == len(self.versions):
            return None
        return start_of(self.versions[self.adopted])

    def change(self, debts: Debts) -> tuple[int, list[Part]]:
        """Rows due before the change stay. What they leave unpaid stays due on them as far as the
        new rows do not take it over: principal beyond what the new rows ask for stays overdue,
        oldest first.
        """
        schedule = self.versions[self.adopted]
        self.adopted += 1
        start = start_of(schedule)
        kept = [pair for pair in self.rows if pair[1].due_on < start]
        new = [(schedule.version, row) for row in schedule.instalments if row.due_on >= start]
        self.rows = kept + new
        # What is lent from now on falls due with the new rows.
        self.lent = {(version, row.number): row.principal.minor for version, row in kept}
        for debt in self.interest.values():
            if debt.due_on >= start:
                debt.ahead = 0
        for version, row in new:
            self._expect_interest(debts, version, row)
        return schedule.version, self._move_principal(debts, start, new)

    def _expect_interest(self, debts: Debts, version: int, row: Instalment) -> None:
        debt = debts.debt(version, row.number, Component.INTEREST, row.due_on)
        if self.rules is not None:
            debt.ahead = self.rules.scheduled_interest(version, row).minor
        self.interest[interest_key(version, row.number)] = debt

    def _move_principal(
        self, debts: Debts, start: date, new: list[tuple[int, Instalment]]
    ) -> list[Part]:
        owed = debts.principal
        if not owed:
            return []
        before = {id(debt): (debt, debt.left) for debt in debts.by_key.values()}
        wanted = sum(row.principal.minor for _, row in new)
        staying = max(owed - wanted, 0)
        open_ = [d for d in debts.by_key.values() if d.component is Component.PRINCIPAL and d.left]
        for debt in sorted(open_, key=lambda d: (d.due_on, d.version, d.number)):
            keep = min(debt.left, staying) if debt.due_on < start else 0
            staying -= keep
            debts.change(debt, keep - debt.left)
        self.lend(debts, owed - debts.principal, start)
        moved = []
        for debt in debts.by_key.values():
            left = before.get(id(debt), (debt, 0))[1]
            if debt.left != left:
                moved.append(debt.part(debt.left - left))
        return moved

    def lend(self, debts: Debts, minor: int, on: date) -> list[Part]:
        """Fill the rows in order; what is above the schedule falls due with the last row."""
        parts = []
        for version, row in self.rows:
            if not minor:
                break
            lent = self.lent.get((version, row.number), 0)
            part = min(minor, row.principal.minor - lent)
            if part > 0:
                self.lent[version, row.number] = lent + part
                debt = debts.debt(version, row.number, Component.PRINCIPAL, row.due_on)
                parts.append(debts.change(debt, part))
                minor -= part
        if minor:
            last = max(on, self.rows[-1][1].due_on) if self.rows else on
            parts.append(debts.change(debts.debt(0, 0, Component.PRINCIPAL, last), minor))
        return parts

    def unlend(self, part: Part) -> None:
        if (part.version, part.number) in self.lent:
            self.lent[part.version, part.number] -= part.minor

    def due_on(self, on: date) -> date:
        return on

    def interest_debt(self, key: str) -> Debt | None:
        return self.interest.get(key)

    def balances(self, debts: Debts, on: date, currency: str) -> tuple[InstalmentBalance, ...]:
        states = []
        for version, row in self.rows:
            principal = debts.debt(version, row.number, Component.PRINCIPAL, row.due_on)
            interest = debts.debt(version, row.number, Component.INTEREST, row.due_on)
            coming = interest.ahead if row.due_on > on and debts.principal else 0
            states.append(
                InstalmentBalance(
                    version=version,
                    instalment=row,
                    principal_left=Money(principal.left, currency),
                    interest_left=Money(interest.left + coming, currency),
                )
            )
        return tuple(states)


def interest_key(version: int, number: int) -> str:
    """The key of the charge of an instalment's interest."""
    return f"interest:{version}:{number}"
