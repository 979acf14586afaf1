"""Notes, news and the reads of the staff console, in SQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from bot.conversation import Conversation, StoredMessage
from bot.handover import Owner
from bot.messages import Author, DeliveryState
from bot.ports_staff import MemoryNote, StaffNote
from bot.staff_events import EventKind, StaffEvent
from lending.ids import BorrowerId, ConversationId, EscalationId, MessageId
from store.base import table_of
from store.insert import insert_or_skip
from store.repositories_conversations import conversation_of
from store.repositories_messages import message_of
from store.tables import (
    ContactPointRow,
    ConversationRow,
    MemoryNoteRow,
    MessageRow,
    StaffEventRow,
    StaffNoteRow,
)

_LOOK_AT = 20
"""The newest messages of a conversation: those under way are among them."""

# Made once: every turn runs it.
_MEMORIES = table_of(MemoryNoteRow)
_UNTOLD = (
    select(_MEMORIES)
    .where(_MEMORIES.c.conversation_id == bindparam("conversation"), _MEMORIES.c.told_at.is_(None))
    .order_by(_MEMORIES.c.id)
)


class SqlStaffNotes:
    """Implements `bot.ports_staff.StaffNotes`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self, conversation_id: ConversationId, *, author: str, text: str, at: datetime
    ) -> StaffNote:
        row = self._session.scalars(
            insert(StaffNoteRow)
            .values(conversation_id=conversation_id, author=author, text=text, at=at)
            .returning(StaffNoteRow)
        ).one()
        return _note(row)

    def of_conversation(self, conversation_id: ConversationId) -> tuple[StaffNote, ...]:
        query = select(StaffNoteRow).where(StaffNoteRow.conversation_id == conversation_id)
        return tuple(_note(row) for row in self._session.scalars(query.order_by(StaffNoteRow.id)))

    def add_memory(
        self, conversation_id: ConversationId, facts: Mapping[str, str], at: datetime
    ) -> None:
        values = {"conversation_id": conversation_id, "facts": dict(facts), "at": at}
        self._session.execute(insert(MemoryNoteRow).values(**values))

    def memories(self, conversation_id: ConversationId) -> tuple[MemoryNote, ...]:
        found_notes = self._session.execute(_UNTOLD, {"conversation": conversation_id})
        return tuple(
            MemoryNote(
                id=found.id,
                conversation_id=ConversationId(found.conversation_id),
                at=found.at,
                facts=dict(found.facts),
            )
            for found in found_notes
        )

    def told(self, note_ids: Collection[int], at: datetime) -> None:
        row = MemoryNoteRow
        self._session.execute(update(row).where(row.id.in_(note_ids)).values(told_at=at))


class SqlStaffEvents:
    """Implements `bot.ports_staff.StaffEvents`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self,
        kind: EventKind,
        *,
        at: datetime,
        conversation_id: ConversationId | None = None,
        escalation_id: EscalationId | None = None,
        actor: str | None = None,
        details: Mapping[str, str] | None = None,
        once: str | None = None,
    ) -> bool:
        values: dict[str, Any] = {
            "kind": kind.value,
            "at": at,
            "conversation_id": conversation_id,
            "escalation_id": escalation_id,
            "actor": actor,
            "details": dict(details or {}),
            "once": once,
        }
        return (
            insert_or_skip(self._session, StaffEventRow, values, unless_same=("once",)) is not None
        )

    def after(self, event_id: int, limit: int) -> tuple[StaffEvent, ...]:
        query = select(StaffEventRow).where(StaffEventRow.id > event_id)
        rows = self._session.scalars(query.order_by(StaffEventRow.id).limit(limit))
        return tuple(_event(row) for row in rows)

    def latest_id(self) -> int:
        return int(self._session.scalar(select(func.max(StaffEventRow.id))) or 0)

    def of_conversation(self, conversation_id: ConversationId) -> tuple[StaffEvent, ...]:
        row = StaffEventRow
        query = select(row).where(
            row.conversation_id == conversation_id, row.kind != EventKind.MESSAGE.value
        )
        return tuple(_event(found) for found in self._session.scalars(query.order_by(row.id)))

    def prune(self, before: datetime) -> int:
        row = StaffEventRow
        old = delete(row).where(row.kind == EventKind.MESSAGE.value, row.at < before)
        return len(self._session.scalars(old.returning(row.id)).all())


class SqlStaffView:
    """Implements `bot.ports_staff.StaffView`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def lapsed(self, now: datetime, limit: int) -> tuple[ConversationId, ...]:
        row = ConversationRow
        over = (row.control_lease_until <= now) | row.control_lease_until.is_(None)
        query = select(row.id).where(row.control_owner == Owner.HUMAN.value, over)
        found = self._session.scalars(query.order_by(row.control_lease_until).limit(limit))
        return tuple(ConversationId(conversation_id) for conversation_id in found)

    def keep_contact_point(
        self, borrower_id: BorrowerId, point_id: int | None, kind: str, value: str
    ) -> bool:
        row = ContactPointRow
        values: dict[str, Any] = {
            "kind": kind,
            "value": value,
            "value_index": value,
            "verified_at": None,
            "reachable": True,
        }
        if point_id is None:
            values["borrower_id"] = borrower_id
            same = ("borrower_id", "kind", "value_index")
            return insert_or_skip(self._session, row, values, unless_same=same) is not None
        known = select(row.id).where(
            row.borrower_id == borrower_id, row.kind == kind, row.value_index == value
        )
        if self._session.scalar(known) is not None:
            return False
        changed = (
            update(row)
            .where(row.id == point_id, row.borrower_id == borrower_id, row.kind == kind)
            .values(**values)
        )
        return self._session.scalar(changed.returning(row.id)) is not None

    def is_sending(self, conversation_id: ConversationId, since: datetime) -> bool:
        row = MessageRow
        newest = (
            select(row.author, row.delivery, row.at)
            .where(row.conversation_id == conversation_id)
            .order_by(row.id.desc())
            .limit(_LOOK_AT)
            .subquery()
        )
        under_way = select(newest.c.at).where(
            newest.c.author != Author.BORROWER.value,
            newest.c.delivery == DeliveryState.SENDING.value,
            newest.c.at > since,
        )
        return self._session.scalar(under_way.limit(1)) is not None

    def held_by(self, staff: str) -> tuple[Conversation, ...]:
        row = ConversationRow
        query = select(row).where(
            row.control_owner == Owner.HUMAN.value, row.control_staff == staff
        )
        return tuple(
            conversation_of(found) for found in self._session.scalars(query.order_by(row.id))
        )

    def last_inbound(self, conversation_id: ConversationId) -> MessageId | None:
        row = MessageRow
        newest = select(func.max(row.id)).where(
            row.conversation_id == conversation_id, row.author == Author.BORROWER.value
        )
        found = self._session.scalar(newest)
        return None if found is None else MessageId(found)

    def messages_before(
        self, conversation_id: ConversationId, before: int | None, limit: int
    ) -> tuple[StoredMessage, ...]:
        row = MessageRow
        query = select(row).where(row.conversation_id == conversation_id)
        if before is not None:
            query = query.where(row.id < before)
        newest = self._session.scalars(query.order_by(row.id.desc()).limit(limit)).all()
        return tuple(message_of(found) for found in reversed(newest))


def _note(row: StaffNoteRow) -> StaffNote:
    return StaffNote(
        id=row.id,
        conversation_id=ConversationId(row.conversation_id),
        author=row.author,
        at=row.at,
        text=row.text,
    )


def _event(row: StaffEventRow) -> StaffEvent:
    return StaffEvent(
        id=row.id,
        at=row.at,
        kind=EventKind(row.kind),
        conversation_id=None
        if row.conversation_id is None
        else ConversationId(row.conversation_id),
        escalation_id=None if row.escalation_id is None else EscalationId(row.escalation_id),
        actor=row.actor,
        details=dict(row.details),
    )
