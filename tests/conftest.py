"""Fixtures for every test folder."""

pytest_plugins = ["tests.database", "tests.model"]
