"""What the database knows of the time: its server's clock, and when we last wrote to anyone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, text

from bot.messages import Author
from store.db import Database
from store.tables import MessageRow


def server_time(database: Database) -> datetime | None:
    """The database server's clock; None for SQLite, which has only ours."""
    if database.engine.dialect.name != "postgresql":
        return None
    with database.session() as session:
        found: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    return found


def newest_sent(database: Database) -> datetime | None:
    """When the newest message of ours was written down."""
    row = MessageRow
    query = select(row.at).where(row.author != Author.BORROWER.value).order_by(row.id.desc())
    with database.session() as session:
        return session.scalar(query.limit(1))
