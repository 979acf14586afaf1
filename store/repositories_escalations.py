"""Escalations in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversation import Escalation, EscalationReason
from lending.ids import BorrowerId, ConversationId, EscalationId
from store.insert import insert_or_skip
from store.tables import EscalationRow

_OPEN = EscalationRow.resolved_at.is_(None)


class SqlEscalations:
    """Implements `bot.ports.Escalations`."""

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
        packet: Mapping[str, str],
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

    def unresolved(self, conversation_id: ConversationId | None = None) -> tuple[Escalation, ...]:
        """The most urgent first, then the oldest."""
        query = select(EscalationRow).where(_OPEN)
        if conversation_id is not None:
            query = query.where(EscalationRow.conversation_id == conversation_id)
        ordered = query.order_by(EscalationRow.priority, EscalationRow.opened_at, EscalationRow.id)
        return tuple(_escalation(row) for row in self._session.scalars(ordered))


def _escalation(row: EscalationRow) -> Escalation:
    return Escalation(
        id=EscalationId(row.id),
        conversation_id=ConversationId(row.conversation_id),
        reason=EscalationReason(row.reason),
        priority=row.priority,
        opened_at=row.opened_at,
        packet=dict(row.packet),
        resolved_at=row.resolved_at,
    )
