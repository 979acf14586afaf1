"""Which debts money pays, worked by hand."""

from __future__ import annotations

from datetime import date

import pytest

from lending.allocation import OpenItem, allocate
from lending.errors import BadAllocation, BadAmount, CurrencyMismatch
from lending.money import Money
from lending.terms import DEFAULT_ORDER, Allocation, Bucket, Component
from tests.lending.books import usd

JAN, FEB, MAR = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


def item(component: str, due_on: date, left: int) -> OpenItem:
    return OpenItem(component=Component(component), due_on=due_on, left=usd(left))


OWED = (
    item("principal", JAN, 100),
    item("interest", JAN, 10),
    item("fee", JAN, 5),
    item("principal", FEB, 100),
    item("interest", FEB, 9),
    item("penalty", FEB, 3),
    item("principal", MAR, 100),
    item("interest", MAR, 8),
)


def paid(amount: int, on: date, allocation: Allocation) -> tuple[list[tuple[str, int, int]], int]:
    parts, rest = allocate(usd(amount), OWED, on, allocation)
    return [
        (p.item.component.value, p.item.due_on.month, p.amount.minor) for p in parts
    ], rest.minor


def test_horizontal_finishes_the_oldest_due_date_before_the_next() -> None:
    """120 on 15 February: January is due 5 + 10 + 100 = 115 in the order fee, interest, principal;
    the last 5 go to February: penalty 3, then 2 of the interest."""
    assert paid(120, date(2026, 2, 15), Allocation()) == (
        [
            ("fee", 1, 5),
            ("interest", 1, 10),
            ("principal", 1, 100),
            ("penalty", 2, 3),
            ("interest", 2, 2),
        ],
        0,
    )


def test_vertical_finishes_one_component_before_the_next() -> None:
    """120 on 15 February: penalty 3, fee 5, interest 10 + 9 = 27 in all; 93 go to January's
    principal."""
    assert paid(120, date(2026, 2, 15), Allocation(horizontal=False)) == (
        [
            ("penalty", 2, 3),
            ("fee", 1, 5),
            ("interest", 1, 10),
            ("interest", 2, 9),
            ("principal", 1, 93),
        ],
        0,
    )


def test_due_today_comes_after_past_due_and_before_in_advance() -> None:
    """230 on 1 February: January 115, February (due today) 3 + 9 + 100 = 112, and 3 of March."""
    parts, rest = paid(230, FEB, Allocation())
    assert parts[3:] == [
        ("penalty", 2, 3),
        ("interest", 2, 9),
        ("principal", 2, 100),
        ("interest", 3, 3),
    ]
    assert rest == 0


def test_an_order_of_the_lenders_own() -> None:
    """Principal first within each bucket, in advance before past due."""
    buckets = (Bucket.IN_ADVANCE, Bucket.PAST_DUE, Bucket.DUE)
    order = tuple((b, c) for b in buckets for c in reversed(Component))
    assert paid(112, date(2026, 2, 15), Allocation(order=order))[0] == [
        ("principal", 3, 100),
        ("interest", 3, 8),
        ("principal", 1, 4),
    ]


def test_what_nothing_is_owed_for_is_left_over() -> None:
    parts, rest = paid(1_000, MAR, Allocation())
    assert sum(minor for _, _, minor in parts) == 335
    assert rest == 665


@pytest.mark.parametrize(
    "order", [(), DEFAULT_ORDER[:11], (*DEFAULT_ORDER, DEFAULT_ORDER[0]), DEFAULT_ORDER[:1] * 12]
)
def test_an_order_without_each_slot_once_is_refused(order: tuple[object, ...]) -> None:
    with pytest.raises(BadAllocation) as refused:
        allocate(usd(1), OWED, FEB, Allocation(order=order))  # type: ignore[arg-type]
    assert refused.value.hint


def test_nothing_and_other_currencies_are_refused() -> None:
    with pytest.raises(BadAmount):
        allocate(usd(0), OWED, FEB, Allocation())
    with pytest.raises(CurrencyMismatch):
        allocate(Money(5, "EUR"), OWED, FEB, Allocation())
