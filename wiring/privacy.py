"""What a borrower may ask for, and what is forgotten by itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from settings import Settings
from wiring.base import borrower_id_of, utc_now

if TYPE_CHECKING:
    from lending.ids import BorrowerId
    from store.db import Database
    from store.retention_file import Retention


def dialogue_file(settings: Settings) -> Path | None:
    """Rasa's memory is a file of its own beside SQLite; in PostgreSQL it is a table."""
    return settings.data_dir / "dialogue.db" if settings.database_url is None else None


def export_for(database: Database) -> Callable[[BorrowerId], Mapping[str, Any]]:
    from store.privacy import export

    return lambda borrower_id: export(database, borrower_id)


def export_text(settings: Settings, database: Database, reference: str) -> str:
    """Everything about a borrower as JSON. Raises UnknownBorrower."""
    from store.privacy import export

    with database.unit() as uow:
        borrower_id = borrower_id_of(uow, reference)
    told = {
        "lender": settings.lender_name,
        "made_at": utc_now().isoformat(),
        "records": export(database, borrower_id),
    }
    return json.dumps(told, ensure_ascii=False, indent=1)


def erase(
    settings: Settings, database: Database, reference: str, *, by: str, force: bool
) -> dict[str, int]:
    """Raises UnknownBorrower, NotErasable."""
    from store.privacy import erase_borrower, wipe

    with database.unit() as uow:
        borrower_id = borrower_id_of(uow, reference)
    dialogue = dialogue_file(settings)
    counts = erase_borrower(
        database, borrower_id, dialogue=dialogue, by=by, now=utc_now(), force=force
    )
    wipe(database, dialogue)
    return counts


def retention_of(settings: Settings) -> Retention:
    """Raises BadRetention."""
    from store.retention_file import DEFAULT, load_retention

    return load_retention(settings.retention or DEFAULT)


def forgettable(settings: Settings, database: Database) -> dict[str, int]:
    """How many records of each kind are past their time."""
    from store.retention import overdue

    return overdue(database, retention_of(settings), utc_now())


def forget_old(settings: Settings, database: Database) -> dict[str, int]:
    """Forget what was kept long enough. Raises BadRetention."""
    from store.privacy import erase_borrower, forget_old_dialogue, wipe
    from store.retention import forget

    kept, now, dialogue = retention_of(settings), utc_now(), dialogue_file(settings)
    counts = forget(
        database,
        kept,
        now,
        erase=lambda borrower_id: erase_borrower(
            database, borrower_id, dialogue=dialogue, by="retention", now=now
        ),
    )
    if kept.dialogue_memory != "forever":
        before = now - timedelta(days=kept.dialogue_memory)
        if gone := forget_old_dialogue(database, dialogue, before):
            counts["dialogue_memory"] = gone
    if counts:
        wipe(database, dialogue)
    return counts
