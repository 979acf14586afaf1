"""What people come with, in three languages, and what it must come to."""

from __future__ import annotations

import pytest

from bot.conversation import IdentityStage
from bot.handover import Owner
from bot.languages import detect_language
from bot.messages import Content
from tests.journeys.asked import ASKED
from tests.journeys.stage import (
    BORN,
    LANGUAGES,
    Stage,
    amounts_in,
    borrower_of,
    label,
    says,
    text_of,
)

EACH_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)
IS_FOR = {"en": "NB-ANN", "zh-Hans": "NB-WEI", "zh-Hant": "NB-MEI"}
CRISIS_LINES = {"NB-ANN": "988", "NB-WEI": "12356", "NB-MEI": "116 123", "NB-PRIYA": "14416"}
NONSENSE = {
    "en": ("qwrtp lkjhg mnbvc", "zzkt brrp oomf dulu"),
    "zh-Hans": ("饕餮魑魅魍魉龘", "囍燚犇骉麤"),
    "zh-Hant": ("饕餮魑魅魍魎龘", "囍燚犇驫麤"),
}

GOES_ON = {
    "en": (
        "it was in march",
        "ok",
        "i don't know what to do",
        "thanks",
        "how long until they come",
        "bye",
    ),
    "zh-Hans": ("他是三月走的", "嗯", "我不知道怎么办", "谢谢", "外面在下雨", "再见"),
    "zh-Hant": ("他是三月走的", "嗯", "我不知道怎麼辦", "謝謝", "外面在下雨", "再見"),
}
"""What people write while they wait after they spoke of despair."""


@pytest.fixture
def unreadable(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the classifier makes of nonsense today, here it is sure of nothing."""
    read = stage.bot.engine._parse

    async def parse(text: str) -> dict[str, object]:
        parsed = await read(text)
        if any(text in pair for pair in NONSENSE.values()):
            parsed["intent"] = {"name": "nlu_fallback", "confidence": 0.3}
        return parsed

    monkeypatch.setattr(stage.bot.engine, "_parse", parse)


def payloads(answers: list[Content]) -> set[str]:
    return {button.payload for content in answers for button in content.buttons}


@EACH_LANGUAGE
@pytest.mark.parametrize(
    ("intent", "key"),
    [
        ("greet", "utter_greet"),
        ("help", "utter_help"),
        ("ask_are_you_bot", "utter_are_you_bot"),
        ("ask_proof_of_lender", "utter_proof"),
    ],
)
async def test_strangers_get_plain_answers(
    stage: Stage, intent: str, key: str, language: str
) -> None:
    answer = await stage.says(ASKED[intent][language])
    assert says(answer, key, _written_in(intent, language)), text_of(answer)


def _written_in(intent: str, language: str) -> str:
    """Characters that both scripts share are answered in simplified ones until more is known."""
    return detect_language(ASKED[intent][language], "en")


@EACH_LANGUAGE
@pytest.mark.parametrize("intent", ["check_balance", "check_due_date", "ask_payoff"])
async def test_a_stranger_is_asked_for_the_link_and_answered_after_it(
    stage: Stage, intent: str, language: str
) -> None:
    who = IS_FOR[language]
    first = await stage.says(ASKED[intent][language])
    assert says(first, "utter_need_link", _written_in(intent, language))
    await stage.says(f"/start {stage.link(who)}")

    answer = text_of(await stage.says(BORN[who]))

    [account] = stage.accounts(who, stage.conversation().language)
    position = account.position
    told = (
        position.payoff
        if intent == "ask_payoff"
        else position.next_due and (position.next_due.amount)
    )
    assert told and account.money(told) in answer


@EACH_LANGUAGE
async def test_fees_and_how_to_pay_name_the_borrowers_own_account(
    stage: Stage, language: str
) -> None:
    await stage.verify("NB-ANN", language=language)
    fees = text_of(await stage.says(ASKED["ask_fees_interest"][language]))
    pay = text_of(await stage.says(ASKED["make_payment"][language]))
    [account] = stage.accounts("NB-ANN", language)

    assert account.formats.percent(account.file.account.terms.annual_rate_bp) in fees
    assert "PL-ANN" in pay and account.money(account.position.overdue) in pay


@EACH_LANGUAGE
async def test_marcus_hears_that_his_payment_is_on_its_way(stage: Stage, language: str) -> None:
    await stage.verify("NB-MARCUS", language=language)
    [account] = stage.accounts("NB-MARCUS", language)

    answer = await stage.says(ASKED["report_paid"][language])

    assert says(answer, "utter_paid_and_pending", language)
    assert account.money(account.position.pending) in text_of(answer)
    assert stage.escalations() == {}


@EACH_LANGUAGE
async def test_a_payment_that_nobody_sees_reaches_a_person_with_its_details(
    stage: Stage, language: str
) -> None:
    await stage.verify("NB-ANN", language=language)
    said = await stage.says(ASKED["report_paid"][language])
    if not says(said, "utter_ask_paid_on", language):
        said = await stage.taps(label("utter_paid_and_here", "payment_not_there", language))
    assert says(said, "utter_ask_paid_on", language)
    await stage.says({"en": "20 November"}.get(language, "11月20日"))
    await stage.says("$290.75")

    done = await stage.taps(label("utter_ask_trace_confirmed", "affirm", language))

    assert says(done, "utter_trace_passed_on", language)
    row = stage.escalations()["payment_missing"]
    assert "290.75" in row.packet["details"] and "2026-11-20" in row.packet["details"]
    assert stage.conversation().control.owner is Owner.QUEUED


@EACH_LANGUAGE
@pytest.mark.parametrize("is_verified", [True, False])
async def test_a_dispute_reaches_a_person(stage: Stage, language: str, is_verified: bool) -> None:
    if is_verified:
        await stage.verify("NB-ANN", language=language)
    text = ASKED["dispute_debt"][language]

    answer = await stage.says(text)

    in_language = language if is_verified else detect_language(text, "en")
    assert says(answer, "utter_dispute", in_language)
    assert stage.escalations()["dispute"].priority == 1
    assert amounts_in(text_of(answer)) == set()


@pytest.mark.parametrize(
    ("reference", "language"),
    [("NB-ANN", "en"), ("NB-WEI", "zh-Hans"), ("NB-MEI", "zh-Hant"), ("NB-PRIYA", "en")],
)
async def test_despair_is_met_with_care_and_nothing_about_money(
    stage: Stage, reference: str, language: str
) -> None:
    await stage.verify(reference, language=language)

    answer = await stage.says(ASKED["express_distress"][language])

    text = text_of(answer)
    assert stage.escalations()["distress"].priority == 0
    assert CRISIS_LINES[reference] in text
    assert amounts_in(text) == set()
    for word in ("owe", "due", "debt", "loan", "card", "欠", "还款", "繳", "贷", "貸"):
        assert word not in text
    assert payloads(answer) <= {"/talk_to_human"}


@EACH_LANGUAGE
async def test_a_stranger_in_despair_is_met_with_care(stage: Stage, language: str) -> None:
    answer = await stage.says(ASKED["express_distress"][language])

    in_language = detect_language(ASKED["express_distress"][language], "en")
    assert says(answer, "utter_distress_anywhere", in_language)
    assert stage.escalations()["distress"].priority == 0


@EACH_LANGUAGE
@pytest.mark.parametrize("is_known", [True, False])
async def test_until_somebody_comes_despair_is_kept_company(
    stage: Stage, language: str, is_known: bool
) -> None:
    if is_known:
        await stage.verify("NB-ANN", language=language)
    else:
        await stage.says(f"/language {language}")
    await stage.says(ASKED["express_distress"][language])

    for said, text in enumerate(GOES_ON[language]):
        answer = await stage.says(text)
        first = "utter_distress_still_here" + ("" if is_known else "_anywhere")
        assert says(answer, "utter_distress_kept" if said else first, language), text
        assert payloads(answer) == {"/talk_to_human"} and amounts_in(text_of(answer)) == set()
    again = await stage.says({"en": "i'm so alone without him"}.get(language, "我好难过好孤单"))
    assert says(again, first, language), text_of(again)  # the crisis line comes with it again
    assert len(stage.escalations()) == 1


@EACH_LANGUAGE
async def test_who_despairs_and_clearly_wants_something_is_heard(
    stage: Stage, language: str
) -> None:
    await stage.verify("NB-ANN", language=language)
    await stage.says(ASKED["express_distress"][language])
    await stage.says(GOES_ON[language][0])

    worse = await stage.says({"en": "i want to die"}.get(language, "我想死"))
    assert says(worse, "utter_distress", language)
    assert amounts_in(text_of(await stage.says(ASKED["check_balance"][language])))
    person = await stage.says(ASKED["talk_to_human"][language])
    assert says(person, "utter_still_queued", language)
    await stage.says(ASKED["set_contact_preferences"][language])
    assert stage.is_opted_out()


@EACH_LANGUAGE
@pytest.mark.parametrize("odd", [False, True])
async def test_stop_in_odd_words_is_an_opt_out(stage: Stage, language: str, odd: bool) -> None:
    await stage.verify("NB-ANN", language=language)
    asked = ASKED["set_contact_preferences"][language]
    if odd:
        asked = {
            "en": "plz quit texting me already, leave me alone",
            "zh-Hans": "不要再联系我了",
            "zh-Hant": "別再聯絡我",
        }[language]

    answer = await stage.says(asked)

    assert stage.is_opted_out()
    assert says(answer, "utter_contact_kept", language)
    assert stage.escalations() == {}
    assert (await stage.says(ASKED["check_balance"][language])) != []


@EACH_LANGUAGE
@pytest.mark.parametrize("word", ["STOP", "stop.", "/stop", "退订", "退訂", "停止", "Unsubscribe"])
async def test_stop_words_need_no_understanding(stage: Stage, language: str, word: str) -> None:
    await stage.verify("NB-ANN", language=language)
    answer = await stage.says(word)
    assert says(answer, "utter_stopped", language)
    assert stage.is_opted_out()


@EACH_LANGUAGE
@pytest.mark.parametrize("stage_of_identity", ["linked", "verified"])
async def test_a_wrong_person_is_untied(
    stage: Stage, language: str, stage_of_identity: str
) -> None:
    if stage_of_identity == "verified":
        await stage.verify("NB-ANN", language=language)
    else:
        await stage.says(f"/start {stage.link('NB-ANN')}")
        await stage.says(f"/language {language}")

    answer = await stage.says(ASKED["wrong_person"][language])

    assert says(answer, "utter_wrong_person", language)
    identity = stage.conversation().identity
    assert identity.borrower_id is None and identity.stage is IdentityStage.UNKNOWN
    assert stage.escalations()["wrong_person"].priority == 1
    assert stage.is_opted_out()
    after = text_of(await stage.says(ASKED["check_balance"][language]))
    assert amounts_in(after) == set() and "Ann" not in after
    assert says(stage.shown()[-1:], "utter_need_link", language)


@pytest.mark.usefixtures("unreadable")
@EACH_LANGUAGE
async def test_not_understood_twice_offers_a_person(stage: Stage, language: str) -> None:
    await stage.verify("NB-ANN", language=language)
    first, second = NONSENSE[language]

    await stage.says(first)
    answer = await stage.says(second)

    assert says(answer, "utter_offer_person", language), text_of(answer)
    assert "/talk_to_human" in payloads(answer)
    await stage.taps(label("utter_offer_person", "talk_to_human", language))
    assert stage.escalations() and stage.conversation().control.owner is Owner.QUEUED


@EACH_LANGUAGE
async def test_nonsense_calls_nobody(stage: Stage, language: str) -> None:
    for text in NONSENSE[language]:
        await stage.says(text)
    assert stage.escalations() == {}
    assert says(stage.shown()[-1:], "utter_offer_person", language)


@pytest.mark.usefixtures("unreadable")
@EACH_LANGUAGE
async def test_something_understood_between_starts_the_count_anew(
    stage: Stage, language: str
) -> None:
    await stage.verify("NB-ANN", language=language)
    first, second = NONSENSE[language]
    await stage.says(first)
    await stage.says(ASKED["check_balance"][language])
    assert not says(await stage.says(second), "utter_offer_person", language)


@EACH_LANGUAGE
async def test_a_person_please_while_waiting_for_one(stage: Stage, language: str) -> None:
    await stage.verify("NB-ANN", language=language)
    await stage.says(ASKED["talk_to_human"][language])
    assert "asked_for_person" in stage.escalations()
    again = await stage.says(ASKED["talk_to_human"][language])
    assert len(stage.escalations()) == 1
    assert says(again, "utter_still_queued", language) and len(again) == 1
    balance = text_of(await stage.says(ASKED["check_balance"][language]))
    [account] = stage.accounts("NB-ANN", language)
    assert account.money(account.position.overdue) in balance


async def test_a_mixed_message_is_answered_in_chinese(stage: Stage) -> None:
    await stage.verify("NB-WEI")

    answer = await stage.says("我想 delay 一下 payment")

    assert says(answer, "utter_ask_extension_day", "zh-Hans")


async def test_the_language_follows_the_borrower_until_one_is_chosen(stage: Stage) -> None:
    await stage.verify("NB-ANN")
    await stage.says(ASKED["check_balance"]["zh-Hans"])
    assert stage.conversation().language == "zh-Hans"
    await stage.says(ASKED["ask_schedule"]["zh-Hant"])
    assert stage.conversation().language == "zh-Hant"
    await stage.says("/language")
    await stage.taps("English")
    answer = await stage.says(ASKED["check_balance"]["zh-Hans"])
    [account] = stage.accounts("NB-ANN", "en")
    assert stage.conversation().language == "en"
    assert account.day(account.position.next_due.due_on) in text_of(answer)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [("说中文", "zh-Hans"), ("請用繁體中文", "zh-Hant"), ("can we speak english please", "en")],
)
async def test_a_language_is_asked_for_in_words(stage: Stage, asked: str, wanted: str) -> None:
    await stage.verify("NB-ANN")
    await stage.says(asked)
    assert stage.conversation().language == wanted
    assert stage.conversation().language_chosen


@EACH_LANGUAGE
async def test_quiet_time_asks_the_fact_again_and_then_answers(stage: Stage, language: str) -> None:
    await stage.verify("NB-ANN", language=language)
    stage.clock.forward(minutes=31)

    asked = await stage.says(ASKED["check_balance"][language])
    assert says(asked, "utter_identity_lapsed", language)
    answer = text_of(await stage.says(BORN["NB-ANN"]))

    [account] = stage.accounts("NB-ANN", language)
    assert account.money(account.position.overdue) in answer


@EACH_LANGUAGE
async def test_each_topic_is_answered_once_and_in_the_language(stage: Stage, language: str) -> None:
    """No topic falls silent, says a thing twice, or leaks a template's braces."""
    await stage.verify("NB-PRIYA", language=language)
    for intent, asked in ASKED.items():
        if intent == "wrong_person":
            continue
        answers = await stage.says(asked[language])
        assert answers, intent
        texts = [content.text for content in answers]
        assert len(set(texts)) == len(texts), intent
        assert not any("{" in text or "}" in text for text in texts), (intent, texts)
        if language != "en":
            assert all(any("一" <= c <= "鿿" for c in text) for text in texts), (intent, texts)


@EACH_LANGUAGE
async def test_the_holder_of_a_link_cannot_undo_the_borrowers_wishes(
    stage: Stage, language: str
) -> None:
    """Who has only the link may neither lift an opt-out made elsewhere nor set the language."""
    mine, theirs = 1001, 6660
    await stage.verify("NB-MEI", mine, language=language)
    await stage.says("STOP", mine)
    await stage.says(f"/start {stage.link('NB-MEI')}", theirs)
    await stage.says("/language en", theirs)
    await stage.says("/start", theirs)

    assert stage.is_opted_out(mine)
    assert borrower_of(stage.database, "NB-MEI").language == language
    await stage.says("/start", mine)
    assert not stage.is_opted_out(mine)
