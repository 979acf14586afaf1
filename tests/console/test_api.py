"""What the lender's programs can tell and ask, and what happens when they do it wrongly or twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from bot.events import emit
from bot.identity import token_hash
from console.api_key import hash_of, new_key
from lending.events import EventType
from lending.lender_access import Scope
from store.db import Database
from tests.console.commands import NOW
from tests.console.lender import (
    ACCOUNT,
    BORROWER,
    LOAN,
    PAYMENT,
    Caller,
    application,
    caller,
    key_with,
)

pytest_plugins = ["tests.database"]

Tell = Callable[[Caller], httpx.Response]


@pytest.fixture
def lender(database: Database) -> Caller:
    """All scopes, and an account that is known."""
    made = caller(database)
    assert made.put("/borrowers/L-1", BORROWER).status_code == 201
    assert made.put("/accounts/A-1", ACCOUNT).status_code == 201
    return made


def rows(database: Database, table: str) -> int:
    with database.session() as session:
        return session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()


def test_what_was_told_is_answered(lender: Caller) -> None:
    shown = lender.get("/borrowers/L-1").json()
    assert shown == {k: v for k, v in BORROWER.items() if k != "birth_date"} | {"reference": "L-1"}

    account = lender.get("/accounts/A-1", on="2026-02-10").json()
    assert account["position"]["overdue_minor"] == account["position"]["next_due"]["full_minor"]
    assert account["terms"]["principal_minor"] == 120_000
    schedule = lender.get("/accounts/A-1/schedules").json()["items"][0]
    assert sum(row["principal_minor"] for row in schedule["instalments"]) == 120_000


def test_an_account_reads_back_in_the_form_in_which_it_is_told(lender: Caller) -> None:
    terms = lender.get("/accounts/A-1").json()["terms"]

    assert lender.put("/accounts/A-1", {**ACCOUNT, "terms": terms}).status_code == 200


def test_a_payment_settles_an_instalment_and_its_reversal_owes_it_again(lender: Caller) -> None:
    def overdue() -> int:
        return int(lender.get("/accounts/A-1", on="2026-02-10").json()["position"]["overdue_minor"])

    before = overdue()
    assert lender.post("/accounts/A-1/payments", PAYMENT).json()["status"] == "settled"
    assert (before, overdue()) == (10_662, 0)
    change = {"status": "reversed", "on": "2026-02-05"}
    told = lender.post("/accounts/A-1/payments/bank-1/changes", change)
    assert told.json()["status"] == "reversed"
    assert overdue() == before


WRITES: dict[str, Tell] = {
    "borrower": lambda one: one.put("/borrowers/L-2", BORROWER),
    "contact point": lambda one: one.put(
        "/borrowers/L-1/contact-points", {"kind": "phone", "value": "+44 20 7946 0018"}
    ),
    "account": lambda one: one.put("/accounts/A-2", ACCOUNT),
    "payment": lambda one: one.post("/accounts/A-1/payments", PAYMENT, "payment-1"),
    "hold": lambda one: one.post(
        "/borrowers/L-1/holds",
        {"kind": "dispute", "from_on": "2026-02-01", "owner": "core", "reason": "ticket 7"},
        "hold-0001",
    ),
    "posting": lambda one: one.post(
        "/accounts/A-1/postings",
        {"key": "fee-1", "kind": "fee", "effective_on": "2026-02-02", "amount_minor": 500},
        "posting-1",
    ),
    "link": lambda one: one.post("/borrowers/L-1/links", {"channel": "web"}, "link-0001"),
}
TABLES = ("borrowers", "contact_points", "accounts", "schedules", "instalments", "postings")
TABLES += ("ledger_entries", "payments", "holds", "link_tokens", "api_requests")


@pytest.mark.parametrize("tell", WRITES.values(), ids=WRITES)
def test_everything_sent_twice_is_kept_once_and_answered_alike(
    lender: Caller, database: Database, tell: Tell
) -> None:
    first = tell(lender)
    assert first.status_code == 201, first.text
    kept = {table: rows(database, table) for table in TABLES}
    again = tell(lender)

    assert again.status_code in (200, 201)
    assert again.json() == first.json()
    assert {table: rows(database, table) for table in TABLES} == kept


def test_sent_twice_at_the_same_time_is_kept_once(lender: Caller, database: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda _: WRITES["hold"](lender), range(4)))

    assert {answer.status_code for answer in told} == {201}
    assert all(answer.json() == told[0].json() for answer in told)
    assert rows(database, "holds") == 1


def test_a_key_used_for_another_request_is_refused(lender: Caller) -> None:
    lender.post("/accounts/A-1/payments", PAYMENT, "same-key-1")
    other = lender.post("/accounts/A-1/payments", {**PAYMENT, "key": "bank-2"}, "same-key-1")

    assert other.status_code == 409
    assert other.json()["type"] == "urn:tideover:problem:other-request"


def test_after_an_error_the_same_request_is_tried_anew(lender: Caller) -> None:
    body = {**PAYMENT, "currency": "USD"}
    assert lender.post("/accounts/A-1/payments", body, "retry-001").status_code == 422
    assert lender.post("/accounts/A-1/payments", PAYMENT, "retry-001").status_code == 201


def test_a_payment_key_with_another_amount_is_refused(lender: Caller) -> None:
    lender.post("/accounts/A-1/payments", PAYMENT)
    other = lender.post("/accounts/A-1/payments", {**PAYMENT, "amount_minor": 1})

    assert (other.status_code, other.json()["type"]) == (409, "urn:tideover:problem:key-reused")


def test_the_terms_of_a_known_account_cannot_be_told_anew(lender: Caller) -> None:
    terms = {**LOAN, "annual_rate_bp": 9_900}
    told = lender.put("/accounts/A-1", {**ACCOUNT, "terms": terms})

    assert told.status_code == 409
    assert "plan" in told.json()["hint"]


def test_a_sent_schedule_must_repay_exactly_what_was_lent(lender: Caller) -> None:
    lender.put("/accounts/A-3", {**ACCOUNT, "schedule": "sent"})
    row = {"number": 1, "due_on": "2026-02-01", "principal_minor": 120_000, "interest_minor": 900}
    short = lender.put(
        "/accounts/A-3/schedules/1", {"instalments": [{**row, "principal_minor": 119_999}]}
    )
    assert (short.status_code, short.json()["type"]) == (422, "urn:tideover:problem:bad-schedule")
    assert lender.put("/accounts/A-3/schedules/1", {"instalments": [row]}).status_code == 201
    assert lender.put("/accounts/A-3/schedules/1", {"instalments": [row]}).status_code == 200
    position = lender.get("/accounts/A-3", on="2026-01-31").json()["position"]
    assert position["next_due"]["full_minor"] == 120_900


def test_a_hold_can_be_lifted_once(lender: Caller) -> None:
    number = WRITES["hold"](lender).json()["id"]
    assert lender.post(f"/holds/{number}/end", {"on": "2026-02-09"}).status_code == 201
    assert lender.post(f"/holds/{number}/end", {"on": "2026-02-09"}).status_code == 409
    (hold,) = lender.get("/borrowers/L-1/holds").json()["items"]
    assert hold["until_on"] == "2026-02-09"


def test_a_link_opens_once_and_is_nowhere_in_the_database(
    lender: Caller, database: Database
) -> None:
    url = WRITES["link"](lender).json()["url"]
    token = url.rsplit("/", 1)[1]
    with database.session() as session:
        kept = session.execute(text("SELECT answer FROM api_requests")).scalars().all()
    assert token not in json.dumps([str(answer) for answer in kept])
    with database.unit() as uow:
        assert uow.links.redeem(token_hash(token), NOW + timedelta(hours=1)) is not None
        assert uow.links.redeem(token_hash(token), NOW + timedelta(hours=1)) is None


def test_pages_go_on_where_the_last_one_ended(lender: Caller) -> None:
    for number in range(2, 8):
        lender.put(f"/borrowers/L-{number}", BORROWER)
    seen: list[str] = []
    cursor = None
    while True:
        query = {"limit": 3} if cursor is None else {"limit": 3, "cursor": cursor}
        page = lender.get("/borrowers", **query).json()
        seen += [one["reference"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [f"L-{number}" for number in range(1, 8)]


def test_events_are_read_in_order(lender: Caller, database: Database) -> None:
    with database.unit() as uow:
        whose = uow.borrowers.by_reference("L-1")
        assert whose is not None
        emit(uow, EventType.PROMISE_MADE, at=NOW, borrower_id=whose.id, amount_minor=5)
        emit(uow, EventType.PROMISE_KEPT, at=NOW, borrower_id=whose.id)
        uow.commit()
    items = lender.get("/events").json()["items"]

    assert [item["type"] for item in items] == ["promise.made", "promise.kept"]
    assert items[0]["data"]["borrower"] == "L-1"


BAD: dict[str, tuple[str, str, object]] = {
    "unknown field": ("PUT", "/borrowers/L-9", {**BORROWER, "nickname": "x"}),
    "unknown zone": ("PUT", "/borrowers/L-9", {**BORROWER, "timezone": "Mars/Base"}),
    "unknown profile": ("PUT", "/borrowers/L-9", {**BORROWER, "jurisdiction": "ZZ"}),
    "born in the future": ("PUT", "/borrowers/L-9", {**BORROWER, "birth_date": "2190-01-01"}),
    "a day that is none": ("PUT", "/borrowers/L-9", {**BORROWER, "birth_date": "1990-02-30"}),
    "a phone without country": (
        "PUT",
        "/borrowers/L-1/contact-points",
        {"kind": "phone", "value": "020 7946 0018"},
    ),
    "money as a float": ("POST", "/accounts/A-1/payments", {**PAYMENT, "amount_minor": 106.62}),
    "another currency": ("POST", "/accounts/A-1/payments", {**PAYMENT, "currency": "USD"}),
    "no such currency": ("POST", "/accounts/A-1/payments", {**PAYMENT, "currency": "pounds"}),
    "paid in the future": (
        "POST",
        "/accounts/A-1/payments",
        {**PAYMENT, "initiated_on": "2190-01-01"},
    ),
    "terms that never repay": (
        "PUT",
        "/accounts/A-9",
        {**ACCOUNT, "terms": {**LOAN, "principal_minor": 0}},
    ),
    "a hold that ends before it starts": (
        "POST",
        "/borrowers/L-1/holds",
        {
            "kind": "dispute",
            "from_on": "2026-02-02",
            "until_on": "2026-02-01",
            "owner": "x",
            "reason": "y",
        },
    ),
}


@pytest.mark.parametrize(("method", "path", "body"), BAD.values(), ids=BAD)
def test_what_is_wrong_is_refused_with_what_to_do_and_keeps_nothing(
    lender: Caller, database: Database, method: str, path: str, body: object
) -> None:
    kept = {table: rows(database, table) for table in TABLES}
    send = lender.put if method == "PUT" else lender.post
    refused = send(path, body)

    assert refused.status_code == 422, refused.text
    assert refused.headers["content-type"] == "application/problem+json"
    told = refused.json()
    assert told["detail"] and told["hint"]
    assert {table: rows(database, table) for table in TABLES} == kept


def test_an_error_does_not_repeat_what_was_given(lender: Caller) -> None:
    refused = lender.put("/borrowers/L-9", {**BORROWER, "full_name": 17, "language": "Klingon"})

    assert "Ada" not in refused.text and "Klingon" not in refused.text


def test_a_body_that_is_no_json_or_too_large_is_refused(lender: Caller) -> None:
    kind = {"content-type": "application/json"}
    broken = lender.client.put("/borrowers/L-9", content=b'{"full_name": ', headers=kind)
    large = lender.client.put("/borrowers/L-9", content=b" " * 1_000_001, headers=kind)

    assert (broken.status_code, large.status_code) == (400, 413)


def test_more_requests_than_a_key_may_make_are_put_off(database: Database) -> None:
    one = caller(database, api_rate="3/minute")
    other = caller(database, api_rate="3/minute")
    answers = [one.get("/key") for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert other.get("/key").status_code == 200


# Who may do what.


def test_no_key_a_wrong_one_a_revoked_one_and_an_expired_one_open_nothing(
    database: Database,
) -> None:
    one = caller(database)
    valid = one.client.headers["Authorization"]
    key_id = valid.split("_")[1]
    expired, kept = new_key("old", Scope, NOW - timedelta(days=9), NOW - timedelta(days=1))
    with database.unit() as uow:
        uow.access.add_key(kept)
        uow.commit()
    wrong = ["", "Bearer x", valid[:-1] + ("a" if valid[-1] != "a" else "b"), "Basic eDp5"]
    for given in (*wrong, f"Bearer {expired}"):
        one.client.headers["Authorization"] = given
        assert one.get("/key").status_code == 401, given
    one.client.headers["Authorization"] = valid
    assert one.get("/key").status_code == 200
    with database.unit() as uow:
        uow.access.revoke(key_id, NOW)
        uow.commit()
    assert one.get("/key").status_code == 401


def test_a_key_is_kept_only_as_a_hash(database: Database) -> None:
    secret = key_with(database, [Scope.HOLDS_READ])
    with database.session() as session:
        kept = session.execute(text("SELECT * FROM api_keys")).mappings().one()

    assert kept["hash"] == hash_of(secret)
    assert secret not in str(dict(kept))


@pytest.fixture(scope="module")
def documented() -> dict[tuple[str, str], str | None]:
    """The table of docs/api.md: method and path to scope."""
    from tests.docs.test_docs import ROOT, rows_of

    page = (ROOT / "docs" / "api.md").read_text("utf-8")
    return {
        (row[0], row[1].strip("`")): None if row[2] == "any" else row[2].strip("`")
        for row in rows_of(page, "Scope")
    }


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            scopes = [name for one in operation.get("security", []) for name in one["ApiKey"]]
            yield method.upper(), path, scopes


def test_every_route_needs_exactly_the_scope_that_is_documented(
    sqlite_database_url: str, documented: dict[tuple[str, str], str | None]
) -> None:
    database = Database(sqlite_database_url)
    api = application(database)
    found = {(m, p): scopes for m, p, scopes in operations(api.openapi())}
    assert {route: ([s] if s else []) for route, s in documented.items()} == found

    fill = {"reference": "none", "payment": "none", "number": "1"}
    for (method, path), scope in documented.items():
        place = path.format(**fill)
        others = caller(database, [one for one in Scope if one != scope])
        without = others.client.request(method, place)
        allowed = caller(database, [Scope(scope)] if scope else [])
        within = allowed.client.request(method, place)
        nobody = allowed.client.request(method, place, headers={"Authorization": ""})
        assert nobody.status_code == 401, path
        assert without.status_code == (403 if scope else 200), path
        assert within.status_code not in (401, 403), path
    database.close()
