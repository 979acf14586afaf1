"""What borrowers say that the lender's other systems must know is kept for them, without words."""

from __future__ import annotations

import json
from datetime import date

import pytest

from bot.conversation import EscalationReason
from bot.effects import apply_effects
from bot.events import tell_promise
from lending.events import EventType, KeptEvent
from lending.ids import PromiseId
from lending.money import Money
from lending.promises import Promise
from tests.house import TestHouse


def told(house: TestHouse) -> list[KeptEvent]:
    with house.database.unit() as uow:
        return list(uow.outgoing.page(after=0, limit=100))


def escalate(house: TestHouse, reason: EscalationReason, details: str = "") -> None:
    conversation = house.conversation()
    effect = {"escalate": {"reason": reason.value, "details": details}}
    with house.database.unit() as uow:
        conversation = uow.conversations.get(conversation.id, for_update=True)
        uow.conversations.save(apply_effects(uow, conversation, [effect], house.clock()))
        uow.commit()


@pytest.mark.parametrize(
    ("reason", "types"),
    [
        (EscalationReason.DISPUTE, [EventType.DISPUTE_OPENED, EventType.ESCALATION_OPENED]),
        (EscalationReason.HARDSHIP, [EventType.HARDSHIP_REPORTED, EventType.ESCALATION_OPENED]),
        (EscalationReason.COMPLAINT, [EventType.COMPLAINT_MADE, EventType.ESCALATION_OPENED]),
        (EscalationReason.PAYMENT_MISSING, [EventType.ESCALATION_OPENED]),
        (EscalationReason.ASKED, [EventType.ESCALATION_OPENED]),
    ],
)
async def test_what_needs_a_person_is_told_to_the_lenders_system(
    house: TestHouse, reason: EscalationReason, types: list[EventType]
) -> None:
    await house.verify()
    before = len(told(house))
    escalate(house, reason, details="the boiler broke and I cannot pay")
    escalate(house, reason)
    new = told(house)[before:]

    assert [event.type for event in new] == types
    assert {event.borrower for event in new} == {"NB-ANN"}
    assert all(event.data["verified"] is True for event in new)
    assert "boiler" not in json.dumps([dict(event.data) for event in new])


async def test_a_stop_is_told_once_with_its_channel(house: TestHouse) -> None:
    await house.verify()
    before = len(told(house))
    await house.send("STOP")
    await house.send("STOP")
    new = [event for event in told(house)[before:] if event.type is EventType.OPTED_OUT]

    assert [(event.borrower, event.data["channels"]) for event in new] == [("NB-ANN", "chat")]


async def test_a_promise_is_told_with_its_amount_and_day(house: TestHouse) -> None:
    with house.database.unit() as uow:
        file = uow.accounts.by_reference("PL-ANN")
        assert file is not None
        promise = Promise(
            id=PromiseId(1),
            account_id=file.account.id,
            amount=Money(5_000, "USD"),
            made_on=date(2026, 11, 23),
            due_on=date(2026, 11, 27),
            grace_days=1,
        )
        whose = file.account.borrower_id
        tell_promise(uow, EventType.PROMISE_MADE, promise, whose, house.clock())
        uow.commit()
    event = told(house)[-1]

    assert (event.type, event.borrower, event.account) == ("promise.made", "NB-ANN", "PL-ANN")
    assert dict(event.data) == {"amount_minor": 5_000, "currency": "USD", "due_on": "2026-11-27"}
