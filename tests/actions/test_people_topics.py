"""A person, despair, stop, wrong person, colleagues, not understanding, the language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from actions.assistant import ProofOfLender, SwitchLanguage
from actions.colleague import Colleague
from actions.contact import ContactPreferences, WrongPerson
from actions.distress import Distress
from actions.handoff import TalkToPerson
from actions.not_understood import NotUnderstood
from actions.smalltalk import Affirm, Cancel, Deny, Greet, Inform, Smalltalk
from bot.conversation import IdentityStage
from bot.formats import hours_in
from bot.handover import Owner

Talk = Callable[..., Any]
_BOT = {"event": "bot", "metadata": {"utter_action": "utter_offer_person"}}
_UNCLEAR = {"event": "user", "parse_data": {"intent": {"name": "nlu_fallback"}}}


def test_a_person_is_asked_once_and_the_place_is_kept(talk: Talk) -> None:
    first = talk(TalkToPerson, intent="talk_to_human")
    again = talk(TalkToPerson, intent="talk_to_human", owner=Owner.QUEUED)
    assert first.responses == ["utter_queued"] and again.responses == ["utter_still_queued"]
    assert first.effects["escalate"]["reason"] == "asked_for_person"


@pytest.mark.parametrize(
    "action", [TalkToPerson, Distress, ContactPreferences, WrongPerson, Cancel]
)
def test_some_topics_end_a_form(talk: Talk, action: Any) -> None:
    said = talk(action, form="payment_trace_form", slots={"requested_slot": "paid_on"})
    assert said.leaves_form
    assert said.slots["paid_on"] is None and said.slots["requested_slot"] is None
    assert said.followup is None


def test_a_digression_comes_back_to_the_form(talk: Talk) -> None:
    assert talk(Smalltalk, intent="thank", form="payoff_form").followup == "payoff_form"


@pytest.mark.parametrize(
    ("person", "line"),
    [("NB-ANN", "988"), ("NB-WEI", "12356"), ("NB-MEI", "116 123"), ("NB-PRIYA", "14416")],
)
def test_despair_gets_the_line_of_the_country_even_unverified(
    talk: Talk, person: str, line: str
) -> None:
    said = talk(Distress, person, "express_distress", stage=IdentityStage.LINKED)
    assert line in said.value("line")
    assert said.effects["escalate"]["reason"] == "distress"


@pytest.mark.parametrize(
    ("text", "response"),
    [
        ("my husband passed away", "utter_distress_gentle"),
        ("老婆住院了", "utter_distress_gentle"),
        ("my wife passed away and i want to die", "utter_distress"),
        ("不想活了", "utter_distress"),
        ("i can't do this any more", "utter_distress"),
    ],
)
def test_grief_is_not_answered_as_danger(talk: Talk, text: str, response: str) -> None:
    assert talk(Distress, "NB-ANN", "express_distress", text).responses == [response]


def test_despair_of_a_stranger_names_no_line(talk: Talk) -> None:
    assert talk(Distress, None, "express_distress").responses == ["utter_distress_anywhere"]


def test_what_is_not_understood_of_contacts_stops_and_asks_a_colleague(talk: Talk) -> None:
    said = talk(ContactPreferences, intent="set_contact_preferences", text="hm, that thing")
    assert said.responses == ["utter_contact_stopped"]
    assert said.effects["keep_wishes"]["wishes"] == [["opt_out", {"channel": "chat"}]]
    assert said.effects["escalate"]["reason"] == "contact_preferences"


def test_the_wrong_person_is_untied(talk: Talk) -> None:
    said = talk(WrongPerson, intent="wrong_person")
    assert said.effects["disown"] is True
    assert said.effects["escalate"]["reason"] == "wrong_person"


@pytest.mark.parametrize(
    ("intent", "text", "response", "reason", "details"),
    [
        ("dispute_debt", "not mine", "utter_dispute", "dispute", ""),
        ("complain", "awful", "utter_complaint", "complaint", ""),
        ("ask_credit_impact", "score?", "utter_credit_record", "credit_record", ""),
        ("update_contact_details", "new phone", "utter_contact_details", "contact_details", ""),
        ("legal_representation", "my lawyer", "utter_legal", "legal_representation", ""),
    ],
)
def test_a_colleague_is_asked(
    talk: Talk, intent: str, text: str, response: str, reason: str, details: str
) -> None:
    said = talk(Colleague, None, intent, text)
    assert said.responses == [response]
    assert said.value("hours") == "Mon-Fri 09:00-18:00"
    assert said.effects["escalate"]["reason"] == reason
    assert details in said.effects["escalate"]["details"]


def test_not_understood_first_guesses_then_offers_a_person(talk: Talk) -> None:
    ranking = [
        {"name": "nlu_fallback", "confidence": 0.35},
        {"name": "thank", "confidence": 0.3},
        {"name": "check_balance", "confidence": 0.2},
        {"name": "ask_fees_interest", "confidence": 0.1},
        {"name": "complain", "confidence": 0.01},
    ]
    first = talk(NotUnderstood, intent="nlu_fallback", text="hm", ranking=ranking)
    second = talk(NotUnderstood, intent="nlu_fallback", text="hm", before=[_UNCLEAR])
    no_idea = talk(NotUnderstood, intent="nlu_fallback", text="hm")
    assert first.responses == ["utter_not_sure"]
    assert first.payloads == ["/check_balance", "/ask_fees_interest", "/talk_to_human"]
    assert second.responses == ["utter_offer_person"]
    assert no_idea.responses == ["utter_not_understood"]


@pytest.mark.parametrize(
    ("intent", "response"),
    [
        ("express_distress", "utter_distress"),
        ("set_contact_preferences", "utter_contact_stopped"),
        ("talk_to_human", "utter_queued"),
    ],
)
def test_a_likely_cry_for_help_stop_or_person_is_taken_at_its_word(
    talk: Talk, intent: str, response: str
) -> None:
    ranking = [{"name": "nlu_fallback", "confidence": 0.35}, {"name": intent, "confidence": 0.3}]
    said = talk(
        NotUnderstood,
        intent="nlu_fallback",
        text="hm",
        ranking=ranking,
        form="payoff_form",
        owner=Owner.BOT,
    )
    assert said.responses == [response]
    assert said.leaves_form
    unlikely = [ranking[0], {"name": intent, "confidence": 0.1}]
    unsure = talk(NotUnderstood, intent="nlu_fallback", text="hm", ranking=unlikely)
    assert not unsure.effects


def test_not_understood_while_waiting_is_left_for_the_team(talk: Talk) -> None:
    said = talk(NotUnderstood, intent="nlu_fallback", text="hm", owner=Owner.QUEUED)
    assert said.responses == ["utter_note_passed_on"]


@pytest.mark.parametrize("action", [NotUnderstood, Inform])
def test_an_unclear_birth_date_is_asked_again(talk: Talk, action: Any) -> None:
    said = talk(action, intent="inform", text="1990", stage=IdentityStage.LINKED)
    assert said.responses == ["utter_ask_second_fact_short"]


def test_yes_to_the_offer_of_a_person(talk: Talk) -> None:
    assert talk(Affirm, intent="affirm", before=[_BOT]).responses == ["utter_queued"]
    assert talk(Affirm, intent="affirm").responses == ["utter_affirm_what"]


def test_no_to_the_payment_that_was_found_starts_the_trace(talk: Talk) -> None:
    found = {"event": "bot", "metadata": {"utter_action": "utter_paid_and_here"}}
    assert talk(Deny, intent="deny", before=[found]).followup == "payment_trace_form"
    assert talk(Deny, intent="deny").responses == ["utter_deny"]


def test_a_greeting_names_only_the_verified(talk: Talk) -> None:
    assert talk(Greet).value("name") == "Ann"
    assert talk(Greet, "NB-WEI", language="zh-Hans").value("name") == "李伟"
    assert talk(Greet, stage=IdentityStage.LINKED).responses == ["utter_greet"]


def test_the_language_changes_at_once(talk: Talk) -> None:
    said = talk(SwitchLanguage, intent="switch_language", text="说中文可以吗", language="zh-Hans")
    button = talk(SwitchLanguage, intent="choose_language", entities={"chosen_language": "zh-Hant"})
    unclear = talk(SwitchLanguage, intent="switch_language", text="another language")
    unknown = talk(SwitchLanguage, intent="choose_language", entities={"chosen_language": "xx"})
    assert said.effects == {"choose_language": "zh-Hans"}
    assert button.messages[0]["text"].startswith("好的，接下來用繁體中文")
    assert button.slots["language"] == "zh-Hant"
    assert unclear.responses == unknown.responses == ["utter_language_choice"]


def test_proof_names_the_phone_if_there_is_one(talk: Talk) -> None:
    assert talk(ProofOfLender).responses == ["utter_proof"]
    assert talk(ProofOfLender, phone="555-0100").value("phone") == "555-0100"


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "Mon-Fri 09:00-18:00, Sat 10:00-14:00"),
        ("zh-Hans", "周一至周五 09:00-18:00, 周六 10:00-14:00"),
        ("zh-Hant", "週一至週五 09:00-18:00, 週六 10:00-14:00"),
    ],
)
def test_team_hours_are_told_in_the_language(language: str, expected: str) -> None:
    assert hours_in("Mon-Fri 09:00-18:00, Sat 10:00-14:00", language) == expected
