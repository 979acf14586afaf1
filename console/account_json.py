"""The JSON form of account terms, for `tideover account schedule` and `ledger`: strict, documented.

docs/account-json.md shows it. Amounts are whole minor units (`*_minor`), rates are basis points
(`*_bp`), days are ISO dates. An unknown field is an error: a misspelt one must not be ignored.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    model_validator,
)

from lending.accounts import EntryKind
from lending.allocation import slot_ranks
from lending.card_terms import MAX_DUE_DAYS
from lending.entries import Posting, Split
from lending.holds import Hold, HoldKind, Suspended, open_hold
from lending.ids import AccountId, BorrowerId
from lending.money import Money
from lending.posting_checks import LONGEST_KEY
from lending.terms import (
    DEFAULT_ORDER,
    Allocation,
    Bucket,
    CardTerms,
    Component,
    DayCount,
    Frequency,
    LateFee,
    LoanTerms,
    Method,
    Roll,
    Rounding,
    RoundingMode,
)


class Strict(BaseModel):
    """A form whose misspelt fields are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _iso_day(given: object) -> object:
    """Numbers and times would pass for days otherwise."""
    if not (isinstance(given, str) and len(given) == len("2026-12-31")):
        raise ValueError("a day is text such as 2026-12-31")
    return given


Day = Annotated[date, BeforeValidator(_iso_day), Field(ge=date(1900, 1, 1), le=date(2199, 12, 31))]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Rate = Annotated[StrictInt, Field(ge=0, le=1_000_000)]
MOST_DAYS = 14_610
"""Forty years."""

MOST_MINOR = 10**15
Minor = Annotated[StrictInt, Field(ge=0, le=MOST_MINOR)]
Signed = Annotated[StrictInt, Field(ge=-MOST_MINOR, le=MOST_MINOR)]
"""Where the ledger itself has a better word for what is wrong with zero and below."""


class LateFeeForm(Strict):
    flat_minor: Minor | None = None
    rate_bp: Rate = 0
    cap_minor: Minor | None = None
    as_penalty: StrictBool = False

    def to_rule(self, currency: str) -> LateFee:
        return LateFee(
            flat=None if self.flat_minor is None else Money(self.flat_minor, currency),
            rate_bp=self.rate_bp,
            cap=None if self.cap_minor is None else Money(self.cap_minor, currency),
            as_penalty=self.as_penalty,
        )


class RoundingForm(Strict):
    step_minor: Annotated[StrictInt, Field(ge=1, le=MOST_MINOR)] = 1
    mode: RoundingMode = RoundingMode.HALF_EVEN


class AllocationForm(Strict):
    order: tuple[tuple[Bucket, Component], ...] | None = None
    horizontal: StrictBool = True

    def to_rule(self) -> Allocation:
        """Raises BadAllocation."""
        order = DEFAULT_ORDER if self.order is None else self.order
        rule = Allocation(order=order, horizontal=self.horizontal)
        slot_ranks(rule)
        return rule


class SharedForm(Strict):
    currency: Currency
    annual_rate_bp: Rate
    grace_days: Annotated[StrictInt, Field(ge=0, le=366)] = 0
    late_fee: LateFeeForm | None = None
    rounding: RoundingForm = RoundingForm()
    allocation: AllocationForm = AllocationForm()

    def _shared(self) -> dict[str, Any]:
        return {
            "annual_rate_bp": self.annual_rate_bp,
            "grace_days": self.grace_days,
            "late_fee": self.late_fee and self.late_fee.to_rule(self.currency),
            "rounding": Rounding(step=self.rounding.step_minor, mode=self.rounding.mode),
            "allocation": self.allocation.to_rule(),
        }


class LoanForm(SharedForm):
    product: Literal["instalment_loan"]
    principal_minor: Signed
    instalments: StrictInt
    first_due_on: Day
    disbursed_on: Day | None = None
    frequency: Frequency = Frequency.MONTHLY
    method: Method = Method.ANNUITY
    day_count: DayCount = DayCount.THIRTY_360
    roll: Roll = Roll.NONE
    holiday_country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    penalty_rate_bp: Rate = 0

    def to_terms(self) -> LoanTerms:
        return LoanTerms(
            principal=Money(self.principal_minor, self.currency),
            instalments=self.instalments,
            first_due_on=self.first_due_on,
            disbursed_on=self.disbursed_on,
            frequency=self.frequency,
            method=self.method,
            day_count=self.day_count,
            roll=self.roll,
            holiday_country=self.holiday_country,
            penalty_rate_bp=self.penalty_rate_bp,
            **self._shared(),
        )


class CardForm(SharedForm):
    product: Literal["credit_card"]
    credit_limit_minor: Minor
    statement_day: Annotated[StrictInt, Field(ge=1, le=31)]
    due_days: Annotated[StrictInt, Field(ge=1, le=MAX_DUE_DAYS)]
    minimum_rate_bp: Annotated[StrictInt, Field(ge=0, le=10_000)]
    minimum_floor_minor: Minor
    minimum_adds_charges: StrictBool = False

    def to_terms(self) -> CardTerms:
        return CardTerms(
            credit_limit=Money(self.credit_limit_minor, self.currency),
            statement_day=self.statement_day,
            due_days=self.due_days,
            minimum_rate_bp=self.minimum_rate_bp,
            minimum_floor=Money(self.minimum_floor_minor, self.currency),
            minimum_adds_charges=self.minimum_adds_charges,
            **self._shared(),
        )


class ProjectionForm(CardForm):
    """A card's balance on a closing day, to be paid by the minimum or by `payment_minor`."""

    balance_minor: Minor
    closed_on: Day
    payment_minor: Annotated[StrictInt, Field(ge=1, le=MOST_MINOR)] | None = None


class SplitForm(Strict):
    """Components in minor units, signed; positive raises what is owed."""

    principal_minor: Signed = 0
    interest_minor: Signed = 0
    fee_minor: Signed = 0
    penalty_minor: Signed = 0
    credit_minor: Signed = 0

    def to_split(self, currency: str) -> Split:
        return Split.of(
            currency,
            principal=self.principal_minor,
            interest=self.interest_minor,
            fee=self.fee_minor,
            penalty=self.penalty_minor,
            credit=self.credit_minor,
        )


class PostingForm(Strict):
    key: Annotated[str, Field(min_length=1, max_length=LONGEST_KEY)]
    kind: EntryKind
    effective_on: Day
    amount_minor: Signed
    currency: Currency | None = None
    split: SplitForm | None = None
    reverses: str | None = None

    def to_posting(self, currency: str) -> Posting:
        own = self.currency or currency
        return Posting(
            key=self.key,
            kind=self.kind,
            effective_on=self.effective_on,
            amount=Money(self.amount_minor, own),
            split=None if self.split is None else self.split.to_split(own),
            reverses=self.reverses,
        )


class HoldForm(Strict):
    """Half-open: `until_on` is the first day that is not held. Without `suspends`, the kind's."""

    kind: HoldKind
    from_on: Day
    until_on: Day | None = None
    suspends: tuple[Suspended, ...] | None = None

    def to_hold(self, number: int) -> Hold:
        """Raises InvalidHold."""
        return open_hold(
            hold_id=number,
            kind=self.kind,
            borrower_id=BorrowerId(1),
            account_id=AccountId(1),
            from_on=self.from_on,
            until_on=self.until_on,
            owner="file",
            reason="file",
            suspends=None if self.suspends is None else frozenset(self.suspends),
        )


class LedgerForm(Strict):
    """Terms and what happened; postings are booked in the order given, each on its own."""

    terms: Annotated[LoanForm | CardForm, Field(discriminator="product")]
    opened_on: Day
    through: Day
    postings: tuple[PostingForm, ...]
    holds: tuple[HoldForm, ...] = ()

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        if not 0 <= (self.through - self.opened_on).days <= MOST_DAYS:
            raise ValueError(f"through must be 0 to {MOST_DAYS:,} days after opened_on")
        return self


ScheduleForm = Annotated[LoanForm | ProjectionForm, Field(discriminator="product")]
"""What `tideover account schedule` takes."""
