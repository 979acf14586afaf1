"""People at work: escalations, staff and their sessions, notes, and what happened as it happens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.staff import Role
from store.base import Base
from store.columns import FreeJson, FreeText, Key, UtcInstant, one_of


class EscalationRow(Base):
    """One request for a person; `claimed_by` and `resolved_by` are sign-in names of staff."""

    __tablename__ = "escalations"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    borrower_id: Mapped[int | None] = mapped_column(ForeignKey("borrowers.id"), index=True)
    reason: Mapped[str] = mapped_column(String(64))
    priority: Mapped[int]
    opened_at: Mapped[datetime] = mapped_column(UtcInstant)
    packet: Mapped[dict[str, Any]] = mapped_column(FreeJson)
    claimed_by: Mapped[str | None] = mapped_column(String(128))
    claimed_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    lease_until: Mapped[datetime | None] = mapped_column(UtcInstant)
    first_reply_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    resolved_by: Mapped[str | None] = mapped_column(String(128))
    outcome: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str | None] = mapped_column(FreeText)
    details: Mapped[dict[str, str] | None] = mapped_column(FreeJson)
    returned_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    rating: Mapped[int | None]
    rated_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (
        Index(
            "uq_escalations_open",
            "conversation_id",
            "reason",
            unique=True,
            sqlite_where=resolved_at.is_(None),
            postgresql_where=resolved_at.is_(None),
        ),
        Index(
            "ix_escalations_queue",
            "priority",
            "opened_at",
            sqlite_where=resolved_at.is_(None),
            postgresql_where=resolved_at.is_(None),
        ),
        Index(None, "conversation_id"),
        Index(None, "opened_at"),
        Index(None, "first_reply_at"),
        CheckConstraint("priority >= 0", name="priority"),
    )


class StaffRow(Base):
    """`password_hash` is Argon2's; `totp_secret` is sealed with a key that is not in here."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    login: Mapped[str] = mapped_column(String(128))
    name: Mapped[str] = mapped_column(FreeText)
    role: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str] = mapped_column(String(255))
    totp_secret: Mapped[str | None] = mapped_column(String(255))
    totp_last_step: Mapped[int | None] = mapped_column(Key)
    created_at: Mapped[datetime] = mapped_column(UtcInstant)
    failed_tries: Mapped[int]
    locked_until: Mapped[datetime | None] = mapped_column(UtcInstant)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (
        UniqueConstraint("login"),
        one_of("role", Role),
        CheckConstraint("failed_tries >= 0", name="failed_tries"),
    )


class StaffSessionRow(Base):
    """Only the SHA-256 (64 hex digits) of a session's token is kept."""

    __tablename__ = "staff_sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcInstant)
    seen_at: Mapped[datetime] = mapped_column(UtcInstant)
    expires_at: Mapped[datetime] = mapped_column(UtcInstant)
    ended_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (CheckConstraint("length(token_hash) = 64", name="token_hash"),)


class StaffNoteRow(Base):
    """Private: staff read it, borrowers never do."""

    __tablename__ = "staff_notes"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    author: Mapped[str] = mapped_column(String(128))
    at: Mapped[datetime] = mapped_column(UtcInstant)
    text: Mapped[str] = mapped_column(FreeText)


class MemoryNoteRow(Base):
    """What the dialogue engine is to be told of the time while a person spoke."""

    __tablename__ = "memory_notes"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    at: Mapped[datetime] = mapped_column(UtcInstant)
    facts: Mapped[dict[str, str]] = mapped_column(FreeJson)
    told_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (
        Index(
            "ix_memory_notes_untold",
            "conversation_id",
            sqlite_where=told_at.is_(None),
            postgresql_where=told_at.is_(None),
        ),
    )


class StaffEventRow(Base):
    """News for open pages and alerts. `once` makes an event unique, where it must be."""

    __tablename__ = "staff_events"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcInstant)
    kind: Mapped[str] = mapped_column(String(32))
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"))
    escalation_id: Mapped[int | None] = mapped_column(ForeignKey("escalations.id"))
    actor: Mapped[str | None] = mapped_column(String(128))
    details: Mapped[dict[str, str]] = mapped_column(FreeJson)
    once: Mapped[str | None] = mapped_column(String(128))

    __table_args__ = (
        UniqueConstraint("once"),
        Index(None, "conversation_id", "id"),
        {"sqlite_autoincrement": True},
    )
