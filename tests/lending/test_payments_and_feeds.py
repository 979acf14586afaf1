"""A payment's states, what they tell the ledger, and how fresh a feed is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from lending.accounts import EntryKind, Payment, PaymentStatus
from lending.errors import DatesOutOfOrder, IllegalTransition, LendingError, WatermarkBack
from lending.feeds import Feed, advance, is_stale
from lending.ids import PaymentId
from lending.payments import change, on_its_way, postings_for
from tests.lending.books import loan_books, usd

PENDING, SETTLED = PaymentStatus.PENDING, PaymentStatus.SETTLED
FAILED, REVERSED = PaymentStatus.FAILED, PaymentStatus.REVERSED
ALLOWED = {(PENDING, SETTLED), (PENDING, FAILED), (SETTLED, REVERSED)}
MADE, CAME = date(2026, 1, 30), date(2026, 2, 1)
NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)


def payment(status: PaymentStatus = PENDING) -> Payment:
    settled = CAME if status in (SETTLED, REVERSED) else None
    return Payment(
        id=PaymentId(7),
        amount=usd(11_000),
        status=status,
        method="bank",
        initiated_on=MADE,
        settled_on=settled,
    )


@pytest.mark.parametrize("before", PaymentStatus)
@pytest.mark.parametrize("to", PaymentStatus)
def test_only_three_ways_lead_anywhere(before: PaymentStatus, to: PaymentStatus) -> None:
    if before is to:
        made = change(payment(before), to, on=CAME)
        assert made.after == made.before and postings_for("k", made) == ()
    elif (before, to) in ALLOWED:
        assert change(payment(before), to, on=CAME).after.status is to
    else:
        with pytest.raises(IllegalTransition) as refused:
            change(payment(before), to, on=CAME)
        assert refused.value.hint


def test_settling_pays_and_reversing_takes_back() -> None:
    settled = change(payment(), SETTLED, on=CAME)
    assert settled.after.settled_on == CAME
    (paid,) = postings_for("bank-1", settled)
    assert (paid.key, paid.kind, paid.amount) == (
        "payment:bank-1",
        EntryKind.REPAYMENT,
        usd(11_000),
    )
    (back,) = postings_for("bank-1", change(settled.after, REVERSED, on=date(2026, 2, 9)))
    assert (back.kind, back.reverses) == (EntryKind.REVERSAL, "payment:bank-1")
    books = loan_books(today=date(2026, 2, 10))
    before = books.derived().balance
    books.book(paid)
    books.book(back)
    assert books.derived().balance.principal == before.principal
    assert {e.payment_id for e in books.file.entries if e.kind is EntryKind.REPAYMENT} == {7}


def test_failing_and_waiting_tell_the_ledger_nothing() -> None:
    assert postings_for("k", change(payment(), FAILED, on=CAME)) == ()
    assert postings_for("k", change(payment(), PENDING, on=CAME)) == ()


def test_a_payment_does_not_change_before_it_was_made_or_settled() -> None:
    with pytest.raises(DatesOutOfOrder):
        change(payment(), SETTLED, on=date(2026, 1, 29))
    with pytest.raises(DatesOutOfOrder):
        change(payment(SETTLED), REVERSED, on=date(2026, 1, 31))


def test_only_pending_money_is_on_its_way() -> None:
    assert on_its_way([payment(status) for status in PaymentStatus], "USD") == usd(11_000)
    assert on_its_way([], "USD") == usd(0)


def test_a_watermark_only_rises() -> None:
    feed = advance(Feed(name="core"), NOON)
    assert advance(feed, NOON) == feed
    assert advance(feed, NOON + timedelta(hours=1)).watermark == NOON + timedelta(hours=1)
    with pytest.raises(WatermarkBack):
        advance(feed, NOON - timedelta(seconds=1))


def test_a_feed_is_stale_beyond_its_limit_or_when_it_never_came() -> None:
    limit = timedelta(hours=24)
    assert not is_stale(NOON, NOON + limit, limit)
    assert is_stale(NOON, NOON + limit + timedelta(microseconds=1), limit)
    assert is_stale(None, NOON, limit)


def test_instants_without_a_zone_are_refused() -> None:
    with pytest.raises(LendingError):
        advance(Feed(name="core"), datetime(2026, 2, 1))
    with pytest.raises(LendingError):
        is_stale(NOON, datetime(2026, 2, 1), timedelta(hours=1))
