"""The lender's API for tests: the whole application on a database, and a program that calls it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI
from fastapi.testclient import TestClient

from console.api_key import new_key
from lending.lender_access import Scope
from settings import Settings
from store.db import Database
from tests.console.commands import NOW
from wiring.lender import api_for

SECRET = b"x" * 32

BORROWER = {
    "full_name": "Ada Example",
    "given_name": "Ada",
    "language": "en",
    "timezone": "Europe/London",
    "jurisdiction": "UK",
    "country": "GB",
    "birth_date": "1990-04-21",
}
LOAN = {
    "product": "instalment_loan",
    "currency": "GBP",
    "principal_minor": 120_000,
    "annual_rate_bp": 1_200,
    "instalments": 12,
    "first_due_on": "2026-02-01",
    "disbursed_on": "2026-01-01",
}
ACCOUNT = {"borrower": "L-1", "opened_on": "2026-01-01", "terms": LOAN}
PAYMENT = {
    "key": "bank-1",
    "amount_minor": 10_662,
    "currency": "GBP",
    "status": "settled",
    "method": "bank_transfer",
    "initiated_on": "2026-02-01",
}


def application(database: Database, **settings: Any) -> FastAPI:
    known = Settings(data_dir=Path("unused"), **settings)
    return api_for(known, secret=SECRET, database=database, clock=lambda: NOW)


def key_with(database: Database, scopes: Iterable[Scope]) -> str:
    secret, key = new_key("tests", scopes, NOW)
    with database.unit() as uow:
        uow.access.add_key(key)
        uow.commit()
    return secret


@dataclass
class Caller:
    """A program of the lender."""

    client: TestClient

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.client.get(path, params=query)

    def put(self, path: str, body: object) -> httpx.Response:
        return self.client.put(path, json=body)

    def post(self, path: str, body: object, key: str | None = None) -> httpx.Response:
        return self.client.post(path, json=body, headers={"Idempotency-Key": key or uuid4().hex})


def caller(database: Database, scopes: Iterable[Scope] = Scope, **settings: Any) -> Caller:
    client = TestClient(
        application(database, **settings), base_url="http://lender", raise_server_exceptions=False
    )
    client.headers["Authorization"] = f"Bearer {key_with(database, scopes)}"
    return Caller(client)
