"""Alerts to staff over a real mail server and a Telegram group; what a way did not take, it gets again."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from bot.alerts import TRIES, Alerts, Sender, mail_sender
from bot.conversation import EscalationReason
from bot.telegram_api import TelegramGateway
from store.db import Database
from tests.bot_api_server import BotApiServer
from tests.console.desk import Desk, make_desk
from tests.house import make_house
from tests.mail_server import Box, mail_server

GROUP = -1001


@pytest.fixture
def desk(database: Database) -> Desk:
    return make_desk(make_house(database))


def alerts(desk: Desk, *senders: Sender) -> Alerts:
    return Alerts(
        store=desk.house.database,
        clock=desk.house.clock,
        senders=senders,
        console_url="https://desk.example/staff",
    )


def gateway(desk: Desk, telegram: BotApiServer) -> TelegramGateway:
    async def sink(inbound: object) -> None:
        raise AssertionError("nothing comes in here")

    return TelegramGateway(
        token=telegram.token,
        api_url=telegram.url,
        callback_key=b"k" * 32,
        sink=sink,
        clock=desk.house.clock,
        menu={},
        phrases={},
        staff_chat=GROUP,
    )


async def test_the_group_and_the_mailbox_learn_of_what_is_urgent(desk: Desk) -> None:
    box = Box()
    await desk.house.verify()
    with mail_server(box) as server, BotApiServer() as telegram:
        way = gateway(desk, telegram)
        await way.start(None)
        url = f"smtp://127.0.0.1:{server.port}"
        told = alerts(desk, mail_sender(url, "team@northbank.example"), way.tell_staff)
        await told.run()
        desk.open(EscalationReason.DISTRESS)
        assert await told.run() == 1
        assert await told.run() == 0
        await way.stop()
        [said] = [one.text for one in telegram.messages_to(GROUP)]
    [mail] = box.taken
    assert isinstance(mail, EmailMessage)
    body = mail.get_content().replace("\n", " ").strip()
    assert said == body and said.startswith("URGENT: a borrower needs a person (distress).")
    assert f"https://desk.example/staff/conversations/{desk.house.conversation().id}" in said
    assert (mail["To"], mail["Subject"]) == (
        "team@northbank.example",
        "URGENT: a borrower needs a person (distress)",
    )
    assert mail["Date"] and mail["Message-ID"].endswith("@northbank.example>")
    assert "Ann" not in said + str(mail)


async def test_a_way_that_fails_is_tried_again_and_no_other_is_told_twice(desk: Desk) -> None:
    box = Box()
    box.to_data = "451 later"
    lines: list[str] = []

    async def keep(line: str) -> None:
        lines.append(line)

    await desk.house.verify()
    with mail_server(box) as server:
        url = f"smtp://127.0.0.1:{server.port}"
        told = alerts(desk, mail_sender(url, "team@northbank.example"), keep)
        await told.run()
        desk.open(EscalationReason.DISTRESS)
        assert (await told.run(), await told.run()) == (1, 0)
        assert box.taken == []
        box.to_data = None
        assert await told.run() == 0
        await told.run()
    assert len(box.taken) == 1 and len(lines) == 1


async def test_a_way_that_stays_broken_is_given_up(desk: Desk) -> None:
    tries = 0

    async def broken(line: str) -> None:
        nonlocal tries
        tries += 1
        raise OSError("no network")

    await desk.house.verify()
    told = alerts(desk, broken)
    await told.run()
    desk.open(EscalationReason.DISTRESS)
    for _ in range(TRIES + 3):
        await told.run()
    assert tries == TRIES
