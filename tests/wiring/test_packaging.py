"""What is shipped is whole, and names only commands and settings that exist."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from configparser import RawConfigParser
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from console.cli import app
from settings import Settings

ROOT = Path(__file__).parents[2]
SETTINGS = {f"TIDEOVER_{name.upper()}" for name in Settings.model_fields}
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))
ROLES = {
    "bot": ["serve"],
    "console": ["console"],
    "scheduler": ["remind", "run", "--role", "scheduler"],
    "dispatch": ["remind", "run", "--role", "dispatch"],
}
# Only for compose itself, which puts it into the URL.
NOT_SETTINGS = {"TIDEOVER_DATABASE_PASSWORD"}
PACKAGES = (
    "actions", "bot", "compliance", "console", "lending", "nlu", "scheduler", "simulation", "store", "wiring",
)  # fmt: skip


def tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return listed.stdout.splitlines()


def test_the_wheel_has_every_file_of_the_packages(tmp_path: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    tree = tmp_path / "tree"
    top = {"pyproject.toml", "config.yml", "README.md", "LICENSE"}
    top |= {name for name in tracked() if "/" not in name and name.endswith(".py")}
    wanted = {name for name in tracked() if name.split("/")[0] in PACKAGES or name in top}
    for name in wanted:
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tree / name)
    # Rasa needs an old `packaging`; setuptools then finds that one instead of its own.
    build = (
        "import sys, importlib.util as u, pathlib as p;"
        "own = p.Path(u.find_spec('setuptools').origin).parent / '_vendor';"
        "sys.path.insert(0, str(own));"
        "from setuptools import build_meta; print(build_meta.build_wheel(sys.argv[1]))"
    )
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", build, str(tmp_path)],
        cwd=tree,
        check=True,
        capture_output=True,
    )
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        there = set(opened.namelist())
    inside = {name for name in wanted if name not in top or name.endswith(".py")}
    papers = {name for name in inside if name.endswith((".md", "/LICENSE", "OFL.txt"))}
    assert sorted(inside - there - papers) == []
    assert any(name.endswith("share/tideover/config.yml") for name in there)
    assert any(name.endswith("entry_points.txt") for name in there)


def is_a_command(words: list[str]) -> bool:
    done = CliRunner().invoke(app, [*words, "--help"])
    return done.exit_code == 0


def test_compose_runs_each_role_once() -> None:
    told = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    services = told["services"]
    assert set(services) == {*ROLES, "init", "postgres", "redis"}
    for name, words in {**ROLES, "init": ["init"]}.items():
        service = services[name]
        assert service["command"] == ["tideover", *words]
        assert set(service["environment"]) <= SETTINGS
        assert service["read_only"] and service["cap_drop"] == ["ALL"]
        assert is_a_command(words)
    for name in ROLES:
        assert services[name]["depends_on"]["init"] == {
            "condition": "service_completed_successfully"
        }
    for service in services.values():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), "nothing is open to the network by itself"


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_units_run_each_role(unit: Path) -> None:
    read = RawConfigParser(strict=False)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    text = unit.read_text("utf-8")
    read.read_string(text)
    service = read["Service"]
    role = unit.stem.removeprefix("tideover-")
    assert service["ExecStart"].split() == ["/opt/tideover/bin/tideover", *ROLES[role]]
    named = re.findall(r"^Environment=(\w+)=", text, re.MULTILINE)
    assert set(named) <= SETTINGS and "TIDEOVER_OPS_PORT" in named
    assert service["User"] == "tideover" and service["KillSignal"] == "SIGTERM"


def test_there_is_a_unit_for_each_role_with_ports_of_its_own() -> None:
    assert {unit.stem for unit in UNITS} == {f"tideover-{role}" for role in ROLES}
    ports = [re.findall(r"OPS_PORT=(\d+)", unit.read_text("utf-8"))[0] for unit in UNITS]
    assert len(set(ports)) == len(ports)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for unit in UNITS:
        text = unit.read_text("utf-8").replace("/opt/tideover/bin/tideover", sys.executable)
        (tmp_path / unit.name).write_text(text)
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)],
            capture_output=True,
            text=True,
            check=False,
        )
        about = [line for line in done.stderr.splitlines() if unit.name in line]
        assert about == [], done.stderr


def test_the_image_runs_as_nobody_special_and_copies_what_is_there() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ").splitlines()
    steps = [line.split(None, 1) for line in lines if re.match(r"[A-Z]+ ", line)]
    last = max(n for n, (word, _) in enumerate(steps) if word == "FROM")
    assert len([word for word, _ in steps if word == "FROM"]) == 2
    users = [rest for word, rest in steps[last:] if word == "USER"]
    assert users == ["tideover"]
    for word, rest in steps:
        if word == "COPY" and "--from" not in rest:
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists(), source
        if word == "ENV":
            named = set(re.findall(r"TIDEOVER_\w+", rest))
            assert named <= SETTINGS
            assert not {name for name in named if "SECRET" in name or "KEY" in name}
    shell = ROOT / "deploy" / "docker-entry.sh"
    assert subprocess.run(["sh", "-n", shell], check=False).returncode == 0


def test_the_example_of_an_environment_names_settings_and_no_secrets() -> None:
    lines = (ROOT / "deploy" / "tideover.env.example").read_text("utf-8").splitlines()
    pairs = [line.lstrip("#").split("=", 1) for line in lines if re.match(r"#?TIDEOVER_\w+=", line)]
    assert {name for name, _ in pairs} <= SETTINGS | NOT_SETTINGS
    assert [name for name, value in pairs if value and ("SECRET" in name or "KEY" in name)] == []
