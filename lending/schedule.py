"""Compute a repayment schedule from loan terms, and a new version of one that changes on its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction

from lending.accounts import Instalment, Schedule
from lending.amortisation import amortise
from lending.due_dates import Period, periods, periods_after
from lending.money import Money
from lending.terms import LoanTerms
from lending.terms_check import check_parts, check_terms


def build_schedule(terms: LoanTerms) -> tuple[Instalment, ...]:
    """The instalments of a loan, in order.

    Interest of a period is the balance at its start times the yearly rate times the part of a year
    that the day count gives between the due dates as rolled (`lending.due_dates`), rounded to the
    minor unit in the rounding mode of the terms. Payments are rounded to its step:

    - annuity: every payment is the level payment of `lending.amortisation.level_payment`;
    - equal principal: amount lent over the number of instalments, plus the interest of the period;
    - flat: interest on the amount lent for the whole term; it and the amount in equal shares;
    - interest-only: the interest, to the minor unit and not the step; the amount with the last.

    The last instalment takes what rounding left, so it may differ from the others and need not be
    a multiple of the step; principal always sums to the amount lent.

    Raises UnpayableTerms, with what to change, for terms that make no sense or never repay.
    """
    check_terms(terms)
    return _instalments(terms, periods(terms), after=0)


def reschedule(
    current: Schedule,
    *,
    outstanding: Money,
    from_on: date,
    terms: LoanTerms,
    remaining: int,
    reason: str,
) -> Schedule:
    """The next version of a schedule: rows due until `from_on` stay, the rest is made anew.

    `outstanding` is the principal that the new rows repay, in `remaining` instalments by the rate,
    method and rhythm of `terms` (whose principal and number of instalments do not count); what the
    rows kept still lack is not part of it. Interest runs from `from_on`; interest until then is the
    caller's to charge. New rows are numbered on from those kept.

    Raises UnpayableTerms as `build_schedule` does.
    """
    anew = replace(terms, principal=outstanding, instalments=remaining, disbursed_on=from_on)
    check_terms(anew)
    kept = tuple(row for row in current.instalments if row.due_on <= from_on)
    after = kept[-1].number if kept else 0
    rows = _instalments(anew, periods_after(anew, from_on, remaining), after=after)
    return Schedule(version=current.version + 1, reason=reason, instalments=kept + rows)


def _instalments(terms: LoanTerms, over: Sequence[Period], *, after: int) -> tuple[Instalment, ...]:
    rate = Fraction(terms.annual_rate_bp, 10_000)
    parts = amortise(
        terms.principal.minor,
        [rate * period.years for period in over],
        terms.method,
        terms.rounding,
    )
    check_parts(parts, terms.method)
    currency = terms.principal.currency
    return tuple(
        Instalment(
            number=number,
            due_on=period.end,
            principal=Money(principal, currency),
            interest=Money(interest, currency),
        )
        for number, (period, (principal, interest)) in enumerate(
            zip(over, parts, strict=True), start=after + 1
        )
    )
