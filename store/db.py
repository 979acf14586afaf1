"""The database: open it, bring its tables up to date, check it, and begin units of work."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from bot.ports import UnitOfWork
from store import schema
from store.account_memory import AccountMemory
from store.engines import is_missing, make_engine, parse_url
from store.errors import StoreUnavailable
from store.field_keys import FieldKeys, give_keys
from store.schema import SchemaState
from store.sealing import count_by_key, reseal, unseal
from store.turns import take_turns
from store.unavailable import NOT_MIGRATED, explain, where
from store.unit_of_work import SqlUnitOfWork

SEALED_SINCE = "0014"
"""The migration from which on contact details are sealed."""


class Database:
    """One SQLite file or PostgreSQL database. Safe for threads; a unit belongs to one thread.

    On SQLite one unit at a time holds the database, from its first statement to its commit or
    end: a unit must not be opened inside another, nor kept open while waiting for a network.
    """

    def __init__(
        self, url: str, *, keys: FieldKeys | None = None, lock_wait_seconds: float = 10.0
    ) -> None:
        """Connects to nothing yet. Raises BadDatabaseUrl, or StoreUnavailable for the folder.

        Contact details are sealed with `keys`. Without keys they are kept as plain text, and what
        is sealed already cannot be read; only tests and benches do without.
        """
        self._url = parse_url(url)
        self._memory = AccountMemory()
        self._engine = make_engine(self._url, lock_wait_seconds=lock_wait_seconds)
        self._keys = keys
        give_keys(self._engine.dialect, keys)
        # Nothing is remembered between two reads, so that a locked row is seen as it is now.
        options = {"populate_existing": True, "synchronize_session": False}
        self._sessions = sessionmaker(
            self._engine, autoflush=False, expire_on_commit=False, execution_options=options
        )
        if self._engine.dialect.name == "sqlite":
            take_turns(self._sessions, wait_seconds=lock_wait_seconds)

    @property
    def engine(self) -> Engine:
        """For `store` and its tests; nobody else speaks SQL."""
        return self._engine

    @property
    def keys(self) -> FieldKeys | None:
        return self._keys

    @property
    def where(self) -> str:
        """File, or host, port and name; without user and password."""
        return where(self._url)

    @contextmanager
    def unit(self) -> Iterator[UnitOfWork]:
        """A unit of work. What was not committed when the block ends is undone.

        Raises StoreUnavailable when the database fails, ChangeRefused when a constraint does.
        """
        with self.session() as session:
            yield SqlUnitOfWork(session, self._memory)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session whose errors are ours. For `store`: others use `unit`."""
        session = self._sessions()
        with self._explained():
            try:
                yield session
            finally:
                session.close()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection whose errors are ours, for what must not stand in a transaction."""
        with self._explained(), self._engine.connect() as connection:
            yield connection

    def migrate(self) -> None:
        """Make the tables, or bring them up to date; seal what was not. Raises StoreUnavailable."""
        with self._explained():
            try:
                schema.migrate(self._engine)
            except CommandError as error:
                raise self._newer() from error
        self.reseal()

    def reseal(self, progress: Callable[[int], None] = lambda _: None) -> int:
        """Seal all contact details with the current key; how many were not. Raises KeyLost."""
        with self._explained():
            return reseal(self._sessions, progress)

    def count_by_key(self) -> Counter[str]:
        """How many contact details are sealed with which key."""
        with self.session() as session:
            return count_by_key(session)

    def go_back(self, revision: str) -> None:
        """Undo the migrations after `revision`, for an older version. Raises StoreUnavailable."""
        with self._explained():
            if self._keys is not None and self.is_current() and revision < SEALED_SINCE:
                unseal(self._engine, self._keys)
            try:
                schema.go_back(self._engine, revision)
            except CommandError as error:
                if "sealed" in str(error):
                    raise StoreUnavailable(
                        "Contact details are sealed, and their keys are not there.",
                        hint="Set TIDEOVER_SECRET_KEY and TIDEOVER_FIELD_KEYS, then try again.",
                    ) from error
                raise StoreUnavailable(
                    f"There is no migration {revision} to go back to.",
                    hint="The manifest of a backup, or the changes, name the one of each version.",
                ) from error

    def is_current(self) -> bool:
        """Whether the tables are those of this code. Raises StoreUnavailable."""
        return self._state() is SchemaState.CURRENT

    def check(self) -> None:
        """Return if the database can be read and written and is current; else StoreUnavailable.

        Makes nothing: a SQLite file that is not there is missing afterwards too.
        """
        if is_missing(self._url):
            raise self._older()
        match self._state():
            case SchemaState.CURRENT:
                self._try_to_write()
            case SchemaState.OLDER:
                raise self._older()
            case SchemaState.NEWER:
                raise self._newer()

    def close(self) -> None:
        """Close all connections; a later call opens new ones."""
        self._engine.dispose()

    def _state(self) -> SchemaState:
        with self._explained(), self._engine.begin() as connection:
            return schema.schema_state(connection)

    def _try_to_write(self) -> None:
        # Changes no row; a read-only file or server refuses it all the same.
        statement = text("UPDATE alembic_version SET version_num = version_num WHERE 1 = 0")
        with self._explained(), self._engine.begin() as connection:
            connection.execute(statement)

    def _older(self) -> StoreUnavailable:
        return StoreUnavailable(
            NOT_MIGRATED.message.format(where=self.where), hint=NOT_MIGRATED.hint
        )

    def _newer(self) -> StoreUnavailable:
        return StoreUnavailable(
            f"The tables of the database {self.where} are newer than this program.",
            hint="Install the version of Tideover that made them, or a later one.",
        )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error) as error:
            explained = explain(error, self._url)
            if explained is None:
                raise
            raise explained from error
