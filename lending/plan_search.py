"""Which plans to offer: search what the policy allows, keep what fits, drop what is dominated.

Pure and deterministic: it knows amounts, days and the policy, and nothing about the person.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from heapq import heapify, heappop

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
from lending.plan_candidates import Candidate, Limits, candidates_of
from lending.plan_case import PlanCase
from lending.plan_dates import anchor_day
from lending.plan_offer import Goal, Offer
from lending.plan_policy import Approval, PlanPolicy
from lending.plan_rows import Ground, PlanRow, plan_rows
from lending.plan_shape import shape_of
from lending.reliefs import EASINGS, Deferral, DueDateChange, Relief, ReliefKind, Settlement
from lending.terms import Frequency

NO_LIMIT = 10**30
"""More than any payment, in minor units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the borrower can pay and asks for.

    `monthly`: the most that a month's payments may be, None for no more than today's. `months`: how
    long the hardship is expected to last. `day`: a due day of the month. `longer_than`: plans must
    have more payments than this. `lifted`: limits of amounts that do not count, to find the nearest
    plan: 1 is that of the hardship, 2 also that of later payments.
    """

    monthly: Money | None = None
    months: int | None = None
    day: int | None = None
    longer_than: int = 0
    lifted: int = 0


@dataclass(frozen=True, slots=True)
class _Found:
    """A plan that fits: its figures first, in the order in which plans are compared."""

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
    """The plan that comes nearest where nothing fits, whatever the borrower can pay now.

    The lowest payment of the hardship among plans whose later payments are within the limit; if
    there is none, among all.
    """
    for lifted in (1, 2):
        lowest = (Goal.LOWEST_PAYMENT,)
        asked = replace(wanted, lifted=lifted)
        offers = _search(case, policy, asked, Approval.STAFF, goals=lowest)
        if offers:
            return min(offers, key=lambda offer: Goal.LOWEST_PAYMENT not in offer.goals)
    return None


def _falls_on(case: PlanCase, day: int) -> bool:
    """Whether payments fall on that day of the month already."""
    is_monthly = case.terms.frequency is Frequency.MONTHLY
    return is_monthly and anchor_day(case) == day


def hardship_until(case: PlanCase, policy: PlanPolicy, wanted: Wanted) -> date:
    """The day before which payments must fit the hardship."""
    return add_months(case.on, wanted.months or policy.usual_months)


def limits(case: PlanCase, policy: PlanPolicy, wanted: Wanted) -> tuple[int, int]:
    """The most that a payment may be during the hardship, and after it, in minor units."""
    during = case.normal
    if wanted.monthly is not None:
        during = per_payment(wanted.monthly, case.terms.frequency).minor
    later = max(during, case.normal * policy.later_payment_bp // 10_000)
    return NO_LIMIT if wanted.lifted else during, NO_LIMIT if wanted.lifted > 1 else later


def _search(
    case: PlanCase,
    policy: PlanPolicy,
    wanted: Wanted,
    approval: Approval,
    *,
    goals: Sequence[Goal] = tuple(Goal),
) -> tuple[Offer, ...]:
    until = hardship_until(case, policy, wanted)
    during, later = limits(case, policy, wanted)
    bounds = Limits(
        during=during,
        later=later,
        least=policy.least_payment.get(case.currency, 1),
        until=until,
        latest=add_months(case.on, policy.longest_months),
        longer_than=wanted.longer_than,
    )
    candidates = candidates_of(case, policy, approval, wanted.day, bounds)
    offers = [_offer(case, policy, one, until) for one in _the_best(candidates, bounds, goals)]
    if approval is Approval.STAFF:
        offers += _settlements(case, policy, wanted, until)
        offers = [replace(offer, approval=approval) for offer in offers]
    return best(offers)


def _the_best(
    candidates: Sequence[Candidate], limits: Limits, goals: Sequence[Goal]
) -> list[_Found]:
    """The best plan for each goal; what no bound rules out is computed until nothing can be better.

    Of plans equal in payment, cost and end, the one with fewer reliefs, then the first of the space.
    The best of a goal is dominated by no plan: one as good in all three and better in one would
    come before it.
    """
    known: dict[int, _Found | None] = {}
    chosen: dict[int, _Found] = {}
    for goal in goals:
        order = _ORDERS[goal]
        heap = [(order(c.payment, c.cost, c.ends_on), c.size, c.place, c) for c in candidates]
        heapify(heap)
        top: tuple[tuple[object, ...], int, int] | None = None
        while heap and (top is None or heap[0][:3] < top):
            place, candidate = heap[0][2], heappop(heap)[3]
            if place not in known:
                known[place] = _computed(candidate, limits)
            found = known[place]
            if found is None:
                continue
            key = (order(found.payment, found.cost, found.ends_on), candidate.size, place)
            top = key if top is None else min(top, key)
        if top is not None:
            one = known[top[2]]
            assert one is not None
            chosen[top[2]] = one
    return [chosen[place] for place in sorted(chosen)]


def _computed(candidate: Candidate, limits: Limits) -> _Found | None:
    """The plan, exactly; None if it does not fit after all."""
    ground = candidate.ground
    rows = plan_rows(ground, candidate.shape)
    if rows is None:
        return None
    amounts = [principal + interest for _, principal, interest in rows]
    early = sum(ground.dates[index] < limits.until for index, _, _ in rows)
    payment = max(amounts[:early], default=0)
    if payment > limits.during or max(amounts[early:], default=0) > limits.later:
        return None
    if min(amounts[:-1], default=limits.least) < limits.least:
        return None
    reliefs = candidate.reliefs()
    return _Found(payment, sum(amounts), candidate.ends_on, reliefs, rows, ground)


_ORDERS: dict[Goal, Callable[[int, int, date], tuple[object, ...]]] = {
    Goal.LOWEST_PAYMENT: lambda payment, cost, end: (payment, cost, end),
    Goal.LOWEST_COST: lambda payment, cost, end: (cost, payment, end),
    Goal.SOONEST_CLEAR: lambda payment, cost, end: (end, cost, payment),
}


def best(offers: Sequence[Offer]) -> tuple[Offer, ...]:
    """The lowest payment, the lowest cost and the soonest end, each plan once."""
    if not offers:
        return ()
    goals: dict[int, list[Goal]] = {}
    for goal, order in _ORDERS.items():
        keys = [
            (order(o.payment.minor, o.cost.minor, o.ends_on), len(o.reliefs), place)
            for place, o in enumerate(offers)
        ]
        place = min(keys)[2]
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
