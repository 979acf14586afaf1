"""`tideover wording check`."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from console.cli import app


def _check(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["wording", "check", *arguments])


def test_a_good_text_leaves_with_0() -> None:
    result = _check("Thank you, your payment arrived.")
    assert result.exit_code == 0
    assert "Nothing here blocks" in result.stdout


def test_a_bad_text_is_explained_in_both_languages_and_leaves_with_1() -> None:
    result = _check("我们会起诉您")
    assert result.exit_code == 1
    assert "block threat_lawsuit" in result.stdout
    assert "threatens a lawsuit" in result.stdout
    assert "以起诉相威胁" in result.stdout


def test_a_mention_warns_and_leaves_with_0() -> None:
    result = _check("A lawsuit takes long and helps nobody.")
    assert result.exit_code == 0
    assert "warn threat_lawsuit" in result.stdout


def test_a_file_is_judged_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "texts.txt"
    file.write_text("Thank you.\n\nWe will sue you.\n", "utf-8")
    result = _check("--file", str(file))
    assert result.exit_code == 1
    assert f"{file}:3: block threat_lawsuit" in result.stdout
    assert f"{file}:1:" not in result.stdout


def test_links_and_required_statements() -> None:
    assert _check("Pay at pay.northbank.example").exit_code == 1
    assert _check("Pay at pay.northbank.example", "--allow", "pay.northbank.example").exit_code == 0
    result = _check("Hello", "--profile", "US", "--collector", "--first", "--language", "en")
    assert result.exit_code == 1
    assert "missing_us_18e1" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [(), ("",), ("a", "--file", "b"), ("--file", "nowhere.txt"), ("a", "--language", "fr")],
)
def test_what_cannot_be_checked_leaves_with_2(arguments: tuple[str, ...]) -> None:
    result = _check(*arguments)
    assert result.exit_code == 2
    assert "Do:" in result.stderr
