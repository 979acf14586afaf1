"""Due dates move by the weekends and public holidays of a country."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.business_days import is_business_day, next_business_day, roll_date
from lending.errors import UnknownCountry
from lending.terms import Roll
from tests.lending.profiles import thorough


@pytest.mark.parametrize(
    ("roll", "day", "country", "expected"),
    [
        # Saturday 31 October 2026
        (Roll.NONE, date(2026, 10, 31), "US", date(2026, 10, 31)),
        (Roll.FOLLOWING, date(2026, 10, 31), "US", date(2026, 11, 2)),
        (Roll.MODIFIED_FOLLOWING, date(2026, 10, 31), "US", date(2026, 10, 30)),
        (Roll.PRECEDING, date(2026, 10, 31), "US", date(2026, 10, 30)),
        # Christmas and Boxing Day 2026 (Friday, Saturday; Monday in lieu)
        (Roll.FOLLOWING, date(2026, 12, 25), "GB", date(2026, 12, 29)),
        (Roll.MODIFIED_FOLLOWING, date(2026, 12, 25), "GB", date(2026, 12, 29)),
        (Roll.PRECEDING, date(2026, 12, 28), "GB", date(2026, 12, 24)),
        # New Year's Eve 2027 is a Friday, and New Year's Day is kept on it in the US
        (Roll.MODIFIED_FOLLOWING, date(2027, 12, 31), "US", date(2027, 12, 30)),
        # Republic Day, Monday 26 January 2026
        (Roll.FOLLOWING, date(2026, 1, 26), "IN", date(2026, 1, 27)),
        # the weekend of Saudi Arabia is Friday and Saturday
        (Roll.FOLLOWING, date(2026, 11, 20), "SA", date(2026, 11, 22)),
        (Roll.FOLLOWING, date(2026, 11, 22), "SA", date(2026, 11, 22)),
    ],
)
def test_rolls(roll: Roll, day: date, country: str, expected: date) -> None:
    assert roll_date(day, roll, country) == expected


def test_a_weekend_day_worked_in_exchange_for_a_holiday_is_a_business_day() -> None:
    assert is_business_day(date(2026, 2, 14), "CN")  # a Saturday before the Spring Festival
    assert not is_business_day(date(2026, 2, 17), "CN")
    assert roll_date(date(2026, 10, 1), Roll.FOLLOWING, "CN") == date(2026, 10, 8)


def test_no_rolling_needs_no_country() -> None:
    assert roll_date(date(2026, 10, 31), Roll.NONE, None) == date(2026, 10, 31)


@pytest.mark.parametrize("country", [None, "ZZ", "", "us"])
def test_an_unknown_country_is_named_and_told_what_to_do(country: str | None) -> None:
    with pytest.raises(UnknownCountry) as raised:
        roll_date(date(2026, 10, 31), Roll.FOLLOWING, country)
    assert "roll to none" in raised.value.hint


@thorough
@given(
    st.dates(date(2000, 1, 1), date(2040, 12, 31)),
    st.sampled_from(["US", "GB", "CN", "IN", "SA", "JP"]),
)
def test_rolled_days_are_business_days_and_the_nearest_of_their_kind(
    day: date, country: str
) -> None:
    later = roll_date(day, Roll.FOLLOWING, country)
    earlier = roll_date(day, Roll.PRECEDING, country)
    modified = roll_date(day, Roll.MODIFIED_FOLLOWING, country)
    assert earlier <= day <= later
    for offset in range((later - earlier).days + 1):
        between = earlier + timedelta(days=offset)
        assert is_business_day(between, country) == (between in (earlier, later))
    assert modified == (later if later.month == day.month else earlier)
    assert next_business_day(earlier, country) >= later or earlier == later


def test_a_loan_that_outlasts_a_calendar_still_has_its_weekends() -> None:
    """The library knows India's lunar holidays until 2035, and warns of it beyond."""
    assert roll_date(date(2044, 1, 30), Roll.FOLLOWING, "IN") == date(2044, 2, 1)
    assert not is_business_day(date(2044, 1, 26), "IN")
