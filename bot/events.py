"""Tell the lender's system what happened: one call beside the change, in the same unit of work."""

from __future__ import annotations

from datetime import datetime

from bot.ports import UnitOfWork
from lending.events import Event, EventType, Fact
from lending.ids import AccountId, BorrowerId, ConversationId


def emit(
    uow: UnitOfWork,
    type: EventType,
    *,
    at: datetime,
    borrower_id: BorrowerId | None = None,
    account_id: AccountId | None = None,
    conversation_id: ConversationId | None = None,
    **data: Fact,
) -> None:
    """Keep an event for the lender's system; it leaves only if the unit of work is committed.

    `data` holds codes, ISO days and minor units: no names, no addresses, nothing that was written.
    """
    uow.outgoing.add(
        Event(
            type=type,
            at=at,
            borrower_id=borrower_id,
            account_id=account_id,
            conversation_id=conversation_id,
            data=data,
        )
    )
