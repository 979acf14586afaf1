"""Every route and every role: allowed or refused as the table says; nothing is outside the table."""

from __future__ import annotations

import re

import pytest
from fastapi.routing import APIRoute

from bot.conversation import EscalationReason
from bot.staff import Role
from console.permissions import Action, may
from console.web.access import ACCESS, Open
from tests.console.web.stage import PEOPLE, Stage

BY_ROLE = {Role.AGENT: "mei", Role.SUPERVISOR: "sam", Role.COMPLIANCE: "cora", Role.ADMIN: "ada"}
UNKNOWN = {
    "conversation_id": "f" * 32,
    "message_id": "999999",
    "point_id": "999999",
    "offer_id": "f" * 32,
    "decision_id": "999999",
    "hold_id": "999999",
    "reference": "NB-NOBODY",
    "login": "nobody",
    "key": "utter_nothing",
    "name": "nothing",
    "version": "0",
    "name:path": "nothing.css",
}


def test_the_table_names_exactly_the_routes_that_there_are(stage: Stage) -> None:
    routes = {
        f"{method} {route.path}"
        for route in stage.console.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    }
    others = [route for route in stage.console.routes if not isinstance(route, APIRoute)]
    assert routes == set(ACCESS)
    assert others == []


async def test_every_route_for_every_role_is_allowed_or_refused_as_the_table_says(
    stage: Stage,
) -> None:
    await stage.house.verify()
    stage.work.open(EscalationReason.ASKED)
    wrong = []
    for role, login in BY_ROLE.items():
        browser = stage.signed_in(login)
        for key, needed in ACCESS.items():
            method, path = key.split(" ", 1)
            if key in ("POST /sign-out", "POST /me/password") or path.endswith("/stream"):
                continue  # one ends the session; streams do not end, and are asked below
            answer = _ask(browser, method, _filled(path))
            is_refused = answer.status_code == 403
            should_be = isinstance(needed, Action) and not may(role, needed)
            if is_refused != should_be or answer.status_code >= 500:
                wrong.append(f"{role} {key}: {answer.status_code}")
    assert wrong == []


@pytest.mark.parametrize("path", ["/queue/stream", "/conversations/{conversation_id}/stream"])
def test_streams_refuse_a_role_that_may_not_see_them(stage: Stage, path: str) -> None:
    browser = stage.signed_in("ada")
    assert browser.get(_filled(path)).status_code == 403


def test_nothing_but_the_sign_in_page_is_there_for_strangers(stage: Stage) -> None:
    stranger = stage.client()
    for key, needed in ACCESS.items():
        method, path = key.split(" ", 1)
        answer = stranger.request(method, f"/staff{_filled(path)}", data={})
        if needed is Open.ANYONE:
            assert answer.status_code in (200, 403, 404), key
        elif path.endswith("/stream"):
            assert answer.status_code == 401, key
        else:
            assert answer.status_code == 303, key
            assert answer.headers["location"].startswith("/staff/sign-in"), key


def test_every_post_without_the_token_of_our_own_page_is_refused(stage: Stage) -> None:
    browser = stage.signed_in("sam")
    for key, needed in ACCESS.items():
        method, path = key.split(" ", 1)
        is_theirs = isinstance(needed, Action) and may(Role.SUPERVISOR, needed)
        if method == "POST" and (needed is Open.SIGNED_IN or is_theirs):
            forged = browser.http.post(f"/staff{_filled(path)}", data={"csrf": "0" * 64})
            assert forged.status_code == 403, key


def test_a_post_from_another_site_is_refused_even_with_the_token(stage: Stage) -> None:
    browser = stage.signed_in("mei")
    answer = browser.http.post(
        "/staff/me/language",
        data={"csrf": browser.csrf, "language": "zh-Hans"},
        headers={"origin": "https://elsewhere.example"},
    )
    assert answer.status_code == 403


def test_a_token_of_one_session_does_not_fit_another(stage: Stage) -> None:
    mei, omar = stage.signed_in("mei"), stage.signed_in("omar")
    omar.csrf = mei.csrf
    assert omar.post("/me/language", language="zh-Hans").status_code == 403


def test_every_answer_carries_the_headers_that_keep_it_safe(stage: Stage) -> None:
    browser = stage.signed_in("mei")
    for path in ("/queue", "/nothing-here", "/sign-in"):
        headers = browser.get(path).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"


def test_pages_have_no_inline_script_or_style(stage: Stage) -> None:
    browser = stage.signed_in("sam")
    for path in ("/queue", "/reports", "/borrowers/NB-ANN", "/templates", "/me", "/sign-in"):
        html = browser.get(path).text
        assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|<style", html), path


def test_staff_of_every_role_exist(stage: Stage) -> None:
    assert {role for role in PEOPLE.values()} == set(Role)


def _filled(path: str) -> str:
    return re.sub(r"{([\w:]+)}", lambda found: UNKNOWN[found.group(1)], path)


def _ask(browser, method: str, path: str):  # type: ignore[no-untyped-def]
    return browser.get(path) if method == "GET" else browser.post(path)
