"""Whether loan terms make sense before a schedule is computed, and whether its result does."""

from __future__ import annotations

from collections.abc import Sequence

from lending.amortisation import Parts
from lending.errors import UnpayableTerms
from lending.terms import LoanTerms, Method

MOST_RATE_BP = 1_000_000
"""10,000 % a year. Above it a rate is taken for a slip of the pen."""

MOST_INSTALMENTS = 5_200
"""A hundred years of weeks."""


def check_terms(terms: LoanTerms) -> None:
    """Raise UnpayableTerms for amounts, counts and rates that make no loan."""
    late_fee = terms.late_fee
    amounts = (late_fee.flat, late_fee.cap) if late_fee else ()
    given = [amount for amount in amounts if amount is not None]
    _need(terms.principal.minor > 0, "A loan needs an amount above zero.", "Correct the principal.")
    _need(
        1 <= terms.instalments <= MOST_INSTALMENTS,
        f"{terms.instalments} instalments make no loan.",
        f"Use 1 to {MOST_INSTALMENTS:,}.",
    )
    _need(
        0 <= terms.annual_rate_bp <= MOST_RATE_BP,
        f"A yearly rate of {terms.annual_rate_bp} basis points makes no sense.",
        f"Use 0 to {MOST_RATE_BP} basis points; 1250 is 12.50 %.",
    )
    _need(
        0 <= terms.penalty_rate_bp <= MOST_RATE_BP
        and 0 <= (late_fee.rate_bp if late_fee else 0) <= MOST_RATE_BP,
        "A penalty rate or late-fee percentage makes no sense.",
        f"Use 0 to {MOST_RATE_BP} basis points.",
    )
    _need(terms.grace_days >= 0, "Grace days cannot be negative.", "Use 0 or more.")
    _need(
        terms.rounding.step >= 1,
        f"Amounts cannot be rounded to {terms.rounding.step} minor units.",
        "Use a step of 1 or more.",
    )
    _need(
        all(a.minor >= 0 and a.currency == terms.principal.currency for a in given),
        "The late fee must be zero or more, in the currency of the loan.",
        "Correct the late fee.",
    )


def check_parts(parts: Sequence[Parts], method: Method) -> None:
    """Raise UnpayableTerms when payments do not pay off a loan evenly, as was agreed.

    Rounding may leave the last one a little more or less; a last payment of more than twice any
    other is a balloon that nobody agreed to (interest-only loans have one by agreement).
    """
    *before, last = parts
    _need(
        all(principal >= 0 for principal, _ in before),
        "A payment would not even cover its interest, so the loan would grow.",
        "Use more frequent or larger payments, a shorter first period or a lower rate.",
    )
    _need(
        all(principal + interest > 0 for principal, interest in parts),
        "An instalment would ask for nothing.",
        "Use fewer instalments or a smaller rounding step.",
    )
    if before and method != Method.INTEREST_ONLY:
        _need(
            before[0][0] > 0 and sum(last) <= 2 * max(sum(part) for part in before),
            "The payments would leave nearly all of the amount, or too much of it, to the last.",
            "Use fewer instalments, a smaller rounding step, rounding up, or a lower rate.",
        )


def _need(holds: bool, message: str, hint: str) -> None:
    if not holds:
        raise UnpayableTerms(message, hint=hint)
