"""The parts of Rasa 3.6.21 that bot.engine relies on, beside newer libraries than it declares.

A tiny assistant (rasa_project/) is trained once; every test runs through RasaEngine or through the
Rasa object below it.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import tarfile
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import redis

from bot.dialogue import EngineUnavailable, Turn
from bot.engine import (
    RasaEngine,
    lock_store,
    memory_tracker_store,
    parse_payload,
    sql_tracker_store,
)
from bot.lean_rasa import lean_rasa

with lean_rasa():  # without TensorFlow, as the product is
    from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
    from rasa.model_training import train, train_core, train_nlu
    from rasa.shared.core.events import ConversationPaused, ConversationResumed
    from rasa.telemetry import is_telemetry_enabled

PROJECT = Path(__file__).parent / "rasa_project"
ACTIONS = "tests.contracts.rasa_project.actions"
REDIS_VARIABLE = "TIDEOVER_TEST_REDIS_URL"

MakeEngine = Callable[..., RasaEngine]


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rasa")
    result = train(
        domain=str(PROJECT / "domain.yml"),
        config=str(PROJECT / "config.yml"),
        training_files=[str(PROJECT / "data.yml")],
        output=str(folder),
        fixed_model_name="tiny",
        force_training=True,
    )
    assert result.model is not None
    return Path(result.model)


@pytest.fixture
def make_engine(model: Path) -> Iterator[MakeEngine]:
    """Makes engines; the connections of their stores are closed at the end."""
    stores: list[TrackerStore] = []

    def make(database: str | None = None, redis_url: str | None = None) -> RasaEngine:
        store = sql_tracker_store(database) if database else memory_tracker_store()
        stores.append(store)
        return RasaEngine.load(
            model,
            tracker_store=store,
            lock_store=lock_store(redis_url),
            action_package=ACTIONS,
        )

    yield make
    for store in stores:
        if isinstance(store, SQLTrackerStore):
            store.engine.dispose()


@pytest.fixture
def engine(make_engine: MakeEngine) -> RasaEngine:
    return make_engine()


@pytest.fixture
def redis_url() -> Iterator[str]:
    """An empty Redis database. Skips when no server is named."""
    url = os.environ.get(REDIS_VARIABLE)
    if not url:
        pytest.skip(f"{REDIS_VARIABLE} names no Redis server")
    with closing(redis.Redis.from_url(url)) as client:
        client.flushdb()
        yield url
        client.flushdb()


def texts(turn: Turn) -> list[str]:
    return [utterance.text for utterance in turn.utterances]


async def tracker_of(engine: RasaEngine, conversation: str) -> Any:
    assert engine.agent.processor is not None
    return await engine.agent.processor.get_tracker(conversation)


# One process


@pytest.mark.parametrize(
    ("package", "expected"),
    [
        ("rasa", "3.6.21"),
        ("SQLAlchemy", "2.1"),
        ("APScheduler", "3.11"),
        ("pydantic", "2."),
        ("fastapi", "0."),
        ("python-telegram-bot", "22."),
    ],
)
def test_rasa_runs_beside_libraries_newer_than_it_declares(package: str, expected: str) -> None:
    assert version(package).startswith(expected)


def test_all_of_them_are_loaded_in_this_process(engine: RasaEngine) -> None:
    import apscheduler.schedulers.asyncio
    import fastapi
    import pydantic
    import sqlalchemy
    import telegram

    assert sqlalchemy.__version__.startswith("2.1")
    assert pydantic.VERSION.startswith("2.")
    assert apscheduler.version.startswith("3.11")
    assert telegram.__version__.startswith("22.")
    assert fastapi.FastAPI
    assert engine.agent.is_ready()


def test_telemetry_is_off() -> None:
    assert is_telemetry_enabled() is False


# Loading


def test_a_missing_model_says_how_to_train(tmp_path: Path) -> None:
    check_refused(tmp_path / "none.tar.gz", hint="tideover train")


@pytest.mark.parametrize("part", [0.0, 0.3, 0.9])
def test_a_cut_off_model_says_how_to_train_again(model: Path, tmp_path: Path, part: float) -> None:
    whole = model.read_bytes()
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(whole[: int(len(whole) * part)])
    check_refused(broken, hint="tideover train --force")


def test_a_model_with_a_damaged_middle_is_refused(model: Path, tmp_path: Path) -> None:
    whole = bytearray(model.read_bytes())
    whole[len(whole) // 2 : len(whole) // 2 + 64] = b"\0" * 64
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(whole)
    check_refused(broken, hint="tideover train --force")


def test_an_archive_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("no model", encoding="utf-8")
    archive = tmp_path / "archive.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(tmp_path / "note.txt", "note.txt")
    check_refused(archive, hint="tideover train --force")


def test_a_model_without_rules_is_refused(tmp_path: Path) -> None:
    half = train_nlu(
        str(PROJECT / "config.yml"),
        str(PROJECT / "data.yml"),
        output=str(tmp_path),
        fixed_model_name="half",
        domain=str(PROJECT / "domain.yml"),
    )
    check_refused(Path(half), hint="tideover train --force")


def test_a_model_without_intents_is_refused(tmp_path: Path) -> None:
    half = train_core(
        domain=str(PROJECT / "domain.yml"),
        config=str(PROJECT / "config.yml"),
        stories=str(PROJECT / "data.yml"),
        output=str(tmp_path),
        fixed_model_name="half",
    )
    check_refused(Path(half), hint="tideover train --force")


@pytest.mark.parametrize("package", ["tests.contracts.no_such_package", "bot.dialogue"])
def test_a_model_whose_actions_do_not_exist_is_refused(
    model: Path, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Rasa's SDK registers every action class of the process, so take the other ones away.
    monkeypatch.setattr("rasa_sdk.utils.all_subclasses", lambda base: [])
    check_refused(model, hint="tideover train --force", package=package)


def check_refused(model: Path, *, hint: str, package: str = ACTIONS) -> None:
    with pytest.raises(EngineUnavailable) as caught:
        RasaEngine.load(
            model,
            tracker_store=memory_tracker_store(),
            lock_store=lock_store(None),
            action_package=package,
        )
    assert hint in str(caught.value.hint)


# Understanding


async def test_free_text_is_parsed_into_an_intent_with_a_confidence(engine: RasaEngine) -> None:
    turn = await engine.turn("c1", "hello there", language="en")
    assert (turn.intent, texts(turn)) == ("greet", ["hello"])
    assert 0.35 < turn.confidence < 1.0


async def test_text_of_unknown_words_falls_back(engine: RasaEngine) -> None:
    turn = await engine.turn("c1", "qwertz asdf", language="en")
    assert (turn.intent, texts(turn)) == ("nlu_fallback", ["not understood"])


async def test_our_payload_data_has_the_shape_of_rasas_own(engine: RasaEngine) -> None:
    """What parse_payload gives is what Rasa itself makes of the same payload."""
    assert engine.agent.processor is not None
    payload = '/pick{"size": "small"}'
    rasas, ours = await engine.agent.parse_message(payload), parse_payload(payload)
    assert rasas["intent"] == ours["intent"]
    assert [(e["entity"], e["value"]) for e in rasas["entities"]] == [
        (e["entity"], e["value"]) for e in ours["entities"]
    ]
    assert ours.keys() <= rasas.keys()


@pytest.mark.parametrize("payload", ["", "greet", "/", "/greet{", '/greet{"a": }', "/greet[1]"])
def test_what_is_no_payload_is_refused(payload: str) -> None:
    with pytest.raises(EngineUnavailable):
        parse_payload(payload)


@pytest.mark.parametrize(
    "typed",
    [
        "/restart",
        "//restart",
        "/ /restart",
        " \t/restart",
        "\n/restart",
        "/\n/restart",
        "\u3000/restart",
        "/back",
        "/session_start",
        '/pick{"size": "small"}',
        '/greet{"language": "zh-Hant"}',
        "/greet@1.0",
        "/",
        "",
    ],
)
async def test_what_is_typed_is_never_a_payload(engine: RasaEngine, typed: str) -> None:
    await engine.turn("c1", "I want to order", language="en")
    turn = await engine.turn("c1", typed, language="zh-Hans")
    assert turn.confidence < 1.0
    tracker = await tracker_of(engine, "c1")
    assert tracker.active_loop_name == "order_form"
    assert tracker.get_slot("language") == "zh-Hans"
    assert tracker.get_slot("size") is None
    assert len([event for event in tracker.events if event.type_name == "user"]) == 2


# Answers


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "hello"), ("zh-Hans", "您好（简）"), ("zh-Hant", "您好（繁）")],
)
async def test_the_variant_of_the_language_is_said(
    engine: RasaEngine, language: str, expected: str
) -> None:
    for n in range(10):
        assert texts(await engine.turn(f"c{n}", "hello", language=language)) == [expected]


async def test_the_language_of_each_message_counts(engine: RasaEngine) -> None:
    said = [
        texts(await engine.turn("c1", "hello", language=language))
        for language in ("zh-Hant", "en", "zh-Hans", "en")
    ]
    assert said == [["您好（繁）"], ["hello"], ["您好（简）"], ["hello"]]
    chosen = await engine.choose("c1", "/greet", language="zh-Hans")
    assert texts(chosen) == ["您好（简）"]


async def test_an_action_runs_here_and_sees_the_conversation(engine: RasaEngine) -> None:
    turn = await engine.turn("c1", "repeat this", language="zh-Hans")
    first, second = turn.utterances
    assert (first.text, first.extra) == ("c1|zh-Hans|repeat this", {"effect": 1})
    assert second.text == "first paragraph\n\nsecond paragraph"
    assert (await tracker_of(engine, "c1")).get_slot("size") == "echoed"


async def test_buttons_that_an_action_adds_stay_with_their_message(engine: RasaEngine) -> None:
    for _ in range(3):
        turn = await engine.turn("c1", "repeat this", language="en")
        assert [b.label for b in turn.utterances[1].buttons] == ["Order", "Extra"]
    plain = await engine.turn("c1", "damn bloody", language="en")
    assert [b.label for b in plain.utterances[0].buttons] == ["Order"]


async def test_the_payload_of_a_button_keeps_its_braces(engine: RasaEngine) -> None:
    """Rasa fills slot names in braces; what is no slot name must stay as it is."""
    turn = await engine.turn("c1", "order now", language="en")
    assert [button.payload for button in turn.utterances[0].buttons] == ['/pick{"size": "small"}']


async def test_an_action_that_raises_is_a_failed_turn(engine: RasaEngine) -> None:
    """Rasa alone would log it and say nothing."""
    with pytest.raises(EngineUnavailable, match="ZeroDivisionError") as caught:
        await engine.turn("c1", "break it", language="en")
    assert caught.value.hint
    with pytest.raises(EngineUnavailable):
        await engine.choose("c1", "/fail", language="en")
    assert texts(await engine.turn("c1", "hello", language="en")) == ["hello"]


async def test_a_failed_turn_fails_no_other_conversation(engine: RasaEngine) -> None:
    turns = [
        engine.turn(f"c{n}", "break it" if n % 2 else "hello", language="en") for n in range(8)
    ]
    outcomes = await asyncio.gather(*turns, return_exceptions=True)
    failed = [isinstance(outcome, EngineUnavailable) for outcome in outcomes]
    assert failed == [False, True] * 4


# Memory


async def test_a_form_in_progress_survives_a_new_engine(
    make_engine: MakeEngine, empty_database_url: str
) -> None:
    before = make_engine(empty_database_url)
    assert texts(await before.turn("c1", "order now", language="en")) == ["Which size?"]
    after = make_engine(empty_database_url)
    assert texts(await after.choose("c1", '/pick{"size": "small"}', language="en")) == [
        "Which street?"
    ]
    last = make_engine(empty_database_url)
    said = await last.turn("c1", "order street 5", language="en")
    assert texts(said) == ["small to order street 5"]
    assert (await tracker_of(last, "c1")).active_loop_name is None


async def test_workers_that_take_turns_see_what_each_other_kept(
    make_engine: MakeEngine, empty_database_url: str
) -> None:
    """Each remembers what it read, and reads what the other wrote since."""
    first, second = make_engine(empty_database_url), make_engine(empty_database_url)
    assert texts(await first.turn("c1", "order now", language="en")) == ["Which size?"]
    await second.choose("c1", '/pick{"size": "small"}', language="en")
    said = await first.turn("c1", "order street 5", language="en")
    assert texts(said) == ["small to order street 5"]
    events = [(await tracker_of(engine, "c1")).events for engine in (first, second)]
    rasas = await rasas_own_store(first).retrieve("c1")
    assert as_stored(events[0]) == as_stored(events[1]) == as_stored(rasas.events)
    assert len([event for event in rasas.events if event.type_name == "user"]) == 3


def as_stored(events: Any) -> list[str]:
    return [json.dumps(event.as_dict()) for event in events]


def rasas_own_store(engine: RasaEngine) -> Any:
    """Rasa's tracker store over the same table and connections."""
    assert engine.agent.processor is not None
    store = SQLTrackerStore.__new__(SQLTrackerStore)
    store.__dict__.update(engine.agent.processor.tracker_store.__dict__)
    return store


async def test_a_new_session_leaves_the_old_one_in_the_database(
    make_engine: MakeEngine, empty_database_url: str
) -> None:
    engine = make_engine(empty_database_url)
    await engine.turn("c1", "hello", language="en")
    await engine.turn("c1", "/x", language="en")
    await engine.choose("c1", "/session_start", language="en")
    await engine.turn("c1", "hello again", language="en")
    latest = await tracker_of(engine, "c1")
    assert [event.text for event in latest.events if event.type_name == "user"] == ["hello again"]
    whole = await engine.agent.tracker_store.retrieve_full_tracker("c1")
    assert len([event for event in whole.events if event.type_name == "user"]) == 4
    anew = await make_engine(empty_database_url).agent.tracker_store.retrieve("c1")
    assert as_stored(anew.events) == as_stored(latest.events)


async def test_conversations_are_kept_apart(
    make_engine: MakeEngine, empty_database_url: str
) -> None:
    engine = make_engine(empty_database_url)
    await engine.turn("c1", "order now", language="zh-Hans")
    await engine.turn("c2", "hello", language="en")
    assert (await tracker_of(engine, "c1")).get_slot("language") == "zh-Hans"
    assert (await tracker_of(engine, "c2")).active_loop_name is None


async def test_a_database_that_fails_is_a_failed_turn(
    make_engine: MakeEngine, empty_sqlite_url: str
) -> None:
    """Rasa alone would forget the conversation and go on."""
    engine = make_engine(empty_sqlite_url)
    await engine.turn("c1", "order now", language="en")
    with closing(sqlite3.connect(empty_sqlite_url.removeprefix("sqlite:///"))) as database:
        database.execute("ALTER TABLE events RENAME TO away")
        with pytest.raises(EngineUnavailable):
            await engine.turn("c1", "hello", language="en")
        database.execute("ALTER TABLE away RENAME TO events")
    assert (await tracker_of(engine, "c1")).active_loop_name == "order_form"


# Pause and resume


async def test_a_paused_conversation_is_silent_until_it_is_resumed(
    make_engine: MakeEngine, empty_database_url: str
) -> None:
    engine = make_engine(empty_database_url)
    await engine.turn("c1", "hello", language="en")
    await add_event(engine, "c1", ConversationPaused())
    assert texts(await make_engine(empty_database_url).turn("c1", "hello", language="en")) == []
    await add_event(engine, "c1", ConversationResumed())
    assert texts(await make_engine(empty_database_url).turn("c1", "hello", language="en")) == [
        "hello"
    ]


async def test_rasa_obeys_a_restart_while_paused(engine: RasaEngine) -> None:
    """Why who speaks is decided in our own database first."""
    await engine.turn("c1", "hello", language="en")
    await add_event(engine, "c1", ConversationPaused())
    await engine.turn("c1", "/restart", language="en")
    assert (await tracker_of(engine, "c1")).is_paused()
    await engine.choose("c1", "/restart", language="en")
    assert not (await tracker_of(engine, "c1")).is_paused()


async def add_event(engine: RasaEngine, conversation: str, event: Any) -> None:
    assert engine.agent.processor is not None
    tracker = await tracker_of(engine, conversation)
    tracker.update(event, engine.agent.domain)
    await engine.agent.processor.save_tracker(tracker)


# Order and overlap


@pytest.fixture(params=["one engine", "two engines on Redis"])
def pair(
    request: pytest.FixtureRequest, make_engine: MakeEngine, empty_sqlite_url: str
) -> tuple[RasaEngine, RasaEngine]:
    if request.param == "one engine":
        only = make_engine(empty_sqlite_url)
        return only, only
    url = request.getfixturevalue("redis_url")
    return make_engine(empty_sqlite_url, url), make_engine(empty_sqlite_url, url)


async def test_turns_of_one_conversation_keep_their_order_and_never_overlap(
    pair: tuple[RasaEngine, RasaEngine],
) -> None:
    spans = Spans()
    await asyncio.gather(*(spans.run(pair[n % 2], "c1", n) for n in range(6)))
    assert spans.order == [edge for n in range(6) for edge in (("start", n), ("end", n))]
    events = (await tracker_of(pair[0], "c1")).events
    assert [event.text for event in events if event.type_name == "user"] == [
        f"hello {n}" for n in range(6)
    ]


async def test_turns_of_two_conversations_overlap(pair: tuple[RasaEngine, RasaEngine]) -> None:
    spans = Spans()
    await asyncio.gather(*(spans.run(pair[n], f"c{n}", n) for n in range(2)))
    assert [edge for edge, _ in spans.order] == ["start", "start", "end", "end"]


async def test_a_turn_that_fails_frees_its_conversation(
    pair: tuple[RasaEngine, RasaEngine],
) -> None:
    with pytest.raises(EngineUnavailable):
        async with pair[0].exclusive("c1"):
            await pair[0].turn("c1", "break it", language="en")
    async with asyncio.timeout(1), pair[1].exclusive("c1"):
        pass


class Spans:
    """Records when each turn held its conversation."""

    def __init__(self) -> None:
        self.order: list[tuple[str, int]] = []

    async def run(self, engine: RasaEngine, conversation: str, number: int) -> None:
        async with engine.exclusive(conversation):
            self.order.append(("start", number))
            await engine.turn(conversation, f"hello {number}", language="en")
            await asyncio.sleep(0.1)
            self.order.append(("end", number))


def test_workers_never_draw_the_same_ticket(redis_url: str) -> None:
    """Rasa's own Redis store gives the same ticket to two that ask at once."""
    drawn: list[list[int]] = [[], [], []]
    together = threading.Barrier(len(drawn))
    name = uuid.uuid4().hex

    def draw(mine: list[int]) -> None:
        store = lock_store(redis_url)
        for n in range(50):
            together.wait()
            mine.append(store.issue_ticket(f"{name}-{n}"))

    run_threads(draw, drawn)
    assert all(sorted(tickets) == [0, 1, 2] for tickets in zip(*drawn, strict=True))


def test_workers_never_hold_one_conversation_at_the_same_time(
    make_engine: MakeEngine, redis_url: str
) -> None:
    """Three event loops in three threads: as three bot workers behind one webhook."""
    inside: list[str] = []
    most: list[int] = []

    async def hold(engine: RasaEngine) -> None:
        for _ in range(8):
            async with engine.exclusive("c1"):
                inside.append("one")
                await asyncio.sleep(0.002)
                most.append(len(inside))
                inside.pop()

    run_threads(lambda engine: asyncio.run(hold(engine)), [make_engine(None, redis_url)] * 3)
    assert most == [1] * 24


def run_threads(work: Callable[[Any], Any], arguments: list[Any]) -> None:
    threads = [threading.Thread(target=work, args=(argument,)) for argument in arguments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
