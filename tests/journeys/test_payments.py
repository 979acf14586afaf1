"""Paying in the chat, with the trial provider: real model, real books, the whole way of the money."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from bot.messages import Content
from bot.pay.news import PayNews
from bot.reminder_ports import NewReminder, ReminderState
from bot.texts import Texts
from lending.dates import local_day
from lending.events import EventType
from tests.journeys.stage import BORN, Stage, borrower_of, label, says, text_of
from wiring.pay import review_payments
from wiring.serving import web_app

Open = Callable[..., Stage]


@pytest.fixture
def shop(open_stage: Open) -> Stage:
    return open_stage(pay_provider="sandbox", base_url="http://pay.test")


def client_of(stage: Stage) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=web_app(stage.bot))
    return httpx.AsyncClient(transport=transport, base_url="http://pay.test")


def news_of(stage: Stage) -> PayNews:
    return PayNews(
        store=stage.database,
        outbox=stage.bot.outbox,
        texts=stage.bot.texts,
        clock=stage.clock,
        lender="Northbank",
    )


async def told(stage: Stage, chat: int = 1001) -> list[Content]:
    before = len(stage.shown(chat))
    await news_of(stage).tell()
    return stage.shown(chat)[before:]


def link_in(contents: list[Content]) -> str:
    [button] = contents[-1].url_buttons
    return button.payload


async def page_for(stage: Stage, starts_with: str, language: str = "en") -> str:
    """Ask to pay, take the offer whose label starts so, and give the link of the page."""
    asked = await stage.says({"en": "i want to make a payment", "zh-Hans": "怎么还钱"}[language])
    labels = [b.label for b in asked[-1].buttons]
    chosen = next(name for name in labels if name.startswith(starts_with))
    return link_in(await stage.taps(chosen))


def events_of(stage: Stage) -> list[str]:
    with stage.database.unit() as uow:
        return [event.type.value for event in uow.outgoing.page(after=0, limit=100)]


async def test_pay_what_is_open_receipt_balance_and_no_reminder(shop: Stage) -> None:
    await shop.verify("NB-ANN")
    [account] = shop.accounts("NB-ANN", "en")
    assert account.position.is_overdue
    overdue = account.money(account.position.overdue)
    plan_reminder(shop, "NB-ANN")

    [asked] = await shop.says("i want to make a payment")
    assert f"Open from before: **{overdue}**" in asked.text
    assert f"Pay {overdue} (open)" in [b.label for b in asked.buttons]
    answer = await shop.taps(f"Pay {overdue} (open)")
    assert says(answer, "utter_pay_link")
    url = link_in(answer)
    assert url.startswith("http://pay.test/sandbox/pay/cs_sandbox_")

    async with client_of(shop) as browser:
        page = await browser.get(url)
        assert page.status_code == 200
        assert overdue.removeprefix("$") in page.text
        paid = await browser.post(url, data={"amount": "order", "outcome": "pay"})
        assert paid.headers["location"] == "http://pay.test/pay/back/done?language=en"
        assert (await browser.get(paid.headers["location"])).status_code == 200
        # The same tap again, and the page again: nothing more is paid.
        await browser.post(url, data={"amount": "order", "outcome": "pay"})
        assert "This payment is done" in (await browser.get(url)).text

    [receipt] = await told(shop)
    [after] = shop.accounts("NB-ANN", "en")
    assert not after.position.is_overdue
    assert says([receipt], "utter_pay_receipt")
    assert f"**{overdue}**" in receipt.text
    assert after.money(after.position.payoff) in receipt.text
    assert "STOP" not in receipt.text  # it is part of the answer to "I want to pay"
    assert await told(shop) == []
    assert [r.state for r in reminders_of(shop, "NB-ANN")] == [ReminderState.CANCELLED]
    assert EventType.PAYMENT_RECEIVED.value in events_of(shop)
    settled = [p for p in after.file.payments if p.method == "sandbox"]
    assert [(p.amount, p.status.value) for p in settled] == [(account.position.overdue, "settled")]


@pytest.mark.parametrize(
    ("ask", "said", "which"),
    [
        ("i want to make a payment", "the overdue amount", "overdue"),
        ("i want to make a payment", "all of it please", "payoff"),
        ("怎么还钱", "逾期的那部分", "overdue"),
        ("怎么还钱", "全部结清", "payoff"),
    ],
)
async def test_an_amount_on_offer_can_be_named(
    shop: Stage, ask: str, said: str, which: str
) -> None:
    await shop.verify("NB-ANN")
    await shop.says(ask)
    language = "en" if ask.isascii() else "zh-Hans"
    [account] = shop.accounts("NB-ANN", language)
    answer = await shop.says(said)
    assert says(answer, "utter_ask_pay_confirmed", language)
    assert account.money(getattr(account.position, which)) in answer[-1].text


@pytest.mark.parametrize("said", ["no, 60 please", "yes but 60"])
async def test_a_yes_or_no_with_another_amount_is_read_back_anew(shop: Stage, said: str) -> None:
    await shop.verify("NB-ANN")
    await shop.says("i want to make a payment")
    await shop.says("the overdue amount")
    answer = await shop.says(said)
    assert says(answer, "utter_ask_pay_confirmed")
    assert "$60.00" in answer[-1].text


def plan_reminder(stage: Stage, reference: str) -> None:
    borrower = borrower_of(stage.database, reference)
    since = stage.accounts(reference, "en")[0].position.overdue_since
    assert since is not None
    with stage.database.unit() as uow:
        [file] = uow.accounts.files_of(borrower.id)
        uow.reminders.plan(
            NewReminder(
                account_id=file.account.id,
                borrower_id=borrower.id,
                due_on=since,
                version=1,
                number=1,
                step="just_missed",
                offset_days=2,
                attempt=1,
                strategy="test",
                local_day=local_day(stage.clock(), borrower.timezone),
                send_at=stage.clock() + timedelta(hours=20),
            ),
            stage.clock(),
        )
        uow.commit()


def reminders_of(stage: Stage, reference: str) -> list[object]:
    borrower = borrower_of(stage.database, reference)
    with stage.database.unit() as uow:
        [file] = uow.accounts.files_of(borrower.id)
        return list(uow.reminders.of_account(file.account.id))


async def test_another_amount_is_read_back_and_a_part_is_told_truly(shop: Stage) -> None:
    await shop.verify("NB-ANN")
    [account] = shop.accounts("NB-ANN", "en")
    await shop.says("i want to make a payment")
    assert says(await shop.taps("Another amount"), "utter_ask_pay_other")
    too_much = await shop.says("999999")
    assert says(too_much, "utter_pay_too_much")
    [back] = await shop.says("50")
    left = account.money(account.position.overdue - type(account.position.overdue)(5000, "USD"))
    assert "**$50.00**" in back.text and left in back.text
    answer = await shop.says("yes")
    assert answer[-1].url_buttons[0].label == "Pay $50.00"
    async with client_of(shop) as browser:
        await browser.post(link_in(answer), data={"outcome": "pay"})
    [receipt] = await told(shop)
    assert "**$50.00**" in receipt.text
    assert f"{left} is still open from before" in receipt.text


async def test_an_amount_in_the_first_message_is_read_back(shop: Stage) -> None:
    await shop.verify("NB-ANN")
    [back] = await shop.says("i want to pay $60 now")
    assert says([back], "utter_ask_pay_confirmed") and "$60.00" in back.text
    assert link_in(await shop.taps("Yes, that's right"))


async def test_too_much_becomes_credit_and_is_said(shop: Stage) -> None:
    await shop.verify("NB-ANN")
    [account] = shop.accounts("NB-ANN", "en")
    url = await page_for(shop, "Pay ")
    over = account.position.payoff.amount + 25
    async with client_of(shop) as browser:
        await browser.post(url, data={"amount": "other", "other": str(over), "outcome": "pay"})
    [receipt] = await told(shop)
    assert "The account is paid in full" in receipt.text
    assert "$25.00 is more than was owed" in receipt.text


async def test_a_slow_transfer_pauses_then_arrives(shop: Stage) -> None:
    await shop.verify("NB-ANN")
    url = await page_for(shop, "Pay ")
    async with client_of(shop) as browser:
        await browser.post(url, data={"outcome": "slow"})
        [pending] = await told(shop)
        assert says([pending], "utter_pay_pending")
        [account] = shop.accounts("NB-ANN", "en")
        assert account.position.is_overdue and account.position.pending
        await browser.post(url, data={"outcome": "arrive"})
    [receipt] = await told(shop)
    assert says([receipt], "utter_pay_receipt")
    [account] = shop.accounts("NB-ANN", "en")
    assert not account.position.is_overdue and not account.position.pending


async def test_a_transfer_that_fails_is_told_kindly_and_not_counted(shop: Stage) -> None:
    await shop.verify("NB-ANN")
    [before] = shop.accounts("NB-ANN", "en")
    url = await page_for(shop, "Pay ")
    async with client_of(shop) as browser:
        declined = await browser.post(url, data={"outcome": "decline"})
        assert declined.status_code == 400 and "did not go through" in declined.text
        await browser.post(url, data={"outcome": "slow"})
        await told(shop)
        await browser.post(url, data={"outcome": "fail"})
    [failed] = await told(shop)
    assert says([failed], "utter_pay_failed")
    [after] = shop.accounts("NB-ANN", "en")
    assert after.position == before.position
    assert label("utter_pay_failed", "make_payment") in [b.label for b in failed.buttons]


@pytest.mark.parametrize(("reference", "language"), [("NB-WEI", "zh-Hans"), ("NB-MEI", "zh-Hant")])
async def test_in_chinese(shop: Stage, reference: str, language: str) -> None:
    await shop.verify(reference, language=language)
    [account] = shop.accounts(reference, language)
    await shop.taps_payload("/make_payment")
    assert account.position.next_due is not None
    amount = account.money(account.position.next_due.amount)
    words = Texts.load().content("utter_label_pay_next", language, amount=amount).text
    answer = await shop.taps(words)
    assert says(answer, "utter_pay_link", language)
    async with client_of(shop) as browser:
        page = await browser.get(link_in(answer))
        assert f'<html lang="{language}">' in page.text
        await browser.post(link_in(answer), data={"outcome": "pay"})
    [receipt] = await told(shop)
    assert says([receipt], "utter_pay_receipt", language) and amount in receipt.text


async def test_nothing_before_identity_and_the_question_waits(shop: Stage) -> None:
    await shop.says(f"/start {shop.link('NB-ANN')}")
    answer = await shop.says("i want to make a payment")
    assert says(answer, "utter_ask_second_fact") and not re.search(r"\$\d", text_of(answer))
    after = await shop.says(BORN["NB-ANN"])
    assert says(after, "utter_ask_pay_amount")


async def test_a_receipt_after_identity_lapsed_names_no_figure(shop: Stage) -> None:
    await shop.verify("NB-ANN")
    url = await page_for(shop, "Pay ")
    shop.clock.forward(minutes=40)
    async with client_of(shop) as browser:
        await browser.post(url, data={"outcome": "pay"})
    [news] = await told(shop)
    assert says([news], "utter_pay_news") and not re.search(r"\$\d", news.text)
    assert "automated assistant of Northbank" in news.text and "STOP" in news.text


async def test_the_same_wish_gives_the_same_page(shop: Stage) -> None:
    await shop.verify("NB-ANN")
    assert await page_for(shop, "Pay ") == await page_for(shop, "Pay ")


async def test_a_provider_that_fails_loses_nothing(shop: Stage, monkeypatch: object) -> None:
    checkout = shop.bot.payments.clerk._house.checkout
    assert checkout is not None
    real, answers = checkout._transport, [httpx.Response(500), httpx.ReadTimeout("slow")]
    keys = []

    async def fail(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["idempotency-key"])
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    checkout._transport = httpx.MockTransport(fail)
    await shop.verify("NB-ANN")
    for _ in range(2):
        asked = await shop.says("i want to make a payment")
        answer = await shop.taps(asked[-1].buttons[0].label)
        assert says(answer, "utter_pay_away")
        assert not shop.escalations()
    checkout._transport = real
    url = await page_for(shop, "Pay ")
    assert len(set(keys)) == 1  # the provider was asked for one and the same payment
    assert url


async def test_a_link_to_another_host_is_never_sent(open_stage: Open) -> None:
    shop = open_stage(pay_provider="sandbox", base_url="http://pay.test", pay_hosts="")
    body = {"id": "cs_1", "url": "https://pay.test.evil.example/x", "expires_at": 1796000000}
    checkout = shop.bot.payments.clerk._house.checkout
    checkout._transport = httpx.MockTransport(lambda request: httpx.Response(200, json=body))
    await shop.verify("NB-ANN")
    asked = await shop.says("i want to make a payment")
    answer = await shop.taps(asked[-1].buttons[0].label)
    assert says(answer, "utter_pay_away") and not answer[-1].url_buttons
    assert "evil" not in text_of(answer)


# Claims.


async def claim(stage: Stage, amount: str = "182.40", day: str = "yesterday") -> list[Content]:
    await stage.taps_payload("/payment_not_there")
    await stage.says(day)
    await stage.says(amount)
    return await stage.says("yes")


async def test_a_claim_pauses_and_runs_out(shop: Stage) -> None:
    await shop.verify("NB-ANN")
    answer = await claim(shop)
    assert says(answer, "utter_trace_passed_on") and says(answer, "utter_claim_paused")
    [account] = shop.accounts("NB-ANN", "en")
    [hold] = [h for h in account.file.holds if h.kind.value == "payment_pending"]
    assert hold.until_on == account.position.as_of + timedelta(days=5)
    # The same words again do not pause for longer.
    assert says(await claim(shop), "utter_claim_not_paused")
    assert len(shop.accounts("NB-ANN", "en")[0].file.holds) == 1

    shop.clock.forward(days=4)
    review_payments(shop.database, shop.clock)
    assert await told(shop) == []
    shop.clock.forward(days=2)
    review_payments(shop.database, shop.clock)
    review_payments(shop.database, shop.clock)
    [news] = await told(shop)
    assert "automated assistant" in news.text
    kinds = events_of(shop)
    assert kinds.count("payment.claimed") == 2 and kinds.count("payment.claim_expired") == 2


async def test_a_claim_is_matched_by_a_payment_that_comes_in(shop: Stage) -> None:
    from lending.accounts import Payment, PaymentStatus
    from lending.bookkeeping import record_payment
    from lending.ids import PaymentId
    from lending.money import Money

    await shop.verify("NB-ANN")
    await claim(shop)
    [account] = shop.accounts("NB-ANN", "en")
    today = account.position.as_of
    with shop.database.unit() as uow:
        record_payment(
            uow.plans,
            account.file.account.id,
            Payment(
                id=PaymentId(0),
                amount=Money(18240, "USD"),
                status=PaymentStatus.SETTLED,
                method="transfer",
                initiated_on=today - timedelta(days=1),
                settled_on=today,
            ),
            external_key="bank-1",
            today=today,
            now=shop.clock(),
        )
        uow.commit()
    review_payments(shop.database, shop.clock)
    review_payments(shop.database, shop.clock)
    news = await told(shop)
    with shop.database.unit() as uow:
        last = uow.contacts.decisions(after=0, limit=100)[-1]
    print("DBG", last.answer, last.question.attempt)
    [news] = news
    assert says([news], "utter_claim_matched") or "automated assistant" in news.text
    assert "$182.40" in news.text
    [account] = shop.accounts("NB-ANN", "en")
    [hold] = [h for h in account.file.holds if h.kind.value == "payment_pending"]
    assert not hold.covers(today)
    assert events_of(shop).count("payment.claim_matched") == 1


async def test_paying_here_after_a_claim_is_not_what_was_claimed(shop: Stage) -> None:
    await shop.verify("NB-ANN")
    [account] = shop.accounts("NB-ANN", "en")
    await claim(shop, str(account.position.overdue.amount))
    shop.clock.forward(minutes=1)
    url = await page_for(shop, "Pay ")
    async with client_of(shop) as browser:
        await browser.post(url, data={"outcome": "pay"})
    [receipt] = await told(shop)
    assert says([receipt], "utter_pay_receipt")
    assert "payment.claim_matched" not in events_of(shop)


# Autopay.


async def test_autopay_is_recorded_in_its_words_and_stopped(shop: Stage) -> None:
    await shop.verify("NB-ANN")
    asked = await shop.says("set up autopay for me")
    assert says(asked, "utter_ask_autopay_confirmed")
    assert says(await shop.says("yes"), "utter_autopay_noted")
    borrower = borrower_of(shop.database, "NB-ANN")
    with shop.database.unit() as uow:
        [mandate] = uow.pay.mandates_of(borrower.id)
    assert mandate.consent in asked[-1].text
    assert (mandate.source, mandate.language) == ("telegram", "en")
    await shop.says("set up autopay for me")
    assert says(await shop.says("yes"), "utter_autopay_known")

    stopped = await shop.says("stop autopay")
    assert says(stopped, "utter_autopay_stopped") and not shop.is_opted_out()
    with shop.database.unit() as uow:
        [mandate] = uow.pay.mandates_of(borrower.id)
    assert mandate.revoked_via == "telegram"
    assert says(await shop.says("stop autopay"), "utter_autopay_none")
    kinds = events_of(shop)
    assert kinds.count("autopay.agreed") == 1 and kinds.count("autopay.revoked") == 1


@pytest.mark.parametrize(
    ("language", "start", "yes", "stop"),
    [
        ("zh-Hans", "设置自动还款", "同意", "取消自动还款"),
        ("zh-Hant", "如何設定自動扣繳", "同意", "取消自動扣繳"),
    ],
)
async def test_autopay_in_chinese(
    shop: Stage, language: str, start: str, yes: str, stop: str
) -> None:
    await shop.verify("NB-ANN", language=language)
    assert says(await shop.says(start), "utter_ask_autopay_confirmed", language)
    assert says(await shop.says(yes), "utter_autopay_noted", language)
    assert says(await shop.says(stop), "utter_autopay_stopped", language)


async def test_without_a_provider_the_ways_to_pay_are_told(stage: Stage) -> None:
    await stage.verify("NB-ANN")
    assert says(await stage.says("i want to make a payment"), "utter_how_to_pay_transfer")


async def test_the_sandbox_file_survives_a_restart(shop: Stage) -> None:
    await shop.verify("NB-ANN")
    url = await page_for(shop, "Pay ")
    kept = json.loads((shop.settings.data_dir / "sandbox-payments.json").read_text())
    assert len(kept) == 1
    shop.restart()
    async with client_of(shop) as browser:
        assert (await browser.get(url)).status_code == 200
