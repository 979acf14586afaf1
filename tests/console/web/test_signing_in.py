"""Sign in, with a second factor, against guessing; sessions that end; the reader's own settings."""

from __future__ import annotations

import re

import pyotp

from tests.console.desk import PASSWORD
from tests.console.web.stage import Browser, Stage


def test_the_right_password_opens_the_queue_and_signing_out_closes_it(stage: Stage) -> None:
    browser = stage.signed_in("mei")
    assert browser.get("/").headers["location"] == "/staff/queue"
    assert "Nobody is waiting" in browser.get("/queue").text
    assert browser.post("/sign-out").headers["location"] == "/staff/sign-in?reason=out"
    assert browser.get("/queue").status_code == 303


def test_the_session_cookie_is_for_the_server_alone(stage: Stage) -> None:
    browser = Browser(stage.client())
    cookie = next(c for c in browser.sign_in("mei").headers.get_list("set-cookie") if "staff=" in c)
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie


def test_a_wrong_password_says_nothing_of_what_was_wrong(stage: Stage) -> None:
    browser = Browser(stage.client())
    wrong = browser.sign_in("mei", "not the password")
    unknown = browser.sign_in("nobody", "not the password")
    assert wrong.status_code == unknown.status_code == 401
    assert "Name or password is not right." in wrong.text
    assert _words(wrong.text).replace("mei", "") == _words(unknown.text).replace("nobody", "")


def test_guessing_locks_and_says_for_how_long_to_wait(stage: Stage) -> None:
    browser = Browser(stage.client())
    answers = [browser.sign_in("mei", f"guess number {n} of many") for n in range(5)]
    assert answers[-1].status_code == 429
    assert "Too many wrong tries." in answers[-1].text
    assert browser.sign_in("mei").status_code == 429
    stage.house.clock.forward(minutes=16)
    assert browser.sign_in("mei").status_code == 303


def test_many_tries_from_one_network_are_slowed_down(stage: Stage) -> None:
    browser = Browser(stage.client())
    statuses = [browser.sign_in(f"someone{n}", "x").status_code for n in range(25)]
    assert 429 in statuses


def test_an_idle_session_ends_and_comes_back_to_the_page_that_was_asked_for(stage: Stage) -> None:
    browser = stage.signed_in("mei")
    stage.house.clock.forward(minutes=31)
    asked = browser.get("/borrowers/NB-ANN")
    assert asked.headers["location"] == "/staff/sign-in?reason=ended&next=/borrowers/NB-ANN"
    page = browser.http.get(asked.headers["location"])
    assert "nothing happened for a while" in page.text
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert csrf is not None
    fields = {"csrf": csrf[1], "login": "mei", "password": PASSWORD, "next": "/borrowers/NB-ANN"}
    answer = browser.http.post("/staff/sign-in", data=fields)
    assert answer.headers["location"] == "/staff/borrowers/NB-ANN"


def test_a_script_of_an_idle_page_is_told_so_and_is_not_sent_a_sign_in_page(stage: Stage) -> None:
    browser = stage.signed_in("mei")
    stage.house.clock.forward(minutes=31)
    assert browser.post("/me/language", partial=True, language="en").status_code == 401


def test_an_open_page_alone_keeps_nobody_signed_in(stage: Stage) -> None:
    browser = stage.signed_in("mei")
    for _ in range(4):
        stage.house.clock.forward(minutes=9)
        answer = browser.get(f"/conversations/{'f' * 32}/top", headers={"hx-request": "true"})
    assert answer.status_code == 401


def test_where_to_go_after_signing_in_is_always_a_page_of_the_console(stage: Stage) -> None:
    for path in ("//elsewhere.example", "https://elsewhere.example", "/\\elsewhere", "elsewhere"):
        browser = Browser(stage.client())
        browser.get("/sign-in")
        answer = browser.http.post(
            "/staff/sign-in",
            data={"csrf": browser.csrf, "login": "mei", "password": PASSWORD, "next": path},
        )
        assert answer.headers["location"] == "/staff/", path


def test_one_time_codes_are_asked_for_once_they_are_on_and_each_counts_once(stage: Stage) -> None:
    browser = stage.signed_in("mei")
    page = browser.post("/me/second-factor").text
    secret = re.search(r'class="mono wrap">([A-Z2-7]{32})<', page)
    assert secret is not None and "<svg" in page
    other = Browser(stage.client())
    first = other.sign_in("mei")
    assert first.status_code == 401 and 'name="code"' in first.text
    assert 'role="alert"' not in first.text
    code = pyotp.TOTP(secret[1]).at(stage.house.clock())
    assert other.sign_in("mei", code="000000").status_code == 401
    assert other.sign_in("mei", code=code).status_code == 303
    assert Browser(stage.client()).sign_in("mei", code=code).status_code == 401


def test_the_language_of_the_console_is_each_readers_own_choice(stage: Stage) -> None:
    browser = stage.signed_in("mei")
    browser.post("/me/language", language="zh-Hans")
    page = browser.get("/queue").text
    assert '<html lang="zh-Hans"' in page and "没有人在等待" in page
    assert "Nobody is waiting" in stage.signed_in("omar").get("/queue").text


def test_the_sign_in_page_speaks_the_browsers_language(stage: Stage) -> None:
    stranger = stage.client(headers={"accept-language": "zh-CN,zh;q=0.9,en;q=0.5"})
    assert "员工登录" in stranger.get("/staff/sign-in").text


def test_a_new_password_needs_the_old_one_and_ends_other_sessions(stage: Stage) -> None:
    here, there = stage.signed_in("mei"), stage.signed_in("mei")
    refused = here.post("/me/password", old="wrong one", new="nine quiet otters dive")
    assert refused.status_code == 409
    assert here.post("/me/password", old=PASSWORD, new="nine quiet otters dive").status_code == 303
    assert here.get("/queue").status_code == 200
    assert there.get("/queue").status_code == 303


def test_someone_who_left_is_out_at_once(stage: Stage) -> None:
    mei, ada = stage.signed_in("mei"), stage.signed_in("ada")
    assert ada.post("/staff/mei/disable").status_code == 303
    assert mei.get("/queue").status_code == 303


def test_an_admin_adds_someone_whose_password_is_shown_once(stage: Stage) -> None:
    ada = stage.signed_in("ada")
    page = ada.post("/staff", login="lin", name="Lin", role="agent", language="zh-Hans").text
    password = re.search(r"<b>([0-9a-f]{6}-[0-9a-f]{6}-[0-9a-f]{6})</b>", page)
    assert password is not None
    assert password[1] not in ada.get("/staff").text
    assert Browser(stage.client()).sign_in("lin", password[1]).status_code == 303


def _words(html: str) -> str:
    return re.sub(r"[0-9a-f]{64}|\s+", " ", re.sub(r"<input[^>]*>", "", html))
