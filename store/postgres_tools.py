"""pg_dump and psql, and what they need to be told. Passwords go by the environment, never in words."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL

from store.errors import StoreError

_LOCK_WAIT = "-c lock_timeout=15s"


class ToolFailed(StoreError):
    """A program of PostgreSQL is missing or has failed."""


def dump(place: URL, target: Path) -> None:
    """One snapshot, in pg_dump's own compressed format. Raises ToolFailed."""
    _run(
        place, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--file", str(target)
    )


def load(place: URL, source: Path) -> None:
    """Replace everything in the schema `public`, in one transaction. Raises ToolFailed."""
    script = source.with_suffix(".sql")
    _run(place, "pg_restore", "--no-owner", "--no-privileges", "-f", str(script), str(source))
    again = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
    words = ("-X", "-q", "-v", "ON_ERROR_STOP=1", "--single-transaction", "-c", again)
    _run(place, "psql", *words, "-f", str(script))


def revision(place: URL) -> str | None:
    with _connected(place) as connection:
        if not _has_table(connection, "alembic_version"):
            return None
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(found[0]) if found else None


def holds_rows(place: URL) -> bool:
    """Whether any table has a row, but for the one that names the migration."""
    with _connected(place) as connection:
        names = connection.execute(
            "SELECT quote_ident(tablename) FROM pg_tables"
            " WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        ).fetchall()
        return any(
            connection.execute(f"SELECT 1 FROM public.{name} LIMIT 1".encode()).fetchone()
            for (name,) in names
        )


def others_connected(place: URL) -> int:
    with _connected(place) as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        ).fetchone()
    return int(found[0]) if found else 0


def _has_table(connection: psycopg.Connection[tuple[Any, ...]], name: str) -> bool:
    found = connection.execute("SELECT to_regclass(%s)", (f"public.{name}",)).fetchone()
    return found is not None and found[0] is not None


def _connected(place: URL) -> psycopg.Connection[tuple[Any, ...]]:
    url = place.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        return psycopg.connect(url, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise ToolFailed(
            f"The database server of {place.database} cannot be reached.",
            hint="Start it, or correct TIDEOVER_DATABASE_URL; tideover doctor says more.",
        ) from error


def _run(place: URL, program: str, *words: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise ToolFailed(
            f"The program {program} is not installed.",
            hint="Install the client tools of PostgreSQL (postgresql-client).",
        )
    environment = {
        **os.environ,
        "PGHOST": place.host or "localhost",
        "PGPORT": str(place.port or 5432),
        "PGUSER": place.username or "",
        "PGDATABASE": place.database or "",
        "PGPASSWORD": place.password or "",
        "PGOPTIONS": _LOCK_WAIT,
        "PGCONNECT_TIMEOUT": "10",
    }
    environment = {name: value for name, value in environment.items() if value}
    for name, value in place.query.items():
        if name.startswith("ssl") and isinstance(value, str):
            environment[f"PG{name.upper()}"] = value
    done = subprocess.run([found, *words], env=environment, capture_output=True, check=False)
    if done.returncode:
        # What it says may quote rows: only the line that tells what is wrong, without values.
        raise ToolFailed(f"{program} failed: {_reason(done.stderr)}.", hint=_hint(done.stderr))


def _reason(said: bytes) -> str:
    text = said.decode("utf-8", "replace")
    for words in (
        "server version mismatch",
        "lock timeout",
        "permission denied",
        "No space left",
        "authentication failed",
    ):
        if words in text:
            return words
    return "see the log of the server"


def _hint(said: bytes) -> str:
    if b"version mismatch" in said:
        return "Install client tools of the server's version or a later one."
    if b"lock timeout" in said:
        return "Another program holds the tables: stop every process of Tideover."
    return "Nothing was changed. Run it again; tideover doctor checks the connection."
