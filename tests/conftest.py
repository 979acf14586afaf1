"""Fixtures for every test folder."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

# On a busy machine making an example takes long; that is no failure of what is tested.
settings.register_profile("tideover", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tideover")


def pytest_configure(config: pytest.Config) -> None:
    """The tiny assistant of the contract tests needs scikit-learn, which ours leaves out.

    Whatever is loaded before Rasa stays, so it is loaded here, unless other folders were named.
    """
    named = [Path(str(arg).partition("::")[0]).resolve() for arg in config.args]
    contracts = Path(__file__).resolve().parent / "contracts"
    if any(
        contracts == path or path in contracts.parents or contracts in path.parents
        for path in named
    ):
        importlib.import_module("sklearn.linear_model")


pytest_plugins = ["tests.database", "tests.model"]


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    """A command that a test ran sends the log to that test's own stream, which is closed by now."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)
