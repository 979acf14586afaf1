"""Which keys a file has told before: on disk, so that a million lines need no memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


class SeenKeys:
    """Implements `lending.intake.Seen` over a throw-away SQLite file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("CREATE TABLE seen (key TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID")
        connection.execute("CREATE TABLE batch (key TEXT, line INTEGER)")

    def add(self, keys: Sequence[tuple[str, int]]) -> dict[int, int]:
        run = self._connection.execute
        run("DELETE FROM batch")
        self._connection.executemany("INSERT INTO batch VALUES (?, ?)", keys)
        run("INSERT OR IGNORE INTO seen SELECT key, min(line) FROM batch GROUP BY key")
        return dict(
            run("SELECT b.line, s.line FROM batch b JOIN seen s USING (key) WHERE b.line <> s.line")
        )


@contextmanager
def seen_keys() -> Iterator[SeenKeys]:
    with (
        TemporaryDirectory() as folder,
        closing(sqlite3.connect(Path(folder) / "seen.db", isolation_level=None)) as connection,
    ):
        yield SeenKeys(connection)
