"""Conversations, messages, who is writing, and the hand-over to people."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.conversation import IdentityStage
from bot.handover import Owner
from bot.messages import Author, DeliveryState
from store.base import Base
from store.columns import BlindIndex, FreeJson, FreeText, Key, Sealed, UtcInstant, one_of

IDENTITY_KINDS = ("token", "second_fact")

# Channels, kinds of message and reasons of escalation have no check: they grow with the product,
# and a refused row would lose a borrower's message or an urgent escalation.


class ConversationRow(Base):
    """`address` is sealed; `address_index`, given the same text, is what it is found by."""

    __tablename__ = "conversations"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    address: Mapped[str] = mapped_column(Sealed)
    address_index: Mapped[str | None] = mapped_column(BlindIndex)
    is_private: Mapped[bool]
    language: Mapped[str] = mapped_column(String(16))
    language_chosen: Mapped[bool]
    identity_stage: Mapped[str] = mapped_column(String(16))
    borrower_id: Mapped[int | None] = mapped_column(ForeignKey("borrowers.id"), index=True)
    identity_tries: Mapped[int]
    identity_expires_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    identity_locked_until: Mapped[datetime | None] = mapped_column(UtcInstant)
    control_owner: Mapped[str] = mapped_column(String(16))
    control_epoch: Mapped[int]
    control_staff: Mapped[str | None] = mapped_column(String(128))
    control_lease_until: Mapped[datetime | None] = mapped_column(UtcInstant)
    unclear_turns: Mapped[int]
    reachable: Mapped[bool]
    greeted: Mapped[bool]
    opened_at: Mapped[datetime] = mapped_column(UtcInstant)
    last_inbound_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    waiting_since: Mapped[datetime | None] = mapped_column(UtcInstant)
    merged_into: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = (
        UniqueConstraint("channel", "address"),
        Index("uq_conversations_channel_address_index", "channel", "address_index", unique=True),
        one_of("identity_stage", IdentityStage),
        one_of("control_owner", Owner),
        CheckConstraint("control_epoch >= 0", name="control_epoch"),
        Index(
            "ix_conversations_held",
            "control_lease_until",
            sqlite_where=control_owner == "human",
            postgresql_where=control_owner == "human",
        ),
    )


class MessageRow(Base):
    """Inbound and outbound in one order. `update_key` is the channel's, so unique where it came."""

    __tablename__ = "messages"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    author: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(FreeText)
    at: Mapped[datetime] = mapped_column(UtcInstant)
    update_key: Mapped[str | None] = mapped_column(String(255))
    handled_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    answers: Mapped[int | None] = mapped_column(ForeignKey("messages.id"), index=True)
    epoch: Mapped[int | None]
    delivery: Mapped[str | None] = mapped_column(String(16))
    delivery_error: Mapped[str | None] = mapped_column(FreeText)
    channel_message_id: Mapped[str | None] = mapped_column(String(255))
    buttons: Mapped[list[list[str]]] = mapped_column(FreeJson)
    url_buttons: Mapped[list[list[str]]] = mapped_column(FreeJson)
    picture: Mapped[bytes | None] = mapped_column(LargeBinary)
    picture_alt: Mapped[str | None] = mapped_column(FreeText)
    staff: Mapped[str | None] = mapped_column(String(128))
    intent: Mapped[str | None] = mapped_column(String(64))
    document: Mapped[bytes | None] = mapped_column(LargeBinary)
    document_name: Mapped[str | None] = mapped_column(FreeText)

    __table_args__ = (
        UniqueConstraint("conversation_id", "update_key"),
        Index(None, "conversation_id", "id"),
        Index(
            "ix_messages_unhandled",
            "id",
            sqlite_where=(author == "borrower") & handled_at.is_(None),
            postgresql_where=(author == "borrower") & handled_at.is_(None),
        ),
        one_of("author", Author),
        one_of("delivery", DeliveryState),
        CheckConstraint(
            "(author = 'borrower') = (update_key IS NOT NULL)"
            " AND (author = 'borrower') = (delivery IS NULL)"
            " AND (author = 'borrower') = (epoch IS NULL)",
            name="direction",
        ),
        {"sqlite_autoincrement": True},
    )


class IdentityAttemptRow(Base):
    __tablename__ = "identity_attempts"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    borrower_id: Mapped[int | None] = mapped_column(ForeignKey("borrowers.id"))
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    kind: Mapped[str] = mapped_column(String(16))
    succeeded: Mapped[bool]
    at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        Index(None, "borrower_id", "at"),
        Index(None, "conversation_id", "kind", "at"),
        one_of("kind", IDENTITY_KINDS),
    )


class LinkTokenRow(Base):
    """Only the SHA-256 (64 hex digits) of a token: the table opens no account if it leaks."""

    __tablename__ = "link_tokens"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcInstant)
    expires_at: Mapped[datetime] = mapped_column(UtcInstant)
    used_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (CheckConstraint("length(token_hash) = 64", name="token_hash"),)
