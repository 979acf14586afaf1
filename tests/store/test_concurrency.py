"""Many threads at once: one wins where one may, and nobody's write is lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

from sqlalchemy import select

from bot.conversation import EscalationReason
from bot.messages import Channel
from bot.ports import ConversationExists
from lending.ids import ConversationId
from store.db import Database
from store.tables import AuditRow, EscalationRow, MessageRow
from tests.store.rows import CHAT, MINUTE, NOON, add_borrower, add_chat, conversation, inbound

THREADS = 8


def race(act: Callable[[int], object], threads: int = THREADS) -> list[object]:
    """Run `act(0)` to `act(threads - 1)`, all started at the same moment."""
    gate = Barrier(threads)

    def run(n: int) -> object:
        gate.wait(10)
        return act(n)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(threads)))


def test_a_token_is_redeemed_by_one_of_eight(database: Database) -> None:
    borrower = add_borrower(database)
    with database.unit() as uow:
        uow.links.add(
            token_hash="a" * 64, borrower_id=borrower, created_at=NOON, expires_at=NOON + MINUTE
        )
        uow.commit()

    def redeem(_: int) -> object:
        with database.unit() as uow:
            found = uow.links.redeem("a" * 64, NOON)
            uow.commit()
        return found

    outcomes = race(redeem)
    assert outcomes.count(borrower) == 1
    assert outcomes.count(None) == THREADS - 1


def test_a_token_whose_redeemer_gave_up_is_still_good(database: Database) -> None:
    borrower = add_borrower(database)
    with database.unit() as uow:
        uow.links.add(
            token_hash="a" * 64, borrower_id=borrower, created_at=NOON, expires_at=NOON + MINUTE
        )
        uow.commit()
    with database.unit() as uow:
        assert uow.links.redeem("a" * 64, NOON) == borrower
    with database.unit() as uow:
        assert uow.links.redeem("a" * 64, NOON) == borrower


def test_audit_rows_of_many_threads_make_one_chain(database: Database) -> None:
    def append(n: int) -> None:
        for part in range(5):
            with database.unit() as uow:
                uow.audit.append(
                    at=NOON, actor=f"thread-{n}", event="e", subject=str(part), details={"n": "1"}
                )
                uow.commit()

    race(append)
    with database.unit() as uow:
        assert uow.audit.verify() is None
    with database.session() as session:
        assert len(session.scalars(select(AuditRow.hash)).all()) == THREADS * 5


def test_an_address_gets_one_conversation(database: Database) -> None:
    def add(n: int) -> object:
        with database.unit() as uow:
            try:
                uow.conversations.add(conversation(ConversationId(f"chat-{n}")))
            except ConversationExists:
                found = uow.conversations.find(Channel.WEB, "chat-1")
                assert found is not None
                return found.id
            uow.commit()
        return f"chat-{n}"

    assert len(set(race(add))) == 1


def test_a_replay_at_the_same_moment_is_kept_once(database: Database) -> None:
    add_chat(database)

    def receive(_: int) -> object:
        with database.unit() as uow:
            kept = uow.messages.add_inbound(CHAT, inbound(), "hello")
            uow.commit()
        return kept

    assert race(receive).count(None) == THREADS - 1


def test_one_escalation_is_opened_for_a_reason(database: Database) -> None:
    add_chat(database)

    def open_one(_: int) -> object:
        with database.unit() as uow:
            opened = uow.escalations.open(
                conversation_id=CHAT,
                borrower_id=None,
                reason=EscalationReason.DISTRESS,
                priority=0,
                opened_at=NOON,
                packet={},
            )
            uow.commit()
        return opened

    assert len(set(race(open_one))) == 1
    with database.session() as session:
        assert len(session.scalars(select(EscalationRow.id)).all()) == 1


def test_locked_reads_lose_no_update(database: Database) -> None:
    add_chat(database)

    def count(_: int) -> None:
        for _ in range(5):
            with database.unit() as uow:
                chat = uow.conversations.get(CHAT, for_update=True)
                uow.conversations.save(replace(chat, unclear_turns=chat.unclear_turns + 1))
                uow.commit()

    race(count)
    with database.unit() as uow:
        assert uow.conversations.get(CHAT).unclear_turns == THREADS * 5


def test_a_reader_that_polls_misses_no_message(database: Database) -> None:
    """A later id must never be seen before an earlier one of the same conversation."""
    add_chat(database)
    wanted = 6 * 10
    seen: list[int] = []
    give_up_at = time.monotonic() + 60

    def act(n: int) -> None:
        if n == 0:
            while len(seen) < wanted and time.monotonic() < give_up_at:
                with database.unit() as uow:
                    new = uow.messages.after(CHAT, seen[-1] if seen else 0, 100)
                seen.extend(message.id for message in new)
            return
        for part in range(10):
            with database.unit() as uow:
                uow.messages.add_inbound(CHAT, inbound(f"{n}-{part}"), "x")
                uow.commit()

    race(act, threads=7)
    with database.session() as session:
        assert seen == sorted(session.scalars(select(MessageRow.id)))
