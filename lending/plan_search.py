"""Which plans to offer: search what the policy allows, keep what fits, drop what is dominated.

Pure and deterministic: it knows amounts, days and the policy, and nothing about the person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from lending.affordability import per_payment
from lending.dates import add_months
from lending.money import Money
from lending.plan_arrears import ArrearsSplit, split_arrears
from lending.plan_build import (
    ReliefNotPossible,
    change_due_day,
    defer,
    instalments,
    make_offer,
    need_monthly,
    settle,
    splits_of,
)
from lending.plan_case import PlanCase
from lending.plan_dates import anchor_day
from lending.plan_offer import Goal, Offer
from lending.plan_policy import Approval, PlanPolicy
from lending.plan_rows import Ground, PlanRow, plan_rows
from lending.plan_shape import Shape, shape_of
from lending.plan_space import Basis, bases, combinations
from lending.reliefs import EASINGS, Deferral, DueDateChange, Relief, ReliefKind, Settlement
from lending.terms import Frequency

NO_LIMIT = 10**30
"""More than any payment, in minor units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the borrower can pay and asks for.

    `monthly`: the most that a month's payments may be, None for no more than today's. `months`: how
    long the hardship is expected to last. `day`: a due day of the month. `longer_than`: plans must
    have more payments than this. `any_amount`: payments may be as high as they are.
    """

    monthly: Money | None = None
    months: int | None = None
    day: int | None = None
    longer_than: int = 0
    any_amount: bool = False


@dataclass(frozen=True, slots=True)
class _Found:
    """A shape that fits: its figures first, in the order in which plans are compared."""

    payment: int
    cost: int
    ends_on: date
    reliefs: tuple[Relief, ...]
    rows: list[PlanRow]
    ground: Ground


def search(case: PlanCase, policy: PlanPolicy, wanted: Wanted) -> tuple[Offer, ...]:
    """At most three offers: what the borrower can accept alone, else what staff must approve."""
    if wanted.day is not None and _falls_on(case, wanted.day):
        wanted = replace(wanted, day=None)
    for approval in Approval:
        offers = _search(case, policy, wanted, approval)
        if offers:
            return offers
    return ()


def nearest(case: PlanCase, policy: PlanPolicy, wanted: Wanted) -> Offer | None:
    """The plan with the lowest payment that the policy knows, whatever the borrower can pay."""
    offers = _search(case, policy, replace(wanted, any_amount=True), Approval.STAFF)
    return offers[0] if offers else None


def _falls_on(case: PlanCase, day: int) -> bool:
    """Whether payments fall on that day of the month already."""
    is_monthly = case.terms.frequency is Frequency.MONTHLY
    return is_monthly and anchor_day(case) == day


def hardship_until(case: PlanCase, policy: PlanPolicy, wanted: Wanted) -> date:
    """The day before which payments must fit the hardship."""
    return add_months(case.on, wanted.months or policy.usual_months)


def limits(case: PlanCase, policy: PlanPolicy, wanted: Wanted) -> tuple[int, int]:
    """The most that a payment may be during the hardship, and after it, in minor units."""
    if wanted.any_amount:
        return NO_LIMIT, NO_LIMIT
    during = case.normal
    if wanted.monthly is not None:
        during = per_payment(wanted.monthly, case.terms.frequency).minor
    return during, max(during, case.normal * policy.later_payment_bp // 10_000)


def _search(
    case: PlanCase, policy: PlanPolicy, wanted: Wanted, approval: Approval
) -> tuple[Offer, ...]:
    until = hardship_until(case, policy, wanted)
    found = [
        one
        for basis in bases(case, policy, approval, wanted.day)
        for one in _fitting(case, policy, wanted, approval, basis, until)
    ]
    offers = [_offer(case, policy, one, until) for one in undominated(found)]
    if approval is Approval.STAFF:
        offers += _settlements(case, policy, wanted, until)
        offers = [replace(offer, approval=approval) for offer in offers]
    return best(offers)


def _fitting(
    case: PlanCase,
    policy: PlanPolicy,
    wanted: Wanted,
    approval: Approval,
    basis: Basis,
    until: date,
) -> Iterable[_Found]:
    arrears = split_arrears(case, policy.arrears, basis.waiver_bp)
    if not policy.may_waive(arrears.waived_total, case.owed, case.currency):
        return
    if approval is Approval.SELF and arrears.waived_total:
        return
    spaces = list(combinations(case, policy, approval, basis))
    longest = max((len(case.rows) + shape_of(r).extra for r in spaces), default=0)
    if not longest:
        return
    ground = Ground(case, arrears, longest, day=basis.day, rate_bp=basis.rate_bp)
    during, later = limits(case, policy, wanted)
    least = policy.least_payment.get(case.currency, 1)
    latest = add_months(case.on, policy.longest_months)
    in_hardship = sum(due_on < until for due_on in ground.dates)
    for reliefs in spaces:
        shape = shape_of(reliefs)
        total = len(case.rows) + shape.extra
        ends_on = ground.dates[total - 1]
        if ends_on > latest or total - _unpaid(shape) <= wanted.longer_than:
            continue
        rows = plan_rows(ground, shape)
        if rows is None:
            continue
        amounts = [principal + interest for _, principal, interest in rows]
        early = sum(index < in_hardship for index, _, _ in rows)
        payment = max(amounts[:early], default=0)
        if payment > during or max(amounts[early:], default=0) > later:
            continue
        if min(amounts[:-1], default=least) < least:
            continue
        yield _Found(payment, sum(amounts), ends_on, reliefs, rows, ground)


def _unpaid(shape: Shape) -> int:
    """The periods without a payment."""
    return shape.eased if shape.easing == "holiday" else 0


def undominated(found: Sequence[_Found]) -> list[_Found]:
    """Those that no other one is as good as in payment, cost and end, and better in one of them.

    Of equal ones the one with fewer reliefs stays, then the first.
    """
    ordered = sorted(
        enumerate(found),
        key=lambda pair: (
            pair[1].payment,
            pair[1].cost,
            pair[1].ends_on,
            len(pair[1].reliefs),
            pair[0],
        ),
    )
    kept: list[_Found] = []
    for _, one in ordered:
        if not any(other.cost <= one.cost and other.ends_on <= one.ends_on for other in kept):
            kept.append(one)
    return kept


def best(offers: Sequence[Offer]) -> tuple[Offer, ...]:
    """The lowest payment, the lowest cost and the soonest end, each plan once."""
    if not offers:
        return ()
    orders: dict[Goal, Callable[[Offer], tuple[object, ...]]] = {
        Goal.LOWEST_PAYMENT: lambda o: (o.payment.minor, o.cost.minor, o.ends_on, len(o.reliefs)),
        Goal.LOWEST_COST: lambda o: (o.cost.minor, o.payment.minor, o.ends_on, len(o.reliefs)),
        Goal.SOONEST_CLEAR: lambda o: (o.ends_on, o.cost.minor, o.payment.minor, len(o.reliefs)),
    }
    goals: dict[int, list[Goal]] = {}
    for goal, order in orders.items():
        place = min(range(len(offers)), key=lambda index: order(offers[index]))
        goals.setdefault(place, []).append(goal)
    return tuple(replace(offers[place], goals=tuple(named)) for place, named in goals.items())


def _offer(case: PlanCase, policy: PlanPolicy, one: _Found, until: date) -> Offer:
    ground = one.ground
    waived, capitalised = splits_of(ground.arrears, case.currency)
    return make_offer(
        case,
        policy,
        one.reliefs,
        instalments(case, one.rows, ground.dates),
        waived=waived,
        capitalised=capitalised,
        rate_bp=case.rate_bp if ground.rate_bp is None else ground.rate_bp,
        until=until,
    )


def _settlements(case: PlanCase, policy: PlanPolicy, wanted: Wanted, until: date) -> list[Offer]:
    allowance = policy.reliefs.get(ReliefKind.SETTLEMENT)
    if allowance is None:
        return []
    during, later = limits(case, policy, wanted)
    least = policy.least_payment.get(case.currency, 1)
    latest = add_months(case.on, policy.longest_months)
    offers = (
        settle(case, policy, Settlement(share, count), until)
        for share in allowance.shares_bp
        for count in allowance.counts
    )
    return [
        offer
        for offer in offers
        if offer is not None
        and len(offer.rows) > wanted.longer_than
        and offer.ends_on <= latest
        and all(row.amount.minor >= least for row in offer.rows[:-1])
        and all(row.amount.minor <= (during if row.due_on < until else later) for row in offer.rows)
    ]


def offer_of(
    case: PlanCase, policy: PlanPolicy, reliefs: tuple[Relief, ...], until: date
) -> Offer | None:
    """The offer of given reliefs on the case as it is now; None if it cannot be made.

    Raises ReliefNotPossible for a deferral or a moved due date that does not fit.
    """
    match reliefs:
        case (Settlement() as settlement,):
            return settle(case, policy, settlement, until)
        case (Deferral(days),):
            return defer(case, policy, days, until)
        case (DueDateChange(day),) if not case.arrears:
            return change_due_day(case, policy, day, until)
    _check_together(reliefs)
    shape = shape_of(reliefs)
    if shape.day is not None:
        need_monthly(case)
    if shape.rate_bp is not None and shape.rate_bp >= case.rate_bp:
        raise ReliefNotPossible(
            "A rate cut must lower the rate.", hint="Give less than the rate in effect."
        )
    arrears: ArrearsSplit = split_arrears(case, policy.arrears, shape.waiver_bp)
    total = len(case.rows) + shape.extra
    if not policy.may_waive(arrears.waived_total, case.owed, case.currency):
        return None
    ground = Ground(case, arrears, total, day=shape.day, rate_bp=shape.rate_bp)
    rows = plan_rows(ground, shape)
    if rows is None:
        return None
    found = _Found(0, 0, ground.dates[-1], reliefs, rows, ground)
    return _offer(case, policy, found, until)


def _check_together(reliefs: tuple[Relief, ...]) -> None:
    """Raises ReliefNotPossible for reliefs that stand alone, or twice, or one for the other."""
    kinds = [relief.kind for relief in reliefs]
    easings = sum(isinstance(relief, EASINGS) for relief in reliefs)
    if not kinds or set(kinds) & _ALONE or len(set(kinds)) < len(kinds) or easings > 1:
        raise ReliefNotPossible(
            "This plan cannot be made: these reliefs do not stand together.",
            hint="Deferral, settlement and card instalments stand alone; of holiday, interest only "
            "and reduced payments there is one.",
        )


_ALONE = {ReliefKind.DEFERRAL, ReliefKind.SETTLEMENT, ReliefKind.CARD_INSTALMENTS}
