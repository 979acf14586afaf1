"""Claim, write, resolve, give back: what the forms do, and what they refuse."""

from __future__ import annotations

import re

import pytest

from bot.conversation import EscalationReason, Outcome
from bot.handover import Owner
from tests.console.web.stage import ANN, Browser, Stage


@pytest.fixture
async def waiting(stage: Stage) -> Stage:
    """Ann is verified and asked for a person."""
    await stage.house.verify()
    await stage.house.send("a person please")
    stage.work.open(EscalationReason.ASKED)
    return stage


def path_of(stage: Stage) -> str:
    return f"/conversations/{stage.conversation().id}"


def epoch_of(stage: Stage) -> str:
    return str(stage.conversation().control.epoch)


def claim(stage: Stage, login: str = "mei") -> Browser:
    browser = stage.signed_in(login)
    answer = browser.post(f"{path_of(stage)}/claim")
    assert answer.status_code == 303, answer.text
    return browser


async def test_the_queue_shows_who_waits_with_a_clock(waiting: Stage) -> None:
    waiting.house.clock.forward(minutes=20)
    page = waiting.signed_in("mei").get("/queue").text
    assert "Ann Baker" in page and "Asked for a person" in page
    assert "a person please" in page
    assert "3 h 40 min left" in page


async def test_filters_and_search_of_the_queue(waiting: Stage) -> None:
    mei = waiting.signed_in("mei")
    for query in ("text=ann", "reason=asked_for_person", "priority=2", "whose=unclaimed"):
        assert "Ann Baker" in mei.get(f"/queue?{query}").text, query
    for query in ("text=zoe", "reason=dispute", "priority=0", "whose=mine", "language=zh-Hant"):
        assert "Ann Baker" not in mei.get(f"/queue?{query}").text, query


async def test_a_reply_reaches_the_borrower_and_stands_in_the_transcript(waiting: Stage) -> None:
    mei = claim(waiting)
    answer = mei.post(
        f"{path_of(waiting)}/reply",
        partial=True,
        text="Hello Ann, I am Mei.",
        epoch=epoch_of(waiting),
    )
    assert answer.status_code == 200
    assert waiting.house.channel.texts_to(ANN)[-1] == "Hello Ann, I am Mei."
    assert "Hello Ann, I am Mei." in mei.get(path_of(waiting)).text


async def test_the_same_form_sent_twice_sends_one_message(waiting: Stage) -> None:
    mei, fields = claim(waiting), {"text": "Just once.", "key": "k" * 16}
    for _ in range(2):
        mei.post(f"{path_of(waiting)}/reply", partial=True, epoch=epoch_of(waiting), **fields)
    assert waiting.house.channel.texts_to(ANN).count("Just once.") == 1


async def test_a_second_agent_can_neither_claim_nor_write(waiting: Stage) -> None:
    claim(waiting)
    omar = waiting.signed_in("omar")
    assert "Mei writes here. Nobody else can." in omar.get(path_of(waiting)).text
    assert omar.post(f"{path_of(waiting)}/claim").status_code == 409
    answer = omar.post(
        f"{path_of(waiting)}/reply", partial=True, text="Me too", epoch=epoch_of(waiting)
    )
    assert answer.status_code == 422
    assert "A colleague holds this conversation." in answer.text
    assert "Me too" in answer.text  # what was typed is kept
    assert "Me too" not in waiting.house.channel.texts_to(ANN)


async def test_an_expired_form_is_refused_and_what_was_typed_is_kept(waiting: Stage) -> None:
    mei, old = claim(waiting), epoch_of(waiting)
    mei.post(f"{path_of(waiting)}/release")
    mei.post(f"{path_of(waiting)}/claim")
    answer = mei.post(f"{path_of(waiting)}/reply", partial=True, text="From an old tab", epoch=old)
    assert answer.status_code == 422
    assert "changed hands" in answer.text and "From an old tab" in answer.text


async def test_a_reply_after_the_lease_lapsed_is_refused(waiting: Stage) -> None:
    mei, epoch = claim(waiting), epoch_of(waiting)
    waiting.house.clock.forward(minutes=16)
    answer = mei.post(f"{path_of(waiting)}/reply", partial=True, text="Too late?", epoch=epoch)
    assert answer.status_code == 422 and "Too late?" in answer.text
    assert "Too late?" not in waiting.house.channel.texts_to(ANN)


async def test_threatening_words_do_not_leave_and_the_reason_is_shown(waiting: Stage) -> None:
    mei = claim(waiting)
    text = "Pay today or you will be arrested."
    answer = mei.post(f"{path_of(waiting)}/reply", partial=True, text=text, epoch=epoch_of(waiting))
    assert answer.status_code == 422
    assert "This wording cannot go out" in answer.text and "<mark>" in answer.text
    assert text not in waiting.house.channel.texts_to(ANN)


async def test_a_message_of_fifty_thousand_characters_is_refused_clearly(waiting: Stage) -> None:
    mei = claim(waiting)
    answer = mei.post(
        f"{path_of(waiting)}/reply", partial=True, text="x" * 50_000, epoch=epoch_of(waiting)
    )
    assert answer.status_code == 422 and "50,000 characters" in answer.text


async def test_a_borrowers_long_message_is_folded_and_whole(waiting: Stage) -> None:
    await waiting.house.send("y" * 50_000)
    page = waiting.signed_in("mei").get(path_of(waiting)).text
    assert "Show all" in page


async def test_a_request_larger_than_any_form_is_refused(stage: Stage) -> None:
    mei = stage.signed_in("mei")
    assert mei.post("/me/language", language="z" * 2_000_000).status_code == 413


async def test_notes_are_for_staff_only(waiting: Stage) -> None:
    cora = waiting.signed_in("cora")
    before = len(waiting.house.channel.sent)
    cora.post(f"{path_of(waiting)}/note", partial=True, text="Looks like a second loan.")
    page = waiting.signed_in("mei").get(path_of(waiting)).text
    assert "Looks like a second loan." in page and "private note" in page
    assert len(waiting.house.channel.sent) == before


async def test_a_supervisor_takes_over_and_it_is_audited(waiting: Stage) -> None:
    claim(waiting)
    sam = waiting.signed_in("sam")
    assert sam.post(f"{path_of(waiting)}/take-over").status_code == 303
    assert waiting.conversation().control.staff == "sam"
    audit = waiting.signed_in("cora").get("/audit?event=control.taken_over").text
    assert "control.taken_over" in audit and "Sam" in audit


async def test_resolving_gives_back_and_the_borrower_is_told(waiting: Stage) -> None:
    mei = claim(waiting)
    seen = re.search(r'name="seen" value="(\d+)"', mei.get(path_of(waiting)).text)
    assert seen is not None
    answer = mei.post(
        f"{path_of(waiting)}/resolve", outcome="answered", then="hand_back", seen=seen[1]
    )
    assert answer.headers["location"] == "/staff/queue?notice=returned"
    assert waiting.conversation().control.owner is Owner.BOT
    (escalation,) = waiting.work.escalations()
    assert escalation.outcome is Outcome.ANSWERED and escalation.resolved_by == "mei"
    assert any("assistant" in text for text in waiting.house.channel.texts_to(ANN)[-2:])


async def test_giving_back_overlooks_no_message(waiting: Stage) -> None:
    mei = claim(waiting)
    seen = re.search(r'name="seen" value="(\d+)"', mei.get(path_of(waiting)).text)
    assert seen is not None
    await waiting.house.send("one more thing")
    fields = {"outcome": "answered", "then": "hand_back", "seen": seen[1]}
    answer = mei.post(f"{path_of(waiting)}/resolve", partial=True, **fields)
    assert answer.status_code == 422 and "wrote something new" in answer.text
    assert waiting.conversation().control.owner is Owner.HUMAN


async def test_giving_back_needs_an_outcome(waiting: Stage) -> None:
    mei = claim(waiting)
    answer = mei.post(f"{path_of(waiting)}/resolve", partial=True, outcome="", seen="99999")
    assert answer.status_code == 422 and "Choose an outcome." in answer.text
    back = mei.post(f"{path_of(waiting)}/hand-back", partial=True, seen="99999")
    assert back.status_code == 422


async def test_passing_on_and_putting_back(waiting: Stage) -> None:
    mei = claim(waiting)
    assert mei.post(f"{path_of(waiting)}/transfer", to="ada").status_code == 403
    assert mei.post(f"{path_of(waiting)}/transfer", to="omar").status_code == 303
    assert waiting.conversation().control.staff == "omar"
    omar = waiting.signed_in("omar")
    assert omar.post(f"{path_of(waiting)}/release").status_code == 303
    assert waiting.conversation().control.owner is Owner.QUEUED


async def test_an_agent_who_leaves_gives_their_cases_back(waiting: Stage) -> None:
    claim(waiting)
    waiting.signed_in("ada").post("/staff/mei/disable")
    assert waiting.conversation().control.owner is Owner.QUEUED


async def test_contact_details_are_masked_and_looking_is_audited(waiting: Stage) -> None:
    mei = waiting.signed_in("mei")
    page = mei.get("/borrowers/NB-ANN").text
    point = re.search(r"/points/(\d+)/reveal", page)
    assert point is not None
    with waiting.house.database.unit() as uow:
        found = uow.console.contact_point(int(point[1]))
    assert found is not None and found[1].value not in page
    assert found[1].value in mei.post(f"/points/{point[1]}/reveal", partial=True).text
    audit = waiting.signed_in("cora").get("/audit?event=borrower.revealed").text
    assert "borrower:NB-ANN" in audit and found[1].value not in audit


async def test_looking_at_a_conversation_is_audited(waiting: Stage) -> None:
    waiting.signed_in("mei").get(path_of(waiting))
    audit = waiting.signed_in("cora").get("/audit?event=conversation.seen&actor=mei").text
    assert f"conversation:{waiting.conversation().id}" in audit


async def test_a_hold_is_set_and_lifted_with_a_reason(waiting: Stage) -> None:
    mei = claim(waiting)
    fields = {"kind": "vulnerable", "reason": "Ill, said so on the phone.", "account": "PL-ANN"}
    answer = mei.post(f"{path_of(waiting)}/hold", **fields)
    assert answer.headers["location"].endswith("notice=held")
    page = mei.get(path_of(waiting)).text
    assert "Vulnerable" in page and "Ill, said so on the phone." in page
    lift = re.search(r"/lift/(\d+)", page)
    assert lift is not None
    path = f"{path_of(waiting)}/lift/{lift[1]}"
    assert mei.post(path, reason="Well again.").status_code == 303


async def test_a_hold_of_a_kind_that_is_not_set_by_hand_is_refused(waiting: Stage) -> None:
    mei = claim(waiting)
    for kind in ("plan", "nonsense", ""):
        answer = mei.post(f"{path_of(waiting)}/hold", partial=True, kind=kind, reason="x")
        assert answer.status_code == 422, kind


async def test_a_phone_number_is_corrected_and_a_wrong_one_refused(waiting: Stage) -> None:
    mei = waiting.signed_in("mei")
    page = mei.get("/borrowers/NB-ANN").text
    point = re.search(r"/points/(\d+)/correct", page)
    assert point is not None
    path = f"/points/{point[1]}/correct"
    assert mei.post(path, partial=True, value="not one", reason="told").status_code == 422
    with waiting.house.database.unit() as uow:
        found = uow.console.contact_point(int(point[1]))
    assert found is not None
    value = "ann@example.com" if found[1].kind == "email" else "+1 212 555 0123"
    assert mei.post(path, value=value, reason="She told us.").status_code == 303


async def test_ready_answers_are_filled_in_for_the_case(waiting: Stage) -> None:
    mei = claim(waiting)
    page = mei.get(f"{path_of(waiting)}/ready", headers={"hx-request": "true"}).text
    assert "Hello Ann, this is Mei from Northbank." in page
    assert 'value="schedule:PL-ANN"' in page


async def test_a_schedule_goes_along_as_a_picture(waiting: Stage) -> None:
    mei = claim(waiting)
    fields = {"text": "Here is your schedule.", "attach": "schedule:PL-ANN"}
    mei.post(f"{path_of(waiting)}/reply", partial=True, epoch=epoch_of(waiting), **fields)
    sent = waiting.house.channel.sent[-1].content
    assert sent.text == "Here is your schedule." and sent.picture is not None
    with waiting.house.database.unit() as uow:
        newest = uow.messages.latest(waiting.conversation().id, 1)[0]
    picture = mei.get(f"/messages/{newest.id}.png")
    assert picture.headers["content-type"] == "image/png"


async def test_a_plan_is_recommended_by_one_and_approved_by_another(waiting: Stage) -> None:
    mei = claim(waiting)
    page = mei.get(f"{path_of(waiting)}/plans?account=PL-ANN&monthly=200").text
    assert "With the plan" in page and "Recommend this plan" in page
    fields = {"account": "PL-ANN", "place": "0", "monthly": "200", "note": "Fits the budget."}
    answer = mei.post(f"{path_of(waiting)}/plans", **fields)
    assert answer.status_code == 303, answer.text
    path = answer.headers["location"].removeprefix("/staff").split("?")[0]
    assert mei.post(f"{path}/approve").status_code == 403
    sam = waiting.signed_in("sam")
    assert "Ann Baker" in sam.get("/approvals").text
    assert sam.post(f"{path}/approve").status_code == 303
    assert "Approved" in sam.get(path).text
    assert sam.post(f"{path}/approve", partial=True).status_code == 422


async def test_who_recommended_a_plan_does_not_approve_it(waiting: Stage) -> None:
    sam = claim(waiting, "sam")
    fields = {"account": "PL-ANN", "place": "0", "monthly": "200", "note": ""}
    answer = sam.post(f"{path_of(waiting)}/plans", **fields)
    path = answer.headers["location"].removeprefix("/staff").split("?")[0]
    refused = sam.post(f"{path}/approve", partial=True)
    assert refused.status_code == 422 and "cannot approve it too" in refused.text


async def test_reports_count_what_happened(waiting: Stage) -> None:
    sam = waiting.signed_in("sam")
    page = sam.get("/reports?since=2026-11-23&until=2026-11-23").text
    assert "1 conversations" in page and "Asked for a person" in page
    table = sam.get("/reports/reasons.csv?since=2026-11-23&until=2026-11-23").text
    assert "asked_for_person,1" in table
    assert sam.get("/reports?since=2020-01-01&until=2026-11-23").status_code == 409


async def test_a_contact_is_explained_by_its_rules(waiting: Stage) -> None:
    cora = waiting.signed_in("cora")
    page = cora.get("/contacts?who=NB-ANN").text
    assert "Reply" in page and "Allowed" in page
    assert "No rule objected" in cora.get("/contacts/1").text


async def test_the_chain_is_verified_on_request(waiting: Stage) -> None:
    page = waiting.signed_in("cora").post("/audit/verify").text
    assert "The whole chain fits" in page
