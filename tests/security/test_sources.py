"""Nothing from outside is unpickled, evaluated, or read as YAML that can make objects."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "actions", "bot", "compliance", "console", "lending", "nlu", "scheduler", "simulation", "store", "wiring",
)  # fmt: skip

# Modules that turn bytes into objects, and calls that turn text into code.
NEVER_IMPORTED = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
NEVER_CALLED = {"eval", "exec", "compile", "__import__"}
UNSAFE_YAML = {"unsafe_load", "full_load", "load_all", "unsafe_load_all", "full_load_all"}
SAFE_LOADERS = {"SafeLoader", "CSafeLoader", "_LOADER", "_Loader"}
# (file, what): why it is no way in.
REASONS = {
    ("nlu/importer.py", "_Loader"): "a subclass of CSafeLoader that knows fewer types",
    ("bot/texts.py", "_LOADER"): "CSafeLoader, or SafeLoader where there is no C",
}


def sources() -> list[Path]:
    top = [path for path in ROOT.glob("*.py") if path.name != "conftest.py"]
    inside = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return sorted(top + inside)


def faults(path: Path) -> Iterator[str]:
    name = path.relative_to(ROOT).as_posix()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (f"import {n.name}" for n in names if n.name in NEVER_IMPORTED)
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] in NEVER_IMPORTED:
                yield f"from {module}"
            case ast.Call(func=ast.Name(id=called)) if called in NEVER_CALLED:
                yield f"{called}()"
            case ast.Call(func=ast.Attribute(value=ast.Name(id="yaml"), attr=called)):
                if called in UNSAFE_YAML:
                    yield f"yaml.{called}"
                elif called == "load":
                    yield from loader_faults(name, node)
            case ast.Call(func=ast.Attribute(attr="load"), keywords=keywords):
                yield from (
                    "allow_pickle"
                    for keyword in keywords
                    if keyword.arg == "allow_pickle"
                    and not (isinstance(keyword.value, ast.Constant) and not keyword.value.value)
                )
            case ast.Call(keywords=keywords):
                yield from (
                    "shell=True"
                    for keyword in keywords
                    if keyword.arg == "shell"
                    and not (isinstance(keyword.value, ast.Constant) and not keyword.value.value)
                )


def loader_faults(name: str, call: ast.Call) -> Iterator[str]:
    given = [*call.args[1:], *(k.value for k in call.keywords if k.arg == "Loader")]
    loader = given[0] if given else None
    used = loader.attr if isinstance(loader, ast.Attribute) else getattr(loader, "id", None)
    if used not in SAFE_LOADERS or (used.startswith("_") and (name, used) not in REASONS):
        yield f"yaml.load with {used}"


def test_no_source_opens_a_way_in() -> None:
    found = [f"{path.relative_to(ROOT)}: {fault}" for path in sources() for fault in faults(path)]
    assert found == []


def test_the_named_loaders_are_safe() -> None:
    from bot.texts import _LOADER
    from nlu.importer import _Loader

    for loader in (_LOADER, _Loader):
        assert issubclass(loader, (yaml.SafeLoader, yaml.CSafeLoader))
        with pytest.raises(yaml.YAMLError):
            yaml.load("!!python/object/apply:os.getcwd []", loader)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("import pickle", "import pickle"),
        ("from joblib import load", "from joblib"),
        ("yaml.load(x)", "yaml.load with None"),
        ("yaml.load(x, Loader=yaml.Loader)", "yaml.load with Loader"),
        ("yaml.unsafe_load(x)", "yaml.unsafe_load"),
        ("np.load(x, allow_pickle=True)", "allow_pickle"),
        ("run(x, shell=True)", "shell=True"),
        ("eval(x)", "eval()"),
    ],
)
def test_the_scan_finds_what_it_looks_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, fault: str
) -> None:
    monkeypatch.setattr("tests.security.test_sources.ROOT", tmp_path)
    file = tmp_path / "x.py"
    file.write_text(code)
    assert list(faults(file)) == [fault]


def test_no_secret_stands_in_the_repository() -> None:
    patterns = (
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
        r"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}",  # a token of a Telegram bot
        r"sk_live_[A-Za-z0-9]{16,}",
        r"AKIA[0-9A-Z]{16}",
    )
    for pattern in patterns:
        done = subprocess.run(
            ["git", "grep", "-lE", "-e", pattern, "--", ".", ":!tests/security"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in (1, 128), f"{pattern}: {done.stdout}"
