"""What bot/ports.py promises about conversations and messages, on every database."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.conversation import (
    Conversation,
    EscalationReason,
    Identity,
    IdentityStage,
    StoredMessage,
)
from bot.handover import Control, Owner
from bot.messages import (
    Author,
    Button,
    Channel,
    Content,
    DeliveryState,
    Document,
    Kind,
    Picture,
)
from bot.ports import ConversationExists, StaleConversation, Store, UnknownConversation
from lending.ids import BorrowerId, ConversationId, MessageId
from store.db import Database
from store.errors import NaiveInstant, UnknownMessage
from tests.store.rows import CHAT, MINUTE, NOON, add_borrower, add_chat, conversation, inbound, keep

OTHER_CHAT = ConversationId("6f1c0b9e-0000-4000-8000-000000000002")
PNG = b"\x89PNG\x00\xff"


def full_conversation(borrower_id: BorrowerId) -> Conversation:
    """No field has its default, so that one that is not kept shows."""
    return conversation(
        is_private=False,
        language="zh-Hant",
        language_chosen=True,
        identity=Identity(
            stage=IdentityStage.VERIFIED,
            borrower_id=borrower_id,
            tries=2,
            expires_at=NOON + 30 * MINUTE,
            locked_until=NOON + timedelta(microseconds=1),
        ),
        control=Control(owner=Owner.HUMAN, epoch=7, staff="sam", lease_until=NOON + 15 * MINUTE),
        unclear_turns=3,
        reachable=False,
        greeted=True,
        last_inbound_at=NOON + MINUTE,
        waiting_since=NOON,
        merged_into=OTHER_CHAT,
    )


def test_the_database_is_the_store_that_the_bot_asks_for(database: Database) -> None:
    store: Store = database
    with store.unit() as uow:
        assert uow.conversations.find(Channel.WEB, "nobody") is None


class TestUnitOfWork:
    def test_nothing_is_kept_without_commit(self, database: Database) -> None:
        with database.unit() as uow:
            uow.conversations.add(conversation())
        with database.unit() as uow:
            assert uow.conversations.find(Channel.WEB, "chat-1") is None

    def test_an_error_undoes_what_was_not_committed(self, database: Database) -> None:
        with pytest.raises(RuntimeError), database.unit() as uow:
            uow.conversations.add(conversation())
            uow.commit()
            uow.conversations.save(conversation(greeted=True))
            raise RuntimeError
        with database.unit() as uow:
            assert not uow.conversations.get(CHAT).greeted

    def test_it_goes_on_after_a_commit(self, database: Database) -> None:
        with database.unit() as uow:
            uow.conversations.add(conversation())
            uow.commit()
            keep(uow, inbound())
            uow.commit()
        with database.unit() as uow:
            assert len(uow.messages.latest(CHAT, 10)) == 1


class TestConversations:
    def test_every_field_survives(self, database: Database) -> None:
        chat = full_conversation(add_borrower(database))
        plain = conversation()
        same = {"id", "channel", "address", "opened_at"}
        for field in fields(Conversation):
            if field.name not in same:
                assert getattr(chat, field.name) != getattr(plain, field.name)
        add_chat(database, chat)
        with database.unit() as uow:
            assert uow.conversations.get(CHAT) == chat
            assert uow.conversations.get(CHAT, for_update=True) == chat
            assert uow.conversations.find(Channel.WEB, "chat-1") == chat
            assert uow.conversations.find(Channel.TELEGRAM, "chat-1") is None

    def test_save_writes_every_field(self, database: Database) -> None:
        add_chat(database)
        chat = full_conversation(add_borrower(database))
        with database.unit() as uow:
            uow.conversations.save(chat)
            uow.commit()
            assert uow.conversations.get(CHAT) == chat
            uow.conversations.save(replace(chat, identity=Identity()))
            uow.commit()
            assert uow.conversations.get(CHAT).identity == Identity()

    def test_a_second_one_for_an_address_is_refused_and_the_unit_stays_usable(
        self, database: Database
    ) -> None:
        add_chat(database)
        with database.unit() as uow:
            with pytest.raises(ConversationExists):
                uow.conversations.add(conversation(OTHER_CHAT))
            found = uow.conversations.find(Channel.WEB, "chat-1")
            assert found is not None
            assert found.id == CHAT
            uow.conversations.add(conversation(OTHER_CHAT, "chat-2"))
            uow.commit()

    def test_an_unknown_one_is_named(self, database: Database) -> None:
        with database.unit() as uow:
            with pytest.raises(UnknownConversation):
                uow.conversations.get(CHAT)
            with pytest.raises(UnknownConversation):
                uow.conversations.save(conversation())

    def test_a_late_writer_cannot_take_control_back(self, database: Database) -> None:
        chat = add_chat(database)
        taken = replace(chat, control=Control(owner=Owner.HUMAN, epoch=1, staff="sam"))
        with database.unit() as uow:
            uow.conversations.save(taken)
            uow.commit()
        with database.unit() as uow:
            with pytest.raises(StaleConversation):
                uow.conversations.save(replace(chat, unclear_turns=1))
            uow.commit()
        with database.unit() as uow:
            assert uow.conversations.get(CHAT) == taken

    def test_those_of_a_borrower_come_oldest_first(self, database: Database) -> None:
        identity = Identity(stage=IdentityStage.LINKED, borrower_id=add_borrower(database))
        newer = conversation(identity=identity, opened_at=NOON + MINUTE)
        older = conversation(OTHER_CHAT, "chat-2", identity=identity)
        add_chat(database, newer)
        add_chat(database, older)
        assert identity.borrower_id is not None
        with database.unit() as uow:
            assert uow.conversations.of_borrower(identity.borrower_id) == (older, newer)
            assert uow.conversations.of_borrower(BorrowerId(999)) == ()

    def test_a_naive_instant_is_refused(self, database: Database) -> None:
        with database.unit() as uow, pytest.raises(NaiveInstant):
            uow.conversations.add(conversation(opened_at=datetime(2026, 1, 1)))

    def test_an_instant_of_another_zone_comes_back_as_the_same_one_in_utc(
        self, database: Database
    ) -> None:
        there = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
        add_chat(database, conversation(opened_at=there))
        with database.unit() as uow:
            opened_at = uow.conversations.get(CHAT).opened_at
        assert opened_at == NOON
        assert opened_at.tzinfo is UTC


class TestMessages:
    def test_what_came_in_comes_back(self, database: Database) -> None:
        add_chat(database)
        with database.unit() as uow:
            key = keep(uow, inbound(text="我想 delay 一下 payment 🙏", kind=Kind.EDITED))
            uow.commit()
            assert uow.messages.get(key) == StoredMessage(
                id=key,
                conversation_id=CHAT,
                author=Author.BORROWER,
                kind=Kind.EDITED,
                text="我想 delay 一下 payment 🙏",
                at=NOON,
                update_key="u1",
            )
            assert uow.messages.get(MessageId(key + 1)) is None

    def test_a_replayed_update_is_known(self, database: Database) -> None:
        add_chat(database)
        with database.unit() as uow:
            keep(uow, inbound())
            uow.commit()
        with database.unit() as uow:
            assert uow.messages.add_inbound(CHAT, inbound(text="again"), "again") is None
            keep(uow, inbound("u2"))
            uow.commit()
            assert [m.text for m in uow.messages.latest(CHAT, 10)] == ["hello", "hello"]

    def test_the_same_key_in_another_conversation_is_another_message(
        self, database: Database
    ) -> None:
        add_chat(database)
        add_chat(database, conversation(OTHER_CHAT, "chat-2"))
        with database.unit() as uow:
            assert keep(uow, inbound()) != keep(uow, inbound(), OTHER_CHAT)

    @pytest.mark.parametrize("text", ["nul \x00 here", "half \ud83d emoji"])
    def test_no_typed_text_can_break_the_store(self, database: Database, text: str) -> None:
        add_chat(database)
        with database.unit() as uow:
            key = keep(uow, inbound(text=text))
            uow.escalations.open(
                conversation_id=CHAT,
                borrower_id=None,
                reason=EscalationReason.ASKED,
                priority=2,
                opened_at=NOON,
                packet={"last": text},
            )
            uow.audit.append(at=NOON, actor="bot", event="x", subject=text, details={text: text})
            uow.commit()
            kept = uow.messages.get(key)
            assert uow.audit.verify() is None
        assert kept is not None
        assert kept.text[:4] == text[:4]

    def test_a_masked_text_is_gone(self, database: Database) -> None:
        add_chat(database)
        with database.unit() as uow:
            key = keep(uow, inbound(text="1990-04-21"))
            uow.messages.mask(key, "***")
            uow.commit()
            kept = uow.messages.get(key)
        assert kept is not None
        assert kept.text == "***"

    def test_unhandled_are_the_inbound_ones_oldest_first(self, database: Database) -> None:
        add_chat(database)
        with database.unit() as uow:
            first, second, third = (keep(uow, inbound(f"u{n}")) for n in range(3))
            answer = Content(text="hi")
            uow.messages.add_outbound(
                CHAT, author=Author.BOT, content=answer, answers=first, epoch=0, at=NOON
            )
            uow.messages.mark_handled(first, NOON + MINUTE)
            uow.commit()
            assert [m.id for m in uow.messages.unhandled(10)] == [second, third]
            assert [m.id for m in uow.messages.unhandled(1)] == [second]
            done = uow.messages.get(first)
        assert done is not None
        assert done.handled_at == NOON + MINUTE

    def test_what_goes_out_comes_back(self, database: Database) -> None:
        add_chat(database)
        content = Content(
            text="Your schedule",
            buttons=(Button(label="余额", payload="/check_balance"),),
            url_buttons=(Button(label="Pay", payload="https://example.com/pay"),),
            picture=Picture(png=PNG, alt="six rows"),
            document=Document(pdf=b"%PDF-1.4", filename="plan.pdf"),
        )
        with database.unit() as uow:
            asked = keep(uow, inbound())
            assert not uow.messages.has_answer(asked)
            key = uow.messages.add_outbound(
                CHAT, author=Author.BOT, content=content, answers=asked, epoch=3, at=NOON
            )
            assert uow.messages.has_answer(asked)
            sent = uow.messages.get(key)
        assert sent == StoredMessage(
            id=key,
            conversation_id=CHAT,
            author=Author.BOT,
            kind=Kind.PICTURE,
            text="Your schedule",
            at=NOON,
            answers=asked,
            delivery=DeliveryState.SENDING,
            buttons=(("余额", "/check_balance"),),
            url_buttons=(("Pay", "https://example.com/pay"),),
            picture=PNG,
            picture_alt="six rows",
            document=b"%PDF-1.4",
            document_name="plan.pdf",
        )

    def test_the_delivery_moves_on(self, database: Database) -> None:
        add_chat(database)
        with database.unit() as uow:
            content = Content(text="hi")
            key = uow.messages.add_outbound(
                CHAT, author=Author.STAFF, content=content, answers=None, epoch=0, at=NOON
            )
            uow.messages.set_delivery(key, DeliveryState.SENT, channel_message_id="77")
            uow.messages.set_delivery(key, DeliveryState.FAILED, error="blocked")
            uow.commit()
            sent = uow.messages.get(key)
            with pytest.raises(UnknownMessage):
                uow.messages.set_delivery(MessageId(key + 1), DeliveryState.SENT)
        assert sent is not None
        assert sent.delivery is DeliveryState.FAILED

    def test_after_and_latest_page_through_one_conversation(self, database: Database) -> None:
        add_chat(database)
        add_chat(database, conversation(OTHER_CHAT, "chat-2"))
        with database.unit() as uow:
            keys = [keep(uow, inbound(f"u{n}")) for n in range(5)]
            keep(uow, inbound("elsewhere"), OTHER_CHAT)
            uow.commit()
            assert [m.id for m in uow.messages.after(CHAT, keys[1], 2)] == keys[2:4]
            assert [m.id for m in uow.messages.after(CHAT, 0, 10)] == keys
            assert [m.id for m in uow.messages.latest(CHAT, 2)] == keys[3:]
