"""`tideover nlu inbox` over a real database: what was hardly understood, once, and nobody's numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from console.cli import app
from store.db import Database
from tests.house import TestHouse, make_house

UNREADABLE = "the wibble 415 555 0199 of ann.lee@example.com flurbs"


@pytest.fixture
def house(
    peopled_database: Database,
    peopled_database_url: str,
    model: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> TestHouse:
    monkeypatch.setenv("TIDEOVER_DATABASE_URL", peopled_database_url)
    monkeypatch.setenv("TIDEOVER_MODEL_PATH", str(model))
    monkeypatch.setenv("TIDEOVER_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    house = make_house(peopled_database)
    house.clock.now = datetime.now(UTC) - timedelta(days=3)
    return house


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["nlu", "inbox", *words])


async def test_what_is_listed_has_nothing_that_points_to_a_person(house: TestHouse) -> None:
    for text in ("how much do i owe", UNREADABLE, UNREADABLE, "/help"):
        await house.send(text, address="1")

    result = run("--below", "1")

    assert result.exit_code == 0, result.output
    header, *rows = result.stdout.splitlines()
    assert header.split("\t") == ["text", "intent", "taken for", "confidence"]
    assert {row.split("\t")[0] for row in rows} == {
        "how much do i owe", "the wibble <number> of <e-mail> flurbs",
    }  # fmt: skip
    for row in rows:
        text, intent, taken, confidence = row.split("\t")
        assert text and not intent and taken
        assert 0 <= float(confidence) <= 1


async def test_only_unclear_messages_of_the_last_days_are_listed(house: TestHouse) -> None:
    await house.send(UNREADABLE, address="1")

    assert len(run("--days", "4", "--below", "1").stdout.splitlines()) == 2
    assert len(run("--days", "4", "--below", "0.01").stdout.splitlines()) == 1
    assert len(run("--days", "2", "--below", "1").stdout.splitlines()) == 1


def test_without_a_model_it_says_what_to_run(
    house: TestHouse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TIDEOVER_MODEL_PATH", str(tmp_path / "none.tar.gz"))

    result = run()

    assert result.exit_code != 0
    assert "tideover nlu train" in result.output
