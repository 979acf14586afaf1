"""Profile files: what is there loads, a new country is a file, a mistake is named with its line."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from compliance.decide import decide
from compliance.errors import BrokenProfile, UnknownProfile
from compliance.history import History
from compliance.profile_file import available_profiles, load_profile
from compliance.terms import Effect
from tests.compliance.asking import Asked
from tools.rules_table import PAGE, page

ALL = ["CN", "IN", "STRICT", "UK", "US", "US-CA", "US-DC", "US-FL", "US-MA", "US-WA"]

FREEDONIA = """\
name: FD
title: Freedonia
version: "1"
as_of: 2026-11-23
rules:
  - id: FD-HOURS
    title: Nobody is disturbed before ten or after four.
    binds: all
    effect: delay
    citation: Freedonian Peace Act s. 1
    confidence: V1
    effective_from: 2026-06-01
    checks:
      - {kind: hours, start: "10:00", end: "16:00"}
  - id: FD-ONCE
    title: One letter a month.
    binds: creditors_only
    effect: delay
    citation: Freedonian Peace Act s. 2
    confidence: V1
    when: {channels: [letter]}
    checks:
      - {kind: contact_limit, limit: 1, days: 30, channels: [letter]}
"""


def write(folder: Path, text: str, name: str = "fd") -> Path:
    (folder / f"{name}.yaml").write_text(text, "utf-8")
    return folder


def test_the_profiles_that_are_there() -> None:
    assert sorted(available_profiles()) == ALL
    for name in ALL:
        profile = load_profile(name)
        assert profile.name == name
        assert re.fullmatch(r"[0-9.]+\+[0-9a-f]{12}", profile.version)


def test_a_country_is_a_file(tmp_path: Path) -> None:
    profile = load_profile("fd", write(tmp_path, FREEDONIA))
    asked = Asked(profile="fd", zone="Europe/Rome", at="2026-06-10T14:00")
    early = Asked(profile="fd", zone="Europe/Rome", at="2026-05-31T14:00")

    decision = decide(asked.attempt(), asked.facts(), History(), profile)
    assert (decision.effect, decision.rules) == (Effect.DELAY, ("FD-HOURS",))
    assert decision.until == datetime(2026, 6, 11, 8, tzinfo=UTC)
    assert decide(early.attempt(), early.facts(), History(), profile).allowed


def test_the_version_changes_with_the_text(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    before = load_profile("fd", write(tmp_path / "a", FREEDONIA)).version
    after = load_profile("fd", write(tmp_path / "b", FREEDONIA.replace("16:00", "17:00"))).version

    assert before != after


@pytest.mark.parametrize(
    ("old", "new", "line", "field"),
    [
        ('"10:00"', '"16:00"', 14, "rules.0.checks.0"),
        ('"10:00"', '"25:00"', 14, "rules.0.checks.0"),
        ('"10:00"', "ten", 14, "rules.0.checks.0"),
        ("kind: hours", "kind: moon", 14, "rules.0.checks.0.kind"),
        ("limit: 1,", "limit: 0,", 23, "rules.1.checks.0"),
        ("limit: 1,", "limit: 1, colour: red,", 23, "rules.1.checks.0.colour"),
        ("channels: [letter]}\n    checks", "channels: [pigeon]}\n    checks", 21, "rules.1.when"),
        ("when: {channels", "when: {moons: 1, channels", 21, "rules.1.when.moons"),
        ("id: FD-ONCE", "id: FD-HOURS", 15, "rules.1.id"),
        ("binds: creditors_only", "binds: nobody", 15, "rules.1"),
        ("confidence: V1\n    effective", "confidence: sure\n    effective", 11, "confidence"),
        ("effective_from: 2026-06-01", "effective_from: soon", 12, "effective_from"),
        ("as_of: 2026-11-23", "as_of: 2026-11-23\nextends: NOWHERE", 5, "extends"),
        ("as_of: 2026-11-23", "as_of: 2026-11-23\nextends: FD", 5, "extends"),
        ("as_of: 2026-11-23\n", "", 1, "as_of"),
        ("name: FD", "name: GD", 1, "name"),
        ("version", "moon: full\nversion", 3, "moon"),
        ("title: Freedonia\n", "title: Freedonia\ntitle: Freedonia\n", 3, "title"),
        ("citation: Freedonian Peace Act s. 2", "citation: [", 21, ""),
    ],
)
def test_a_mistake_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, field: str
) -> None:
    assert old in FREEDONIA

    with pytest.raises(BrokenProfile) as caught:
        load_profile("fd", write(tmp_path, FREEDONIA.replace(old, new, 1)))

    assert f"fd.yaml, line {line}: " in caught.value.message
    assert field in caught.value.message
    assert caught.value.hint


def test_a_rule_that_ends_before_it_begins(tmp_path: Path) -> None:
    text = FREEDONIA.replace("2026-06-01", "2026-06-01\n    effective_until: 2026-05-31")

    with pytest.raises(BrokenProfile, match="effective_from is after effective_until"):
        load_profile("fd", write(tmp_path, text))


@pytest.mark.parametrize("name", ["atlantis", "../us", "", "house"])
def test_a_profile_that_is_not_there(name: str) -> None:
    with pytest.raises(UnknownProfile):
        load_profile(name)


def test_the_page_of_rules_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), "Run: python -m tools.rules_table"
