"""A schedule that changes on its way: what is past stays, the rest adds up to what is outstanding."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given

from lending.accounts import Schedule
from lending.errors import UnpayableTerms
from lending.money import total
from lending.schedule import build_schedule, reschedule
from lending.terms import LoanTerms, Roll
from tests.lending.loans import loan, loans, plain, usd
from tests.lending.oracle_schedule import oracle_rows
from tests.lending.profiles import thorough


def first_version(terms: LoanTerms) -> Schedule:
    return Schedule(version=1, reason="original", instalments=build_schedule(terms))


@thorough
@given(loans(roll=Roll.MODIFIED_FOLLOWING, holiday_country="GB", instalments=24))
def test_rescheduling_what_is_outstanding_with_nothing_changed_changes_no_date(
    terms: LoanTerms,
) -> None:
    try:
        current = first_version(terms)
    except UnpayableTerms:
        return
    kept, rest = current.instalments[:9], current.instalments[9:]
    outstanding = total((row.principal for row in rest), terms.principal.currency)
    anew = reschedule(
        current,
        outstanding=outstanding,
        from_on=kept[-1].due_on,
        terms=terms,
        remaining=15,
        reason="part prepaid",
    )
    assert (anew.version, anew.reason) == (2, "part prepaid")
    assert anew.instalments[:9] == kept
    assert [row.due_on for row in anew.instalments] == [row.due_on for row in current.instalments]
    assert [row.number for row in anew.instalments] == list(range(1, 25))
    assert total((row.principal for row in anew.instalments), terms.principal.currency) == (
        terms.principal
    )


def test_a_prepayment_lowers_the_payments_that_are_left() -> None:
    """300,000 prepaid with the third payment; the rest over nine months is a loan of its own."""
    terms = loan()
    current = first_version(terms)
    outstanding = total((row.principal for row in current.instalments[3:]), "USD") - usd(300_000)
    anew = reschedule(
        current,
        outstanding=outstanding,
        from_on=date(2026, 4, 15),
        terms=terms,
        remaining=9,
        reason="prepayment",
    )
    left = replace(terms, principal=outstanding, instalments=9, first_due_on=date(2026, 5, 15))
    assert plain(anew.instalments[3:]) == oracle_rows(left)
    assert anew.instalments[3].amount < current.instalments[3].amount


def test_a_whole_schedule_anew_keeps_the_thirty_first() -> None:
    terms = loan(first_due_on=date(2026, 1, 31), instalments=6)
    anew = reschedule(
        first_version(terms),
        outstanding=usd(500_000),
        from_on=date(2026, 2, 28),
        terms=terms,
        remaining=3,
        reason="extension",
    )
    assert [row.due_on for row in anew.instalments[2:]] == [
        date(2026, 3, 31),
        date(2026, 4, 30),
        date(2026, 5, 31),
    ]
    assert anew.instalments[2].interest.minor == 5_000
    with pytest.raises(UnpayableTerms):
        reschedule(
            first_version(terms),
            outstanding=usd(0),
            from_on=date(2026, 2, 28),
            terms=terms,
            remaining=3,
            reason="nothing",
        )


def test_a_change_between_an_agreed_day_and_the_day_it_moved_to_keeps_that_day() -> None:
    """15 November 2026 is a Sunday: due on Monday the 16th, also when rescheduled on the 15th."""
    terms = loan(
        first_due_on=date(2026, 10, 15), roll=Roll.FOLLOWING, holiday_country="GB", instalments=3
    )
    anew = reschedule(
        first_version(terms),
        outstanding=usd(500_000),
        from_on=date(2026, 11, 15),
        terms=terms,
        remaining=2,
        reason="rate cut",
    )
    assert [row.due_on for row in anew.instalments] == [
        date(2026, 10, 15),
        date(2026, 11, 16),
        date(2026, 12, 15),
    ]
