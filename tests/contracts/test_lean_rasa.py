"""What bot.lean_rasa, bot.lean_graph and bot.lean_actions change of Rasa, and what they must not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import ValidationError

from bot.lean_actions import LocalAction, LocalForm, localised
from bot.lean_graph import InOrderRunner, LeanProcessor
from bot.lean_rasa import LEARNERS, NEURAL, SERVICES, LeftOut, lean_rasa, unused_by, without

with lean_rasa():  # without TensorFlow, as the product is
    from rasa.core.actions.action import RemoteAction
    from rasa.core.actions.forms import FormAction
    from rasa.core.channels.channel import UserMessage
    from rasa.core.processor import MessageProcessor
    from rasa.engine.exceptions import GraphRunError
    from rasa.engine.runner.dask import DaskGraphRunner
    from rasa.engine.storage.local_model_storage import LocalModelStorage
    from rasa.model_training import train
    from rasa.shared.core.trackers import DialogueStateTracker

PROJECT = Path(__file__).parent / "rasa_project"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    result = train(
        domain=str(PROJECT / "domain.yml"),
        config=str(PROJECT / "config.yml"),
        training_files=[str(PROJECT / "data.yml")],
        output=str(tmp_path_factory.mktemp("lean")),
        fixed_model_name="tiny",
        force_training=True,
    )
    return Path(str(result.model))


def in_new_process(code: str) -> dict[str, Any]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
        check=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_the_engine_loads_no_tensorflow_and_leaves_the_names_free() -> None:
    seen = in_new_process(
        "import json, sys, bot.engine, sklearn.base\n"
        "print(json.dumps({'loaded': [n for n in sys.modules if n.split('.')[0] in"
        " ('tensorflow', 'keras', 'jax', 'boto3', 'slack_sdk')], 'sklearn': sklearn.__version__}))"
    )
    assert seen["loaded"] == []
    assert seen["sklearn"]


def test_a_library_that_is_loaded_already_is_not_replaced() -> None:
    seen = in_new_process(
        "import json, sys, types\n"
        "real = sys.modules['tensorflow'] = types.ModuleType('tensorflow')\n"
        "from bot.lean_rasa import without\n"
        "with without(('tensorflow',)):\n    import tensorflow\n"
        "print(json.dumps({'same': tensorflow is real, 'stays': sys.modules['tensorflow'] is real}))"
    )
    assert seen == {"same": True, "stays": True}


def test_a_placeholder_can_be_named_and_inherited_from_but_not_called() -> None:
    with without(("no_such_library",)):
        import no_such_library.part as part  # type: ignore[import-not-found]
        from no_such_library import Base
    assert "no_such_library" not in sys.modules
    assert not any(name.startswith("no_such_library") for name in sys.modules)

    class Derived(Base):  # type: ignore[misc]
        pass

    for call in (part.function, part.Class.method, Derived):
        with pytest.raises(LeftOut, match="leaves out") as caught:
            call()
        assert "tideover train" in str(caught.value.hint)
    with pytest.raises(ModuleNotFoundError):
        __import__("no_such_library")


@pytest.mark.parametrize("name", ["DIETClassifier", "TEDPolicy", "ResponseSelector"])
def test_a_pipeline_that_needs_tensorflow_keeps_it(name: str) -> None:
    assert unused_by(f"pipeline:\n- name: {name}") == SERVICES


@pytest.mark.parametrize("name", ["CountVectorsFeaturizer", "LogisticRegressionClassifier"])
def test_a_pipeline_that_learns_with_scikit_learn_keeps_it(name: str) -> None:
    assert unused_by(f"pipeline:\n- name: {name}") == (*NEURAL, *SERVICES)


def test_our_own_pipeline_needs_none_of_it() -> None:
    left_out = set(unused_by((ROOT / "config.yml").read_text(encoding="utf-8")))
    assert left_out == {*NEURAL, *LEARNERS, *SERVICES}


# The graph


def test_both_runners_give_the_same_for_every_target(model: Path) -> None:
    rasas, ours = (processor(model, kind) for kind in (MessageProcessor, LeanProcessor))
    assert isinstance(rasas.graph_runner, DaskGraphRunner)
    assert isinstance(ours.graph_runner, InOrderRunner)
    tracker = DialogueStateTracker("c1", ours.domain.slots)
    for text in ("hello there", "I want to order", "qwertz asdf", ""):
        typed = UserMessage(text)
        parsed = [
            one.graph_runner.run(
                inputs={"__message__": [typed], "__tracker__": tracker},
                targets=[one.model_metadata.nlu_target],
            )[one.model_metadata.nlu_target][0].as_dict()
            for one in (rasas, ours)
        ]
        assert parsed[0] == parsed[1]
    predicted = [
        one.graph_runner.run(
            inputs={"__tracker__": tracker}, targets=[one.model_metadata.core_target]
        )[one.model_metadata.core_target]
        for one in (rasas, ours)
    ]
    assert predicted[0] == predicted[1]


def test_the_domain_of_the_metadata_is_that_of_the_model(model: Path, tmp_path: Path) -> None:
    from rasa.shared.core.domain import Domain

    _, metadata = LocalModelStorage.from_model_archive(tmp_path, model)
    stored = Domain.from_path(tmp_path / "domain_provider")
    assert stored.as_dict() == metadata.domain.as_dict()
    assert stored.fingerprint() == metadata.domain.fingerprint()


def test_an_unknown_target_is_refused(model: Path) -> None:
    with pytest.raises(GraphRunError, match="no part 'nowhere'"):
        processor(model, LeanProcessor).graph_runner.run(targets=["nowhere"])


def processor(model: Path, kind: type[MessageProcessor]) -> MessageProcessor:
    from rasa.core.lock_store import InMemoryLockStore
    from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
    from rasa.core.tracker_store import InMemoryTrackerStore
    from rasa.shared.core.domain import Domain

    return kind(
        model,
        tracker_store=InMemoryTrackerStore(Domain.empty()),
        lock_store=InMemoryLockStore(),
        generator=TemplatedNaturalLanguageGenerator({}),
    )


# Actions


def test_only_actions_that_rasa_would_call_remotely_are_called_here() -> None:
    from rasa.core.actions.action import ActionListen

    listen = ActionListen()
    assert localised(listen) is listen
    assert type(localised(RemoteAction("action_x", None))) is LocalAction
    assert type(localised(FormAction("x_form", None))) is LocalForm


@pytest.mark.parametrize(
    "answer",
    [
        {
            "events": [{"event": "slot", "timestamp": None, "name": "a", "value": 1}],
            "responses": [],
        },
        {"events": [], "responses": [{"text": "x"}]},
        {"events": [], "responses": ["x"]},
        {"events": [{"event": "no such event"}]},
        {"events": {}},
        [],
    ],
)
def test_an_answer_passes_where_rasa_lets_it_pass(answer: Any) -> None:
    def passes(action: RemoteAction) -> bool:
        try:
            return bool(action._validate_action_result(answer))
        except ValidationError:
            return False

    assert passes(LocalAction("action_x", None)) == passes(RemoteAction("action_x", None))
