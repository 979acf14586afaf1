"""Money never mixes currencies or floats; days are the borrower's own."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lending.dates import add_months, add_periods, local_day
from lending.errors import CurrencyMismatch, LendingError
from lending.money import Money, exponent_of, total


@pytest.mark.parametrize(("currency", "exponent"), [("USD", 2), ("JPY", 0), ("KWD", 3)])
def test_exponents(currency: str, exponent: int) -> None:
    assert exponent_of(currency) == exponent
    assert Money.from_decimal(Decimal("12"), currency).minor == 12 * 10**exponent


@given(st.integers(), st.sampled_from(["USD", "JPY", "KWD"]))
@example(10**40 + 1, "KWD")
@example(-1, "USD")
def test_an_amount_survives_the_way_through_decimal(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.from_decimal(money.amount, currency) == money


def test_floats_currencies_and_bad_codes_are_refused() -> None:
    with pytest.raises(LendingError):
        Money(1.5, "USD")  # type: ignore[arg-type]
    with pytest.raises(LendingError):
        Money(1, "usd")
    with pytest.raises(CurrencyMismatch):
        Money(1, "USD") + Money(1, "EUR")
    with pytest.raises(CurrencyMismatch):
        assert Money(1, "USD") < Money(1, "EUR")


def test_totals_and_comparison() -> None:
    amounts = [Money(3, "USD"), Money(-5, "USD")]
    assert total(amounts, "USD") == Money(-2, "USD")
    assert total([], "USD") == Money.zero("USD")
    assert not Money(0, "USD") and Money(-2, "USD").at_least_zero() == Money.zero("USD")
    assert max(amounts) == Money(3, "USD")


def test_the_thirty_first_comes_back_after_february() -> None:
    assert [add_periods(date(2026, 1, 31), n, "monthly") for n in range(3)] == [
        date(2026, 1, 31),
        date(2026, 2, 28),
        date(2026, 3, 31),
    ]
    assert add_months(date(2027, 12, 30), 2) == date(2028, 2, 29)
    assert add_periods(date(2026, 1, 1), 2, "fortnightly") == date(2026, 1, 29)
    with pytest.raises(LendingError):
        add_periods(date(2026, 1, 1), 1, "daily")


def test_the_day_is_the_borrowers_own() -> None:
    instant = datetime(2026, 11, 23, 20, 30, tzinfo=UTC)
    assert local_day(instant, "Asia/Shanghai") == date(2026, 11, 24)
    assert local_day(instant, "America/New_York") == date(2026, 11, 23)
    with pytest.raises(LendingError):
        local_day(datetime(2026, 11, 23), "Asia/Shanghai")
