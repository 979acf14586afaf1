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
from typing import Any

import yaml

from lending.errors import TideoverError
from nlu.wish_phrases import plain_text
from nlu.wish_scopes import refuses

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

_BEYOND_DOUBT = 0.9
"""From here on small talk and other people's business stay that ("a lawyer in a film")."""

_SURE = 0.95
"""The confidence of an intent that a sure phrase settled."""

_RIVALS = {
    "dispute_debt": ("ask_proof_of_lender", "update_contact_details"),
    "legal_representation": ("request_hardship_plan", "ask_credit_impact"),
    "set_contact_preferences": ("ask_my_data",),
}
"""Intents that use the words of a safety intent for something else."""

_SAID_AS_WELL = frozenset(
    {
        "report_paid",
        "promise_to_pay",
        "request_extension",
        "request_hardship_plan",
        "check_balance",
        "check_due_date",
        "payment_history",
    }
)
"""What a message is still about when a sure phrase of something graver decided its answer."""

_ALWAYS = ("express_distress", "set_contact_preferences")
"""A sure phrase of these is followed however clear the model is."""

_COMPLAINT_WITH_STOP = ("complain", "set_contact_preferences")

_ENOUGH = re.compile(
    r"\benough\b|\bone more time\b|\btimes a day\b|够了没|完没完|没完没了|轰炸|(?:天天|一直|老是|总是?)[发打]"
)
_ABOUT_US = re.compile(
    r"\byou(?:'?re)?\b|\bbehind this\b|\bhuman or\b|^(?!.*[叫转找换求]).*(?:[你您]|^是|不像|同一个人|我是在|真人在)"
)
_PHRASES = Path(__file__).parent / "second_look"
_READ = 2_000
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


def reconsidered(parsed: dict[str, Any], text: str, language: str) -> dict[str, Any]:
    """What Rasa parsed, with the intent to act on: every turn goes through here.

    A changed intent is sure, so that no form takes the message for an answer; what the model had
    read stays in the ranking.
    """
    intent = parsed.get("intent") or {}
    name, confidence = str(intent.get("name") or ""), float(intent.get("confidence") or 0.0)
    acted_on = look(text, language, name, confidence)
    also = _also(parsed, text, acted_on, confidence)
    if acted_on == name and not (name in SAFETY and _has(plain(text), name, "sure")):
        return parsed if also == parsed.get("also", []) else {**parsed, "also": also}
    first = {**intent, "name": acted_on, "confidence": max(_SURE, confidence)}
    rest = [one for one in parsed.get("intent_ranking", ()) if one["name"] != acted_on]
    return {**parsed, "intent": first, "intent_ranking": [first, *rest], "also": also}


def _also(
    parsed: dict[str, Any], text: str, acted_on: str, confidence: float
) -> list[dict[str, Any]]:
    """What else is said: by other parts, by sure phrases, and what the model was clear about."""
    found = {str(one["name"]): one for one in parsed.get("also", ())}
    words = plain(text)
    for intent in SAFETY:
        if intent in found or {intent, acted_on} == {"wrong_person", "dispute_debt"}:
            continue
        if _has(words, intent, "sure") and not _is_rather(acted_on, intent, words, confidence):
            found[intent] = {"name": intent, "confidence": _SURE, "text": text}
    model = str((parsed.get("intent") or {}).get("name") or "")
    is_as_well = model in _SAID_AS_WELL or (model, acted_on) == _COMPLAINT_WITH_STOP
    if is_as_well and confidence >= _CLEARLY and model not in found:
        found[model] = {"name": model, "confidence": confidence, "text": text}
    return [one for name, one in found.items() if name != acted_on]


def is_urgent(text: str) -> bool:
    """Whether a message says, for certain, something that comes before any other question."""
    words = plain(text)
    return any(_has(words, intent, "sure") for intent in SAFETY)


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
    is_clear = confidence >= _CLEARLY
    for intent in SAFETY:
        if is_clear and intent == model_intent and intent != "wrong_person":
            return None  # graver than what may follow; a stop is not left to another's chat
        if _has(plain_words, intent, "sure") and not (
            is_clear and _is_rather(model_intent, intent, plain_words, confidence)
        ):
            return intent
    if model_intent in SAFETY or is_clear:
        return None
    return next((intent for intent in SAFETY if _has(plain_words, intent, "maybe")), None)


def _is_rather(model_intent: str, found: str, plain_words: str, confidence: float) -> bool:
    """Whether what the model is clear about explains the same words, and nobody is harmed by it."""
    if model_intent == "out_of_scope" and confidence >= _BEYOND_DOUBT:
        return found not in _ALWAYS
    if model_intent == "complain" and found == "set_contact_preferences":
        # "You harass me" is a complaint; with "stop" or "enough" it is a stop.
        return not (refuses(plain_words) or _ENOUGH.search(plain_words))
    if model_intent == "ask_are_you_bot":
        return found == "talk_to_human" and bool(_ABOUT_US.search(plain_words))
    return model_intent in _RIVALS.get(found, ())


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
