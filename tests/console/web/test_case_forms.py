"""Fees, calls and visits, duplicate chats and cases by hand: each from its form on the page."""

from __future__ import annotations

import re

import pytest

from bot.conversation import EscalationReason
from lending.bookkeeping import record_posting
from lending.dates import local_day
from lending.entries import EntryKind, Posting
from lending.money import Money
from lending.position import position_of
from tests.console.web.stage import Browser, Stage

ACCOUNT = "PL-ANN"


@pytest.fixture
async def waiting(stage: Stage) -> Stage:
    """Ann is verified and asked for a person."""
    await stage.house.verify()
    stage.work.open(EscalationReason.ASKED)
    return stage


def path_of(stage: Stage) -> str:
    return f"/conversations/{stage.conversation().id}"


def claimed(stage: Stage, login: str = "mei") -> Browser:
    browser = stage.signed_in(login)
    browser.get(path_of(stage))
    assert browser.post(f"{path_of(stage)}/claim").status_code == 303
    return browser


def fees(stage: Stage, *, add: int = 0) -> int:
    """The fees that Ann owes, in minor units, after one more is charged."""
    with stage.house.database.unit() as uow:
        file = uow.accounts.by_reference(ACCOUNT)
        assert file is not None
        now = stage.house.clock()
        today = local_day(now, uow.borrowers.get(file.account.borrower_id).timezone)
        if add:
            fee = Posting(
                key="fee", kind=EntryKind.FEE, effective_on=today, amount=Money(add, "USD")
            )
            record_posting(uow.plans, file.account.id, fee, today=today, now=now)
            uow.commit()
        return position_of(uow.accounts.file(file.account.id), today).fees_owed.minor


def waive(browser: Browser, stage: Stage, amount: str, key: str) -> tuple[int, str]:
    fields = {"account": ACCOUNT, "amount": amount, "reason": "Our mistake", "key": key}
    answer = browser.post(f"{path_of(stage)}/waive", partial=True, **fields)
    return answer.status_code, answer.text


async def test_an_agent_waives_up_to_the_limit_and_a_supervisor_beyond(waiting: Stage) -> None:
    mei, owed = claimed(waiting), fees(waiting, add=120_00)
    assert waive(mei, waiting, "30.00", "first-form")[0] == 204
    assert waive(mei, waiting, "30.00", "first-form")[0] == 204
    assert fees(waiting) == owed - 30_00
    status, told = waive(mei, waiting, "30.00", "second-form")
    assert status == 422
    assert "You may waive $50.00 on one account in a year; $20.00 of it is left." in told
    for nonsense in ("-5", "0", "lots", "1e9", "5,00,0.1"):
        assert waive(mei, waiting, nonsense, nonsense)[0] == 422, nonsense
    assert waive(waiting.signed_in("sam"), waiting, "30.00", "third-form")[0] == 204
    assert fees(waiting) == owed - 60_00
    fields = {"account": ACCOUNT, "amount": "1.00", "reason": "Mine", "key": "other-form"}
    for other in ("cora", "ada"):
        answer = waiting.signed_in(other).post(f"{path_of(waiting)}/waive", **fields)
        assert answer.status_code == 403


async def test_a_refusal_is_in_the_readers_language(waiting: Stage) -> None:
    mei = claimed(waiting)
    mei.post("/me/language", language="zh-Hans")
    fees(waiting, add=120_00)
    assert (
        "您一年内对单个账户可减免 US$50.00，尚余 US$50.00。"
        in waive(mei, waiting, "99.00", "form")[1]
    )


async def test_a_visit_is_logged_and_counts_in_what_the_rules_are_asked(waiting: Stage) -> None:
    mei = claimed(waiting)
    asked = f"{path_of(waiting)}/may-contact"
    assert "Yes, you may contact now." in mei.get(asked).text
    fields = {"channel": "visit", "outcome": "sent", "note": "At home, was friendly"}
    kept = mei.post(f"{path_of(waiting)}/log", **fields)
    assert kept.headers["location"].endswith("notice=logged")
    waiting.house.clock.forward(minutes=20)
    mei = waiting.signed_in("mei")
    assert "Visit" in mei.get("/contacts?who=NB-ANN").text
    for wrong in (
        {"channel": "sms", "outcome": "conversation"},
        {"channel": "visit", "outcome": "champagne"},
        {"channel": "visit", "outcome": "voicemail_left"},
        {"channel": "call", "outcome": "sent"},
    ):
        assert mei.post(f"{path_of(waiting)}/log", partial=True, **wrong).status_code == 422


async def test_two_chats_of_one_borrower_are_merged_from_the_page(waiting: Stage) -> None:
    await waiting.house.verify(address="1009")
    waiting.work.open(EscalationReason.DISPUTE, "1009")
    other = waiting.conversation("1009").id
    mei = claimed(waiting)
    page = mei.get(path_of(waiting)).text
    assert "Merge with another chat of theirs" in page and f'value="{other}"' in page
    path = f"{path_of(waiting)}/merge"
    assert mei.post(path, partial=True, other=other, reason="").status_code == 422
    assert mei.post(path, partial=True, other="f" * 32, reason="x").status_code in (404, 422)
    kept = mei.post(path, other=other, reason="The same person")
    assert kept.headers["location"].endswith("notice=merged")
    page = mei.get(path_of(waiting)).text
    reasons = set(re.findall(r"<summary>\s*(?:<[^>]+>)*\s*(Dispute|Asked for a person)", page))
    assert "Dispute" in page and "Asked for a person" in page, reasons
    assert waiting.conversation("1009").merged_into == waiting.conversation().id


async def test_a_case_is_opened_by_hand_with_a_reason(stage: Stage) -> None:
    await stage.house.verify()
    cora = stage.signed_in("cora")
    assert "Put into the queue" in cora.get(path_of(stage)).text
    assert cora.post(f"{path_of(stage)}/open", partial=True, reason=" ").status_code == 422
    opened = cora.post(f"{path_of(stage)}/open", reason="Sounded unwell")
    assert opened.headers["location"].endswith("notice=opened")
    assert "Opened by staff" in stage.signed_in("mei").get("/queue").text


async def test_only_holds_that_people_set_are_offered(waiting: Stage) -> None:
    mei = claimed(waiting)
    page = mei.get(f"{path_of(waiting)}/work").text
    kinds = re.search(r'id="h-kind".*?</select>', page, re.S)
    assert kinds is not None
    for kind in re.findall(r'<option value="(\w+)">', kinds[0]):
        fields = {"kind": kind, "reason": "They told me"}
        assert mei.post(f"{path_of(waiting)}/hold", partial=True, **fields).status_code == 204, kind
