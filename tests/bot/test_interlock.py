"""Nobody is talked over: a claim at any await point of a bot turn, or of a send, silences it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot import control
from bot.control import Mover, StillSending
from bot.conversation import Conversation
from bot.handover import Owner
from bot.messages import Author, Channel, Content, Envelope
from bot.outbox import Draft, SendOutcome
from compliance.terms import Purpose
from tests.house import TestHouse
from tests.stepping import PLACES, stepped


@pytest.fixture(autouse=True)
def takes_a_moment(house: TestHouse) -> None:
    """A channel that can be interrupted while it delivers."""
    deliver = house.channel.send

    async def send(envelope: Envelope) -> str:
        await asyncio.sleep(0)
        sent = await deliver(envelope)
        await asyncio.sleep(0)
        return sent

    house.channel.send = send  # type: ignore[method-assign]


class Claim:
    """Takes the conversation over when called, and notes what had left by then.

    While a message is being delivered a claim has to wait; then `finish` makes it.
    """

    def __init__(self, house: TestHouse, address: str) -> None:
        self.house, self.address = house, address
        self.sent_before: int | None = None

    def __call__(self) -> None:
        house = self.house
        with house.database.unit() as uow:
            known = uow.conversations.find(Channel.TELEGRAM, self.address)
            assert known is not None
            conversation = uow.conversations.get(known.id, for_update=True)
            try:
                control.claim(uow, conversation, Mover(staff="mei", now=house.clock()))
            except StillSending:
                return
            uow.commit()
        self.sent_before = len(house.channel.texts_to(self.address))

    def finish(self) -> bool:
        """Whether the claim had to wait until now."""
        if self.sent_before is not None:
            return False
        self()
        return True


async def turn(house: TestHouse, address: str, at: int, place: str, claim: Claim) -> int:
    """One turn of the bot, driven; its await points."""
    works: list[Any] = []
    enqueue = house.router._enqueue
    house.router._enqueue = works.append  # type: ignore[method-assign]
    try:
        await house.send("how much do I owe", address=address)
    finally:
        house.router._enqueue = enqueue  # type: ignore[method-assign]
    return await stepped(house.router._handle(works[0]), at, place, claim)


async def test_a_claim_at_every_await_point_of_a_turn(house: TestHouse) -> None:
    house.engine.extra = {"escalate": {"reason": "hardship"}}
    house.engine.meanwhile = lambda conversation_id: asyncio.sleep(0)
    await house.send("hello", address="0")
    points = await turn(house, "0", 0, "resumed", Claim(house, "0"))
    assert points >= 8
    silenced = waited = 0
    for place in PLACES:
        for at in range(1, points + 1):
            address = f"{at}{PLACES.index(place)}"
            await house.send("hello", address=address)
            claim = Claim(house, address)
            await turn(house, address, at, place, claim)
            waited += claim.finish()
            assert len(house.channel.texts_to(address)) == claim.sent_before, (place, at)
            chat = house.conversation(address)
            assert (chat.control.owner, chat.control.staff) == (Owner.HUMAN, "mei")
            silenced += claim.sent_before == 1
    # At most while the answer is handed over and its result recorded.
    assert waited <= 4 * len(PLACES)
    # Whoever claims before the answer is handed over silences it; that is half of the way, or more.
    assert silenced * 2 >= points


async def test_a_claim_at_every_await_point_of_what_is_sent_outside_of_a_turn(
    house: TestHouse,
) -> None:
    await house.verify(address="0")

    async def write_first(
        address: str, at: int, place: str, claim: Claim, *, before: bool = False
    ) -> tuple[int, SendOutcome]:
        chat: Conversation = house.conversation(address)
        outcomes: list[SendOutcome] = []
        draft = Draft(
            conversation_id=chat.id,
            author=Author.BOT,
            epoch=chat.control.epoch,
            content=Content(text="Hi, a quick note from Northbank. Reply STOP to stop."),
            answers=await _newest(house, chat),
            language="en",
            purpose=Purpose.REPLY,
        )

        if before:
            claim()

        async def work() -> None:
            outcomes.append(await house.outbox.send(draft))

        points = await stepped(work(), at, place, claim)
        return points, outcomes[0]

    points, outcome = await write_first("0", 0, "resumed", Claim(house, "0"))
    assert (points >= 3, outcome) == (True, SendOutcome.SENT)
    for place in PLACES:
        for at in range(1, points + 1):
            address = f"{at}{PLACES.index(place)}"
            await house.send("hello", address=address)
            claim = Claim(house, address)
            await write_first(address, at, place, claim)
            claim.finish()
            assert len(house.channel.texts_to(address)) == claim.sent_before, (place, at)
    # Which of the two comes first above is up to the machine; here it is the claim.
    await house.send("hello", address="late")
    claim = Claim(house, "late")
    _, outcome = await write_first("late", 0, "resumed", claim, before=True)
    assert outcome is SendOutcome.STALE
    assert len(house.channel.texts_to("late")) == claim.sent_before


@pytest.mark.parametrize("owner", [Owner.QUEUED, Owner.HUMAN, Owner.CLOSED])
async def test_nobody_is_reminded_while_a_person_is_wanted(house: TestHouse, owner: Owner) -> None:
    await house.verify()
    chat = house.conversation()
    house.save(
        replace(chat, control=chat.control.moved(owner, "mei" if owner is Owner.HUMAN else None))
    )
    chat, before = house.conversation(), len(house.channel.sent)
    draft = Draft(
        conversation_id=chat.id,
        author=Author.BOT,
        epoch=chat.control.epoch,
        content=Content(text="A reminder."),
        answers=None,
        language="en",
        purpose=Purpose.REMINDER,
    )
    assert await house.outbox.send(draft) is SendOutcome.STALE
    assert len(house.channel.sent) == before


async def _newest(house: TestHouse, chat: Conversation) -> Any:
    with house.database.unit() as uow:
        return uow.desk.last_inbound(chat.id)
