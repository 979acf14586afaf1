"""A conversation goes on where it was when the process is another one, also inside a form."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.messages import Content
from lending.money import Money
from lending.quote import payoff_on
from tests.journeys.asked import ASKED
from tests.journeys.stage import Account, Stage, label, says, text_of

BOTH = [("en", "NB-ANN"), ("zh-Hans", "NB-ANN"), ("zh-Hant", "NB-ANN")]
LATER = {"en": "5 December", "zh-Hans": "12月5日", "zh-Hant": "12月5日"}
FIFTH = date(2026, 12, 5)
YESTERDAY = {"en": "yesterday", "zh-Hans": "昨天", "zh-Hant": "昨天"}
ONE_LANGUAGE = pytest.mark.parametrize(("language", "who"), BOTH, ids=[b[0] for b in BOTH])


def payoff_told(account: Account, on: date) -> str:
    return account.money(payoff_on(account.file, on))


async def open_payoff_form(stage: Stage, who: str, language: str) -> Account:
    await stage.verify(who, language=language)
    await stage.says(ASKED["ask_payoff"][language])
    asked = await stage.taps(label("utter_payoff", "ask_payoff_on_date", language))
    assert says(asked, "utter_ask_payoff_on", language)
    [account] = stage.accounts(who, language)
    return account


async def open_trace_form(stage: Stage, who: str, language: str) -> None:
    """Say that a payment is missing: with one account, the day is asked first."""
    await stage.verify(who, language=language)
    await stage.says(ASKED["payment_history"][language])
    asked = await stage.taps(label("utter_payments", "payment_not_there", language))
    assert says(asked, "utter_ask_paid_on", language)


@ONE_LANGUAGE
async def test_payoff_form_survives_a_restart(stage: Stage, language: str, who: str) -> None:
    account = await open_payoff_form(stage, who, language)

    stage.restart()
    answer = await stage.says(LATER[language])

    assert payoff_told(account, FIFTH) in text_of(answer)
    assert account.day(FIFTH) in text_of(answer)


async def test_a_new_process_reads_the_model_and_the_files_again(stage: Stage) -> None:
    account = await open_payoff_form(stage, "NB-ANN", "en")

    stage.restart(anew=True)
    answer = await stage.says(LATER["en"])

    assert payoff_told(account, FIFTH) in text_of(answer)


@ONE_LANGUAGE
async def test_trace_form_survives_a_restart_at_each_step(
    stage: Stage, language: str, who: str
) -> None:
    await open_trace_form(stage, who, language)
    [account] = stage.accounts(who, language)
    day = account.formats.today - timedelta(days=1)
    amount = account.money(Money(181_50, account.file.account.currency))

    stage.restart()
    assert says(await stage.says(YESTERDAY[language]), "utter_ask_paid_amount", language)
    stage.restart()
    read_back = await stage.says("181.50")
    assert says(read_back, "utter_ask_trace_confirmed", language)
    assert amount in text_of(read_back) and account.day(day) in text_of(read_back)
    stage.restart()
    done = await stage.taps(label("utter_ask_trace_confirmed", "affirm", language))

    assert says(done, "utter_trace_passed_on", language)
    details = stage.escalations()["payment_missing"].packet["details"]
    assert "181.50" in details and day.isoformat() in details and "PL-ANN" in details


@ONE_LANGUAGE
async def test_an_answer_is_corrected_across_a_restart(
    stage: Stage, language: str, who: str
) -> None:
    await open_trace_form(stage, who, language)
    await stage.says(YESTERDAY[language])
    await stage.says("181.50")
    change = _change_label("amount", language)

    stage.restart()
    assert says(await stage.taps(change), "utter_ask_paid_amount", language)
    stage.restart()
    read_back = await stage.says("182.40")

    assert says(read_back, "utter_ask_trace_confirmed", language)
    assert "182.40" in text_of(read_back) and "181.50" not in text_of(read_back)


@ONE_LANGUAGE
async def test_a_digression_is_answered_and_the_form_asks_again(
    stage: Stage, language: str, who: str
) -> None:
    await open_trace_form(stage, who, language)
    [account] = stage.accounts(who, language)

    stage.restart()
    aside = await stage.says(ASKED["check_balance"][language])

    assert account.money(account.position.overdue) in text_of(aside)
    assert says(aside[-1:], "utter_ask_paid_on", language)
    stage.restart()
    assert says(await stage.says(YESTERDAY[language]), "utter_ask_paid_amount", language)


@ONE_LANGUAGE
async def test_a_digression_in_the_payoff_form(stage: Stage, language: str, who: str) -> None:
    account = await open_payoff_form(stage, who, language)

    aside = await stage.says(ASKED["ask_are_you_bot"][language])

    assert says(aside, "utter_are_you_bot", language)
    assert says(aside[-1:], "utter_ask_payoff_on", language)
    assert payoff_told(account, FIFTH) in text_of(await stage.says(LATER[language]))


@ONE_LANGUAGE
async def test_leaving_a_form_changes_nothing(stage: Stage, language: str, who: str) -> None:
    await open_trace_form(stage, who, language)
    await stage.says(YESTERDAY[language])

    stage.restart()
    left = await stage.says(ASKED["cancel"][language])
    after = await stage.says("181.50")

    assert says(left, "utter_cancelled", language)
    assert not _is_in_form(left + after, language)
    assert stage.escalations() == {}


@ONE_LANGUAGE
async def test_a_form_begins_empty_the_second_time(stage: Stage, language: str, who: str) -> None:
    await open_trace_form(stage, who, language)
    await stage.says(YESTERDAY[language])
    await stage.says(ASKED["cancel"][language])

    await stage.says(ASKED["payment_history"][language])
    again = await stage.taps(label("utter_payments", "payment_not_there", language))

    assert says(again, "utter_ask_paid_on", language)


@ONE_LANGUAGE
async def test_a_person_is_called_from_inside_a_form(stage: Stage, language: str, who: str) -> None:
    await open_trace_form(stage, who, language)

    stage.restart()
    answer = await stage.says(ASKED["talk_to_human"][language])

    assert "asked_for_person" in stage.escalations()
    assert any("Mon" in c.text or "一" in c.text for c in answer)


async def test_what_a_dead_process_left_is_answered(stage: Stage) -> None:
    await stage.verify("NB-ANN")
    [account] = stage.accounts("NB-ANN", "en")
    router = stage.bot.router
    before = len(stage.shown())
    router._enqueue = lambda work: None  # type: ignore[method-assign]  # dies after storing
    assert await stage.says(ASKED["check_balance"]["en"]) == []

    stage.restart()
    assert await stage.bot.router.resume_unfinished() == 1
    await stage.bot.router.idle()

    assert account.money(account.position.overdue) in text_of(stage.shown()[before:])


def _is_in_form(answers: list[Content], language: str) -> bool:
    return any(
        says(answers, key, language)
        for key in ("utter_ask_paid_on", "utter_ask_paid_amount", "utter_ask_trace_confirmed")
    )


def _change_label(what: str, language: str) -> str:
    from tests.journeys.stage import TEXTS

    for button in TEXTS.variant("utter_ask_trace_confirmed", language).buttons:
        if f'"{what}"' in button.payload:
            return button.label
    raise AssertionError(f"no button changes the {what}")
