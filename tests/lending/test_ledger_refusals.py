"""Every wrong posting is refused with an error of its own name, and nothing is booked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from lending.accounts import AccountStatus, EntryKind
from lending.amounts import exact
from lending.booking import book, catch_up
from lending.entries import Posting, Split
from lending.errors import (
    AccountClosed,
    AlreadyReversed,
    BadAllocation,
    BadAmount,
    BadKey,
    DatesOutOfOrder,
    KeyReused,
    LendingError,
    MoreThanCredit,
    MoreThanOwed,
    ReversalOfReversal,
    UnknownPosting,
    WrongCurrency,
    WrongExponent,
)
from lending.money import Money
from lending.terms import DEFAULT_ORDER, Allocation
from tests.lending.books import END, START, Books, loan_books, loan_terms, posting, usd

DAY = date(2026, 2, 1)


def books_with_payment() -> Books:
    books = loan_books()
    books.book(posting("paid", "repayment", DAY, 11_000))
    return books


def split(**parts: int) -> Split:
    return Split.of("USD", **parts)


REFUSED: list[tuple[Posting, type[LendingError]]] = [
    (posting("x", "repayment", DAY, 0), BadAmount),
    (posting("x", "repayment", DAY, -1), BadAmount),
    (replace(posting("x", "repayment", DAY, 1), amount=Money(1, "EUR")), WrongCurrency),
    (posting("x", "repayment", date(2025, 12, 31), 1), DatesOutOfOrder),
    (posting("x", "repayment", date(2026, 7, 1), 1), DatesOutOfOrder),
    (posting("", "repayment", DAY, 1), BadKey),
    (posting("x" * 101, "repayment", DAY, 1), BadKey),
    (posting("paid#2", "repayment", DAY, 1), BadKey),
    (posting("interest:1:1", "interest", DAY, 1), BadKey),
    (posting("paid", "repayment", DAY, 11_001), KeyReused),
    (posting("paid", "repayment", date(2026, 2, 2), 11_000), KeyReused),
    (posting("x", "reversal", DAY, 11_000, reverses="nobody"), UnknownPosting),
    (posting("x", "reversal", DAY, 11_000), UnknownPosting),
    (posting("x", "repayment", DAY, 1, reverses="paid"), UnknownPosting),
    (posting("x", "chargeback", DAY, 1, reverses="lent"), UnknownPosting),
    (posting("x", "chargeback", DAY, 11_001, reverses="paid"), AlreadyReversed),
    (posting("x", "reversal", DAY, 10_999, reverses="paid"), BadAmount),
    (posting("x", "reversal", date(2026, 1, 31), 11_000, reverses="paid"), DatesOutOfOrder),
    (posting("x", "refund", DAY, 1), MoreThanCredit),
    (posting("x", "waiver", date(2026, 1, 31), 1), MoreThanOwed),
    (posting("x", "capitalisation", date(2026, 1, 31), 1), MoreThanOwed),
    (posting("x", "write_off", DAY, 29_999), MoreThanOwed),
    (posting("x", "write_off", DAY, 30_001), MoreThanOwed),
    (posting("x", "recovery", DAY, 1), MoreThanOwed),
    (posting("x", "repayment", DAY, 5, split=split(principal=-4)), BadAmount),
    (posting("x", "repayment", DAY, 5, split=split(principal=-6, credit=-1)), BadAmount),
    (posting("x", "repayment", DAY, 5, split=split(principal=5)), BadAmount),
    (posting("x", "waiver", DAY, 5, split=split(interest=-4, credit=1)), BadAmount),
    (posting("x", "disbursement", DAY, 5, split=split(principal=6, fee=-1)), BadAmount),
    (posting("x", "capitalisation", DAY, 5, split=split(principal=5, fee=-4)), BadAmount),
    (posting("x", "write_off", DAY, 5, split=split(principal=-5)), BadAmount),
    (
        replace(posting("x", "repayment", DAY, 5), split=Split.of("EUR", principal=-5)),
        BadAmount,
    ),
]


@pytest.mark.parametrize(("wrong", "error"), REFUSED)
def test_a_wrong_posting_is_refused_by_name(wrong: Posting, error: type[LendingError]) -> None:
    books = books_with_payment()
    before = books.file
    with pytest.raises(error) as refused:
        books.book(wrong)
    assert type(refused.value) is error
    assert refused.value.hint
    assert books.file is before
    assert books.catch_up() == ()


def test_taking_back_twice_or_a_reversal_is_refused() -> None:
    books = books_with_payment()
    books.book(posting("back", "reversal", DAY, 11_000, reverses="paid"))
    with pytest.raises(AlreadyReversed):
        books.book(posting("x", "reversal", DAY, 11_000, reverses="paid"))
    with pytest.raises(AlreadyReversed):
        books.book(posting("x", "chargeback", DAY, 1, reverses="paid"))
    with pytest.raises(ReversalOfReversal):
        books.book(posting("x", "reversal", DAY, 11_000, reverses="back"))


def test_a_payment_charged_back_in_part_is_not_reversed_whole() -> None:
    books = books_with_payment()
    books.book(posting("cb1", "chargeback", DAY, 4_000, reverses="paid"))
    with pytest.raises(AlreadyReversed):
        books.book(posting("x", "reversal", DAY, 11_000, reverses="paid"))
    with pytest.raises(AlreadyReversed):
        books.book(posting("x", "chargeback", DAY, 7_001, reverses="paid"))
    assert books.book(posting("cb2", "chargeback", DAY, 7_000, reverses="paid"))


CLOSED = ("repayment", "disbursement", "purchase", "fee", "penalty", "interest", "waiver")


@pytest.mark.parametrize("kind", CLOSED)
@pytest.mark.parametrize("status", [AccountStatus.SETTLED, AccountStatus.WRITTEN_OFF])
def test_a_closed_account_takes_nothing_but_what_undoes(kind: str, status: AccountStatus) -> None:
    books = books_with_payment()
    books.file = replace(books.file, account=replace(books.file.account, status=status))
    with pytest.raises(AccountClosed):
        books.book(posting("x", kind, DAY, 1))
    assert books.book(posting("back", "reversal", DAY, 11_000, reverses="paid"))


@pytest.mark.parametrize("kind", [*CLOSED, "capitalisation"])
def test_after_a_write_off_money_is_a_recovery(kind: str) -> None:
    books = books_with_payment()
    books.book(posting("gone", "write_off", DAY, 30_000))
    with pytest.raises(AccountClosed):
        books.book(posting("x", kind, date(2026, 2, 2), 1))
    assert books.book(posting("x", "recovery", date(2026, 2, 2), 1))
    assert books.book(posting("earlier", "repayment", date(2026, 1, 20), 5_000))


def test_the_same_posting_again_books_nothing_whatever_its_note() -> None:
    books = books_with_payment()
    again = posting("paid", "repayment", DAY, 11_000, note="sent twice")
    assert books.book(again) == ()


def test_a_booking_time_without_a_zone_is_refused() -> None:
    books, naive = loan_books(), datetime(2026, 1, 1)
    with pytest.raises(LendingError):
        book(books.file, posting("x", "repayment", DAY, 1), today=END, booked_at=naive)
    with pytest.raises(LendingError):
        catch_up(books.file, through=END, booked_at=naive)


def test_terms_without_a_whole_order_book_nothing() -> None:
    books = books_with_payment()
    terms = loan_terms(allocation=Allocation(order=DEFAULT_ORDER[1:]))
    file = replace(books.file, account=replace(books.file.account, terms=terms))
    with pytest.raises(BadAllocation):
        book(file, posting("x", "repayment", DAY, 1), today=END, booked_at=START)


@pytest.mark.parametrize(
    ("text", "currency"), [("12.345", "USD"), ("1.5", "JPY"), ("0.0001", "KWD")]
)
def test_more_decimals_than_the_currency_has_are_refused(text: str, currency: str) -> None:
    with pytest.raises(WrongExponent):
        exact(Decimal(text), currency)


def test_exact_amounts_are_taken() -> None:
    assert exact(Decimal("12.340"), "USD") == usd(1_234)
    assert exact(Decimal("1E+3"), "JPY") == Money(1_000, "JPY")
    assert exact(Decimal("0.125"), "KWD") == Money(125, "KWD")


def test_every_kind_has_a_way_through_the_ledger() -> None:
    """Each kind is booked once on one loan; the balance follows by hand, in minor units."""
    books = loan_books(today=date(2026, 2, 20), terms=loan_terms(penalty_rate_bp=0, late_fee=None))
    told = [
        ("fee", date(2026, 1, 5), 700, None),  # fee 700
        ("penalty", date(2026, 1, 6), 300, None),  # penalty 300
        ("interest", date(2026, 1, 7), 200, None),  # interest 200, and 1,000 on 1 February
        ("waiver", date(2026, 1, 8), 100, None),  # the oldest first: fee 600
        ("capitalisation", date(2026, 1, 9), 600, None),  # fee 0, principal 40,600
        ("purchase", date(2026, 1, 10), 400, None),  # principal 41,000
        ("repayment", date(2026, 2, 2), 1_500, None),  # penalty 300, interest 200 + 1,000
        ("chargeback", date(2026, 2, 3), 500, "repayment"),  # interest 500 again
        ("write_off", date(2026, 2, 4), 41_500, None),
        ("recovery", date(2026, 2, 5), 1_000, None),
    ]
    for kind, on, minor, reverses in told:
        books.book(posting(kind, kind, on, minor, reverses=reverses))
    ledger = books.derived()
    assert ledger.balance == Split.zero("USD")
    assert ledger.written_off == usd(40_500)
    books.book(posting("back", "reversal", date(2026, 2, 6), 41_500, reverses="write_off"))
    assert books.derived().balance.owed == usd(40_500)
    assert not books.derived().is_written_off
    kinds = {entry.kind for entry in books.file.entries}
    assert kinds == set(EntryKind) - {EntryKind.REFUND}
