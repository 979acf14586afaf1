"""Readable values and rows for the tests of the store."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from bot.conversation import Conversation
from bot.messages import Channel, Inbound, Kind
from bot.ports import UnitOfWork
from lending.ids import BorrowerId, ConversationId, MessageId
from store.db import Database
from store.tables import AccountRow, BorrowerRow

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CHAT = ConversationId("6f1c0b9e-0000-4000-8000-000000000001")


def conversation(
    conversation_id: ConversationId = CHAT, address: str = "chat-1", **changes: Any
) -> Conversation:
    fields: dict[str, Any] = {
        "id": conversation_id,
        "channel": Channel.WEB,
        "address": address,
        "is_private": True,
        "language": "en",
        "language_chosen": False,
        "opened_at": NOON,
    }
    return Conversation(**fields | changes)


def inbound(update_key: str = "u1", text: str = "hello", **changes: Any) -> Inbound:
    fields: dict[str, Any] = {
        "channel": Channel.WEB,
        "address": "chat-1",
        "is_private": True,
        "update_key": update_key,
        "kind": Kind.TEXT,
        "text": text,
        "received_at": NOON,
    }
    return Inbound(**fields | changes)


def keep(uow: UnitOfWork, message: Inbound, conversation_id: ConversationId = CHAT) -> MessageId:
    kept = uow.messages.add_inbound(conversation_id, message, message.text)
    assert kept is not None
    return kept


def add_chat(database: Database, chat: Conversation | None = None) -> Conversation:
    chat = chat or conversation()
    with database.unit() as uow:
        uow.conversations.add(chat)
        uow.commit()
    return chat


def add_borrower(database: Database, reference: str = "NB-1", **changes: Any) -> BorrowerId:
    values: dict[str, Any] = {
        "reference": reference,
        "full_name": "Ada Example",
        "given_name": "Ada",
        "language": "en",
        "timezone": "Europe/London",
        "jurisdiction": "UK",
        "country": "GB",
    }
    with database.session() as session:
        added = session.execute(
            insert(BorrowerRow).values(**values | changes).returning(BorrowerRow.id)
        ).scalar_one()
        session.commit()
    return BorrowerId(added)


def add_account(database: Database, borrower_id: BorrowerId, reference: str = "PL-1") -> int:
    with database.session() as session:
        added = session.execute(
            insert(AccountRow)
            .values(
                borrower_id=borrower_id,
                reference=reference,
                product="credit_card",
                currency="GBP",
                status="active",
                opened_on=date(2026, 1, 1),
                terms={"v": 1, "type": "none"},
            )
            .returning(AccountRow.id)
        ).scalar_one()
        session.commit()
    return added
