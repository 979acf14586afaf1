"""Holds, fees, promises, canned replies and attachments from the conversation's page."""

from __future__ import annotations

import re

import pytest

from bot.conversation import EscalationReason
from lending.holds import HoldKind
from tests.console.web.stage import Browser, Stage


@pytest.fixture
async def waiting(stage: Stage) -> Stage:
    """Ann is verified and asked for a person."""
    await stage.house.verify()
    await stage.house.send("a person please")
    stage.work.open(EscalationReason.ASKED)
    return stage


def _page(stage: Stage) -> str:
    return f"/conversations/{stage.conversation().id}"


def _claimed(stage: Stage) -> Browser:
    mei = stage.signed_in("mei")
    mei.get(_page(stage))
    assert mei.post(f"{_page(stage)}/claim").status_code == 303
    return mei


async def test_a_hold_is_set_and_lifted_from_the_page(waiting: Stage) -> None:
    mei = _claimed(waiting)
    fields = {"kind": "hardship_request", "reason": "Lost the job"}
    assert mei.post(f"{_page(waiting)}/hold", **fields).headers["location"].endswith("notice=held")
    who = waiting.conversation().identity.borrower_id
    assert who is not None
    with waiting.house.database.unit() as uow:
        [hold] = {
            hold.id: hold
            for file in uow.accounts.files_of(who)
            for hold in file.holds
            if hold.kind is HoldKind.HARDSHIP_REQUEST
        }.values()
    assert (hold.owner, hold.account_id, hold.until_on) == ("mei", None, None)
    lifted = mei.post(f"{_page(waiting)}/lift/{hold.id}")
    assert lifted.headers["location"].endswith("notice=lifted")
    for wrong in ({"kind": "nonsense"}, {"kind": "dispute"}, {"kind": "plan", "reason": "x"}):
        assert mei.post(f"{_page(waiting)}/hold", partial=True, **wrong).status_code == 422


async def test_a_promise_is_kept_and_nonsense_refused(waiting: Stage) -> None:
    mei = _claimed(waiting)
    page = mei.get(f"{_page(waiting)}/work").text
    account = re.search(r'id="p-account".*?<option value="([^"]+)">', page, re.S)
    assert account is not None
    day = f"{waiting.house.clock():%Y-%m}-28"
    kept = mei.post(f"{_page(waiting)}/promise", account=account[1], amount="50.00", on=day)
    assert kept.headers["location"].endswith("notice=promised")
    for wrong in (
        {"account": account[1], "amount": "-1", "on": day},
        {"account": account[1], "amount": "50", "on": "soon"},
        {"account": "NB-WEI-1", "amount": "50", "on": day},
    ):
        assert mei.post(f"{_page(waiting)}/promise", partial=True, **wrong).status_code == 422
    for who in ("cora", "ada"):
        other = waiting.signed_in(who)
        assert (
            other.post(f"{_page(waiting)}/promise", **fields_of(account[1], day)).status_code == 403
        )


def fields_of(account: str, day: str) -> dict[str, str]:
    return {"account": account, "amount": "50.00", "on": day}


async def test_a_reply_starts_from_a_canned_one_and_takes_the_schedule_along(
    waiting: Stage,
) -> None:
    mei = _claimed(waiting)
    page = mei.get(_page(waiting)).text + mei.get(f"{_page(waiting)}/ready").text
    assert "this is Mei from Northbank" in page
    attach = re.search(r'<option value="(schedule:[^"]+)">', page)
    epoch = re.search(r'name="epoch" value="(\d+)"', page)
    assert attach is not None and epoch is not None
    sent = mei.post(
        f"{_page(waiting)}/reply",
        text="Here is your schedule.",
        attach=attach[1],
        epoch=epoch[1],
        key="once",
    )
    assert sent.status_code == 303, sent.text[:400]
    newest = waiting.house.channel.sent[-1].content
    assert newest.text == "Here is your schedule." and newest.picture is not None
