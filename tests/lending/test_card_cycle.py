"""Statements close on their day, also in short months, and fall due before the next one."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.card_cycle import closed_cycles, cycle_of, is_closing, next_closing, previous_cycle
from lending.card_terms import check_card_terms
from lending.errors import CurrencyMismatch, LendingError, UnpayableTerms
from lending.money import Money
from lending.terms import LateFee, Rounding
from tests.lending.card_walker import card
from tests.lending.profiles import thorough


def test_the_thirty_first_closes_on_the_last_day_of_short_months() -> None:
    cycles = closed_cycles(card(statement_day=31), date(2027, 12, 15), date(2028, 4, 30))
    assert [(c.number, c.first_day, c.closed_on, c.due_on) for c in cycles] == [
        (1, date(2027, 12, 15), date(2027, 12, 31), date(2028, 1, 20)),
        (2, date(2028, 1, 1), date(2028, 1, 31), date(2028, 2, 20)),
        (3, date(2028, 2, 1), date(2028, 2, 29), date(2028, 3, 20)),
        (4, date(2028, 3, 1), date(2028, 3, 31), date(2028, 4, 20)),
        (5, date(2028, 4, 1), date(2028, 4, 30), date(2028, 5, 20)),
    ]


def test_a_card_opened_on_its_closing_day_has_a_first_cycle_of_one_day() -> None:
    opened = date(2026, 1, 25)
    first = cycle_of(card(), opened, opened)
    assert (first.number, first.days) == (1, (opened,))
    second = cycle_of(card(), opened, date(2026, 1, 26))
    assert (second.number, len(second.days)) == (2, 31)
    assert previous_cycle(card(), opened, second) == first
    assert previous_cycle(card(), opened, first) is None
    assert closed_cycles(card(), opened, date(2026, 1, 24)) == ()


def test_there_is_no_cycle_before_the_card() -> None:
    with pytest.raises(LendingError, match="opened on 2026-01-25"):
        cycle_of(card(), date(2026, 1, 25), date(2026, 1, 24))


@thorough
@given(
    st.integers(1, 31),
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    st.integers(0, 800),
)
def test_every_day_is_in_exactly_one_cycle(statement_day: int, opened: date, later: int) -> None:
    terms = card(statement_day=statement_day, due_days=28)
    cycle = cycle_of(terms, opened, opened + timedelta(days=later))
    assert cycle.first_day <= opened + timedelta(days=later) <= cycle.closed_on
    assert is_closing(terms, cycle.closed_on)
    assert len(cycle.days) <= 31 and (cycle.number == 1 or len(cycle.days) >= 28)
    following = cycle_of(terms, opened, cycle.closed_on + timedelta(days=1))
    assert following.number == cycle.number + 1
    assert following.closed_on == next_closing(terms, cycle.closed_on) >= cycle.due_on


@pytest.mark.parametrize(
    "changes",
    [
        {"statement_day": 0},
        {"statement_day": 32},
        {"due_days": 0},
        {"due_days": 29},
        {"grace_days": -1},
        {"annual_rate_bp": -1},
        {"annual_rate_bp": 1_000_001},
        {"minimum_rate_bp": 10_001},
        {"minimum_rate_bp": 0, "minimum_floor": Money(0, "USD")},
        {"minimum_floor": Money(-1, "USD")},
        {"late_fee": LateFee(flat=Money(-1, "USD"))},
        {"late_fee": LateFee(rate_bp=-1)},
        {"rounding": Rounding(step=0)},
    ],
)
def test_terms_that_make_no_card_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(UnpayableTerms) as refused:
        check_card_terms(card(**changes))
    assert refused.value.hint


def test_terms_of_two_currencies_are_refused() -> None:
    with pytest.raises(CurrencyMismatch):
        check_card_terms(card(late_fee=LateFee(cap=Money(1, "EUR"))))
    assert check_card_terms(card()) == card()
