"""`tideover consent`: shown, added and ended by staff, with a reason, and clear when it cannot be."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from console.cli import app
from store.db import Database
from tests.store.rows import add_borrower

WHY = ["--reason", "told us by phone", "--by", "mei"]


@pytest.fixture
def database(sqlite_database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Database:
    monkeypatch.setenv("TIDEOVER_DATABASE_URL", sqlite_database_url)
    monkeypatch.setenv("TIDEOVER_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    opened = Database(sqlite_database_url)
    add_borrower(opened)
    return opened


def consent(*words: str) -> Result:
    return CliRunner().invoke(app, ["consent", *words])


def test_a_wish_is_set_shown_and_ended(database: Database) -> None:
    assert "Nothing is kept for NB-1" in consent("show", "NB-1").output

    added = consent(
        "set", "NB-1", "--kind", "preferred_hours", "--from", "18:00", "--to", "21:00",
        "--days", "mon,tue,wed,thu,fri", *WHY,
    )  # fmt: skip
    assert added.exit_code == 0 and "Kept as number 1" in added.output
    shown = consent("show", "NB-1").output
    for word in ("preferred_hours", "18:00-21:00", "staff:mei", "told us by"):
        assert word in shown

    ended = consent("end", "NB-1", "1", "--reason", "moved", "--by", "mei")
    assert ended.exit_code == 0
    assert "Nothing is kept" in consent("show", "NB-1").output
    assert "staff:mei" in consent("show", "NB-1", "--all").output
    with database.unit() as uow:
        assert uow.audit.verify() is None


def test_an_opt_out_by_staff_is_found_by_the_way_out_until_it_ends(database: Database) -> None:
    from bot.messages import Channel

    def is_closed() -> bool:
        with database.unit() as uow:
            borrower = uow.borrowers.by_reference("NB-1")
            assert borrower is not None
            at = uow.contacts.opted_out_at(Channel.TELEGRAM, "5", borrower.id)
        return at is not None and at <= datetime.now(UTC)

    consent("set", "NB-1", "--kind", "opt_out", "--channel", "chat", *WHY)
    assert is_closed()
    again = consent("set", "NB-1", "--kind", "opt_out", "--channel", "chat", *WHY)
    assert "already" in again.output
    consent("end", "NB-1", "1", *WHY)
    assert not is_closed()


def test_a_language_is_also_the_one_that_is_written_in(database: Database) -> None:
    consent("set", "NB-1", "--kind", "preferred_language", "--language", "zh-Hant", *WHY)
    with database.unit() as uow:
        borrower = uow.borrowers.by_reference("NB-1")
    assert borrower is not None and borrower.language == "zh-Hant"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["show", "NB-9"], "No borrower"),
        (["set", "NB-9", "--kind", "cease", *WHY], "No borrower"),
        (["set", "NB-1", "--kind", "wishful", *WHY], "No wish is called"),
        (["set", "NB-1", "--kind", "opt_out", "--channel", "pigeon", *WHY], "no opt_out"),
        (["set", "NB-1", "--kind", "opt_out", "--place", "home", *WHY], "no opt_out"),
        (["set", "NB-1", "--kind", "preferred_hours", "--from", "6pm", *WHY], "no time of day"),
        (["set", "NB-1", "--kind", "preferred_hours", "--from", "25:00", *WHY], "no minutes"),
        (["set", "NB-1", "--kind", "inconvenient_time", "--until", "soon", *WHY], "no day"),
        (
            ["set", "NB-1", "--kind", "inconvenient_time", "--days", "xyz", *WHY],
            "inconvenient_time",
        ),
        (["set", "NB-1", "--kind", "preferred_language", "--language", "fr", *WHY], "not spoken"),
        (["set", "NB-1", "--kind", "cease", "--reason", "  "], "reason is needed"),
        (["end", "NB-1", "7", *WHY], "no wish number 7"),
    ],
)
def test_what_cannot_be_done_says_why_and_what_to_do(
    database: Database, words: list[str], complaint: str
) -> None:
    result = consent(*words)
    assert result.exit_code == 1
    assert complaint in result.stderr and "Do:" in result.stderr
    assert "Nothing is kept" in consent("show", "NB-1").output


@pytest.mark.parametrize("words", [["set", "NB-1", "--kind", "cease"], ["end", "NB-1", "1"]])
def test_a_change_without_a_reason_is_refused(database: Database, words: list[str]) -> None:
    assert consent(*words).exit_code == 2
