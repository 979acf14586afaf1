"""What a borrower may ask for: everything that is kept about them, and that it goes."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, text

from bot.ports import UnitOfWork
from lending.ids import BorrowerId
from store.about_borrower import export_of
from store.db import Database
from store.erasure import erase, forget_dialogue
from store.unit_of_work import SqlUnitOfWork


def export(database: Database, borrower_id: BorrowerId) -> Mapping[str, list[dict[str, Any]]]:
    """Every row about a borrower, by table."""
    with database.session() as session:
        return export_of(session, borrower_id)


def erase_borrower(
    database: Database,
    borrower_id: BorrowerId,
    *,
    dialogue: Path | None,
    by: str,
    now: datetime,
    force: bool = False,
) -> dict[str, int]:
    """Erase a borrower in one transaction; the number of rows by table. Raises NotErasable.

    `dialogue` is Rasa's own SQLite file, if it has one. Then what SQLite keeps of removed rows goes.
    """
    with database.session() as session:
        uow: UnitOfWork = SqlUnitOfWork(session)
        chats = [chat.id for chat in uow.conversations.of_borrower(borrower_id)]
        counts = erase(session, borrower_id, force=force)
        counts["dialogue"] = forget_dialogue(session, chats)
        uow.audit.append(
            at=now,
            actor=by,
            event="borrower.erased",
            subject=f"borrower:{borrower_id}",
            details={name: str(count) for name, count in sorted(counts.items())},
        )
        uow.commit()
    if dialogue is not None and dialogue.exists():
        with contextlib.closing(sqlite3.connect(dialogue, timeout=10)) as opened:
            for chat in chats:
                opened.execute("DELETE FROM events WHERE sender_id = ?", (chat,))
            opened.commit()
    return counts


def forget_old_dialogue(database: Database, dialogue: Path | None, before: datetime) -> int:
    """Rasa's memory of what was said before an instant; how many events."""
    if dialogue is not None:
        if not dialogue.exists():
            return 0
        with contextlib.closing(sqlite3.connect(dialogue, timeout=10)) as opened:
            done = opened.execute("DELETE FROM events WHERE timestamp < ?", (before.timestamp(),))
            opened.commit()
            return done.rowcount
    with database.engine.begin() as connection:
        if not inspect(connection).has_table("events"):
            return 0
        gone = text("DELETE FROM events WHERE timestamp < :before")
        return connection.execute(gone, {"before": before.timestamp()}).rowcount


def wipe(database: Database, dialogue: Path | None) -> None:
    """Let nothing that was removed stay in the pages of SQLite's files, or in its log."""
    if database.engine.dialect.name != "sqlite":
        return
    with database.engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.execute("VACUUM")
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if dialogue is not None and dialogue.exists():
        with contextlib.closing(
            sqlite3.connect(dialogue, timeout=10, isolation_level=None)
        ) as opened:
            opened.execute("VACUUM")
            opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
