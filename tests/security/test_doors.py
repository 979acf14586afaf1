"""Every answer carries its headers, and who comes too fast is slowed down."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.buckets import Buckets
from bot.live import LiveHub
from bot.messages import Channel
from bot.web_chat import web_chat_router
from console.api import MOUNTED_AT
from settings import Settings
from store.db import Database
from tests.console.lender import application
from tests.house import TestHouse, make_house
from wiring.ops import Requests, ops_router, watch


@pytest.fixture
def house(peopled_sqlite_url: str) -> TestHouse:
    return make_house(Database(peopled_sqlite_url))


@pytest.fixture
def client(house: TestHouse) -> TestClient:
    """What a bot serves, but for the console, whose own tests check its headers."""
    settings = Settings(database_url=house.database.engine.url.render_as_string())
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(
        web_chat_router(
            store=house.database,
            receive=house.router.receive,
            hub=LiveHub(),
            clock=house.clock,
            secret=b"s" * 32,
            lender_name="Northbank",
            texts=lambda key, language: house.text(key, language),
            secure_cookies=True,
        )
    )
    app.include_router(ops_router(watch("bot", settings, house.database), is_public=True))
    app.mount(MOUNTED_AT, application(house.database))
    app.add_middleware(Requests)
    return TestClient(app, base_url="https://chat.example")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/l/not-a-token",
        "/nothing/here",
        "/healthz",
        "/readyz",
        "/metrics",
        "/media/1.pdf",
        "/media/1.json",
        "/api/v1/openapi.json",
        "/api/v1/borrowers",
        "/api/v1/nothing",
    ],
)
def test_every_answer_carries_safe_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    for cookie in client.get(path).headers.get_list("set-cookie"):
        assert "Secure" in cookie and "SameSite" in cookie


async def test_a_flood_is_kept_and_not_answered_but_for_what_must_be_heard(
    house: TestHouse,
) -> None:
    house.router._pace = Buckets(burst=3, per_second=0.001)
    for number in range(5):
        await house.send(f"hello {number}")
    assert [asked[1] for asked in house.engine.asked] == ["hello 0", "hello 1", "hello 2"]
    with house.database.unit() as uow:
        assert uow.messages.unhandled(10) == ()
    await house.send("I want to kill myself")
    assert house.engine.asked[-1][1] == "I want to kill myself"
    await house.send("/stop")
    with house.database.unit() as uow:
        assert uow.contacts.opted_out_at(Channel.TELEGRAM, "1001", None) is not None
    assert await house.send("someone else", address="2002") == ["answer to someone else"]
