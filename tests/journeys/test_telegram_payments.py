"""Invoices in Telegram: the real gateway over HTTP, the till that answers in time, money booked once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack

import pytest
from pydantic import SecretStr

from lending.accounts import AccountStatus
from tests.bot_api_server import Bill, BotApiServer
from tests.journeys.stage import Stage, borrower_of, is_said, serving
from tests.journeys.test_telegram import Phone

Open = Callable[..., Stage]


@pytest.fixture(scope="module")
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as server:
        yield server


@pytest.fixture
async def phone(
    server: BotApiServer, open_stage: Open, unused_tcp_port: int
) -> AsyncIterator[Phone]:
    server.reset()
    async with AsyncExitStack() as stack:
        stage = open_stage(
            telegram_token=SecretStr(server.token),
            telegram_api_url=server.url,
            pay_telegram_token=SecretStr(server.payment_token),
            base_url=f"http://127.0.0.1:{unused_tcp_port}",
        )
        await stack.enter_async_context(serving(stage, server))
        yield Phone(server, stage)


async def invoice(phone: Phone) -> Bill:
    await phone.verify()
    [asked] = await phone.says("i want to make a payment")
    await phone.taps(asked.labels[0])
    await phone.telegram.wait_for_calls("sendInvoice", 1)
    return phone.telegram.invoices[-1]


async def answered(phone: Phone, query_id: str) -> tuple[bool, str]:
    for _ in range(1000):
        for known, ok, why in phone.telegram.checkout_answers:
            if known == query_id:
                return ok, why
        await asyncio.sleep(0.01)
    raise AssertionError("Telegram got no answer in time")


def paid(phone: Phone) -> list[tuple[int, str]]:
    [account] = phone.stage.accounts("NB-ANN", "en")
    return [
        (p.amount.minor, p.status.value) for p in account.file.payments if p.method == "telegram"
    ]


async def test_an_invoice_is_paid_booked_once_and_receipted(phone: Phone) -> None:
    bill = await invoice(phone)
    [account] = phone.stage.accounts("NB-ANN", "en")
    overdue = account.position.overdue
    assert (bill.total, bill.currency, bill.title) == (
        overdue.minor,
        "USD",
        "Payment to Northbank",
    )

    query = phone.telegram.user_pays(bill)
    assert await answered(phone, query) == (True, "")
    [receipt] = await phone.hears()

    assert is_said(receipt.text, "utter_pay_receipt", "en") or "reached us" in receipt.text
    assert paid(phone) == [(overdue.minor, "settled")]
    [account] = phone.stage.accounts("NB-ANN", "en")
    assert not account.position.is_overdue
    # Telegram repeats a report that it thinks was lost; and the invoice is tapped once more.
    again = {
        "id": query,
        "from": {"id": bill.chat_id},
        "currency": bill.currency,
        "total_amount": bill.total,
        "invoice_payload": bill.payload,
    }
    phone.telegram.user_has_paid(again)
    ok, why = await answered(phone, phone.telegram.user_pays(bill))
    assert not ok and "paid already" in why
    assert paid(phone) == [(overdue.minor, "settled")]


async def test_what_is_not_as_it_was_written_is_refused(phone: Phone) -> None:
    bill = await invoice(phone)
    order, _, mac = bill.payload.partition(".")
    for changed in (
        {"total_amount": bill.total - 1},
        {"currency": "EUR"},
        {"invoice_payload": f"{order}.{'A' * len(mac)}"},
        {"invoice_payload": order},
        {"invoice_payload": "x" * 100},
        {"from": {"id": 999, "is_bot": False, "first_name": "Eve"}},
    ):
        ok, why = await answered(phone, phone.telegram.user_pays(bill, **changed))
        assert not ok and "no longer valid" in why, changed
    phone.stage.clock.forward(hours=13)
    ok, why = await answered(phone, phone.telegram.user_pays(bill))
    assert not ok and "no longer valid" in why
    assert paid(phone) == []


async def test_a_closed_account_takes_no_money(phone: Phone) -> None:
    bill = await invoice(phone)
    borrower = borrower_of(phone.stage.database, "NB-ANN")
    with phone.stage.database.unit() as uow:
        [file] = uow.accounts.files_of(borrower.id)
        uow.plans.save_status(file.account.id, AccountStatus.SETTLED)
        uow.commit()
    ok, why = await answered(phone, phone.telegram.user_pays(bill))
    assert not ok and "has changed" in why


async def test_an_invoice_that_telegram_refuses_is_said_so(phone: Phone) -> None:
    phone.telegram.payment_token = "ANOTHER"
    try:
        await phone.verify()
        [asked] = await phone.says("i want to make a payment")
        answers = await phone.taps(asked.labels[0], 2)
    finally:
        phone.telegram.payment_token = "PAY:TEST"
    assert "can't be opened just now" in answers[-1].text
    assert phone.telegram.invoices == []
