"""What clears a loan on a day, and what each further day adds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from lending.daycount import days_in_year
from lending.due_dates import Period, years_elapsed
from lending.errors import LendingError
from lending.money import Money, total
from lending.rounding import to_minor
from lending.terms import DayCount, LoanTerms, Method


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What the ledger holds at the quoted day. `interest` is charged and unpaid; `credit` is money
    received beyond what was owed, positive.
    """

    principal: Money
    interest: Money
    fees: Money
    penalties: Money
    credit: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The interest period that the quoted day lies in: charged at its end, not charged yet.

    `bearing` is the principal on which the period's interest runs, for instance the outstanding
    principal. `scheduled` is the interest that the schedule asks for at the period's end.
    """

    period: Period
    bearing: Money
    scheduled: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoffQuote:
    """What clears the account on `on`, by part. `per_diem` is what one more day of the period adds,
    rounded; the quote of another day is exact.
    """

    on: date
    principal: Money
    interest: Money
    accrued: Money
    fees: Money
    penalties: Money
    credit: Money
    per_diem: Money

    @property
    def amount(self) -> Money:
        """To be paid; zero when the credit covers it all."""
        return self._balance.at_least_zero()

    @property
    def refund(self) -> Money:
        """Credit that is left over when all is paid."""
        return (-self._balance).at_least_zero()

    @property
    def _balance(self) -> Money:
        parts = (self.principal, self.interest, self.accrued, self.fees, self.penalties)
        return total(parts, self.principal.currency) - self.credit


def payoff_quote(
    terms: LoanTerms, on: date, owed: Owed, running: Running | None = None
) -> PayoffQuote:
    """The payoff of a loan on a day, at whose start `owed` is what the ledger holds.

    Accrued interest is the bearing principal x yearly rate x the part of a year since the period
    began, by the day count of the terms and in their rounding mode; never more than a whole period.
    `running` is the period whose interest the ledger has not charged yet: on a due date either the
    period that ends then, or, once its interest is in `owed`, the one that begins. None accrues
    nothing: after the last due date, when only penalty interest grows.

    A flat loan earns the period's interest evenly by its days. Interest of later periods is not
    owed at all: the borrower is rebated what is unearned, pro rata by days (and not by the rule
    of 78, which favours the lender).

    Raises LendingError when the day lies outside the period, CurrencyMismatch for mixed currencies.
    """
    accrued, per_diem = Fraction(0), Fraction(0)
    if running is not None:
        _inside(running.period, on)
        accrued, per_diem = _accrued(terms, running, on), _per_diem(terms, running, on)
    return PayoffQuote(
        on=on,
        principal=owed.principal,
        interest=owed.interest,
        accrued=_money(accrued, terms),
        fees=owed.fees,
        penalties=owed.penalties,
        credit=owed.credit,
        per_diem=_money(per_diem, terms),
    )


def _inside(period: Period, on: date) -> None:
    if not period.start <= on <= period.end:
        raise LendingError(
            f"{on} lies outside the interest period from {period.start} to {period.end}.",
            hint="Give the period that the quoted day lies in.",
        )


def _accrued(terms: LoanTerms, running: Running, on: date) -> Fraction:
    period = running.period
    if terms.method == Method.FLAT:
        elapsed = Fraction((on - period.start).days, (period.end - period.start).days)
        return running.scheduled.minor * elapsed
    return _yearly(terms, running) * years_elapsed(period, on, terms.day_count)


def _per_diem(terms: LoanTerms, running: Running, on: date) -> Fraction:
    period = running.period
    if terms.method == Method.FLAT:
        return Fraction(running.scheduled.minor, (period.end - period.start).days)
    if terms.day_count == DayCount.ACTUAL_ACTUAL:
        return _yearly(terms, running) / days_in_year(on.year)
    return _yearly(terms, running) / (360 if terms.day_count == DayCount.THIRTY_360 else 365)


def _yearly(terms: LoanTerms, running: Running) -> Fraction:
    bearing = running.bearing.at_least_zero().minor
    return Fraction(bearing * terms.annual_rate_bp, 10_000)


def _money(value: Fraction, terms: LoanTerms) -> Money:
    return Money(to_minor(value, terms.rounding.mode), terms.principal.currency)
