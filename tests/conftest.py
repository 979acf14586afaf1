"""Fixtures for every test folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog

pytest_plugins = ["tests.database", "tests.model"]


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    """A command that a test ran sends the log to that test's own stream, which is closed by now."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)
