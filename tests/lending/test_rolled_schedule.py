"""Due dates that fall on weekends and holidays move, and interest runs to the day they moved to."""

from datetime import date
from itertools import pairwise

import pytest

from lending.errors import UnknownCountry
from lending.money import total
from lending.schedule import build_schedule
from lending.terms import DayCount, Frequency, Method, Roll
from tests.lending.loans import loan


def test_a_due_date_on_a_holiday_moves_and_interest_runs_to_the_day_it_moved_to() -> None:
    """15 February 2026 is a Sunday and the 16th Presidents' Day: due on the 17th, 33 days on."""
    rows = build_schedule(
        loan(
            roll=Roll.FOLLOWING,
            holiday_country="US",
            day_count=DayCount.ACTUAL_365,
            method=Method.INTEREST_ONLY,
            instalments=3,
        )
    )
    assert [row.due_on for row in rows] == [
        date(2026, 2, 17),
        date(2026, 3, 16),
        date(2026, 4, 15),
    ]
    # 1,000,000 * 0.12 / 365 * 33, 27 and 30 days
    assert [row.interest.minor for row in rows] == [10_849, 8_877, 9_863]


def test_30_360_counts_the_days_of_a_due_date_that_moved() -> None:
    """15 January to 17 February is 32 days of 30/360, on to 16 March 29, and to 15 April 29."""
    rows = build_schedule(
        loan(roll=Roll.FOLLOWING, holiday_country="US", method=Method.INTEREST_ONLY, instalments=4)
    )
    assert [row.interest.minor for row in rows] == [10_667, 9_667, 9_667, 10_000]


@pytest.mark.parametrize("roll", list(Roll))
@pytest.mark.parametrize("country", ["CN", "US", "SA", "JP"])
@pytest.mark.parametrize("frequency", list(Frequency))
def test_rolled_dates_never_meet(roll: Roll, country: str, frequency: Frequency) -> None:
    """Golden Week in China and the Eid holidays are longer than a week's rhythm."""
    rows = build_schedule(
        loan(
            first_due_on=date(2025, 10, 2),
            disbursed_on=date(2025, 10, 1),
            instalments=60,
            roll=roll,
            holiday_country=country,
            frequency=frequency,
            day_count=DayCount.ACTUAL_ACTUAL,
        )
    )
    assert rows[0].due_on > date(2025, 10, 1)
    assert all(early.due_on < late.due_on for early, late in pairwise(rows))
    assert total((row.principal for row in rows), "USD").minor == 1_000_000


def test_rolling_needs_a_known_country() -> None:
    with pytest.raises(UnknownCountry) as raised:
        build_schedule(loan(roll=Roll.FOLLOWING, holiday_country="ZZ"))
    assert "ISO 3166" in raised.value.hint
