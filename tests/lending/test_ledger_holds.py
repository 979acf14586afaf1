"""No hold, of whatever kind, lets a charge through that it suspends: not inside, not afterwards."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from lending.booking import active_entries
from lending.entries import Derived
from lending.holds import Hold, HoldKind, Suspended
from lending.loan_charges import LoanCharges
from lending.terms import LateFee
from tests.lending.books import END, Books, hold, loan_books, loan_terms, minors, usd

FEES = {
    "flat": LateFee(flat=usd(500)),
    "percent": LateFee(rate_bp=500),
    "capped": LateFee(flat=usd(100), rate_bp=5_000, cap=usd(900)),
    "as penalty": LateFee(flat=usd(500), as_penalty=True),
}
FROM, UNTIL = date(2026, 2, 10), date(2026, 4, 20)
"""Over the late-fee days of 5 March and 5 April; those of 5 February and 5 May are outside."""


def late_fees(books: Books) -> dict[date, int]:
    rows = active_entries(books.file.entries).values()
    return {e.effective_on: e.owed_change.minor for e in rows if e.origin.startswith("late-fee:")}


def penalty(books: Books) -> int:
    rows = active_entries(books.file.entries).values()
    return sum(e.penalty.minor for e in rows if e.origin.startswith("penalty:"))


def rows_of(books: Books) -> list[tuple[str, date, tuple[int, ...]]]:
    lines: tuple[Derived, ...] = books.derived().lines
    return [(line.key, line.effective_on, minors(line.split)) for line in lines]


def retroactive(books: Books, holds: tuple[Hold, ...]) -> Books:
    """The holds become known only after everything was charged."""
    books.catch_up()
    rules = books.file.rules
    assert isinstance(rules, LoanCharges)
    books.with_rules(LoanCharges(rules.terms, rules.schedules, holds))
    books.catch_up()
    return books


@pytest.mark.parametrize("known_late", [False, True])
@pytest.mark.parametrize("ends", [True, False])
@pytest.mark.parametrize("fee", FEES)
@pytest.mark.parametrize("kind", HoldKind)
def test_a_late_fee_never_falls_into_a_hold(
    kind: HoldKind, fee: str, ends: bool, known_late: bool
) -> None:
    until = UNTIL if ends else None
    holds = (hold(FROM, until, Suspended.LATE_FEES, kind=kind),)
    terms = loan_terms(late_fee=FEES[fee], penalty_rate_bp=0)
    if known_late:
        books = retroactive(loan_books(terms=terms), holds)
    else:
        books = loan_books(terms=terms, holds=holds)
    outside = {date(2026, 2, 5), date(2026, 5, 5)} if ends else {date(2026, 2, 5)}
    assert set(late_fees(books)) == outside
    books.catch_up(END + timedelta(days=400))
    assert set(late_fees(books)) == outside


@pytest.mark.parametrize("known_late", [False, True])
@pytest.mark.parametrize("ends", [True, False])
@pytest.mark.parametrize("kind", HoldKind)
def test_days_in_a_hold_bear_no_penalty_interest(
    kind: HoldKind, ends: bool, known_late: bool
) -> None:
    """Without a hold, a thousandth a day on 110.00 from 1 February, 218.00 from 1 March, 324.00
    from 1 April, 428.00 from 1 May, up to 1 June. With it only 1 to 9 February count, and, when it
    ends, from 20 April: 9 x 0.11 = 0.99; 11 x 0.324 = 3.564; 31 x 0.428 = 13.268."""
    holds = (hold(FROM, UNTIL if ends else None, Suspended.PENALTY_INTEREST, kind=kind),)
    terms = loan_terms(late_fee=None)
    if known_late:
        books = retroactive(loan_books(terms=terms), holds)
    else:
        books = loan_books(terms=terms, holds=holds)
    assert penalty(books) == 99 + (356 + 1_327 if ends else 0)


@pytest.mark.parametrize("what", Suspended)
def test_a_hold_stops_only_what_it_suspends(what: Suspended) -> None:
    free = loan_books()
    held = loan_books(holds=[hold(FROM, UNTIL, what)])
    assert (late_fees(held) == late_fees(free)) is (what is not Suspended.LATE_FEES)
    changes_penalty = what in (Suspended.PENALTY_INTEREST, Suspended.INTEREST)
    assert (penalty(held) == penalty(free)) is not changes_penalty
    if what in (Suspended.REMINDERS, Suspended.DELINQUENCY, Suspended.WRITE_OFF):
        assert rows_of(held) == rows_of(free)


@pytest.mark.parametrize(
    ("from_on", "until_on", "charged"),
    [
        (date(2026, 2, 5), date(2026, 2, 6), False),  # the very day
        (date(2026, 2, 4), date(2026, 2, 5), True),  # until is not in it
        (date(2026, 2, 6), date(2026, 2, 9), True),  # begins the day after
        (date(2026, 2, 5), None, False),
    ],
)
def test_a_hold_is_half_open(from_on: date, until_on: date | None, charged: bool) -> None:
    books = loan_books(holds=[hold(from_on, until_on)], today=date(2026, 2, 28))
    assert bool(late_fees(books)) is charged


def test_overlapping_holds_count_each_day_once() -> None:
    """10 to 19 February held twice over: 28 - 10 = 18 days of 0.11 are left."""
    holds = [
        hold(date(2026, 2, 10), date(2026, 2, 17), Suspended.PENALTY_INTEREST),
        hold(date(2026, 2, 12), date(2026, 2, 20), Suspended.PENALTY_INTEREST),
    ]
    books = loan_books(holds=holds, today=date(2026, 3, 1), terms=loan_terms(late_fee=None))
    assert penalty(books) == 18 * 11
