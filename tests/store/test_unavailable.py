"""A broken database says what is broken and what to do."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from store.db import Database
from store.errors import BadDatabaseUrl, StoreUnavailable
from store.unavailable import explain
from tests.store.rows import add_borrower


@contextmanager
def opened(url: str, **options: float) -> Iterator[Database]:
    database = Database(url, **options)
    yield database
    database.close()


def refusal(database: Database) -> StoreUnavailable:
    with pytest.raises(StoreUnavailable) as refused:
        database.check()
    assert refused.value.hint
    return refused.value


class TestUrls:
    @pytest.mark.parametrize(
        "url",
        [
            "",
            "not a url",
            "mysql://localhost/x",
            "sqlite://",
            "sqlite:///:memory:",
            "postgresql+psycopg2://localhost/x",
        ],
    )
    def test_one_that_cannot_work_is_refused_at_once(self, url: str) -> None:
        with pytest.raises(BadDatabaseUrl) as refused:
            Database(url)
        assert refused.value.hint

    @pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
    def test_postgresql_is_spoken_to_with_psycopg_3(self, scheme: str) -> None:
        with opened(f"{scheme}://ada:secret@db.example/tideover") as database:
            assert database.engine.url.drivername == "postgresql+psycopg"
            assert database.where == "db.example:5432/tideover"

    def test_the_folder_of_a_file_is_made(self, tmp_path: Path) -> None:
        with opened(f"sqlite:///{tmp_path}/a/b/c.db") as database:
            database.migrate()
            database.check()
        assert (tmp_path / "a" / "b" / "c.db").is_file()

    def test_a_folder_that_cannot_be_made_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(StoreUnavailable, match="cannot be made") as refused:
            Database(f"sqlite:///{tmp_path}/file/c.db")
        assert refused.value.hint


class TestSqlite:
    def test_missing_tables(self, empty_sqlite_url: str) -> None:
        with opened(empty_sqlite_url) as database:
            assert "missing or older" in str(refusal(database))
            with pytest.raises(StoreUnavailable, match="missing or older"):
                add_borrower(database)

    def test_not_a_database(self, tmp_path: Path) -> None:
        path = tmp_path / "notes.txt"
        path.write_text("These are my notes. " * 100)
        with opened(f"sqlite:///{path}") as database:
            assert "not a SQLite database" in str(refusal(database))
            with pytest.raises(StoreUnavailable, match="not a SQLite database"):
                database.migrate()

    def test_a_folder(self, tmp_path: Path) -> None:
        with opened(f"sqlite:///{tmp_path}") as database:
            assert "cannot be opened" in str(refusal(database))

    def test_read_only(self, sqlite_database_url: str) -> None:
        path = sqlite_database_url.removeprefix("sqlite:///")
        with opened(f"sqlite:///file:{path}?mode=ro&uri=true") as database:
            assert "not written" in str(refusal(database))

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write every file")
    @pytest.mark.parametrize(("mode", "words"), [(0o000, "opened"), (0o444, "not written")])
    def test_permissions(self, sqlite_database_url: str, mode: int, words: str) -> None:
        path = Path(sqlite_database_url.removeprefix("sqlite:///"))
        path.chmod(mode)
        with opened(sqlite_database_url) as database:
            assert words in str(refusal(database))

    def test_locked(self, sqlite_database_url: str) -> None:
        path = sqlite_database_url.removeprefix("sqlite:///")
        with (
            closing(sqlite3.connect(path, isolation_level=None)) as other,
            opened(sqlite_database_url, lock_wait_seconds=0.1) as database,
        ):
            other.execute("BEGIN IMMEDIATE")
            assert "locked" in str(refusal(database))
            with pytest.raises(StoreUnavailable, match="locked"):
                add_borrower(database)
            other.execute("ROLLBACK")
            database.check()

    def test_a_unit_inside_a_unit_is_refused_and_does_not_hang(
        self, sqlite_database_url: str
    ) -> None:
        with opened(sqlite_database_url, lock_wait_seconds=0.1) as database, database.unit() as uow:
            uow.borrowers.by_reference("x")
            with pytest.raises(StoreUnavailable, match="busy"), database.unit() as inner:
                inner.borrowers.by_reference("x")

    def test_the_settings_of_each_connection(self, sqlite_database_url: str) -> None:
        with opened(sqlite_database_url) as database, database.engine.connect() as connection:
            settings = {
                name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
                for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
            }
        assert settings == {
            "journal_mode": "wal",
            "foreign_keys": 1,
            "synchronous": 1,
            "busy_timeout": 10_000,
        }


class TestPostgresql:
    def test_missing_tables(self, empty_postgresql_url: str) -> None:
        with opened(empty_postgresql_url) as database:
            assert "missing or older" in str(refusal(database))
            with pytest.raises(StoreUnavailable, match="missing or older"):
                add_borrower(database)

    def test_nobody_answers(self) -> None:
        with opened("postgresql://ada:hush@127.0.0.1:1/x", lock_wait_seconds=2) as database:
            said = refusal(database)
        assert "cannot be reached" in str(said)
        assert "hush" not in str(said)
        assert "ada" not in str(said)

    def test_no_such_host(self) -> None:
        with opened("postgresql://nohost.invalid/x", lock_wait_seconds=2) as database:
            assert "cannot be reached" in str(refusal(database))

    def test_no_such_database(self, postgresql_database_url: str) -> None:
        url = make_url(postgresql_database_url).set(database="tideover_nowhere")
        with opened(url.render_as_string(hide_password=False)) as database:
            assert "there is no database" in str(refusal(database))

    def test_no_such_user(self, postgresql_database_url: str) -> None:
        url = make_url(postgresql_database_url).set(username="tideover_nobody", password="x")
        with opened(url.render_as_string(hide_password=False)) as database:
            said = str(refusal(database))
        assert "user" in said
        assert "tideover_nobody" not in said

    def test_read_only(self, postgresql_database_url: str) -> None:
        url = f"{postgresql_database_url}?options=-cdefault_transaction_read_only%3Don"
        with opened(url) as database:
            assert "not written" in str(refusal(database))
            with pytest.raises(StoreUnavailable, match="not written"):
                add_borrower(database)

    def test_the_server_restarts_between_two_units(self, postgresql_database_url: str) -> None:
        with opened(postgresql_database_url) as database:
            add_borrower(database)
            end_other_connections(postgresql_database_url)
            add_borrower(database, "NB-2")
            with database.unit() as uow:
                assert uow.borrowers.by_reference("NB-2") is not None

    def test_the_server_goes_away_within_a_unit(self, postgresql_database_url: str) -> None:
        with opened(postgresql_database_url) as database:
            with pytest.raises(StoreUnavailable), database.unit() as uow:
                uow.borrowers.by_reference("x")
                end_other_connections(postgresql_database_url)
                uow.borrowers.by_reference("x")
            database.check()


def end_other_connections(url: str) -> None:
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ('FATAL:  password authentication failed for user "ada"', "user or password"),
        ("FATAL:  no pg_hba.conf entry for host", "user or password"),
        ('FATAL:  role "ada" does not exist', "does not know this user"),
        ('FATAL:  database "x" does not exist', "there is no database"),
        ("FATAL:  sorry, too many clients already", "no free connection"),
        ("connection failed: timeout expired", "cannot be reached"),
        ("deadlock detected", "Try again"),
        ("something new", "cannot be used"),
    ],
)
def test_what_a_server_says_is_explained(said: str, words: str) -> None:
    error = OperationalError("SELECT 1", {}, psycopg.OperationalError(said))
    explained = explain(error, make_url("postgresql://ada:hush@db.example/x"))
    assert isinstance(explained, StoreUnavailable)
    assert words in str(explained)
    assert explained.hint
    assert "hush" not in str(explained)


def test_faults_of_our_own_are_not_explained_away() -> None:
    url = make_url("postgresql://db.example/x")
    wrong_sql = ProgrammingError("SELEC", {}, psycopg.errors.SyntaxError("syntax error"))
    assert explain(wrong_sql, url) is None
    assert explain(ValueError("x"), url) is None
    broken_rule = IntegrityError("INSERT", {}, psycopg.errors.UniqueViolation("Key (a)=(secret)"))
    explained = explain(broken_rule, url)
    assert explained is not None
    assert "secret" not in str(explained)
