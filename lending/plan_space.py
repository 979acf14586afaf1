"""The combinations of reliefs that a policy allows for an account, in the order of the policy."""

from __future__ import annotations

from dataclasses import dataclass

from lending.affordability import payments_in
from lending.plan_case import PlanCase
from lending.plan_dates import plan_dates
from lending.plan_policy import Allowance, Approval, PlanPolicy, Treatment
from lending.reliefs import (
    ArrearsSpread,
    InterestOnly,
    PaymentHoliday,
    ReducedPayments,
    Relief,
    ReliefKind,
    TermExtension,
)
from lending.terms import Frequency

_NOTHING = Allowance()


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What many shapes share: a moved due day, a rate and a waiver, None and 0 for as it is."""

    day: int | None
    rate_bp: int | None
    waiver_bp: int


def bases(case: PlanCase, policy: PlanPolicy, approval: Approval, day: int | None) -> list[Basis]:
    """Rates and waivers to try; `day` is the due day that the borrower wants, if any.

    None at all where the day is more than the policy allows.
    """
    if day is not None and not may_move_to(case, policy, day, approval):
        return []
    cuts = [
        bp for bp in _allowed(policy, ReliefKind.RATE_CUT, approval).rates_bp if bp < case.rate_bp
    ]
    waivers = _allowed(policy, ReliefKind.FEE_WAIVER, approval).shares_bp
    return [
        Basis(day=day, rate_bp=rate_bp, waiver_bp=waiver_bp)
        for rate_bp in (None, *cuts)
        for waiver_bp in (0, *(waivers if case.fee + case.penalty else ()))
    ]


def may_move_to(case: PlanCase, policy: PlanPolicy, day: int, approval: Approval) -> bool:
    """Whether payments may fall on that day of the month: staff may move them further."""
    allowance = _allowed(policy, ReliefKind.DUE_DATE_CHANGE, approval)
    if case.terms.frequency is not Frequency.MONTHLY or not allowance.most_days:
        return False
    moved = (plan_dates(case, 1, day)[0] - case.rows[0].due_on).days
    return approval is Approval.STAFF or abs(moved) <= allowance.most_days


def easings(
    case: PlanCase, policy: PlanPolicy, approval: Approval
) -> list[tuple[tuple[Relief, ...], int]]:
    """No easing, then each that may be chosen, with its number of payments."""
    found: list[tuple[tuple[Relief, ...], int]] = [((), 0)]
    found += [
        ((PaymentHoliday(count),), count)
        for count in _counts(case, _allowed(policy, ReliefKind.PAYMENT_HOLIDAY, approval))
    ]
    found += [
        ((InterestOnly(count),), count)
        for count in _counts(case, _allowed(policy, ReliefKind.INTEREST_ONLY, approval))
    ]
    reduced = _allowed(policy, ReliefKind.REDUCED_PAYMENTS, approval)
    found += [
        ((ReducedPayments(count, share),), count)
        for count in _counts(case, reduced)
        for share in reduced.shares_bp
    ]
    return found


def extensions(
    case: PlanCase, policy: PlanPolicy, approval: Approval
) -> list[tuple[tuple[Relief, ...], int]]:
    """No extension, then each that may be chosen, with its number of payments."""
    longest = policy.longest_payments - len(case.rows)
    counts = _counts(case, _allowed(policy, ReliefKind.TERM_EXTENSION, approval))
    return [((), 0), *(((TermExtension(n),), n) for n in counts if n <= longest)]


def spreads(case: PlanCase, policy: PlanPolicy, approval: Approval) -> list[int]:
    """1 is no spread: what is to be spread is paid with the first ordinary payment."""
    if not case.arrears or not _is_spread(case, policy):
        return [1]
    counts = _counts(case, _allowed(policy, ReliefKind.ARREARS_SPREAD, approval))
    return [1, *(count for count in counts if count > 1)]


def _is_spread(case: PlanCase, policy: PlanPolicy) -> bool:
    rule = policy.arrears
    parts = (
        (case.overdue, rule.principal),
        (case.interest, rule.interest),
        (case.fee, rule.fee),
        (case.penalty, rule.penalty),
    )
    return any(amount and treatment is Treatment.SPREAD for amount, treatment in parts)


def arrears_relief(
    case: PlanCase, policy: PlanPolicy, payments: int, ordinary: int
) -> tuple[Relief, ...]:
    """What stands for the arrears: over how many payments they are paid."""
    if not case.arrears:
        return ()
    rule = policy.arrears
    over_all = any(
        amount and treatment in (Treatment.CAPITALISE, Treatment.PARK)
        for amount, treatment in (
            (case.overdue, rule.principal),
            (case.interest, rule.interest),
            (case.fee, rule.fee),
            (case.penalty, rule.penalty),
        )
    )
    if payments > 1:
        return (ArrearsSpread(payments),)
    return (ArrearsSpread(ordinary if not _is_spread(case, policy) else 1),) if over_all else ()


def _counts(case: PlanCase, allowance: Allowance) -> list[int]:
    """The months of an allowance as payments of the account's rhythm, each once, in its order."""
    frequency = case.terms.frequency
    return list(dict.fromkeys(payments_in(months, frequency) for months in allowance.months))


def _allowed(policy: PlanPolicy, kind: ReliefKind, approval: Approval) -> Allowance:
    """The allowance if somebody may agree to it who is asked for `approval`: staff may do all."""
    found = policy.reliefs.get(kind, _NOTHING)
    is_allowed = approval is Approval.STAFF or found.approval is Approval.SELF
    return found if is_allowed else _NOTHING
