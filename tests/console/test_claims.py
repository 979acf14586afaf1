"""Eight people claim five hundred escalations at once: each goes to exactly one of them."""

from __future__ import annotations

import random
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice

from bot import control
from bot.control import Mover
from bot.conversation import PRIORITY, Conversation, EscalationReason
from bot.handover import NotYourTurn, Owner
from bot.messages import Channel
from lending.ids import ConversationId, EscalationId
from store.db import Database
from tests.house import NOW

PEOPLE = 8
CASES = 500
IN_VIEW = 6
"""How many cases at the head of the queue each of them chooses from."""


def open_cases(database: Database) -> list[EscalationId]:
    opened = []
    with database.unit() as uow:
        for number in range(CASES):
            chat = Conversation(
                id=ConversationId(uuid.uuid4().hex),
                channel=Channel.WEB,
                address=f"chat-{number}",
                is_private=True,
                language="en",
                language_chosen=False,
                opened_at=NOW,
            )
            uow.conversations.add(chat)
            opened.append(
                uow.escalations.open(
                    conversation_id=chat.id,
                    borrower_id=None,
                    reason=EscalationReason.ASKED,
                    priority=PRIORITY[EscalationReason.ASKED],
                    opened_at=NOW,
                    packet={},
                )
            )
        uow.commit()
    return opened


@dataclass
class Share:
    """What one person got, and how often someone else was faster."""

    got: list[EscalationId] = field(default_factory=list)
    refused: int = 0


def work(database: Database, person: str, cases: list[EscalationId], taken: set[int]) -> Share:
    """Claim one of the next cases of the queue that look free, until none does."""
    share, choice = Share(), random.Random(person)
    while free := list(islice((number for number in cases if number not in taken), IN_VIEW)):
        number = choice.choice(free)
        try:
            with database.unit() as uow:
                chat = uow.conversations.get(uow.escalations.get(number).conversation_id)
                control.claim(uow, chat, Mover(staff=person, now=NOW))
                uow.commit()
        except NotYourTurn:
            share.refused += 1
        else:
            share.got.append(number)
        taken.add(number)
    return share


def test_each_case_goes_to_exactly_one_person(database: Database) -> None:
    cases, taken = open_cases(database), set[int]()
    people = [f"agent-{number}" for number in range(PEOPLE)]
    with ThreadPoolExecutor(PEOPLE) as pool:
        shares = list(pool.map(lambda person: work(database, person, cases, taken), people))
    assert sorted(number for share in shares for number in share.got) == sorted(cases)
    assert sum(share.refused for share in shares) > 0
    with database.unit() as uow:
        owned = {one.id: one for one in uow.escalations.unresolved()}
        for person, share in zip(people, shares, strict=True):
            assert {owned[number].claimed_by for number in share.got} <= {person}
            for number in share.got:
                held = uow.conversations.get(owned[number].conversation_id).control
                assert (held.owner, held.staff, held.epoch) == (Owner.HUMAN, person, 1)
        assert uow.audit.verify() is None
