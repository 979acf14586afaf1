"""Eight people claim five hundred escalations at once: each goes to exactly one of them."""

from __future__ import annotations

import random
import uuid
from concurrent.futures import ThreadPoolExecutor

from bot import control
from bot.control import Mover
from bot.conversation import PRIORITY, Conversation, EscalationReason
from bot.handover import NotYourTurn, Owner
from bot.messages import Channel
from lending.ids import ConversationId, EscalationId
from store.db import Database
from tests.house import NOW

PEOPLE, CASES = 8, 500


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


def claim_all(database: Database, person: str, cases: list[EscalationId]) -> list[EscalationId]:
    """What this person got, trying every case in an order of their own."""
    got = []
    for number in random.Random(person).sample(cases, len(cases)):
        try:
            with database.unit() as uow:
                chat = uow.conversations.get(uow.escalations.get(number).conversation_id)
                control.claim(uow, chat, Mover(staff=person, now=NOW))
                uow.commit()
        except NotYourTurn:
            continue
        got.append(number)
    return got


def test_each_case_goes_to_exactly_one_person(database: Database) -> None:
    cases = open_cases(database)
    people = [f"agent-{number}" for number in range(PEOPLE)]
    with ThreadPoolExecutor(PEOPLE) as pool:
        shares = list(pool.map(lambda person: claim_all(database, person, cases), people))
    assert sorted(number for share in shares for number in share) == sorted(cases)
    with database.unit() as uow:
        owned = {one.id: one for one in uow.escalations.unresolved()}
        for person, share in zip(people, shares, strict=True):
            assert {owned[number].claimed_by for number in share} <= {person}
            for number in share:
                held = uow.conversations.get(owned[number].conversation_id).control
                assert (held.owner, held.staff, held.epoch) == (Owner.HUMAN, person, 1)
        assert uow.audit.verify() is None
