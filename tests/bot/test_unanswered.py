"""A message that the assistant could not answer is marked as waiting, and somebody finds it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.conversation import EscalationReason
from bot.effects import escalate_borrower
from bot.handover import Control, Owner, same_speaker
from bot.messages import Envelope
from bot.staff import Role, Staff
from console.casework import Casework
from lending.errors import TideoverError
from lending.ids import MessageId
from tests.console.desk import Desk, make_desk
from tests.house import TestHouse


def reasons(house: TestHouse) -> set[EscalationReason]:
    with house.database.unit() as uow:
        return {one.reason for one in uow.escalations.unresolved(house.conversation().id)}


async def test_claimed_and_released_while_the_answer_was_computed(house: TestHouse) -> None:
    desk = make_desk(house)
    mei = desk.hire("mei")
    await house.send("hello")

    async def come_and_go(conversation_id: str) -> None:
        house.engine.meanwhile = None
        held = await desk.takeover.claim(mei, house.conversation().id)
        await desk.takeover.release(mei, held.id)

    house.engine.meanwhile = come_and_go
    told = await house.send("how much")
    assert "answer to how much" not in told
    chat = house.conversation()
    assert (chat.control.owner, chat.waiting_since) == (Owner.QUEUED, house.clock())
    assert reasons(house) == {EscalationReason.STAFF}


async def test_a_notice_is_no_answer(house: TestHouse) -> None:
    """Someone joins and steps away before the message that waits for its turn is looked at."""
    desk = make_desk(house)
    mei = desk.hire("mei")
    await house.send("hello")
    desk.open()
    house.router._enqueue = lambda work: None  # type: ignore[method-assign]
    await house.send("how much")
    held = await desk.takeover.claim(mei, house.conversation().id)
    await desk.takeover.release(mei, held.id)
    later = house.new_router()
    await later.resume_unfinished()
    await later.idle()
    assert house.channel.texts_to("1001")[-1] == "answer to how much"


async def test_that_a_stop_was_heard_is_confirmed_once(house: TestHouse) -> None:
    """Though it is a notice while a person speaks, and the process dies right after it."""
    desk = make_desk(house)
    mei = desk.hire("mei")
    await house.send("hello")
    await desk.takeover.claim(mei, house.conversation().id)
    finish = house.router._finish
    house.router._finish = lambda work, intent: None  # type: ignore[method-assign]
    assert await house.send("STOP") == [house.text("utter_stopped")]
    house.router._finish = finish  # type: ignore[method-assign]
    before = len(house.channel.sent)
    later = house.new_router()
    assert await later.resume_unfinished() == 1
    await later.idle()
    assert len(house.channel.sent) == before


async def test_a_case_from_outside_does_not_swallow_the_answer(house: TestHouse) -> None:
    await house.verify()

    async def promise_breaks(conversation_id: str) -> None:
        borrower_id = house.conversation().identity.borrower_id
        assert borrower_id is not None
        with house.database.unit() as uow:
            escalate_borrower(uow, borrower_id, EscalationReason.BROKEN_PROMISE, house.clock())
            uow.commit()

    house.engine.meanwhile = promise_breaks
    assert await house.send("how much") == ["answer to how much"]
    assert house.conversation().control.owner is Owner.QUEUED
    house.engine.extra = {"escalate": {"reason": "dispute"}}
    assert await house.send("not mine") == ["answer to not mine"]


def test_the_assistant_has_had_it_unless_a_person_came() -> None:
    bot = Control()
    queued = bot.moved(Owner.QUEUED)
    held = queued.moved(Owner.HUMAN, "mei")
    assert same_speaker(bot, bot) and same_speaker(bot, queued)
    assert same_speaker(queued, queued.moved(Owner.BOT))
    for now in (held, held.moved(Owner.QUEUED), held.moved(Owner.BOT), queued.moved(Owner.CLOSED)):
        assert not same_speaker(queued, now)
    assert not same_speaker(held, held.moved(Owner.QUEUED))


async def test_whoever_gets_an_apology_waits(house: TestHouse) -> None:
    house.engine.fails = True
    await house.send("hello")
    assert house.conversation().waiting_since == house.clock()


async def test_a_message_during_the_delivery_of_a_reply_waits(house: TestHouse) -> None:
    desk = make_desk(house)
    mei = desk.hire("mei")
    await house.send("hello")
    desk.open()
    held = await desk.takeover.claim(mei, house.conversation().id)
    await house.send("anyone?")
    deliver = house.channel.send

    async def send(envelope: Envelope) -> str:
        house.clock.forward(minutes=1)
        await house.send("one more thing")
        return await deliver(envelope)

    house.channel.send = send  # type: ignore[method-assign]
    await desk.replies.reply(mei, held.id, "Here I am.", epoch=held.control.epoch)
    assert house.conversation().waiting_since == house.clock()
    house.channel.send = deliver  # type: ignore[method-assign]
    await desk.replies.reply(mei, held.id, "Tell me.", epoch=held.control.epoch)
    assert house.conversation().waiting_since is None


async def test_nobody_comes_in_while_a_colleagues_reply_is_delivered(house: TestHouse) -> None:
    desk = make_desk(house)
    mei, sue = desk.hire("mei"), desk.hire("sue", Role.SUPERVISOR)
    await house.send("hello")
    desk.open()
    held = await desk.takeover.claim(mei, house.conversation().id)
    deliver, coming = house.channel.send, []

    async def send(envelope: Envelope) -> str:
        if not coming:
            coming.append(asyncio.create_task(desk.takeover.take_over(sue, held.id)))
            await asyncio.sleep(0.05)
            assert house.conversation().control.staff == "mei"
        return await deliver(envelope)

    house.channel.send = send  # type: ignore[method-assign]
    await desk.replies.reply(mei, held.id, "One moment.", epoch=held.control.epoch)
    assert (await coming[0]).control.staff == "sue"
    texts = house.channel.texts_to("1001")[-2:]
    assert texts == ["One moment.", house.text("utter_person_joined", name="Sue")]


async def test_the_last_case_of_the_queue_takes_the_chat_out_of_it(house: TestHouse) -> None:
    desk = make_desk(house)
    mei = desk.hire("mei")
    await house.send("hello")
    first, second = desk.open(), desk.open(EscalationReason.DISPUTE)
    desk.takeover.resolve(mei, desk.answered(first))
    assert house.conversation().control.owner is Owner.QUEUED
    desk.takeover.resolve(mei, desk.answered(second))
    assert house.conversation().control.owner is Owner.BOT
    assert await house.send("hello again") == ["answer to hello again"]


async def test_what_was_left_is_answered_after_a_while(house: TestHouse) -> None:
    """The database went away for a moment, and with it the apology."""
    await house.send("hello")

    def away(*args: object, **kwargs: object) -> None:
        raise TideoverError("The database is away.")

    there = house.router._plan
    house.router._plan = house.router._owe = away  # type: ignore[method-assign,assignment]
    assert await house.send("how much") == []
    house.router._plan = there  # type: ignore[method-assign]
    soon = timedelta(minutes=3)
    assert await house.router.resume_unfinished(left_for=soon) == 0
    house.clock.forward(minutes=3)
    assert await house.router.resume_unfinished(left_for=soon) == 1
    assert await house.router.resume_unfinished(left_for=soon) == 0, "it is being answered"
    await house.router.idle()
    assert house.channel.texts_to("1001")[-1] == "answer to how much"


async def test_two_processes_that_look_for_the_rest_answer_it_once(house: TestHouse) -> None:
    house.router._enqueue = lambda work: None  # type: ignore[method-assign]
    for number in range(3):
        await house.send(f"{number}")
    routers = [house.new_router(), house.new_router()]
    assert [await router.resume_unfinished() for router in routers] == [3, 3]
    for router in routers:
        await router.idle()
    assert house.channel.texts_to("1001") == [f"answer to {number}" for number in range(3)]


@pytest.mark.parametrize("closing", [False, True])
async def test_what_a_person_had_read_when_they_left_is_not_owed(
    house: TestHouse, closing: bool
) -> None:
    desk = make_desk(house)
    mei = desk.hire("mei")
    await house.send("hello")
    case = desk.open()
    back = desk.takeover.close if closing else desk.takeover.hand_back
    seen: list[MessageId | None] = []

    async def come_and_settle(conversation_id: str) -> None:
        house.engine.meanwhile = None
        held = await desk.takeover.claim(mei, house.conversation().id)
        seen.append(MessageId(desk.newest(held) or 0))
        await back(  # type: ignore[operator]
            mei, held.id, resolutions=[desk.answered(case)], seen=seen[0]
        )

    house.engine.meanwhile = come_and_settle
    assert "answer to how much" not in await house.send("how much")
    chat = house.conversation()
    assert chat.control.owner is (Owner.CLOSED if closing else Owner.BOT)
    assert (chat.waiting_since, reasons(house)) == (None, set())
    assert await house.send("thanks") == ["answer to thanks"]


async def two_chats(house: TestHouse) -> tuple[Desk, Casework, Staff]:
    """One borrower in two chats, and a colleague who can merge them."""
    desk = make_desk(house)
    for address in ("1001", "1002"):
        await house.verify(address=address)
    return desk, Casework(store=house.database, clock=house.clock), desk.hire("mei")


async def test_a_chat_that_was_merged_away_still_gets_its_answer(house: TestHouse) -> None:
    desk, work, mei = await two_chats(house)
    desk.open(address="1002")
    keep, other = house.conversation("1001").id, house.conversation("1002").id

    async def merge(conversation_id: str) -> None:
        house.engine.meanwhile = None
        work.merge(mei, keep, other, reason="The same person")

    house.engine.meanwhile = merge
    assert await house.send("how much", address="1002") == ["answer to how much"]


async def test_who_waited_in_a_merged_chat_waits_in_the_other(house: TestHouse) -> None:
    desk, work, mei = await two_chats(house)
    case = desk.open(address="1002")
    keep, other = house.conversation("1001").id, house.conversation("1002").id
    await desk.takeover.claim(mei, other)
    await house.send("anyone?", address="1002")
    waiting = house.conversation("1002").waiting_since
    house.clock.forward(minutes=1)
    work.merge(mei, keep, other, reason="The same person")
    kept = house.conversation("1001")
    assert (kept.control.owner, kept.waiting_since) == (Owner.QUEUED, waiting)
    (moved,) = desk.escalations("1001")
    assert (moved.id, moved.claimed_by) == (case.id, None)
    # And nothing but words open: someone has to find them, too.
    desk.takeover.resolve(mei, desk.answered(moved))
    held = await desk.takeover.claim(mei, house.conversation("1002").id)
    await house.send("hello?", address="1002")
    work.merge(mei, keep, held.id, reason="The same person")
    assert house.conversation("1001").waiting_since == house.clock()
    assert reasons(house) == {EscalationReason.STAFF}


async def test_a_case_that_moves_into_a_chat_in_hand_is_in_that_hand(house: TestHouse) -> None:
    desk, work, mei = await two_chats(house)
    desk.open(address="1002")
    keep, other = house.conversation("1001").id, house.conversation("1002").id
    await desk.takeover.claim(mei, keep)
    work.merge(mei, keep, other, reason="The same person")
    (moved,) = desk.escalations("1001")
    assert moved.claimed_by == "mei"


async def test_blocked_by_a_rule_is_marked_as_waiting(house: TestHouse) -> None:
    await house.send("hello")
    chat = house.conversation()
    house.save(replace(chat, waiting_since=None))
    send = house.outbox.send

    async def blocked(draft: object) -> object:
        from bot.outbox import SendOutcome

        return SendOutcome.BLOCKED

    house.outbox.send = blocked  # type: ignore[method-assign,assignment]
    await house.send("how much")
    house.outbox.send = send  # type: ignore[method-assign]
    assert house.conversation().waiting_since == house.clock()
    assert reasons(house) == {EscalationReason.RULE}
