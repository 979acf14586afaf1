"""Read the domain, examples and rules for training in two seconds instead of thirty.

Rasa lets its reader of training data be exchanged (`importers` in config.yml). Its own parses each
file up to six times with a YAML parser written in Python, and copies every example five times on
the way. This one parses each file once, with libyaml, and is stricter: what Rasa would skip or
silently overwrite is an error here. Held by tests/contracts/test_importer.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.nlu.constants import INTENT, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.io import read_model_configuration

from lending.errors import TideoverError

_OWN_KEYS = {"version", "nlu"}
_EXAMPLE = re.compile(r"- +(?=\S)")
_MARKED = re.compile(r"\[[^\]]+\][({]")
_BOOLEAN = "tag:yaml.org,2002:bool"
_DAY = "tag:yaml.org,2002:timestamp"


class BadTrainingData(TideoverError):
    """A file under nlu/ that cannot be meant as it stands."""


class YamlImporter(TrainingDataImporter):  # type: ignore[misc]
    """Rasa's interface. Examples carry an intent and no entities, which is all that nlu/ has."""

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: list[str] | str | None = None,
    ) -> None:
        paths = training_data_paths or []
        self._config = config_file
        self._domain_path = domain_path
        self._paths = [paths] if isinstance(paths, str) else paths

    def get_config(self) -> dict[str, Any]:
        return dict(read_model_configuration(self._config)) if self._config else {}

    def get_config_file_for_auto_config(self) -> str | None:
        return self._config

    def get_domain(self) -> Domain:
        return self._domain

    def get_stories(self, exclusion_percentage: int | None = None) -> StoryGraph:
        return self._stories

    def get_conversation_tests(self) -> StoryGraph:
        return StoryGraph([])

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        return self._examples

    @cached_property
    def _domain(self) -> Domain:
        if not self._domain_path:
            return Domain.empty()
        merged: dict[str, Any] = {}
        for path, content in _read(self._domain_path):
            _refuse_doubles(path, content, merged)
            merged = Domain.merge_domain_dicts(content, merged)
        return WrittenDomain.from_dict(merged)

    @cached_property
    def _stories(self) -> StoryGraph:
        steps = []
        for path, content in self._files:
            if "nlu" not in content:
                reader = YAMLStoryReader(self._domain, str(path))
                steps += reader.read_from_parsed_yaml(content)
        return StoryGraph(steps)

    @cached_property
    def _examples(self) -> TrainingData:
        return TrainingData(
            [
                Example({TEXT: text, INTENT: entry["intent"], **_metadata(entry)})
                for path, content in self._files
                if "nlu" in content
                for entry in _entries(path, content)
                for text in _texts(path, entry)
            ]
        )

    @cached_property
    def _files(self) -> list[tuple[Path, dict[str, Any]]]:
        return [file for path in self._paths for file in _read(path)]


class Example(Message):  # type: ignore[misc]
    """A text and its intent. Rasa copies and hashes all examples whenever it joins two sets."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Example:
        return Example(self.data)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and bool(self.data == other.data)

    def __hash__(self) -> int:
        return hash((self.data.get(TEXT), self.data.get(INTENT)))


class WrittenDomain(Domain):  # type: ignore[misc]
    """A domain that is written as JSON, which is YAML too, and a hundred times faster."""

    def as_yaml(self) -> str:
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=1)


def _entries(path: Path, content: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    unknown = set(content) - _OWN_KEYS
    if unknown:
        raise BadTrainingData(
            f"{path} mixes examples with {', '.join(sorted(unknown))}.",
            hint="Give what is no example a file of its own.",
        )
    for entry in content["nlu"] or ():
        if set(entry) - {"metadata"} != {"intent", "examples"}:
            raise BadTrainingData(
                f"{path} has an entry with {', '.join(sorted(entry))}.",
                hint="An entry is an intent and its examples, and metadata if need be.",
            )
        if not 0 < weight_of(entry) <= 1:
            raise BadTrainingData(
                f"{path}, intent {entry['intent']}: the weight {weight_of(entry)} says nothing.",
                hint="A weight is more than 0, and 1 at most.",
            )
        yield entry


def weight_of(entry: Mapping[str, Any]) -> float:
    """How much each example of an entry counts (1 is usual): its metadata may say."""
    return float((entry.get("metadata") or {}).get("weight", 1))


def _metadata(entry: Mapping[str, Any]) -> dict[str, Any]:
    """As Rasa hands what is said of an intent on to its examples."""
    return {METADATA: {INTENT: entry["metadata"]}} if "metadata" in entry else {}


def _texts(path: Path, entry: Mapping[str, Any]) -> Iterator[str]:
    for line in entry["examples"].splitlines():
        start = _EXAMPLE.match(line)
        if start is None:
            raise BadTrainingData(
                f"{path}, intent {entry['intent']}: {line!r} is no example.",
                hint='An example is a line that begins with "- ".',
            )
        text = line[start.end() :].strip()
        if _MARKED.search(text):
            raise BadTrainingData(
                f"{path}, intent {entry['intent']}: {text!r} marks an entity.",
                hint="Write the plain text: nothing here learns entities.",
            )
        yield text


def _refuse_doubles(path: Path, content: Mapping[str, Any], merged: Mapping[str, Any]) -> None:
    for part in ("responses", "slots", "forms"):
        double = set(content.get(part) or ()) & set(merged.get(part) or ())
        if double:
            raise BadTrainingData(
                f"{path} defines {', '.join(sorted(double))}, which another file defines too.",
                hint="Keep one of them; Rasa would silently do so.",
            )


def _read(place: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """A file, or every YAML file below a folder, in the order of their names."""
    path = Path(place)
    for file in sorted(path.rglob("*.yml")) if path.is_dir() else [path]:
        yield file, _load(file)


def _load(path: Path) -> dict[str, Any]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except yaml.YAMLError as error:
        raise BadTrainingData(f"{path} is no YAML: {error}", hint="Correct it.") from error
    if not isinstance(content, dict):
        raise BadTrainingData(f"{path} holds no keys.", hint="Compare it with the files beside it.")
    return content


class _Loader(yaml.CSafeLoader):
    """YAML as Rasa reads it (version 1.2): yes, no, on and off are words, a day is a text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in resolvers if tag not in (_BOOLEAN, _DAY)]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    _BOOLEAN, re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
