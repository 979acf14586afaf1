"""Bring the tables to the state that this version of the code needs, with Alembic."""

from __future__ import annotations

import threading
from enum import Enum
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text

# Any number that no other program uses as an advisory lock of this database.
_MIGRATION_LOCK = 7_433_201_001

# Alembic keeps its context in module globals: one migration at a time in a process.
_ALEMBIC = threading.Lock()


class SchemaState(Enum):
    """How the tables compare with this version of the code."""

    CURRENT = "current"
    OLDER = "older"
    NEWER = "newer"


def migrate(engine: Engine, revision: str = "head") -> None:
    """Run every missing migration in one transaction; a second caller waits, then finds it done."""
    with _ALEMBIC, engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        if schema_state(connection) is SchemaState.NEWER:
            raise CommandError("The schema is newer than the code.")
        command.upgrade(config_for(connection), revision)


def go_back(engine: Engine, revision: str) -> None:
    """Undo the migrations after `revision`, in one transaction; what only they held is lost."""
    with _ALEMBIC, engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        command.downgrade(config_for(connection), revision)


def known_revisions() -> frozenset[str]:
    """The migrations that this code has."""
    scripts = ScriptDirectory.from_config(_config())
    return frozenset(script.revision for script in scripts.walk_revisions())


def config_for(connection: Connection) -> Config:
    """An Alembic configuration without a file; `connection` is used and left open."""
    config = _config()
    config.attributes["connection"] = connection
    return config


def _config() -> Config:
    config = Config()
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def schema_state(connection: Connection) -> SchemaState:
    """NEWER when the database names a revision that this code does not have."""
    scripts = ScriptDirectory.from_config(config_for(connection))
    found = set(MigrationContext.configure(connection).get_current_heads())
    if found == set(scripts.get_heads()):
        return SchemaState.CURRENT
    known = {script.revision for script in scripts.walk_revisions()}
    return SchemaState.OLDER if found <= known else SchemaState.NEWER
