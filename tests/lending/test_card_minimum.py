"""Paying only the minimum: so many months, so much interest; the same that would be booked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.card_minimum import (
    MAX_MONTHS,
    pay_fixed,
    pay_only_minimum,
    payment_to_clear,
)
from lending.card_statement import statements
from lending.errors import CurrencyMismatch, LendingError, NeverAmortises
from lending.money import Money
from lending.terms import Rounding
from tests.lending.card_walker import OPENED, buy, card, charges, pay, walk
from tests.lending.profiles import thorough

FEB25 = date(2026, 2, 25)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def test_a_balance_cleared_in_three_payments() -> None:
    """100.00 at a thousandth a day, 50.00 at least; statements 25 February, March, April.

    50.00 on 17 March: 19 days x 100.00 + 9 days x 50.00 = 2.35, so 52.35 are left. 50.00 on
    14 April: 2.35 interest, 47.65 principal; 19 days x 50.00 + 12 days x 2.35 = 0.9782, so 0.98.
    3.33 on 15 May; 19 days x 2.35 = 0.04465: a last 0.04. Interest 2.35 + 0.98 + 0.04 = 3.37.
    """
    terms = card(minimum_floor=usd(5_000))
    paid = pay_only_minimum(terms, usd(10_000), FEB25)
    assert [
        (m.due_on, m.balance.minor, m.interest.minor, m.payment.minor) for m in paid.months
    ] == [
        (date(2026, 3, 17), 10_000, 0, 5_000),
        (date(2026, 4, 14), 5_235, 235, 5_000),
        (date(2026, 5, 15), 333, 98, 333),
        (date(2026, 6, 14), 4, 4, 4),
    ]
    assert (paid.total_interest, paid.total_paid) == (usd(337), usd(10_337))


@thorough
@given(
    st.integers(1, 1_000_000),
    st.sampled_from([0, 999, 1850, 2999, 3650]),
    st.sampled_from([0, 100, 300, 500, 10_000]),
    st.integers(0, 5_000),
    st.booleans(),
    st.sampled_from([1, 20, 28]),
)
def test_the_minimum_clears_the_balance_or_says_that_it_never_does(
    balance: int, rate: int, minimum: int, floor: int, adds: bool, due_days: int
) -> None:
    terms = card(
        annual_rate_bp=rate,
        minimum_rate_bp=minimum,
        minimum_floor=usd(floor + (minimum == 0)),
        minimum_adds_charges=adds,
        due_days=due_days,
    )
    try:
        paid = pay_only_minimum(terms, usd(balance), FEB25)
    except NeverAmortises as never:
        assert never.hint
        return
    assert 1 <= len(paid.months) <= MAX_MONTHS
    assert paid.total_paid == usd(balance) + paid.total_interest
    assert all(m.interest.minor >= 0 and m.payment <= m.balance for m in paid.months)
    assert paid.months[-1].payment == paid.months[-1].balance
    if rate == 0:
        assert not paid.total_interest


@thorough
@given(
    st.integers(1_000, 1_000_000),
    st.sampled_from([999, 1850, 3650]),
    st.sampled_from([1, 20, 28]),
    st.integers(1, 24),
)
def test_what_is_shown_is_what_the_rules_charge(
    minor: int, rate: int, due_days: int, parts: int
) -> None:
    """The card carries principal only and is out of grace on 25 February, as the projection has it:
    the months after it are charged alike, residual interest included.
    """
    terms = card(annual_rate_bp=rate, due_days=due_days, late_fee=None)
    opening = buy(date(2026, 1, 10), minor)
    interest = charges(walk(terms, [opening], FEB25)).get("interest:2026-02-25", 0)
    shown = pay_fixed(terms, usd(minor), FEB25, usd(minor // parts + minor // 20))
    postings = [opening]
    if interest:
        postings.append(pay(date(2026, 2, 26), interest, "interest"))
    postings += [pay(m.due_on, m.payment.minor, str(m.due_on)) for m in shown.months]
    through = shown.months[-1].closed_on
    lines = walk(terms, postings, through)
    later = {key: amount for key, amount in charges(lines).items() if key > "interest:2026-02-25"}
    assert later == {
        f"interest:{month.closed_on}": month.interest.minor
        for month in shown.months[1:]
        if month.interest
    }
    if len(shown.months) > 1:
        last = statements(terms, OPENED, lines, through)[-1]
        assert last.balance == shown.months[-1].balance


@thorough
@given(
    st.integers(100, 2_000_000),
    st.sampled_from([0, 1850, 3650]),
    st.integers(2, 60),
    st.sampled_from([1, 5, 100]),
)
def test_the_fixed_amount_is_the_smallest_that_clears_in_time(
    balance: int, rate: int, months: int, step: int
) -> None:
    terms = card(annual_rate_bp=rate, rounding=Rounding(step=step))
    amount = payment_to_clear(terms, usd(balance), FEB25, months)
    assert amount.minor % step == 0
    assert len(pay_fixed(terms, usd(balance), FEB25, amount).months) <= months
    less = amount - usd(step)
    if less.minor > 0:
        try:
            longer = len(pay_fixed(terms, usd(balance), FEB25, less).months)
        except NeverAmortises:
            longer = MAX_MONTHS + 1
        assert longer > months


def test_a_minimum_below_the_interest_never_clears() -> None:
    """36.5 % a year is 3 % a month; 1 % is asked."""
    terms = card(minimum_rate_bp=100, minimum_floor=usd(0))
    with pytest.raises(NeverAmortises, match="1200 months"):
        pay_only_minimum(terms, usd(100_000), FEB25)
    with pytest.raises(NeverAmortises):
        pay_fixed(terms, usd(100_000), FEB25, usd(2_000))
    assert pay_only_minimum(
        replace(terms, minimum_adds_charges=True, minimum_floor=usd(2_500)), usd(100_000), FEB25
    ).months


def test_one_month_is_too_short_while_interest_runs() -> None:
    with pytest.raises(NeverAmortises, match="next statement"):
        payment_to_clear(card(), usd(100_000), FEB25, 1)
    free = card(annual_rate_bp=0)
    assert payment_to_clear(free, usd(100_000), FEB25, 1) == usd(100_000)
    assert payment_to_clear(free, usd(100_000), FEB25) == usd(2_778)


def test_nothing_owed_takes_no_month() -> None:
    assert pay_only_minimum(card(), usd(0), FEB25).months == ()
    assert payment_to_clear(card(), usd(0), FEB25) == usd(0)


def test_bad_input_is_refused() -> None:
    with pytest.raises(CurrencyMismatch):
        pay_only_minimum(card(), Money(1, "EUR"), FEB25)
    with pytest.raises(LendingError, match="credit"):
        pay_only_minimum(card(), usd(-1), FEB25)
    with pytest.raises(LendingError, match="No statement closes"):
        pay_only_minimum(card(), usd(1), date(2026, 2, 24))
    with pytest.raises(LendingError, match="above zero"):
        pay_fixed(card(), usd(1), FEB25, usd(0))
    with pytest.raises(LendingError, match="0 months"):
        payment_to_clear(card(), usd(1), FEB25, 0)
