"""Interest of a card for one statement cycle, by the average daily balance.

interest = (sum of the balances that bear interest, one for each day of the cycle)
           x annual rate / 365, rounded once by the rule of the terms.
This equals average daily balance x daily rate x days. A year has 365 days, leap years too. A day's
balance is the one at its end: a payment lowers it from its own day, a purchase raises it from the
day it is posted.

What bears interest is principal less credit. Interest, fees and penalties bear none until a
capitalisation turns them into principal: no compounding, daily or monthly. (China forbids interest
on card fees: PBOC notice Yinfa [2016] 111; India forbids adding unpaid charges to the balance that
bears interest: RBI Credit Card Directions 2022.)

Grace. A cycle is in grace when the statement before it was paid in full in time: by its due date
plus the days of grace, and by the end of the cycle. A new card is in grace. In grace, purchases of
the cycle bear no interest; the balance carried from an earlier cycle out of grace still does until
it is paid (residual interest). Out of grace, purchases bear interest from their posting day and
the carried balance from the first day of the cycle. One statement paid in full in time brings
grace back. Cash drawn counts as a purchase: the terms know one rate.

When grace is first lost, what was paid in time bears no interest, as if paid on the first day of
the cycle, and no day before that cycle is charged (12 CFR 1026.54, Regulation Z). A payment that
was taken back never counted: the statement that it paid is judged again, from the cycle in which
it was taken back; interest on it runs from that day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from itertools import accumulate

from lending.accounts import EntryKind
from lending.card_credits import (
    amount_of,
    bearing_change,
    credits_after,
    net_change,
    restated_balance,
)
from lending.card_cycle import Cycle, cycle_of, last_day_in_time, next_closing, previous_cycle
from lending.entries import Derived
from lending.holds import Hold, Suspended, is_suspended
from lending.money import Money
from lending.rounding import to_step
from lending.terms import CardTerms

_YEAR_DAYS = 365
_DRAWN = (EntryKind.PURCHASE, EntryKind.DISBURSEMENT)


def cycle_interest(
    terms: CardTerms,
    *,
    opened_on: date,
    closed_on: date,
    lines: Sequence[Derived],
    holds: Iterable[Hold] = (),
) -> Money:
    """Interest for the cycle that closes on that day, without the days on which a hold stops it."""
    cycle = cycle_of(terms, opened_on, closed_on)
    balances = daily_balances(terms, opened_on=opened_on, cycle=cycle, lines=lines)
    stops = tuple(hold for hold in holds if Suspended.INTEREST in hold.suspends)
    counted = (
        balance
        for day, balance in zip(cycle.days, balances, strict=True)
        if not is_suspended(stops, Suspended.INTEREST, day)
    )
    return interest_on(terms, sum(counted))


def interest_on(terms: CardTerms, balance_days: int) -> Money:
    """Interest on a sum of daily balances, in minor units."""
    exact = Fraction(balance_days * terms.annual_rate_bp, 10_000 * _YEAR_DAYS)
    return Money(to_step(exact, terms.rounding), terms.credit_limit.currency)


def daily_balances(
    terms: CardTerms, *, opened_on: date, cycle: Cycle, lines: Sequence[Derived]
) -> tuple[int, ...]:
    """The balance that bears interest at the end of each day of the cycle, in minor units."""
    known = [line for line in lines if line.effective_on <= cycle.closed_on]
    previous = previous_cycle(terms, opened_on, cycle)
    if previous is None:
        return (0,) * len(cycle.days)
    before_that = previous_cycle(terms, opened_on, previous)
    was_in_grace = before_that is None or paid_in_full(terms, before_that.closed_on, known)
    is_in_grace = paid_in_full(terms, previous.closed_on, known)
    if was_in_grace and is_in_grace:
        return (0,) * len(cycle.days)

    paid_early = _paid_in_time(terms, previous.closed_on, known) if was_in_grace else frozenset()
    if is_in_grace:
        known = _without_new_purchases(known, cycle)
    bearing = _by_day(
        cycle, ((_from(line, cycle, paid_early), bearing_change(line)) for line in known)
    )
    if is_in_grace:
        bearing = map(min, bearing, _unpaid_by_day(cycle, previous, known))
    return tuple(max(balance, 0) for balance in bearing)


def paid_in_full(terms: CardTerms, closed_on: date, lines: Sequence[Derived]) -> bool:
    """Whether the statement closed on that day was paid in full in time, seen from the lines.

    In time is by the due date plus the days of grace, or by the next closing where that is earlier.
    """
    paid = amount_of(credits_after(closed_on, lines), _in_time_until(terms, closed_on))
    return paid >= restated_balance(closed_on, lines)


def _in_time_until(terms: CardTerms, closed_on: date) -> date:
    return min(last_day_in_time(terms, closed_on), next_closing(terms, closed_on))


def _paid_in_time(terms: CardTerms, closed_on: date, lines: Sequence[Derived]) -> frozenset[str]:
    limit = _in_time_until(terms, closed_on)
    credits_ = credits_after(closed_on, lines)
    return frozenset(line.key for line in credits_ if line.effective_on <= limit)


def _from(line: Derived, cycle: Cycle, paid_early: frozenset[str]) -> date:
    return cycle.first_day if line.key in paid_early else line.effective_on


def _without_new_purchases(lines: Sequence[Derived], cycle: Cycle) -> list[Derived]:
    """The lines without the cycle's purchases and what was refunded of them."""
    new = {
        line.key for line in lines if line.kind in _DRAWN and line.effective_on >= cycle.first_day
    }
    return [line for line in lines if line.key not in new and line.reverses not in new]


def _unpaid_by_day(cycle: Cycle, previous: Cycle, lines: Sequence[Derived]) -> Iterable[int]:
    """What is unpaid of the previous statement at the end of each day."""
    opening = (previous.closed_on, restated_balance(previous.closed_on, lines))
    credits_ = credits_after(previous.closed_on, lines)
    changes = ((line.effective_on, net_change(line)) for line in credits_)
    return _by_day(cycle, (opening, *changes))


def _by_day(cycle: Cycle, changes: Iterable[tuple[date, int]]) -> Iterable[int]:
    """The running sum at the end of each day; what came before the cycle is in the first."""
    sums = [0] * len(cycle.days)
    for day, change in changes:
        sums[max((day - cycle.first_day).days, 0)] += change
    return accumulate(sums)
