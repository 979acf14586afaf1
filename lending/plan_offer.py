"""An offer: a plan with its whole schedule, beside what the borrower has today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from lending.accounts import Instalment
from lending.entries import Split
from lending.money import Money
from lending.plan_policy import Approval
from lending.reliefs import Relief


class Goal(StrEnum):
    """What an offer is the best at, of all that fit."""

    LOWEST_PAYMENT = "lowest_payment"
    LOWEST_COST = "lowest_cost"
    SOONEST_CLEAR = "soonest_clear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is to be paid from a day on. `due_now` is overdue today and asked for at once.

    `payment` is the largest payment; `interest` is the interest yet to be charged; `total` is all
    that is to be paid, `due_now` included.
    """

    due_now: Money
    payment: Money
    payments: int
    first_on: date
    last_on: date
    interest: Money
    total: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Today's terms and the plan's. `difference` is what the plan costs more (less if negative).

    `waived` is what need not be paid any more, `capitalised` what was interest, fees and penalties
    and becomes principal.
    """

    today: Figures
    plan: Figures
    difference: Money
    waived: Money
    capitalised: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A plan that can be accepted on `on`, with every figure of it.

    `rows` apply from `from_on`. `waived` and `capitalised` hold positive amounts by component;
    capitalised ones become principal. `payment` is the largest payment before the hardship is
    expected to end.
    """

    reliefs: tuple[Relief, ...]
    on: date
    rows: tuple[Instalment, ...]
    waived: Split
    capitalised: Split
    rate_bp: int
    payment: Money
    comparison: Comparison
    approval: Approval
    goals: tuple[Goal, ...] = ()

    @property
    def from_on(self) -> date:
        return self.on + timedelta(days=1)

    @property
    def cost(self) -> Money:
        return self.comparison.plan.total

    @property
    def ends_on(self) -> date:
        return self.rows[-1].due_on


def figures(rows: Sequence[Instalment], due_now: Money) -> Figures:
    """The figures of rows to come, and of what is due at once."""
    currency = due_now.currency
    amounts = [row.amount.minor for row in rows]
    return Figures(
        due_now=due_now,
        payment=Money(max(amounts), currency),
        payments=len(rows),
        first_on=rows[0].due_on,
        last_on=rows[-1].due_on,
        interest=Money(sum(row.interest.minor for row in rows), currency),
        total=Money(sum(amounts), currency) + due_now,
    )


def largest_before(rows: Sequence[Instalment], until: date) -> int:
    """The largest payment due before the day, in minor units; 0 if none is."""
    return max((row.amount.minor for row in rows if row.due_on < until), default=0)
