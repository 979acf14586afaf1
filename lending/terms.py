"""What a loan or a card was agreed to be. Rates and percentages are basis points (1250 is 12.50 %)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lending.money import Money


class Frequency(StrEnum):
    MONTHLY = "monthly"
    FORTNIGHTLY = "fortnightly"
    WEEKLY = "weekly"


class Method(StrEnum):
    """How principal is repaid. FLAT charges interest on the amount lent for the whole term."""

    ANNUITY = "annuity"
    EQUAL_PRINCIPAL = "equal_principal"
    FLAT = "flat"
    INTEREST_ONLY = "interest_only"


class DayCount(StrEnum):
    THIRTY_360 = "30/360"
    ACTUAL_365 = "actual/365"
    ACTUAL_ACTUAL = "actual/actual"


class Roll(StrEnum):
    """Where a due date goes that falls on a weekend or public holiday."""

    NONE = "none"
    FOLLOWING = "following"
    MODIFIED_FOLLOWING = "modified_following"
    PRECEDING = "preceding"


class RoundingMode(StrEnum):
    HALF_EVEN = "half_even"
    HALF_UP = "half_up"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounding:
    """Amounts become multiples of `step` minor units (5 for Swiss cash, 100 for whole rupees)."""

    step: int = 1
    mode: RoundingMode = RoundingMode.HALF_EVEN


@dataclass(frozen=True, slots=True, kw_only=True)
class LateFee:
    """Charged at most once for each instalment or statement: `flat` plus `rate_bp` of what is
    unpaid of it, never above `cap`. `as_penalty` books it as penalty instead of fee.
    """

    flat: Money | None = None
    rate_bp: int = 0
    cap: Money | None = None
    as_penalty: bool = False


class Component(StrEnum):
    PENALTY = "penalty"
    FEE = "fee"
    INTEREST = "interest"
    PRINCIPAL = "principal"


class Bucket(StrEnum):
    """When a debt falls due, seen from the day of a payment."""

    PAST_DUE = "past_due"
    DUE = "due"
    IN_ADVANCE = "in_advance"


Slot = tuple[Bucket, Component]

DEFAULT_ORDER: tuple[Slot, ...] = tuple(
    (bucket, component) for bucket in Bucket for component in Component
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """The order in which money received is used: all twelve slots, each once.

    Horizontal finishes the oldest instalment across its components before the next instalment of
    the same bucket; vertical finishes one component across instalments before the next component.
    (The model of Apache Fineract's advanced payment allocation.)
    """

    order: tuple[Slot, ...] = DEFAULT_ORDER
    horizontal: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanTerms:
    """Terms of an instalment loan.

    `disbursed_on` starts interest; None means one period before the first due date. `roll` moves
    due dates by the weekends and public holidays of `holiday_country` (ISO 3166, two letters).
    `grace_days`: a late fee comes when an instalment is unpaid on due date + grace_days + 1.
    `penalty_rate_bp`: yearly rate on overdue principal and interest, on top of interest.
    """

    principal: Money
    annual_rate_bp: int
    instalments: int
    first_due_on: date
    frequency: Frequency = Frequency.MONTHLY
    method: Method = Method.ANNUITY
    day_count: DayCount = DayCount.THIRTY_360
    disbursed_on: date | None = None
    roll: Roll = Roll.NONE
    holiday_country: str | None = None
    rounding: Rounding = Rounding()
    grace_days: int = 0
    late_fee: LateFee | None = None
    penalty_rate_bp: int = 0
    allocation: Allocation = Allocation()


@dataclass(frozen=True, slots=True, kw_only=True)
class CardTerms:
    """Terms of a credit card.

    A statement closes at the end of `statement_day` (the last day of a month that lacks it) and is
    due `due_days` later. The minimum due is `minimum_rate_bp` of the balance, at least
    `minimum_floor`, plus what is overdue, plus fees and interest when `minimum_adds_charges`.
    """

    credit_limit: Money
    annual_rate_bp: int
    statement_day: int
    due_days: int
    minimum_rate_bp: int
    minimum_floor: Money
    minimum_adds_charges: bool = False
    grace_days: int = 0
    late_fee: LateFee | None = None
    rounding: Rounding = Rounding()
    allocation: Allocation = Allocation()
