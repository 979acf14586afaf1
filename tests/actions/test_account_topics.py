"""Balance, payoff, due date, schedule, fees: the demo's five people on 23 November 2026."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from actions.assistant import MyData
from actions.balance import Balance
from actions.fees import Fees
from actions.payments import HowToPay, PaymentHistory, ReportPaid
from actions.payoff import Payoff
from actions.resume import WAITING, Resume
from actions.schedule import DueDate, ShowSchedule
from bot.conversation import IdentityStage

Talk = Callable[..., Any]


def test_balance_tells_the_overdue_amount_and_since_when(talk: Talk) -> None:
    said = talk(Balance)
    assert said.responses == ["utter_balance"]
    assert said.value("blocks") == (
        "**$285.22** was due on Fri 20 Nov and hasn't reached us yet. The next payment, $285.22, "
        "comes on Sun 20 Dec. The whole loan stands at $3,976.08 today."
    )


def test_balance_before_the_due_date_speaks_the_borrowers_language(talk: Talk) -> None:
    said = talk(Balance, "NB-WEI", language="zh-Hans")
    assert said.value("blocks") == (
        "本期应还 **¥1,812.78**，还款日是 11月25日（周三）。今天全部还清需要 ¥19,063.33。"
    )


def test_balance_of_a_card_tells_minimum_statement_and_whole(talk: Talk) -> None:
    said = talk(Balance, "NB-MEI", language="zh-Hant")
    assert "最低應繳 **£9.80**，繳款日是 11月28日（週六）；本期帳單共 £392.11" in said.value(
        "blocks"
    )
    assert "£674.52" in said.value("blocks")


def test_balance_tells_a_payment_on_its_way_apart(talk: Talk) -> None:
    blocks = talk(Balance, "NB-MARCUS").value("blocks")
    assert "$310.97, due" not in blocks and "**$310.97**, due on Sun 29 Nov" in blocks
    assert "A payment of $310.97 is on its way and isn't counted yet." in blocks
    assert "PL-MARCUS-OLD" not in blocks


def test_balance_names_each_of_several_accounts(talk: Talk) -> None:
    blocks = talk(Balance, "NB-PRIYA").value("blocks")
    assert "**Credit card CC-PRIYA**\n" in blocks and "**Personal loan PL-PRIYA**\n" in blocks


def test_payoff_today_and_on_the_day_that_is_named(talk: Talk) -> None:
    today = talk(Payoff, intent="ask_payoff", text="how much to pay it off")
    later = talk(Payoff, intent="ask_payoff", text="and on 5 december?")
    assert today.value("lines") == "**$3,976.08** clears Personal loan PL-ANN today."
    assert later.value("lines").startswith("**$4,007.05** clears Personal loan PL-ANN on Sat 5 Dec")


def test_payoff_for_a_day_gone_by_asks_for_another(talk: Talk) -> None:
    said = talk(Payoff, intent="ask_payoff", text="what was the payoff yesterday")
    assert said.responses == ["utter_payoff_day_past"]
    assert said.followup == "payoff_form"


@pytest.mark.parametrize(
    ("person", "language", "expected"),
    [
        ("NB-WEI", "zh-Hans", "**¥1,812.78** 的还款日是 11月25日（周三），还有 2 天。"),
        ("NB-MARCUS", "en", "**$310.97** is due on Sun 29 Nov, in 6 days."),
        ("NB-ANN", "en", "**$285.22** was due on Fri 20 Nov and hasn't reached us yet."),
    ],
)
def test_due_date(talk: Talk, person: str, language: str, expected: str) -> None:
    assert talk(DueDate, person, language=language).value("lines").startswith(expected)


def test_schedule_shows_six_rows_and_a_picture(talk: Talk) -> None:
    said = talk(ShowSchedule, intent="ask_schedule")
    assert said.value("rows").count("•") == 6
    assert said.value("rows").startswith("• Fri 20 Nov: $285.22 (hasn't reached us yet)")
    assert said.effects == {"picture": {"kind": "schedule", "account": "PL-ANN"}}


def test_schedule_asks_which_account_then_shows_it(talk: Talk) -> None:
    asked = talk(ShowSchedule, "NB-PRIYA", intent="ask_schedule")
    assert asked.payloads[:2] == [
        '/ask_schedule{"account":"CC-PRIYA"}',
        '/ask_schedule{"account":"PL-PRIYA"}',
    ]
    loan = talk(ShowSchedule, "NB-PRIYA", "ask_schedule", entities={"account": "PL-PRIYA"})
    card = talk(ShowSchedule, "NB-PRIYA", "ask_schedule", entities={"account": "CC-PRIYA"})
    assert loan.effects["picture"]["account"] == "PL-PRIYA"
    assert card.responses == ["utter_schedule_card"]


def test_an_account_of_someone_else_is_never_shown(talk: Talk) -> None:
    said = talk(ShowSchedule, "NB-ANN", "ask_schedule", entities={"account": "PL-PRIYA"})
    assert said.effects["picture"]["account"] == "PL-ANN"


def test_fees_tell_rate_late_fee_and_what_is_open(talk: Talk) -> None:
    assert talk(Fees).value("blocks") == (
        "The yearly rate is **12.99%**, counted on the part of the loan that is still open, so it "
        "shrinks as you pay. A late payment can add $15.00. Right now no fees are open."
    )


def test_history_tells_what_is_on_its_way_first(talk: Talk) -> None:
    lines = talk(PaymentHistory, "NB-MARCUS").value("lines").split("\n")
    assert lines[0] == "$310.97 from Sat 21 Nov is on its way; it hasn't arrived yet."
    assert len([line for line in lines if line.startswith("•")]) == 5


def test_i_have_paid_finds_a_pending_payment(talk: Talk) -> None:
    said = talk(ReportPaid, "NB-MARCUS", "report_paid", "i already paid")
    assert said.responses == ["utter_paid_and_pending"]


def test_i_have_paid_another_amount_starts_the_trace(talk: Talk) -> None:
    said = talk(ReportPaid, "NB-MARCUS", "report_paid", "i paid 50 yesterday")
    assert said.responses == ["utter_trace_start"]
    assert said.followup == "payment_trace_form"


def test_how_to_pay_says_nothing_of_a_debt_to_a_stranger(talk: Talk) -> None:
    stranger = talk(HowToPay, "NB-ANN", "make_payment", stage=IdentityStage.LINKED)
    assert stranger.value("details") == ""
    known = talk(HowToPay, "NB-ANN", "make_payment", pay_url="https://pay.example/x")
    assert known.responses == ["utter_how_to_pay_link"]
    assert known.value("details") == "Personal loan: **$285.22** now, reference PL-ANN.\n"


@pytest.mark.parametrize("intent", [i for i, topic in WAITING.items() if topic.needs_identity])
@pytest.mark.parametrize(
    ("person", "stage", "response"),
    [
        (None, IdentityStage.UNKNOWN, "utter_need_link"),
        ("NB-ANN", IdentityStage.LINKED, "utter_ask_second_fact"),
        ("NB-ANN", IdentityStage.LOCKED, "utter_identity_locked"),
    ],
)
def test_nothing_is_said_before_the_borrower_is_verified(
    talk: Talk, intent: str, person: str | None, stage: IdentityStage, response: str
) -> None:
    said = talk(WAITING[intent], person, intent, stage=stage)
    assert said.responses == [response]
    assert said.slots["pending_intent"] == intent
    assert not said.effects


def test_the_question_that_waited_is_answered_after_verification(talk: Talk) -> None:
    asked = {
        "event": "user",
        "text": "how much to clear it on 5 december",
        "parse_data": {"intent": {"name": "ask_payoff"}, "entities": []},
    }
    said = talk(Resume, intent="resume", slots={"pending_intent": "ask_payoff"}, before=[asked])
    assert "Sat 5 Dec" in said.value("lines")
    assert said.slots["pending_intent"] is None


def test_resume_without_a_question_asks_what_to_do(talk: Talk) -> None:
    assert talk(Resume, intent="resume").responses == ["utter_affirm_what"]
    unverified = talk(
        Resume,
        intent="resume",
        stage=IdentityStage.LINKED,
        slots={"pending_intent": "check_balance"},
    )
    assert unverified.responses == ["utter_ask_second_fact"]
    assert "pending_intent" not in unverified.slots


@pytest.mark.parametrize(
    ("text", "response"),
    [
        ("what do you know about me", "utter_my_data"),
        ("please delete my data", "utter_data_erase_asked"),
    ],
)
def test_my_data(talk: Talk, text: str, response: str) -> None:
    said = talk(MyData, intent="ask_my_data", text=text)
    assert said.responses == [response]
    assert ("escalate" in said.effects) == (response != "utter_my_data")


def test_a_copy_of_the_data_is_given_by_the_router(talk: Talk) -> None:
    said = talk(MyData, intent="ask_my_data", text="send me a copy")
    assert said.responses == []
    assert said.effects == {"give_data_copy": True}
