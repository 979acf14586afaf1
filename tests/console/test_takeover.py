"""A person takes a conversation over and gives it back; nobody is talked over, nothing is lost."""

from __future__ import annotations

import pytest

from bot.control import AlreadyResolved, OutcomeMissing, Resolution, UnreadMessages
from bot.conversation import EscalationReason, Outcome
from bot.handover import NotYourTurn, Owner
from bot.staff import Role
from console.permissions import NotAllowed
from console.replies import BadText, ReplyState
from console.sign_in import SessionEnded
from store.db import Database
from tests.console.desk import Desk, make_desk
from tests.house import make_house


@pytest.fixture
def desk(peopled_database: Database) -> Desk:
    return make_desk(make_house(peopled_database))


async def test_a_person_joins_answers_and_hands_back(desk: Desk) -> None:
    house, mei = desk.house, desk.hire("mei")
    await house.verify()
    await house.send("how much do I owe")
    escalation = desk.open()
    house.clock.forward(minutes=6)
    conversation = await desk.takeover.claim(mei, house.conversation().id)
    assert conversation.control.owner is Owner.HUMAN
    assert house.channel.texts_to("1001")[-1] == house.text("utter_person_joined", name="Mei")
    assert await house.send("hello?") == []
    reply = await desk.replies.reply(
        mei, conversation.id, "Hello Ann, I am looking into it.", epoch=conversation.control.epoch
    )
    assert reply.state is ReplyState.SENT
    assert house.channel.texts_to("1001")[-1] == "Hello Ann, I am looking into it."
    made = Resolution(
        escalation_id=escalation.id, outcome=Outcome.PROMISE, details={"day": "2026-12-04"}
    )
    await desk.takeover.hand_back(
        mei, conversation.id, resolutions=[made], seen=desk.newest(conversation)
    )
    texts = house.channel.texts_to("1001")
    assert "Mei has left the chat, and noted that you want to pay on Fri 4 Dec" in texts[-2]
    assert texts[-1] == house.text("utter_ask_rating", name="Mei")
    assert await house.send("thanks") == ["answer to thanks"]
    (done,) = desk.escalations()
    assert (done.outcome, done.resolved_by, done.claimed_by) == (Outcome.PROMISE, "mei", "mei")
    assert done.first_reply_at is not None and done.returned_at == house.clock()


async def test_an_answer_long_after_the_assistants_note_is_an_answer(desk: Desk) -> None:
    house, mei = desk.house, desk.hire("mei")
    await house.send("a person please")
    desk.open()
    house.clock.forward(hours=3)
    conversation = await desk.takeover.claim(mei, house.conversation().id)
    for text in ("Hello, here I am.", "One moment."):
        house.clock.forward(minutes=12)
        desk.takeover.keep(mei, conversation.id)
        reply = await desk.replies.reply(
            mei, conversation.id, text, epoch=conversation.control.epoch
        )
        assert reply.state is ReplyState.SENT, reply.reasons


async def test_a_second_agent_is_refused_and_a_supervisor_is_not(desk: Desk) -> None:
    house, mei, tom = desk.house, desk.hire("mei"), desk.hire("tom")
    sue = desk.hire("sue", Role.SUPERVISOR)
    await house.send("hello")
    desk.open()
    held = await desk.takeover.claim(mei, house.conversation().id)
    with pytest.raises(NotYourTurn):
        await desk.takeover.claim(tom, held.id)
    with pytest.raises(NotYourTurn):
        await desk.replies.reply(tom, held.id, "hi", epoch=held.control.epoch)
    with pytest.raises(NotAllowed):
        await desk.takeover.take_over(tom, held.id)
    taken = await desk.takeover.take_over(sue, held.id)
    assert taken.control.staff == "sue"
    with pytest.raises(NotYourTurn):
        await desk.replies.reply(mei, held.id, "still me", epoch=held.control.epoch)
    assert "still me" not in house.channel.texts_to("1001")
    with house.database.unit() as uow:
        (audited,) = uow.audit.details_of("control.taken_over", after=0, limit=5)
        assert audited.details["from"] == "mei"
        assert uow.audit.verify() is None


async def test_a_reply_after_the_lease_ran_out_is_refused(desk: Desk) -> None:
    house, mei = desk.house, desk.hire("mei")
    await house.send("hello")
    desk.open()
    held = await desk.takeover.claim(mei, house.conversation().id)
    house.clock.forward(minutes=16)
    with pytest.raises(NotYourTurn, match="ran out"):
        await desk.replies.reply(mei, held.id, "late", epoch=held.control.epoch)
    assert await house.send("anyone there?") == ["answer to anyone there?"]
    assert house.conversation().control.owner is Owner.QUEUED
    assert desk.escalations()[0].claimed_by is None


async def test_three_escalations_in_one_chat_have_three_outcomes(desk: Desk) -> None:
    house, mei = desk.house, desk.hire("mei")
    await house.verify()
    reasons = (EscalationReason.ASKED, EscalationReason.HARDSHIP, EscalationReason.DISPUTE)
    opened = []
    for reason in reasons:
        house.clock.forward(minutes=10)
        await house.send(f"about {reason.value}")
        opened.append(desk.open(reason))
    assert len({one.opened_at for one in opened}) == 3
    assert [one.packet["wrote"][-1] for one in opened] == [f"about {r.value}" for r in reasons]
    assert all(one.packet["accounts"][0]["overdue"]["minor"] > 0 for one in opened)
    held = await desk.takeover.claim(mei, house.conversation().id)
    seen = desk.newest(held)
    with pytest.raises(OutcomeMissing):
        await desk.takeover.hand_back(mei, held.id, seen=seen)
    outcomes = (Outcome.ANSWERED, Outcome.PLAN, Outcome.DISPUTE)
    desk.takeover.resolve(mei, desk.answered(opened[0], outcomes[0]))
    with pytest.raises(AlreadyResolved):
        desk.takeover.resolve(mei, desk.answered(opened[0], Outcome.NOTHING))
    later = [desk.answered(one, what) for one, what in zip(opened[1:], outcomes[1:], strict=True)]
    back = await desk.takeover.hand_back(mei, held.id, resolutions=later, seen=seen)
    assert tuple(one.outcome for one in back.escalations) == outcomes
    clocks = [view.clocks for view in desk.cases.open(mei, held.id).escalations]
    assert len({each[0].started_at for each in clocks}) == 3


async def test_nothing_goes_back_while_words_of_the_borrower_are_unread(desk: Desk) -> None:
    house, mei = desk.house, desk.hire("mei")
    await house.send("hello")
    escalation = desk.open()
    held = await desk.takeover.claim(mei, house.conversation().id)
    seen = desk.newest(held)
    await house.send("one more thing")
    with pytest.raises(UnreadMessages):
        await desk.takeover.hand_back(
            mei, held.id, resolutions=[desk.answered(escalation)], seen=seen
        )
    assert house.conversation().control.staff == "mei"
    assert desk.escalations()[0].is_open


async def test_words_are_checked_before_they_leave(desk: Desk) -> None:
    house, mei = desk.house, desk.hire("mei")
    await house.send("hello")
    desk.open()
    held = await desk.takeover.claim(mei, house.conversation().id)
    epoch = held.control.epoch
    threat = await desk.replies.reply(
        mei, held.id, "Pay now or the police will arrest you.", epoch=epoch
    )
    assert threat.state is ReplyState.BLOCKED_WORDS
    assert all(finding.reason.en and finding.reason.zh for finding in threat.findings)
    with pytest.raises(BadText):
        await desk.replies.reply(mei, held.id, "x" * 50_000, epoch=epoch)
    with pytest.raises(BadText):
        await desk.replies.reply(mei, held.id, " \u202e ", epoch=epoch)
    assert house.channel.texts_to("1001")[-1] == house.text("utter_person_joined", name="Mei")


async def test_who_leaves_the_lender_leaves_no_borrower_waiting(desk: Desk) -> None:
    house, mei = desk.house, desk.hire("mei")
    desk.hire("root", Role.ADMIN)
    session = desk.sign_in.sign_in("mei", "seven grey herons wade")
    await house.send("hello")
    desk.open()
    held = await desk.takeover.claim(mei, house.conversation().id)
    assert desk.staff.disable("mei", by="root") == 1
    assert house.conversation().control.owner is Owner.QUEUED
    with pytest.raises(NotYourTurn):
        await desk.replies.reply(mei, held.id, "bye", epoch=held.control.epoch)
    with pytest.raises(SessionEnded):
        desk.sign_in.who(session.token)


async def test_a_stop_is_kept_while_a_person_speaks(desk: Desk) -> None:
    house, mei = desk.house, desk.hire("mei")
    await house.send("hello")
    desk.open()
    held = await desk.takeover.claim(mei, house.conversation().id)
    assert await house.send("STOP") == [house.text("utter_stopped")]
    reply = await desk.replies.reply(mei, held.id, "But wait", epoch=held.control.epoch)
    assert reply.state is ReplyState.BLOCKED_RULES
    assert reply.reasons and all(why.rule for why in reply.reasons)
