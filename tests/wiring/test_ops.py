"""How a process is watched: readiness with reasons, figures from the database, one id per request."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
import yaml
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client import REGISTRY, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from bot.conversation import EscalationReason
from bot.effects import escalate
from bot.messages import Channel, Inbound, Kind
from bot.request_ids import current_request_id, request
from scheduler.jobs import Clockwork, Job
from settings import Settings
from store.db import Database
from store.job_runs import note_run
from store.tables import FeedRow
from store.vital_signs import VitalSigns, read_vital_signs
from tests.house import NOW, HandClock, TestHouse
from wiring.ops import Requests, Watch, ops_router, watch
from wiring.reminders import noted_in

DEPLOY = Path(__file__).parents[2] / "deploy"


def settings_for(database: Database, **changed: Any) -> Settings:
    url = database.engine.url.render_as_string(hide_password=False)
    return Settings(database_url=url, **changed)


def client(watched: Watch, *, is_public: bool = True) -> TestClient:
    app = FastAPI()
    app.include_router(ops_router(watched, is_public=is_public))
    app.add_middleware(Requests)
    return TestClient(app)


def figures(watched: Watch) -> dict[str, dict[tuple[str, ...], float]]:
    """Name of a figure, then its labels' values by the order of their names."""
    page = client(watched, is_public=False).get("/metrics")
    assert page.status_code == 200
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(page.text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[
                tuple(value for _, value in sorted(sample.labels.items()))
            ] = sample.value
    return found


def test_a_whole_system_is_ready(database: Database) -> None:
    seen = client(watch("bot", settings_for(database), database, has_model=lambda: True))
    assert seen.get("/healthz").json() == {"status": "ok"}
    answer = seen.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


def test_what_is_missing_is_named_without_secrets(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    seen = client(watch("bot", settings_for(database), database, has_model=lambda: False))
    answer = seen.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["missing"] == {
        "database": "StoreUnavailable",
        "migrations": "not those of this program: tideover init",
        "model": "not loaded: tideover train",
    }
    assert "postgres" not in answer.text and "sqlite" not in answer.text
    assert seen.get("/healthz").status_code == 200
    database.close()


def test_rules_that_cannot_be_read_make_a_process_not_ready(
    sqlite_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(sqlite_database_url)
    monkeypatch.setattr("wiring.vitals.profile_states", lambda: {"US": "torn", "UK": ""})
    monkeypatch.setattr("wiring.ops.profile_states", lambda: {"US": "torn", "UK": ""})
    watched = watch("dispatch", settings_for(database), database)
    missing = client(watched).get("/readyz").json()["missing"]
    assert missing == {"contact_rules": "cannot be read: US"}
    loads = figures(watched)["tideover_profile_loads"]
    assert (loads["US",], loads["UK",]) == (0, 1)
    database.close()


@pytest.mark.parametrize(
    ("token", "sent", "is_public", "status"),
    [
        (None, "", True, 404),
        (None, "", False, 200),
        ("a-token-of-length", "", True, 401),
        ("a-token-of-length", "Bearer another-of-length", True, 401),
        ("a-token-of-length", "Bearer a-token-of-length", True, 200),
        ("a-token-of-length", "", False, 401),
    ],
)
def test_metrics_are_for_who_may_read_them(
    sqlite_database_url: str, token: str | None, sent: str, is_public: bool, status: int
) -> None:
    database = Database(sqlite_database_url)
    watched = watch("bot", settings_for(database, metrics_token=token), database)
    headers = {"Authorization": sent} if sent else {}
    answer = client(watched, is_public=is_public).get("/metrics", headers=headers)
    assert answer.status_code == status
    database.close()


async def test_figures_tell_of_silence_and_of_breached_promises(house: TestHouse) -> None:
    database, clock = house.database, HandClock(NOW + timedelta(hours=2))
    await house.send("hello", address="77")
    with database.unit() as uow:
        conversation = uow.conversations.find(Channel.TELEGRAM, "77")
        assert conversation is not None
        uow.conversations.save(escalate(uow, conversation, EscalationReason.DISTRESS, NOW))
        uow.commit()
    with database.session() as session:
        session.add(FeedRow(name="core", watermark=NOW))
        session.commit()
    note_run(database, "plan", True, NOW)
    note_run(database, "plan", False, NOW + timedelta(hours=1))
    watched = watch("console", settings_for(database, feed="core"), database, clock=clock)
    seen = figures(watched)

    assert seen["tideover_database_up"][()] == 1
    assert seen["tideover_feed_age_seconds"]["core",] == 2 * 3600
    assert seen["tideover_feed_limit_seconds"]["core",] == 36 * 3600
    assert seen["tideover_job_age_seconds"]["plan",] == 2 * 3600
    assert seen["tideover_escalations_open"]["0",] == 1
    assert seen["tideover_clocks_breached"]["first_reply", "0"] == 1
    assert seen["tideover_clocks_breached"]["resolution", "0"] == 0
    assert seen["tideover_waiting"]["inbound",] == 0


def test_a_feed_that_never_spoke_is_stale_and_a_database_that_is_away_is_a_figure(
    sqlite_database_url: str, empty_sqlite_url: str
) -> None:
    database, none = Database(sqlite_database_url), Database(empty_sqlite_url)
    seen = figures(watch("bot", settings_for(database, feed="core"), database))
    assert seen["tideover_feed_age_seconds"]["core",] == float("inf")
    assert figures(watch("bot", settings_for(none), none))["tideover_database_up"][()] == 0
    database.close()
    none.close()


async def test_rounds_of_work_are_noted_and_halted(database: Database) -> None:
    halted, seen = [], []

    async def fine() -> None:
        seen.append(current_request_id())

    async def broken() -> None:
        raise RuntimeError

    async def not_ours() -> bool:
        return False

    work = Clockwork(
        [
            Job(name="fine", every_seconds=3600, run=fine, halt=lambda: halted.append(True)),
            Job(name="broken", every_seconds=3600, run=broken),
            Job(name="left", every_seconds=3600, run=not_ours),
        ],
        noted_in(database),
    )
    work.start()
    await asyncio.sleep(0.05)
    await work.stop()
    signs = {run.job: run for run in _signs(database).jobs}
    assert set(signs) == {"fine", "broken"}
    assert signs["fine"].succeeded_at and not signs["fine"].failed_at
    assert signs["broken"].failed_at and not signs["broken"].succeeded_at
    assert halted == [True]
    assert re.fullmatch(r"fine-[0-9a-f]{16}", str(seen[0]))


def _signs(database: Database) -> VitalSigns:
    return read_vital_signs(database, datetime.now(UTC))


# One id for all that a request sets off.


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    kept: list[dict[str, Any]] = []

    def keep(_: object, __: str, event: Any) -> Any:
        kept.append(dict(event))
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, keep])
    yield kept
    structlog.configure(**before)


async def test_what_a_request_sets_off_carries_its_id(
    house: TestHouse, lines: list[dict[str, Any]]
) -> None:
    house.engine.fails = True

    def said(chat: str) -> Inbound:
        return Inbound(
            channel=Channel.TELEGRAM,
            address=chat,
            is_private=True,
            update_key=f"k{chat}",
            kind=Kind.TEXT,
            text="x",
            received_at=NOW,
        )

    async def broken(work: object) -> None:
        raise RuntimeError

    house.router._handle = broken  # type: ignore[method-assign]
    for chat in ("1", "2"):
        with request(f"telegram-{chat}"):
            await house.router.receive(said(chat))
    await house.router.idle()
    ids = [line["request"] for line in lines if line["event"] == "inbound.failed"]
    assert sorted(ids) == ["telegram-1", "telegram-2"]


def test_a_caller_may_name_the_request(
    sqlite_database_url: str, lines: list[dict[str, Any]]
) -> None:
    database = Database(sqlite_database_url)
    seen = client(watch("bot", settings_for(database), database))
    named = seen.get("/healthz", headers={"X-Request-ID": "lender-4711"})
    assert named.headers["x-request-id"] == "lender-4711"
    odd = seen.get("/healthz", headers={"X-Request-ID": "a\tb <script>" * 30})
    assert re.fullmatch(r"[0-9a-f]{16}", odd.headers["x-request-id"])
    [first, _] = [line["request"] for line in lines if line["event"] == "http.answered"]
    assert first == "lender-4711"
    database.close()


# What is shipped for Prometheus and Grafana asks only for what there is.


def test_alerts_and_dashboard_ask_for_figures_that_exist(sqlite_database_url: str) -> None:
    database = Database(sqlite_database_url)
    note_run(database, "plan", True, NOW)
    watched = watch("bot", settings_for(database, feed="core"), database)
    there = set(figures(watched)) | set(
        re.findall(r"^# TYPE (\w+)", generate_latest(REGISTRY).decode(), re.MULTILINE)
    )
    there |= {f"{name}_bucket" for name in there}
    rules = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())
    alerts = [rule for group in rules["groups"] for rule in group["rules"]]
    board = json.loads((DEPLOY / "grafana" / "tideover.json").read_text())
    asked = [rule["expr"] for rule in alerts]
    asked += [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    names = {name for expr in asked for name in re.findall(r"\b(?:tideover|process)_\w+", expr)}
    assert names - there == set()
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    book = (DEPLOY.parent / "docs" / "runbook.md").read_text()
    assert [rule["alert"] for rule in alerts if f"### {rule['alert']}" not in book] == []
    database.close()
