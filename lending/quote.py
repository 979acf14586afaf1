"""What clears an account on a day, from its file."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from lending.account_file import AccountFile
from lending.accounts import AccountStatus, EntryKind
from lending.books_of import Standing, standing
from lending.daycount import year_fraction
from lending.due_dates import Period, periods
from lending.money import Money, total
from lending.payoff import Owed, PayoffQuote, Running, payoff_quote
from lending.schedules import rows_in_effect
from lending.terms import LoanTerms, Method


def payoff_on(file: AccountFile, on: date) -> Money:
    """What clears the account on a day; see `payoff_quote_on`."""
    return payoff_quote_on(file, on).amount


def payoff_quote_on(file: AccountFile, on: date) -> PayoffQuote:
    """What clears the account on a day, by part: what is owed, and interest that is running.

    A loan's interest runs by its terms from the last due date. A card's payoff is its balance;
    interest since the last statement comes with the next one.
    """
    return quote_of(standing(file, on), on)


def quote_of(account: Standing, on: date) -> PayoffQuote:
    """The same for an account that was looked at already, on that day."""
    file = account.file
    terms = file.account.terms
    entries = [entry for entry in file.entries if entry.effective_on <= on]
    currency = file.account.currency
    owed = Owed(
        principal=total((entry.principal for entry in entries), currency),
        interest=total((entry.interest for entry in entries), currency),
        fees=total((entry.fee for entry in entries), currency),
        penalties=total((entry.penalty for entry in entries), currency),
        credit=total((entry.credit for entry in entries), currency),
    )
    found = _running(file, terms, on, owed) if isinstance(terms, LoanTerms) else None
    if found is None:
        nothing = Money.zero(currency)
        return PayoffQuote(
            on=on,
            principal=owed.principal,
            interest=owed.interest,
            accrued=nothing,
            fees=owed.fees,
            penalties=owed.penalties,
            credit=owed.credit,
            per_diem=nothing,
        )
    assert isinstance(terms, LoanTerms)
    version, running = found
    first = file.schedules[0]
    if version != first.version or first.reason.startswith("plan:"):
        # A plan's rows carry their own interest; it is earned evenly by days, as a flat loan's.
        terms = replace(terms, method=Method.FLAT)
    quote = payoff_quote(terms, on, owed, running)
    return replace(quote, accrued=quote.accrued - _charged_early(account, on))


def _running(
    file: AccountFile, terms: LoanTerms, on: date, owed: Owed
) -> tuple[int, Running] | None:
    """The interest period that the day lies in, with the schedule version of its row; None when no
    principal bears interest any more.
    """
    if file.account.status is not AccountStatus.ACTIVE or not owed.principal:
        return None
    start = file.account.opened_on
    rows = rows_in_effect(file.schedules)
    # Late principal bears no ordinary interest: the schedule's is what will be charged.
    to_come = total((row.principal for _, row in rows if row.due_on > on), file.account.currency)
    bearing = min(owed.principal, to_come)
    for version, row in rows:
        if row.due_on > on:
            period = _period(terms, start, row.due_on)
            return version, Running(period=period, bearing=bearing, scheduled=row.interest)
        start = row.due_on
    return None


def _period(terms: LoanTerms, start: date, end: date) -> Period:
    for period in periods(terms):
        if (period.start, period.end) == (start, end):
            return period
    return Period(start=start, end=end, years=year_fraction(start, end, terms.day_count))


def _charged_early(account: Standing, on: date) -> Money:
    """Interest of instalments due later that a payment in advance paid: not earned yet."""
    file, ledger = account.file, account.ledger
    if ledger is None:
        return Money.zero(file.account.currency)
    later = {
        (version, row.number) for version, row in rows_in_effect(file.schedules) if row.due_on > on
    }
    minor = sum(
        part.minor
        for line in ledger.lines
        if line.kind is EntryKind.INTEREST
        for part in line.parts
        if (part.version, part.number) in later
    )
    return Money(minor, file.account.currency)
