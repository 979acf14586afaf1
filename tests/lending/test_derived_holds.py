"""Holds that follow from payments, promises and silent feeds; they stay once their time is over."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given

from lending.accounts import Payment, PaymentStatus
from lending.derived_holds import FeedAge, derived_holds
from lending.holds import DEFAULT_SUSPENDS, Hold, HoldKind, Suspended, is_suspended
from lending.promise_states import PromiseState, promise_states
from lending.promises import Promise
from tests.lending.profiles import thorough
from tests.lending.promise_lines import payment, promise
from tests.lending.test_holds import day
from tests.lending.test_promises import account, payments_, promises_, todays


def derived(
    today: date,
    *,
    paid: list[str] | None = None,
    promised: list[str] | None = None,
    feed: FeedAge | None = None,
    timezone: str = "UTC",
) -> list[tuple[HoldKind, date, date | None]]:
    found = derived_holds(
        account(),
        payments=[payment(number, line) for number, line in enumerate(paid or [], 1)],
        promises=[promise(number, line) for number, line in enumerate(promised or [], 1)],
        feed=feed,
        today=today,
        timezone=timezone,
    )
    return [(hold.kind, hold.from_on, hold.until_on) for hold in found]


@pytest.mark.parametrize(
    ("paid", "held"),
    [
        ("100 sent 10-05 pending", [(HoldKind.PAYMENT_PENDING, day(5), None)]),
        ("100 sent 10-05 settled 10-08", [(HoldKind.PAYMENT_PENDING, day(5), day(8))]),
        ("100 sent 10-05", []),
        ("100 sent 10-05 failed", []),
        ("100 sent 10-15 pending", []),
    ],
)
def test_money_on_its_way_holds_from_the_day_it_was_sent_until_it_arrived(
    paid: str, held: list[tuple[HoldKind, date, date | None]]
) -> None:
    assert derived(day(10), paid=[paid]) == held


@pytest.mark.parametrize(
    ("paid", "today", "until_on"),
    [
        ([], day(6), day(12)),
        ([], day(30), day(12)),
        (["40 sent 10-07"], day(30), day(12)),
        (["100 sent 10-08"], day(30), day(8)),
        (["100 sent 10-06 reversed"], day(30), day(12)),
    ],
)
def test_a_promise_holds_until_it_is_kept_or_its_grace_is_over(
    paid: list[str], today: date, until_on: date
) -> None:
    held = derived(today, paid=paid, promised=["100 made 10-05 due 10-10"])
    assert held == [(HoldKind.OPEN_PROMISE, day(5), until_on)]


def test_money_on_its_way_keeps_a_promise_holding_past_its_grace() -> None:
    held = derived(day(20), paid=["100 sent 10-10 pending"], promised=["100 made 10-05 due 10-10"])
    assert held == [
        (HoldKind.PAYMENT_PENDING, day(10), None),
        (HoldKind.OPEN_PROMISE, day(5), None),
    ]


def test_a_promise_kept_the_day_it_was_made_held_nothing() -> None:
    assert derived(day(20), paid=["100 sent 10-05"], promised=["100 made 10-05 due 10-10"]) == []


def test_a_promise_not_made_yet_holds_nothing() -> None:
    assert derived(day(4), promised=["100 made 10-05 due 10-10"]) == []


@pytest.mark.parametrize(
    ("timezone", "today", "from_on"),
    [
        ("UTC", day(6), None),
        ("UTC", day(7), day(7)),
        ("UTC", day(9), day(7)),
        ("Asia/Shanghai", day(7), None),
        ("Asia/Shanghai", day(8), day(8)),
        ("America/Los_Angeles", day(7), day(7)),
    ],
)
def test_a_feed_is_stale_from_the_local_day_on_which_its_limit_runs_out(
    timezone: str, today: date, from_on: date | None
) -> None:
    feed = FeedAge(watermark=datetime(2026, 10, 6, 20, tzinfo=UTC), limit=timedelta(hours=24))
    expected = [] if from_on is None else [(HoldKind.FEED_STALE, from_on, None)]
    assert derived(today, feed=feed, timezone=timezone) == expected


def test_derived_holds_say_whose_they_are_and_suspend_what_their_kind_does() -> None:
    found = derived_holds(
        account(),
        payments=[payment(1, "100 sent 10-05 pending")],
        promises=[promise(1, "100 made 10-05 due 10-10")],
        feed=FeedAge(watermark=datetime(2026, 10, 1, tzinfo=UTC), limit=timedelta(hours=24)),
        today=day(6),
        timezone="UTC",
    )
    assert [hold.owner for hold in found] == ["system", "borrower", "system"]
    for hold in found:
        assert (hold.borrower_id, hold.account_id) == (1, 1)
        assert hold.suspends == DEFAULT_SUSPENDS[hold.kind]
        assert hold.reason


def held_on(today: date, promises: list[Promise], payments: list[Payment]) -> tuple[Hold, ...]:
    return derived_holds(
        account(),
        payments=payments,
        promises=promises,
        feed=None,
        today=today,
        timezone="UTC",
    )


@thorough
@given(promises_(), payments_(), todays)
def test_whoever_has_an_open_promise_or_money_on_its_way_is_held_today(
    promises: list[Promise], payments: list[Payment], today: date
) -> None:
    made = [p for p in promises if p.made_on <= today]
    waiting = any(
        outcome.state is PromiseState.OPEN
        for outcome in promise_states(made, payments, today).values()
    ) or any(p.status is PaymentStatus.PENDING and p.initiated_on <= today for p in payments)
    held = held_on(today, promises, payments)
    assert not waiting or is_suspended(held, Suspended.LATE_FEES, today)


@thorough
@given(promises_(), payments_(), todays, todays)
def test_a_day_that_was_held_stays_held_when_no_payment_changes_its_state(
    promises: list[Promise], payments: list[Payment], one: date, other: date
) -> None:
    """So a fee that was not posted is not posted later, when the ledger is derived anew."""
    now, later = sorted((one, other))
    if not is_suspended(held_on(now, promises, payments), Suspended.LATE_FEES, now):
        return
    assert is_suspended(held_on(later, promises, payments), Suspended.LATE_FEES, now)
