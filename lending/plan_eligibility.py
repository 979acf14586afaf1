"""Whether a plan may start on an account at all, and if not, why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from lending.account_file import AccountFile
from lending.accounts import AccountStatus
from lending.books_of import is_derived
from lending.holds import HoldKind
from lending.plan_policy import PlanPolicy
from lending.position import position_of
from lending.reliefs import Relief, ReliefKind, only_moves_dates
from lending.terms import LoanTerms, Method

_YEAR = timedelta(days=365)


class Refusal(StrEnum):
    """Why no plan can start by itself; a person of the lender can still look at it."""

    CLOSED = "closed"
    DISPUTED = "disputed"
    HELD = "held"
    NOT_OURS = "not_ours"
    NO_METHOD = "no_method"
    NOTHING_TO_COME = "nothing_to_come"
    PLAN_IN_FORCE = "plan_in_force"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    TOO_MANY = "too_many"
    WATCH_PERIOD = "watch_period"


@dataclass(frozen=True, slots=True, kw_only=True)
class PastPlan:
    """A plan that the account has or had: when it started and ended, and its reliefs."""

    started_on: date
    ended_on: date | None
    reliefs: tuple[Relief, ...]


def refusal(
    file: AccountFile, on: date, policy: PlanPolicy, past: Iterable[PastPlan] = ()
) -> Refusal | None:
    """The first reason against a plan on that day; None if there is none."""
    account = file.account
    if account.status is not AccountStatus.ACTIVE:
        return Refusal.CLOSED
    held = {hold.kind for hold in file.holds if hold.covers(on)}
    if HoldKind.DISPUTE in held:
        return Refusal.DISPUTED
    if held & policy.excluded_holds:
        return Refusal.HELD
    if not is_derived(file):
        return Refusal.NOT_OURS
    if isinstance(account.terms, LoanTerms) and account.terms.method is Method.INTEREST_ONLY:
        return Refusal.NO_METHOD
    plans = tuple(past)
    if any(plan.ended_on is None for plan in plans):
        return Refusal.PLAN_IN_FORCE
    plans = tuple(plan for plan in plans if not only_moves_dates(plan.reliefs))
    if any(
        plan.ended_on is not None and on < plan.ended_on + timedelta(days=policy.watch_days)
        for plan in plans
    ):
        return Refusal.WATCH_PERIOD
    if len(_within_a_year(plans, on)) >= policy.plans_per_year:
        return Refusal.TOO_MANY
    earliest, latest = policy.days_past_due
    late = position_of(file, on).days_past_due
    if late < earliest:
        return Refusal.TOO_EARLY
    return Refusal.TOO_LATE if late > latest else None


def used_up(policy: PlanPolicy, on: date, past: Iterable[PastPlan]) -> frozenset[ReliefKind]:
    """The reliefs that may not be chosen again within 365 days."""
    plans = _within_a_year(past, on)
    return frozenset(
        kind
        for kind, allowance in policy.reliefs.items()
        if allowance.per_year is not None
        and sum(any(r.kind is kind for r in plan.reliefs) for plan in plans) >= allowance.per_year
    )


def _within_a_year(past: Iterable[PastPlan], on: date) -> list[PastPlan]:
    return [plan for plan in past if plan.started_on > on - _YEAR]
