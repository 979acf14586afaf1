"""Make a SQLAlchemy engine for SQLite or PostgreSQL."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from store.errors import BadDatabaseUrl, StoreUnavailable

_POSTGRESQL = ("postgres", "postgresql", "postgresql+psycopg")


def parse_url(url: str) -> URL:
    """The URL with its driver: SQLite's own, or psycopg 3. Raises BadDatabaseUrl."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise BadDatabaseUrl(
            "The database URL cannot be read.",
            hint="Use sqlite:///path/to/file.db or postgresql://user:password@host:5432/name.",
        ) from None
    if parsed.drivername in _POSTGRESQL:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername != "sqlite":
        raise BadDatabaseUrl(
            f"Tideover does not know {parsed.drivername} databases.",
            hint="Use sqlite:///path/to/file.db or postgresql://user:password@host:5432/name.",
        )
    if parsed.database in (None, "", ":memory:"):
        raise BadDatabaseUrl(
            "SQLite in memory would give each thread its own, empty database.",
            hint="Name a file: sqlite:///var/tideover.db.",
        )
    return parsed


def is_missing(url: URL) -> bool:
    """Whether the URL names a SQLite file that is not there; opening it would make one."""
    path = url.database or ""
    is_file = url.get_backend_name() == "sqlite" and not path.startswith("file:")
    return is_file and not Path(path).exists()


def make_engine(url: URL, *, lock_wait_seconds: float) -> Engine:
    """An engine for threads. `lock_wait_seconds` bounds every wait for a connection or a lock."""
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url, lock_wait_seconds)
    return create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=10,
        pool_timeout=lock_wait_seconds,
        connect_args={"connect_timeout": max(2, round(lock_wait_seconds))},
    )


def _sqlite_engine(url: URL, lock_wait_seconds: float) -> Engine:
    _make_parent_folder(url)
    # One connection is enough: units take turns (store/turns.py).
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=1,
        max_overflow=0,
        pool_timeout=lock_wait_seconds,
        connect_args={"timeout": lock_wait_seconds},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        # The driver must not begin transactions by itself: we begin them below.
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {round(lock_wait_seconds * 1000)}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        # Without it, INSERT OR REPLACE would slip past the append-only triggers.
        connection.execute("PRAGMA recursive_triggers = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads first and writes later could fail at the write otherwise.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _make_parent_folder(url: URL) -> None:
    path = url.database or ""
    if path.startswith("file:"):
        return
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(
            f"The folder of the database cannot be made: {error.strerror}.",
            hint=f"Make {Path(path).parent} and allow this user to write in it.",
        ) from error
