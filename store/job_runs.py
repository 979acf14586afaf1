"""Keep when a periodic job ran last, so that every process can tell when one has gone silent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite

from store.db import Database
from store.tables_ops import JobRunRow


def note_run(database: Database, job: str, succeeded: bool, at: datetime) -> None:
    """Note one round. Raises StoreUnavailable."""
    times = {"succeeded_at" if succeeded else "failed_at": at}
    rows = JobRunRow.__table__
    make = sqlite.insert if database.engine.dialect.name == "sqlite" else postgresql.insert
    statement = (
        make(rows)  # type: ignore[arg-type]
        .values(job=job, **times)
        .on_conflict_do_update(index_elements=["job"], set_=times)
    )
    with database.session() as session:
        session.execute(statement)
        session.commit()
