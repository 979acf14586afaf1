"""Databases for tests: each test gets its own, on SQLite and, if one is named, on PostgreSQL.

Load with `pytest_plugins = ["tests.database"]`. A test that asks for `database` runs on both.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, make_url, text

from store.db import Database
from store.seed import seed_demo
from tests.emptying import Shelf

SERVER_VARIABLE = "TIDEOVER_TEST_DATABASE_URL"
KINDS = ("sqlite", "postgresql")

_shelf = Shelf()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with tables and no rows."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a database with tables and no rows."""
    return str(request.getfixturevalue(f"{request.param}_database_url"))


@pytest.fixture(params=KINDS)
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """The address of a database without tables."""
    return str(request.getfixturevalue(f"empty_{request.param}_url"))


@pytest.fixture
def sqlite_database_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "tideover.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrated = Database(f"sqlite:///{path}")
    migrated.migrate()
    migrated.close()
    return path


@pytest.fixture
def postgresql_database_url(postgresql_template: str) -> Iterator[str]:
    """Emptied after one test, it serves the next; dropped if more than rows was changed."""
    name = _shelf.take()
    server = _server()
    if name is None:
        name = _new_name()
        _run(server, f'CREATE DATABASE "{name}" TEMPLATE "{postgresql_template}"')
    address = server.set(database=name)
    yield address.render_as_string(hide_password=False)
    if not _shelf.put(address):
        _drop(server, name)


@pytest.fixture
def empty_postgresql_url() -> Iterator[str]:
    with postgresql_copy() as url:
        yield url


@pytest.fixture(scope="session")
def postgresql_template() -> Iterator[str]:
    """The name of a database with tables, to copy."""
    with postgresql_copy() as url:
        migrated = Database(url)
        migrated.migrate()
        migrated.close()
        template = _server().set(database=make_url(url).database)
        _shelf.learn(template)
        yield str(template.database)
    while (name := _shelf.take()) is not None:
        _drop(_server(), name)


@pytest.fixture
def peopled_database(peopled_database_url: str) -> Iterator[Database]:
    """A database with the demo's people, as `tests.house` knows them.

    They are copied for each test, because inventing them takes seconds.
    """
    opened = Database(peopled_database_url)
    yield opened
    opened.close()


@pytest.fixture(params=KINDS)
def peopled_database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"peopled_{request.param}_url"))


@pytest.fixture
def peopled_sqlite_url(peopled_sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "tideover.db"
    shutil.copy(peopled_sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def peopled_postgresql_url(peopled_postgresql_template: str) -> Iterator[str]:
    with postgresql_copy(template=peopled_postgresql_template) as url:
        yield url


@pytest.fixture(scope="session")
def peopled_sqlite_template(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("peopled") / "template.db"
    shutil.copy(sqlite_template, path)
    _add_people(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def peopled_postgresql_template(postgresql_template: str) -> Iterator[str]:
    with postgresql_copy(template=postgresql_template) as url:
        _add_people(url)
        yield str(make_url(url).database)


def _add_people(url: str) -> None:
    from tests.house import NOW, digest

    opened = Database(url)
    seed_demo(opened, today=NOW.date(), now=NOW, digest=digest)
    opened.close()


@contextmanager
def postgresql_copy(template: str = "template0") -> Iterator[str]:
    """A database on the test server for the time of the block. Skips when no server is named."""
    server, name = _server(), _new_name()
    _run(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        _drop(server, name)


def _server() -> URL:
    address = os.environ.get(SERVER_VARIABLE)
    if not address:
        pytest.skip(f"{SERVER_VARIABLE} names no PostgreSQL server")
    return make_url(address).set(drivername="postgresql+psycopg")


def _new_name() -> str:
    return f"tideover_test_{uuid.uuid4().hex[:12]}"


def _drop(server: URL, name: str) -> None:
    _run(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _run(server: URL, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
