"""Cards worked by hand. The rate is a thousandth a day, so 1,000.00 costs 1.00 a day.

The card is opened on 1 January 2026. Statements close on 25 January, 25 February, 25 March and
25 April; they are due on 14 February, 17 March, 14 April. The cycles after the first have 31, 28
and 31 days. A minimum is 5 % of the balance, at least 25.00; a late fee is 15.00.
"""

from datetime import date

import pytest

from lending.accounts import EntryKind
from lending.card_statement import minimum_due, statements
from lending.entries import Posting
from lending.holds import Suspended
from lending.money import Money
from lending.terms import CardTerms, LateFee, Rounding, RoundingMode
from tests.lending.card_walker import (
    OPENED,
    buy,
    card,
    charges,
    hold,
    pay,
    refund,
    take_back,
    walk,
)

JAN10, FEB10, FEB14, FEB15 = (
    date(2026, 1, 10),
    date(2026, 2, 10),
    date(2026, 2, 14),
    date(2026, 2, 15),
)
FEB25, MAR25, APR25 = date(2026, 2, 25), date(2026, 3, 25), date(2026, 4, 25)


def asked(terms: CardTerms, *postings: Posting, through: date = APR25) -> list[tuple[int, int]]:
    """Balance and minimum of each statement, in minor units."""
    lines = walk(terms, postings, through)
    found = statements(terms, OPENED, lines, through)
    return [(statement.balance.minor, statement.minimum_due.minor) for statement in found]


def test_who_pays_in_full_in_time_never_pays_interest() -> None:
    """Purchases on the closing day and after it, the second payment on the due day itself."""
    postings = (
        buy(JAN10, 90_000),
        buy(date(2026, 1, 25), 10_000),
        buy(date(2026, 1, 26), 50_000),
        pay(FEB10, 100_000),
        pay(date(2026, 3, 17), 50_000),
    )
    assert charges(walk(card(), postings, APR25)) == {}
    assert asked(card(), *postings) == [(100_000, 5_000), (50_000, 2_500), (0, 0), (0, 0)]


def test_who_revolves_pays_for_each_day() -> None:
    """Of 1,000.00 due on 14 February 400.00 come on the 10th: 600.00 revolve.

    February: 600.00 x 31 days = 18.60 (what was paid in time bears nothing), and a purchase of
    100.00 on the 16th, 10 days to the 25th = 1.00; together 19.60. The statement is 719.60, its
    minimum 35.98. March: 319.60 on the 10th pay the interest of 19.60 and 300.00 of principal:
    700.00 x 12 days (26 February to 9 March) = 8.40, 400.00 x 16 days = 6.40; together 14.80.
    """
    postings = (
        buy(JAN10, 100_000),
        pay(FEB10, 40_000),
        buy(date(2026, 2, 16), 10_000),
        pay(date(2026, 3, 10), 31_960),
    )
    lines = walk(card(), postings, MAR25)
    assert charges(lines) == {"interest:2026-02-25": 1_960, "interest:2026-03-25": 1_480}
    assert asked(card(), *postings, through=MAR25) == [
        (100_000, 5_000),
        (71_960, 3_598),
        (41_480, 2_500),
    ]


def test_a_purchase_on_the_closing_day_bears_one_day_out_of_grace() -> None:
    """600.00 x 31 days = 18.60 and 100.00 x 1 day = 0.10."""
    postings = (buy(JAN10, 100_000), pay(FEB10, 40_000), buy(FEB25, 10_000))
    assert charges(walk(card(), postings, FEB25)) == {"interest:2026-02-25": 1_870}


def test_residual_interest_comes_after_the_full_payment_and_grace_is_back() -> None:
    """600.00 revolve in February: 18.60. The statement of 618.60 is paid in full on 12 March, in
    time: 600.00 x 14 days (26 February to 11 March) = 8.40 is left over; the purchase of 1 March
    bears nothing. The statement of 308.40 is paid on its due day: nothing more, ever.
    """
    postings = (
        buy(JAN10, 100_000),
        pay(FEB10, 40_000),
        buy(date(2026, 3, 1), 30_000),
        pay(date(2026, 3, 12), 61_860),
        buy(date(2026, 4, 2), 5_000),
        pay(date(2026, 4, 14), 30_840),
        pay(date(2026, 5, 15), 5_000),
    )
    lines = walk(card(), postings, date(2026, 8, 1))
    assert charges(lines) == {"interest:2026-02-25": 1_860, "interest:2026-03-25": 840}
    assert asked(card(), *postings)[2:] == [(30_840, 2_500), (5_000, 2_500)]


def test_paying_in_full_but_late_costs_the_days_until_then() -> None:
    """1,000.00 due on 14 February come on the 20th: 25 days (26 January to 19 February) = 25.00.

    That statement of 25.00 is paid in time: the purchase of 27 February bears nothing, nor does
    the interest. With a late fee of 15.00 on the 15th, 15.00 of principal stay: 6 days = 0.09.
    """
    postings = (
        buy(JAN10, 100_000),
        pay(date(2026, 2, 20), 98_500),
        pay(date(2026, 2, 20), 1_500, "rest"),
        buy(date(2026, 2, 27), 20_000),
        pay(date(2026, 3, 17), 4_000),
        pay(date(2026, 4, 14), 20_000),
    )
    lines = walk(card(), postings, FEB25)
    assert charges(lines) == {"late-fee:2026-01-25": 1_500, "interest:2026-02-25": 2_509}
    no_fee = card(late_fee=None)
    assert charges(walk(no_fee, postings, APR25)) == {"interest:2026-02-25": 2_500}
    assert asked(no_fee, *postings)[1] == (2_500, 2_500)


@pytest.mark.parametrize(
    ("grace_days", "paid_on", "fee"),
    [
        (0, FEB14, False),
        (0, FEB15, True),
        (3, date(2026, 2, 17), False),
        (3, date(2026, 2, 18), True),
    ],
)
def test_the_last_day_in_time(grace_days: int, paid_on: date, fee: bool) -> None:
    """A payment in full on that day keeps grace too; a day later it costs fee and interest."""
    terms = card(grace_days=grace_days)
    booked = charges(walk(terms, (buy(JAN10, 100_000), pay(paid_on, 100_000)), FEB25))
    assert ("late-fee:2026-01-25" in booked) is fee
    assert ("interest:2026-02-25" in booked) is fee


def test_a_late_fee_is_on_what_is_unpaid_of_the_minimum() -> None:
    """The minimum is 50.00; 20.00 came; 10.00 plus 10 % of 30.00 = 13.00, as a penalty; cap 12.00."""
    fee = LateFee(flat=Money(1_000, "USD"), rate_bp=1_000, as_penalty=True)
    postings = (buy(JAN10, 100_000), pay(FEB14, 2_000))
    lines = walk(card(late_fee=fee), postings, FEB15)
    assert charges(lines) == {"late-fee:2026-01-25": 1_300}
    assert lines[-1].kind is EntryKind.PENALTY
    capped = LateFee(flat=Money(1_000, "USD"), rate_bp=1_000, cap=Money(1_200, "USD"))
    assert charges(walk(card(late_fee=capped), postings, FEB15))["late-fee:2026-01-25"] == 1_200


def test_a_payment_taken_back_before_the_due_day_does_not_count() -> None:
    """Paid on 10 February, taken back on the 13th: late fee 15.00. Interest: 1,000.00 on 15 days to
    9 February and 13 days from the 13th = 28.00. The next minimum is 5 % of 1,043.00 = 52.15 and
    the 50.00 that are overdue.
    """
    payment = pay(FEB10, 100_000)
    postings = (buy(JAN10, 100_000), payment, take_back(date(2026, 2, 13), payment))
    booked = charges(walk(card(), postings, FEB25))
    assert booked == {"late-fee:2026-01-25": 1_500, "interest:2026-02-25": 2_800}
    assert asked(card(), *postings, through=FEB25)[1] == (104_300, 10_215)


def test_a_payment_taken_back_in_a_later_cycle_costs_interest_from_that_day() -> None:
    """Taken back on 2 March: 24 days to the 25th = 24.00; earlier statements stand."""
    payment = pay(FEB10, 100_000)
    postings = (buy(JAN10, 100_000), payment, take_back(date(2026, 3, 2), payment))
    assert charges(walk(card(), postings, MAR25)) == {"interest:2026-03-25": 2_400}
    assert asked(card(), *postings, through=MAR25) == [(100_000, 5_000), (0, 0), (102_400, 5_120)]


def test_a_refund_of_a_purchase_counts_towards_its_statement_only() -> None:
    """1,200.00 are due; 200.00 are refunded and 1,000.00 paid: in full. The refund of something
    bought after the statement does not count: 100.00 of 1,200.00 stay, 31 days = 3.10, and the
    purchase bore interest from 28 January to 4 February, 8 days = 0.80.
    """
    old, new = buy(JAN10, 20_000, "old"), buy(date(2026, 1, 28), 10_000, "new")
    before = (buy(JAN10, 100_000, "rest"), old, new)
    refunded = take_back(date(2026, 2, 5), old)
    assert charges(walk(card(), (*before, refunded, pay(FEB14, 100_000)), FEB25)) == {}
    short = (take_back(date(2026, 2, 5), new), pay(FEB14, 110_000))
    assert charges(walk(card(), (*before, *short), FEB25)) == {"interest:2026-02-25": 390}


def test_a_credit_asks_for_nothing_and_can_be_paid_out() -> None:
    postings = (
        buy(JAN10, 100_000),
        pay(FEB10, 110_000),
        refund(date(2026, 3, 1), 10_000),
    )
    assert asked(card(), *postings) == [(100_000, 5_000), (-10_000, 0), (0, 0), (0, 0)]
    assert charges(walk(card(), postings, APR25)) == {}


def test_a_leap_day_is_a_day_and_the_year_has_365() -> None:
    """1,000.00 from 1 to 29 February 2028, the 31st being lacking: 29.00."""
    terms = card(statement_day=31, late_fee=None)
    opened = date(2028, 1, 1)
    lines = walk(terms, (buy(date(2028, 1, 31), 100_000),), date(2028, 2, 29), opened_on=opened)
    assert charges(lines) == {"interest:2028-02-29": 2_900}


@pytest.mark.parametrize(
    ("currency", "minor", "rounding", "interest"),
    [
        ("JPY", 12_345, Rounding(), 383),  # 12,345 x 31 / 1000 = 382.695
        ("KWD", 1_234_500, Rounding(), 38_270),  # 38,269.5 goes to the even 38,270
        ("KWD", 1_234_500, Rounding(mode=RoundingMode.DOWN), 38_269),
        ("CHF", 12_345, Rounding(step=5), 385),
        ("INR", 123_450, Rounding(step=100, mode=RoundingMode.UP), 3_900),  # 3,826.95
    ],
)
def test_every_exponent_and_rounding(
    currency: str, minor: int, rounding: Rounding, interest: int
) -> None:
    terms = card(currency, rounding=rounding, late_fee=None)
    lines = walk(terms, (buy(JAN10, minor, currency=currency),), FEB25)
    assert charges(lines) == {"interest:2026-02-25": interest}


def test_a_hold_over_the_late_fee_day_stops_the_fee_for_good() -> None:
    postings = (buy(JAN10, 100_000),)
    held = hold(FEB15, date(2026, 2, 16), Suspended.LATE_FEES)
    assert charges(walk(card(), postings, FEB25, holds=(held,))) == {"interest:2026-02-25": 3_100}
    other = hold(FEB14, FEB15, Suspended.LATE_FEES)
    assert "late-fee:2026-01-25" in charges(walk(card(), postings, FEB25, holds=(other,)))


def test_a_hold_over_days_of_interest_leaves_those_days_out() -> None:
    """The first hold takes 1 to 10 February, the second adds the 11th and 12th: of 31 days 19 are
    left = 19.00. A hold on fees changes no interest.
    """
    first = hold(date(2026, 2, 1), date(2026, 2, 11), Suspended.INTEREST)
    second = hold(date(2026, 2, 8), date(2026, 2, 13), Suspended.INTEREST)
    fees = hold(OPENED, None, Suspended.LATE_FEES, Suspended.PENALTY_INTEREST)
    booked = charges(walk(card(), (buy(JAN10, 100_000),), FEB25, holds=(first, second, fees)))
    assert booked == {"interest:2026-02-25": 1_900}


def test_the_minimum_by_its_parts() -> None:
    """Floor 25.00 or 5 %, plus overdue, plus charges where the terms add them, within the balance."""

    def least(terms: CardTerms, balance: int, overdue: int = 0, charges_: int = 0) -> int:
        parts = (Money(balance, "USD"), Money(overdue, "USD"), Money(charges_, "USD"))
        return minimum_due(terms, balance=parts[0], overdue=parts[1], charges=parts[2]).minor

    adds = card(minimum_adds_charges=True)
    assert least(card(), 100_000) == 5_000
    assert least(card(), 10_000) == 2_500
    assert least(card(), 1_999) == 1_999
    assert least(card(), 100_000, 4_000, 1_960) == 9_000
    assert least(adds, 100_000, 4_000, 1_960) == 10_960
    assert least(adds, 6_000, 4_000, 1_960) == 6_000
    assert least(card(), 0) == least(card(), -500) == 0
    assert least(card(rounding=Rounding(step=100, mode=RoundingMode.UP)), 100_001) == 5_100
    assert least(card(), 50_010) == 2_500  # 2,500.5 goes to the even


def test_the_statement_adds_the_charges_of_its_cycle() -> None:
    """February charges 31.00 and the fee of 15.00: 5 % of 1,046.00 = 52.30, 50.00 overdue, 46.00.

    15.00 on 20 February pay the fee, which is not asked for again: 5 % of 1,031.00 = 51.55,
    35.00 of the first minimum are overdue, interest 31.00.
    """
    terms = card(minimum_adds_charges=True)
    assert asked(terms, buy(JAN10, 100_000), through=FEB25)[1] == (104_600, 14_830)
    paid = (buy(JAN10, 100_000), pay(date(2026, 2, 20), 1_500))
    assert asked(terms, *paid, through=FEB25)[1] == (103_100, 5_155 + 3_500 + 3_100)


def test_residual_interest_ends_with_the_full_payment_even_if_part_of_it_paid_a_new_fee() -> None:
    """Nothing is paid until 10 March; with 15 days of grace the fee for January comes on 2 March.

    February: 1,000.00 x 31 days = 31.00. The statement of 1,031.00 is paid in full: 12 days to
    9 March = 12.00. 15.00 of it went to the fee, so as much principal stays, but it is not overdue
    and bears nothing.
    """
    postings = (buy(JAN10, 100_000), pay(date(2026, 3, 10), 103_100))
    assert charges(walk(card(grace_days=15), postings, MAR25)) == {
        "interest:2026-02-25": 3_100,
        "late-fee:2026-01-25": 1_500,
        "interest:2026-03-25": 1_200,
    }


def test_a_refund_of_a_new_purchase_lowers_no_residual_interest() -> None:
    """As above, 600.00 x 14 days = 8.40, with 300.00 bought on 1 and refunded on 4 March."""
    new = buy(date(2026, 3, 1), 30_000)
    postings = (
        buy(JAN10, 100_000),
        pay(FEB10, 40_000),
        new,
        take_back(date(2026, 3, 4), new),
        pay(date(2026, 3, 12), 61_860),
    )
    assert charges(walk(card(), postings, MAR25))["interest:2026-03-25"] == 840


def test_days_of_grace_after_the_next_closing_keep_the_fee_away_but_not_interest() -> None:
    """Due on 19 February with grace until 1 March; paid on 28 February: 31.00 for February, and no
    late fee. In March two days of 1,000.00 = 2.00; 31.00 of the payment were interest, so as much
    principal stays for 26 days = 0.806.
    """
    terms = card(due_days=25, grace_days=10)
    postings = (buy(JAN10, 100_000), pay(date(2026, 2, 28), 100_000))
    booked = charges(walk(terms, postings, MAR25))
    assert booked == {"interest:2026-02-25": 3_100, "interest:2026-03-25": 281}
