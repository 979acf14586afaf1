"""Year fractions are exact and follow their published definitions."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.daycount import days_30_360, year_fraction
from lending.errors import LendingError
from lending.terms import DayCount
from tests.lending.profiles import thorough

DAYS = st.dates(date(1995, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        (date(2007, 1, 15), date(2007, 1, 30), 15),
        (date(2007, 1, 15), date(2007, 2, 15), 30),
        (date(2007, 9, 30), date(2008, 3, 31), 180),
        (date(2007, 9, 30), date(2007, 10, 31), 30),
        (date(2007, 1, 31), date(2007, 2, 28), 28),
        (date(2007, 2, 28), date(2007, 3, 31), 33),
        (date(2007, 2, 26), date(2008, 2, 29), 363),
        (date(2008, 2, 29), date(2009, 2, 28), 359),
        (date(2007, 1, 15), date(2007, 1, 31), 16),
    ],
)
def test_bond_basis(start: date, end: date, days: int) -> None:
    """By hand from ISDA 2006, 4.16(f): 360*years + 30*months + days, after the rule of the 31st."""
    assert days_30_360(start, end) == days
    assert year_fraction(start, end, DayCount.THIRTY_360) == Fraction(days, 360)


@pytest.mark.parametrize(
    ("start", "end", "fraction"),
    [
        (date(2003, 11, 1), date(2004, 5, 1), Fraction(61, 365) + Fraction(121, 366)),
        (date(1999, 2, 1), date(1999, 7, 1), Fraction(150, 365)),
        (date(2002, 8, 15), date(2003, 7, 15), Fraction(334, 365)),
        (date(1999, 7, 30), date(2000, 1, 30), Fraction(155, 365) + Fraction(29, 366)),
        (date(2000, 1, 30), date(2000, 6, 30), Fraction(152, 366)),
        (date(2003, 12, 31), date(2006, 1, 1), Fraction(1, 365) + 2),
    ],
)
def test_actual_actual(start: date, end: date, fraction: Fraction) -> None:
    """The periods of ISDA's memorandum "EMU and Market Conventions" (1998), by its own method."""
    assert year_fraction(start, end, DayCount.ACTUAL_ACTUAL) == fraction


def test_a_year_of_366_days_is_more_than_a_year_by_actual_365() -> None:
    leap = year_fraction(date(2028, 1, 1), date(2029, 1, 1), DayCount.ACTUAL_365)
    assert leap == Fraction(366, 365)


@thorough
@given(DAYS, st.integers(0, 4_000), st.integers(0, 4_000))
def test_actual_counts_add_up(start: date, one: int, two: int) -> None:
    middle = start + timedelta(days=one)
    end = middle + timedelta(days=two)
    for day_count in (DayCount.ACTUAL_365, DayCount.ACTUAL_ACTUAL):
        parts = year_fraction(start, middle, day_count) + year_fraction(middle, end, day_count)
        assert parts == year_fraction(start, end, day_count)


@pytest.mark.parametrize("day_count", list(DayCount))
def test_interest_never_runs_backwards(day_count: DayCount) -> None:
    with pytest.raises(LendingError) as raised:
        year_fraction(date(2026, 1, 2), date(2026, 1, 1), day_count)
    assert raised.value.hint


def test_an_unknown_count_is_refused() -> None:
    with pytest.raises(LendingError) as raised:
        year_fraction(date(2026, 1, 1), date(2026, 1, 2), "30E/360")  # type: ignore[arg-type]
    assert raised.value.hint
