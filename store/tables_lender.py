"""The lender's own system: events for it, keys of its programs, imports of its files."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lending.events import EventState
from store.base import Base
from store.columns import FreeJson, FreeText, Key, UtcInstant, one_of

IMPORT_STATES = ("checked", "running", "done")


class OutgoingEventRow(Base):
    """The outbox of webhooks. Types have no check: they grow with the product."""

    __tablename__ = "outgoing_events"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    type: Mapped[str] = mapped_column(String(64))
    stream: Mapped[str | None] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UtcInstant)
    borrower_id: Mapped[int | None] = mapped_column(ForeignKey("borrowers.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"))
    data: Mapped[dict[str, Any]] = mapped_column(FreeJson)
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int]
    next_try_at: Mapped[datetime] = mapped_column(UtcInstant)
    lease_until: Mapped[datetime | None] = mapped_column(UtcInstant)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    last_error: Mapped[str | None] = mapped_column(FreeText)

    __table_args__ = (
        one_of("state", EventState),
        CheckConstraint("attempts >= 0", name="attempts"),
        Index(
            "ix_outgoing_events_due",
            "next_try_at",
            sqlite_where=state == "waiting",
            postgresql_where=state == "waiting",
        ),
        Index(
            "ix_outgoing_events_open",
            "stream",
            "id",
            sqlite_where=state.in_(("waiting", "dead")),
            postgresql_where=state.in_(("waiting", "dead")),
        ),
        {"sqlite_autoincrement": True},
    )


class ApiKeyRow(Base):
    """Only the SHA-256 of a key: the table opens nothing if it leaks."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(FreeText)
    hash: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[list[str]] = mapped_column(FreeJson)
    created_at: Mapped[datetime] = mapped_column(UtcInstant)
    expires_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (CheckConstraint("length(hash) = 64", name="hash"),)


class ApiRequestRow(Base):
    """A write with its idempotency key and what was answered, kept in the commit of the change."""

    __tablename__ = "api_requests"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    api_key_id: Mapped[str] = mapped_column(ForeignKey("api_keys.id"))
    key: Mapped[str] = mapped_column(String(128))
    digest: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcInstant, index=True)
    status: Mapped[int | None]
    answer: Mapped[dict[str, Any] | None] = mapped_column(FreeJson)

    __table_args__ = (UniqueConstraint("api_key_id", "key"),)


class ImportRow(Base):
    """A file of the lender's system on its way in: how far it was written, so that it can go on."""

    __tablename__ = "imports"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    sha256: Mapped[str] = mapped_column(String(64))
    options: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    started_at: Mapped[datetime] = mapped_column(UtcInstant)
    finished_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    lines: Mapped[int]
    lines_written: Mapped[int]
    counts: Mapped[dict[str, int]] = mapped_column(FreeJson)

    __table_args__ = (
        one_of("state", IMPORT_STATES),
        CheckConstraint("lines_written >= 0 AND lines >= 0", name="lines"),
        Index(
            "uq_imports_unfinished",
            "kind",
            unique=True,
            sqlite_where=finished_at.is_(None),
            postgresql_where=finished_at.is_(None),
        ),
    )
