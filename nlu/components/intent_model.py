"""The one component of the pipeline: from a message to its intents, with confidence that is meant.

Text in, ranking out; nothing else of Rasa's pipeline is needed, as there are no learnt entities.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from threadpoolctl import threadpool_limits

from nlu.components.features import Counted, Grams
from nlu.components.linear import Fit, Linear, Matrix, softmax, train
from nlu.components.sentence_vectors import encoder, vector_of, vectors_of, vectors_of_examples
from nlu.components.words import normalise, split_clauses
from nlu.names import CAREFUL

FALLBACK = "nlu_fallback"
ALSO = "also"
"""Key of what the parts of a message say: their intents, as {name, confidence, text}.

The second look takes out what is acted on anyway."""
LEAST_CLAUSE = 3
"""Characters of a part that can want something of its own."""
_SMALL_TALK = {"greet", "goodbye", "thank", "affirm", "deny", "inform", "out_of_scope"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a text was taken for: classes with their confidence, likeliest first."""

    ranking: tuple[tuple[str, float], ...]

    @property
    def name(self) -> str:
        return self.ranking[0][0]

    @property
    def confidence(self) -> float:
        return self.ranking[0][1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """Trained grams and weights, ready to read texts. Pure: no Rasa, no clock, no disk."""

    grams: Grams
    linear: Linear
    temperature: float

    @classmethod
    def learnt_from(
        cls,
        texts: list[str],
        intents: list[str],
        *,
        weights: list[float] | None = None,
        fit: Fit,
        temperature: float,
    ) -> Understanding:
        """From examples as written. The same text with the same intent counts once.

        `weights` say how much each counts; without them, all count alike.
        """
        heavy: dict[tuple[str, str], float] = {}
        for text, intent, weight in zip(texts, intents, weights or [1.0] * len(texts), strict=True):
            pair = (normalise(text), intent)
            heavy[pair] = max(weight, heavy.get(pair, 0.0))
        pairs = sorted(heavy)
        plain = [text for text, _ in pairs]
        labels = [intent for _, intent in pairs]
        counts = balance(labels) * np.asarray([heavy[pair] for pair in pairs], dtype=np.float32)
        counted = Counted.of(plain)
        grams = Grams.learnt_from(counted)
        linear = train(grams.weighed(counted), vectors_of_examples(plain), labels, fit, counts)
        return cls(grams=grams, linear=linear.leaning(CAREFUL, fit.lean), temperature=temperature)

    def read(self, text: str) -> Reading:
        """The intents of one message as written."""
        plain = normalise(text)
        columns, values = self.grams.row(plain)
        return self._ranked(self.linear.scores(columns, values, vector_of(plain)))

    def known_share(self, text: str) -> float:
        """How much of a message as written stood in the examples; see Grams.known_share."""
        return self.grams.known_share(normalise(text))

    def read_all(self, texts: list[str]) -> list[Reading]:
        """Many messages; the same as `read` on each, faster."""
        plain = [normalise(text) for text in texts]
        scores = self.linear.all_scores(self.grams.matrix(plain), vectors_of(plain))
        return [self._ranked(row) for row in scores]

    def _ranked(self, scores: Matrix) -> Reading:
        sure = softmax(scores / np.float32(self.temperature))
        order = np.argsort(-sure)
        return Reading(ranking=tuple((self.linear.classes[at], float(sure[at])) for at in order))

    def save(self, folder: Path) -> None:
        """Two files, neither of which can carry code."""
        np.savez(
            folder / "weights.npz",
            idf=self.grams.weight,
            grams=self.linear.grams.astype(np.float16),
            vector=self.linear.vector,
            bias=self.linear.bias,
        )
        about = {
            "classes": self.linear.classes,
            "temperature": self.temperature,
            "grams": list(self.grams.column),
        }
        (folder / "names.json").write_text(json.dumps(about), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Understanding:
        about = json.loads((folder / "names.json").read_text(encoding="utf-8"))
        with np.load(folder / "weights.npz", allow_pickle=False) as kept:
            grams = Grams(
                column={gram: at for at, gram in enumerate(about["grams"])}, weight=kept["idf"]
            )
            linear = Linear(
                classes=tuple(about["classes"]),
                grams=kept["grams"].astype(np.float32),
                vector=kept["vector"],
                bias=kept["bias"],
            )
        return cls(grams=grams, linear=linear, temperature=float(about["temperature"]))


def balance(labels: list[str]) -> Matrix:
    """How much each example counts: nearer to all intents alike than to all examples alike."""
    count = Counter(labels)
    mean = len(labels) / len(count)
    return np.asarray([(mean / count[label]) ** 0.75 for label in labels], dtype=np.float32)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentModel(GraphComponent, IntentClassifier):
    """Rasa's view of `Understanding`."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            **asdict(Fit()),
            "temperature": 1.0,
            # Below this the message was not understood.
            "threshold": 0.3,
            # With a smaller share of known letters it is nonsense, or a language we do not read.
            "least_known": 0.4,
            # Below this another part of the message is not taken for a wish of its own.
            "clause_threshold": 0.6,
        }

    @staticmethod
    def required_packages() -> list[str]:
        return ["jieba", "opencc", "scipy"]

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._understanding: Understanding | None = None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> IntentModel:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> IntentModel:
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._understanding = Understanding.load(folder)
        # One message is too little work to share: threads that wait for it burn the other cores.
        threadpool_limits(limits=1, user_api="blas")
        encoder().encode("hello")  # its weights are read at the first use: now, not in a turn
        return component

    def train(self, training_data: TrainingData) -> Resource:
        examples = [e for e in training_data.intent_examples if e.get(TEXT)]
        config = self._config
        understanding = Understanding.learnt_from(
            [example.get(TEXT) for example in examples],
            [example.get(INTENT) for example in examples],
            weights=[_weight(example) for example in examples],
            fit=Fit(**{name: config[name] for name in asdict(Fit())}),
            temperature=float(config["temperature"]),
        )
        with self._storage.write_to(self._resource) as folder:
            understanding.save(folder)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(TEXT)
            if text:
                self._mark(message, text)
        return messages

    def _mark(self, message: Message, text: str) -> None:
        assert self._understanding is not None
        parts = [part for part in split_clauses(text) if len(part) >= LEAST_CLAUSE]
        if len(parts) < 2:
            parts = []
        # All at once: most of a reading is fetching the encoder's weights from memory.
        whole, *readings = self._understanding.read_all([text, *parts])
        known = self._understanding.known_share(text)
        is_strange = known < self._config["least_known"]
        # What nonsense resembles by chance must call nobody: its confidence says so.
        trust = known**2 if is_strange else 1.0
        ranking = [_named(name, confidence * trust) for name, confidence in whole.ranking]
        if is_strange or whole.confidence < self._config["threshold"]:
            ranking.insert(0, _named(FALLBACK, self._config["threshold"]))
        also = self._also(dict(zip(parts, readings, strict=True)))
        message.set(INTENT, ranking[0], add_to_output=True)
        message.set("intent_ranking", ranking, add_to_output=True)
        message.set(ALSO, also, add_to_output=True)

    def _also(self, parts: dict[str, Reading]) -> list[dict[str, Any]]:
        """What each part of a message says by itself, surest first; nothing for a message of one part."""
        found: dict[str, dict[str, Any]] = {}
        for part, reading in parts.items():
            if reading.name in _SMALL_TALK:
                continue
            if reading.confidence < self._config["clause_threshold"]:
                continue
            known = found.get(reading.name)
            if known is None or known["confidence"] < reading.confidence:
                found[reading.name] = {**_named(reading.name, reading.confidence), "text": part}
        return sorted(found.values(), key=lambda one: -one["confidence"])


def _weight(example: Message) -> float:
    """What the metadata of its entry in nlu/data says (nlu/importer.py), or 1."""
    said: dict[str, Any] = (example.get(METADATA) or {}).get(INTENT) or {}
    return float(said.get("weight", 1))


def _named(name: str, confidence: float) -> dict[str, Any]:
    return {"name": name, "confidence": confidence}
