"""The JSON form of `tideover plans quote`: an account with what happened, a policy, a household.

It is the form of `tideover account ledger` (docs/account-json.md) with more fields; docs/plans-json.md
shows it.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StrictInt, model_validator

from console.account_json import Day, LedgerForm, Minor, Strict
from lending.affordability import Budget, Spending
from lending.money import Money
from lending.plan_eligibility import PastPlan
from lending.plan_quote import PlanRequest
from lending.reliefs import RELIEFS, Relief, ReliefKind

Count = Annotated[StrictInt, Field(ge=1, le=600)]
Bp = Annotated[StrictInt, Field(ge=0, le=100_000)]


class ReliefForm(Strict):
    """One relief with its parameters: those that its kind takes, and no other."""

    kind: ReliefKind
    day: Annotated[StrictInt, Field(ge=1, le=28)] | None = None
    days: Annotated[StrictInt, Field(ge=1, le=366)] | None = None
    payments: Count | None = None
    share_bp: Annotated[StrictInt, Field(ge=1, le=10_000)] | None = None
    rate_bp: Bp | None = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        needed = set(RELIEFS[self.kind].__dataclass_fields__)
        if set(self._given()) != needed:
            raise ValueError(f"{self.kind.value} takes {', '.join(sorted(needed))}")
        return self

    def to_relief(self) -> Relief:
        return RELIEFS[self.kind](**self._given())

    def _given(self) -> dict[str, int]:
        return self.model_dump(exclude={"kind"}, exclude_none=True)


class BudgetForm(Strict):
    income_minor: Minor | None = None
    spending_minor: dict[Spending, Minor] = Field(default_factory=dict)
    other_debts_minor: Minor | None = None
    months: StrictInt | None = None

    def to_budget(self, currency: str) -> Budget:
        return Budget(
            currency=currency,
            income=self.income_minor,
            spending=dict(self.spending_minor),
            other_debts=self.other_debts_minor,
            months=self.months,
        )


class PastPlanForm(Strict):
    started_on: Day
    ended_on: Day | None = None
    reliefs: tuple[ReliefForm, ...] = ()

    def to_past(self) -> PastPlan:
        return PastPlan(
            started_on=self.started_on,
            ended_on=self.ended_on,
            reliefs=tuple(relief.to_relief() for relief in self.reliefs),
        )


class QuoteForm(LedgerForm):
    """`through` is the day of the question: all that happened by its end counts."""

    policy: Literal["US", "CN", "UK", "IN", "STRICT"] | dict[str, Any] = "STRICT"
    budget: BudgetForm | None = None
    monthly_minor: Minor | None = None
    day: StrictInt | None = None
    longer_than: Annotated[StrictInt, Field(ge=0, le=600)] = 0
    reliefs: tuple[ReliefForm, ...] = ()
    past_plans: tuple[PastPlanForm, ...] = ()

    @property
    def on(self) -> date:
        return self.through

    def to_request(self) -> PlanRequest:
        currency = self.terms.currency
        monthly = self.monthly_minor
        return PlanRequest(
            budget=None if self.budget is None else self.budget.to_budget(currency),
            monthly=None if monthly is None else Money(monthly, currency),
            day=self.day,
            longer_than=self.longer_than,
        )
