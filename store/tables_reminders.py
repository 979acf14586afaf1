"""Reminders that were planned and what became of them; contacts that staff made by hand."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.reminder_ports import ReminderState
from store.base import Base
from store.columns import FreeText, Key, UtcInstant, one_of


class ReminderRow(Base):
    """One step for one due date of an account. The key makes a repeated plan change nothing.

    `offset_days` orders the steps: below zero is before the due date. `version` and `number` name
    the schedule row, or the statement with version 0. `attempt` counts channels: the second is
    made when the first turned out to be gone. `claim` is the worker that has the row.
    """

    __tablename__ = "reminders"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"))
    due_on: Mapped[date]
    version: Mapped[int]
    number: Mapped[int]
    step: Mapped[str] = mapped_column(String(32))
    offset_days: Mapped[int]
    attempt: Mapped[int]
    strategy: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    local_day: Mapped[date]
    send_at: Mapped[datetime] = mapped_column(UtcInstant)
    claim: Mapped[str | None] = mapped_column(String(64))
    claimed_until: Mapped[datetime | None] = mapped_column(UtcInstant)
    tries: Mapped[int]
    channel: Mapped[str | None] = mapped_column(String(16))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    reason: Mapped[str | None] = mapped_column(FreeText)
    approved_by: Mapped[str | None] = mapped_column(FreeText)
    changed_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        UniqueConstraint("account_id", "due_on", "step", "attempt"),
        Index(
            "ix_reminders_to_send",
            "send_at",
            "id",
            sqlite_where=state == "planned",
            postgresql_where=state == "planned",
        ),
        Index(
            "ix_reminders_in_hand",
            "claimed_until",
            sqlite_where=state.in_(("claimed", "sending")),
            postgresql_where=state.in_(("claimed", "sending")),
        ),
        Index(
            "ix_reminders_for_staff",
            "state",
            "id",
            sqlite_where=state.in_(("dead", "unconfirmed", "awaiting")),
            postgresql_where=state.in_(("dead", "unconfirmed", "awaiting")),
        ),
        Index(None, "borrower_id"),
        Index(None, "message_id"),
        one_of("state", ReminderState),
        CheckConstraint("attempt >= 1 AND tries >= 0", name="counts"),
        CheckConstraint("state NOT IN ('claimed', 'sending') OR claim IS NOT NULL", name="claimed"),
    )


class SendSlotRow(Base):
    """The next free place in the queue of a bot or a chat: microseconds since 1970 UTC."""

    __tablename__ = "send_slots"

    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    next_us: Mapped[int] = mapped_column(BigInteger)


class ContactHabitRow(Base):
    """The minute of their day at which a borrower wrote to us before, and from how many messages."""

    __tablename__ = "contact_habits"

    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), primary_key=True)
    minute: Mapped[int]
    messages: Mapped[int]
    last_message_id: Mapped[int] = mapped_column(Key)

    __table_args__ = (CheckConstraint("minute >= 0 AND minute < 1440", name="minute"),)


class DeliveryReportRow(Base):
    """What a provider said later about a message that it took."""

    __tablename__ = "delivery_reports"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"))
    status: Mapped[str] = mapped_column(String(32))
    code: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (UniqueConstraint("message_id", "status"),)


class StaffContactRow(Base):
    """A call, visit or letter that a person made; its message holds the note."""

    __tablename__ = "staff_contacts"

    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    staff: Mapped[str] = mapped_column(FreeText)
    outcome: Mapped[str] = mapped_column(String(32))
