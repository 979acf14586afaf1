"""Measure understanding: a file of messages on the way of a real turn, or the own examples by folds."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from bot.languages import detect_language
from bot.messages import Kind
from bot.typed import clean, is_leaving_word, is_stop_word, read_command, unreadable
from lending.errors import TideoverError
from nlu.components.features import Counted, Grams
from nlu.components.intent_model import balance
from nlu.components.linear import Fit, softmax, train
from nlu.components.sentence_vectors import vectors_of_examples
from nlu.examples import Example, families
from nlu.names import CAREFUL, acted_on, reported
from nlu.scoring import Answer
from nlu.training import CONFIG

FOLDS = 5
TEMPERATURES = tuple(round(0.5 + 0.1 * step, 1) for step in range(16))
_STOP = "set_contact_preferences"
_COMMANDS = {"stop": _STOP, "human": "talk_to_human", "mydata": "out_of_scope", "help": "help"}


class BadMessages(TideoverError):
    """A file of messages cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    text: str
    intent: str


def read_messages(path: Path) -> tuple[Message, ...]:
    """Rows of a TSV with a header that names `text` and `intent`; other columns are ignored.

    Raises BadMessages if there is no such file, no such column, or a row without either.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    except (OSError, UnicodeDecodeError) as error:
        raise BadMessages(
            f"{path} cannot be read ({type(error).__name__}).",
            hint="Give a UTF-8 text file: a header line, then text and intent with a tab between.",
        ) from error
    if not rows or "text" not in rows[0] or "intent" not in rows[0]:
        raise BadMessages(
            f"{path} has no rows with the columns text and intent.",
            hint="The first line names the columns, with a tab between: text, intent.",
        )
    for number, row in enumerate(rows, start=2):
        if not row["text"] or not row["intent"]:
            raise BadMessages(
                f"{path}, line {number}: the text or the intent is missing.",
                hint="Each line has a text, a tab and an intent.",
            )
    return tuple(Message(text=row["text"], intent=row["intent"].strip()) for row in rows)


def evaluate(
    model: Path, messages: Sequence[Message], step: Callable[[], None] = lambda: None
) -> list[Answer]:
    """What a turn would take each message for: router first, then the dialogue engine.

    Raises EngineUnavailable if the model cannot be loaded.
    """
    from bot.engine import RasaEngine, lock_store, memory_tracker_store

    engine = RasaEngine.load(
        model, tracker_store=memory_tracker_store(), lock_store=lock_store(None)
    )

    async def all_answers() -> list[Answer]:
        found = []
        for message in messages:
            text = clean(message.text)
            taken, confidence = _decided_by_router(text), 1.0
            if taken is None:
                understood = await engine.understand(text)
                taken = acted_on(understood.intent, understood.ranking)
                confidence = understood.ranking[0][1]
            found.append(
                Answer(
                    text=message.text,
                    meant=message.intent,
                    taken=reported(taken),
                    confidence=confidence,
                    language=language_of(text),
                )
            )
            step()
        return found

    return asyncio.run(all_answers())


def language_of(text: str) -> str:
    """`en` or `zh`, as the assistant sees it."""
    return "en" if detect_language(text, "en") == "en" else "zh"


def _decided_by_router(text: str) -> str | None:
    """The intent of what bot.first_look answers without the dialogue engine."""
    command = read_command(text)
    if command is not None:
        return _COMMANDS.get(command.name, "out_of_scope")
    if is_stop_word(text) or is_leaving_word(text):
        return _STOP
    return "out_of_scope" if unreadable(Kind.TEXT, text) is not None else None


def configured() -> tuple[Fit, float]:
    """How config.yml trains, and its temperature."""
    part = yaml.safe_load(CONFIG.read_text("utf-8"))["pipeline"][0]
    fit = Fit(
        penalty=float(part["penalty"]),
        vector_scale=float(part["vector_scale"]),
        steps=int(part["steps"]),
        lean=float(part["lean"]),
    )
    return fit, float(part["temperature"])


def cross_validate(
    examples: Sequence[Example], folds: int = FOLDS, step: Callable[[], None] = lambda: None
) -> tuple[list[Answer], float]:
    """Answers for each example by a model that saw nobody of its family, and the best temperature."""
    fit, temperature = configured()
    plain = [example.plain for example in examples]
    labels = [example.intent for example in examples]
    heavy = np.asarray([example.weight for example in examples], dtype=np.float32)
    vectors, counted = vectors_of_examples(plain), Counted.of(plain)
    fold = _folds(families(examples), folds)
    classes = tuple(sorted(set(labels)))
    scores = np.full((len(examples), len(classes)), -30, dtype=np.float32)
    for number in range(folds):
        seen, held = np.where(fold != number)[0], np.where(fold == number)[0]
        learnt = counted.some(seen)
        grams = Grams.learnt_from(learnt)
        part = [labels[at] for at in seen]
        linear = train(grams.weighed(learnt), vectors[seen], part, fit, balance(part) * heavy[seen])
        linear = linear.leaning(CAREFUL, fit.lean)
        columns = [classes.index(name) for name in linear.classes]
        held_counts = grams.weighed(counted.some(held))
        scores[held[:, None], columns] = linear.all_scores(held_counts, vectors[held])
        step()
    truth = np.asarray([classes.index(label) for label in labels])
    best = min(TEMPERATURES, key=lambda t: _surprise(scores, truth, t))
    sure = softmax(scores / np.float32(temperature))
    answers = [
        Answer(
            text=example.text,
            meant=reported(example.intent),
            taken=reported(classes[int(row.argmax())]),
            confidence=float(row.max()),
            language=example.language,
        )
        for example, row in zip(examples, sure, strict=True)
    ]
    return answers, best


def _folds(family: Any, folds: int) -> Any:
    """A fold per example: whole families, the largest first into the emptiest fold."""
    names, sizes = np.unique(family, return_counts=True)
    filled = [0] * folds
    place = {}
    for at in np.lexsort((names * 2654435761 % 1_000_003, -sizes)):
        target = filled.index(min(filled))
        filled[target] += int(sizes[at])
        place[int(names[at])] = target
    return np.asarray([place[int(name)] for name in family])


def _surprise(scores: Any, truth: Any, temperature: float) -> float:
    """Mean negative log likelihood."""
    sure = softmax(scores / np.float32(temperature))
    return float(-np.log(sure[np.arange(len(truth)), truth] + 1e-9).mean())
