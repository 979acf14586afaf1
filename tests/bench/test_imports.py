"""The bench of imports runs, on a small scale."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import imports


def test_it_measures_every_file(
    sqlite_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "FOLDER", tmp_path)
    files = imports.write_files(tmp_path, 40, 5, 3)
    rows = imports.measure("SQLite", sqlite_database_url, files)

    assert [row.split(" | ")[2] for row in rows] == ["5", "40", "5", "3"]


pytest_plugins = ["tests.database"]
