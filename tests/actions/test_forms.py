"""How answers, corrections and digressions inside the two forms are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from actions.payoff import CheckPayoffForm, PayoffOnDate
from actions.trace import AskTraceAccount, AskTraceConfirmed, CheckTraceForm, PassOnTrace
from bot.conversation import IdentityStage

Talk = Callable[..., Any]
_GATHERED = {
    "trace_account": "PL-ANN",
    "paid_on": "2026-11-20",
    "paid_amount": "18240",
    "trace_confirmed": None,
}


def _answer(talk: Talk, requested: str, text: str, intent: str = "inform", **more: Any) -> Any:
    slots = {**_GATHERED, "requested_slot": requested}
    return talk(
        CheckTraceForm, "NB-ANN", intent, text, form="payment_trace_form", slots=slots, **more
    )


@pytest.mark.parametrize(
    ("requested", "text", "slots"),
    [
        ("paid_on", "last friday", {"paid_on": "2026-11-20"}),
        ("paid_on", "20", {"paid_on": "2026-11-20"}),
        ("paid_on", "50 bucks on the 18th", {"paid_on": "2026-11-18", "paid_amount": "5000"}),
        ("paid_amount", "20", {"paid_amount": "2000"}),
        ("trace_confirmed", "no, it was 50", {"paid_amount": "5000"}),
        ("trace_confirmed", "the 18th actually", {"paid_on": "2026-11-18"}),
        ("paid_on", "hmm", {}),
    ],
)
def test_answers_and_corrections(
    talk: Talk, requested: str, text: str, slots: dict[str, str]
) -> None:
    assert _answer(talk, requested, text).slots == slots


def test_a_question_that_names_a_day_is_no_answer(talk: Talk) -> None:
    assert _answer(talk, "paid_on", "what do i owe on the 20th", "check_balance").slots == {}


def test_an_unsure_guess_gives_way_to_a_readable_answer(talk: Talk) -> None:
    unsure = _answer(talk, "trace_confirmed", "the 18th, sorry", "dispute_debt", confidence=0.4)
    person = _answer(
        talk, "trace_confirmed", "a person on the 18th", "talk_to_human", confidence=0.4
    )
    assert unsure.slots == {"paid_on": "2026-11-18"}
    assert person.slots == {}


def test_yes_confirms_and_no_asks_what_to_change(talk: Talk) -> None:
    assert _answer(talk, "trace_confirmed", "yes", "affirm").slots == {"trace_confirmed": True}
    assert _answer(talk, "trace_confirmed", "no", "deny").slots == {"trace_confirmed": None}
    asked = talk(AskTraceConfirmed, intent="deny", text="no", slots=_GATHERED)
    assert asked.responses == ["utter_trace_what_to_change"]


def test_a_button_clears_what_is_to_change(talk: Talk) -> None:
    said = _answer(talk, "trace_confirmed", "", entities={"change": "day"})
    assert said.slots == {"paid_on": None}


@pytest.mark.parametrize(
    ("text", "problem"),
    [("tomorrow", "utter_paid_on_future"), ("2020-01-05", "utter_paid_on_too_old")],
)
def test_an_unlikely_day_is_asked_again(talk: Talk, text: str, problem: str) -> None:
    said = _answer(talk, "paid_on", text)
    assert said.responses == [problem]
    assert said.slots == {"paid_on": None}


def test_the_first_message_fills_what_it_says(talk: Talk) -> None:
    said = talk(
        CheckTraceForm,
        intent="report_paid",
        text="i paid $285.22 yesterday",
        form="payment_trace_form",
    )
    assert said.slots == {
        "trace_account": "PL-ANN",
        "paid_on": "2026-11-22",
        "paid_amount": "28522",
    }


def test_with_two_accounts_the_account_is_asked_and_read_from_words(talk: Talk) -> None:
    begun = talk(CheckTraceForm, "NB-PRIYA", "payment_not_there", form="payment_trace_form")
    asked = talk(AskTraceAccount, "NB-PRIYA", form="payment_trace_form")
    answered = talk(
        CheckTraceForm,
        "NB-PRIYA",
        "inform",
        "the card",
        form="payment_trace_form",
        slots={"requested_slot": "trace_account"},
    )
    assert begun.slots == {}
    assert asked.payloads[0] == '/inform{"account":"CC-PRIYA"}'
    assert asked.followup is None
    assert answered.slots == {"trace_account": "CC-PRIYA"}


def test_the_read_back_and_the_packet_agree(talk: Talk) -> None:
    asked = talk(AskTraceConfirmed, intent="inform", slots=_GATHERED)
    assert (asked.value("amount"), asked.value("day")) == ("$182.40", "Fri 20 Nov")
    passed = talk(PassOnTrace, intent="affirm", slots={**_GATHERED, "trace_confirmed": True})
    assert passed.effects["escalate"]["reason"] == "payment_missing"
    assert passed.effects["escalate"]["details"].startswith("PL-ANN: 182.40 USD paid on 2026-11-20")
    assert passed.slots["paid_on"] is None


@pytest.mark.parametrize(
    ("text", "value", "response"),
    [
        ("next friday", None, "utter_ask_which_day"),
        ("friday week", "2026-12-04", None),
        ("31 november", None, "utter_no_such_day"),
        ("月底", "2026-11-30", None),
        ("yesterday", None, "utter_payoff_day_past"),
        ("in two years", None, "utter_payoff_day_too_far"),
    ],
)
def test_the_day_of_a_payoff(
    talk: Talk, text: str, value: str | None, response: str | None
) -> None:
    said = talk(
        CheckPayoffForm,
        intent="inform",
        text=text,
        form="payoff_form",
        slots={"requested_slot": "payoff_on"},
    )
    assert said.slots == {"payoff_on": value}
    assert said.responses == ([response] if response else [])


def test_a_form_ends_when_verification_has_lapsed(talk: Talk) -> None:
    said = talk(
        CheckPayoffForm,
        intent="inform",
        text="friday",
        form="payoff_form",
        slots={"requested_slot": "payoff_on"},
        stage=IdentityStage.LINKED,
    )
    assert said.leaves_form and not said.messages
    after = talk(PayoffOnDate, intent="inform", stage=IdentityStage.LINKED)
    assert after.slots["pending_intent"] == "ask_payoff_on_date"


def test_the_amount_for_the_chosen_day(talk: Talk) -> None:
    said = talk(PayoffOnDate, intent="inform", slots={"payoff_on": "2026-12-05"})
    assert said.value("lines").startswith("**$4,007.05** clears Personal loan PL-ANN on Sat 5 Dec")
    assert said.slots == {"payoff_on": None}
