"""How long a card's balance takes to clear: with the minimum, or with a fixed amount a month.

The projection follows the statement cycle day by day as the charges do (`card_interest`): nothing
new is bought, every payment comes on the due day and goes to interest first, the balance already
bears interest, and no fee is charged. The month after a balance is paid in full has a last small
statement, the interest of the days until that payment; it counts as a month.

12 CFR 1026.7(b)(12) asks for the same two figures (minimum only; the amount that clears in 36
months) on statements in the United States, with its own simplifications (appendix M1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from lending.card_cycle import due_date, is_closing, next_closing
from lending.card_interest import interest_on
from lending.card_statement import minimum_due
from lending.card_terms import check_card_terms
from lending.errors import CurrencyMismatch, LendingError, NeverAmortises
from lending.money import Money, total
from lending.terms import CardTerms

MAX_MONTHS = 1_200

_Ask = Callable[[Money, Money], Money]
"""What is paid, given the statement balance and the interest in it that was charged last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectedMonth:
    """One statement and its payment. `interest` is what the statement charged."""

    closed_on: date
    due_on: date
    balance: Money
    interest: Money
    payment: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """Payments until nothing is owed. `total_paid` is the balance plus `total_interest`."""

    months: tuple[ProjectedMonth, ...]
    total_interest: Money
    total_paid: Money


def pay_only_minimum(terms: CardTerms, balance: Money, closed_on: date) -> Projection:
    """What paying only the minimum of each statement comes to, from the one closed on that day.

    Raises NeverAmortises when the balance is not cleared within 1,200 months, LendingError for a
    negative balance or a day on which no statement closes.
    """
    _check(terms, balance, closed_on)
    nothing = Money.zero(balance.currency)

    def minimum(owed: Money, interest: Money) -> Money:
        return minimum_due(terms, balance=owed, overdue=nothing, charges=interest)

    months = _run(terms, balance, closed_on, minimum, MAX_MONTHS)
    if months is None:
        raise NeverAmortises(
            f"Paying only the minimum does not clear the balance within {MAX_MONTHS} months.",
            hint="Pay a fixed amount above the monthly interest, or raise the minimum's rate or floor.",
        )
    return _projection(months, balance.currency)


def pay_fixed(terms: CardTerms, balance: Money, closed_on: date, payment: Money) -> Projection:
    """What paying the same amount each month comes to; the last payment is what is left.

    Raises NeverAmortises when the balance is not cleared within 1,200 months, LendingError for an
    amount that is not positive, a negative balance, or a day on which no statement closes.
    """
    _check(terms, balance, closed_on)
    if payment.minor <= 0:
        raise LendingError("A payment must be above zero.", hint="Give a positive amount.")
    months = _run(terms, balance, closed_on, _at_most(payment), MAX_MONTHS)
    if months is None:
        raise NeverAmortises(
            f"This amount does not clear the balance within {MAX_MONTHS} months.",
            hint="Pay more than the monthly interest.",
        )
    return _projection(months, balance.currency)


def payment_to_clear(terms: CardTerms, balance: Money, closed_on: date, months: int = 36) -> Money:
    """The smallest fixed payment that clears the balance in so many months.

    A multiple of the terms' rounding step. Raises NeverAmortises where no payment can, because of
    the last small statement; LendingError as `pay_fixed` and for months outside 1 to 1,200.
    """
    _check(terms, balance, closed_on)
    if not 1 <= months <= MAX_MONTHS:
        raise LendingError(
            f"A balance cannot be cleared in {months} months.", hint=f"Use 1 to {MAX_MONTHS}."
        )
    step, currency = terms.rounding.step, balance.currency

    def clears(steps: int) -> bool:
        ask = _at_most(Money(steps * step, currency))
        return _run(terms, balance, closed_on, ask, months) is not None

    low, high = 0, -(-balance.minor // step)  # everything at once, rounded up to a step
    if not clears(high):
        raise NeverAmortises(
            f"No payment clears the balance in {months} months: interest until the first payment "
            "comes with the next statement.",
            hint="Allow one month more.",
        )
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if clears(middle) else (middle + 1, high)
    return Money(high * step, currency)


def _at_most(payment: Money) -> _Ask:
    return lambda balance, _: min(payment, balance)


def _run(
    terms: CardTerms, balance: Money, closed_on: date, ask: _Ask, limit: int
) -> tuple[ProjectedMonth, ...] | None:
    """The months until nothing is owed; None when `limit` months are not enough."""
    principal, interest = balance, Money.zero(balance.currency)
    charged = interest
    months: list[ProjectedMonth] = []
    while principal or interest:
        if len(months) == limit:
            return None
        owed = principal + interest
        payment = ask(owed, charged)
        months.append(
            ProjectedMonth(
                closed_on=closed_on,
                due_on=due_date(terms, closed_on),
                balance=owed,
                interest=charged,
                payment=payment,
            )
        )
        left = principal - (payment - interest).at_least_zero()
        charged = _interest(terms, closed_on, principal, left)
        interest = (interest - payment).at_least_zero() + charged
        principal, closed_on = left, next_closing(terms, closed_on)
    return tuple(months)


def _interest(terms: CardTerms, closed_on: date, before: Money, after: Money) -> Money:
    """Interest of the next cycle: `before` until the due date, `after` from it on."""
    days = (next_closing(terms, closed_on) - closed_on).days
    unpaid_days = terms.due_days - 1
    return interest_on(terms, before.minor * unpaid_days + after.minor * (days - unpaid_days))


def _projection(months: tuple[ProjectedMonth, ...], currency: str) -> Projection:
    return Projection(
        months=months,
        total_interest=total((month.interest for month in months), currency),
        total_paid=total((month.payment for month in months), currency),
    )


def _check(terms: CardTerms, balance: Money, closed_on: date) -> None:
    check_card_terms(terms)
    if balance.currency != terms.credit_limit.currency:
        raise CurrencyMismatch(
            f"The balance is in {balance.currency}, the card in {terms.credit_limit.currency}.",
            hint="Give the balance in the card's currency.",
        )
    if balance.minor < 0:
        raise LendingError("The balance is a credit.", hint="There is nothing to pay.")
    if not is_closing(terms, closed_on):
        raise LendingError(
            f"No statement closes on {closed_on}.", hint="Give the day of the last statement."
        )
