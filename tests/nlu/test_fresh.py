"""Messages written by hands that had read no training example, in other voices; never trained on."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from statistics import mean

import pytest

from nlu.components.words import normalise
from nlu.evaluate import read_messages
from nlu.examples import read_examples
from nlu.inbox import open_model
from nlu.names import CAREFUL, reported
from nlu.scoring import Answer, macro_f1
from nlu.training import DATA

FOLDER = Path(__file__).parent
FLOOR = {
    "en": 0.95, "zh_hans": 0.96, "zh_hant": 0.97, "mixed": 0.97, "second_en": 0.96, "second_zh": 0.955,
    "odd_en": 0.72, "odd_zh": 0.82, "grave_en": 0.74, "grave_zh": 0.77,
}  # fmt: skip
"""Below the measured figures (docs/understanding.md) by about two messages in a hundred."""
CAREFUL_FLOOR = 0.68
"""Of distress, stop and a person in the hardest sets, each in each language: a tenth below the figures."""
SHORT = 15
"""Bytes up to which two people may well write the same: 15 letters, or 5 characters of Chinese."""


@pytest.mark.parametrize("name", FLOOR)
def test_messages_that_stand_in_no_example_are_understood(name: str, model: Path) -> None:
    answers = _answers(name, model)
    wrong = [(a.text, a.meant, a.taken) for a in answers if a.meant != a.taken]

    print(f"{name}: macro-F1 {macro_f1(answers):.3f} of {len(answers)}")

    assert macro_f1(answers) >= FLOOR[name], wrong


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_must_not_be_missed_is_mostly_found_in_the_hardest_words(
    language: str, model: Path
) -> None:
    """By the model alone; the rules of the second look come on top."""
    answers = [a for kind in ("odd", "grave") for a in _answers(f"{kind}_{language}", model)]
    found = {
        intent: mean(a.taken == intent for a in answers if a.meant == intent) for intent in CAREFUL
    }

    assert min(found.values()) >= CAREFUL_FLOOR, found


def test_no_validation_message_is_a_training_example() -> None:
    """Only a few words that anybody types, such as "hi" or 查账单, may stand in both."""
    taught = _taught()
    sets = [*FOLDER.glob("fresh_*.tsv"), *FOLDER.glob("safety_*.tsv")]
    texts = [message.text for path in sets for message in read_messages(path)]

    assert len(sets) == 12
    assert [t for t in texts if len(_bare(t).encode()) > SHORT and _bare(t) in taught] == []


def _answers(name: str, model: Path) -> list[Answer]:
    """What the model makes of the messages of a set that stand in no example."""
    taught = _taught()
    messages = [
        message
        for message in read_messages(FOLDER / f"fresh_{name}.tsv")
        if _bare(message.text) not in taught
    ]
    readings = open_model(model).read_all([message.text for message in messages])
    return [
        Answer(
            text=message.text,
            meant=message.intent,
            taken=reported(reading.name),
            confidence=reading.confidence,
            language=name,
        )
        for message, reading in zip(messages, readings, strict=True)
    ]


@lru_cache(maxsize=1)
def _taught() -> frozenset[str]:
    """All examples, read once: there are many."""
    return frozenset(_bare(example.text) for example in read_examples(DATA))


def _bare(text: str) -> str:
    return "".join(character for character in normalise(text) if character.isalnum())
