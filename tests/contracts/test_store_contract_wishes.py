"""What bot/ports.py promises about wishes, on every database, with the opt-outs in step."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot import wishes
from bot.conversation import Conversation, Identity, IdentityStage
from bot.messages import Channel
from bot.ports import UnknownWish, Whose
from compliance.wish_effects import holds
from compliance.wishes import (
    Cease,
    InconvenientTime,
    KeptWish,
    Medium,
    OptOut,
    PreferredChannel,
    PreferredHours,
    Representation,
    Said,
    Window,
    Wish,
    WishId,
)
from lending.ids import BorrowerId
from store.db import Database
from store.errors import ChangeRefused
from tests.store.rows import MINUTE, NOON, add_borrower, conversation

STOP = OptOut(channel=Medium.CHAT)
HERE = Whose(channel=Channel.WEB, address="chat-1")


def said(wish: Wish, **changes: object) -> Said:
    known = Said(wish=wish, source="chat", said_at=NOON, text="六点以后 \x00再联系")
    return replace(known, **changes)  # type: ignore[arg-type]


def chat(borrower: BorrowerId | None, *, verified: bool = True, address: str = "1") -> Conversation:
    stage = IdentityStage.VERIFIED if verified else IdentityStage.LINKED
    identity = Identity(stage=stage, borrower_id=borrower, expires_at=NOON + 30 * MINUTE)
    return conversation(address=address, identity=identity if borrower else Identity())


def in_force(database: Database, borrower: BorrowerId) -> list[Wish]:
    with database.unit() as uow:
        found = uow.wishes.of_borrower(borrower)
    return [one.wish for one in found if holds(one, NOON + MINUTE, NOON.date())]


def say(database: Database, talk: Conversation, *wanted: Wish) -> None:
    with database.unit() as uow:
        wishes.keep_from_chat(uow, talk, wanted, text="", said_at=NOON, now=NOON)
        uow.commit()


def opted_out(database: Database, address: str, borrower: BorrowerId | None) -> bool:
    with database.unit() as uow:
        return uow.contacts.opted_out_at(Channel.WEB, address, borrower) is not None


def events(database: Database) -> list[tuple[str, str]]:
    with database.engine.connect() as connection:
        rows = connection.execute(text("SELECT actor, event FROM audit ORDER BY id"))
        return [(row.actor, row.event) for row in rows]


class TestWishes:
    def test_a_wish_is_kept_as_it_was_said_and_ends_once(self, database: Database) -> None:
        borrower = add_borrower(database)
        evening = PreferredHours(window=Window(start_minute=1080))
        with database.unit() as uow:
            key = uow.wishes.add(said(evening), Whose(borrower_id=borrower), reason="by phone")
            uow.commit()
            (kept,) = uow.wishes.of_borrower(borrower)
            assert kept == KeptWish(
                id=key,
                borrower_id=borrower,
                said=said(evening, text="六点以后 再联系"),
                reason="by phone",
            )
            uow.wishes.end(key, at=NOON + MINUTE, by="staff:mei", reason="moved")
            uow.commit()
            (ended,) = uow.wishes.of_borrower(borrower)
            assert (ended.ended_at, ended.ended_by) == (NOON + MINUTE, "staff:mei")
            with pytest.raises(UnknownWish):
                uow.wishes.end(key, at=NOON, by="staff:mei", reason="again")
            with pytest.raises(UnknownWish):
                uow.wishes.end(WishId(999), at=NOON, by="staff:mei", reason="none")

    def test_those_of_a_chat_are_found_by_its_address(self, database: Database) -> None:
        borrower = add_borrower(database)
        with database.unit() as uow:
            uow.wishes.add(said(STOP), HERE)
            uow.wishes.add(said(Cease()), replace(HERE, borrower_id=borrower))
            uow.commit()
            here = uow.wishes.of_chat(Channel.WEB, "chat-1")
            assert [one.borrower_id for one in here] == [None, borrower]
            assert uow.wishes.of_chat(Channel.TELEGRAM, "chat-1") == ()

    def test_a_wish_of_nobody_is_refused(self, database: Database) -> None:
        with pytest.raises(ChangeRefused), database.unit() as uow:
            uow.wishes.add(said(STOP), Whose())

    @pytest.mark.parametrize(
        "statement",
        [
            "DELETE FROM contact_wishes",
            "UPDATE contact_wishes SET text = 'never said'",
            "UPDATE contact_wishes SET kind = 'deceased'",
            "UPDATE contact_wishes SET parameters = '{}'",
            "UPDATE contact_wishes SET ended_by = 'nobody', borrower_id = NULL",
        ],
    )
    def test_what_was_said_cannot_be_rewritten(self, database: Database, statement: str) -> None:
        with database.unit() as uow:
            uow.wishes.add(said(STOP), HERE)
            uow.commit()
        with (
            pytest.raises(DBAPIError, match=r"append-only|constraint"),
            database.engine.begin() as connection,
        ):
            connection.execute(text(statement))


class TestOptOuts:
    def test_a_stop_is_an_opt_out_of_the_borrower_s_chats_until_it_ends(
        self, database: Database
    ) -> None:
        borrower = add_borrower(database)
        say(database, chat(borrower), STOP)
        assert opted_out(database, "1", None) and opted_out(database, "2", borrower)
        with database.unit() as uow:
            (kept,) = uow.wishes.of_borrower(borrower)
            uow.wishes.end(kept.id, at=NOON, by="borrower", reason="")
            uow.commit()
        assert not opted_out(database, "1", borrower)

    def test_no_calls_leaves_the_chats_open(self, database: Database) -> None:
        borrower = add_borrower(database)
        say(database, chat(borrower), OptOut(channel=Medium.CALL))
        assert not opted_out(database, "1", borrower)

    def test_a_wish_from_staff_that_names_no_chat_closes_them_all(self, database: Database) -> None:
        borrower = add_borrower(database)
        with database.unit() as uow:
            uow.wishes.add(said(PreferredChannel(channel=Medium.SMS)), Whose(borrower_id=borrower))
            uow.commit()
        assert opted_out(database, "anywhere", borrower)
        assert not opted_out(database, "anywhere", None)


class TestKeeping:
    def test_the_same_wish_twice_is_kept_once_and_a_new_window_replaces_the_old(
        self, database: Database
    ) -> None:
        borrower = add_borrower(database)
        first, second = (PreferredHours(window=Window(start_minute=m)) for m in (1080, 1200))
        quiet = InconvenientTime(until_on=NOON.date())
        say(database, chat(borrower), first, first, quiet)
        say(database, chat(borrower), second)
        assert in_force(database, borrower) == [quiet, second]
        assert [event for _, event in events(database)] == [
            "consent.added",
            "consent.added",
            "consent.ended",
            "consent.added",
        ]

    def test_an_unproved_chat_changes_no_more_than_stopping(self, database: Database) -> None:
        borrower = add_borrower(database)
        unproved = chat(borrower, verified=False)
        say(database, unproved, OptOut(channel=Medium.CALL), Representation())
        assert in_force(database, borrower) == []
        say(database, unproved, PreferredChannel(channel=Medium.EMAIL))
        assert in_force(database, borrower) == [STOP]

    def test_reopening_a_chat_leaves_closed_what_else_the_wish_closed(
        self, database: Database
    ) -> None:
        borrower = add_borrower(database)
        say(database, chat(borrower), PreferredChannel(channel=Medium.EMAIL))
        with database.unit() as uow:
            wishes.reopen_chat(uow, chat(borrower), NOON)
            uow.commit()
        assert not opted_out(database, "1", borrower)
        still = {wish.channel for wish in in_force(database, borrower) if isinstance(wish, OptOut)}
        assert still == set(Medium) - {Medium.EMAIL, Medium.CHAT}

    def test_all_is_lifted_but_facts_stay(self, database: Database) -> None:
        borrower = add_borrower(database)
        hours = PreferredHours(window=Window(start_minute=1080))
        say(database, chat(borrower), OptOut(), hours, Representation())
        with database.unit() as uow:
            wishes.lift_all(uow, chat(borrower), NOON)
            uow.commit()
        assert in_force(database, borrower) == [Representation()]
        assert not opted_out(database, "1", borrower)

    def test_an_unproved_chat_lifts_nothing_of_the_borrower_s(self, database: Database) -> None:
        borrower = add_borrower(database)
        say(database, chat(borrower, address="mine"), OptOut())
        with database.unit() as uow:
            wishes.lift_all(uow, chat(borrower, verified=False, address="other"), NOON)
            uow.commit()
        assert in_force(database, borrower) == [OptOut()]

    def test_undo_takes_back_what_was_said_then_and_only_here(self, database: Database) -> None:
        borrower, other = add_borrower(database), add_borrower(database, "NB-2")
        say(database, chat(borrower), STOP, OptOut(channel=Medium.CALL))
        say(database, chat(other, address="2"), STOP)
        for _ in range(2):
            with database.unit() as uow:
                wishes.undo(uow, chat(borrower), NOON, NOON + MINUTE)
                uow.commit()
        assert in_force(database, borrower) == [] and in_force(database, other) == [STOP]
        with database.unit() as uow:
            wishes.undo(uow, chat(borrower, address="2"), NOON, NOON)
            uow.commit()
        assert in_force(database, other) == [STOP]

    def test_every_change_is_in_the_audit_chain_without_the_words(self, database: Database) -> None:
        borrower = add_borrower(database)
        with database.unit() as uow:
            secret = said(STOP, text="a secret that I told")
            key = wishes.keep(
                uow, secret, Whose(borrower_id=borrower), now=NOON, actor="staff:mei", reason="call"
            )
            assert key is not None
            (kept,) = uow.wishes.of_borrower(borrower)
            wishes.end(
                uow, kept, Whose(borrower_id=borrower), now=NOON, actor="staff:mei", reason="error"
            )
            uow.commit()
            assert uow.audit.verify() is None
        assert events(database) == [("staff:mei", "consent.added"), ("staff:mei", "consent.ended")]
        with database.engine.connect() as connection:
            details = [str(row.details) for row in connection.execute(text("SELECT * FROM audit"))]
        assert not any("secret" in one for one in details)
        assert all("opt_out" in one for one in details)
