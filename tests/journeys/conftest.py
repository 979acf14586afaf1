"""Books, clocks and bots for journeys."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import make_url

from actions._base import current_desk, open_desk
from lending.plan_policy import Approval, PlanPolicy
from settings import Settings
from store.db import Database
from tests.database import postgresql_copy
from tests.house import HandClock
from tests.journeys.stage import NIGHT, Stage, copy_books, seed_books


@pytest.fixture(autouse=True)
def quiet_log() -> Iterator[None]:
    """The log from warnings up, as in the product; Rasa writes pages at debug level."""
    before = structlog.get_config()["wrapper_class"]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    yield
    structlog.configure(wrapper_class=before)


@pytest.fixture(scope="session")
def sqlite_books(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the demo's books, to copy."""
    path = tmp_path_factory.mktemp("books") / "tideover.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    seed_books(database)
    database.close()
    return path


@pytest.fixture(scope="session")
def postgresql_books(postgresql_template: str) -> Iterator[str]:
    """The name of a PostgreSQL database with the demo's books, to copy."""
    with postgresql_copy(postgresql_template) as url:
        database = Database(url)
        seed_books(database)
        database.close()
        yield str(make_url(url).database)


@pytest.fixture
def postgresql_books_url(postgresql_books: str) -> Iterator[str]:
    with postgresql_copy(postgresql_books) as url:
        yield url


@pytest.fixture
def open_stage(model: Path, sqlite_books: Path, tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    """Opens a bot on a copy of the books, with settings of the test's own.

    A `database_url` has the books already: see `postgresql_books_url`.
    """
    stages: list[Stage] = []

    def open_one(*, database_url: str | None = None, **changed: Any) -> Stage:
        told = {"chat_rate": "1000000/second", **changed}
        settings = Settings(data_dir=tmp_path, database_url=database_url, **told)
        if database_url is None:
            copy_books(sqlite_books, tmp_path)
        database = Database(settings.database)
        stage = Stage(model=model, settings=settings, database=database, clock=HandClock(NIGHT))
        stages.append(stage)
        return stage

    yield open_one
    for stage in stages:
        stage.close()


@pytest.fixture
def stage(open_stage: Callable[..., Stage]) -> Stage:
    return open_stage()


@pytest.fixture
def strict(stage: Stage) -> Stage:
    """A lender whose plans all need the staff."""
    desk = current_desk()
    assert desk.plans is not None
    known = desk.plans.policy_for

    def staff_only(jurisdiction: str, product: str) -> PlanPolicy:
        policy = known(jurisdiction, product)
        reliefs = {k: replace(a, approval=Approval.STAFF) for k, a in policy.reliefs.items()}
        return replace(policy, reliefs=reliefs)

    office = replace(desk.plans, policy_for=staff_only)
    open_desk(replace(desk, plans=office))
    assert stage.bot.router._clerk is not None
    stage.bot.router._clerk._office = office
    return stage
