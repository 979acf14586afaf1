"""A stage per test on a copy of the seeded demo; see stage.py."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.db import Database
from store.seed import seed_demo
from tests.console.web.stage import Stage, stage_on
from tests.house import NOW, digest


@pytest.fixture(scope="session")
def web_seed(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the demo of the house's day, to copy."""
    path = tmp_path_factory.mktemp("web") / "seed.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    seed_demo(database, today=NOW.date(), now=NOW, digest=digest)
    database.close()
    return path


@pytest.fixture
def stage(web_seed: Path, tmp_path: Path) -> Iterator[Stage]:
    path = tmp_path / "console.db"
    shutil.copy(web_seed, path)
    with stage_on(path) as made:
        yield made
