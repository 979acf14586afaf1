"""One engine in a process of its own, started by bench.dialogue: `train` a model or `run` turns.

The last line on standard output is the result as JSON; lines before it tell how far it is.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import shutil
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.messages import MESSAGES, TURNS_PER_CONVERSATION


def main() -> None:
    task = json.loads(sys.argv[1])
    result = train(**task["train"]) if "train" in task else asyncio.run(run(Task(**task["run"])))
    print(json.dumps(result), flush=True)


def train(config: str, domain: str, data: str, target: str) -> dict[str, Any]:
    from rasa.model_training import train as rasa_train

    started = time.monotonic()
    result = rasa_train(
        domain=domain,
        config=config,
        training_files=[data],
        output=str(Path(target).parent),
        fixed_model_name=f"part-{os.getpid()}",
        force_training=True,
    )
    if not result.model:
        raise SystemExit("Rasa gave no model.")
    os.replace(result.model, target)
    return {"train_seconds": time.monotonic() - started}


@dataclass(frozen=True, kw_only=True)
class Task:
    """`started` is when the process was started; `house` holds the prepared database."""

    started: float
    model: str
    house: str
    folder: str
    turns: int
    routed: list[str]  # addresses of prepared conversations for the whole router
    direct: list[str]  # ids of other ones, for the engine alone
    profile: bool
    is_stock: bool  # in Rasa's own processor, not in ours
    libraries: list[str]  # what this engine calls and ours leaves out: loaded before Rasa, it stays


async def run(task: Task) -> dict[str, Any]:
    import psutil

    for name in task.libraries:
        with suppress(ImportError):  # optional for Rasa, too
            importlib.import_module(name)

    if task.is_stock:
        import rasa.core.agent  # noqa: F401  before ours, which would leave parts of it out

    from bot.engine import RasaEngine
    from bot.messages import Channel
    from logs import configure_logging
    from settings import Settings
    from store.db import Database
    from wiring.base import utc_now
    from wiring.conversation import build_bot

    configure_logging("warning", as_json=True)
    folder = Path(task.folder)
    shutil.copy(task.house, folder / "tideover.db")
    settings = Settings(data_dir=folder, secret_key="bench" * 8, chat_rate="1000000/second")
    sections = Sections()
    database = Database(settings.database)
    if task.is_stock:
        from bench.stock_rasa import load_stock_engine

        memory = folder / "stock-dialogue.db"
        RasaEngine.load = lambda model, **_: load_stock_engine(model, memory=memory)  # type: ignore[method-assign]
    bot = build_bot(
        settings,
        secret=b"bench" * 8,
        database=TimedStore(database, sections) if task.profile else database,  # type: ignore[arg-type]
        model=Path(task.model),
        clock=utc_now,
    )
    recorder = Recorder()
    bot.channels[Channel.TERMINAL] = recorder
    process = psutil.Process()

    await routed_turn(bot, task.routed[-1], "first", MESSAGES[0][0])
    first_answer = time.time() - task.started
    loaded = process.memory_info().rss
    if task.profile:
        measure_sections(bot, sections)
    routed: list[float] = []
    worked = time.process_time()
    sent_before = recorder.sent
    for number, address, text, _ in script(task.turns, task.routed):
        with stopwatch(routed), sections.of("the rest of the router"):
            await routed_turn(bot, address, f"turn-{number}", text)
        if number % 20 == 0:
            print(f"progress {number}", flush=True)
    worked = time.process_time() - worked
    answered = recorder.sent - sent_before
    direct: list[float] = []
    right = 0
    for number, conversation, text, intent in script(task.turns, task.direct):
        if task.profile:
            break
        with stopwatch(direct):
            turn = await bot.engine.turn(conversation, text, language=language_of(text))
        right += turn.intent == intent
        if number % 20 == 0:
            print(f"progress {task.turns + number}", flush=True)
    failed = open_failures(database)
    database.close()
    if failed:
        raise SystemExit(f"{failed} turns failed; the figures would mean nothing.")
    if task.profile:
        return {"turns": task.turns, "sections": sections.seconds, "total": sum(routed)}
    return {
        "start to first answer, s": first_answer,
        "router: turns/s": len(routed) / sum(routed),
        "router: p50, ms": statistics.median(routed) * 1000,
        "router: p95, ms": percentile(routed, 95) * 1000,
        "router: processor time, ms per turn": 1000 * worked / task.turns,
        "engine alone: turns/s": len(direct) / sum(direct),
        "engine alone: p50, ms": statistics.median(direct) * 1000,
        "engine alone: p95, ms": percentile(direct, 95) * 1000,
        "resident after load, MB": loaded / 1e6,
        "resident after the run, MB": process.memory_info().rss / 1e6,
        "answers per turn": answered / task.turns,
        "intents as labelled, %": 100 * right / len(direct),
    }


async def routed_turn(bot: Any, address: str, key: str, text: str) -> None:
    """From the text coming in to its answer sent and recorded."""
    from bot.messages import Channel, Inbound, Kind

    await bot.router.receive(
        Inbound(
            channel=Channel.TERMINAL,
            address=address,
            is_private=True,
            update_key=key,
            kind=Kind.TEXT,
            text=text,
            received_at=datetime.now(UTC),
        )
    )
    await bot.router.idle()


def script(turns: int, conversations: list[str]) -> Iterator[tuple[int, str, str, str]]:
    """Turn by turn: number, conversation, text, intent; a conversation ends after ten turns."""
    for number in range(turns):
        text, intent = MESSAGES[number % len(MESSAGES)]
        yield number, conversations[number // TURNS_PER_CONVERSATION], text, intent


def language_of(text: str) -> str:
    from bot.languages import detect_language

    return detect_language(text, "en")


def open_failures(database: Any) -> int:
    from bot.conversation import EscalationReason

    with database.unit() as uow:
        unresolved = uow.escalations.unresolved()
    return sum(e.reason is EscalationReason.ENGINE_ERROR for e in unresolved)


def percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


@contextmanager
def stopwatch(times: list[float]) -> Iterator[None]:
    started = time.perf_counter()
    yield
    times.append(time.perf_counter() - started)


@dataclass
class Recorder:
    """A channel without a network: what is measured is ours."""

    sent: int = 0

    async def send(self, envelope: Any) -> str:
        self.sent += 1
        return str(self.sent)

    async def show_typing(self, address: str) -> None:
        return None


@dataclass
class Frame:
    name: str
    inner: float = 0.0  # seconds spent in sections inside this one


@dataclass
class Sections:
    """Seconds by section, each without the sections inside it. Follows tasks and threads."""

    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    _open: ContextVar[Frame | None] = field(
        default_factory=lambda: ContextVar("open", default=None)
    )

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        outer = self._open.get()
        frame = Frame(name)
        token = self._open.set(frame)
        started = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - started
            self._open.reset(token)
            self.seconds[name] += spent - frame.inner
            if outer is not None:
                outer.inner += spent

    @property
    def current(self) -> str:
        frame = self._open.get()
        return frame.name if frame else "start"

    def wrap(self, owner: Any, method: str, name: str) -> None:
        """Count every call of an async method of one object."""
        inner = getattr(owner, method)

        async def timed(*args: Any, **kwargs: Any) -> Any:
            with self.of(name):
                return await inner(*args, **kwargs)

        setattr(owner, method, timed)

    def wrap_plain(self, owner: Any, method: str, name: str) -> None:
        """Count every call of a plain method of one object."""
        inner: Callable[..., Any] = getattr(owner, method)

        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.of(name):
                return inner(*args, **kwargs)

        setattr(owner, method, timed)


@dataclass
class TimedStore:
    """The database, each unit of work counted under the section that opened it."""

    database: Any
    sections: Sections

    @contextmanager
    def unit(self) -> Iterator[Any]:
        with self.sections.of(f"store, from {self.sections.current}"), self.database.unit() as uow:
            yield uow


def measure_sections(bot: Any, sections: Sections) -> None:
    agent = bot.engine.agent
    processor = agent.processor
    sections.seconds.clear()
    sections.wrap(processor, "parse_message", "parse (pipeline)")
    sections.wrap(processor, "run_action_extract_slots", "slot extraction")
    sections.wrap_plain(processor, "_predict_next_with_tracker", "policy prediction")
    sections.wrap(agent.action_endpoint, "request", "actions")
    sections.wrap(processor.tracker_store, "retrieve", "tracker load")
    sections.wrap(processor.tracker_store, "save", "tracker save")
    sections.wrap(processor, "handle_message", "the rest of Rasa's turn")
    sections.wrap(bot.outbox, "send", "outbox")


if __name__ == "__main__":
    main()
