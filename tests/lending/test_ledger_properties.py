"""The ledger under any order of postings, reversals, backdating, replays and holds."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.accounts import EntryKind, Instalment, Schedule
from lending.allocation import OpenItem
from lending.balances import balances
from lending.booking import active_entries, split_of
from lending.entries import Derived, Part, Posting, Split
from lending.errors import KeyReused, LendingError
from lending.holds import Suspended
from lending.loan_charges import LoanCharges
from lending.terms import DEFAULT_ORDER, Allocation, Component
from tests.lending.books import (
    END,
    OPENED,
    Books,
    card_books,
    hold,
    loan_books,
    loan_terms,
    minors,
    posting,
    schedule,
    usd,
)
from tests.lending.profiles import thorough

PAYS = ("repayment", "repayment", "repayment", "recovery")
KINDS = (
    *PAYS,
    *("purchase", "disbursement", "fee", "penalty", "interest", "waiver", "capitalisation"),
    *("reversal", "reversal", "reversal", "chargeback", "refund", "write_off"),
)


class Op(NamedTuple):
    kind: str
    day: int
    minor: int
    target: int


ops = st.lists(
    st.builds(
        Op,
        st.sampled_from(KINDS),
        st.integers(0, (END - OPENED).days),
        st.one_of(st.integers(1, 3_000), st.sampled_from([11_000, 10_800, 20_000, 50_000])),
        st.integers(0, 20),
    ),
    min_size=1,
    max_size=9,
)
orders = st.builds(
    lambda order, horizontal: Allocation(order=tuple(order), horizontal=horizontal),
    st.one_of(st.just(DEFAULT_ORDER), st.permutations(DEFAULT_ORDER)),
    st.booleans(),
)

ROWS = st.lists(
    st.tuples(st.integers(1, 40), st.integers(0, 20_000), st.integers(0, 2_000)),
    min_size=1,
    max_size=5,
)


@st.composite
def second_version(draw: st.DrawFn) -> Schedule:
    """A plan from some day on, for whatever principal: it need not be what is owed."""
    from_on = due_on = OPENED + timedelta(days=draw(st.integers(1, 150)))
    rows = []
    for number, (days, principal, interest) in enumerate(draw(ROWS), start=1):
        due_on += timedelta(days=days)
        row = {"principal": usd(principal), "interest": usd(interest)}
        rows.append(Instalment(number=number, due_on=due_on, **row))
    return Schedule(version=2, reason="plan", instalments=tuple(rows), from_on=from_on)


versions = st.one_of(st.just((schedule(),)), st.tuples(st.just(schedule()), second_version()))


@st.composite
def empty_books(draw: st.DrawFn) -> Books:
    if draw(st.booleans()):
        return card_books()
    start = draw(st.integers(0, 150))
    length = draw(st.one_of(st.none(), st.integers(1, 60)))
    from_on = OPENED + timedelta(days=start)
    until = None if length is None else from_on + timedelta(days=length)
    holds = [hold(from_on, until, *draw(st.sets(st.sampled_from(list(Suspended)), min_size=1)))]
    terms = loan_terms(allocation=draw(orders))
    return loan_books(
        terms=terms, holds=holds if draw(st.booleans()) else (), schedules=draw(versions)
    )


def as_posting(books: Books, number: int, op: Op) -> Posting:
    """The posting that an operation means for these books; it may well be refused."""
    on, minor, reverses = OPENED + timedelta(days=op.day), op.minor, None
    known = books.file.postings
    if op.kind in ("reversal", "chargeback") and known:
        target = known[op.target % len(known)]
        reverses = target.key if op.kind == "reversal" or op.target % 3 else None
        on = max(on, target.effective_on)
        minor = target.amount.minor if op.kind == "reversal" else min(minor, target.amount.minor)
    if op.kind == "write_off":
        minor = max(books.derived(on).balance.owed.minor, 1)
    if op.kind == "refund":
        minor = max(min(minor, books.derived(on).balance.credit.minor), 1)
    split = None
    if op.target % 5 == 4 and op.kind in ("repayment", "waiver"):
        third = minor // 3
        split = Split.of("USD", principal=third - minor, interest=-third)
    return posting(f"p{number}", op.kind, on, minor, reverses=reverses, split=split)


def book_all(books: Books, operations: list[Op]) -> None:
    for number, op in enumerate(operations):
        before = books.file
        try:
            books.book(as_posting(books, number, op))
        except LendingError:
            assert books.file is before


def sums(lines: list[Derived] | tuple[Derived, ...]) -> Split:
    result = Split.zero("USD")
    for line in lines:
        result = result + line.split
    return result


@thorough
@given(empty_books(), ops)
def test_no_component_is_ever_negative_and_debts_add_up(books: Books, operations: list[Op]) -> None:
    book_all(books, operations)
    ledger = books.derived()
    running = [0] * 5
    for line in ledger.lines:
        running = [a + b for a, b in zip(running, minors(line.split), strict=True)]
        assert min(running) >= 0, line
    assert tuple(running) == minors(ledger.balance)
    assert len({line.key for line in ledger.lines}) == len(ledger.lines)
    for component in Component:
        owed = sum(i.left.minor for i in ledger.open_items if i.component is component)
        assert owed == getattr(ledger.balance, component).minor
    assert open_debts(ledger.lines) == {key(item): item.left.minor for item in ledger.open_items}


def open_debts(lines: tuple[Derived, ...]) -> dict[tuple[object, ...], int]:
    """What is left of each debt, summed anew from the parts of all lines."""
    left: dict[tuple[object, ...], int] = {}
    for line in lines:
        for part in line.parts:
            left[key(part)] = left.get(key(part), 0) + part.minor
            assert left[key(part)] >= 0, line
    return {name: minor for name, minor in left.items() if minor}


def key(part: Part | OpenItem) -> tuple[object, ...]:
    return part.version, part.number, part.component, part.due_on


@thorough
@given(empty_books(), ops)
def test_money_in_is_what_was_allocated_plus_credit(books: Books, operations: list[Op]) -> None:
    """Every posting moves (owed - credit) by exactly its amount, its own way; nothing is lost."""
    book_all(books, operations)
    known = {posting.key: posting for posting in books.file.postings}
    nets = {
        line.key: line.split.owed.minor - line.split.credit.minor for line in books.derived().lines
    }
    charged_back = {p.reverses for p in known.values() if p.kind is EntryKind.CHARGEBACK}
    for name, told in known.items():
        amount = told.amount.minor
        match told.kind:
            case EntryKind.REPAYMENT | EntryKind.RECOVERY:
                assert nets[name] == -amount
            case EntryKind.WAIVER:
                assert -amount <= nets[name] <= 0
            case EntryKind.CAPITALISATION:
                assert nets[name] == 0
            case EntryKind.WRITE_OFF:
                assert nets[name] <= 0
            case EntryKind.REVERSAL:
                target = known[told.reverses or ""]
                if target.kind is EntryKind.WRITE_OFF:
                    assert 0 <= nets[name] <= -nets[target.key]
                elif target.key not in charged_back:
                    assert nets[name] == -nets[target.key]
            case _:
                assert nets[name] == amount
    moved = [n for k, n in nets.items() if k.startswith(("credit:", "schedule:"))]
    assert not any(moved)


@thorough
@given(empty_books(), ops, st.lists(st.integers(0, (END - OPENED).days), max_size=3))
def test_rows_in_force_equal_the_derived_ledger_on_any_day(
    books: Books, operations: list[Op], days: list[int]
) -> None:
    book_all(books, operations)
    books.catch_up()
    for day in [END, *(OPENED + timedelta(days=days_in) for days_in in days)]:
        assert balances(books.file.entries, "USD", as_of=day) == books.derived(day).balance
    active = active_entries(books.file.entries)
    lines = {line.key: line for line in books.derived().lines}
    assert {key: split_of(row) for key, row in active.items()} == {
        key: line.split for key, line in lines.items() if key in active
    }
    assert books.catch_up() == ()


@thorough
@given(empty_books(), ops, st.randoms(use_true_random=False))
def test_the_order_of_booking_never_matters(books: Books, operations: list[Op], random) -> None:  # type: ignore[no-untyped-def]
    book_all(books, operations)
    books.catch_up()
    rest = list(books.file.postings[1:] if books.file.schedules else books.file.postings)
    other = _again(books)
    random.shuffle(rest)
    progress = True
    while rest and progress:
        progress = False
        for told in list(rest):
            try:
                other.book(told)
            except LendingError:
                continue
            rest.remove(told)
            progress = True
    if not rest:
        other.catch_up()
        ours, theirs = (active_entries(b.file.entries) for b in (books, other))
        assert {k: split_of(e) for k, e in ours.items()} == {
            k: split_of(e) for k, e in theirs.items()
        }
        assert books.derived() == other.derived()


def _again(books: Books) -> Books:
    if not books.file.schedules:
        return card_books(books.file.rules)
    rules = books.file.rules
    assert isinstance(rules, LoanCharges)
    return loan_books(terms=rules.terms, holds=rules.holds, schedules=books.file.schedules)


@thorough
@given(empty_books(), ops)
def test_the_same_key_never_books_twice(books: Books, operations: list[Op]) -> None:
    book_all(books, operations)
    for told in books.file.postings:
        assert books.book(told) == ()
        with pytest.raises(KeyReused):
            books.book(posting(told.key, told.kind, told.effective_on, told.amount.minor + 1))
    keys = [entry.idempotency_key for entry in books.file.entries]
    assert len(keys) == len(set(keys))


@thorough
@given(empty_books(), ops, st.integers(0, (END - OPENED).days))
def test_what_was_known_at_an_instant_stays_known_so(
    books: Books, operations: list[Op], day: int
) -> None:
    as_of = OPENED + timedelta(days=day)
    seen: dict[datetime, Split] = {}
    for number, op in enumerate(operations):
        book_all(books, [op._replace(target=op.target + number)])
        seen[books.now] = balances(books.file.entries, "USD", as_of=as_of)
        for told in (as_posting(books, 100 + number, op),):
            try:
                books.book(told)
            except LendingError:
                continue
    for instant, split in seen.items():
        entries = books.file.entries
        assert balances(entries, "USD", as_of=as_of, known_at=instant) == split


@thorough
@given(ops, st.integers(0, 170), st.integers(1, 60), st.booleans())
def test_a_hold_entered_at_any_time_gives_the_books_it_would_have_given_from_the_start(
    operations: list[Op], start: int, length: int, late: bool
) -> None:
    from_on = OPENED + timedelta(days=start)
    held = (hold(from_on, from_on + timedelta(days=length)),)
    books = loan_books()
    book_all(books, operations)
    if late:
        books.catch_up()
    rules = books.file.rules
    assert isinstance(rules, LoanCharges)
    books.with_rules(LoanCharges(rules.terms, rules.schedules, held))
    books.catch_up()
    assert balances(books.file.entries, "USD", as_of=END) == books.derived().balance
    for entry in active_entries(books.file.entries).values():
        if entry.origin.startswith("late-fee"):
            assert not held[0].covers(entry.effective_on)


def test_the_whole_is_the_sum_of_its_lines() -> None:
    books = loan_books()
    books.book(posting("p", "repayment", date(2026, 2, 1), 11_000))
    assert sums(books.derived().lines) == books.derived().balance
    assert books.derived(date(2026, 2, 1)).balance.principal == usd(30_000)
