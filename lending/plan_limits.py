"""Whether what somebody asks for by name stays within the policy; what does not goes to staff."""

from __future__ import annotations

from datetime import date

from lending.affordability import payments_in
from lending.dates import add_months
from lending.plan_case import PlanCase
from lending.plan_offer import Offer
from lending.plan_policy import Allowance, PlanPolicy
from lending.reliefs import (
    ArrearsSpread,
    CardInstalments,
    Deferral,
    DueDateChange,
    FeeWaiver,
    InterestOnly,
    PaymentHoliday,
    RateCut,
    ReducedPayments,
    Relief,
    Settlement,
    TermExtension,
)


def is_within(offer: Offer, policy: PlanPolicy, case: PlanCase) -> bool:
    """Whether every relief has parameters that the policy allows, and the rows keep its limits."""
    choices = all(_is_choice(relief, policy, case, offer) for relief in offer.reliefs)
    return choices and keeps_limits(offer, policy, periods=len(case.rows))


def keeps_limits(offer: Offer, policy: PlanPolicy, *, periods: int) -> bool:
    """Least payment, most payments and latest end. A moved or deferred payment is no new one."""
    if all(isinstance(relief, Deferral | DueDateChange) for relief in offer.reliefs):
        return True
    least = policy.least_payment.get(offer.payment.currency, 1)
    extra = sum(r.payments for r in offer.reliefs if isinstance(r, TermExtension))
    return (
        all(row.amount.minor >= least for row in offer.rows[:-1])
        and periods + extra <= policy.longest_payments
        and offer.ends_on <= add_months(offer.on, policy.longest_months)
    )


def _is_choice(relief: Relief, policy: PlanPolicy, case: PlanCase, offer: Offer) -> bool:
    allowed = policy.reliefs.get(relief.kind)
    if allowed is None:
        return False
    match relief:
        case Deferral() | DueDateChange():
            return _moves(offer.rows[0].due_on, case) <= allowed.most_days
        case PaymentHoliday(payments) | InterestOnly(payments) | TermExtension(payments):
            return payments in _counts(case, allowed)
        case ArrearsSpread(payments):
            # Without a spread, one payment or all of them stand for what is parked or capitalised.
            return payments in {1, len(offer.rows), *_counts(case, allowed)}
        case ReducedPayments(payments, share):
            return payments in _counts(case, allowed) and share in allowed.shares_bp
        case RateCut(rate):
            return rate in allowed.rates_bp
        case FeeWaiver(share):
            return share in allowed.shares_bp
        case Settlement(share, payments):
            return share in allowed.shares_bp and payments in allowed.counts
        case CardInstalments(payments, rate):
            return payments in allowed.counts and rate in allowed.rates_bp


def _moves(first_on: date, case: PlanCase) -> int:
    return abs((first_on - case.rows[0].due_on).days)


def _counts(case: PlanCase, allowed: Allowance) -> set[int]:
    return {payments_in(months, case.terms.frequency) for months in allowed.months}
