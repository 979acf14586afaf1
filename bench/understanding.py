"""Our reading of messages beside Rasa's default pipeline (DIET): `python -m bench.understanding`.

Both learn the same examples, but for a fifth of the paraphrase families, and read that fifth and the
messages of tests/nlu/fresh_*.tsv. Rasa's default is trained per language, as it has one tokenizer:
WhitespaceTokenizer for English, JiebaTokenizer for Chinese. Each runs in a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from bench.machine import machine
from nlu.evaluate import FOLDS, _folds, configured, read_messages
from nlu.examples import Example, families, read_examples, without_doubles
from nlu.names import reported
from nlu.scoring import Answer, macro_f1
from nlu.training import DATA, ROOT, VECTOR_CACHE

SETS = {
    "en": (("en",), "WhitespaceTokenizer", ("fresh_en",)),
    "zh": (("zh-Hans", "zh-Hant"), "JiebaTokenizer", ("fresh_zh_hans", "fresh_zh_hant")),
}
TIMED = 300
"""Messages whose reading is timed one by one."""

Read = Callable[[str], str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--epochs", type=int, default=100, help="epochs of DIET; 100 is its default"
    )
    parser.add_argument("--most", type=int, default=0, help="examples per intent; 0: all of them")
    parser.add_argument("--worker", nargs=2, metavar=("WHOSE", "LANGUAGE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        whose, language = arguments.worker
        print(json.dumps(measure(whose, language, arguments.epochs, arguments.most)))
        return
    about = f"DIET epochs {arguments.epochs}; examples per intent {arguments.most or 'all'}"
    print(f"{machine()}; load average {os.getloadavg()[0]:.1f}; {about}\n")
    print(
        "| language | pipeline | new families | fresh messages | training CPU s | CPU ms a read |"
    )
    print("|---|---|---|---|---|---|")
    for language in SETS:
        for whose in ("ours", "default"):
            command = [sys.executable, "-m", "bench.understanding", "--epochs"]
            command += [str(arguments.epochs), "--most", str(arguments.most)]
            command += ["--worker", whose, language]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
            row = json.loads(done.stdout.strip().splitlines()[-1])
            cells = f"{row['families']:.3f} | {row['fresh']:.3f} | {row['train']:.0f}"
            print(f"| {language} | {whose} | {cells} | {row['read']:.1f} |", flush=True)


def measure(whose: str, language: str, epochs: int, most: int) -> dict[str, float]:
    """Macro-F1 on both sets, seconds of processor time to train, milliseconds of it to read."""
    folders, tokenizer, fresh = SETS[language]
    examples = [e for e in without_doubles(read_examples(DATA)) if e.language in folders]
    fold = _folds(families(examples), FOLDS)
    seen = _some([e for e, number in zip(examples, fold, strict=True) if number != 0], most)
    held = [(e.text, e.intent) for e, number in zip(examples, fold, strict=True) if number == 0]
    messages = [
        (message.text, message.intent)
        for name in fresh
        for message in read_messages(ROOT / "tests" / "nlu" / f"{name}.tsv")
    ]
    os.environ.pop(VECTOR_CACHE, None)  # a first training has no vectors kept
    start = time.process_time()
    read = _ours(seen) if whose == "ours" else _default(seen, tokenizer, epochs)
    trained = time.process_time() - start
    start = time.process_time()
    for text, _ in held[:TIMED]:
        read(text)
    each = (time.process_time() - start) * 1000 / len(held[:TIMED])
    return {
        "families": _score(read, held),
        "fresh": _score(read, messages),
        "train": trained,
        "read": each,
    }


def _some(examples: Sequence[Example], most: int) -> list[Example]:
    """At most so many of each intent, the same each time; all if `most` is 0."""
    by_intent: dict[str, list[Example]] = {}
    for example in random.Random(1).sample(examples, len(examples)):
        by_intent.setdefault(example.intent, []).append(example)
    return [example for found in by_intent.values() for example in found[: most or None]]


def _score(read: Read, rows: Sequence[tuple[str, str]]) -> float:
    return macro_f1(
        [
            Answer(
                text=text,
                meant=reported(intent),
                taken=reported(read(text)),
                confidence=1.0,
                language="",
            )
            for text, intent in rows
        ]
    )


def _ours(seen: Sequence[Example]) -> Read:
    from nlu.components.intent_model import Understanding

    fit, temperature = configured()
    learnt = Understanding.learnt_from(
        [e.text for e in seen],
        [e.intent for e in seen],
        weights=[e.weight for e in seen],
        fit=fit,
        temperature=temperature,
    )
    return lambda text: learnt.read(text).name


def _default(seen: Sequence[Example], tokenizer: str, epochs: int) -> Read:
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu

    parts: list[dict[str, Any]] = [
        {"name": tokenizer},
        {"name": "RegexFeaturizer"},
        {"name": "LexicalSyntacticFeaturizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        {"name": "DIETClassifier", "epochs": epochs, "constrain_similarities": True},
    ]
    by_intent: dict[str, list[str]] = {}
    for example in seen:
        by_intent.setdefault(example.intent, []).append(example.text)
    entries = [
        {"intent": intent, "examples": "".join(f"- {text}\n" for text in texts)}
        for intent, texts in by_intent.items()
    ]
    with TemporaryDirectory() as folder:
        config, data = Path(folder, "config.yml"), Path(folder, "nlu.yml")
        language = "zh" if tokenizer == "JiebaTokenizer" else "en"
        content = {"recipe": "default.v1", "language": language, "pipeline": parts, "policies": []}
        config.write_text(yaml.safe_dump(content | {"assistant_id": "bench"}), "utf-8")
        data.write_text(
            yaml.safe_dump({"version": "3.1", "nlu": entries}, allow_unicode=True), "utf-8"
        )
        model = train_nlu(str(config), str(data), str(folder))
        agent = Agent.load(str(model))
    loop = asyncio.new_event_loop()

    def read(text: str) -> str:
        return str(loop.run_until_complete(agent.parse_message(text))["intent"]["name"])

    return read


if __name__ == "__main__":
    main()
