"""E-mail against a real SMTP server on this machine; and the link that stops it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.mail import MailAccount, MailChannel
from bot.messages import Channel, Content, Envelope, SendFailed
from bot.stop_link import stop_links, stop_router
from lending.ids import ConversationId, MessageId
from store.db import Database
from tests.mail_server import Box, mail_server
from tests.scheduler.portfolio import DUE, Line, add_loan, add_point, at

KEY, URL = b"k" * 32, "https://us.example"


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def server(box: Box) -> Iterator[Controller]:
    with mail_server(box) as running:
        yield running


def channel(server: Controller, **changes: Any) -> MailChannel:
    fields: dict[str, Any] = {
        "host": "127.0.0.1", "port": server.port, "sender": "care@northbank.example",
        "sender_name": "Northbank", "security": "none",
    }  # fmt: skip
    return MailChannel(MailAccount(**fields | changes))


def envelope(address: str = "ann@example.com") -> Envelope:
    content = Content(
        text="您好，¥3", subject="Northbank: 关于您的还款", html="<p>您好，¥3</p>",
        stop_url=f"{URL}/stop/abc",
    )  # fmt: skip
    return Envelope(
        message_id=MessageId(1), conversation_id=ConversationId("c"), address=address,
        language="zh-Hans", content=content,
    )  # fmt: skip


async def test_a_mail_arrives_as_text_and_html_with_a_way_to_stop(
    server: Controller, box: Box
) -> None:
    sent = await channel(server).send(envelope())
    mail = box.taken[0]
    assert mail["Message-ID"] == sent
    assert mail["From"] == "Northbank <care@northbank.example>"
    assert mail["To"] == "ann@example.com"
    assert mail["Subject"] == "Northbank: 关于您的还款"
    assert mail["List-Unsubscribe"] == f"<{URL}/stop/abc>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None and plain.get_content().strip() == "您好，¥3"
    assert html is not None and html.get_content().strip() == "<p>您好，¥3</p>"


@pytest.mark.parametrize(
    ("recipient", "data", "expected"),
    [
        ("550 no such user", None, {"permanent": True, "uncertain": False}),
        ("450 try later", None, {"permanent": False, "uncertain": False}),
        (None, "554 refused", {"permanent": False, "uncertain": False}),
        (None, "451 try later", {"permanent": False, "uncertain": False}),
        (None, "hang up", {"uncertain": True}),
    ],
)
async def test_what_a_refusal_means(
    server: Controller, box: Box, recipient: str | None, data: str | None, expected: dict[str, Any]
) -> None:
    box.to_recipient, box.to_data = recipient, data
    with pytest.raises(SendFailed) as failed:
        await channel(server).send(envelope())
    assert {name: getattr(failed.value, name) for name in expected} == expected
    assert box.taken == []


async def test_a_server_that_is_not_there_surely_took_nothing(server: Controller) -> None:
    with pytest.raises(SendFailed) as failed:
        await channel(server, port=1).send(envelope())
    assert not failed.value.uncertain and not failed.value.permanent


async def test_a_head_cannot_be_smuggled_in_by_an_address(server: Controller, box: Box) -> None:
    with pytest.raises(SendFailed) as failed:
        await channel(server).send(envelope("ann@example.com\nBcc: all@example.com"))
    assert failed.value.permanent and box.taken == []


async def test_a_reminder_arrives_and_its_link_stops_the_next(
    database: Database, server: Controller, box: Box
) -> None:
    line = Line(database)
    make = stop_links(KEY, URL)
    line.channels[Channel.EMAIL] = channel(server)
    house = line.house()
    from dataclasses import replace
    from datetime import timedelta

    line.dispatcher = line.worker(house=replace(house, stop_url=make))
    add_loan(database, chat=False)
    add_point(database, "email", "ann@example.com")
    await line.days(DUE, DUE)
    plain = box.taken[0].get_body(("plain",))
    assert plain is not None
    link = re.search(r"https://us\.example(/stop/\S+)", plain.get_content())
    assert link is not None
    app = FastAPI()
    app.include_router(stop_router(store=database, clock=lambda: at(DUE, 18), key=KEY))
    browser = TestClient(app)
    assert "Stop e-mails" in browser.get(link.group(1)).text
    await line.days(DUE + timedelta(days=1), DUE + timedelta(days=1))
    assert len(box.taken) == 2, "looking at the page stops nothing"
    assert browser.post(link.group(1)).status_code == 200
    assert browser.post(link.group(1)).status_code == 200
    assert browser.get("/stop/forged").status_code == 404
    await line.days(DUE + timedelta(days=3), DUE + timedelta(days=8))
    assert len(box.taken) == 2
