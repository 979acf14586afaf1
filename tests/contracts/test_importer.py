"""Our reader of training data gives what Rasa's own gives, and refuses what Rasa lets pass."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.lean_rasa import lean_rasa
from nlu.importer import BadTrainingData, YamlImporter
from nlu.training import CONFIG, DOMAIN

with lean_rasa():  # without TensorFlow, as the product is
    from rasa.shared.core.domain import Domain
    from rasa.shared.importers.importer import (
        CombinedDataImporter,
        E2EImporter,
        ResponsesSyncImporter,
        TrainingDataImporter,
    )
    from rasa.shared.importers.rasa import RasaFileImporter

OURS = (
    "domain/_shared.yml",
    "domain/handoff.yml",
    "data/en/inform.yml",
    "data/zh-Hant/inform.yml",
    "data/rules/payoff.yml",
    "data/rules/plans.yml",
)
"""Some of the real files: all of them would take Rasa's own reader half a minute."""


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("some")
    for name in OURS:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(DOMAIN.parent / name, folder / name)
    (folder / "data" / "en" / "words.yml").write_text(
        'version: "3.1"\nnlu:\n- intent: "no"\n  examples: |\n    - yes\n    - "on: 2026-11-30"\n'
        "    -   [spaces] (around)  \n    - 😀 ok\n    - yes\n"
        "- intent: seldom\n  metadata:\n    weight: 0.5\n  examples: |\n    - once in a blue moon\n",
        encoding="utf-8",
    )
    return folder


@pytest.fixture(scope="module")
def ours(some: Path) -> TrainingDataImporter:
    """As Rasa itself makes it from config.yml."""
    return TrainingDataImporter.load_from_config(
        str(CONFIG), str(some / "domain"), [str(some / "data")]
    )


@pytest.fixture(scope="module")
def theirs(some: Path) -> TrainingDataImporter:
    own = RasaFileImporter(str(CONFIG), str(some / "domain"), [str(some / "data")])
    return E2EImporter(ResponsesSyncImporter(CombinedDataImporter([own])))


def test_the_same_domain(ours: TrainingDataImporter, theirs: TrainingDataImporter) -> None:
    assert ours.get_domain().as_dict() == theirs.get_domain().as_dict()
    assert ours.get_domain().fingerprint() == theirs.get_domain().fingerprint()


def test_the_same_examples(ours: TrainingDataImporter, theirs: TrainingDataImporter) -> None:
    assert len(ours.get_nlu_data().intent_examples) > 100
    assert ours.get_nlu_data().fingerprint() == theirs.get_nlu_data().fingerprint()


def test_the_same_rules(ours: TrainingDataImporter, theirs: TrainingDataImporter) -> None:
    assert ours.get_stories().story_steps
    assert ours.get_stories().fingerprint() == theirs.get_stories().fingerprint()


def test_the_same_configuration(ours: TrainingDataImporter, theirs: TrainingDataImporter) -> None:
    assert ours.get_config() == theirs.get_config()


def test_a_written_domain_is_read_again(ours: TrainingDataImporter, tmp_path: Path) -> None:
    domain = ours.get_domain()
    domain.persist(tmp_path / "domain.yml")
    assert Domain.from_file(str(tmp_path / "domain.yml")).as_dict() == domain.as_dict()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("nlu:\n- intent: greet\n  examples: |\n    hello\n", "'hello' is no example"),
        ("nlu:\n- intent: greet\n  examples: |\n    -hello\n", "'-hello' is no example"),
        ("nlu:\n- intent: pay\n  examples: |\n    - pay [5](amount)\n", "marks an entity"),
        ("nlu:\n- intent: greet\n", "entry with intent"),
        ("nlu:\n- synonym: greet\n  examples: |\n    - hello\n", "entry with examples, synonym"),
        (
            "nlu:\n- intent: greet\n  metadata: {weight: 0}\n  examples: |\n    - hello\n",
            "the weight 0.0 says nothing",
        ),
        ("nlu: []\nrules: []\n", "mixes examples with rules"),
        ("nlu: [\n", "no YAML"),
        ("- hello\n", "holds no keys"),
    ],
)
def test_bad_examples_are_refused(content: str, complaint: str, tmp_path: Path) -> None:
    (tmp_path / "one.yml").write_text(content)
    with pytest.raises(BadTrainingData, match=complaint):
        YamlImporter(training_data_paths=[str(tmp_path)]).get_nlu_data()


@pytest.mark.parametrize("part", ["responses", "slots", "forms"])
def test_two_files_do_not_define_the_same(part: str, tmp_path: Path) -> None:
    """Rasa would silently keep one: in regulated text, the wrong one half of the time."""
    for name in ("one.yml", "two.yml"):
        (tmp_path / name).write_text(f"{part}:\n  utter_rate:\n  - text: {name}\n")
    with pytest.raises(BadTrainingData, match="utter_rate"):
        YamlImporter(domain_path=str(tmp_path)).get_domain()
