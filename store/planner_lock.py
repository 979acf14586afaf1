"""One planner at a time: a lock that its holder's death releases.

On PostgreSQL an advisory lock of a session of its own, which the server drops with the session; on
SQLite a lock on a file beside the database, which the system drops with the process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import portalocker
from sqlalchemy import text

from store.db import Database

_PLANNER_LOCK = 7_433_201_004


@contextmanager
def planner_lock(database: Database) -> Iterator[bool]:
    """Whether this process is the planner for the time of the block. Never waits."""
    if database.engine.dialect.name == "postgresql":
        with _advisory(database) as held:
            yield held
    else:
        with _file(database) as held:
            yield held


@contextmanager
def _advisory(database: Database) -> Iterator[bool]:
    with database.connection() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        held = connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _PLANNER_LOCK})
        try:
            yield bool(held)
        finally:
            if held:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _PLANNER_LOCK})


@contextmanager
def _file(database: Database) -> Iterator[bool]:
    path = Path(f"{database.engine.url.database}.planner")
    with path.open("a") as file:
        try:
            portalocker.lock(file, portalocker.LOCK_EX | portalocker.LOCK_NB)
        except portalocker.LockException:
            yield False
            return
        try:
            yield True
        finally:
            portalocker.unlock(file)
