"""What is known of the borrower when an attempt is judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from compliance.errors import NaiveTime
from compliance.records import (
    Attorney,
    Bankruptcy,
    CapacityConcern,
    Cease,
    Consent,
    Dispute,
    InconvenientTime,
    Moratorium,
    Notice,
    OptOut,
    PaymentPlan,
    PlanInDevelopment,
    StatuteBarredRefusal,
)
from compliance.terms import ActorRole, DebtKind, Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """`account_group` is the servicing account of student loans: one group counts as one debt."""

    id: str
    kind: DebtKind = DebtKind.CONSUMER_LOAN
    account_group: str | None = None
    days_past_due: int = 0
    time_barred: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BorrowerState:
    """Every record that a rule may ask for. Records of the future are ignored when judging."""

    opt_outs: tuple[OptOut, ...] = ()
    cease: Cease | None = None
    attorney: Attorney | None = None
    disputes: tuple[Dispute, ...] = ()
    bankruptcy: Bankruptcy | None = None
    deceased_since: datetime | None = None
    moratorium: Moratorium | None = None
    capacity_concern: CapacityConcern | None = None
    plan_in_development: PlanInDevelopment | None = None
    payment_plan: PaymentPlan | None = None
    inconvenient_times: tuple[InconvenientTime, ...] = ()
    inconvenient_places: frozenset[str] = frozenset()
    employer_prohibits_contact: bool = False
    statute_barred_refusal: StatuteBarredRefusal | None = None
    consents: tuple[Consent, ...] = ()
    notices: tuple[Notice, ...] = ()

    def __post_init__(self) -> None:
        if self.deceased_since is not None and self.deceased_since.utcoffset() is None:
            raise NaiveTime("deceased_since")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The borrower and who asks. `timezone` is the primary zone: all dates are dates there.

    `possible_timezones`: every zone where the borrower may be; the primary one is always meant.
    """

    timezone: str
    possible_timezones: tuple[str, ...]
    phase: Phase
    actor_role: ActorRole
    creditor_follows_collector_rules: bool = True
    debts: tuple[Debt, ...] = ()
    state: BorrowerState = field(default_factory=BorrowerState)

    def debts_of(self, debt_ids: tuple[str, ...]) -> tuple[Debt, ...]:
        """The debts with these ids; all of them when none is named."""
        if not debt_ids:
            return self.debts
        return tuple(debt for debt in self.debts if debt.id in debt_ids)

    def same_debt(self, debt_id: str) -> tuple[str, ...]:
        """The ids that count as one particular debt with this one (12 CFR 1006.14(b)(4))."""
        for debt in self.debts:
            if debt.id == debt_id and debt.account_group is not None:
                return tuple(d.id for d in self.debts if d.account_group == debt.account_group)
        return (debt_id,)
