"""Escalations in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.orm import Session

from bot.conversation import Escalation, EscalationReason, Outcome
from bot.messages import Author
from bot.ports_staff import Queued, QueueFilter, UnknownEscalation
from lending.ids import BorrowerId, ConversationId, EscalationId
from store.insert import insert_or_skip
from store.repositories_conversations import conversation_of
from store.tables import BorrowerRow, ConversationRow, EscalationRow, MessageRow

_OPEN = EscalationRow.resolved_at.is_(None)


class SqlEscalations:
    """Implements `bot.ports_staff.Escalations`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def open(
        self,
        *,
        conversation_id: ConversationId,
        borrower_id: BorrowerId | None,
        reason: EscalationReason,
        priority: int,
        opened_at: datetime,
        packet: Mapping[str, Any],
    ) -> EscalationId:
        """The packet of one that is open already stays as it is."""
        added = insert_or_skip(
            self._session,
            EscalationRow,
            {
                "conversation_id": conversation_id,
                "borrower_id": borrower_id,
                "reason": reason.value,
                "priority": priority,
                "opened_at": opened_at,
                "packet": dict(packet),
            },
            unless_same=("conversation_id", "reason"),
            where=_OPEN,
        )
        if added is None:
            added = self._session.scalars(
                select(EscalationRow.id).where(
                    EscalationRow.conversation_id == conversation_id,
                    EscalationRow.reason == reason.value,
                    _OPEN,
                )
            ).one()
        return EscalationId(added)

    def get(self, escalation_id: EscalationId) -> Escalation:
        row = self._session.scalar(select(EscalationRow).where(EscalationRow.id == escalation_id))
        if row is None:
            raise UnknownEscalation("There is no such escalation.", hint="Check its number.")
        return _escalation(row)

    def unresolved(self, conversation_id: ConversationId | None = None) -> tuple[Escalation, ...]:
        """The most urgent first, then the oldest."""
        query = select(EscalationRow).where(_OPEN)
        if conversation_id is not None:
            query = query.where(EscalationRow.conversation_id == conversation_id)
        return self._read(
            query.order_by(EscalationRow.priority, EscalationRow.opened_at, EscalationRow.id)
        )

    def of_conversation(self, conversation_id: ConversationId) -> tuple[Escalation, ...]:
        return self._read(
            select(EscalationRow)
            .where(EscalationRow.conversation_id == conversation_id)
            .order_by(EscalationRow.opened_at, EscalationRow.id)
        )

    def claim(
        self, conversation_id: ConversationId, staff: str, *, at: datetime, until: datetime
    ) -> None:
        self._change(
            _open_in(conversation_id),
            claimed_by=staff,
            claimed_at=func.coalesce(EscalationRow.claimed_at, at),
            lease_until=until,
        )

    def unclaim(self, conversation_id: ConversationId) -> None:
        self._change(_open_in(conversation_id), claimed_by=None, lease_until=None)

    def renew(self, conversation_id: ConversationId, until: datetime) -> None:
        held = and_(_open_in(conversation_id), EscalationRow.claimed_by.is_not(None))
        self._change(held, lease_until=until)

    def replied(self, conversation_id: ConversationId, at: datetime) -> None:
        first = and_(_open_in(conversation_id), EscalationRow.first_reply_at.is_(None))
        self._change(first, first_reply_at=at)

    def resolve(
        self,
        escalation_id: EscalationId,
        *,
        by: str,
        outcome: Outcome,
        note: str,
        details: Mapping[str, str],
        at: datetime,
    ) -> bool:
        return bool(
            self._change(
                and_(EscalationRow.id == escalation_id, _OPEN),
                resolved_at=at,
                resolved_by=by,
                outcome=outcome.value,
                note=note,
                details=dict(details),
                lease_until=None,
            )
        )

    def returned(self, conversation_id: ConversationId, at: datetime) -> tuple[Escalation, ...]:
        changed = self._change(
            and_(
                EscalationRow.conversation_id == conversation_id,
                EscalationRow.resolved_at.is_not(None),
                EscalationRow.returned_at.is_(None),
            ),
            returned_at=at,
        )
        query = select(EscalationRow).where(EscalationRow.id.in_(changed))
        return self._read(query.order_by(EscalationRow.opened_at, EscalationRow.id))

    def move(self, source: ConversationId, target: ConversationId) -> tuple[Escalation, ...]:
        open_there = {one.reason for one in self.unresolved(target)}
        moving = self.unresolved(source)
        ids = [one.id for one in moving if one.reason not in open_there]
        self._change(EscalationRow.id.in_(ids), conversation_id=target)
        return tuple(one for one in moving if one.reason in open_there)

    def rate(self, escalation_id: EscalationId, rating: int, at: datetime) -> bool:
        unrated = and_(EscalationRow.id == escalation_id, EscalationRow.rating.is_(None))
        return bool(self._change(unrated, rating=rating, rated_at=at))

    def queue(self, wanted: QueueFilter) -> tuple[Queued, ...]:
        query = (
            select(
                EscalationRow,
                ConversationRow,
                BorrowerRow.full_name,
                BorrowerRow.reference,
            )
            .join(ConversationRow, ConversationRow.id == EscalationRow.conversation_id)
            .outerjoin(BorrowerRow, BorrowerRow.id == ConversationRow.borrower_id)
            .where(_OPEN, *_conditions(wanted))
            .order_by(EscalationRow.priority, EscalationRow.opened_at, EscalationRow.id)
            .limit(wanted.limit)
            .offset(wanted.offset)
        )
        found = self._session.execute(query).all()
        words = self._last_words({chat.id for _, chat, _, _ in found})
        return tuple(
            Queued(
                escalation=_escalation(row),
                conversation=conversation_of(chat),
                borrower_name=name,
                borrower_reference=reference,
                last_text=words[chat.id][0] if chat.id in words else "",
                last_at=words[chat.id][1] if chat.id in words else None,
            )
            for row, chat, name, reference in found
        )

    def _last_words(self, conversations: set[str]) -> dict[str, tuple[str, datetime]]:
        """What the borrower wrote last in each, and when; of the rows of one page alone."""
        newest = (
            select(func.max(MessageRow.id))
            .where(MessageRow.conversation_id.in_(conversations))
            .where(MessageRow.author == Author.BORROWER.value)
            .group_by(MessageRow.conversation_id)
        )
        query = select(MessageRow.conversation_id, MessageRow.text, MessageRow.at)
        query = query.where(MessageRow.id.in_(newest))
        return {chat: (text, at) for chat, text, at in self._session.execute(query)}

    def count_ahead(self, priority: int, opened_at: datetime) -> int:
        row = EscalationRow
        earlier = or_(
            row.priority < priority, and_(row.priority == priority, row.opened_at < opened_at)
        )
        query = (
            select(func.count()).select_from(row).where(_OPEN, row.claimed_by.is_(None), earlier)
        )
        return int(self._session.scalar(query) or 0)

    def recently_answered(self, limit: int) -> tuple[Escalation, ...]:
        return self._read(
            select(EscalationRow)
            .where(EscalationRow.first_reply_at.is_not(None))
            .order_by(EscalationRow.first_reply_at.desc())
            .limit(limit)
        )

    def _read(self, query: Select[EscalationRow]) -> tuple[Escalation, ...]:
        return tuple(_escalation(row) for row in self._session.scalars(query))

    def _change(self, where: ColumnElement[bool], **values: Any) -> tuple[int, ...]:
        """The ids of the rows that were changed."""
        statement = update(EscalationRow).where(where).values(**values)
        return tuple(self._session.scalars(statement.returning(EscalationRow.id)))


def _open_in(conversation_id: ConversationId) -> ColumnElement[bool]:
    return and_(EscalationRow.conversation_id == conversation_id, _OPEN)


def _conditions(wanted: QueueFilter) -> list[ColumnElement[bool]]:
    row, found = EscalationRow, []
    if wanted.claimed_by is not None:
        found.append(row.claimed_by == wanted.claimed_by)
    if wanted.unclaimed:
        found.append(row.claimed_by.is_(None))
    if wanted.reasons:
        found.append(row.reason.in_([reason.value for reason in wanted.reasons]))
    if wanted.priorities:
        found.append(row.priority.in_(wanted.priorities))
    if wanted.languages:
        found.append(ConversationRow.language.in_(wanted.languages))
    if wanted.text.strip():
        text = wanted.text.strip()
        found.append(
            or_(
                BorrowerRow.full_name.icontains(text, autoescape=True),
                BorrowerRow.reference.icontains(text, autoescape=True),
            )
        )
    return found


def _escalation(row: EscalationRow) -> Escalation:
    return Escalation(
        id=EscalationId(row.id),
        conversation_id=ConversationId(row.conversation_id),
        borrower_id=None if row.borrower_id is None else BorrowerId(row.borrower_id),
        reason=EscalationReason(row.reason),
        priority=row.priority,
        opened_at=row.opened_at,
        packet=dict(row.packet),
        claimed_by=row.claimed_by,
        claimed_at=row.claimed_at,
        lease_until=row.lease_until,
        first_reply_at=row.first_reply_at,
        resolved_at=row.resolved_at,
        resolved_by=row.resolved_by,
        outcome=None if row.outcome is None else Outcome(row.outcome),
        note=row.note or "",
        details=dict(row.details or {}),
        returned_at=row.returned_at,
        rating=row.rating,
        rated_at=row.rated_at,
    )
