"""The demo's borrowers, seeded once and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import console.plain_errors  # noqa: F401
from store.db import Database
from store.seed import seed_demo
from tests.console.commands import NOW, TODAY
from tests.house import digest


@pytest.fixture(scope="session")
def seeded(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the demo of today, to copy."""
    path = tmp_path_factory.mktemp("seeded") / "template.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    seed_demo(database, today=TODAY, now=NOW, digest=digest)
    database.close()
    return path


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables in one piece, whatever terminal the tests run in.

    The console of the commands is made here, while COLUMNS is not set: it asks for it when it prints.
    """
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def house(seeded: Path, tmp_path: Path) -> Iterator[Database]:
    """The demo where `tideover` looks for a database when its data folder is `tmp_path`."""
    path = tmp_path / "tideover.db"
    shutil.copy(seeded, path)
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()
