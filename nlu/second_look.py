"""The second look: rules beside the model for what must never be missed. Pure.

Distress, stop, a wrong person, a lawyer, a person please, a dispute: a wrong hit costs a question,
a miss costs a person harm or the lender a breach. So a sure phrase is followed whatever the model
says, and a possible one whenever the model is not clearly of another mind. The phrases are data,
one file per language, and every message is held against all of them: people mix languages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from lending.errors import TideoverError
from nlu.wish_phrases import plain_text

SAFETY = (
    "express_distress",
    "legal_representation",
    "wrong_person",
    "set_contact_preferences",
    "dispute_debt",
    "talk_to_human",
)
"""Intents that the second look may find, the one with the gravest miss first."""

_CLEARLY = 0.6
"""From this confidence on the model counts as clearly of its own mind."""

_PHRASES = Path(__file__).parent / "second_look"
_READ = 600
"""Characters that are looked at: as many from the start and from the end of a longer message."""


class BrokenPhrases(TideoverError):
    """A phrase file of the second look cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a message is taken for; `is_changed` if the model alone took it for something else."""

    intent: str
    is_changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signs:
    sure: Sequence[re.Pattern[str]]
    maybe: Sequence[re.Pattern[str]]
    unless: Sequence[re.Pattern[str]]


def look(text: str, language: str, model_intent: str, confidence: float) -> str:
    """The intent to act on. `language` is that of the message; phrases of all languages count."""
    return look_again(text, model_intent, confidence).intent


def look_again(text: str, model_intent: str, confidence: float) -> Look:
    """As `look`, and whether it changed the model's mind."""
    found = _found(plain(text), model_intent, confidence) or model_intent
    return Look(intent=found, is_changed=found != model_intent)


def plain(text: str) -> str:
    """A message as the phrases expect it, cut in the middle if it is long."""
    if len(text) > 2 * _READ:
        text = f"{text[:_READ]} {text[-_READ:]}"
    return re.sub(r"\s+", " ", plain_text(text)).strip()


def _found(plain_words: str, model_intent: str, confidence: float) -> str | None:
    found = [intent for intent in SAFETY if _has(plain_words, intent, "sure")]
    if found:
        # Of several that are sure, the model's own choice stands unless a graver one is there.
        return found[0]
    if model_intent in SAFETY or confidence >= _CLEARLY:
        return None
    return next((intent for intent in SAFETY if _has(plain_words, intent, "maybe")), None)


def _has(plain_words: str, intent: str, degree: str) -> bool:
    for signs in (one[intent] for one in _signs()):
        if any(pattern.search(plain_words) for pattern in getattr(signs, degree)):
            taken_back = any(pattern.search(plain_words) for pattern in signs.unless)
            if not taken_back:
                return True
    return False


@lru_cache(maxsize=1)
def _signs() -> tuple[dict[str, _Signs], ...]:
    return tuple(_read(path) for path in sorted(_PHRASES.glob("*.yml")))


def _read(path: Path) -> dict[str, _Signs]:
    """Raises BrokenPhrases for a file that is no phrase file or has a broken expression."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return {
            intent: _Signs(
                **{
                    degree: tuple(map(re.compile, content[intent].get(degree, "").splitlines()))
                    for degree in ("sure", "maybe", "unless")
                }
            )
            for intent in SAFETY
        }
    except (OSError, yaml.YAMLError, re.error, KeyError, AttributeError, TypeError) as error:
        raise BrokenPhrases(
            f"{path.name} cannot be read ({type(error).__name__}: {error}).",
            hint="Each intent has sure, maybe and unless: one regular expression a line.",
        ) from error
