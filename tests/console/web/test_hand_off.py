"""What the person who takes over is told, and the documents that they can send along."""

from __future__ import annotations

import re

import pytest

from bot.conversation import EscalationReason
from lending.dates import local_day
from lending.plan_ports import Now
from lending.plan_quote import PlanRequest
from lending.plan_records import KeptOffer
from settings import Settings
from tests.console.web.stage import Stage
from wiring.base import plan_office

OFFICE = plan_office(Settings())


@pytest.fixture
async def verified(stage: Stage) -> Stage:
    await stage.house.verify()
    await stage.house.send("I cannot pay it all, I have no job")
    return stage


def offered(stage: Stage, *, accept: bool = False) -> tuple[KeptOffer, ...]:
    """Plans for Ann's loan, as the chat offers them; the first one taken if `accept`."""
    with stage.house.database.unit() as uow:
        file = uow.accounts.by_reference("PL-ANN")
        assert file is not None
        borrower = uow.borrowers.get(file.account.borrower_id)
        at = stage.house.clock()
        now = Now(today=local_day(at, borrower.timezone), at=at)
        kept = OFFICE.quote(uow.plans, file, borrower, PlanRequest(), now=now).kept
        OFFICE.keep(uow.plans, kept)
        if accept:
            OFFICE.accept(uow.plans, kept[0].id, borrower, now=now)
        uow.commit()
    return kept


def claimed(stage: Stage) -> tuple[str, str]:
    """Mei holds it: the path of the conversation and the epoch of her claim."""
    path = f"/conversations/{stage.conversation().id}"
    assert stage.signed_in("mei").post(f"{path}/claim").status_code == 303
    return path, str(stage.conversation().control.epoch)


async def test_the_packet_says_all_that_one_needs_to_go_on(verified: Stage) -> None:
    offers = offered(verified)
    escalation = verified.work.open(EscalationReason.HARDSHIP)
    packet = escalation.packet
    assert [one["account"] for one in packet["offers"]] == ["PL-ANN"] * len(offers)
    assert {
        "account": "PL-ANN",
        "payment": {"minor": offers[0].offer.payment.minor, "currency": "USD"},
        "payments": len(offers[0].offer.rows),
        "until": offers[0].offer.ends_on.isoformat(),
        "total": {"minor": offers[0].offer.cost.minor, "currency": "USD"},
        "state": "shown",
        "shown": "2026-11-23",
    } in packet["offers"]
    page = verified.signed_in("mei").get(f"/conversations/{escalation.conversation_id}").text
    facts = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]*)</dd>", page))
    assert facts["Identity then"] == "Verified" and facts["Language"] == "English"
    assert "PL-ANN: " in facts["Offers shown"] and "Shown Mon 23 Nov 2026" in facts["Offers shown"]
    assert "no job" in facts["They wrote"] and "answer to I cannot" in facts["They were told"]
    assert "overdue" in facts["PL-ANN"] and facts["Mood"]


async def test_of_somebody_unknown_the_packet_tells_no_money(stage: Stage) -> None:
    await stage.house.send("a person please")
    packet = stage.work.open(EscalationReason.ASKED).packet
    assert {name: packet[name] for name in ("accounts", "holds", "promises", "offers")} == {
        "accounts": [], "holds": [], "promises": [], "offers": [],
    }  # fmt: skip


async def test_an_offer_of_long_ago_is_left_out(verified: Stage) -> None:
    offered(verified)
    verified.house.clock.forward(days=31)
    assert verified.work.open(EscalationReason.HARDSHIP).packet["offers"] == []


async def test_a_packet_keeps_the_beginning_of_a_very_long_message(verified: Stage) -> None:
    await verified.house.send("please " * 600)
    wrote = verified.work.open(EscalationReason.ASKED).packet["wrote"][-1]
    assert len(wrote) == 300 and wrote.endswith("…")


async def test_cases_of_one_chat_show_a_clock_each(verified: Stage) -> None:
    verified.work.open(EscalationReason.ASKED)
    verified.house.clock.forward(minutes=30)
    opened = verified.work.open(EscalationReason.DISPUTE)
    page = verified.signed_in("mei").get(f"/conversations/{opened.conversation_id}").text
    packets = [part for part in page.split("<details") if "Opened" in part]
    left = [re.findall(r"</span> ([^<]+ left)", part) for part in packets]
    assert left == [["3 h 30 min left", "26 h 30 min left"], ["1 h 0 min left", "18 h 0 min left"]]


async def test_the_certificate_of_a_plan_goes_along(verified: Stage) -> None:
    [plan, *_] = offered(verified, accept=True)
    verified.work.open(EscalationReason.ASKED)
    path, epoch = claimed(verified)
    mei = verified.signed_in("mei")
    assert f'value="certificate:{plan.id}"' in mei.get(f"{path}/ready").text
    told = "Here is what we agreed."
    sent = mei.post(
        f"{path}/reply", text=told, attach=f"certificate:{plan.id}", epoch=epoch, key="once"
    )
    assert sent.status_code == 303, sent.text
    content = verified.house.channel.sent[-1].content
    assert content.text == told and content.document is not None
    assert content.document.filename == "plan-PL-ANN-v1.pdf"
    link = re.search(r'href="/staff(/messages/\d+\.pdf)">plan-PL-ANN-v1.pdf', mei.get(path).text)
    assert link is not None
    again = mei.get(link[1])
    assert again.headers["content-type"] == "application/pdf"
    assert again.content == content.document.pdf and again.content.startswith(b"%PDF")
    assert verified.signed_in("ada").get(link[1]).status_code == 403
    assert mei.get("/messages/999999.pdf").status_code == 404


async def test_no_certificate_before_it_is_agreed_nor_for_another_borrower(
    verified: Stage,
) -> None:
    [offer, *_] = offered(verified)
    verified.work.open(EscalationReason.ASKED)
    path, epoch = claimed(verified)
    mei = verified.signed_in("mei")
    assert "certificate:" not in mei.get(f"{path}/ready").text
    for wrong in (f"certificate:{offer.id}", "certificate:", "schedule:NB-WEI-1"):
        answer = mei.post(f"{path}/reply", partial=True, text="Here.", attach=wrong, epoch=epoch)
        assert answer.status_code == 422 and "There is no such attachment" in answer.text
    assert "Here." not in verified.house.channel.texts_to("1001")
