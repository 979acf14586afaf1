"""Those who wait for people: told, given back, alerted to, and the assistant told of it afterwards."""

from __future__ import annotations

import pytest

from bot.alerts import Alerts, BadAlertAddress, mail_sender
from bot.conversation import EscalationReason, Outcome
from bot.handover import Owner
from bot.messages import Kind
from bot.notices import Notices
from bot.staff_events import EventKind
from bot.waiting import Waiting
from store.db import Database
from tests.console.desk import RULES, Desk, make_desk
from tests.house import make_house

HOURS = "Mon-Fri 09:00-18:00"


@pytest.fixture
def desk(database: Database) -> Desk:
    return make_desk(make_house(database))


@pytest.fixture
def waiting(desk: Desk) -> Waiting:
    house = desk.house
    notices = Notices(
        store=house.database,
        outbox=house.outbox,
        texts=house.texts,
        clock=house.clock,
        team_hours=HOURS,
    )
    return Waiting(store=house.database, clock=house.clock, notices=notices, rules=RULES)


async def test_a_lapsed_lease_goes_back_and_the_borrower_is_told(
    desk: Desk, waiting: Waiting
) -> None:
    house, mei = desk.house, desk.hire("mei")
    await house.send("hello")
    desk.open()
    await desk.takeover.claim(mei, house.conversation().id)
    house.clock.forward(minutes=10)
    assert (await waiting.run()).lapsed == 0
    desk.takeover.keep(mei, house.conversation().id)
    house.clock.forward(minutes=14)
    assert (await waiting.run()).lapsed == 0
    house.clock.forward(minutes=1)
    assert (await waiting.run()).lapsed == 1
    assert house.conversation().control.owner is Owner.QUEUED
    told = house.text("utter_person_stepped_away", name="Mei")
    assert house.channel.texts_to("1001")[-1] == told
    assert (await waiting.run()).lapsed == 0
    assert house.channel.texts_to("1001").count(told) == 1


async def test_nobody_free_in_time_is_said_once_and_the_assistant_goes_on(
    desk: Desk, waiting: Waiting
) -> None:
    house = desk.house
    await house.send("你好，我要找人工")
    desk.open()
    house.clock.forward(hours=2)
    assert (await waiting.run()).told_nobody_free == 0
    house.clock.forward(days=1)
    passed = await waiting.run()
    assert (passed.told_nobody_free, passed.breached) == (1, 1)
    hours = "周一至周五 09:00-18:00"
    assert house.channel.texts_to("1001")[-1] == house.text(
        "utter_nobody_free", "zh-Hans", hours=hours
    )
    assert (await waiting.run()).told_nobody_free == 0
    assert desk.escalations()[0].is_open
    assert await house.send("还款日是哪天") == ["answer to 还款日是哪天"]


async def test_the_memory_is_told_before_the_assistant_answers_again(desk: Desk) -> None:
    house, mei = desk.house, desk.hire("mei")
    await house.send("hello")
    escalation = desk.open(EscalationReason.HARDSHIP)
    held = await desk.takeover.claim(mei, house.conversation().id)
    made = desk.answered(escalation, Outcome.PLAN)
    await desk.takeover.hand_back(mei, held.id, resolutions=[made], seen=desk.newest(held))
    assert house.engine.told == []
    await house.send("what now")
    ((_, facts),) = house.engine.told
    assert (facts["outcome"], facts["outcome_hardship"], facts["with"]) == ("plan", "plan", "mei")
    await house.send("and then")
    assert len(house.engine.told) == 1


async def test_the_borrower_may_rate_once(desk: Desk) -> None:
    house, mei = desk.house, desk.hire("mei")
    await house.send("hello")
    escalation = desk.open()
    held = await desk.takeover.claim(mei, house.conversation().id)
    await desk.takeover.hand_back(
        mei, held.id, resolutions=[desk.answered(escalation)], seen=desk.newest(held)
    )
    buttons = house.channel.sent[-1].content.buttons
    assert buttons[0].label == "Very well" and len(buttons) == 5
    good, bad = buttons[0].payload, buttons[-1].payload
    assert await house.send(good, kind=Kind.BUTTON) == [house.text("utter_rating_thanks")]
    await house.send(bad, kind=Kind.BUTTON)
    assert desk.escalations()[0].rating == 5
    for forged in ("/rate_person:999999:5", "/rate_person:x:5", "/rate_person:1:9"):
        assert await house.send(forged, kind=Kind.BUTTON) == [house.text("utter_stale_button")]


async def test_news_come_to_open_pages(desk: Desk) -> None:
    house = desk.house
    await house.send("hello")
    async with desk.feed.listen() as page:
        desk.open(EscalationReason.DISTRESS)
        opened = await page.next(5)
        assert opened is not None and opened.kind is EventKind.ESCALATION_OPENED
        await house.send("please")
        kinds = [(await page.next(5)), (await page.next(5))]
        assert [event and (event.kind, event.actor) for event in kinds] == [
            (EventKind.MESSAGE, "borrower"),
            (EventKind.MESSAGE, "bot"),
        ]
        assert await page.next(0.05) is None
    await desk.feed.close()


async def test_staff_are_alerted_once_without_anything_personal(
    desk: Desk, waiting: Waiting
) -> None:
    house, lines = desk.house, []

    async def keep(line: str) -> None:
        lines.append(line)

    async def broken(line: str) -> None:
        raise OSError("no network")

    def alerts() -> Alerts:
        return Alerts(
            store=house.database,
            clock=house.clock,
            senders=[broken, keep],
            console_url="https://desk.example",
        )

    await house.verify()
    first, second = alerts(), alerts()
    assert (await first.run(), await second.run()) == (0, 0)
    desk.open(EscalationReason.ASKED)
    desk.open(EscalationReason.DISTRESS)
    assert (await first.run(), await second.run()) == (1, 0)
    assert lines[0].startswith(
        "URGENT: a borrower needs a person (distress). https://desk.example/"
    )
    assert "Ann" not in lines[0]
    house.clock.forward(minutes=11)
    await waiting.run()
    assert await second.run() == 1
    assert "first reply" in lines[-1]
    assert await first.run() == 0


def test_a_mail_server_for_alerts_is_checked() -> None:
    for url, to in (("http://x", "a@b"), ("smtp://", "a@b"), ("smtp://host", "nobody")):
        with pytest.raises(BadAlertAddress):
            mail_sender(url, to)
