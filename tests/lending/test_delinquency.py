"""Days past due, buckets and write-off proposals, against a loop over the days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.accounts import Product
from lending.delinquency import (
    DEFAULT_TABLE,
    DelinquencyBucket,
    DelinquencyTable,
    WriteOffLimits,
    days_past_due,
    write_off_due,
)
from lending.errors import InvalidDelinquencyTable, LendingError
from lending.holds import Hold, HoldKind, Suspended, is_suspended
from tests.lending.profiles import thorough
from tests.lending.test_holds import START, day, holds_, in_span, opened

DUE = day(10)


@pytest.mark.parametrize(
    ("since", "as_of", "late"),
    [
        (None, day(20), 0),
        (DUE, day(9), 0),
        (DUE, DUE, 0),
        (DUE, day(11), 1),
        (DUE, day(20), 10),
        (date(2028, 2, 28), date(2028, 3, 1), 2),
    ],
)
def test_the_day_after_the_due_date_is_the_first_that_counts(
    since: date | None, as_of: date, late: int
) -> None:
    assert days_past_due(since, as_of, []) == late


@pytest.mark.parametrize(
    ("from_on", "until_on", "late"),
    [
        (day(11), day(15), 6),  # 15th to 20th
        (day(1), day(11), 10),  # over before anything was late
        (day(1), day(12), 9),
        (day(20), day(25), 9),
        (day(21), None, 10),
        (day(1), None, 0),
    ],
)
def test_days_in_a_hold_do_not_count(from_on: date, until_on: date | None, late: int) -> None:
    hold = opened(from_on=from_on, until_on=until_on)
    assert days_past_due(DUE, day(20), [hold]) == late


def test_a_promise_does_not_stop_the_clock() -> None:
    hold = opened(kind=HoldKind.OPEN_PROMISE, from_on=day(11), until_on=day(15))
    assert days_past_due(DUE, day(20), [hold]) == 10


@thorough
@given(st.integers(0, 30), st.integers(0, 39), holds_())
def test_days_past_due_equal_a_loop_over_the_days(
    since: int, as_of: int, holds: list[Hold]
) -> None:
    late, today = 0, in_span(since)
    while today < in_span(as_of):
        today += timedelta(days=1)
        late += not is_suspended(holds, Suspended.DELINQUENCY, today)
    assert days_past_due(in_span(since), in_span(as_of), holds) == late


# Buckets


@pytest.mark.parametrize(
    ("late", "name"),
    [
        (0, "current"),
        (1, "1-29"),
        (29, "1-29"),
        (30, "30-59"),
        (59, "30-59"),
        (60, "60-89"),
        (89, "60-89"),
        (90, "90-119"),
        (119, "90-119"),
        (120, "120+"),
        (4000, "120+"),
    ],
)
def test_the_default_buckets(late: int, name: str) -> None:
    assert DEFAULT_TABLE.bucket_of(late).name == name


def table(*rows: tuple[str, int, int | None]) -> DelinquencyTable:
    return DelinquencyTable(
        buckets=tuple(
            DelinquencyBucket(name=name, from_days=first, to_days=last)
            for name, first, last in rows
        )
    )


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [("late", 1, None)],
        [("a", 0, 0), ("b", 2, None)],
        [("a", 0, 10), ("b", 10, None)],
        [("a", 0, 10), ("b", 5, 8), ("c", 9, None)],
        [("a", 0, None), ("b", 1, None)],
        [("a", 0, 0), ("b", 1, 29)],
        [("a", 0, 0), ("b", 1, 0), ("c", 1, None)],
        [("a", 0, 0), ("a", 1, None)],
        [("b", 1, None), ("a", 0, 0)],
    ],
    ids=[
        "empty",
        "does not begin at 0",
        "gap",
        "overlap",
        "contained",
        "endless in the middle",
        "no last",
        "ends before it begins",
        "same name",
        "out of order",
    ],
)
def test_a_table_with_gaps_overlaps_or_doubles_is_refused(
    rows: list[tuple[str, int, int | None]],
) -> None:
    with pytest.raises(InvalidDelinquencyTable) as refusal:
        table(*rows)
    assert refusal.value.hint


def test_days_below_zero_have_no_bucket() -> None:
    with pytest.raises(LendingError):
        DEFAULT_TABLE.bucket_of(-1)


@thorough
@given(st.lists(st.integers(1, 200), unique=True, max_size=6), st.integers(0, 300))
def test_every_day_has_exactly_one_bucket(cuts: list[int], late: int) -> None:
    starts = [0, *sorted(cuts)]
    ends = [start - 1 for start in starts[1:]]
    rows = [(f"from {s}", s, e) for s, e in zip(starts, [*ends, None], strict=True)]
    buckets = table(*rows)
    holding = [
        b
        for b in buckets.buckets
        if b.from_days <= late and (b.to_days is None or late <= b.to_days)
    ]
    assert holding == [buckets.bucket_of(late)]


# Writing off


@pytest.mark.parametrize(
    ("product", "late", "due"),
    [
        (Product.INSTALMENT_LOAN, 119, False),
        (Product.INSTALMENT_LOAN, 120, True),
        (Product.CREDIT_CARD, 179, False),
        (Product.CREDIT_CARD, 180, True),
    ],
)
def test_a_write_off_is_proposed_from_the_limit_of_the_product(
    product: Product, late: int, due: bool
) -> None:
    assert write_off_due(late, product, START, []) is due


@pytest.mark.parametrize("kind", HoldKind)
def test_a_write_off_is_never_proposed_inside_a_hold(kind: HoldKind) -> None:
    hold = opened(kind=kind, from_on=day(5), until_on=day(8))
    proposed = [
        d for d in range(4, 10) if write_off_due(500, Product.INSTALMENT_LOAN, day(d), [hold])
    ]
    assert proposed == [4, 8, 9]


def test_the_lender_can_set_the_limits() -> None:
    limits = WriteOffLimits(days={Product.INSTALMENT_LOAN: 90, Product.CREDIT_CARD: 150})
    assert write_off_due(90, Product.INSTALMENT_LOAN, START, [], limits)
    assert not write_off_due(149, Product.CREDIT_CARD, START, [], limits)


@pytest.mark.parametrize(
    "days",
    [
        {},
        {Product.INSTALMENT_LOAN: 90},
        {Product.INSTALMENT_LOAN: 90, Product.CREDIT_CARD: 0},
    ],
)
def test_limits_that_make_no_sense_are_refused(days: dict[Product, int]) -> None:
    with pytest.raises(InvalidDelinquencyTable):
        WriteOffLimits(days=days)
