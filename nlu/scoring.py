"""How well messages were understood: figures from what was said and what was taken for it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

CONFUSIONS = 20
_BINS = 10
OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One message: what it meant, what it was taken for, and how sure the model was (0 to 1)."""

    text: str
    meant: str
    taken: str
    confidence: float
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentScore:
    precision: float
    recall: float
    f1: float
    support: int


def per_intent(answers: Sequence[Answer]) -> dict[str, IntentScore]:
    """For each intent that is meant by some message."""
    meant = Counter(a.meant for a in answers)
    taken = Counter(a.taken for a in answers)
    right = Counter(a.meant for a in answers if a.meant == a.taken)
    scores = {}
    for intent in sorted(meant):
        precision = right[intent] / taken[intent] if taken[intent] else 0.0
        recall = right[intent] / meant[intent]
        both = precision + recall
        f1 = 2 * precision * recall / both if both else 0.0
        scores[intent] = IntentScore(
            precision=precision, recall=recall, f1=f1, support=meant[intent]
        )
    return scores


def macro_f1(answers: Sequence[Answer]) -> float:
    """The plain mean of F1 over the intents that are meant."""
    scores = per_intent(answers)
    return sum(s.f1 for s in scores.values()) / len(scores) if scores else 0.0


def accuracy(answers: Sequence[Answer]) -> float:
    return sum(a.meant == a.taken for a in answers) / len(answers) if answers else 0.0


def confusions(answers: Sequence[Answer]) -> list[dict[str, Any]]:
    """Which intent was taken for which other, the most frequent first."""
    pairs = Counter((a.meant, a.taken) for a in answers if a.meant != a.taken)
    ordered = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
    return [{"meant": m, "taken": t, "count": n} for (m, t), n in ordered]


def calibration_error(answers: Sequence[Answer]) -> float:
    """Expected calibration error: mean gap of confidence and accuracy, in ten steps of confidence."""
    bins: dict[int, list[Answer]] = {}
    for answer in answers:
        bins.setdefault(min(int(answer.confidence * _BINS), _BINS - 1), []).append(answer)
    gap = 0.0
    for inside in bins.values():
        sure = sum(a.confidence for a in inside) / len(inside)
        gap += abs(sure - accuracy(inside)) * len(inside)
    return gap / len(answers) if answers else 0.0


def languages(answers: Sequence[Answer]) -> dict[str, list[Answer]]:
    found: dict[str, list[Answer]] = {}
    for answer in answers:
        found.setdefault(answer.language, []).append(answer)
    return dict(sorted(found.items()))


def report(answers: Sequence[Answer]) -> dict[str, Any]:
    """All figures as one plain object, rounded to four places."""
    intents = per_intent(answers)
    oos = intents.get(OUT_OF_SCOPE)
    return {
        "macro_f1": round(macro_f1(answers), 4),
        "accuracy": round(accuracy(answers), 4),
        "rows": len(answers),
        "per_intent": {
            name: {
                "precision": round(s.precision, 4),
                "recall": round(s.recall, 4),
                "f1": round(s.f1, 4),
                "support": s.support,
            }
            for name, s in intents.items()
        },
        "confusions": confusions(answers)[:CONFUSIONS],
        "out_of_scope": None
        if oos is None
        else {"recall": round(oos.recall, 4), "precision": round(oos.precision, 4)},
        "calibration_error": round(calibration_error(answers), 4),
        "languages": {
            language: {
                "macro_f1": round(macro_f1(part), 4),
                "accuracy": round(accuracy(part), 4),
                "rows": len(part),
            }
            for language, part in languages(answers).items()
        },
    }
