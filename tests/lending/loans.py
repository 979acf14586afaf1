"""Loan terms for tests: one place that says what a plain loan is, and strategies around it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from lending.accounts import Instalment
from lending.money import Money, exponent_of
from lending.terms import DayCount, Frequency, LoanTerms, Method, Rounding, RoundingMode

CURRENCIES = ("JPY", "USD", "KWD")


def loan(**changes: Any) -> LoanTerms:
    """10,000.00 USD at 12 % over twelve months from 15 January 2026, unless changed."""
    fields: dict[str, Any] = {
        "principal": Money(1_000_000, "USD"),
        "annual_rate_bp": 1200,
        "instalments": 12,
        "first_due_on": date(2026, 2, 15),
    }
    return LoanTerms(**{**fields, **changes})


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def plain(rows: tuple[Instalment, ...]) -> list[tuple[date, int, int]]:
    return [(row.due_on, row.principal.minor, row.interest.minor) for row in rows]


@st.composite
def loans(draw: st.DrawFn, **fixed: Any) -> LoanTerms:
    """Loans that can be repaid: amounts well above their rounding, first periods of any length."""
    currency = draw(st.sampled_from(CURRENCIES))
    first_due_on = draw(st.dates(date(2019, 1, 1), date(2032, 12, 31)))
    lead = draw(st.none() | st.integers(1, 45))
    fields: dict[str, Any] = {
        "principal": Money(
            draw(st.integers(10_000, 10_000_000)) * 10 ** exponent_of(currency), currency
        ),
        "annual_rate_bp": draw(st.integers(50, 4_000)),
        "instalments": draw(st.integers(1, 48)),
        "first_due_on": first_due_on,
        "frequency": draw(st.sampled_from(Frequency)),
        "method": draw(st.sampled_from(Method)),
        "day_count": draw(st.sampled_from(DayCount)),
        "disbursed_on": None if lead is None else first_due_on - timedelta(days=lead),
        "rounding": Rounding(
            step=draw(st.sampled_from([1, 5])), mode=draw(st.sampled_from(RoundingMode))
        ),
    }
    return LoanTerms(**{**fields, **fixed})
