"""The staff console over a test house: real store, real outbox, real services, one browser per person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from starlette.testclient import TestClient

from bot.certificate_pdf import certificate_pdf
from bot.contact_case import Lender
from bot.conversation import Conversation
from bot.live import LiveHub
from bot.messages import Channel
from bot.staff import Role
from bot.web_chat import WebChannel, web_chat_router
from bot.web_door import Limits
from compliance.profile_file import load_profile
from console.attachments import Attachments
from console.canned import load_canned
from console.casework import Casework
from console.contact_desk import ContactDesk
from console.web.build import ConsoleSettings, build_console
from console.web.desk import Desk as WebDesk
from console.web.rules import RuleTitles
from console.web.visit import Pages
from settings import Settings
from store.db import Database
from tests.console.desk import PASSWORD, RULES, Desk, make_desk
from tests.house import TestHouse, make_house
from wiring.base import plan_office
from wiring.foresight import build_foresight

SECRET = b"s" * 32
PEOPLE = {
    "mei": Role.AGENT,
    "omar": Role.AGENT,
    "sam": Role.SUPERVISOR,
    "cora": Role.COMPLIANCE,
    "ada": Role.ADMIN,
}
ANN, WEI, MEI = "1001", "1002", "1003"
_TITLES, _PLANS = RuleTitles(), plan_office(Settings())


@dataclass
class Stage:
    """All that a console test touches. `app` has the console under /staff and the web chat at /."""

    house: TestHouse
    work: Desk
    console: FastAPI
    app: FastAPI
    hub: LiveHub
    clients: list[TestClient] = field(default_factory=list)

    def client(self, **options: Any) -> TestClient:
        made = TestClient(self.app, follow_redirects=False, **options)
        self.clients.append(made)
        return made

    def signed_in(self, login: str) -> Browser:
        browser = Browser(self.client())
        answer = browser.sign_in(login)
        assert answer.status_code == 303, answer.text
        return browser

    def conversation(self, address: str = ANN) -> Conversation:
        return self.house.conversation(address)


class Browser:
    """One person's browser: keeps cookies, and posts forms with the token of the page."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http
        self.csrf = ""

    def get(self, path: str, **options: Any) -> httpx.Response:
        answer = self.http.get(f"/staff{path}", **options)
        found = re.search(r'name="csrf" value="([0-9a-f]{64})"', answer.text)
        self.csrf = found[1] if found else self.csrf
        return answer

    def post(self, path: str, *, partial: bool = False, **fields: str) -> httpx.Response:
        headers = {"hx-request": "true"} if partial else {}
        fields = {"csrf": self.csrf, **fields}
        return self.http.post(f"/staff{path}", data=fields, headers=headers)

    def sign_in(self, login: str, password: str = PASSWORD, **more: str) -> httpx.Response:
        self.get("/sign-in")
        answer = self.post("/sign-in", login=login, password=password, next="", **more)
        if answer.status_code == 303:
            self.get("/me")
        return answer


def make_stage(database: Database) -> Stage:
    house = make_house(database)
    work = make_desk(house)
    for login, role in PEOPLE.items():
        work.hire(login, role)
    desk = WebDesk(
        store=database,
        clock=house.clock,
        pages=Pages(lender_name="Northbank", zone="UTC"),
        texts=house.texts,
        takeover=work.takeover,
        casework=Casework(
            store=database,
            clock=house.clock,
            contact_log=ContactDesk(store=database, profiles=load_profile, lender=Lender()),
        ),
        cases=work.cases,
        canned=load_canned(),
        attachments=Attachments(store=database, paper=certificate_pdf),
        replies=work.replies,
        inbox=work.inbox,
        feed=work.feed,
        clock_rules=RULES,
        plans=_PLANS,
        foresight=lambda: replace(
            build_foresight(Settings(), database, house.clock),
            running=frozenset({Channel.TELEGRAM, Channel.WEB}),
        ),
        rule_title=_TITLES,
        team_hours="Mon-Fri 09:00-18:00",
        lender_name="Northbank",
    )
    settings = ConsoleSettings(secret=SECRET, secure=False)
    console = build_console(desk, work.sign_in, work.staff, settings)
    hub = LiveHub()
    app = FastAPI()
    app.include_router(_web_chat(house, hub))
    app.mount("/staff", console)
    return Stage(house=house, work=work, console=console, app=app, hub=hub)


def _web_chat(house: TestHouse, hub: LiveHub) -> Any:
    channels: dict[Any, Any] = house.outbox._channels  # type: ignore[assignment]
    channels[Channel.WEB] = WebChannel(hub)

    async def receive(inbound: Any) -> None:
        await house.router.receive(inbound)

    return web_chat_router(
        store=house.database,
        receive=receive,
        hub=hub,
        clock=house.clock,
        secret=SECRET,
        lender_name="Northbank",
        texts=lambda key, language: house.text(key, language),
        secure_cookies=False,
        poll_seconds=0.2,
        limits=Limits(session_burst=1000, network_burst=1000),
    )


@contextmanager
def stage_on(file: Path) -> Iterator[Stage]:
    """A stage on a SQLite file that has the demo's borrowers."""
    database = Database(f"sqlite:///{file}")
    try:
        yield make_stage(database)
    finally:
        database.close()
