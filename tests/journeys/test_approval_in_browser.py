"""A plan that needs the staff, clicked from the request in the chat to the yes: real model, real pages."""

from __future__ import annotations

import os
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bot.conversation import StoredMessage
from bot.messages import Author, Channel
from bot.plan_news import PlanNews
from bot.staff import Role
from lending.plan_records import OfferState, PlanState
from tests.console.web.browsing import CHROMIUM, FLAGS, PHONE, Browsing, running, say
from tests.console.web.keys import tab_to
from tests.journeys.stage import BORN, SECRET, Stage, label
from wiring.serving import web_app
from wiring.staff import staff_admin

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")

PASSWORD = "seven grey herons wade"
PICTURES = os.environ.get("TIDEOVER_TEST_PICTURES")
"""A folder to keep pictures of the steps in, for people to look at."""

ANN = {
    "who": "NB-ANN",
    "account": "PL-ANN",
    "lines": (
        "I got laid off last week, I can't do this",
        "maybe 1400 with benefits",
        "rent 700, food 300, bills 150",
        "none",
        "about 6 months",
    ),
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def browsing(strict: Stage, chromium: Browser) -> Iterator[Browsing]:
    """The whole product at an address: web chat and console over one bot."""
    admin = staff_admin(strict.settings, strict.database, SECRET)
    for login, role in (("mei", Role.AGENT), ("sam", Role.SUPERVISOR)):
        admin.add(login, name=login.title(), role=role, password=PASSWORD, by="test")
    app = web_app(strict.bot)

    @asynccontextmanager
    async def life() -> AsyncIterator[None]:
        yield
        await strict.bot.router.idle()

    def close() -> None:
        app.state.closing.set()
        strict.bot.hub.close()

    with running(app, life, close) as (url, loop):
        made = Browsing(url=url, chromium=chromium, loop=loop)
        try:
            yield made
        finally:
            made.close()


def test_a_plan_is_asked_for_agreed_by_two_people_and_taken(
    strict: Stage, browsing: Browsing
) -> None:
    ann = chat(strict, browsing)
    for line in ANN["lines"]:
        answered(strict, browsing, ann, line)
    answered(strict, browsing, ann, "A")
    answered(strict, browsing, ann, "yes")
    picture(ann, "1-asked")
    assert state_of(strict) == {OfferState.REQUESTED}

    # The first person, by mouse.
    mei = browsing.staff("mei")
    mei.goto("/staff/approvals")
    expect(mei.locator("tbody tr")).to_have_count(1)
    picture(mei, "2-approvals")
    mei.locator("a.whole").click()
    mei.locator("#why").fill("Half of the income is gone; this leaves a little to live on.")
    mei.get_by_role("button", name="Recommend").click()
    mei.wait_for_url("**notice=recommended")
    expect(mei.get_by_role("button", name="Approve")).to_have_count(0)
    assert serious(mei) == []

    # The second person, a supervisor, by keyboard alone.
    sam = browsing.staff("sam")
    tab_to(sam, "a[href='/staff/approvals']")
    sam.keyboard.press("Enter")
    sam.wait_for_url("**/approvals")
    tab_to(sam, "a.whole")
    sam.keyboard.press("Enter")
    sam.wait_for_url("**/approvals/*")
    expect(sam.locator("main")).to_contain_text("Half of the income is gone")
    picture(sam, "3-approval")
    tab_to(sam, "form[action$='/approve'] button")
    sam.keyboard.press("Enter")
    sam.wait_for_url("**notice=approved")
    picture(sam, "4-approved")
    assert state_of(strict) >= {OfferState.APPROVED}

    # The borrower's open page is told, without a figure, and shows the plan at a tap.
    news = PlanNews(
        store=strict.database,
        outbox=strict.bot.outbox,
        texts=strict.bot.texts,
        clock=strict.clock,
        lender="Northbank",
    )
    assert browsing.run(news.tell()) == 1
    told = ann.locator("#messages .bot").last
    expect(told).to_contain_text("Northbank")
    assert not re.search(r"\d", told.locator(".text").inner_text())
    ann.get_by_role("button", name=label("utter_plan_news", "plan")).last.click()
    expect(ann.locator("#messages .bot").last).to_contain_text("To be sure, for")
    picture(ann, "5-told")
    answered(strict, browsing, ann, "yes")
    expect(ann.locator("#messages a[href$='.pdf']").last).to_be_visible()
    picture(ann, "6-booked")

    with strict.database.unit() as uow:
        file = uow.accounts.by_reference("PL-ANN")
        assert file is not None
        [plan] = uow.plans.plans_of(file.account.id)
        [offer] = [o for o in uow.plans.offers_of(plan.borrower_id) if o.id == plan.offer_id]
    assert plan.state is PlanState.ON_TRACK and offer.state is OfferState.ACCEPTED
    assert (offer.recommended_by, offer.approved_by) == ("mei", "sam")

    sam.reload()
    expect(sam.locator("main")).to_contain_text("Accepted")
    for scheme, language in (("dark", "zh-Hans"), ("light", "en")):
        phone = browsing.staff("sam", PHONE, color_scheme=scheme)
        phone.goto("/staff/me")
        phone.select_option("#lang", language)
        phone.locator("form[action$='/me/language'] button").click()
        for path in ("/approvals", f"/approvals/{offer.id}", "/strategy?who=NB-ANN"):
            phone.goto(f"/staff{path}")
            assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE[0], path
            assert serious(phone) == [], path
        phone.goto(f"/staff/approvals/{offer.id}")
        picture(phone, f"7-phone-{language}-{scheme}")
    assert browsing.problems == []


def chat(stage: Stage, browsing: Browsing) -> Page:
    """Ann in the web chat, verified."""
    page = browsing.page()
    page.goto(f"/l/{stage.link(ANN['who'])}")
    page.locator("main form button").click()
    page.locator("#messages .bot").nth(0).wait_for()
    answered(stage, browsing, page, BORN["NB-ANN"])
    return page


def answered(stage: Stage, browsing: Browsing, page: Page, text: str) -> None:
    """Write, and wait until all that the assistant answers is on the page."""
    before = len(handled(stage))
    say(page, text)
    deadline = time.monotonic() + 60
    while len(handled(stage)) == before:
        assert time.monotonic() < deadline, text
        page.wait_for_timeout(50)
    browsing.run(stage.bot.router.idle())
    page.locator(f"#m-{talk(stage)[-1].id}").wait_for()


def talk(stage: Stage) -> tuple[StoredMessage, ...]:
    """Ann's whole conversation in the web chat."""
    with stage.database.unit() as uow:
        borrower = uow.borrowers.by_reference("NB-ANN")
        assert borrower is not None
        chats = [c for c in uow.conversations.of_borrower(borrower.id) if c.channel is Channel.WEB]
        return uow.messages.after(chats[-1].id, 0, 200) if chats else ()


def handled(stage: Stage) -> list[StoredMessage]:
    return [one for one in talk(stage) if one.author is Author.BORROWER and one.handled_at]


def state_of(stage: Stage) -> set[OfferState]:
    """The states of Ann's offers but those that were only shown."""
    with stage.database.unit() as uow:
        borrower = uow.borrowers.by_reference("NB-ANN")
        assert borrower is not None
        offers = uow.plans.offers_of(borrower.id)
    return {one.state for one in offers} - {OfferState.SHOWN}


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [one["id"] for one in found if one["impact"] in ("serious", "critical")]


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png")
