"""`tideover rules`: cases of others, and a person's question, answered in plain words."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from compliance.profile_file import available_profiles, load_profile
from console.cli import app
from tests.compliance.literal import literal_decide
from tests.compliance.situations import random_vector


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def rules(*words: str) -> Result:
    return CliRunner().invoke(app, ["rules", *words])


def cases(path: Path, count: int = 20, **changes: Any) -> Path:
    """A file of cases whose expected answers are the literal evaluator's."""
    rng = Random(8)
    vectors = [random_vector(rng, "US") for _ in range(count)]
    for number, vector in enumerate(vectors):
        vector["id"] = f"T-{number}"
        vector["expected"] = literal_decide(vector)
    content = {
        "schema": "repay-compliance-vectors/1.0",
        "set": "test",
        "profiles_as_of": "2026-11-23",
        "count": count,
        "vectors": vectors,
    }
    path.write_text(json.dumps(content | changes))
    return path


def test_cases_that_agree(tmp_path: Path) -> None:
    said = rules("check", str(cases(tmp_path / "cases.json")))
    assert said.exit_code == 0, said.output
    assert "20 cases, 20 agree, 0 differ" in said.output


def test_a_case_that_differs_is_named_with_what_was_expected_and_got(tmp_path: Path) -> None:
    path = cases(tmp_path / "cases.json")
    content = json.loads(path.read_text())
    expected = content["vectors"][7]["expected"]
    was = expected["decision"]
    expected |= {"decision": "allow" if was != "allow" else "block", "until": None, "reasons": []}
    path.write_text(json.dumps(content))
    said = rules("check", str(path))
    assert said.exit_code == 1
    assert "T-7" in said.output
    assert "1 differ" in said.output


@pytest.mark.parametrize(
    "content", ["", "[]", '{"schema": "other"}', '{"schema": "repay-compliance-vectors/1.0"}']
)
def test_an_unreadable_file_is_told_and_leaves_with_2(tmp_path: Path, content: str) -> None:
    path = tmp_path / "cases.json"
    path.write_text(content)
    said = rules("check", str(path))
    assert said.exit_code == 2
    assert said.output.strip() or said.stderr.strip()
    assert rules("check", str(tmp_path / "nowhere.json")).exit_code == 2


def test_a_question_of_a_person_is_answered_with_the_next_instant_and_the_law() -> None:
    question = ("explain", "--profile", "us", "--timezone", "America/New_York", "--channel", "sms")
    late = rules(*question, "--at", "2026-11-24T03:30:00Z")
    assert "Not now" in late.output
    assert "2026-11-24T13:00:00Z" in late.output
    assert "12 CFR 1006.6(b)(1)(i)" in late.output
    assert "Yes" in rules(*question, "--at", "2026-11-24T15:00:00Z").output
    assert rules(*question).exit_code == 0


@pytest.mark.parametrize(
    "wrong",
    [
        ("--at", "yesterday"),
        ("--at", "2026-11-24T03:30:00"),
        ("--timezone", "Mars/Olympus"),
        ("--profile", "atlantis"),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong(wrong: tuple[str, str]) -> None:
    said = rules("explain", *wrong)
    assert said.exit_code != 0 or "blocked" in said.output.lower() or "No" in said.output
    assert "Traceback" not in said.output
    assert said.exception is None or isinstance(said.exception, SystemExit)


@pytest.mark.parametrize("name", available_profiles())
def test_every_rule_of_a_profile_is_listed(name: str) -> None:
    said = rules("list", name.lower())
    assert said.exit_code == 0
    for rule in load_profile(name).rules:
        assert rule.id in said.output
