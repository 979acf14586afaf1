"""What becomes of what is overdue when a plan starts: waived, capitalised, spread or parked."""

from __future__ import annotations

from dataclasses import dataclass

from lending.plan_case import PlanCase
from lending.plan_policy import Arrears, Treatment
from lending.terms import Component


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrearsSplit:
    """In minor units. `waived` by component; [C], [S] and [K] of docs/plans.md over all of them.

    `moved` is what becomes principal, by component: all interest, fees and penalties not waived.
    """

    waived: dict[Component, int]
    moved: dict[Component, int]
    capitalised: int
    spread: int
    parked: int

    @property
    def waived_total(self) -> int:
        return sum(self.waived.values())


def split_arrears(case: PlanCase, rule: Arrears, waiver_bp: int = 0) -> ArrearsSplit:
    """`waiver_bp` is the share of fees and of penalties that a fee waiver takes off first."""
    waived = dict.fromkeys((Component.INTEREST, Component.FEE, Component.PENALTY), 0)
    sums = dict.fromkeys(Treatment, 0)
    sums[rule.principal] += case.overdue
    owed = {
        Component.INTEREST: (case.interest, rule.interest),
        Component.FEE: (case.fee, rule.fee),
        Component.PENALTY: (case.penalty, rule.penalty),
    }
    moved = {}
    for component, (amount, treatment) in owed.items():
        if component is not Component.INTEREST:
            waived[component] = amount * waiver_bp // 10_000
        rest = amount - waived[component]
        if treatment is Treatment.WAIVE:
            waived[component] += rest
            rest = 0
        else:
            sums[treatment] += rest
        moved[component] = rest
    return ArrearsSplit(
        waived=waived,
        moved=moved,
        capitalised=sums[Treatment.CAPITALISE],
        spread=sums[Treatment.SPREAD],
        parked=sums[Treatment.PARK],
    )
