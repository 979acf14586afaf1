"""Ledgers worked by hand. 400.00 lent on 1 January, due 100.00 and interest on the first of each
month from February: 10.00, 8.00, 6.00, 4.00; late fee 5.00 after three days of grace; penalty
interest 36.5 % a year, which is a thousandth a day.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from lending.accounts import AccountStatus, Instalment, Schedule
from lending.balances import balances
from lending.entries import Split
from lending.errors import BadAmount
from lending.ledger import derive, status_of
from lending.ledger_types import DerivedLedger
from lending.loan_charges import LoanCharges
from lending.settlement import payoff_postings
from lending.terms import Allocation, Bucket, Component
from tests.lending.books import (
    DUE,
    OPENED,
    Books,
    NoCharges,
    card_books,
    hold,
    loan_books,
    loan_terms,
    minors,
    posting,
    schedule,
    usd,
)

FEB, MAR, APR, MAY = DUE
PLAIN = {"late_fee": None, "penalty_rate_bp": 0}


def lines_of(ledger: DerivedLedger) -> dict[str, tuple[int, int, int, int, int]]:
    return {line.key: minors(line.split) for line in ledger.lines}


def test_a_payment_on_the_due_date_pays_the_interest_charged_that_morning() -> None:
    books = loan_books(today=FEB)
    books.book(posting("p", "repayment", FEB, 11_000))
    assert lines_of(books.derived()) == {
        "lent": (40_000, 0, 0, 0, 0),
        "interest:1:1": (0, 1_000, 0, 0, 0),
        "p": (-10_000, -1_000, 0, 0, 0),
    }
    first, second, *_ = books.derived().instalments
    assert first.is_paid and first.left == usd(0)
    assert (second.principal_left, second.interest_left) == (usd(10_000), usd(800))


def test_interest_paid_in_advance_is_charged_early_and_not_again() -> None:
    """111.50 on 1 February: 110.00 for February, then 1.50 of March's interest of 8.00."""
    books = loan_books(today=MAR)
    books.book(posting("p", "repayment", FEB, 11_150))
    lines = lines_of(books.derived())
    assert lines["interest:1:2:early:p"] == (0, 150, 0, 0, 0)
    assert lines["p"] == (-10_000, -1_150, 0, 0, 0)
    assert lines["interest:1:2"] == (0, 650, 0, 0, 0)
    assert books.derived(FEB).balance == Split.of("USD", principal=30_000)


@pytest.mark.parametrize(
    ("horizontal", "paid"),
    [(False, (-9_892, -1_800, -1_000, -308, 0)), (True, (-10_392, -1_800, -500, -308, 0))],
)
def test_arrears_paid_vertically_and_horizontally(
    horizontal: bool, paid: tuple[int, int, int, int, int]
) -> None:
    """130.00 on 10 March (110.00 and 108.00 due, fees 5.00 twice, penalty 3.08 on 1 March).

    Vertical: penalty 3.08, fees 10.00, interest 18.00, principal the other 98.92.
    Horizontal: February 110.00; its late fee of 5 February, 5.00; then on 1 March penalty 3.08,
    interest 8.00 and 3.92 of principal.
    """
    terms = loan_terms(allocation=Allocation(horizontal=horizontal))
    books = loan_books(terms=terms, today=date(2026, 3, 10))
    books.book(posting("p", "repayment", date(2026, 3, 10), 13_000))
    lines = lines_of(books.derived())
    assert lines["penalty:2026-02-01:2026-03-01"] == (0, 0, 0, 308, 0)
    assert lines["p"] == paid


def test_a_payment_that_became_known_late_takes_the_late_fee_back() -> None:
    """Paid on 1 February, known on 10 March: the fee of 5 February and its penalty are cancelled,
    and what was known before stays known."""
    books = loan_books(today=date(2026, 3, 10))
    asked_at = books.now
    known = balances(books.file.entries, "USD", as_of=MAR)
    assert minors(known) == (40_000, 1_800, 500, 308, 0)
    new = books.book(posting("p", "repayment", FEB, 11_000))
    assert [row.idempotency_key for row in new] == [
        "cancel:late-fee:1:1",
        "cancel:penalty:2026-02-01:2026-03-01",
        "p",
    ]
    now = balances(books.file.entries, "USD", as_of=MAR)
    assert minors(now) == (30_000, 800, 0, 0, 0)
    assert balances(books.file.entries, "USD", as_of=MAR, known_at=asked_at) == known


def test_a_reversed_payment_is_owed_again_from_its_day() -> None:
    """Paid on 1 February, bounced on 20 February: no late fee (it was paid on the 5th), penalty
    interest for 9 days (20 to 28 February) on 110.00: 0.99."""
    books = loan_books(today=MAR)
    books.book(posting("p", "repayment", FEB, 11_000))
    books.book(posting("b", "reversal", date(2026, 2, 20), 11_000, reverses="p"))
    lines = lines_of(books.derived())
    assert lines["b"] == (10_000, 1_000, 0, 0, 0)
    assert lines["penalty:2026-02-01:2026-03-01"] == (0, 0, 0, 99, 0)
    assert minors(books.derived(date(2026, 2, 19)).balance) == (30_000, 0, 0, 0, 0)


def test_interest_charged_early_waits_again_when_its_payment_bounces() -> None:
    books = loan_books(today=MAR)
    books.book(posting("p", "repayment", FEB, 11_150))
    books.book(posting("b", "reversal", date(2026, 2, 3), 11_150, reverses="p"))
    assert minors(books.derived(date(2026, 2, 3)).balance) == (40_000, 1_000, 0, 0, 0)
    assert lines_of(books.derived())["interest:1:2"] == (0, 800, 0, 0, 0)


def test_overpayment_is_credit_that_later_charges_use_and_a_refund_pays_out() -> None:
    books = loan_books(terms=loan_terms(**PLAIN))
    books.book(posting("p", "repayment", MAY, 45_000))
    assert minors(books.derived().balance) == (0, 0, 0, 0, 45_000 - 42_800)
    assert status_of(books.file.account, books.derived()) is AccountStatus.ACTIVE
    books.book(posting("f", "fee", date(2026, 5, 2), 700))
    assert lines_of(books.derived())["credit:f"] == (0, 0, -700, 0, -700)
    books.book(posting("out", "refund", date(2026, 5, 3), 1_500))
    assert minors(books.derived().balance) == (0, 0, 0, 0, 0)
    assert status_of(books.file.account, books.derived()) is AccountStatus.SETTLED


def test_a_bounce_after_the_refund_is_principal_due_at_once() -> None:
    """45.00 over: 7.00 used for a fee, 38.00 paid out, then the payment bounces: the loan and the
    fee are owed again, and 38.00 that the borrower holds."""
    books = loan_books(terms=loan_terms(**PLAIN))
    books.book(posting("p", "repayment", MAY, 47_300))
    books.book(posting("f", "fee", date(2026, 5, 2), 700))
    books.book(posting("out", "refund", date(2026, 5, 3), 3_800))
    books.book(posting("b", "reversal", date(2026, 5, 4), 47_300, reverses="p"))
    assert minors(books.derived().balance) == (40_000 + 3_800, 2_800, 700, 0, 0)
    assert lines_of(books.derived())["b"] == (43_800, 2_800, 700, 0, 0)


def test_a_chargeback_takes_back_the_newest_use_of_the_payment_first() -> None:
    books = loan_books(terms=loan_terms(**PLAIN), today=date(2026, 2, 10))
    books.book(posting("p", "repayment", FEB, 11_000))
    books.book(posting("c", "chargeback", date(2026, 2, 10), 10_500, reverses="p"))
    assert lines_of(books.derived())["c"] == (10_000, 500, 0, 0, 0)
    assert [(i.component.value, i.due_on, i.left.minor) for i in books.derived().open_items][
        :2
    ] == [
        ("interest", FEB, 500),
        ("principal", FEB, 10_000),
    ]


def test_a_fee_taken_back_after_it_was_paid_pays_something_else() -> None:
    books = loan_books(terms=loan_terms(**PLAIN), today=date(2026, 2, 10))
    books.book(posting("f", "fee", FEB, 700))
    books.book(posting("p", "repayment", FEB, 11_700))
    books.book(posting("sorry", "reversal", date(2026, 2, 2), 700, reverses="f"))
    assert minors(books.derived().balance) == (29_300, 0, 0, 0, 0)


def test_a_recovery_brings_back_what_it_pays_and_goes_with_its_bounce() -> None:
    books = loan_books(terms=loan_terms(**PLAIN), today=MAY)
    books.book(posting("gone", "write_off", FEB, 41_000))
    books.book(posting("r", "recovery", MAR, 1_500))
    ledger = books.derived()
    assert minors(ledger.balance) == (0, 0, 0, 0, 0)
    assert (ledger.written_off, ledger.is_written_off) == (usd(39_500), True)
    assert status_of(books.file.account, ledger) is AccountStatus.WRITTEN_OFF
    assert lines_of(ledger)["revived:r"] == (500, 1_000, 0, 0, 0)
    books.book(posting("b", "reversal", APR, 1_500, reverses="r"))
    assert books.derived().written_off == usd(41_000)
    assert minors(books.derived().balance) == (0, 0, 0, 0, 0)


def test_nothing_is_charged_after_a_write_off() -> None:
    books = loan_books()
    books.book(posting("gone", "write_off", FEB, 41_000))
    assert {line.key for line in books.derived().lines} == {"lent", "interest:1:1", "gone"}


def test_the_lenders_own_split_is_kept() -> None:
    books = loan_books(today=FEB)
    told = Split.of("USD", principal=-3_000, interest=-100, credit=20)
    books.book(posting("p", "repayment", FEB, 3_120, split=told))
    assert lines_of(books.derived())["p"] == (-3_000, -100, 0, 0, 20)


def test_a_split_and_what_is_over_charge_interest_early_in_one_line() -> None:
    """On 20 January, 1.00 to interest as told, and 3.00 to a fee that is not there: by our order
    they pay interest of 1 February too."""
    books = loan_books(today=FEB)
    told = Split.of("USD", interest=-100, fee=-300)
    books.book(posting("p", "repayment", date(2026, 1, 20), 400, split=told))
    assert lines_of(books.derived())["interest:1:1:early:p"] == (0, 400, 0, 0, 0)
    assert lines_of(books.derived())["interest:1:1"] == (0, 600, 0, 0, 0)
    assert books.catch_up() == ()


def test_a_split_that_no_longer_fits_pays_in_our_order() -> None:
    """Ten of a fee that is taken back before: they pay interest."""
    books = loan_books(today=FEB)
    books.book(posting("f", "fee", OPENED, 10))
    books.book(posting("p", "repayment", FEB, 10, split=Split.of("USD", fee=-10)))
    books.book(posting("w", "waiver", date(2026, 1, 20), 10))
    assert lines_of(books.derived())["p"] == (0, -10, 0, 0, 0)


def test_a_new_schedule_takes_over_what_is_owed_from_its_day() -> None:
    """March is unpaid; from 10 March 300.00 are due on 10 April and 10 May instead."""
    rows = tuple(
        Instalment(number=n, due_on=on, principal=usd(15_000), interest=usd(700))
        for n, on in ((1, date(2026, 4, 10)), (2, date(2026, 5, 10)))
    )
    second = Schedule(version=2, reason="plan", instalments=rows, from_on=date(2026, 3, 10))
    books = loan_books(terms=loan_terms(**PLAIN))
    schedules = (schedule(), second)
    books.file = replace(
        books.file, schedules=schedules, rules=LoanCharges(loan_terms(**PLAIN), schedules)
    )
    books.book(posting("p", "repayment", FEB, 11_000))
    ledger = books.derived(date(2026, 3, 10))
    assert [(r.version, r.instalment.number, r.left.minor) for r in ledger.instalments] == [
        (1, 1, 0),
        (1, 2, 800),
        (2, 1, 15_700),
        (2, 2, 15_700),
    ]
    assert minors(books.derived().balance) == (30_000, 800 + 1_400, 0, 0, 0)
    assert balances(books.file.entries, "USD", as_of=books.today) == books.derived().balance


def test_a_smaller_new_schedule_leaves_the_oldest_arrears_where_they_are() -> None:
    rows = (Instalment(number=3, due_on=APR, principal=usd(35_000), interest=usd(700)),)
    second = Schedule(version=2, reason="plan", instalments=rows, from_on=date(2026, 3, 10))
    schedules, terms = (schedule(), second), loan_terms(**PLAIN)
    ledger = derive(
        loan_books().file.account,
        rules=LoanCharges(terms, schedules),
        schedules=schedules,
        postings=(posting("lent", "disbursement", OPENED, 40_000),),
        through=date(2026, 3, 10),
    )
    assert [row.principal_left.minor for row in ledger.instalments] == [5_000, 0, 35_000]


def test_principal_paid_ahead_of_interest_leaves_none_to_be_charged() -> None:
    """An order that pays principal in advance first: with 400.00 on 10 January the loan is done."""
    order = tuple((bucket, c) for bucket in Bucket for c in reversed(Component))
    terms = loan_terms(allocation=Allocation(order=order, horizontal=False))
    books = loan_books(terms=terms)
    books.book(posting("p", "repayment", date(2026, 1, 10), 40_000))
    assert lines_of(books.derived()) == {
        "lent": (40_000, 0, 0, 0, 0),
        "p": (-40_000, 0, 0, 0, 0),
    }
    assert status_of(books.file.account, books.derived()) is AccountStatus.SETTLED


def test_a_payoff_clears_the_loan_with_the_interest_accrued_so_far() -> None:
    """10 February: 300.00 left after the first instalment, 2.57 accrued since; 0.43 too much."""
    books, on = loan_books(), date(2026, 2, 10)
    books.book(posting("p", "repayment", FEB, 11_000))
    told = payoff_postings(
        books.derived(on), key="all", on=on, accrued=usd(257), amount=usd(30_300)
    )
    for each in told:
        books.book(each)
    assert lines_of(books.derived())["all"] == (-30_000, -257, 0, 0, 43)
    assert minors(books.derived().balance) == (0, 0, 0, 0, 43)
    assert all(row.is_paid for row in books.derived().instalments)
    with pytest.raises(BadAmount):
        payoff_postings(books.derived(FEB), key="x", on=FEB, accrued=usd(1), amount=usd(30_000))


def test_interest_stands_still_for_the_days_of_a_hold() -> None:
    """14 of February's 28 days are held: of March's 8.00 interest 4.00 is left."""
    books = loan_books(holds=[hold(date(2026, 2, 5), date(2026, 2, 19))], today=MAR)
    assert lines_of(books.derived())["interest:1:2"] == (0, 400, 0, 0, 0)


def test_a_cards_credit_pays_the_next_purchase() -> None:
    books = card_books(NoCharges())
    books.book(posting("p", "repayment", date(2026, 1, 3), 5_000))
    books.book(posting("b", "purchase", date(2026, 1, 4), 7_000))
    assert minors(books.derived().balance) == (2_000, 0, 0, 0, 0)
    (item,) = books.derived().open_items
    assert item.due_on == date(2026, 2, 5)  # closed on 15 January, due 21 days later


def test_a_cards_purchase_on_the_closing_day_is_in_that_statement_and_in_its_interest() -> None:
    books: Books = card_books()
    books.book(posting("b", "purchase", date(2026, 1, 15), 10_000))
    assert lines_of(books.derived(date(2026, 1, 15)))["interest:2026-01-15"] == (0, 100, 0, 0, 0)
    assert {item.due_on for item in books.derived(date(2026, 1, 15)).open_items} == {
        date(2026, 2, 5)
    }
