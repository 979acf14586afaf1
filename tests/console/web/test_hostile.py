"""What borrowers can type never becomes markup, and no request whatever brings the console down."""

from __future__ import annotations

import re
from collections import Counter

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from starlette.testclient import TestClient

from bot.conversation import EscalationReason
from bot.messages import Kind
from bot.ports import Whose
from compliance.wishes import OptOut, Said
from console.inbox import Inbox
from tests.console.web.stage import Stage

SCRIPT = "<script>alert('x')</script><img src=x onerror=alert(1)>"


@pytest.fixture
async def poisoned(stage: Stage) -> Stage:
    """Everything that a borrower can fill holds a script."""
    house = stage.house
    await house.verify()
    await house.send(SCRIPT)
    await house.send(f"/{SCRIPT}")
    await house.send(SCRIPT, kind=Kind.BUTTON)
    await house.send(SCRIPT, kind=Kind.EDITED)
    await house.send(f'/dispute{{"what": "{SCRIPT}"}}')
    house.engine.extra = {"escalate": {"reason": "dispute", "details": SCRIPT}}
    await house.send(SCRIPT)
    house.engine.extra = {}
    stage.work.open(EscalationReason.ASKED)
    with house.database.unit() as uow:
        conversation = house.conversation()
        assert conversation.identity.borrower_id is not None
        whose = Whose(borrower_id=conversation.identity.borrower_id)
        said = Said(wish=OptOut(), source=SCRIPT, said_at=house.clock(), text=SCRIPT)
        uow.wishes.add(said, whose, reason=SCRIPT)
        uow.commit()
    return stage


async def test_nothing_that_a_borrower_filled_is_markup_on_any_page(poisoned: Stage) -> None:
    chat = poisoned.conversation()
    paths = [
        "/queue",
        f"/conversations/{chat.id}",
        f"/conversations/{chat.id}/top",
        f"/conversations/{chat.id}/work",
        f"/conversations/{chat.id}/earlier?before=99999",
        "/borrowers/NB-ANN",
        "/borrowers?text=" + SCRIPT,
        "/contacts?who=NB-ANN",
        "/contacts?who=" + SCRIPT,
        *(f"/contacts/{number}" for number in range(1, 6)),
        "/reports",
        "/templates?text=" + SCRIPT,
    ]
    sam, seen = poisoned.signed_in("sam"), 0
    for path in paths:
        answer = sam.get(path)
        assert answer.status_code == 200, path
        assert "<script>" not in answer.text and "<img src=x" not in answer.text, path
        seen += "&lt;script&gt;" in answer.text
    assert seen >= 5  # it is there, and harmless


async def test_a_note_and_a_reply_that_was_refused_are_not_markup(poisoned: Stage) -> None:
    path = f"/conversations/{poisoned.conversation().id}"
    mei = poisoned.signed_in("mei")
    assert "<script>" not in mei.post(f"{path}/note", partial=True, text=SCRIPT).text
    assert "<script>" not in mei.post(f"{path}/reply", partial=True, text=SCRIPT, epoch="0").text
    assert "<script>" not in mei.get(path).text


async def test_a_table_for_a_spreadsheet_has_no_cell_that_it_would_run(poisoned: Stage) -> None:
    lines = poisoned.signed_in("cora").get("/contacts.csv").text.splitlines()
    assert len(lines) > 3
    assert not any(re.search(r'(^|,)"?[=+@-]', line) for line in lines[1:])


async def test_secrets_of_a_borrower_are_on_no_page(stage: Stage) -> None:
    token = stage.house.link()
    await stage.house.send(f"/start {token}")
    await stage.house.send("1990-04-21")
    stage.work.open(EscalationReason.ASKED)
    chat = stage.conversation()
    page = stage.signed_in("mei").get(f"/conversations/{chat.id}").text
    assert token not in page and "1990-04-21" not in page
    assert "[started the chat]" in page or "[opened their link]" in page
    assert "[answered the question that proves who they are]" in page


@pytest.mark.parametrize("login", ["sam", "ada"])
def test_no_request_makes_a_server_error(stage: Stage, login: str) -> None:
    """Schemathesis over the whole interface, signed in, with the token of our own page."""
    browser = stage.signed_in(login)
    schema = schemathesis.openapi.from_dict(stage.console.openapi())
    http = TestClient(stage.app, raise_server_exceptions=False, follow_redirects=False)
    http.cookies.update(browser.http.cookies)
    statuses: Counter[int] = Counter()
    failed = []
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path.endswith(UNASKED) or operation.path.startswith("/staff/{login}"):
            continue

        @given(case=operation.as_strategy())
        @settings(
            max_examples=4,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def ask(case: schemathesis.Case) -> None:
            sent = case.as_transport_kwargs(base_url="http://testserver/staff")
            answer = http.request(
                sent["method"],
                sent["url"],
                params=sent.get("params"),
                data=sent.get("data"),
                headers={**dict(sent.get("headers") or {}), "x-csrf-token": browser.csrf},
            )
            statuses[answer.status_code] += 1
            if answer.status_code >= 500:
                failed.append(f"{sent['method']} {sent['url']} {sent.get('data')}")

        ask()
    assert failed == []
    assert statuses.total() > 100 and statuses[200] > 10, statuses


def test_a_fault_of_ours_is_told_on_a_page_that_has_its_style(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = stage.signed_in("sam")

    def broken(*args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Inbox, "rows", broken)
    http = TestClient(stage.app, raise_server_exceptions=False)
    http.cookies.update(browser.http.cookies)
    answer = http.get("/staff/queue")
    assert answer.status_code == 500 and "went wrong on our side" in answer.text
    assert "style-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


UNASKED = ("/stream", "/sign-out", "/me/password", "/arrears", "/me/sessions/end")
"""Streams do not end, some end the session, and one looks at every account."""
