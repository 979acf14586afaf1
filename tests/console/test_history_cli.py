"""Proof that others can ask for: replay, back-test and the audit chain over a real day of chats."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from compliance.profile_file import PROFILES
from console.cli import app
from store.db import Database
from tests.house import TestHouse, make_house


@pytest.fixture
def house(
    peopled_database: Database,
    peopled_database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> TestHouse:
    monkeypatch.setenv("TIDEOVER_DATABASE_URL", peopled_database_url)
    monkeypatch.setenv("TIDEOVER_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return make_house(peopled_database)


async def a_day_of_chats(house: TestHouse) -> None:
    """Three chats, one of them verified; one asks to be left alone and then writes again."""
    await house.verify("NB-ANN", address="1")
    await house.send("how much do i owe", address="1")
    await house.send("hello", address="2")
    await house.send("stop", address="2")
    await house.send("and what do i owe?", address="2")
    await house.send("你好", address="3")


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def forge(house: TestHouse, statement: str) -> None:
    """Change a row as someone with the database's own password could."""
    with house.database.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER contact_decisions_no_update"))
            connection.execute(text("DROP TRIGGER contact_decisions_no_delete"))
        else:
            connection.execute(
                text("DROP TRIGGER contact_decisions_append_only ON contact_decisions")
            )
        connection.execute(text(statement))


async def test_history_replays_to_the_same_answers(house: TestHouse) -> None:
    await a_day_of_chats(house)
    replayed = run("rules", "replay")
    assert replayed.exit_code == 0, replayed.output
    assert f"{len(house.channel.sent)} decisions replayed, 0 come out otherwise" in replayed.output


async def test_a_decision_that_was_forged_shows_in_replay_and_on_the_chain(
    house: TestHouse,
) -> None:
    await a_day_of_chats(house)
    assert "The chain is whole" in run("audit", "verify").output
    forge(house, "UPDATE contact_decisions SET outcome = 'block' WHERE id = 2")
    replayed, verified = run("rules", "replay"), run("audit", "verify")
    assert (replayed.exit_code, verified.exit_code) == (1, 1)
    assert "1 come out otherwise" in replayed.output
    assert "decision 2 is not what the chain says" in verified.stderr


async def test_a_decision_that_was_removed_shows_on_the_chain(house: TestHouse) -> None:
    await a_day_of_chats(house)
    forge(house, "DELETE FROM contact_decisions WHERE id = 3")
    verified = run("audit", "verify")
    assert verified.exit_code == 1
    assert "decision:3 is on the chain and was removed" in verified.stderr


async def test_a_backtest_says_what_a_changed_profile_would_have_stopped(
    house: TestHouse, tmp_path: Path
) -> None:
    await a_day_of_chats(house)
    same = run("backtest", str(PROFILES / "us.yaml"))
    assert same.exit_code == 0, same.output
    assert "0 that went out would have been stopped" in same.output
    stricter = tmp_path / "us.yaml"
    rule = """
  - id: US-TEST-NO-CHAT
    title: No chat at all.
    binds: all
    effect: block
    citation: none
    confidence: H
    checks: [{kind: always, when: {channels: [chat]}}]
"""
    stricter.write_text(PROFILES.joinpath("us.yaml").read_text("utf-8").rstrip() + "\n" + rule)
    changed = run("backtest", str(stricter))
    assert changed.exit_code == 0, changed.output
    assert "US-TEST-NO-CHAT" in changed.output
    assert "0 that were stopped would have gone out" in changed.output


def test_a_broken_profile_is_named_with_its_line(house: TestHouse, tmp_path: Path) -> None:
    broken = tmp_path / "us.yaml"
    broken.write_text("name: US\nrules: [\n")
    said = run("backtest", str(broken))
    assert said.exit_code == 1
    assert "us.yaml, line" in said.stderr
    assert run("backtest", str(tmp_path / "nowhere.yaml")).exit_code == 1


async def test_every_message_that_left_has_a_decision_that_allowed_it(house: TestHouse) -> None:
    await a_day_of_chats(house)
    with house.database.engine.connect() as connection:
        left = connection.scalar(text("SELECT count(*) FROM messages WHERE author <> 'borrower'"))
        allowed = connection.scalar(
            text(
                "SELECT count(DISTINCT m.id) FROM messages m JOIN contact_decisions d"
                " ON d.message_id = m.id AND d.outcome = 'allow' WHERE m.author <> 'borrower'"
            )
        )
    assert left == allowed == len(house.channel.sent)
