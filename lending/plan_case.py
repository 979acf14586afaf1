"""What a plan for a loan starts from: the facts of docs/plans.md, taken from the account's file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from lending.account_file import AccountFile
from lending.accounts import EntryKind, Instalment
from lending.books_of import standing
from lending.dates import add_periods
from lending.errors import LendingError
from lending.ledger_types import DerivedLedger, InstalmentBalance
from lending.money import Money
from lending.schedules import rows_in_effect
from lending.terms import LoanTerms


class NoPlanCase(LendingError):
    """The account is none that a plan of this kind can be computed for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCase:
    """A loan on the day `on`, in minor units; names in brackets are those of docs/plans.md.

    `rows` are due after `on`, with what is left of each (p, q); `start` is where their first
    interest period begins. `overdue` [O], `interest` [I], `fee` [F], `penalty` [P] are the arrears,
    `prepaid` [E] is interest that money paid in advance has paid already.
    """

    terms: LoanTerms
    on: date
    start: date
    rows: tuple[Instalment, ...]
    rate_bp: int
    overdue: int
    interest: int
    fee: int
    penalty: int
    prepaid: int
    last_number: int
    rate: Fraction = field(init=False)
    coming: int = field(init=False)
    normal: int = field(init=False)

    def __post_init__(self) -> None:
        """`coming` is principal that is not yet due [B], `normal` the largest payment that remains."""
        object.__setattr__(self, "rate", Fraction(self.rate_bp, 10_000))
        object.__setattr__(self, "coming", sum(row.principal.minor for row in self.rows))
        object.__setattr__(self, "normal", max(row.amount.minor for row in self.rows))

    @property
    def currency(self) -> str:
        return self.terms.principal.currency

    @property
    def arrears(self) -> int:
        """All that is overdue [A]."""
        return self.overdue + self.interest + self.fee + self.penalty

    @property
    def owed(self) -> int:
        """Principal, interest, fees and penalties, as the ledger holds them."""
        return self.coming + self.arrears

    @property
    def cost_today(self) -> int:
        """All that is to be paid if nothing changes, later charges apart."""
        return self.arrears + sum(row.amount.minor for row in self.rows)


def plan_case(file: AccountFile, on: date, *, rate_bp: int | None = None) -> PlanCase:
    """The facts of a loan whose books are derived here, with all charges of `on` booked.

    `rate_bp` is the yearly rate of a plan in force; None is the terms'. Raises NoPlanCase for a
    card, a mirror of another system's books, and a loan without payments to come.
    """
    terms = file.account.terms
    if not isinstance(terms, LoanTerms):
        raise NoPlanCase("A card has no instalments.", hint="Ask for an instalment plan of it.")
    ledger = standing(file, on).ledger
    if ledger is None:
        raise NoPlanCase(
            "The books of this account are kept by another system.",
            hint="Ask the lender's staff for a plan.",
        )
    left = [row for row in ledger.instalments if row.instalment.due_on > on and row.left]
    if not left:
        raise NoPlanCase("No payment is to come.", hint="Ask the lender's staff for a plan.")
    rows = tuple(_left_of(row) for row in left)
    balance = ledger.balance
    coming = sum(row.principal.minor for row in rows)
    return PlanCase(
        terms=terms,
        on=on,
        start=_start(file, terms, rows[0].due_on),
        rows=rows,
        rate_bp=terms.annual_rate_bp if rate_bp is None else rate_bp,
        overdue=balance.principal.minor - coming,
        interest=balance.interest.minor,
        fee=balance.fee.minor,
        penalty=balance.penalty.minor,
        prepaid=_prepaid(ledger, on),
        last_number=max(
            (r.number for _, r in rows_in_effect(file.schedules) if r.due_on <= on), default=0
        ),
    )


def _left_of(row: InstalmentBalance) -> Instalment:
    return Instalment(
        number=row.instalment.number,
        due_on=row.instalment.due_on,
        principal=row.principal_left,
        interest=row.interest_left,
    )


def _start(file: AccountFile, terms: LoanTerms, first_due: date) -> date:
    before = [row.due_on for _, row in rows_in_effect(file.schedules) if row.due_on < first_due]
    lent_on = terms.disbursed_on or add_periods(terms.first_due_on, -1, terms.frequency)
    return max(before, default=lent_on)


def _prepaid(ledger: DerivedLedger, on: date) -> int:
    """Interest charged early on rows that are due after the day and not wholly paid."""
    later = {
        (row.version, row.instalment.number)
        for row in ledger.instalments
        if row.instalment.due_on > on and row.left
    }
    return sum(
        part.minor
        for line in ledger.lines
        if line.kind in (EntryKind.INTEREST, EntryKind.REVERSAL)
        for part in line.parts
        if part.component.value == "interest" and (part.version, part.number) in later
    )


def money(minor: int, case: PlanCase) -> Money:
    return Money(minor, case.currency)


def totals(rows: Sequence[Instalment]) -> tuple[int, int]:
    """Principal and interest of the rows, in minor units."""
    return sum(r.principal.minor for r in rows), sum(r.interest.minor for r in rows)
