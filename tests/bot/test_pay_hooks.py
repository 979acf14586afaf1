"""Reports of a payment provider: forged, repeated, late, out of order, in parallel; on each database."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import permutations

import pytest

from lending.accounts import AccountStatus
from lending.pay_orders import OrderState
from lending.pay_ports import NewsKind, ReportState
from lending.position import position_of
from store.db import Database
from tests.paying import OLD_SECRET, Shop


@pytest.fixture
def shop(peopled_database: Database) -> Shop:
    return Shop(peopled_database)


@pytest.fixture
def one(peopled_sqlite_url: str) -> Shop:
    """On SQLite alone, where the database makes no difference."""
    return Shop(Database(peopled_sqlite_url))


async def test_a_report_books_once_however_often_it_comes(shop: Shop) -> None:
    shop.order()
    before = position_of(shop.file(), shop.clock().date()).payoff
    body = shop.session("completed")

    assert [await shop.post(body) for _ in range(3)] == [200, 200, 200]
    # The same happening under another id of the provider.
    assert await shop.post(shop.session("completed", key="evt_again")) == 200

    assert shop.paid_here() == [(10_000, "settled")]
    after = position_of(shop.file(), shop.clock().date()).payoff
    assert (before - after).minor == 10_000
    assert [news.kind for news in shop.news()] == [NewsKind.RECEIPT]
    assert shop.events().count("payment.received") == 1


async def test_eight_processes_hear_the_same_report_at_once(shop: Shop) -> None:
    shop.order()
    body = shop.session("completed")

    answers = await asyncio.gather(*(shop.post(body) for _ in range(8)))

    assert answers == [200] * 8
    assert shop.paid_here() == [(10_000, "settled")]
    assert len(shop.news()) == 1 and shop.events().count("payment.received") == 1


async def test_eight_different_reports_of_one_payment_at_once(shop: Shop) -> None:
    shop.order()
    bodies = [shop.session("completed", key=f"evt_{n}") for n in range(8)]

    await asyncio.gather(*(shop.post(body) for body in bodies))

    assert shop.paid_here() == [(10_000, "settled")]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=,v1=",
        "t=1,v1=00",
        "v1=abc",
        "t=99999999999999999999,v1=aa",
        "t=1,t=2,v1=aa",
        "é=1,v1=é",
    ],
)
async def test_a_forged_report_changes_nothing(one: Shop, header: str) -> None:
    one.order()

    assert await one.post(one.session("completed"), header=header or "none") == 400

    assert one.paid_here() == [] and one.kept().state is OrderState.OPEN


async def test_who_signed_and_when_counts(one: Shop) -> None:
    one.order()
    body, now = one.session("completed"), one.clock()

    assert await one.post(body, secret="whsec_of_another") == 400
    assert await one.post(body, at=now - timedelta(seconds=301)) == 400
    assert await one.post(body, at=now + timedelta(seconds=301)) == 400
    signature = f"t={int(now.timestamp())},v1=" + "0" * 64
    assert await one.post(body, header=signature) == 400
    assert one.paid_here() == []
    # While the secret is being changed, both are good.
    assert await one.post(body, secret=OLD_SECRET, at=now - timedelta(seconds=299)) == 200
    assert one.paid_here() == [(10_000, "settled")]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b'{"id":"e","type":"checkout.session.completed","created":1,"data":{"object":{}}}',
        b'{"id":"e","type":"charge.refunded","created":1,"data":{"object":{"amount_refunded":-1}}}',
        b"[" * 5_000,
    ],
)
async def test_a_signed_report_that_makes_no_sense_is_refused(one: Shop, body: bytes) -> None:
    assert await one.post(body) == 400


async def test_what_does_not_concern_us_is_taken_and_left(one: Shop) -> None:
    one.order()

    assert await one.post(one.report("customer.created", {"id": "cus_1"})) == 200
    assert await one.post(one.session("completed", "order-of-another-shop")) == 200
    assert await one.post(one.session("completed", mode="subscription")) == 200
    assert await one.post(b"x" * 300_000) == 413
    assert one.paid_here() == []


async def test_a_late_report_is_booked_on_its_own_day(one: Shop) -> None:
    one.order()
    body = one.session("completed")
    one.clock.forward(days=3)  # the receiver was down; the provider signs each try anew

    assert await one.post(body) == 200

    [payment] = [p for p in one.file().payments if p.method == "stripe"]
    assert payment.settled_on == (one.clock() - timedelta(days=3)).date()


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_slow_payments_in_any_order(one: Shop, order: tuple[int, ...]) -> None:
    one.order()
    reports = [
        one.session("completed", payment_status="unpaid"),
        one.session("async_payment_succeeded"),
        one.session("expired"),
    ]

    for number in order:
        assert await one.post(reports[number]) == 200

    assert one.paid_here() == [(10_000, "settled")]
    assert one.kept().state is OrderState.PAID
    assert [n.kind for n in one.news()].count(NewsKind.RECEIPT) == 1


async def test_a_slow_payment_that_fails_is_not_counted(one: Shop) -> None:
    one.order()
    await one.post(one.session("completed", payment_status="unpaid"))
    assert one.paid_here() == [(10_000, "pending")]

    await one.post(one.session("async_payment_failed"))
    await one.post(one.session("async_payment_failed", key="evt_again"))

    assert one.paid_here() == [(10_000, "failed")]
    assert [n.kind for n in one.news()] == [NewsKind.PENDING, NewsKind.FAILED]


async def test_money_after_expiry_is_still_money(one: Shop) -> None:
    one.order()
    await one.post(one.session("expired"))
    assert one.kept().state is OrderState.EXPIRED and one.news() == []

    await one.post(one.session("completed"))

    assert one.paid_here() == [(10_000, "settled")]


async def test_a_refund_takes_the_payment_back(one: Shop) -> None:
    one.order()
    before = position_of(one.file(), one.clock().date()).payoff
    await one.post(one.session("completed"))
    await one.post(one.charge("refunded", amount_refunded=4_000))
    await one.post(one.charge("refunded", amount_refunded=10_000))
    await one.post(one.charge("refunded", amount_refunded=4_000))  # late

    assert position_of(one.file(), one.clock().date()).payoff == before
    kinds = [n.kind for n in one.news()]
    assert kinds == [NewsKind.RECEIPT, NewsKind.REFUNDED, NewsKind.REFUNDED]


async def test_a_refund_that_overtakes_its_payment(one: Shop) -> None:
    one.order()
    before = position_of(one.file(), one.clock().date()).payoff
    assert await one.post(one.charge("refunded", metadata={})) == 200  # only the intent is known
    assert one.paid_here() == []

    await one.post(one.session("completed"))

    assert one.paid_here() == [(10_000, "reversed")]
    assert position_of(one.file(), one.clock().date()).payoff == before


async def test_a_disputed_payment_goes_to_a_person_and_pauses(one: Shop) -> None:
    one.order()
    one.chat()
    await one.post(one.session("completed"))
    await one.post(one.charge("dispute.created", metadata={}))

    assert one.paid_here() == [(10_000, "settled")]
    assert [h.kind.value for h in one.file().holds if h.owner == "system"] == ["dispute"]
    with one.database.unit() as uow:
        [escalation] = uow.escalations.unresolved()
    assert escalation.reason.value == "payment_problem"
    assert "payment.disputed" in one.events()


async def test_another_currency_is_not_booked_and_a_person_is_asked(one: Shop) -> None:
    one.order()
    one.chat()

    assert await one.post(one.session("completed", currency="eur")) == 200

    assert one.paid_here() == []
    with one.database.unit() as uow:
        assert [e.reason.value for e in uow.escalations.unresolved()] == ["payment_problem"]


async def test_what_was_paid_counts_not_what_was_asked(one: Shop) -> None:
    one.order()

    await one.post(one.session("completed", amount_total=2_500))

    assert one.paid_here() == [(2_500, "settled")]
    assert one.news()[0].data["amount_minor"] == 2_500


async def test_money_for_a_closed_account_is_kept_for_a_person(one: Shop) -> None:
    one.order()
    one.chat()
    account = one.file().account
    with one.database.unit() as uow:
        uow.plans.save_status(account.id, AccountStatus.SETTLED)
        uow.commit()
    body = one.session("completed")

    assert [await one.post(body), await one.post(body)] == [200, 200]
    assert one.paid_here() == []
    with one.database.unit() as uow:
        [escalation] = uow.escalations.unresolved()
        assert len(uow.pay.reports(ReportState.STUCK, 10)) == 1
    assert "100.00 USD" in escalation.packet["details"]
    assert one.desk.retry_stuck() == 0

    with one.database.unit() as uow:
        uow.plans.save_status(account.id, AccountStatus.ACTIVE)
        uow.commit()
    assert one.desk.retry_stuck() == 1
    assert one.desk.retry_stuck() == 0
    assert one.paid_here() == [(10_000, "settled")]


async def test_a_report_that_cannot_be_kept_comes_again(one: Shop) -> None:
    one.order()
    body = one.session("completed")
    with one.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE pay_reports RENAME TO away")

    assert await one.post(body) == 503

    with one.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO pay_reports")
    assert await one.post(body) == 200
    assert one.paid_here() == [(10_000, "settled")]
