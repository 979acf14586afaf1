"""At which minute of their day borrowers write to us, kept up to date in small steps."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from store.db import Database
from store.tables import BorrowerRow, ContactHabitRow, ConversationRow, MessageRow

ENOUGH = 3
"""Messages from which a habit is taken; fewer tell nothing."""

_LOOK_BACK = timedelta(days=180)
_NEWEST = 60
_BATCH = 500


def refresh_habits(database: Database, now: datetime) -> int:
    """Look at borrowers who wrote since the last time; how many habits were kept."""
    kept = 0
    with database.session() as session:
        stale = _stale(session)
    for start in range(0, len(stale), _BATCH):
        with database.session() as session:
            for borrower_id, last in stale[start : start + _BATCH]:
                kept += _keep(session, borrower_id, last, now)
            session.commit()
    return kept


def habit_minute(minutes: list[int]) -> int | None:
    """The middle of the hour in which most messages came; None when there are too few."""
    if len(minutes) < ENOUGH:
        return None
    hour, _ = max(Counter(m // 60 for m in minutes).items(), key=lambda item: (item[1], -item[0]))
    inside = sorted(m for m in minutes if m // 60 == hour)
    return inside[len(inside) // 2]


def _stale(session: Session) -> list[tuple[int, int]]:
    """(borrower, newest inbound message) where that is newer than what the habit was made from."""
    newest = func.max(MessageRow.id)
    query = (
        select(ConversationRow.borrower_id, newest)
        .join(MessageRow, MessageRow.conversation_id == ConversationRow.id)
        .outerjoin(ContactHabitRow, ContactHabitRow.borrower_id == ConversationRow.borrower_id)
        .where(ConversationRow.borrower_id.is_not(None), MessageRow.author == "borrower")
        .group_by(ConversationRow.borrower_id, ContactHabitRow.last_message_id)
        .having(newest > func.coalesce(ContactHabitRow.last_message_id, 0))
    )
    return [(borrower, last) for borrower, last in session.execute(query) if borrower is not None]


def _keep(session: Session, borrower_id: int, last: int, now: datetime) -> int:
    zone = session.scalar(select(BorrowerRow.timezone).where(BorrowerRow.id == borrower_id))
    try:
        local = ZoneInfo(zone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return 0
    times = session.scalars(
        select(MessageRow.at)
        .join(ConversationRow, ConversationRow.id == MessageRow.conversation_id)
        .where(
            ConversationRow.borrower_id == borrower_id,
            MessageRow.author == "borrower",
            MessageRow.at >= now - _LOOK_BACK,
        )
        .order_by(MessageRow.id.desc())
        .limit(_NEWEST)
    ).all()
    minutes = [at.astimezone(local).hour * 60 + at.astimezone(local).minute for at in times]
    minute = habit_minute(minutes)
    if minute is None:
        return 0
    values = {"minute": minute, "messages": len(minutes), "last_message_id": last}
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.execute(
        make(ContactHabitRow.__table__)  # type: ignore[arg-type]
        .values(borrower_id=borrower_id, **values)
        .on_conflict_do_update(index_elements=["borrower_id"], set_=values)
    )
    return 1
