"""Proof: every decision about a contact, every wish and opt-out, and the audit chain."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from compliance.terms import Effect
from compliance.wish_records import KINDS
from store.base import Base
from store.columns import BlindIndex, FreeJson, FreeText, Key, UtcInstant, one_of


class ContactDecisionRow(Base):
    """One attempt, sent or not. `inputs` is all that the gate was given, so it can be replayed."""

    __tablename__ = "contact_decisions"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    borrower_id: Mapped[int | None] = mapped_column(ForeignKey("borrowers.id"))
    channel: Mapped[str] = mapped_column(String(16))
    purpose: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(UtcInstant)
    inputs: Mapped[dict[str, Any]] = mapped_column(FreeJson)
    outcome: Mapped[str] = mapped_column(String(16))
    rules: Mapped[list[str]] = mapped_column(FreeJson)
    until: Mapped[datetime | None] = mapped_column(UtcInstant)
    gate_version: Mapped[str] = mapped_column(String(64))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"), index=True)

    __table_args__ = (
        Index(None, "conversation_id", "at"),
        Index(None, "borrower_id", "at"),
        one_of("outcome", Effect),
        CheckConstraint("until IS NULL OR outcome = 'delay'", name="until"),
    )


class ContactProfileRow(Base):
    """The files of a profile as they were when it made decisions, so that these can be replayed."""

    __tablename__ = "contact_profiles"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    version: Mapped[str] = mapped_column(String(64), primary_key=True)
    files: Mapped[dict[str, str]] = mapped_column(FreeJson)
    first_used_at: Mapped[datetime] = mapped_column(UtcInstant)


class OptOutRow(Base):
    """A wish to be left alone; it holds until lifted, for the address and for the borrower.

    It is kept when a borrower is erased, and must still be found: so there is the index alone.
    """

    __tablename__ = "opt_outs"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    address: Mapped[str] = mapped_column(BlindIndex)
    borrower_id: Mapped[int | None] = mapped_column(ForeignKey("borrowers.id"))
    at: Mapped[datetime] = mapped_column(UtcInstant)
    via: Mapped[str] = mapped_column(FreeText)
    lifted_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    # The wish that this row makes fast to find; none for rows that were kept without one.
    wish_id: Mapped[int | None] = mapped_column(ForeignKey("contact_wishes.id"), index=True)

    __table_args__ = (
        Index(None, "channel", "address"),
        Index(None, "borrower_id"),
    )


class ContactWishRow(Base):
    """What a borrower, or whoever writes in a chat, wants of our contacts.

    `channel` and `address` are those of the chat where it was said. Append-only: a trigger lets a
    row change once, when it ends, and lose its words, when its borrower is erased.
    """

    __tablename__ = "contact_wishes"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    borrower_id: Mapped[int | None] = mapped_column(ForeignKey("borrowers.id"), index=True)
    channel: Mapped[str | None] = mapped_column(String(16))
    address: Mapped[str | None] = mapped_column(BlindIndex)
    kind: Mapped[str] = mapped_column(String(32))
    parameters: Mapped[dict[str, Any]] = mapped_column(FreeJson)
    source: Mapped[str] = mapped_column(FreeText)
    said_at: Mapped[datetime] = mapped_column(UtcInstant)
    text: Mapped[str] = mapped_column(FreeText)
    reason: Mapped[str] = mapped_column(FreeText)
    ended_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    ended_by: Mapped[str | None] = mapped_column(FreeText)
    end_reason: Mapped[str | None] = mapped_column(FreeText)

    __table_args__ = (
        Index(None, "channel", "address"),
        one_of("kind", KINDS),
        CheckConstraint("borrower_id IS NOT NULL OR channel IS NOT NULL", name="whose"),
        CheckConstraint("(channel IS NULL) = (address IS NULL)", name="address"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended"),
        {"sqlite_autoincrement": True},
    )


class AuditRow(Base):
    """A link of the hash chain. Append-only: triggers of the first migration hold it."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcInstant)
    actor: Mapped[str] = mapped_column(FreeText)
    event: Mapped[str] = mapped_column(FreeText)
    subject: Mapped[str] = mapped_column(FreeText)
    details: Mapped[dict[str, str]] = mapped_column(FreeJson)
    # Unique: a chain that forks is refused even by a database used without our lock.
    prev_hash: Mapped[str] = mapped_column(String(64), unique=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)

    __table_args__ = ({"sqlite_autoincrement": True},)
