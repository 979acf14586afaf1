"""Nothing about a debt is said before the right person is verified, and guessing ends soon."""

from datetime import date

import pytest

from bot.conversation import MASK, EscalationReason, IdentityStage
from bot.identity import TOKEN_GUESSES, read_birth_dates
from tests.house import TestHouse


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1990-04-21", date(1990, 4, 21)),
        ("1990/4/21", date(1990, 4, 21)),
        ("21.04.1990", date(1990, 4, 21)),
        ("04/21/1990", date(1990, 4, 21)),
        ("19900421", date(1990, 4, 21)),
        ("April 21st, 1990", date(1990, 4, 21)),
        ("it's 21 apr 1990", date(1990, 4, 21)),
        ("1990年4月21日", date(1990, 4, 21)),
        ("我是１９９０年４月２１日出生的", date(1990, 4, 21)),
    ],
)
def test_birth_dates_are_read_in_the_ways_people_write_them(text: str, meant: date) -> None:
    assert meant in read_birth_dates(text)


@pytest.mark.parametrize(
    "text", ["", "1990", "hello", "31/31/1990", "how much is 1,200 due 5 May", "9" * 5000, "1-2-3"]
)
def test_other_texts_are_no_birth_date(text: str) -> None:
    assert read_birth_dates(text) == ()


def test_a_swapped_day_and_month_give_both_readings() -> None:
    assert set(read_birth_dates("05/04/1990")) == {date(1990, 4, 5), date(1990, 5, 4)}


async def test_a_link_and_the_second_fact_verify_and_the_answer_is_masked(house: TestHouse) -> None:
    asked = await house.send(f"/start {house.link()}")
    assert asked[-1] == house.text("utter_ask_second_fact")
    assert house.conversation().identity.stage is IdentityStage.LINKED
    said = await house.send("21 April 1990")
    assert said[0] == house.text("utter_identity_ok", name="Ann")
    assert said[1] == "answer to /resume"
    assert house.conversation().identity.is_verified(house.clock())
    with house.database.unit() as uow:
        kept = [m.text for m in uow.messages.latest(house.conversation().id, 50)]
    assert MASK in kept
    assert not any("1990" in text for text in kept)


async def test_three_wrong_answers_lock_the_chat_and_call_a_person(house: TestHouse) -> None:
    await house.send(f"/start {house.link()}")
    assert await house.send("1990-04-22") == [house.text("utter_identity_wrong", left="2")]
    assert await house.send("1990-04-23") == [house.text("utter_identity_wrong", left="1")]
    assert await house.send("1990-04-24") == [house.text("utter_identity_locked")]
    assert house.conversation().identity.stage is IdentityStage.LOCKED
    with house.database.unit() as uow:
        reasons = [e.reason for e in uow.escalations.unresolved(house.conversation().id)]
    assert reasons == [EscalationReason.IDENTITY]
    await house.send("1990-04-21")
    assert not house.conversation().identity.is_verified(house.clock())


async def test_guessing_one_borrower_from_many_chats_is_locked_too(house: TestHouse) -> None:
    for number in range(3):
        await house.send(f"/start {house.link()}", address=f"20{number}")
        await house.send("1991-01-01", address=f"20{number}")
    said = await house.send(f"/start {house.link()}", address="299")
    assert said == [house.text("utter_identity_locked")]


async def test_the_lock_ends_and_the_right_answer_counts_again(house: TestHouse) -> None:
    await house.send(f"/start {house.link()}")
    for wrong in ("1990-04-22", "1990-04-23", "1990-04-24"):
        await house.send(wrong)
    house.clock.forward(minutes=61)
    said = await house.send("1990-04-21")
    assert said[0] == house.text("utter_identity_ok", name="Ann")


async def test_a_token_works_once_expires_and_cannot_be_guessed(house: TestHouse) -> None:
    token = house.link()
    await house.send(f"/start {token}", address="301")
    assert await house.send(f"/start {token}", address="302") == [house.text("utter_link_bad")]
    late = house.link(hours=1)
    house.clock.forward(hours=2)
    assert await house.send(f"/start {late}", address="302") == [house.text("utter_link_bad")]
    for guess in range(TOKEN_GUESSES):
        await house.send(f"/start guess-{guess}", address="302")
    said = await house.send(f"/start {house.link()}", address="302")
    assert said == [house.text("utter_link_guessing")]


async def test_verification_lapses_after_a_pause_and_not_before(house: TestHouse) -> None:
    await house.verify()
    house.clock.forward(minutes=29)
    await house.send("hello")
    house.clock.forward(minutes=29)
    await house.send("hello")
    assert house.conversation().identity.is_verified(house.clock())
    house.clock.forward(minutes=31)
    await house.send("hello")
    assert not house.conversation().identity.is_verified(house.clock())
    said = await house.send("1990-04-21")
    assert said[0] == house.text("utter_identity_ok", name="Ann")


async def test_the_same_link_tapped_again_in_its_chat_asks_for_the_fact(house: TestHouse) -> None:
    token = house.link()
    await house.send(f"/start {token}")
    assert await house.send(f"/start {token}") == [house.text("utter_ask_second_fact")]
