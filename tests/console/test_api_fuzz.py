"""Thousands of odd requests, made from the OpenAPI document: no crash, and every answer as documented."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from lending.lender_access import Scope
from store.db import Database
from tests.console.lender import ACCOUNT, BORROWER, application, caller, key_with

pytest_plugins = ["tests.database"]

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    ignored_auth,
]
EXAMPLES = 12
"""For each operation, on each database; CI must stay quick. The figures in docs are of a longer run."""


def fuzz(database: Database, examples: int) -> int:
    """How many requests were made."""
    known = caller(database)
    assert known.put("/borrowers/NB-ANN", BORROWER).status_code == 201
    account = {**ACCOUNT, "borrower": "NB-ANN"}
    assert known.put("/accounts/NB-ANN", account).status_code == 201
    api = application(database, api_rate="1000000/second")
    token = key_with(database, Scope)
    schema = schemathesis.openapi.from_asgi("/openapi.json", api)
    headers = {"Authorization": f"Bearer {token}"}
    made = 0

    for operation in schema.get_all_operations():
        one: Any = operation.ok()

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=one.as_strategy())
        def run(case: Any) -> None:
            nonlocal made
            made += 1
            case.call_and_validate(headers=headers, checks=CHECKS)

        run()
    return made


def test_no_request_breaks_it_and_every_answer_is_as_documented(database: Database) -> None:
    assert fuzz(database, EXAMPLES) >= EXAMPLES


@pytest.mark.parametrize("path", ["/nothing", "/borrowers/a/b/c", "/accounts/x/schedules/2"])
def test_an_address_that_is_none_is_a_problem_too(sqlite_database_url: str, path: str) -> None:
    answer = caller(Database(sqlite_database_url)).get(path)

    assert answer.status_code in (404, 405)
    assert answer.headers["content-type"] == "application/problem+json"
