"""The examples as data: read, sorted into paraphrase families, and checked against each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from nlu.components.sentence_vectors import vectors_of_examples
from nlu.components.words import normalise
from nlu.importer import weight_of

LANGUAGES = ("en", "zh-Hans", "zh-Hant", "mixed")
SAME_FAMILY = 0.85
"""Cosine of two sentence vectors from which on two examples say the same in other words."""
OVERLAP = 0.93
"""From here on two examples of different intents teach against each other."""
_ROWS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    text: str
    intent: str
    language: str
    """The folder it stands in."""
    weight: float = 1.0
    """How much it counts in training."""

    @property
    def plain(self) -> str:
        return normalise(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Two examples that say the same and mean different intents."""

    likeness: float
    first: Example
    second: Example


def read_examples(folder: Path) -> tuple[Example, ...]:
    """All examples under `folder`/<language>/, in the order of the files."""
    return tuple(
        Example(text=text, intent=entry["intent"], language=language, weight=weight_of(entry))
        for language in LANGUAGES
        for path in sorted((folder / language).glob("*.yml"))
        for entry in yaml.load(path.read_text("utf-8"), yaml.CSafeLoader).get("nlu") or ()
        for text in _lines(entry["examples"])
    )


def _lines(block: str) -> Iterator[str]:
    for line in block.splitlines():
        if line.strip().startswith("- "):
            yield line.strip()[2:].strip()


def without_doubles(examples: Sequence[Example]) -> tuple[Example, ...]:
    """One of each text and intent; the same words in both Chinese scripts are one."""
    kept: dict[tuple[str, str], Example] = {}
    for example in examples:
        kept.setdefault((example.plain, example.intent), example)
    return tuple(kept.values())


def families(examples: Sequence[Example]) -> Any:
    """A number per example: near-copies and translations have the same one.

    Whatever is linked by a chain of near-copies is one family, so a split by family never has
    two sides of one idea.
    """
    head = list(range(len(examples)))

    def find(at: int) -> int:
        while head[at] != at:
            head[at] = head[head[at]]
            at = head[at]
        return at

    for one, other, _ in _alike(examples, SAME_FAMILY):
        head[find(other)] = find(one)
    return np.asarray([find(at) for at in range(len(examples))])


def overlaps(examples: Sequence[Example]) -> tuple[Overlap, ...]:
    """Pairs of examples that are nearly the same and teach different intents, worst first."""
    found = [
        Overlap(likeness=likeness, first=examples[one], second=examples[other])
        for one, other, likeness in _alike(examples, OVERLAP)
        if examples[one].intent != examples[other].intent
    ]
    return tuple(sorted(found, key=lambda pair: -pair.likeness))


def doubles(examples: Sequence[Example]) -> tuple[tuple[Example, Example], ...]:
    """Examples that stand twice in one language, case and marks aside."""
    seen: dict[tuple[str, str], Example] = {}
    twice = []
    for example in examples:
        key = (example.language, "".join(c for c in example.plain if c.isalnum()))
        if key[1] and key in seen and seen[key].text != example.text:
            twice.append((seen[key], example))
        seen.setdefault(key, example)
    return tuple(twice)


def counts(examples: Sequence[Example]) -> dict[str, dict[str, int]]:
    """How many different texts each intent has in each language."""
    texts: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for example in examples:
        texts[example.intent][example.language].add(example.text)
    return {i: {lang: len(t) for lang, t in sorted(per.items())} for i, per in texts.items()}


def _alike(examples: Sequence[Example], least: float) -> Iterator[tuple[int, int, float]]:
    vectors = vectors_of_examples([example.plain for example in examples])
    for start in range(0, len(examples), _ROWS):
        near = vectors[start : start + _ROWS] @ vectors[start:].T
        for row, other in zip(*np.where(near > least), strict=True):
            if row < other:
                yield int(start + row), int(start + other), float(near[row, other])
