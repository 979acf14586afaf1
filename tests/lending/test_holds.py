"""Holds: what they suspend, opening and lifting, and the days they cover, against a day-by-day count."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.accounts import Account, AccountStatus, Product
from lending.errors import HoldEnded, InvalidHold
from lending.holds import (
    DEFAULT_SUSPENDS,
    Hold,
    HoldKind,
    Interval,
    Suspended,
    end_hold,
    holds_of,
    is_suspended,
    merge_intervals,
    open_hold,
    overlap,
    suspended_days,
)
from lending.ids import AccountId, BorrowerId
from lending.money import Money
from lending.terms import LoanTerms
from tests.lending.profiles import thorough

START = date(2026, 10, 1)
SPAN = [START + timedelta(days=offset) for offset in range(40)]


def opened(**changes: Any) -> Hold:
    fields: dict[str, Any] = {
        "kind": HoldKind.DISPUTE,
        "borrower_id": BorrowerId(1),
        "account_id": AccountId(1),
        "from_on": START,
        "until_on": START + timedelta(days=10),
        "owner": "ana",
        "reason": "says it was paid in cash",
    }
    return open_hold(**{**fields, **changes})


def day(number: int) -> date:
    return date(2026, 10, number)


# What each kind suspends


@pytest.mark.parametrize("kind", HoldKind)
def test_under_any_hold_nothing_reminds_charges_extra_or_gives_up(kind: HoldKind) -> None:
    """A plan that is kept is no pause: its own payments are reminded of, and nothing else is."""
    wanted = {Suspended.REMINDERS} if kind is not HoldKind.PLAN else set()
    assert (
        wanted
        | {
            Suspended.LATE_FEES,
            Suspended.PENALTY_INTEREST,
            Suspended.WRITE_OFF,
        }
        <= DEFAULT_SUSPENDS[kind]
    )


def test_interest_stops_where_the_law_stops_it() -> None:
    kinds = {kind for kind in HoldKind if Suspended.INTEREST in DEFAULT_SUSPENDS[kind]}
    assert kinds == {HoldKind.BREATHING_SPACE, HoldKind.BANKRUPTCY}


def test_the_clock_runs_on_under_what_only_says_how_to_speak_or_is_ones_own_word() -> None:
    runs = {kind for kind in HoldKind if Suspended.DELINQUENCY not in DEFAULT_SUSPENDS[kind]}
    assert runs == {
        HoldKind.PLAN,
        HoldKind.OPEN_PROMISE,
        HoldKind.VULNERABLE,
        HoldKind.REPRESENTED,
        HoldKind.CEASE_CONTACT,
    }


def test_the_lender_can_say_what_a_hold_suspends() -> None:
    frozen = frozenset({Suspended.INTEREST, Suspended.REMINDERS})
    assert opened(suspends=frozen).suspends == frozen


# Opening and lifting


@pytest.mark.parametrize(
    "changes",
    [
        {"until_on": START},
        {"until_on": START - timedelta(days=1)},
        {"owner": " "},
        {"reason": ""},
        {"suspends": frozenset()},
    ],
)
def test_a_hold_without_days_owner_reason_or_effect_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidHold) as refusal:
        opened(**changes)
    assert refusal.value.hint


@pytest.mark.parametrize("until_on", [None, day(20)])
def test_a_lifted_hold_is_free_on_the_day_it_was_lifted(until_on: date | None) -> None:
    held = opened(until_on=until_on)
    lifted = end_hold(held, day(5))
    assert [d.day for d in SPAN if lifted.covers(d)] == [1, 2, 3, 4]
    assert held.until_on == until_on


def test_a_hold_lifted_on_its_first_day_held_nothing() -> None:
    lifted = end_hold(opened(), START)
    assert not any(lifted.covers(d) for d in SPAN)
    assert merge_intervals([lifted], Suspended.REMINDERS) == ()


@pytest.mark.parametrize("on", [day(11), day(12)])
def test_a_hold_that_has_ended_cannot_be_lifted(on: date) -> None:
    with pytest.raises(HoldEnded):
        end_hold(opened(until_on=day(11)), on)


def test_a_hold_cannot_be_lifted_twice_the_same_day_or_later() -> None:
    lifted = end_hold(opened(), day(5))
    for on in (day(5), day(6)):
        with pytest.raises(HoldEnded):
            end_hold(lifted, on)
    assert end_hold(lifted, day(3)).until_on == day(3)


def test_a_hold_cannot_be_lifted_before_it_begins() -> None:
    with pytest.raises(InvalidHold):
        end_hold(opened(), START - timedelta(days=1))


def test_an_account_is_held_by_its_own_holds_and_those_of_its_borrower() -> None:
    account = Account(
        id=AccountId(1),
        borrower_id=BorrowerId(1),
        reference="L-1",
        product=Product.INSTALMENT_LOAN,
        currency="USD",
        status=AccountStatus.ACTIVE,
        opened_on=START,
        terms=LoanTerms(
            principal=Money(100, "USD"), annual_rate_bp=0, instalments=1, first_due_on=START
        ),
    )
    own, everything = opened(), opened(account_id=None)
    others = [opened(account_id=AccountId(2)), opened(borrower_id=BorrowerId(2), account_id=None)]
    assert holds_of([own, *others, everything], account) == (own, everything)


# Days


@pytest.mark.parametrize(
    ("first", "second", "shares"),
    [
        ((day(1), day(5)), (day(5), day(9)), False),
        ((day(1), day(6)), (day(5), day(9)), True),
        ((day(1), day(9)), (day(3), day(4)), True),
        ((day(1), day(9)), (day(1), day(9)), True),
        ((day(1), None), (day(20), day(21)), True),
        ((day(20), None), (day(1), day(20)), False),
        ((day(1), None), (day(5), None), True),
        ((day(1), day(9)), (day(5), day(5)), False),
    ],
)
def test_intervals_overlap_when_they_share_a_day(
    first: Interval, second: Interval, shares: bool
) -> None:
    assert overlap(first, second) is shares
    assert overlap(second, first) is shares


def test_holds_that_touch_or_contain_each_other_become_one_interval() -> None:
    holds = [
        opened(from_on=day(8), until_on=day(9)),
        opened(from_on=day(1), until_on=day(5)),
        opened(from_on=day(5), until_on=day(12)),
        opened(from_on=day(14), until_on=None),
        opened(from_on=day(20), until_on=day(25)),
    ]
    assert merge_intervals(holds, Suspended.LATE_FEES) == (
        (day(1), day(12)),
        (day(14), None),
    )


def in_span(offset: int) -> date:
    return START + timedelta(days=offset)


@st.composite
def holds_(draw: st.DrawFn) -> list[Hold]:
    """Up to six holds, open-ended, empty, alike or within each other."""
    found = []
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(0, 30))
        length = draw(st.none() | st.integers(0, 12))
        held = opened(
            kind=draw(st.sampled_from(HoldKind)),
            from_on=in_span(start),
            until_on=None,
            suspends=draw(st.none() | st.frozensets(st.sampled_from(Suspended), min_size=1)),
        )
        found.append(held if length is None else end_hold(held, in_span(start + length)))
    return found


def held_days(holds: Sequence[Hold], what: Suspended) -> set[date]:
    """The naive answer: each hold's days one by one, put together."""
    found: set[date] = set()
    for hold in holds:
        if what not in hold.suspends:
            continue
        found |= {
            d for d in SPAN if d >= hold.from_on and (hold.until_on is None or d < hold.until_on)
        }
    return found


@thorough
@given(holds_(), st.sampled_from(Suspended))
def test_merged_intervals_are_the_held_days_and_nothing_else(
    holds: list[Hold], what: Suspended
) -> None:
    merged = merge_intervals(holds, what)
    covered = {d for d in SPAN for start, until in merged if start <= d and d < (until or date.max)}
    assert covered == held_days(holds, what)
    assert covered == {d for d in SPAN if is_suspended(holds, what, d)}
    for (_, until), (start, _) in pairwise(merged):
        assert until is not None and until < start
    assert all(until is None or start < until for start, until in merged)


@thorough
@given(holds_(), st.sampled_from(Suspended), st.integers(0, 39), st.integers(0, 39))
def test_suspended_days_count_each_held_day_once(
    holds: list[Hold], what: Suspended, first: int, last: int
) -> None:
    start, end = in_span(first), in_span(last)
    naive = {d for d in held_days(holds, what) if start <= d < end}
    assert suspended_days(holds, what, start, end) == len(naive)


@thorough
@given(holds_(), st.sampled_from(Suspended), st.randoms(use_true_random=False))
def test_the_order_of_holds_and_repeating_one_changes_nothing(
    holds: list[Hold], what: Suspended, shuffle: Any
) -> None:
    again = [*holds, *holds[:1]]
    shuffle.shuffle(again)
    assert merge_intervals(again, what) == merge_intervals(holds, what)


@thorough
@given(st.tuples(*[st.integers(0, 12)] * 4))
def test_overlap_is_a_shared_day(numbers: tuple[int, int, int, int]) -> None:
    first = (in_span(numbers[0]), in_span(numbers[0] + numbers[1]))
    second = (in_span(numbers[2]), in_span(numbers[2] + numbers[3]))
    one = {d for d in SPAN if first[0] <= d < first[1]}
    other = {d for d in SPAN if second[0] <= d < second[1]}
    assert overlap(first, second) == bool(one & other)
