"""The console in a real Chromium: two colleagues, two borrowers, by mouse and by keyboard alone."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bot.conversation import EscalationReason
from bot.handover import Owner
from tests.bot_api_server import BotApiServer
from tests.console.web.browsing import CHROMIUM, FLAGS, PHONE, Served, say, served
from tests.console.web.keys import tab_to
from tests.console.web.stage import stage_on

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")

CHAT = 5001


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def house(web_seed: Path, tmp_path: Path, chromium: Browser) -> Iterator[Served]:
    path = tmp_path / "console.db"
    shutil.copy(web_seed, path)
    with stage_on(path) as stage, served(stage, chromium) as made:
        yield made
        assert made.problems == []


def wait_in_web_chat(house: Served, reference: str = "NB-WEI", born: str = "1988-09-03") -> Page:
    """A borrower in the web chat asks for a person."""
    page = house.borrower(reference, born)
    engine = house.stage.house.engine
    engine.extra = {"escalate": {"reason": "asked_for_person"}}
    page.locator("form.person button").click()
    expect(page.locator("#state")).to_have_attribute("data-owner", "queued")
    engine.extra = {}
    return page


def open_first(page: Page) -> None:
    page.goto("/staff/queue")
    page.locator("a.whole").first.click()
    page.wait_for_url("**/conversations/*")


def test_a_case_from_the_queue_to_the_assistant_again(house: Served) -> None:
    """Claim, reply, a second agent refused, private note, hand back; the borrower in Chinese."""
    wei = wait_in_web_chat(house)
    mei, omar = house.staff("mei"), house.staff("omar")
    open_first(mei)
    open_first(omar)
    mei.get_by_role("button", name="Claim").click()
    expect(mei.locator("#write textarea")).to_be_visible()
    expect(wei.locator("#messages .staff").last).to_contain_text("Mei")
    expect(wei.locator("#state")).to_have_attribute("data-owner", "human")

    # The colleague's open page says so by itself, and has nothing to write with.
    expect(omar.locator("#write")).to_contain_text("Mei writes here. Nobody else can.")
    expect(omar.locator("#write textarea[data-draft]")).to_have_count(0)

    mei.locator("#write textarea").fill("您好，我是小美，正在为您查询。")
    mei.get_by_role("button", name="Send").click()
    expect(wei.locator("#messages .staff .text").last).to_have_text(
        "您好，我是小美，正在为您查询。"
    )
    expect(mei.locator(".line.staff .said").last).to_have_text("您好，我是小美，正在为您查询。")
    expect(mei.locator("#write textarea")).to_have_value("")
    expect(omar.locator(".line.staff .said").last).to_have_text("您好，我是小美，正在为您查询。")

    say(wei, "谢谢，我想晚几天还")
    expect(mei.locator(".line.borrower .said").last).to_have_text("谢谢，我想晚几天还")
    mei.locator("#write textarea").fill("Wants a later day; promised to call.")
    mei.get_by_role("button", name="Keep as private note").click()
    expect(mei.locator(".line.private .said")).to_have_text("Wants a later day; promised to call.")
    expect(wei.locator("#messages")).not_to_contain_text("promised to call")

    mei.get_by_text("Resolve", exact=True).first.click()
    mei.select_option("#r-outcome", "answered")
    mei.locator("form[action$='/resolve'] button").click()
    mei.wait_for_url("**/queue?notice=returned")
    expect(wei.locator("#state")).to_have_attribute("data-owner", "bot")
    expect(wei.locator("#messages .bot").last).to_contain_text("Mei")
    say(wei, "我这期要还多少")
    expect(wei.locator("#messages .bot .text").last).to_have_text("answer to 我这期要还多少")
    assert house.stage.house.engine.asked[-1][1:] == ("我这期要还多少", "zh-Hans")


def test_a_reply_reaches_telegram_and_the_answer_comes_back(
    web_seed: Path, tmp_path: Path, chromium: Browser
) -> None:
    path = tmp_path / "console.db"
    shutil.copy(web_seed, path)
    with (
        BotApiServer() as telegram,
        stage_on(path) as stage,
        served(stage, chromium, telegram) as house,
    ):
        telegram.user_says(CHAT, f"/start {stage.house.link('NB-ANN')}")
        hears(telegram, 1)
        telegram.user_says(CHAT, "1990-04-21")
        hears(telegram, 3)
        stage.work.open(EscalationReason.HARDSHIP, str(CHAT))
        mei = house.staff("mei")
        open_first(mei)
        mei.get_by_role("button", name="Claim").click()
        mei.locator("#write textarea").fill("Hello Ann, I am looking into it.")
        mei.locator("#write textarea").press("Control+Enter")
        expect(mei.locator(".line.staff .said").last).to_have_text(
            "Hello Ann, I am looking into it."
        )
        # A line of the transcript is there before the channel has taken it.
        said = "Hello Ann, I am looking into it."
        hears_text(telegram, said)
        assert [one.text for one in telegram.messages_to(CHAT)].count(said) == 1
        telegram.user_says(CHAT, "thank you so much")
        expect(mei.locator(".line.borrower .said").last).to_have_text("thank you so much")
        assert house.problems == []


def hears(telegram: BotApiServer, messages: int) -> None:
    """Wait until the borrower's phone shows so many messages."""
    _until(telegram, lambda: len(telegram.messages_to(CHAT)) >= messages)


def hears_text(telegram: BotApiServer, text: str) -> None:
    """Wait until the borrower's phone shows these words."""
    _until(telegram, lambda: text in [one.text for one in telegram.messages_to(CHAT)])


def _until(telegram: BotApiServer, is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline, telegram.messages_to(CHAT)
        time.sleep(0.05)


def test_words_that_may_not_leave_are_marked_and_kept(house: Served) -> None:
    wait_in_web_chat(house)
    mei = house.staff("mei")
    open_first(mei)
    mei.get_by_role("button", name="Claim").click()
    mei.locator("#write textarea").fill("Pay today or you will be arrested.")
    mei.get_by_role("button", name="Send").click()
    expect(mei.locator("#write mark")).to_be_visible()
    expect(mei.locator("#write textarea")).to_have_value("Pay today or you will be arrested.")


def test_a_draft_survives_a_reload(house: Served) -> None:
    wait_in_web_chat(house)
    mei = house.staff("mei")
    open_first(mei)
    mei.get_by_role("button", name="Claim").click()
    mei.locator("#write textarea").fill("half a thought")
    mei.reload()
    expect(mei.locator("#write textarea")).to_have_value("half a thought")


def test_by_keyboard_alone(house: Served) -> None:
    """Sign in, find the case, claim, write, without touching a mouse."""
    wait_in_web_chat(house)
    page = house.page()
    page.goto("/staff/sign-in")
    expect(page.locator("#login")).to_be_focused()
    page.keyboard.type("mei")
    page.keyboard.press("Tab")
    page.keyboard.type("seven grey herons wade")
    page.keyboard.press("Enter")
    page.wait_for_url("**/queue")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, "a.whole")
    page.keyboard.press("Enter")
    page.wait_for_url("**/conversations/*")
    tab_to(page, "#write button.main")
    page.keyboard.press("Enter")
    page.locator("#write textarea").wait_for()
    tab_to(page, "#write textarea")
    page.keyboard.type("Hello")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".line.staff .said").last).to_have_text("Hello")


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_every_page_at_390_pixels_in_both_languages(house: Served, locale: str) -> None:
    """Nothing is wider than the phone, the menu opens, and the language is the reader's."""
    wait_in_web_chat(house)
    sam = house.staff("sam", PHONE, locale=locale)
    sam.goto("/staff/me")
    sam.select_option("#lang", "zh-Hans" if locale == "zh-CN" else "en")
    sam.locator("form[action$='/me/language'] button").click()
    open_first(sam)
    for path in pages_of(house):
        sam.goto(f"/staff{path}")
        wide = sam.evaluate("document.documentElement.scrollWidth")
        assert wide <= PHONE[0], f"{path} is {wide} wide"
        assert sam.locator("html").get_attribute("lang") == (
            "zh-Hans" if locale == "zh-CN" else "en"
        )
    sam.locator("[data-menu]").click()
    expect(sam.locator("#links")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_any_page(house: Served, scheme: str) -> None:
    wait_in_web_chat(house)
    found = axe_on(house.page(color_scheme=scheme), ["/sign-in"])
    sam = house.staff("sam", color_scheme=scheme)
    open_first(sam)
    sam.get_by_role("button", name="Claim").click()
    sam.locator("#write textarea").wait_for()
    found += axe_on(sam, pages_of(house))
    found += axe_on(house.staff("ada", color_scheme=scheme), ["/staff", "/audit", "/health"])
    assert found == []


def pages_of(house: Served) -> list[str]:
    with house.stage.house.database.unit() as uow:
        (waiting, *_) = uow.escalations.unresolved()
    return [
        "/queue",
        f"/conversations/{waiting.conversation_id}",
        f"/conversations/{waiting.conversation_id}/plans?account=PL-WEI&monthly=900",
        "/borrowers",
        "/borrowers/NB-WEI",
        "/approvals",
        "/contacts",
        "/contacts/1",
        "/strategy?who=NB-WEI",
        "/strategy/portfolio?days=7",
        "/reports",
        "/templates",
        "/templates/utter_queued",
        "/me",
    ]


def axe_on(page: Page, paths: list[str]) -> list[str]:
    found = []
    for path in paths:
        page.goto(f"/staff{path}")
        for violation in Axe().run(page).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                where = [node["html"][:120] for node in violation["nodes"][:3]]
                found.append(f"{path}: {violation['id']}: {where}")
    return found


def test_the_server_knows_who_holds_it_after_all_that(house: Served) -> None:
    wait_in_web_chat(house)
    mei = house.staff("mei")
    open_first(mei)
    mei.get_by_role("button", name="Claim").click()
    mei.locator("#write textarea").wait_for()
    mei.get_by_role("button", name="Back into the queue").click()
    mei.wait_for_url("**/queue?notice=released")
    with house.stage.house.database.unit() as uow:
        (waiting, *_) = uow.escalations.unresolved()
        control = uow.conversations.get(waiting.conversation_id).control
    assert control.owner is Owner.QUEUED and control.staff is None
