"""A fault in a data file of the wording check is named with its file and line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from compliance.disclosures import load_disclosures
from compliance.phrase_files import WORDING_FOLDER, load_phrases
from compliance.yaml_lines import WordingDataError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "wording"
    shutil.copytree(WORDING_FOLDER, copy)
    return copy


def _change(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def _line_of(folder: Path, name: str, text: str) -> int:
    lines = (folder / name).read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("severity: block", "severity: harsh", "harsh is no severity"),
        ("category: threat_lawsuit", "category: shame", "not the category of threat_lawsuit.yml"),
        ("category: threat_lawsuit", "category: rude", "not the category of threat_lawsuit.yml"),
        ("name: sue-you", "nam: sue-you", "name is missing"),
        ("name: lawsuit", "name: sue-you", "sue-you stands here twice"),
        ("cues: [sue, suing, sued]", "cues: sue", "a list is expected"),
        ("cues: [sue, suing, sued]", "cues: [Sue]", "can never be found"),
        ("cues: [sue, suing, sued]", "cues: ['']", "a text is expected"),
        ("pattern: '法庭", "pattern: '訴訟|法庭", "can never be found"),
        ("{will} (?:{w} )?sue", "{wil} (?:{w} )?sue", "{wil} is not a known piece"),
        ("'\\bsu(?:e|ing)", "'\\bsu(?:e|ing", "not a regular expression"),
        ("when: time_barred", "when: raining", "raining is no condition"),
        ("severity: warn", "can_be_denied: maybe", "true or false"),
    ],
)
def test_a_fault_is_named_with_its_line(folder: Path, old: str, new: str, said: str) -> None:
    name = "threat_lawsuit.yml"
    _change(folder, name, old, new)
    with pytest.raises(WordingDataError) as caught:
        load_phrases(folder)
    assert said in caught.value.message
    assert caught.value.message.startswith(f"{name}:")
    assert caught.value.hint


def test_the_line_is_the_right_one(folder: Path) -> None:
    _change(folder, "shame.yml", "name: expose", "name: expose\n    colour: red")
    line = _line_of(folder, "shame.yml", "colour: red")
    with pytest.raises(WordingDataError, match=rf"^shame\.yml:{line}: colour is not known here"):
        load_phrases(folder)


def test_not_yaml(folder: Path) -> None:
    _change(folder, "shame.yml", "severity: block", "severity: [block")
    with pytest.raises(WordingDataError, match=r"^shame\.yml:\d+: this is not YAML"):
        load_phrases(folder)


def test_a_missing_category_is_an_error(folder: Path) -> None:
    (folder / "obscene.yml").unlink()
    with pytest.raises(WordingDataError, match=r"^obscene\.yml:1: cannot be read"):
        load_phrases(folder)


def test_an_empty_file_is_an_error(folder: Path) -> None:
    (folder / "obscene.yml").write_text("", "utf-8")
    with pytest.raises(WordingDataError, match=r"^obscene\.yml:1: the file is empty"):
        load_phrases(folder)


def test_a_file_of_no_category_is_an_error(folder: Path) -> None:
    shutil.copy(folder / "obscene.yml", folder / "rudeness.yml")
    with pytest.raises(WordingDataError, match=r"^rudeness\.yml:1: rudeness is no category"):
        load_phrases(folder)


def test_a_missing_disclosure_is_an_error(folder: Path) -> None:
    _change(folder, "_disclosures.yml", "code: us_18e2", "code: us_18e3")
    with pytest.raises(WordingDataError, match=r"^_disclosures\.yml:\d+: us_18e3 is unknown"):
        load_disclosures(folder)


def test_a_new_phrase_is_a_change_of_data_only(folder: Path) -> None:
    with (folder / "shame.yml").open("a", encoding="utf-8") as file:
        file.write("  - name: tut\n    cues: [tut-tut]\n    pattern: '\\btut-tut\\b'\n")
    names = {phrase.name for phrase in load_phrases(folder).phrases}
    assert "tut" in names
