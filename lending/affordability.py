"""What a household can pay each month, from what it says of itself. Nothing here is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from lending.errors import LendingError
from lending.money import Money
from lending.sentences import Sentence
from lending.terms import Frequency

_YEARLY_PAYMENTS = {Frequency.MONTHLY: 12, Frequency.FORTNIGHTLY: 26, Frequency.WEEKLY: 52}

MOST_MAJOR_UNITS = 1_000_000
"""More than this in a month is taken for a slip of the pen; staff can help who really has it."""

# Currencies whose unit is small: an ordinary month has many more of them.
_SMALL_UNITS = {
    **dict.fromkeys(("INR", "PHP", "THB", "TWD", "RUB", "MXN", "EGP", "TRY", "KES"), 10),
    **dict.fromkeys(("JPY", "HUF", "PKR", "LKR", "NGN", "XAF", "XOF", "ISK", "RSD"), 100),
    **dict.fromkeys(("KRW", "CLP", "COP", "TZS", "MMK", "IQD", "PYG", "UGX"), 1_000),
    **dict.fromkeys(("IDR", "VND", "IRR", "LAK", "LBP", "GNF"), 10_000),
}

LONGEST_MONTHS = 60


class BudgetMakesNoSense(LendingError):
    """A negative or impossible amount, or a duration that no one plans for."""


class Spending(StrEnum):
    """Essential spending, by the few categories that are asked for."""

    HOUSING = "housing"
    FOOD = "food"
    TRANSPORT = "transport"
    CARE = "care"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A household's month, each part in minor units of one currency; None was not told.

    `months`: how long the hardship is expected to last.
    """

    currency: str
    income: int | None = None
    spending: dict[Spending, int] = field(default_factory=dict)
    other_debts: int | None = None
    months: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a budget comes to. `surplus` may be below zero; `available` is what a plan may ask
    for each month, None when the income was not told; `kept` is the buffer, the part of the surplus
    that stays with the household.
    """

    surplus: Money | None
    available: Money | None

    @property
    def kept(self) -> Money | None:
        if self.surplus is None or self.available is None:
            return None
        return self.surplus.at_least_zero() - self.available

    @property
    def is_short(self) -> bool:
        """Whether nothing is left after what the household needs."""
        return self.available is not None and self.available.minor == 0


def check_budget(budget: Budget, *, exponent: int) -> None:
    """Raise BudgetMakesNoSense for what cannot be; zero income and a shortfall can be."""
    major = MOST_MAJOR_UNITS * _SMALL_UNITS.get(budget.currency, 1)
    most = major * 10**exponent
    given = (budget.income, budget.other_debts, *budget.spending.values())
    if any(amount is not None and amount < 0 for amount in given):
        raise BudgetMakesNoSense(
            "An income or spending below zero makes no sense.", hint="Give 0 or more."
        )
    if any(amount is not None and amount > most for amount in given):
        raise BudgetMakesNoSense(
            Sentence(
                "More than %(most)s a month looks like a slip.", most=Money(most, budget.currency)
            ),
            hint="Give the amount for one month.",
        )
    if budget.months is not None and not 1 <= budget.months <= LONGEST_MONTHS:
        raise BudgetMakesNoSense(
            "The expected duration makes no sense.",
            hint=Sentence("Give 1 to %(most)s months.", most=LONGEST_MONTHS),
        )


def means_of(budget: Budget | None, *, buffer_bp: int) -> Means:
    """Surplus = income - essential spending - other debts; what was skipped counts as nothing.

    Of a surplus, `buffer_bp` stays with the household for what nobody foresees.
    """
    if budget is None or budget.income is None:
        return Means(surplus=None, available=None)
    surplus = budget.income - sum(budget.spending.values()) - (budget.other_debts or 0)
    available = max(surplus, 0) * (10_000 - buffer_bp) // 10_000
    return Means(
        surplus=Money(surplus, budget.currency), available=Money(available, budget.currency)
    )


def per_payment(monthly: Money, frequency: Frequency) -> Money:
    """The share of a monthly amount for one payment, rounded down."""
    return Money(monthly.minor * 12 // _YEARLY_PAYMENTS[frequency], monthly.currency)


def payments_in(months: int, frequency: Frequency) -> int:
    """How many payments fall into so many months, rounded down, at least one."""
    return max(months * _YEARLY_PAYMENTS[frequency] // 12, 1)
