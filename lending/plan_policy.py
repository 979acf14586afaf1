"""What a lender allows by way of plans, for one product. `store.plan_policy_file` reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lending.holds import HoldKind
from lending.reliefs import ReliefKind


class Treatment(StrEnum):
    """What becomes of an amount that is overdue when a plan starts; docs/plans.md."""

    WAIVE = "waive"
    CAPITALISE = "capitalise"
    SPREAD = "spread"
    PARK = "park"


class Approval(StrEnum):
    """Who may agree: the borrower alone, or two of the lender's staff."""

    SELF = "self"
    STAFF = "staff"


class MissedPayment(StrEnum):
    """What a missed plan payment leads to."""

    MOVE_ONCE = "move_once"
    STAFF = "staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrears:
    """What becomes of what is overdue. Overdue principal is never waived."""

    principal: Treatment = Treatment.SPREAD
    interest: Treatment = Treatment.SPREAD
    fee: Treatment = Treatment.SPREAD
    penalty: Treatment = Treatment.SPREAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What may be chosen of one relief. Lists are in the order in which they are tried.

    Months become payments of the account's rhythm; `shares_bp`, `rates_bp` and `counts` are the
    choices of the reliefs that take them; `most_days` bounds a deferral or a moved due date.
    `per_year`: how many plans with this relief may start within 365 days; None is no limit.
    """

    approval: Approval = Approval.SELF
    months: tuple[int, ...] = ()
    shares_bp: tuple[int, ...] = ()
    rates_bp: tuple[int, ...] = ()
    counts: tuple[int, ...] = ()
    most_days: int = 0
    per_year: int | None = None


EXCLUDED_HOLDS = frozenset(
    {
        HoldKind.DISPUTE,
        HoldKind.BANKRUPTCY,
        HoldKind.BREATHING_SPACE,
        HoldKind.DECEASED,
        HoldKind.WRONG_PERSON,
        HoldKind.REPRESENTED,
    }
)
"""Under these no plan is made unless a policy says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPolicy:
    """One lender's policy for one product.

    `days_past_due`: the first and last at which a plan can start. `excluded_holds`: holds under
    which none is made. `least_payment` and `largest_waiver`: minor units by currency; a currency
    that is not named has no such limit. `largest_waiver_bp`: the most that may be waived of what is
    owed. `later_payment_bp`: the most that a payment after the hardship may be, of today's largest.
    `buffer_bp`: the share of the surplus that stays with the household. `usual_months`: how long a
    hardship is taken to last when nobody says. `watch_days`: after a plan ended, how long no other
    one starts without staff. `offer_hours`: how long an offer can be accepted. `undo_days`: how
    long a plan can be taken back. `missed_grace_days`: days after which a plan payment counts as
    missed. `first_roles` and `second_roles`: the staff roles that may recommend and approve.
    """

    name: str
    version: str
    product: str
    reliefs: Mapping[ReliefKind, Allowance] = field(default_factory=dict)
    arrears: Arrears = Arrears()
    days_past_due: tuple[int, int] = (0, 179)
    excluded_holds: frozenset[HoldKind] = EXCLUDED_HOLDS
    least_payment: Mapping[str, int] = field(default_factory=dict)
    largest_waiver: Mapping[str, int] = field(default_factory=dict)
    largest_waiver_bp: int = 10_000
    longest_payments: int = 120
    longest_months: int = 120
    later_payment_bp: int = 12_000
    buffer_bp: int = 1_000
    usual_months: int = 6
    plans_per_year: int = 2
    watch_days: int = 90
    offer_hours: int = 72
    undo_days: int = 14
    missed_payment: MissedPayment = MissedPayment.MOVE_ONCE
    missed_grace_days: int = 5
    first_roles: frozenset[str] = frozenset({"agent", "supervisor", "admin"})
    second_roles: frozenset[str] = frozenset({"supervisor", "admin"})

    @property
    def label(self) -> str:
        """Name, product and version, as offers keep it."""
        return f"{self.name}/{self.product}/{self.version}"

    def may_waive(self, waived: int, owed: int, currency: str) -> bool:
        """Whether so much, in minor units, may be waived of what is owed."""
        most = self.largest_waiver.get(currency, waived)
        return waived <= most and waived * 10_000 <= owed * self.largest_waiver_bp


STAFF_ONLY = frozenset({ReliefKind.RATE_CUT, ReliefKind.FEE_WAIVER, ReliefKind.SETTLEMENT})
"""Reliefs that two of the lender's staff must agree to, whatever a policy says."""
