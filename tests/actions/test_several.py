"""What a message says beside what its answer is about; and days and amounts that are asked back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from actions.balance import Balance
from actions.contact import ContactPreferences, WrongPerson
from actions.distress import Distress
from actions.extension import Extension
from actions.payments import ReportPaid
from actions.payoff import AskPayoffOn, CheckPayoffForm
from actions.promise import CheckPromiseForm, Promise
from actions.trace import CheckTraceForm
from bot.conversation import IdentityStage

Talk = Callable[..., Any]


def test_a_stop_beside_a_question_is_kept(talk: Talk) -> None:
    said = talk(
        Balance,
        intent="check_balance",
        text="how much do i owe? stop messaging me",
        also={"set_contact_preferences": "stop messaging me"},
    )
    assert said.responses[0].startswith("utter_balance")
    assert "keep_wishes" in said.effects


def test_a_stop_that_cannot_be_read_is_asked_about(talk: Talk) -> None:
    said = talk(
        Balance,
        intent="check_balance",
        text="how much do i owe? the way you carry on",
        also={"set_contact_preferences": "the way you carry on"},
    )
    assert said.responses[-1] == "utter_also_stop_ask"
    assert "keep_wishes" not in said.effects


def test_who_has_paid_and_says_stop_is_not_asked_for_details(talk: Talk) -> None:
    said = talk(
        ReportPaid,
        intent="report_paid",
        text="i paid $120 on 20 nov. stop messaging me",
        also={"set_contact_preferences": "stop messaging me"},
    )
    assert "utter_also_paid" in said.responses and said.followup is None
    assert said.effects["escalate"]["reason"] == "payment_missing"
    assert said.effects["claim_payment"] == {
        "account": "PL-ANN",
        "minor": 12000,
        "paid_on": "2026-11-20",
    }


def test_a_claim_beside_a_stop_reaches_a_colleague(talk: Talk) -> None:
    said = talk(
        ContactPreferences,
        intent="set_contact_preferences",
        text="i paid yesterday. stop messaging me",
        also={"report_paid": "i paid yesterday"},
    )
    assert "keep_wishes" in said.effects
    assert said.responses[-1] == "utter_also_paid"
    assert "claim_payment" not in said.effects  # no amount was said


@pytest.mark.parametrize("topic", [Balance, ReportPaid])
def test_despair_is_answered_alone(talk: Talk, topic: Any) -> None:
    said = talk(
        topic,
        intent="check_balance",
        text="how much do i owe. i want to die. stop messaging me",
        also={"express_distress": "i want to die", "set_contact_preferences": "stop messaging me"},
    )
    assert said.responses == ["utter_distress", "utter_also_stopped"]
    assert "keep_wishes" in said.effects


@pytest.mark.parametrize("main", [Distress, WrongPerson])
def test_nothing_of_a_debt_is_said_beside_despair_or_to_someone_else(talk: Talk, main: Any) -> None:
    intent = "express_distress" if main is Distress else "wrong_person"
    said = talk(
        main,
        intent=intent,
        text="that is not me. how much is it",
        also={"check_balance": "how much is it", "report_paid": "paid"},
    )
    assert len(said.responses) == 1


def test_a_stranger_is_stopped_but_told_nothing(talk: Talk) -> None:
    said = talk(
        Balance,
        "NB-ANN",
        "check_balance",
        "how much do i owe? stop messaging me",
        stage=IdentityStage.LINKED,
        also={"set_contact_preferences": "stop messaging me", "payment_history": "x"},
    )
    assert said.responses[0] == "utter_ask_second_fact"
    assert "keep_wishes" in said.effects and len(said.responses) == 2


def test_what_needs_questions_of_its_own_is_offered(talk: Talk) -> None:
    said = talk(
        Balance,
        intent="check_balance",
        text="how much do i owe? i lost my job",
        also={"request_hardship_plan": "i lost my job"},
    )
    assert said.responses[-1] == "utter_also_offer"
    assert said.payloads[-1] == "/request_hardship_plan"


def test_a_stop_beside_an_answer_to_a_form_is_kept(talk: Talk) -> None:
    said = talk(
        CheckPayoffForm,
        intent="inform",
        text="5 december. stop messaging me",
        form="payoff_form",
        slots={"requested_slot": "payoff_on"},
        also={"set_contact_preferences": "stop messaging me"},
    )
    assert said.slots == {"payoff_on": "2026-12-05"}
    assert "keep_wishes" in said.effects


def test_a_doubtful_wrong_person_is_asked_when_they_have_proved_who_they_are(talk: Talk) -> None:
    unsure = talk(WrongPerson, intent="wrong_person", text="who is that", confidence=0.4)
    sure = talk(WrongPerson, intent="wrong_person", text="wrong person", confidence=0.95)
    assert unsure.responses == ["utter_not_sure"] and not unsure.effects
    assert sure.effects["disown"] is True


@pytest.mark.parametrize(
    ("text", "response", "slots"),
    [
        ("next friday", "utter_ask_which_day", {"promise_day": None}),
        ("31 november", "utter_no_such_day", {"promise_day": None}),
        ("yesterday", "utter_promise_day_past", {"promise_day": None}),
        ("in two years", "utter_promise_too_late", {"promise_day": None}),
        ("50 or 60", "utter_ask_which_amount", {"promise_amount": None}),
        ("50 pounds", "utter_ask_currency", {"promise_amount": None}),
        ("one fifty", "utter_ask_which_amount", {"promise_amount": None}),
        ("100 on friday", None, {"promise_day": "2026-11-27", "promise_amount": "10000"}),
        ("下周五", None, {"promise_day": "2026-12-04"}),
        ("100 next friday", "utter_ask_which_day", {"promise_day": None, "promise_amount": "10000"}),
        ("not 50, 60", None, {"promise_amount": "6000"}),
    ],
)  # fmt: skip
def test_what_is_doubtful_in_a_promise_is_asked_back(
    talk: Talk, text: str, response: str | None, slots: dict[str, str | None]
) -> None:
    said = talk(
        CheckPromiseForm,
        intent="inform",
        text=text,
        form="promise_form",
        slots={
            "requested_slot": "promise_confirmed",
            "promise_account": "PL-ANN",
            "promise_amount": "28522",
            "promise_day": "2026-11-25",
        },
    )
    assert said.slots == slots
    assert said.responses == ([response] if response else [])


def test_the_first_message_of_a_promise_asks_one_thing(talk: Talk) -> None:
    said = talk(Promise, intent="promise_to_pay", text="i will pay 200 next friday")
    assert said.responses == ["utter_ask_which_day"]
    assert said.slots["promise_amount"] == "20000" and said.slots["promise_day"] is None
    assert said.followup == "promise_form"


def test_a_form_does_not_ask_again_what_was_asked_just_now(talk: Talk) -> None:
    asked = {"event": "bot", "metadata": {"utter_action": "utter_ask_which_day"}}
    alone = talk(AskPayoffOn)
    assert alone.responses == ["utter_ask_payoff_on"]
    after = talk(AskPayoffOn, after=[asked])
    assert after.responses == []
    offered = {"event": "bot", "metadata": {"utter_action": "utter_also_offer"}}
    assert talk(AskPayoffOn, after=[asked, offered]).responses == []


def test_a_move_to_a_day_that_is_set_aside_is_not_asked_about(talk: Talk) -> None:
    said = talk(
        Extension,
        "NB-WEI",
        "request_extension",
        "26号不行，能改到11月28日吗",
        language="zh-Hans",
    )
    assert "utter_ask_which_day" not in said.responses


def test_a_missing_payment_with_two_amounts_is_asked_about(talk: Talk) -> None:
    said = talk(
        CheckTraceForm,
        intent="inform",
        text="50 or 60",
        form="payment_trace_form",
        slots={"requested_slot": "paid_amount", "trace_account": "PL-ANN", "paid_on": "2026-11-20"},
    )
    assert said.responses == ["utter_ask_which_amount"]
    assert said.slots == {"paid_amount": None}
