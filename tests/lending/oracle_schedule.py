"""Schedules worked out again, literally, with decimals of 60 places, apart from the code under test.

Nothing of `lending` is used but its plain types: dates, day counts, level payments and rounding are
written anew and in another way (the level payment is searched for, not solved for). Due dates do not
roll here.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal, localcontext

from lending.terms import LoanTerms

Row = tuple[date, int, int]

_MODES = {
    "half_even": ROUND_HALF_EVEN,
    "half_up": ROUND_HALF_UP,
    "up": ROUND_UP,
    "down": ROUND_DOWN,
}


def oracle_rows(terms: LoanTerms) -> list[Row]:
    """Due date, principal and interest (minor units) of each instalment."""
    with localcontext() as context:
        context.prec = 80
        dates = [_due(terms, number) for number in range(terms.instalments)]
        begin = terms.disbursed_on or _due(terms, -1)
        rates = []
        for number, due in enumerate(dates):
            before = dates[number - 1] if number else begin
            whole_month = before == _due(terms, number - 1) and terms.frequency == "monthly"
            rates.append(_rate(terms, before, due, whole_month))
        rows = _ROWS[str(terms.method)](terms, rates)
        return [(due, *parts) for due, parts in zip(dates, rows, strict=True)]


def _due(terms: LoanTerms, number: int) -> date:
    first = terms.first_due_on
    if terms.frequency == "weekly":
        return first + timedelta(weeks=number)
    if terms.frequency == "fortnightly":
        return first + timedelta(weeks=2 * number)
    year, month = first.year, first.month + number
    while month > 12:
        year, month = year + 1, month - 12
    while month < 1:
        year, month = year - 1, month + 12
    day = first.day
    while day > calendar.monthrange(year, month)[1]:
        day -= 1
    return date(year, month, day)


def _rate(terms: LoanTerms, start: date, end: date, whole_month: bool) -> Decimal:
    yearly = Decimal(terms.annual_rate_bp) / 10_000
    if terms.day_count == "actual/365":
        return yearly * (end - start).days / 365
    if terms.day_count == "actual/actual":
        parts, day = Decimal(0), start
        while day < end:
            parts += Decimal(1) / (366 if calendar.isleap(day.year) else 365)
            day += timedelta(days=1)
        return yearly * parts
    if whole_month:
        return yearly / 12
    first, last = start.day, end.day
    if first == 31:
        first = 30
    if last == 31 and first == 30:
        last = 30
    months = (end.year * 12 + end.month) - (start.year * 12 + start.month)
    return yearly * (30 * months + last - first) / 360


def _minor(terms: LoanTerms, value: Decimal) -> int:
    # What is beyond 20 places is the error of this arithmetic, not the amount.
    value = value.quantize(Decimal("1E-20"), rounding=ROUND_HALF_EVEN)
    return int(value.quantize(Decimal(1), rounding=_MODES[str(terms.rounding.mode)]))


def _step(terms: LoanTerms, value: Decimal) -> int:
    return _minor(terms, value / terms.rounding.step) * terms.rounding.step


def _annuity(terms: LoanTerms, rates: list[Decimal]) -> list[tuple[int, int]]:
    payment = _step(terms, _search_level(Decimal(terms.principal.minor), rates))
    return _run(terms, rates, lambda _share, _interest: payment)


def _equal_principal(terms: LoanTerms, rates: list[Decimal]) -> list[tuple[int, int]]:
    return _run(terms, rates, lambda share, interest: _step(terms, Decimal(share + interest)))


def _run(terms: LoanTerms, rates: list[Decimal], payment) -> list[tuple[int, int]]:  # type: ignore[no-untyped-def]
    balance = terms.principal.minor
    share = _minor(terms, Decimal(balance) / len(rates))
    rows = []
    for number, rate in enumerate(rates, start=1):
        interest = _minor(terms, balance * rate)
        principal = balance
        if number < len(rates):
            principal = min(balance, payment(share, interest) - interest)
        rows.append((principal, interest))
        balance -= principal
    return rows


def _flat(terms: LoanTerms, rates: list[Decimal]) -> list[tuple[int, int]]:
    lent, count = terms.principal.minor, len(rates)
    charge = _minor(terms, lent * sum(rates))
    payment = _step(terms, Decimal(lent + charge) / count)
    each = _minor(terms, Decimal(charge) / count)
    rows: list[tuple[int, int]] = []
    for _ in rates[:-1]:
        interest = min(each, charge - sum(row[1] for row in rows))
        rows.append((min(payment - interest, lent - sum(row[0] for row in rows)), interest))
    last = (lent - sum(row[0] for row in rows), charge - sum(row[1] for row in rows))
    return [*rows, last]


def _interest_only(terms: LoanTerms, rates: list[Decimal]) -> list[tuple[int, int]]:
    lent = terms.principal.minor
    rows = [(0, _minor(terms, lent * rate)) for rate in rates]
    rows[-1] = (lent, rows[-1][1])
    return rows


def _search_level(principal: Decimal, rates: list[Decimal]) -> Decimal:
    """The payment after which nothing is left: what is left is a straight line of the payment."""

    def left(payment: Decimal) -> Decimal:
        balance = principal
        for rate in rates:
            balance += balance * rate - payment
        return balance

    at_zero, slope = left(Decimal(0)), left(Decimal(0)) - left(Decimal(1))
    return at_zero / slope


_ROWS = {
    "annuity": _annuity,
    "equal_principal": _equal_principal,
    "flat": _flat,
    "interest_only": _interest_only,
}
