"""What the documents say is so: settings, paths, names, links, and the people of the demo."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from urllib.parse import unquote

import pytest

from settings import Settings
from store.demo_personas import PERSONAS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
RUN_IT = (ROOT / "docs" / "run-it-for-real.md").read_text("utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

_LINK = re.compile(r"!?\[[^\]]*\]\(([^()\s]+)\)")
_CODE_BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_MAKE = re.compile(r"\bmake ([a-z]+)")
_COMMAND = re.compile(r"\btideover ([a-z]+(?:-[a-z]+)*)")


def rows_of(page: str, heading: str) -> list[list[str]]:
    """The cells of the table that has this text in its head."""
    lines = page.splitlines()
    head = next(i for i, line in enumerate(lines) if line.startswith("|") and heading in line)
    rows = []
    for line in lines[head + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def expected_settings() -> list[list[str]]:
    rows = []
    for name, field in Settings.model_fields.items():
        value = str(field.default).lower() if isinstance(field.default, bool) else field.default
        default = "–" if value is None else f"`{value}`"
        rows.append([f"`TIDEOVER_{name.upper()}`", default, field.description or ""])
    return rows


def test_every_setting_stands_in_the_table_with_its_default_and_meaning() -> None:
    table = "\n".join("| " + " | ".join(row) + " |" for row in expected_settings())

    assert rows_of(RUN_IT, "Variable") == expected_settings(), f"The table should be:\n{table}"


def test_no_page_names_a_setting_that_does_not_exist() -> None:
    known = {f"TIDEOVER_{name.upper()}" for name in Settings.model_fields}
    # Compose puts the password into the URL itself.
    for_tests = {
        "TIDEOVER_DATABASE_PASSWORD",
        "TIDEOVER_TEST_DATABASE_URL",
        "TIDEOVER_TEST_REDIS_URL",
        "TIDEOVER_PYTHON",
    }

    named = {
        name for page in PAGES for name in re.findall(r"TIDEOVER_[A-Z_]+", page.read_text("utf-8"))
    }

    assert named - known - for_tests == set()


def test_the_readme_lists_the_people_of_the_demo() -> None:
    listed = [tuple(row) for row in rows_of(README, "Birth date")]

    assert listed == [
        (p.reference, p.full_name, p.second_fact, p.about, p.try_this)
        for p in (plan.persona for plan in PERSONAS)
    ]


@pytest.mark.parametrize("row", rows_of(README, "Look for"), ids=lambda row: row[0])
def test_what_the_readme_says_is_where_it_says(row: list[str]) -> None:
    _, place, look_for = row
    path = ROOT / place.strip("`")

    assert path.exists()
    for name in _CODE.findall(look_for):
        assert re.search(
            rf"^(class|def|async def) {name}\b|^{name}(: [^=]+)? =", path.read_text("utf-8"), re.M
        )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = _CODE_BLOCK.sub("", page.read_text("utf-8"))

    broken = [
        target
        for target in _LINK.findall(text)
        if "://" not in target and not target.startswith("#")
        if not (page.parent / unquote(target.split("#")[0])).exists()
    ]

    assert broken == []


@pytest.mark.parametrize(
    "page",
    # How-to pages also name files that their readers are to make.
    [page for page in PAGES if page.parent.name != "how-to"],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_paths_that_a_page_names_exist(page: Path) -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir()} - {"var", "tideover"}
    text = _CODE_BLOCK.sub("", page.read_text("utf-8"))

    missing = [
        code
        for code in _CODE.findall(text)
        if re.fullmatch(r"[\w.-]+(/[\w.-]+)+/?", code) and code.split("/")[0] in folders
        if not (ROOT / code).exists()
    ]

    assert missing == []


def test_commands_in_the_pages_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    commands = {*_commands_in("cli.py"), *re.findall(r'add_typer\(.*name="([\w-]+)"', _cli())}
    commands |= set(re.findall(r'^app\.command\("(\w+)"\)', _cli(), re.M))
    commands |= set(re.findall(r"^app\.command\(\)\(\w+\.(\w+)\)", _cli(), re.M))
    text = "\n".join(page.read_text("utf-8") for page in PAGES)
    marked = [*_CODE.findall(_CODE_BLOCK.sub("", text)), *_CODE_BLOCK.findall(text)]
    marked = [re.sub(r"#.*", "", piece) for piece in marked]

    assert set(_MAKE.findall("\n".join(marked))) - targets == set()
    assert set(_COMMAND.findall("\n".join(marked))) - commands == set()
    accounts = set(re.findall(r"\btideover account ([a-z]+)", "\n".join(marked)))
    assert accounts == _commands_in("account_cli.py")


def _commands_in(file: str) -> set[str]:
    return set(re.findall(r"^@app\.command\(\)\n(?:async )?def (\w+)", _cli(file), re.M))


def _cli(file: str = "cli.py") -> str:
    return (ROOT / "console" / file).read_text("utf-8")


def test_the_lock_names_no_registry() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")

    assert "://" not in lock
    assert not (ROOT / "uv.lock").exists()


def test_make_lists_its_targets() -> None:
    listed = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True)

    for target in ("demo", "test", "check", "train", "bench"):
        assert f"make {target}" in listed.stdout
