"""The audit of dependencies: what stops CI, what is only told, and what the allow-list must say."""

from __future__ import annotations

import importlib.util
import re
import sys
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

CI = Path(__file__).parents[2] / ".ci"
TODAY = date(2026, 11, 30)


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("ci_audit", CI / "audit.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def report(*found: tuple[str, str, list[str]]) -> dict[str, Any]:
    return {
        "dependencies": [
            {
                "name": name,
                "version": "1.0",
                "vulns": [{"id": key, "aliases": aliases, "fix_versions": ["1.1"]}],
            }
            for name, key, aliases in found
        ]
        + [{"name": "fine", "version": "2.0", "vulns": []}]
    }


def entry(package: str, ids: str, until: str = "2027-01-01") -> str:
    return (
        f'[[allow]]\npackage = "{package}"\nids = {ids}\n'
        f'reason = "a reason that is long enough"\nuntil = {until}\n'
    )


def test_what_is_not_allowed_or_ran_out_is_wrong(audit: ModuleType) -> None:
    allowed = audit.read_allow_list(
        entry("My_Package", '["CVE-1"]') + entry("old", '["*"]', "2026-01-01")
    )
    told = report(
        ("my-package", "GHSA-x", ["CVE-1"]), ("my-package", "GHSA-y", []), ("old", "GHSA-z", [])
    )
    wrong, notes = audit.judge(told, allowed, TODAY)
    assert [line.split(":")[1].split()[0] for line in wrong] == ["GHSA-y", "GHSA-z"]
    assert "ran out" in wrong[1]
    assert any("GHSA-x" in line and "long enough" in line for line in notes)
    assert audit.judge(report(), allowed, TODAY)[0] == []


@pytest.mark.parametrize(
    "text",
    [
        "[[allow]]",
        "allow = 3",
        "not toml",
        entry("a", "[]"),
        entry("a", '["*"]').replace("a reason that is long enough", "because"),
        entry("a", '["*"]', '"soon"'),
    ],
)
def test_an_entry_without_a_reason_is_refused(audit: ModuleType, text: str) -> None:
    with pytest.raises(audit.BadAllowList):
        audit.read_allow_list(text)


def test_the_list_in_use_can_be_read_and_names_locked_packages(audit: ModuleType) -> None:
    lock = (CI.parent / "requirements.lock").read_text("utf-8")
    locked = set(re.findall(r"^([a-z0-9-]+)==", audit._plain(lock), re.MULTILINE))
    assert len(locked) > 100
    listed = audit.read_allow_list((CI / "audit-allow.toml").read_text("utf-8"))
    assert {one.package for one in listed} <= locked


def test_a_service_that_is_away_only_warns(
    audit: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    silent = tmp_path / "pip-audit"
    silent.write_text("#!/bin/sh\necho no route to host >&2\nexit 1\n")
    silent.chmod(0o755)
    lock, allow = CI.parent / "requirements.lock", CI / "audit-allow.toml"
    for program in (silent, tmp_path / "none"):
        monkeypatch.setattr(sys, "argv", ["audit.py", str(program), str(lock), str(allow)])
        assert audit.main() == 0
        assert "WARNING" in capsys.readouterr().out
