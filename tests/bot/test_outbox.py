"""Nothing leaves without a decision that allows it and the control that it was computed under."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text as sql

from bot.conversation import EscalationReason
from bot.messages import Author, Channel, Content, Inbound, Kind
from bot.outbox import Draft, SendOutcome
from tests.house import TestHouse


async def _draft(house: TestHouse, **changes: object) -> Draft:
    await house.send("hello")
    fields: dict[str, object] = {
        "conversation_id": house.conversation().id,
        "author": Author.BOT,
        "epoch": house.conversation().control.epoch,
        "content": Content(text="a word"),
        "answers": None,
        "language": "en",
    }
    return Draft(**{**fields, **changes})  # type: ignore[arg-type]


def _decisions(house: TestHouse) -> list[tuple[str, bool]]:
    with house.database.engine.connect() as connection:
        query = "SELECT outcome, message_id IS NOT NULL FROM contact_decisions ORDER BY id"
        rows = connection.execute(sql(query)).all()
    return [(row[0], bool(row[1])) for row in rows]


async def test_what_nobody_asked_for_is_blocked_and_the_block_is_kept(house: TestHouse) -> None:
    draft = await _draft(house)
    sent_before = len(house.channel.sent)
    assert await house.outbox.send(draft) is SendOutcome.BLOCKED
    assert len(house.channel.sent) == sent_before
    assert _decisions(house)[-1] == ("block", False)


async def test_every_sent_message_has_an_allowing_decision(house: TestHouse) -> None:
    await house.send("one")
    await house.send("two")
    assert _decisions(house) == [("allow", True)] * len(house.channel.sent)


@pytest.mark.parametrize(
    ("author", "shift"), [(Author.BOT, -1), (Author.BOT, 1), (Author.STAFF, 0)]
)
async def test_a_stale_epoch_or_the_wrong_author_is_refused(
    house: TestHouse, author: Author, shift: int
) -> None:
    draft = await _draft(house, author=author)
    draft = Draft(**{**_as_dict(draft), "epoch": draft.epoch + shift})
    assert await house.outbox.send(draft) is SendOutcome.STALE


def _as_dict(draft: Draft) -> dict[str, object]:
    return {name: getattr(draft, name) for name in Draft.__slots__}


async def test_a_channel_whose_clock_runs_ahead_is_answered_all_the_same(house: TestHouse) -> None:
    """By our clock the message comes from the future; at night, only an answer may leave."""
    house.clock.now = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    ahead = Inbound(
        channel=Channel.TELEGRAM,
        address="77",
        is_private=True,
        update_key="ahead",
        kind=Kind.TEXT,
        text="hello",
        received_at=house.clock.now + timedelta(seconds=40),
    )
    await house.router.receive(ahead)
    await house.router.idle()
    assert house.channel.texts_to("77")


@pytest.mark.parametrize("text", ["we will have you arrested", "不还钱就告诉你单位"])
async def test_banned_words_do_not_leave_and_a_person_is_asked(house: TestHouse, text: str) -> None:
    """The scripted engine repeats what it is told, as a model that was led on might."""
    assert await house.send(text) == []
    with house.database.unit() as uow:
        reasons = [escalation.reason for escalation in uow.escalations.unresolved()]
    assert reasons == [EscalationReason.RULE]
    assert _decisions(house)[-1] == ("block", False)
