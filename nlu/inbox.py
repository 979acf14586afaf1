"""Messages that were hardly understood, without what points to a person, for people to label."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tarfile import open as open_archive
from tempfile import TemporaryDirectory

from lending.errors import TideoverError
from nlu.components.intent_model import Understanding
from nlu.names import reported

UNSURE = 0.6
"""Below this confidence a message is worth a look."""
_RULES = (
    (re.compile(r"https?://\S+|www\.\S+", re.IGNORECASE), "<link>"),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "<e-mail>"),
    (re.compile(r"\d[\d\s().-]{5,}\d"), "<number>"),
    (re.compile(r"\d"), "0"),
    (re.compile(r"(?<=[a-z,] )(?:Mr|Mrs|Ms|Miss|Dr)?\.? ?[A-Z][a-z]+(?: [A-Z][a-z]+)*"), " <name>"),
    (re.compile(r"(?i)\b(my name is|this is|i am|i'm|call me) (?!a\b|the\b|not\b)[A-Z][a-z]+(?: [A-Z][a-z]+)*"), r"\1 <name>"),
    (re.compile(r"(我叫|我是|姓名是?|名字叫)[一-鿿]{2,3}(?=[，,。！!\s]|$)"), r"\1<name>"),
)  # fmt: skip


class NoModel(TideoverError):
    """There is no model file, or it is none of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """A message to label, what it was taken for (the evaluation's name), and how surely."""

    text: str
    taken: str
    confidence: float


def pseudonymised(text: str) -> str:
    """Numbers, links, addresses and what looks like a name replaced. A person still reads it first."""
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return re.sub(r"\s+", " ", text).strip()


def open_model(model: Path) -> Understanding:
    """What the pipeline learnt, from a model file. Raises NoModel."""
    try:
        with open_archive(model) as archive, TemporaryDirectory() as folder:
            archive.extractall(folder, filter="data")
            found = next(Path(folder).glob("components/*IntentModel*/weights.npz"))
            return Understanding.load(found.parent)
    except (OSError, StopIteration, KeyError, ValueError) as error:
        raise NoModel(f"No usable model at {model}.", hint="Run: tideover nlu train") from error


def unclear(
    understanding: Understanding, texts: Sequence[str], below: float = UNSURE
) -> tuple[Unclear, ...]:
    """Each different text once that the model was not sure of, least sure first."""
    found: dict[str, Unclear] = {}
    for text, reading in zip(texts, understanding.read_all(list(texts)), strict=True):
        if reading.confidence < below:
            shown = pseudonymised(text)
            found[shown] = Unclear(
                text=shown, taken=reported(reading.name), confidence=reading.confidence
            )
    return tuple(sorted(found.values(), key=lambda one: one.confidence))
