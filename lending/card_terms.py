"""Whether the terms of a card make sense."""

from __future__ import annotations

from lending.errors import CurrencyMismatch, UnpayableTerms
from lending.money import Money
from lending.terms import CardTerms

MAX_DUE_DAYS = 28
"""The shortest cycle has 28 days: a statement falls due before the next one closes."""

_HIGHEST_RATE_BP = 1_000_000


def check_card_terms(terms: CardTerms) -> CardTerms:
    """The terms themselves. Raises UnpayableTerms or CurrencyMismatch, naming what to correct."""
    for is_right, message, hint in _checks(terms):
        if not is_right:
            raise UnpayableTerms(message, hint=hint)
    currencies = {amount.currency for amount in _amounts(terms)}
    if len(currencies) > 1:
        raise CurrencyMismatch(
            f"The terms of a card mix {', '.join(sorted(currencies))}.",
            hint="Give the limit, the floor and the fees in the account's currency.",
        )
    return terms


def _checks(terms: CardTerms) -> tuple[tuple[bool, str, str], ...]:
    return (
        (
            1 <= terms.statement_day <= 31,
            f"A statement cannot close on day {terms.statement_day} of a month.",
            "Use a day from 1 to 31; a shorter month closes on its last day.",
        ),
        (
            1 <= terms.due_days <= MAX_DUE_DAYS,
            f"A statement cannot be due {terms.due_days} days after it closes.",
            f"Use 1 to {MAX_DUE_DAYS} days, so that it is due before the next one closes.",
        ),
        (
            terms.grace_days >= 0,
            "Days of grace cannot be negative.",
            "Use zero for none.",
        ),
        (
            0 <= terms.annual_rate_bp <= _HIGHEST_RATE_BP,
            f"A yearly rate of {terms.annual_rate_bp} basis points makes no sense.",
            "Give basis points: 1850 is 18.50 %.",
        ),
        (
            0 <= terms.minimum_rate_bp <= 10_000,
            f"A minimum of {terms.minimum_rate_bp} basis points of the balance makes no sense.",
            "Give basis points from 0 to 10000: 250 is 2.50 %.",
        ),
        (
            all(amount.minor >= 0 for amount in _amounts(terms)) and _fee_rate_bp(terms) >= 0,
            "A limit, floor or fee is negative.",
            "Give amounts and rates of zero or more.",
        ),
        (
            terms.minimum_rate_bp > 0 or terms.minimum_floor.minor > 0,
            "A minimum of nothing never repays the balance.",
            "Give a minimum rate, a floor, or both.",
        ),
        (
            terms.rounding.step >= 1,
            f"Amounts cannot be rounded to a step of {terms.rounding.step}.",
            "Use a step of 1 minor unit or more.",
        ),
    )


def _amounts(terms: CardTerms) -> tuple[Money, ...]:
    fee = terms.late_fee
    optional = (fee.flat, fee.cap) if fee else ()
    given = tuple(amount for amount in optional if amount is not None)
    return (terms.credit_limit, terms.minimum_floor, *given)


def _fee_rate_bp(terms: CardTerms) -> int:
    return terms.late_fee.rate_bp if terms.late_fee else 0
