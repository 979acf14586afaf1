"""Rasa, embedded: the only importer of rasa.core. Actions run in this process.

Relies on these parts of Rasa 3.6.21, held by tests/contracts/test_rasa.py: Agent.load,
MessageProcessor.parse_message and handle_message with `parse_data`, the tracker and lock stores,
and EndpointConfig.request as the way custom actions are called.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")

import structlog

from bot.lean_rasa import lean_rasa

with lean_rasa():
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
    from rasa.core.lock_store import LOCK_LIFETIME, InMemoryLockStore, LockStore, RedisLockStore
    from rasa.core.tracker_store import InMemoryTrackerStore, TrackerStore
    from rasa.shared.core.domain import Domain
    from rasa.shared.core.events import ActiveLoop, SlotSet
    from rasa.shared.data import TrainingType
    from rasa.utils.endpoints import EndpointConfig

    from bot.lean_graph import LeanProcessor
    from bot.tracker_memory import TrackerMemory
from rasa_sdk.executor import ActionExecutor

from bot.dialogue import EngineUnavailable, Turn, Understood, Utterance
from bot.languages import detect_language
from bot.messages import Button
from nlu.second_look import reconsidered

log = structlog.get_logger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

_PAYLOAD = re.compile(r"^/(\w+)(\{.*\})?$", re.DOTALL)
_SLASHES = re.compile(r"^[\s/]+")
WITH_PERSON = "with_person"
"""The slot that says what happened while a person spoke, as JSON."""

_OF_BEFORE = (
    "requested_slot", "pending_intent", "account", "payoff_on", "trace_account", "paid_on",
    "paid_amount", "trace_confirmed",
)  # fmt: skip
_WAIT_FOR_LOCK = 0.05  # seconds between looks

_action_failures: ContextVar[list[Exception]] = ContextVar("action_failures")


class InProcessActions(EndpointConfig):  # type: ignore[misc]
    """An action endpoint that calls the action classes here instead of posting to a server."""

    def __init__(self, package: str) -> None:
        super().__init__(url="in-process", enable_selective_domain=True)
        self._executor = ActionExecutor()
        self._executor.register_package(package)

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        """Run an action. Rasa logs what it raises and goes on, so it is noted for the engine."""
        try:
            return await self._executor.run(kwargs["json"])
        except Exception as error:
            _action_failures.get().append(error)
            raise

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._executor.actions)


class Collected(CollectingOutputChannel):  # type: ignore[misc]
    """Keeps whole responses; Rasa's own collector splits texts at blank lines."""

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        self.messages.append(message)


class RasaEngine:
    """A trained model, ready to answer. See DialogueEngine for what its methods promise."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent

    @classmethod
    def load(
        cls,
        model: Path,
        *,
        tracker_store: TrackerStore,
        lock_store: LockStore,
        action_package: str = "actions",
    ) -> RasaEngine:
        """Load a model file. Raises EngineUnavailable if it is missing, broken or does not fit."""
        if not model.is_file():
            raise EngineUnavailable(f"No trained model at {model}.", hint="Run: tideover train")
        started = time.monotonic()
        try:
            agent = Agent(
                tracker_store=tracker_store,
                lock_store=lock_store,
                action_endpoint=InProcessActions(action_package),
            )
            agent.processor = LeanProcessor(
                model,
                tracker_store=tracker_store,
                lock_store=lock_store,
                action_endpoint=agent.action_endpoint,
                generator=agent.nlg,
            )
            agent.processor.warm_up()
        except (Exception, SystemExit) as error:  # Rasa's SDK exits when an import fails
            raise EngineUnavailable(
                f"The model {model} cannot be loaded ({type(error).__name__}).",
                hint="Train it again: tideover train --force",
            ) from error
        agent.domain = tracker_store.domain = agent.processor.domain
        agent.nlg.responses = agent.domain.responses
        _check_fit(agent, model)
        log.info("engine.loaded", model=model.name, seconds=round(time.monotonic() - started, 2))
        return cls(agent)

    @property
    def is_loaded(self) -> bool:
        return bool(self._agent.is_ready())

    @property
    def agent(self) -> Agent:
        return self._agent

    @asynccontextmanager
    async def exclusive(self, conversation_id: str) -> AsyncIterator[None]:
        store = self._agent.lock_store
        async with store.lock(conversation_id, wait_time_in_seconds=_WAIT_FOR_LOCK):
            yield

    async def turn(self, conversation_id: str, text: str, *, language: str) -> Turn:
        parsed = await self.read(text, language=language)
        return await self._guarded(self._handle, conversation_id, text, parsed, language)

    async def read(self, text: str, *, language: str) -> dict[str, Any]:
        """What a typed text is taken for, by the model and the second look, as Rasa's parse data."""
        # A leading slash would be read as a payload, which only we may make.
        parsed = await self._guarded(self._parse, _SLASHES.sub("", text) or "?")
        return reconsidered(parsed, text, language)

    async def understand(self, text: str) -> Understood:
        """What a turn would take this text for; nothing is remembered or said."""
        parsed = await self.read(text, language=detect_language(text, "en"))
        ranking = parsed.get("intent_ranking") or [parsed["intent"]]
        return Understood(
            intent=str(parsed["intent"]["name"]),
            confidence=float(parsed["intent"]["confidence"]),
            ranking=tuple((str(one["name"]), float(one["confidence"])) for one in ranking),
        )

    async def choose(self, conversation_id: str, payload: str, *, language: str) -> Turn:
        parsed = parse_payload(payload)
        return await self._guarded(self._handle, conversation_id, payload, parsed, language)

    async def remember(self, conversation_id: str, facts: Mapping[str, str]) -> None:
        await self._guarded(self._remember, conversation_id, facts)

    async def _remember(self, conversation_id: str, facts: Mapping[str, str]) -> None:
        """A stretch with a person ends what the assistant had begun, and leaves its outcome."""
        assert self._agent.processor is not None
        tracker = await self._agent.processor.fetch_tracker_and_update_session(conversation_id)
        tracker.update(ActiveLoop(None))
        for slot in _OF_BEFORE:
            if slot in tracker.slots:
                tracker.update(SlotSet(slot, None))
        tracker.update(SlotSet(WITH_PERSON, json.dumps(dict(facts), sort_keys=True)))
        await self._agent.processor.save_tracker(tracker)

    async def _parse(self, text: str) -> dict[str, Any]:
        assert self._agent.processor is not None
        parsed = await self._agent.processor.parse_message(UserMessage(text))
        return dict(parsed)

    async def _handle(
        self, conversation_id: str, text: str, parsed: dict[str, Any], language: str
    ) -> Turn:
        assert self._agent.processor is not None
        parsed["entities"] = [
            *parsed.get("entities", []),
            {"entity": "language", "value": language, "start": 0, "end": 0},
        ]
        output = Collected()
        failures: list[Exception] = []
        _action_failures.set(failures)
        await self._agent.processor.handle_message(
            UserMessage(text, output, conversation_id, parse_data=parsed, input_channel="tideover")
        )
        if failures:
            raise failures[0]
        intent = parsed.get("intent") or {}
        return Turn(
            utterances=tuple(_utterance(message) for message in output.messages),
            intent=str(intent.get("name") or ""),
            confidence=float(intent.get("confidence") or 0.0),
        )

    async def _guarded(
        self, call: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        try:
            return await call(*args, **kwargs)
        except EngineUnavailable:
            raise
        except Exception as error:
            log.error("engine.failed", error=type(error).__name__, exc_info=True)
            raise EngineUnavailable(
                f"The dialogue engine failed ({type(error).__name__}).",
                hint="See the log; the conversation was handed to the team.",
            ) from error


def _check_fit(agent: Agent, model: Path) -> None:
    """Raises EngineUnavailable for a model that has no intents, no rules, or unknown actions."""
    assert agent.processor is not None
    kind = agent.processor.model_metadata.training_type
    if kind is not TrainingType.BOTH:
        raise EngineUnavailable(
            f"The model {model} knows only half of a conversation ({kind.name.lower()}).",
            hint="Train it again: tideover train --force",
        )
    unknown = {*agent.domain.user_actions} - {*agent.domain.responses, *agent.action_endpoint.names}
    if unknown:
        raise EngineUnavailable(
            f"The model {model} needs actions that do not exist: {', '.join(sorted(unknown))}.",
            hint="Train it again: tideover train --force",
        )


def parse_payload(payload: str) -> dict[str, Any]:
    """Read `/intent{"entity": "value"}` into Rasa's parse data. Raises EngineUnavailable if it is none."""
    match = _PAYLOAD.match(payload.strip())
    if match is None:
        raise EngineUnavailable(
            "A button carried something that is no payload.", hint="Report this."
        )
    try:
        name, values = match.group(1), json.loads(match.group(2) or "{}")
    except ValueError as error:
        raise EngineUnavailable(
            "A button carried something that is no payload.", hint="Report this."
        ) from error
    return {
        "text": payload,
        "intent": {"name": name, "confidence": 1.0},
        "intent_ranking": [{"name": name, "confidence": 1.0}],
        "entities": [
            {"entity": key, "value": value, "start": 0, "end": 0} for key, value in values.items()
        ],
    }


def _utterance(message: Mapping[str, Any]) -> Utterance:
    buttons = tuple(
        Button(label=str(button["title"]), payload=str(button["payload"]))
        for button in message.get("buttons") or ()
    )
    return Utterance(
        text=str(message.get("text") or ""), buttons=buttons, extra=message.get("custom") or {}
    )


def sql_tracker_store(url: str) -> TrackerStore:
    """Conversation memory in SQLite or PostgreSQL, so that it survives a restart."""
    domain = Domain.empty()
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        path.parent.mkdir(parents=True, exist_ok=True)
        return TrackerMemory(domain, dialect="sqlite", db=str(path), query={})
    parts = urlsplit(url)
    return TrackerMemory(
        domain,
        dialect="postgresql+psycopg",
        host=parts.hostname,
        port=parts.port,
        db=parts.path.lstrip("/"),
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        query=dict(parse_qsl(parts.query)),
    )


def memory_tracker_store() -> TrackerStore:
    """Memory that ends with the process; for trials and benchmarks."""
    return InMemoryTrackerStore(Domain.empty())


class SharedLockStore(RedisLockStore):  # type: ignore[misc]
    """Rasa's Redis lock store, each change of a lock made alone.

    Rasa reads a lock, changes it and writes it back: two processes would draw the same ticket.
    """

    @contextmanager
    def _alone(self, conversation_id: str) -> Iterator[None]:
        name = f"{self.key_prefix}{conversation_id}:change"
        with self.red.lock(name, timeout=5, sleep=0.002):
            yield

    def issue_ticket(self, conversation_id: str, lock_lifetime: float = LOCK_LIFETIME) -> int:
        with self._alone(conversation_id):
            return int(super().issue_ticket(conversation_id, lock_lifetime))

    def update_lock(self, conversation_id: str) -> None:
        with self._alone(conversation_id):
            super().update_lock(conversation_id)

    def cleanup(self, conversation_id: str, ticket_number: int) -> None:
        with self._alone(conversation_id):
            super().cleanup(conversation_id, ticket_number)


def lock_store(redis_url: str | None) -> LockStore:
    """One process: locks in memory. Several bot workers: Rasa's Redis lock store."""
    if redis_url is None:
        return InMemoryLockStore()
    parts = urlsplit(redis_url)
    return SharedLockStore(
        host=parts.hostname or "localhost",
        port=parts.port or 6379,
        db=int(parts.path.lstrip("/") or 0),
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        use_ssl=parts.scheme == "rediss",
    )
