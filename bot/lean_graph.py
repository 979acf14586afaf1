"""Load and run a trained Rasa model without work that a turn does not need.

Rasa lets its graph runner be exchanged (`rasa.engine.runner.interface.GraphRunner`). This one calls
the components of a turn one after the other in an order worked out once, where Rasa's own builds
a Dask graph for every message; and it takes the domain from the model's metadata, where Rasa's
own reads the same domain again from YAML, three times. Held by tests/contracts/test_lean_rasa.py.
"""

from __future__ import annotations

import tarfile
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from rasa.core.actions.action import Action
from rasa.core.channels.channel import UserMessage
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.engine.constants import PLACEHOLDER_MESSAGE
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import ExecutionContext, GraphNode, GraphNodeHook, GraphSchema, SchemaNode
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelMetadata, ModelStorage
from rasa.exceptions import ModelNotFound
from rasa.graph_components.providers.domain_provider import DomainProvider
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

from bot.lean_actions import localised

_BOTH_LANGUAGES = "hello 你好"


class InOrderRunner(GraphRunner):  # type: ignore[misc]
    """Runs the nodes that a target needs, each after those that it needs, in this thread."""

    def __init__(self, schema: GraphSchema, nodes: dict[str, GraphNode]) -> None:
        self._schema = schema
        self._nodes = nodes
        self._orders: dict[tuple[str, ...], tuple[str, ...]] = {}

    @classmethod
    def create(
        cls,
        graph_schema: GraphSchema,
        model_storage: ModelStorage,
        execution_context: ExecutionContext,
        hooks: list[GraphNodeHook] | None = None,
    ) -> InOrderRunner:
        nodes = {
            name: GraphNode.from_schema_node(name, node, model_storage, execution_context, hooks)
            for name, node in graph_schema.nodes.items()
        }
        return cls(graph_schema, nodes)

    def run(
        self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
    ) -> dict[str, Any]:
        wanted = tuple(targets or self._schema.target_names)
        order = self._orders.get(wanted) or self._orders.setdefault(wanted, self._order(wanted))
        outputs: dict[str, Any] = dict(inputs or {})
        for name in order:
            needs = self._schema.nodes[name].needs.values()
            _, outputs[name] = self._nodes[name](*((need, outputs[need]) for need in needs))
        return {name: outputs[name] for name in wanted}

    def _order(self, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """Depth first; what is no node is an input. Raises GraphRunError for an unknown target."""
        nodes, order = self._schema.nodes, list[str]()

        def add(name: str) -> None:
            if name in order or name not in nodes:
                return
            for need in nodes[name].needs.values():
                add(need)
            order.append(name)

        for name in wanted:
            if name not in nodes:
                raise GraphRunError(f"The model has no part {name!r}.")
            add(name)
        return tuple(order)


class KnownDomain(DomainProvider):  # type: ignore[misc]
    """Gives the domain that was read already with the model's metadata."""

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> KnownDomain:
        return cls(model_storage, resource, config["known"]())


class LeanProcessor(MessageProcessor):  # type: ignore[misc]
    """Rasa's message processor over an InOrderRunner and actions that are called here."""

    @staticmethod
    def _load_model(model_path: str | Path) -> tuple[str, ModelMetadata, GraphRunner]:
        archive = Path(model_path)
        with tempfile.TemporaryDirectory() as folder:
            try:
                storage, metadata = LocalModelStorage.from_model_archive(Path(folder), archive)
            except tarfile.ReadError as error:
                raise ModelNotFound(f"Model {model_path} can not be loaded.") from error
            schema = _with_known_domain(metadata.predict_schema, metadata.domain)
            context = ExecutionContext(graph_schema=schema, model_id=metadata.model_id)
            runner = InOrderRunner.create(schema, storage, context)
        return archive.name, metadata, runner

    def warm_up(self) -> None:
        """Read a text in both languages: what is loaded at first use is loaded before a turn."""
        self.graph_runner.run(
            inputs={PLACEHOLDER_MESSAGE: [UserMessage(_BOTH_LANGUAGES)]},
            targets=[self.model_metadata.nlu_target],
        )

    def predict_next_with_tracker_if_should(
        self, tracker: DialogueStateTracker
    ) -> tuple[Action, PolicyPrediction]:
        action, prediction = super().predict_next_with_tracker_if_should(tracker)
        return localised(action), prediction


def _with_known_domain(schema: GraphSchema, domain: Domain) -> GraphSchema:
    # A function, because Rasa copies configurations and a domain is large.
    known = {"known": lambda: domain}
    return GraphSchema({name: _known(node, known) for name, node in schema.nodes.items()})


def _known(node: SchemaNode, known: dict[str, Any]) -> SchemaNode:
    if node.uses is not DomainProvider:
        return node
    return replace(node, uses=KnownDomain, config=known)
