"""What a payment becomes under reports that repeat, come late, and overtake each other."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest

from lending.accounts import Payment, PaymentStatus
from lending.ids import AccountId, BorrowerId, PaymentId
from lending.money import Money
from lending.pay_orders import (
    Heard,
    OrderState,
    PayChoice,
    PayEvent,
    PayOrder,
    Step,
    hear,
    to_take_back,
)
from lending.payment_claims import (
    EARLIER,
    LOOKED_FOR,
    Claim,
    ClaimState,
    is_repeated,
    pause_until,
    payment_for,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = date(2026, 11, 20)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def order(**changed: object) -> PayOrder:
    fields = {
        "id": "o1",
        "borrower_id": BorrowerId(1),
        "account_id": AccountId(1),
        "amount": usd(10_000),
        "choice": PayChoice.OVERDUE,
        "provider": "stripe",
        "language": "en",
        "created_at": NOW,
        "expires_at": NOW + timedelta(hours=12),
    }
    return PayOrder(**{**fields, **changed})  # type: ignore[arg-type]


def report(kind: Heard, minor: int | None = 10_000, currency: str = "USD") -> PayEvent:
    amount = None if minor is None else Money(minor, currency)
    return PayEvent(provider="stripe", key=f"{kind}-{minor}", kind=kind, at=NOW, amount=amount)


def follow(*reports: PayEvent) -> tuple[PayOrder, list[Step]]:
    """All steps in order; what is due to go back is noted as done, as the booking does."""
    current, steps = order(), []
    for one in reports:
        current, step = hear(current, one)
        steps.append(step)
        if step in (Step.BOOK, Step.TAKE_BACK):
            done = current.taken_back_minor + to_take_back(current).minor
            current = order(**{**_fields(current), "taken_back_minor": done})
    return current, steps


def _fields(one: PayOrder) -> dict[str, object]:
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


@pytest.mark.parametrize(
    "order_of_reports", list(permutations((Heard.PROCESSING, Heard.PAID, Heard.EXPIRED)))
)
def test_money_that_came_is_booked_once_in_whatever_order(
    order_of_reports: tuple[Heard, ...],
) -> None:
    after, steps = follow(*(report(kind) for kind in order_of_reports))
    assert after.state is OrderState.PAID
    assert steps.count(Step.BOOK) == 1
    assert after.pieces == 1


@pytest.mark.parametrize(
    "reports",
    list(permutations((report(Heard.PAID), report(Heard.REFUNDED, 4_000), report(Heard.REFUNDED)))),
)
def test_refunds_end_at_the_same_whether_they_overtake_or_not(
    reports: tuple[PayEvent, ...],
) -> None:
    after, steps = follow(*reports)
    assert steps.count(Step.BOOK) == 1
    assert after.taken_back_minor == 10_000


def test_no_more_goes_back_than_was_paid() -> None:
    after, _ = follow(report(Heard.PAID, 5_000), report(Heard.REFUNDED, 9_000))
    assert after.taken_back_minor == 5_000


def test_a_failure_that_the_provider_takes_back_is_a_second_payment() -> None:
    after, steps = follow(report(Heard.PROCESSING), report(Heard.FAILED), report(Heard.PAID))
    assert steps == [Step.NOTE_PENDING, Step.FAIL, Step.BOOK]
    assert after.payment_key == "pay-o1-2"


def test_a_failure_after_the_money_changes_nothing() -> None:
    after, steps = follow(report(Heard.PAID), report(Heard.FAILED), report(Heard.EXPIRED, None))
    assert after.state is OrderState.PAID and steps[1:] == [Step.NOTHING, Step.NOTHING]


@pytest.mark.parametrize("wrong", [report(Heard.PAID, 100, "EUR"), report(Heard.PAID, 0)])
def test_another_currency_or_no_money_is_for_a_person(wrong: PayEvent) -> None:
    after, steps = follow(wrong)
    assert steps == [Step.WRONG] and after.state is OrderState.OPEN


def claim(**changed: object) -> Claim:
    fields = {
        "id": 1,
        "borrower_id": BorrowerId(1),
        "account_id": AccountId(1),
        "amount": usd(10_000),
        "paid_on": DAY,
        "opened_at": NOW,
    }
    return Claim(**{**fields, **changed})  # type: ignore[arg-type]


def payment(number: int, on: date, status: PaymentStatus, minor: int = 10_000) -> Payment:
    settled = on if status is PaymentStatus.SETTLED else None
    return Payment(
        id=PaymentId(number),
        amount=usd(minor),
        status=status,
        method="transfer",
        initiated_on=on,
        settled_on=settled,
    )


@pytest.mark.parametrize(
    ("on", "minor", "status", "fits"),
    [
        (DAY, 10_000, PaymentStatus.SETTLED, True),
        (DAY, 10_000, PaymentStatus.PENDING, True),
        (DAY - EARLIER, 10_000, PaymentStatus.SETTLED, True),
        (DAY - EARLIER - timedelta(days=1), 10_000, PaymentStatus.SETTLED, False),
        (DAY + LOOKED_FOR, 10_000, PaymentStatus.SETTLED, True),
        (DAY + LOOKED_FOR + timedelta(days=1), 10_000, PaymentStatus.SETTLED, False),
        (DAY, 9_999, PaymentStatus.SETTLED, False),
        (DAY, 10_000, PaymentStatus.FAILED, False),
        (DAY, 10_000, PaymentStatus.REVERSED, False),
    ],
)
def test_what_can_be_the_payment_of_a_claim(
    on: date, minor: int, status: PaymentStatus, fits: bool
) -> None:
    found = payment_for(claim(), [payment(7, on, status, minor)])
    assert (found is not None) is fits


def test_a_payment_matches_one_claim_and_settled_ones_come_first() -> None:
    known = [payment(1, DAY, PaymentStatus.PENDING), payment(2, DAY, PaymentStatus.SETTLED)]
    first = payment_for(claim(), known)
    assert first is not None and first.id == 2
    second = payment_for(claim(), known, {PaymentId(2)})
    assert second is not None and second.id == 1


def test_the_same_words_pause_once() -> None:
    today = DAY + timedelta(days=3)
    account, amount = AccountId(1), usd(10_000)
    assert pause_until([], account, amount, DAY, today, 5) == today + timedelta(days=5)
    assert pause_until([], account, amount, DAY, today, 0) is None
    for state in (ClaimState.OPEN, ClaimState.EXPIRED):
        assert pause_until([claim(state=state)], account, amount, DAY, today, 5) is None
    matched = claim(state=ClaimState.MATCHED, payment_id=PaymentId(3))
    assert pause_until([matched], account, amount, DAY, today, 5) is not None
    assert not is_repeated([claim()], AccountId(2), amount, DAY)
    assert not is_repeated([claim()], account, usd(1), DAY)
