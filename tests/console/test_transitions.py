"""Whoever writes while a conversation changes hands is answered, or waits for a person who sees it.

Before a change, at every await point of the answer or of the change itself, and after it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

import console.takeover
from bot.control import StillSending, UnreadMessages
from bot.conversation import Conversation, EscalationReason, Identity, IdentityStage
from bot.handover import Owner
from bot.messages import Author, Channel, Envelope
from bot.staff import Role, Staff
from bot.waiting import Waiting
from console.casework import Casework
from lending.ids import BorrowerId, ConversationId, MessageId
from store.db import Database
from tests.console.desk import RULES, Desk, make_desk
from tests.house import TestHouse, make_house
from tests.stepping import in_turn, stepped


@dataclass
class Scene:
    """One chat, the people around it, and what a person had read when they gave it back."""

    desk: Desk
    work: Casework
    waiting: Waiting
    mei: Staff
    tom: Staff
    sue: Staff
    address: str = "1"
    read: int = 0

    @property
    def house(self) -> TestHouse:
        return self.desk.house

    @property
    def chat(self) -> Conversation:
        return self.house.conversation(self.address)

    async def hold(self) -> Conversation:
        if self.chat.control.owner is not Owner.HUMAN:
            await self.desk.takeover.claim(self.mei, self.chat.id)
        return self.chat

    async def give_back(self, closing: bool = False) -> None:
        held = await self.hold()
        made = [self.desk.answered(one) for one in self.desk.escalations(self.address)]
        newest = self.desk.newest(held)
        back = self.desk.takeover.close if closing else self.desk.takeover.hand_back
        await back(self.mei, held.id, resolutions=made, seen=newest)  # type: ignore[operator]
        self.read = newest or 0


async def claim(scene: Scene) -> None:
    await scene.hold()


async def release(scene: Scene) -> None:
    await scene.desk.takeover.release(scene.mei, (await scene.hold()).id)


async def transfer(scene: Scene) -> None:
    await scene.desk.takeover.transfer(scene.mei, (await scene.hold()).id, "tom")


async def take_over(scene: Scene) -> None:
    await scene.desk.takeover.take_over(scene.sue, (await scene.hold()).id)


async def hand_back(scene: Scene) -> None:
    await scene.give_back()


async def close(scene: Scene) -> None:
    await scene.give_back(closing=True)


async def lapse(scene: Scene) -> None:
    await scene.hold()
    scene.house.clock.forward(minutes=16)
    await scene.waiting.give_back_lapsed()


async def dismiss(scene: Scene) -> None:
    await scene.hold()
    scene.desk.staff.disable("mei", by="test")
    scene.desk.staff.enable("mei", by="test")


async def merge_into_another(scene: Scene) -> None:
    another = scene.house.conversation(f"{scene.address}b")
    scene.work.merge(scene.mei, another.id, scene.chat.id, reason="One person")


async def merge_another_into_it(scene: Scene) -> None:
    another = scene.house.conversation(f"{scene.address}b")
    scene.work.merge(scene.mei, scene.chat.id, another.id, reason="One person")


Move = Callable[[Scene], Awaitable[None]]
MERGES: tuple[Move, ...] = (merge_into_another, merge_another_into_it)
MOVES: tuple[Move, ...] = (
    claim, release, transfer, take_over, hand_back, close, lapse, dismiss, *MERGES,
)  # fmt: skip
CHANGES = [
    *((move, start) for move in MOVES for start in ("assistant", "held")),
    *((move, start) for move in (claim, release, *MERGES) for start in ("escalating", "queued")),
]
"""A change where nobody has the conversation begins with a claim, at the same point."""


@pytest.fixture(autouse=True)
def one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(asyncio, "to_thread", in_turn)
    monkeypatch.setattr(console.takeover, "SENDING_LOOKS", 0)
    yield


@pytest.fixture
def scene(peopled_database: Database) -> Scene:
    house = make_house(peopled_database)
    desk = make_desk(house)
    notices = desk.takeover._notices
    deliver = house.channel.send

    async def send(envelope: Envelope) -> str:
        """Only who has control speaks; and a delivery takes a moment."""
        _check_speaker(house, envelope)
        await asyncio.sleep(0)
        sent = await deliver(envelope)
        await asyncio.sleep(0)
        return sent

    house.channel.send = send  # type: ignore[method-assign]
    house.engine.meanwhile = lambda conversation_id: asyncio.sleep(0)
    return Scene(
        desk=desk,
        work=Casework(store=house.database, clock=house.clock),
        waiting=Waiting(store=house.database, clock=house.clock, notices=notices, rules=RULES),
        mei=desk.hire("mei"),
        tom=desk.hire("tom"),
        sue=desk.hire("sue", Role.SUPERVISOR),
    )


def _check_speaker(house: TestHouse, envelope: Envelope) -> None:
    with house.database.unit() as uow:
        message = uow.messages.get(envelope.message_id)
        control = uow.conversations.get(envelope.conversation_id).control
    assert message is not None
    if message.author is Author.BOT:
        assert control.owner in (Owner.BOT, Owner.QUEUED), message.text
    else:
        assert (control.owner, control.staff) == (Owner.HUMAN, message.staff), message.text


async def begin(scene: Scene, start: str, address: str) -> Scene:
    """A new chat, and another of the same borrower, in the state that the change is to find."""
    scene, house = replace(scene, address=address, read=0), scene.house
    with house.database.unit() as uow:
        ann = uow.borrowers.by_reference("NB-ANN")
        assert ann is not None
        for each in (address, f"{address}b"):
            uow.conversations.add(_chat(each, ann.id, house.clock()))
        uow.commit()
    house.engine.extra = {}
    if start in ("queued", "held"):
        scene.desk.open(EscalationReason.ASKED, address)
    if start == "held":
        await scene.hold()
    if start == "escalating":
        house.engine.extra = {"escalate": {"reason": "hardship"}}
    return scene


def _chat(address: str, borrower_id: BorrowerId, now: datetime) -> Conversation:
    return Conversation(
        id=ConversationId(f"chat-{address}"),
        channel=Channel.TELEGRAM,
        address=address,
        is_private=True,
        language="en",
        language_chosen=False,
        identity=Identity(
            stage=IdentityStage.VERIFIED,
            borrower_id=borrower_id,
            expires_at=now + timedelta(minutes=30),
        ),
        opened_at=now,
        last_inbound_at=now,
    )


async def write(scene: Scene, move: Move, at: int) -> tuple[MessageId, int]:
    """The borrower writes, and at await point `at` of the answer the conversation changes hands.

    A change that has to wait for a delivery is made when the answer is done.
    """
    works: list[Any] = []
    enqueue = scene.house.router._enqueue
    scene.house.router._enqueue = works.append  # type: ignore[method-assign]
    await scene.house.send("how much do I owe", address=scene.address)
    scene.house.router._enqueue = enqueue  # type: ignore[method-assign]
    waited: list[StillSending] = []

    async def act() -> None:
        try:
            await move(scene)
        except StillSending as still:
            waited.append(still)

    points = await stepped(scene.house.router._answer(works[0]), at, "resumed", act)
    if waited:
        await move(scene)
    return works[0].message_id, points


def check(scene: Scene, message_id: MessageId | None) -> bool:
    """It was answered, or a person owes the answer and finds the case, or a person had read it.

    Gives whether it was answered.
    """
    assert message_id is not None
    with scene.house.database.unit() as uow:
        message = uow.messages.get(message_id)
        assert message is not None and message.handled_at is not None
        chat = uow.conversations.get(message.conversation_id)
        chats = (
            [chat] if chat.merged_into is None else [chat, uow.conversations.get(chat.merged_into)]
        )
        owed = [one for one in chats if one.waiting_since is not None]
        for each in chats:
            cases = uow.escalations.unresolved(each.id)
            if each.control.owner is Owner.QUEUED:
                assert cases and {one.claimed_by for one in cases} == {None}
        is_owed = any(one.control.owner in (Owner.QUEUED, Owner.HUMAN) for one in owed)
        is_answered = uow.messages.has_answer(message_id)
    assert is_answered or is_owed or message_id <= scene.read
    return is_answered


@pytest.mark.parametrize(("move", "start"), CHANGES)
async def test_at_every_await_point_of_an_answer(scene: Scene, move: Move, start: str) -> None:
    at, points, answered = 1, 1, 0
    while at <= points:
        here = await begin(scene, start, f"{at}")
        message_id, points = await write(here, move, at)
        answered += check(here, message_id)
        at += 1
    assert at > 4
    # A change that comes late enough finds the assistant's answer sent.
    assert answered > 0 or start == "held"
    await here.house.send("and now?", address=here.address)
    check(here, here.desk.newest(here.chat))


@pytest.mark.parametrize("move", [move for move in MOVES if move not in (dismiss, *MERGES)])
async def test_at_every_await_point_of_a_change(scene: Scene, move: Move) -> None:
    at = points = 1
    while at <= points:
        here = await begin(scene, "queued" if move is claim else "held", f"{at}")
        await here.house.send("before", address=here.address)
        written: list[MessageId | None] = [here.desk.newest(here.chat)]

        async def act(here: Scene = here, written: list[MessageId | None] = written) -> None:
            await here.house.send("meanwhile", address=here.address)
            written.append(here.desk.newest(here.chat))

        try:
            points = await stepped(_as_coroutine(move, here), at, "resumed", act)
        except UnreadMessages:
            points = at + 1
            assert here.chat.control.staff == "mei"
        for message_id in written:
            check(here, message_id)
        at += 1
    assert at > 4


async def _as_coroutine(move: Move, scene: Scene) -> None:
    await move(scene)
