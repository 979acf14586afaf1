"""Make offers of reliefs: a searched shape, a settlement, a deferral, a moved due date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from lending.accounts import Instalment
from lending.daycount import year_fraction
from lending.entries import Split
from lending.errors import LendingError
from lending.money import Money
from lending.plan_arrears import ArrearsSplit
from lending.plan_case import PlanCase
from lending.plan_dates import plan_dates
from lending.plan_offer import Comparison, Offer, figures, largest_before
from lending.plan_policy import Approval, PlanPolicy
from lending.plan_rows import PlanRow
from lending.reliefs import Deferral, DueDateChange, Relief, Settlement
from lending.rounding import to_minor
from lending.sentences import Sentence
from lending.terms import Component, Frequency


class ReliefNotPossible(LendingError):
    """What was asked for does not fit the account or the policy."""


def approval_of(reliefs: Sequence[Relief], policy: PlanPolicy, *, waived: int) -> Approval:
    """Staff, if any relief of them needs staff or is not in the policy, or anything is waived."""
    found = [policy.reliefs.get(relief.kind) for relief in reliefs]
    alone = all(allowance and allowance.approval is Approval.SELF for allowance in found)
    return Approval.SELF if alone and not waived else Approval.STAFF


def instalments(
    case: PlanCase, rows: Sequence[PlanRow], dates: Sequence[date]
) -> tuple[Instalment, ...]:
    """The rows on their days, numbered on from the last that was due."""
    return tuple(
        Instalment(
            number=number,
            due_on=dates[index],
            principal=Money(principal, case.currency),
            interest=Money(interest, case.currency),
        )
        for number, (index, principal, interest) in enumerate(rows, start=case.last_number + 1)
    )


def make_offer(
    case: PlanCase,
    policy: PlanPolicy,
    reliefs: tuple[Relief, ...],
    rows: tuple[Instalment, ...],
    *,
    waived: Split,
    capitalised: Split,
    rate_bp: int,
    until: date,
) -> Offer:
    """The offer with its comparison. `until` ends the time in which the payment is judged."""
    currency = case.currency
    today = figures(case.rows, Money(case.arrears, currency))
    plan = figures(rows, Money.zero(currency))
    return Offer(
        reliefs=reliefs,
        on=case.on,
        rows=rows,
        waived=waived,
        capitalised=capitalised,
        rate_bp=rate_bp,
        payment=Money(largest_before(rows, until), currency),
        comparison=Comparison(
            today=today,
            plan=plan,
            difference=plan.total - today.total,
            waived=waived.owed,
            capitalised=capitalised.owed,
        ),
        approval=approval_of(reliefs, policy, waived=waived.owed.minor),
    )


def splits_of(arrears: ArrearsSplit, currency: str) -> tuple[Split, Split]:
    """What is waived and what becomes principal, by component."""
    waived, moved = arrears.waived, arrears.moved
    return (
        _split(currency, waived, principal=0),
        _split(currency, moved, principal=0),
    )


def _split(currency: str, parts: dict[Component, int], *, principal: int) -> Split:
    return Split.of(
        currency,
        principal=principal,
        interest=parts[Component.INTEREST],
        fee=parts[Component.FEE],
        penalty=parts[Component.PENALTY],
    )


def defer(case: PlanCase, policy: PlanPolicy, days: int, until: date) -> Offer:
    """The next payment, so many days later. Raises ReliefNotPossible."""
    _need_nothing_overdue(case)
    first, *others = case.rows
    due_on = first.due_on + timedelta(days=days)
    if days < 1 or (others and due_on >= others[0].due_on):
        raise ReliefNotPossible(
            "The next payment cannot move to that day.",
            hint=Sentence(
                "Choose a day after %(day)s and before the payment that follows.", day=first.due_on
            ),
        )
    moved = _later(case, first, due_on, first.principal.minor)
    return _plain_offer(case, policy, (Deferral(days),), (moved, *others), until)


def change_due_day(case: PlanCase, policy: PlanPolicy, day: int, until: date) -> Offer:
    """All payments on that day of the month. Raises ReliefNotPossible."""
    _need_nothing_overdue(case)
    need_monthly(case)
    dates = plan_dates(case, len(case.rows), day)
    if dates[0] == case.rows[0].due_on:
        raise ReliefNotPossible(
            "Payments fall on that day already.", hint="Choose another day of the month."
        )
    first = _later(case, case.rows[0], dates[0], case.coming)
    others = (
        replace(row, due_on=due_on) for row, due_on in zip(case.rows[1:], dates[1:], strict=True)
    )
    return _plain_offer(case, policy, (DueDateChange(day),), (first, *others), until)


def need_monthly(case: PlanCase) -> None:
    """Raises ReliefNotPossible for a loan that is paid every week or fortnight."""
    if case.terms.frequency is not Frequency.MONTHLY:
        raise ReliefNotPossible(
            "Only monthly payments have a day of the month.", hint="Ask for a deferral instead."
        )


def settle(case: PlanCase, policy: PlanPolicy, relief: Settlement, until: date) -> Offer | None:
    """A share of what is owed settles all; None where that would leave nothing to waive."""
    asked = -(-case.owed * relief.share_bp // 10_000)
    if asked >= case.owed or asked < relief.payments:
        return None
    if not policy.may_waive(case.owed - asked, case.owed, case.currency):
        return None
    share = asked // relief.payments
    amounts = [share] * (relief.payments - 1) + [asked - share * (relief.payments - 1)]
    dates = plan_dates(case, relief.payments)
    rows = instalments(case, [(i, amount, 0) for i, amount in enumerate(amounts)], dates)
    waived, moved, left = {}, {}, case.owed - asked
    owed = {
        Component.PENALTY: case.penalty,
        Component.FEE: case.fee,
        Component.INTEREST: case.interest,
    }
    for component, amount in owed.items():
        waived[component] = min(amount, left)
        moved[component] = amount - waived[component]
        left -= waived[component]
    return make_offer(
        case,
        policy,
        (relief,),
        rows,
        waived=_split(case.currency, waived, principal=left),
        capitalised=_split(case.currency, moved, principal=0),
        rate_bp=case.rate_bp,
        until=until,
    )


def _plain_offer(
    case: PlanCase,
    policy: PlanPolicy,
    reliefs: tuple[Relief, ...],
    rows: Sequence[Instalment],
    until: date,
) -> Offer:
    numbered = tuple(
        replace(row, number=number) for number, row in enumerate(rows, start=case.last_number + 1)
    )
    nothing = Split.zero(case.currency)
    return make_offer(
        case,
        policy,
        reliefs,
        numbered,
        waived=nothing,
        capitalised=nothing,
        rate_bp=case.rate_bp,
        until=until,
    )


def _later(case: PlanCase, row: Instalment, due_on: date, bearing: int) -> Instalment:
    """The row on a later day, with the interest that `bearing` principal adds until then."""
    years = year_fraction(row.due_on, due_on, case.terms.day_count)
    more = to_minor(Fraction(bearing) * case.rate * years, case.terms.rounding.mode)
    return replace(row, due_on=due_on, interest=row.interest + Money(more, case.currency))


def _need_nothing_overdue(case: PlanCase) -> None:
    if case.arrears:
        raise ReliefNotPossible(
            "Something is overdue on this account.", hint="Ask for a plan that takes it in."
        )
