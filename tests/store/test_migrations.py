"""The schema goes up and down, agrees with the tables, and is made once."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, inspect, text

from store.db import Database
from store.errors import StoreUnavailable
from store.schema import config_for
from store.tables import metadata


@pytest.fixture
def empty(empty_database_url: str) -> Any:
    database = Database(empty_database_url)
    yield database
    database.close()


def table_names(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


def test_it_goes_up_and_down_and_up(empty: Database) -> None:
    assert not empty.is_current()
    empty.migrate()
    assert empty.is_current()
    with empty.engine.begin() as connection:
        assert table_names(connection) == set(metadata.tables)
        command.downgrade(config_for(connection), "base")
        assert table_names(connection) == set()
    assert not empty.is_current()
    empty.migrate()
    empty.migrate()
    empty.check()


def test_every_step_back_and_forth_keeps_the_demos_data(peopled_database: Database) -> None:
    """What the first schema could hold is the same after the way to the newest and back."""
    with peopled_database.engine.begin() as connection:
        newest = contents(connection)
    peopled_database.go_back("0001")
    with peopled_database.engine.begin() as connection:
        first = contents(connection)
    assert set(first) < set(newest)
    assert {name: len(first[name]) for name in ("borrowers", "accounts", "ledger_entries")} == {
        name: len(newest[name]) for name in ("borrowers", "accounts", "ledger_entries")
    }
    peopled_database.migrate()
    peopled_database.check()
    with peopled_database.engine.begin() as connection:
        again = contents(connection)
    assert set(again) == set(newest)
    for name in ("borrowers", "contact_points", "instalments", "payments", "feeds", "accounts"):
        assert again[name] == newest[name], name
    peopled_database.go_back("0001")
    with peopled_database.engine.begin() as connection:
        assert contents(connection) == first


def test_there_is_no_way_back_to_what_never_was(database: Database) -> None:
    with pytest.raises(StoreUnavailable, match="no migration 9999"):
        database.go_back("9999")
    database.check()


def contents(connection: Connection) -> dict[str, list[str]]:
    """Every row of every table as it stands in the database; columns by their names."""
    inspector = inspect(connection)
    found = {}
    for table in sorted(table_names(connection)):
        names = ", ".join(f'"{c["name"]}"' for c in inspector.get_columns(table))
        rows = connection.execute(text(f'SELECT {names} FROM "{table}"')).mappings()
        found[table] = sorted(repr(sorted(row.items())) for row in rows)
    return found


def test_a_failed_migration_leaves_nothing(
    empty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("alembic.op.create_index", fail)
        with pytest.raises(RuntimeError):
            empty.migrate()
    with empty.engine.connect() as connection:
        assert table_names(connection) == set()
    empty.migrate()
    empty.check()


def test_tables_and_migrations_agree(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []


def test_checks_and_migrations_agree(database: Database) -> None:
    """Alembic does not compare checks; PostgreSQL rewrites their text, so there only names."""
    with database.engine.connect() as connection:
        inspector = inspect(connection)
        for table in metadata.sorted_tables:
            wanted = {
                str(check.name): words(str(check.sqltext))
                for check in table.constraints
                if isinstance(check, CheckConstraint)
            }
            found = {
                str(check["name"]): words(check["sqltext"])
                for check in inspector.get_check_constraints(table.name)
            }
            if connection.dialect.name == "sqlite":
                assert found == wanted
            else:
                assert set(found) == set(wanted)


def words(condition: str) -> str:
    return re.sub(r"\s+", " ", condition)


def test_partial_indexes_and_migrations_agree(database: Database) -> None:
    with database.engine.connect() as connection:
        inspector = inspect(connection)
        dialect = connection.dialect.name
        for table in metadata.sorted_tables:
            wanted = {
                index.name
                for index in table.indexes
                if dict(index.dialect_options[dialect])["where"] is not None
            }
            found = {
                index["name"]
                for index in inspector.get_indexes(table.name)
                if index.get("dialect_options", {}).get(f"{dialect}_where") is not None
            }
            assert found == wanted


def test_two_that_start_at_once_make_the_tables_once(empty_database_url: str) -> None:
    databases = [Database(empty_database_url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(Database.migrate, databases))
    for database in databases:
        assert database.is_current()
        database.close()


def test_a_database_of_a_later_version_is_left_alone(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert not database.is_current()
    for use in (database.check, database.migrate):
        with pytest.raises(StoreUnavailable, match="newer than this program") as refused:
            use()
        assert refused.value.hint
