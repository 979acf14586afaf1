"""When and how to be contacted, said in the chat: kept, said back, undone, shown, taken back."""

from __future__ import annotations

import pytest

from compliance.wishes import (
    WORKDAYS,
    InconvenientTime,
    Medium,
    OptOut,
    PreferredChannel,
    PreferredHours,
    Wish,
)
from tests.journeys.stage import BORN, Stage, borrower_of, label, says, text_of

EACH = pytest.mark.parametrize(
    ("person", "language"), [("NB-ANN", "en"), ("NB-WEI", "zh-Hans"), ("NB-MEI", "zh-Hant")]
)
AFTER_SIX = {
    "en": "only contact me after 6pm",
    "zh-Hans": "六点以后再联系我",
    "zh-Hant": "請在晚上六點後再聯絡我",
}
NOT_AT_WORK = {
    "en": "don't message me during office hours",
    "zh-Hans": "上班时间不要联系我",
    "zh-Hant": "上班時間不要聯絡我",
}
ONLY_EMAIL = {
    "en": "contact me by email only",
    "zh-Hans": "以后只用邮件联系我",
    "zh-Hant": "請改用email通知我",
}
AGAIN = {"en": "contact me any time again", "zh-Hans": "可以联系我了", "zh-Hant": "可以聯絡我了"}


def wishes_of(stage: Stage, person: str) -> list[Wish]:
    borrower = borrower_of(stage.database, person)
    with stage.database.unit() as uow:
        found = uow.wishes.of_borrower(borrower.id)
    return [kept.wish for kept in found if kept.ended_at is None]


@EACH
async def test_hours_are_kept_said_back_shown_and_undone(
    stage: Stage, person: str, language: str
) -> None:
    await stage.verify(person, language=language)

    kept = await stage.says(AFTER_SIX[language])
    assert says(kept, "utter_contact_kept", language)
    assert "18:00" in text_of(kept)
    (hours,) = wishes_of(stage, person)
    assert isinstance(hours, PreferredHours) and hours.window.start == "18:00"
    assert stage.escalations() == {} and not stage.is_opted_out()

    stage.clock.forward(minutes=1)
    await stage.says(NOT_AT_WORK[language])
    (_, work) = wishes_of(stage, person)
    assert isinstance(work, InconvenientTime) and work.days == WORKDAYS
    shown = await stage.says("/mydata")
    assert says(shown, "utter_my_data", language)
    assert "18:00" in text_of(shown) and "09:00" in text_of(shown)

    undone = await stage.taps(label_of(stage, "utter_label_undo", language))
    assert says(undone, "utter_contact_undone", language)
    assert wishes_of(stage, person) == [hours]


@EACH
async def test_one_channel_only_closes_the_others_until_lifted(
    stage: Stage, person: str, language: str
) -> None:
    await stage.verify(person, language=language)

    await stage.says(ONLY_EMAIL[language])
    assert wishes_of(stage, person) == [PreferredChannel(channel=Medium.EMAIL)]
    assert stage.is_opted_out()

    answer = await stage.says(AGAIN[language])
    assert says(answer, "utter_contact_again", language)
    assert wishes_of(stage, person) == [] and not stage.is_opted_out()


@EACH
async def test_an_unverified_chat_stops_itself_and_settles_the_rest_after_the_proof(
    stage: Stage, person: str, language: str
) -> None:
    await stage.says(f"/start {stage.link(person)}")
    await stage.says(f"/language {language}")
    await stage.says(ONLY_EMAIL[language])
    assert stage.is_opted_out()
    assert wishes_of(stage, person) == [OptOut(channel=Medium.CHAT)]

    answer = await stage.says(BORN[person])
    assert says(answer, "utter_contact_kept", language)
    assert PreferredChannel(channel=Medium.EMAIL) in wishes_of(stage, person)


@pytest.mark.parametrize("word", ["cancel", "Quit.", "END"])
async def test_a_leaving_word_is_a_stop_only_where_nothing_is_open(stage: Stage, word: str) -> None:
    await stage.verify("NB-ANN", language="en")
    await stage.says("how much to clear the whole loan")
    await stage.taps(label("utter_payoff", "ask_payoff_on_date"))

    inside = await stage.says(word)
    assert says(inside, "utter_cancelled") and not stage.is_opted_out()

    outside = await stage.says(word)
    assert says(outside, "utter_contact_keyword") and stage.is_opted_out()


def label_of(stage: Stage, key: str, language: str) -> str:
    return stage.bot.texts.content(key, language).text
