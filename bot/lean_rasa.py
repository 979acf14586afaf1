"""Import Rasa without the large libraries that it names and this assistant never calls.

Rasa imports TensorFlow for classifiers and policies that config.yml does not use, and clients of
other chat services; that is most of the start and half of the memory. While Rasa is imported
inside `without`, those names stand for placeholders, which raise LeftOut as soon as one is called.
What else runs in the process still gets the real libraries. See docs/decisions/.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from lending.errors import TideoverError

NEURAL = ("tensorflow", "keras", "tensorflow_hub", "tensorflow_text", "tensorflow_addons")
SERVICES = (
    "aio_pika", "aiogram", "boto3", "botocore", "confluent_kafka", "fbmessenger", "matplotlib",
    "mattermostwrapper", "prompt_toolkit", "pymongo", "questionary", "rocketchat_API", "slack_sdk",
    "socketio", "twilio", "webexteamssdk",
)  # fmt: skip
"""Charts, dialogues in a terminal, and clients of chat services, databases and queues that Rasa could speak to."""

LEARNERS = ("joblib", "sklearn", "sklearn_crfsuite")
"""What Rasa's own classifiers learn with; ours needs numpy."""

_HERE = Path(__file__).resolve().parent.parent / "config.yml"
CONFIG = _HERE if _HERE.is_file() else Path(sys.prefix, "share", "tideover", "config.yml")
"""In a checkout it stands at the top; a wheel brings it along beside the packages."""

_LOADED_WITH_A_MODEL = (
    "rasa.core.agent",
    "rasa.core.policies.rule_policy",
    "rasa.engine.recipes.default_recipe",
    "rasa.nlu.classifiers.fallback_classifier",
    "rasa.graph_components.validators.default_recipe_validator",
)
_NEEDS_NEURAL = (
    "DIETClassifier", "TEDPolicy", "UnexpecTEDIntentPolicy", "ResponseSelector",
    "LanguageModelFeaturizer", "ConveRTFeaturizer",
)  # fmt: skip
_NEEDS_LEARNERS = (
    "SklearnIntentClassifier", "LogisticRegressionClassifier", "CountVectorsFeaturizer",
    "CRFEntityExtractor", "MemoizationPolicy",
)  # fmt: skip


class LeftOut(TideoverError):
    """Rasa called a library that this process left out."""


@contextmanager
def lean_rasa() -> Iterator[None]:
    """Import Rasa inside this: what the pipeline in config.yml runs on is loaded, the rest is not.

    The modules that a model is loaded with are imported here too, while the names are taken.
    """
    with without(unused_by(CONFIG.read_text(encoding="utf-8"))):
        for module in _LOADED_WITH_A_MODEL:
            importlib.import_module(module)
        yield


def unused_by(config: str) -> tuple[str, ...]:
    """The packages that a Rasa configuration (the text of config.yml) can do without."""
    if any(name in config for name in _NEEDS_NEURAL):
        return SERVICES
    if any(name in config for name in _NEEDS_LEARNERS):
        return (*NEURAL, *SERVICES)
    return (*NEURAL, *LEARNERS, *SERVICES)


@contextmanager
def without(packages: Sequence[str]) -> Iterator[None]:
    """Imports inside find placeholders for these packages, unless they are loaded already.

    Afterwards their names are free again: the next import of one finds the real library.
    """
    finder = _Finder(tuple(name for name in packages if name not in sys.modules))
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name, module in sys.modules.items() if _is_placeholder(module)]:
            del sys.modules[name]


class _Absent(type):
    """The class of placeholders: any attribute is one more, none can be called."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _placeholder(f"{cls.__qualname__}.{name}")

    def __call__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        raise LeftOut(
            f"Rasa called {cls.__qualname__}, which this process leaves out.",
            hint="Train the model again with this config.yml: tideover train --force",
        )


def _placeholder(name: str) -> _Absent:
    return _Absent(name, (), {})


class _AbsentModule(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _placeholder(f"{self.__name__}.{name}")


def _is_placeholder(module: object) -> bool:
    return type(module) is _AbsentModule


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, packages: tuple[str, ...]) -> None:
        self._packages = packages

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.split(".")[0] not in self._packages:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _AbsentModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        return None
