"""Looking ahead at the reminders: one borrower, the portfolio, and who may look."""

from __future__ import annotations

import asyncio
import re
import time

import pytest

from bot.conversation import EscalationReason
from tests.console.web.stage import Browser, Stage


@pytest.fixture
async def verified(stage: Stage) -> Stage:
    await stage.house.verify()
    return stage


def rows(page: str) -> list[str]:
    """The rows of the first table as words."""
    body = page.split("<tbody>")[1].split("</tbody>")[0]
    cells = re.sub(r"<(div|td|details)[^>]*>", " ", body)
    return [re.sub(r"<[^>]+>|\s+", " ", row).strip() for row in cells.split("</tr>") if "<" in row]


async def test_a_borrower_day_by_day_with_the_words_that_would_go(verified: Stage) -> None:
    before = len(verified.house.channel.sent)
    page = verified.signed_in("sam").get("/strategy?who=NB-ANN&days=14").text
    assert "goes out" in page and "Telegram" in page and "PL-ANN" in page
    said = re.search(r'<div class="wrap said">([^<]+)</div>', page)
    assert said is not None and "Ann" in said[1]
    with verified.house.database.unit() as uow:
        assert uow.reminders.counts() == {}
    assert len(verified.house.channel.sent) == before


async def test_a_hold_a_person_and_a_wish_hold_back_with_their_reason(verified: Stage) -> None:
    sam = verified.signed_in("sam")
    verified.work.open(EscalationReason.ASKED)
    path = f"/conversations/{verified.conversation().id}"
    sam.get(path)
    assert sam.post(f"{path}/claim").status_code == 303
    assert "they wait for a person, or speak with one" in sam.get("/strategy?who=PL-ANN").text
    fields = {"kind": "dispute", "reason": "Paid twice", "account": "PL-ANN"}
    assert sam.post(f"{path}/hold", **fields).status_code == 303
    page = sam.get("/strategy?who=PL-ANN").text
    assert "on hold: Dispute" in page and "goes out" not in page
    assert "已暂停：争议" in _chinese(sam).get("/strategy?who=PL-ANN").text


def _chinese(browser: Browser) -> Browser:
    browser.get("/me")
    assert browser.post("/me/language", language="zh-Hans").status_code == 303
    return browser


async def test_rules_hold_back_in_words(verified: Stage) -> None:
    await verified.house.send("/stop")
    page = verified.signed_in("cora").get("/strategy?who=NB-ANN").text
    assert "held back" in page
    verified.house.clock.forward(days=1)
    page = verified.signed_in("cora").get("/strategy?who=NB-ANN").text
    assert "Telegram: " in page or "no address" in page


async def test_a_reference_that_nobody_has_is_said(verified: Stage) -> None:
    page = verified.signed_in("sam").get("/strategy?who=%3Cb%3E").text
    assert "No account or borrower has the reference “&lt;b&gt;”" in page


async def test_the_portfolio_is_counted_beside_the_page(
    verified: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.web.pages.strategy.SAMPLES", (12, 20))
    sam = verified.signed_in("sam")
    page = sam.get("/strategy/portfolio?days=7").text
    assert "Counting" in page
    deadline = time.monotonic() + 60
    while "Counted at" not in page and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
        page = sam.get("/strategy/portfolio?days=7", headers={"hx-request": "true"}).text
    assert "<html" not in page and "every 2s" not in page
    assert "Accounts looked at</dt><dd>12<" in page
    assert "no address is known" in page and "for example" in page


async def test_who_may_look_ahead(verified: Stage) -> None:
    seen = {
        login: verified.signed_in(login).get("/strategy").status_code
        for login in ("mei", "sam", "cora", "ada")
    }
    assert seen == {"mei": 403, "sam": 200, "cora": 200, "ada": 403}
    assert "/staff/strategy" not in verified.signed_in("mei").get("/queue").text


async def test_cure_and_roll_rates_are_counted_beside_the_page(stage: Stage) -> None:
    sam = stage.signed_in("sam")
    page, deadline = "", time.monotonic() + 60
    while "Counted at" not in page and time.monotonic() < deadline:
        page = sam.get("/reports/arrears", headers={"hx-request": "true"}).text
        await asyncio.sleep(0.05)
    assert "Cured</dt><dd>" in page and "From class to class" in page
    counted = re.search(r"Accounts</dt><dd>(\d+)<", page)
    assert counted is not None and int(counted[1]) > 100
