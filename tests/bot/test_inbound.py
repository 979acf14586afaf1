"""Every message is kept, answered once and in order, or handed to a person; never lost."""

import asyncio
from dataclasses import replace

import pytest

from bot.conversation import EscalationReason
from bot.handover import Owner, take_over
from bot.messages import DeliveryState, Kind, SendFailed
from tests.house import TestHouse


async def test_a_replayed_update_is_answered_once(house: TestHouse) -> None:
    assert await house.send("hello there", key="same") == ["answer to hello there"]
    assert await house.send("hello there", key="same") == []
    assert len(house.engine.asked) == 1


async def test_nothing_is_said_or_kept_in_a_group(house: TestHouse) -> None:
    assert await house.send("how much do I owe", address="-55", is_private=False) == []
    assert house.engine.asked == []


@pytest.mark.parametrize(
    ("kind", "text", "key"),
    [
        (Kind.TEXT, "", "utter_empty"),
        (Kind.TEXT, "\u200f\u202e\u0007\u200b", "utter_empty"),
        (Kind.TEXT, "x" * 50_000, "utter_too_long"),
        (Kind.TEXT, "😀🎉", "utter_only_emoji"),
        (Kind.STICKER, "", "utter_sticker"),
        (Kind.PICTURE, "my receipt", "utter_picture"),
        (Kind.VOICE, "", "utter_voice"),
        (Kind.LOCATION, "", "utter_location"),
        (Kind.CONTACT, "", "utter_contact"),
        (Kind.FILE, "", "utter_file"),
    ],
)
async def test_what_cannot_be_read_gets_a_kind_answer(
    house: TestHouse, kind: Kind, text: str, key: str
) -> None:
    assert await house.send(text, kind=kind) == [house.text(key)]
    assert house.engine.asked == []


async def test_direction_and_control_marks_are_taken_out(house: TestHouse) -> None:
    await house.send("how\u0000 much\u202e do i\u200b owe")
    assert house.engine.asked[0][1] == "how much do i owe"


async def test_an_edited_message_is_read_like_a_new_one(house: TestHouse) -> None:
    assert await house.send("how much", kind=Kind.EDITED) == ["answer to how much"]


async def test_messages_of_one_chat_keep_their_order_while_chats_run_side_by_side(
    house: TestHouse,
) -> None:
    running: set[str] = set()
    side_by_side: list[int] = []

    async def pause(conversation_id: str) -> None:
        assert conversation_id not in running
        running.add(conversation_id)
        side_by_side.append(len(running))
        await asyncio.sleep(0.01)
        running.discard(conversation_id)

    house.engine.meanwhile = pause
    await asyncio.gather(
        *(house.send(f"{n}", address=f"{chat}") for n in range(4) for chat in (1, 2, 3))
    )
    await house.router.idle()
    for chat in ("1", "2", "3"):
        assert house.channel.texts_to(chat) == [f"answer to {n}" for n in range(4)]
    assert max(side_by_side) > 1


async def test_what_a_dead_process_left_is_answered_by_the_next(house: TestHouse) -> None:
    house.engine.meanwhile = _never
    await _start_and_kill(house, "are you there")
    house.engine.meanwhile = None
    second = house.new_router()
    assert await second.resume_unfinished() == 1
    await second.idle()
    assert house.channel.texts_to("1001") == ["answer to are you there"]
    assert await house.new_router().resume_unfinished() == 0


async def _never(conversation_id: str) -> None:
    await asyncio.Event().wait()


async def _start_and_kill(house: TestHouse, text: str) -> None:
    sending = asyncio.create_task(house.send(text))
    while not house.engine.asked:
        await asyncio.sleep(0.005)
    sending.cancel()
    for task in list(house.router._workers.values()):
        task.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    house.engine._locks.clear()
    house.engine.asked.clear()


async def test_an_engine_failure_becomes_an_escalation_and_an_apology(house: TestHouse) -> None:
    house.engine.fails = True
    assert await house.send("hello") == [house.text("utter_engine_error")]
    with house.database.unit() as uow:
        reasons = [e.reason for e in uow.escalations.unresolved(house.conversation().id)]
    assert reasons == [EscalationReason.ENGINE_ERROR]
    house.engine.fails = False
    assert await house.send("hello again") == ["answer to hello again"]


async def test_the_bot_is_silent_while_a_person_speaks(house: TestHouse) -> None:
    await house.send("hello")
    conversation = house.conversation()
    house.save(
        replace(conversation, control=take_over(conversation.control, "mei", now=house.clock()))
    )
    assert await house.send("are you there") == []
    assert len(house.engine.asked) == 1


async def test_an_answer_computed_before_a_takeover_is_not_sent(house: TestHouse) -> None:
    await house.send("hello")

    async def claimed(conversation_id: str) -> None:
        conversation = house.conversation()
        house.save(
            replace(conversation, control=take_over(conversation.control, "mei", now=house.clock()))
        )

    house.engine.meanwhile = claimed
    assert await house.send("how much") == []
    assert house.conversation().control.owner is Owner.HUMAN


async def test_an_escalation_queues_the_chat_and_its_own_answer_still_arrives(
    house: TestHouse,
) -> None:
    house.engine.extra = {"escalate": {"reason": "dispute", "details": "not mine"}}
    assert await house.send("not my debt") == ["answer to not my debt"]
    assert house.conversation().control.owner is Owner.QUEUED
    with house.database.unit() as uow:
        (escalation,) = uow.escalations.unresolved(house.conversation().id)
    assert escalation.packet["details"] == "not mine"


@pytest.mark.parametrize("word", ["/stop", "STOP", "Unsubscribe.", "退订", "停止"])
async def test_stop_words_end_our_messages_and_are_confirmed_once(
    house: TestHouse, word: str
) -> None:
    await house.send(word)
    conversation = house.conversation()
    with house.database.unit() as uow:
        assert uow.contacts.opted_out_at(conversation.channel, conversation.address, None)
    assert len(house.channel.sent) == 1
    assert house.engine.asked == []
    assert await house.send("/start") == [house.text("utter_started_again", conversation.language)]


async def test_the_language_follows_each_message_until_one_is_chosen(house: TestHouse) -> None:
    await house.send("我还欠多少")
    await house.send("請問還要繳多少錢")
    await house.send("thanks a lot my friend")
    assert [language for _, _, language in house.engine.asked] == ["zh-Hans", "zh-Hant", "en"]
    await house.send("/language zh-Hant")
    await house.send("thanks a lot my friend")
    assert house.engine.asked[-1][2] == "zh-Hant"


async def test_a_blocked_chat_is_marked_and_left_alone_until_it_writes(house: TestHouse) -> None:
    house.channel.failure = SendFailed("blocked", permanent=True)
    await house.send("hello")
    assert house.conversation().reachable is False
    house.channel.failure = None
    assert await house.send("hello again") == ["answer to hello again"]
    assert house.conversation().reachable is True


async def test_an_uncertain_send_is_kept_as_unconfirmed(house: TestHouse) -> None:
    house.channel.failure = SendFailed("timed out", uncertain=True)
    await house.send("hello")
    with house.database.unit() as uow:
        last = uow.messages.latest(house.conversation().id, 1)[0]
    assert last.delivery is DeliveryState.UNCONFIRMED
