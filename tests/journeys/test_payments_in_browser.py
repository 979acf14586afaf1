"""Pay in the web chat, in a real Chromium: choose, pay by keyboard alone, receipt, balance, no reminder.

With PICTURES set to a folder, the pages are photographed into it (docs/pictures).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright, expect

from bot.reminder_ports import ReminderState
from tests.bot_api_server import BotApiServer
from tests.house import HandClock
from tests.journeys.stage import BORN, Stage, serving
from tests.journeys.test_payments import plan_reminder, reminders_of

CHROMIUM = shutil.which("chromium")
PHONE = {"width": 390, "height": 844}
PICTURES = os.environ.get("PICTURES")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")

Open = Callable[..., Stage]


class _MachineClock(HandClock):
    def __call__(self) -> datetime:
        return datetime.now(UTC)


@pytest.fixture
def shop(open_stage: Open, unused_tcp_port: int) -> Stage:
    stage = open_stage(
        pay_provider="sandbox",
        base_url=f"http://127.0.0.1:{unused_tcp_port}",
        web_port=unused_tcp_port,
    )
    stage.clock.__class__ = _MachineClock  # the web chat has that one, too
    expect.set_options(timeout=30_000)
    return stage


async def chat_of(browser: Browser, stage: Stage, reference: str, locale: str = "en") -> Page:
    context = await browser.new_context(
        viewport=PHONE, device_scale_factor=2, locale=locale, base_url=stage.settings.public_url
    )
    page = await context.new_page()
    page.set_default_timeout(30_000)
    await page.goto(f"/l/{stage.link(reference)}")
    await page.locator("main form button").click()
    await page.locator("#messages .bot").nth(0).wait_for()
    await page.fill("#text", BORN[reference])
    await page.press("#text", "Enter")
    await page.locator("#messages .bot").nth(3).wait_for()  # the greeting, the question; then two
    return page


async def photograph(page: Page, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / name)


async def test_pay_in_the_web_chat_by_keyboard(shop: Stage) -> None:
    plan_reminder(shop, "NB-ANN")
    async with (
        serving(shop, BotApiServer()),
        async_playwright() as engine,
        await engine.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        ) as browser,
    ):
        chat = await chat_of(browser, shop, "NB-ANN")
        await chat.fill("#text", "i want to make a payment")
        await chat.press("#text", "Enter")
        await chat.get_by_role("button", name="(open)").click()
        link = chat.locator("a.button[href*='/sandbox/pay/']")
        await expect(link).to_be_visible()
        await photograph(chat, "pay-chat-en.png")
        async with chat.context.expect_page() as opened:
            await link.focus()
            await chat.keyboard.press("Enter")
        pay = await opened.value
        await pay.wait_for_load_state()
        await expect(pay.get_by_role("radio", checked=True)).to_have_value("order")
        assert (await Axe().run(pay)).violations_count == 0
        await photograph(pay, "pay-page-en.png")
        for name, language in (("简体中文", "zh-Hans"), ("繁體中文", "zh-Hant")):
            await pay.get_by_role("link", name=name).click()
            await expect(pay.locator("html")).to_have_attribute("lang", language)
            await photograph(pay, f"pay-page-{language}.png")
        await pay.get_by_role("link", name="English").click()

        # By keyboard alone: another amount that makes no sense, then the one from the chat.
        await pay.get_by_role("radio", checked=True).focus()
        await pay.keyboard.press("ArrowUp")
        await expect(pay.get_by_role("radio", checked=True)).to_have_value("other")
        await pay.keyboard.press("Tab")
        await pay.keyboard.type("nothing")
        await pay.keyboard.press("Tab")
        await pay.keyboard.press("Enter")
        await expect(pay.get_by_role("alert")).to_contain_text("above zero")
        await pay.get_by_role("radio", checked=True).focus()
        await pay.keyboard.press("ArrowDown")
        await expect(pay.get_by_role("radio", checked=True)).to_have_value("order")
        await pay.keyboard.press("Tab")
        await pay.keyboard.press("Tab")
        await pay.keyboard.press("Enter")
        await expect(pay.get_by_role("heading", level=1)).to_have_text("Thank you")
        assert (await Axe().run(pay)).violations_count == 0

        receipt = chat.locator("#messages .bot .text", has_text="reached us on")
        await expect(receipt).to_be_visible(timeout=20_000)  # it comes by itself
        await expect(receipt).to_contain_text("The whole account stands at")
        await photograph(chat, "pay-receipt-en.png")
        await chat.fill("#text", "how much do i owe right now")
        await chat.press("#text", "Enter")
        [account] = shop.accounts("NB-ANN", "en")
        balance = account.money(account.position.payoff)
        await expect(chat.locator("#messages .bot .text").last).to_contain_text(balance)
    [reminder] = reminders_of(shop, "NB-ANN")
    assert reminder.state is ReminderState.CANCELLED
    assert not account.position.is_overdue


async def test_the_page_fits_a_small_phone_and_zoom(shop: Stage) -> None:
    async with (
        serving(shop, BotApiServer()),
        async_playwright() as engine,
        await engine.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        ) as browser,
    ):
        chat = await chat_of(browser, shop, "NB-ANN")
        await chat.fill("#text", "i want to make a payment")
        await chat.press("#text", "Enter")
        await chat.get_by_role("button", name="(open)").click()
        link = chat.locator("a.button[href*='/sandbox/pay/']")
        url = await link.get_attribute("href")
        assert url is not None
        page = await browser.new_page(viewport={"width": 320, "height": 568})
        await page.goto(url)
        wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        assert await page.evaluate(wide)
        assert await page.evaluate(
            "[...document.querySelectorAll('button, .offer, nav a, input[name=other], summary')]"
            ".every(e => e.getBoundingClientRect().height >= 43.5 || !e.offsetParent)"
        )
