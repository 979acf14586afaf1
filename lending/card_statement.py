"""What a card's statement asks for: its balance and the least that is due.

minimum due = max(rate of the balance, floor) + what earlier minimums left unpaid
              + interest, fees and penalties of the cycle, where the terms add them,
rounded by the terms, never above the balance. A balance of zero or a credit asks for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from lending.accounts import EntryKind, Statement
from lending.card_credits import amount_of, charges_change, credits_after, net_change
from lending.card_cycle import Cycle, closed_cycles
from lending.entries import Derived
from lending.money import Money
from lending.rounding import to_step
from lending.terms import CardTerms

_CHARGES = (EntryKind.INTEREST, EntryKind.FEE, EntryKind.PENALTY)


def minimum_due(terms: CardTerms, *, balance: Money, overdue: Money, charges: Money) -> Money:
    """The least that is due of a statement.

    `overdue`: what earlier minimums left unpaid. `charges`: interest, fees and penalties of the
    cycle that are unpaid; they count only where the terms add them.
    """
    if balance.minor <= 0:
        return Money.zero(balance.currency)
    share = Fraction(balance.minor * terms.minimum_rate_bp, 10_000)
    least = max(share, Fraction(terms.minimum_floor.minor)) + overdue.minor
    if terms.minimum_adds_charges:
        least += charges.minor
    return min(Money(to_step(least, terms.rounding), balance.currency), balance)


def statements(
    terms: CardTerms, opened_on: date, lines: Sequence[Derived], through: date
) -> tuple[Statement, ...]:
    """Every statement that closed by the end of `through`, from the lines of the derived ledger.

    A statement rests on the lines effective until it closed, so what comes later never changes
    it; a backdated line does. The balance is negative for a credit.
    """
    found: list[Statement] = []
    owed = unpaid_charges = 0
    cycles = closed_cycles(terms, opened_on, through)
    for cycle, of_cycle in zip(cycles, _by_cycle(cycles, lines), strict=True):
        owed += sum(map(net_change, of_cycle))
        unpaid_charges += sum(map(charges_change, of_cycle))
        added = sum(charges_change(line) for line in of_cycle if line.kind in _CHARGES)
        overdue = _left_of(found[-1], of_cycle) if found else 0
        found.append(_statement(terms, cycle, owed, overdue, min(added, unpaid_charges)))
    return tuple(found)


def unpaid_minimum(statement: Statement, lines: Sequence[Derived], through: date) -> Money:
    """What of the minimum due was not received from the day after closing until `through`."""
    paid = amount_of(credits_after(statement.closed_on, lines), through)
    left = statement.minimum_due - Money(paid, statement.minimum_due.currency)
    return left.at_least_zero()


def _left_of(statement: Statement, lines: Sequence[Derived]) -> int:
    return unpaid_minimum(statement, lines, date.max).minor


def _statement(terms: CardTerms, cycle: Cycle, owed: int, overdue: int, charges: int) -> Statement:
    currency = terms.credit_limit.currency
    balance = Money(owed, currency)
    return Statement(
        number=cycle.number,
        closed_on=cycle.closed_on,
        due_on=cycle.due_on,
        balance=balance,
        minimum_due=minimum_due(
            terms,
            balance=balance,
            overdue=Money(overdue, currency),
            charges=Money(max(charges, 0), currency),
        ),
    )


def _by_cycle(cycles: Sequence[Cycle], lines: Sequence[Derived]) -> list[list[Derived]]:
    """The lines of each cycle; lines after the last one are left out."""
    ordered = sorted(lines, key=lambda line: line.effective_on)
    groups: list[list[Derived]] = [[] for _ in cycles]
    index = 0
    for line in ordered:
        while index < len(cycles) and cycles[index].closed_on < line.effective_on:
            index += 1
        if index == len(cycles):
            break
        groups[index].append(line)
    return groups
