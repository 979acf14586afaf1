"""A person comes in the middle of a form and leaves: the real assistant goes on where they stopped."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from bot.control import Resolution
from bot.conversation import Outcome
from bot.engine import WITH_PERSON
from bot.messages import Kind
from bot.staff import Role
from console.passwords import Codes
from console.staff_admin import StaffAdmin
from tests.console.desk import PASSWORD, QUICK
from tests.journeys.asked import ASKED
from tests.journeys.stage import SECRET, Stage, says, text_of
from wiring.staff import build_staff_desk


@pytest.fixture
def stage(open_stage: Callable[..., Stage]) -> Stage:
    return open_stage()


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
async def test_the_assistant_goes_on_without_the_old_form(stage: Stage, language: str) -> None:
    bot = stage.bot
    desk = build_staff_desk(
        stage.settings,
        secret=SECRET,
        database=stage.database,
        outbox=bot.outbox,
        texts=bot.texts,
        clock=stage.clock,
    )
    people = StaffAdmin(
        store=stage.database, clock=stage.clock, passwords=QUICK, codes=Codes(b"c" * 32)
    )
    mei = people.add("mei", name="Mei", role=Role.AGENT, password=PASSWORD, by="test")
    await stage.verify("NB-ANN", language=language)
    await stage.says("/ask_payoff_on_date", kind=Kind.BUTTON)
    queued = await stage.says(ASKED["talk_to_human"][language])
    assert says(queued, "utter_queued_closed", language)
    await stage.says("/ask_payoff_on_date", kind=Kind.BUTTON)
    chat = stage.conversation()
    tracker = await bot.engine.agent.processor.get_tracker(chat.id)
    assert tracker.active_loop_name == "payoff_form"

    held = await desk.takeover.claim(mei, chat.id)
    assert says(stage.shown()[-1:], "utter_person_joined", language)
    assert await stage.says(ASKED["check_balance"][language]) == []
    (escalation,) = stage.escalations().values()
    with stage.database.unit() as uow:
        seen = uow.desk.last_inbound(chat.id)
    made = Resolution(
        escalation_id=escalation.id, outcome=Outcome.PROMISE, details={"day": "2026-12-04"}
    )
    await desk.takeover.hand_back(mei, held.id, resolutions=[made], seen=seen)
    assert says(stage.shown()[-2:-1], "utter_back_promise", language)

    answer = await stage.says(ASKED["check_balance"][language])
    [account] = stage.accounts("NB-ANN", language)
    assert account.money(account.position.overdue) in text_of(answer)
    assert len(answer) == 1
    tracker = await bot.engine.agent.processor.get_tracker(chat.id)
    assert tracker.active_loop_name is None
    facts = json.loads(tracker.get_slot(WITH_PERSON))
    assert (facts["outcome"], facts["day"], facts["with"]) == ("promise", "2026-12-04", "mei")
