"""What the contact topic keeps, says back, asks and passes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from actions.assistant import MyData
from actions.contact import ContactPreferences
from actions.smalltalk import Cancel, Inform
from bot.conversation import IdentityStage
from bot.messages import CHATS, Channel
from bot.ports import Whose
from compliance.wishes import (
    Cease,
    ChannelConsent,
    ConsentType,
    Deceased,
    EmployerProhibits,
    InconvenientPlace,
    InconvenientTime,
    Medium,
    OnlyBorrower,
    OptOut,
    Place,
    PreferredChannel,
    PreferredHours,
    PreferredLanguage,
    Representation,
    Said,
    Window,
    Wish,
)
from store.db import Database
from tests.actions.conftest import NOW

Talk = Callable[..., Any]
INTENT = "set_contact_preferences"
UNDO = f"undo:{int(NOW.timestamp())}"


def kept(said: Any) -> list[list[Any]]:
    found: list[list[Any]] = said.effects["keep_wishes"]["wishes"]
    return found


@pytest.mark.parametrize(
    ("person", "language", "text", "told"),
    [
        (
            "NB-ANN", "en", "write to me only between 18:00 and 21:00 on weekdays",
            "We'll only contact you from Monday to Friday between 18:00 and 21:00.",
        ),
        (
            "NB-ANN", "en", "please don't call my work phone",
            "We won't contact you at work: no calls, no letters, no visits there. We may still write to you in this chat.",
        ),
        (
            "NB-ANN", "en", "don't call me, text is fine",
            "We won't contact you first by phone. We may still write to you in this chat.",
        ),
        (
            "NB-ANN", "en", "only e-mail me",
            "We'll only contact you by e-mail. Only letters that the law requires may still come by post.",
        ),
        (
            "NB-ANN", "en", "not this week",
            "We won't contact you up to and including Sun 29 Nov.",
        ),
        (
            "NB-ANN", "en", "no messages on sundays",
            "We won't contact you on Sunday. At other times we may still write.",
        ),
        ("NB-WEI", "zh-Hans", "下午三点以后再联系我", "我们只会在15:00 以后联系您。"),
        (
            "NB-WEI", "zh-Hans", "上班时间不要联系我",
            "我们不会在周一至周五 09:00–18:00联系您。其他时间仍可能给您发消息。",
        ),
        ("NB-WEI", "zh-Hans", "别再发消息了 烦死了", "我们不会主动通过短信、这个对话联系您。"),
        ("NB-MEI", "zh-Hant", "請改用email通知我", "我們只透過電子郵件聯絡您。只有法律要求寄送的通知仍會郵寄。"),
        (
            "NB-MEI", "zh-Hant", "週末請勿打擾",
            "我們不會在週六和週日聯絡您。其他時間仍可能傳訊息給您。",
        ),
    ],
)  # fmt: skip
def test_a_wish_is_said_back_with_what_will_and_will_not_happen(
    talk: Talk, person: str, language: str, text: str, told: str
) -> None:
    said = talk(ContactPreferences, person, INTENT, text, language=language)
    assert said.responses == ["utter_contact_kept"]
    assert said.value("wishes") == told
    assert said.effects["keep_wishes"]["text"] == text
    assert "escalate" not in said.effects
    assert said.payloads == [
        f'/{INTENT}{{"wish":"{UNDO}"}}',
        f'/{INTENT}{{"wish":"change"}}',
        "/talk_to_human",
    ]


@pytest.mark.parametrize(
    ("text", "response", "reason", "kind"),
    [
        ("my lawyer handles this", "utter_legal", "legal_representation", "representation"),
        ("cease and desist all communication", "utter_contact_ceased", INTENT[4:], "cease"),
        ("the account holder has died", "utter_contact_deceased", INTENT[4:], "deceased"),
    ],
)
def test_what_needs_a_person_is_kept_and_passed_on(
    talk: Talk, text: str, response: str, reason: str, kind: str
) -> None:
    said = talk(ContactPreferences, intent=INTENT, text=text)
    assert said.responses == [response]
    assert said.effects["escalate"]["reason"] == reason
    assert kept(said)[0][0] == kind


def test_a_wrong_number_is_untied(talk: Talk) -> None:
    said = talk(ContactPreferences, intent=INTENT, text="wrong number")
    assert said.responses == ["utter_wrong_person"] and said.effects["disown"] is True


def test_in_doubt_it_stops_and_asks_without_a_person(talk: Talk) -> None:
    said = talk(ContactPreferences, intent=INTENT, text="this is harassment")
    assert said.responses == ["utter_contact_stopped_ask"]
    assert kept(said) == [["opt_out", {"channel": "chat"}]]
    assert "escalate" not in said.effects


@pytest.mark.parametrize("text", ["stop my autopay", "停止自动扣款", "go paperless"])
def test_another_matter_stops_nothing_and_goes_to_a_colleague(talk: Talk, text: str) -> None:
    said = talk(ContactPreferences, intent=INTENT, text=text)
    assert said.responses == ["utter_contact_colleague"]
    assert set(said.effects) == {"escalate"}


@pytest.mark.parametrize("text", ["change my contact preferences", ""])
def test_preferences_in_general_get_choices(talk: Talk, text: str) -> None:
    said = talk(ContactPreferences, intent=INTENT, text=text)
    assert said.responses == ["utter_contact_choose"] and not said.effects


@pytest.mark.parametrize(
    ("button", "wish"),
    [
        ("stop", ["opt_out", {"channel": "chat"}]),
        ("no_calls", ["opt_out", {"channel": "call"}]),
        ("email", ["preferred_channel", {"channel": "email"}]),
        ("week", None),
        ("work", None),
        ("evening", None),
    ],
)
def test_a_button_keeps_its_wish(talk: Talk, button: str, wish: list[Any] | None) -> None:
    said = talk(ContactPreferences, intent=INTENT, entities={"wish": button})
    assert said.responses == ["utter_contact_kept"]
    assert len(kept(said)) == 1 and wish in (None, kept(said)[0])


def test_undo_again_and_change(talk: Talk) -> None:
    undone = talk(ContactPreferences, intent=INTENT, entities={"wish": UNDO})
    again = talk(ContactPreferences, intent=INTENT, text="contact me any time again")
    change = talk(ContactPreferences, intent=INTENT, entities={"wish": "change"})
    forged = talk(ContactPreferences, intent=INTENT, entities={"wish": "undo:x"})
    assert undone.effects == {"undo_wishes": int(NOW.timestamp())}
    assert again.effects == {"lift_wishes": True}
    assert change.responses == forged.responses == ["utter_contact_choose"]


def test_a_language_is_kept_and_spoken(talk: Talk) -> None:
    said = talk(ContactPreferences, intent=INTENT, text="in Chinese please")
    assert said.effects["choose_language"] == "zh-Hans"
    assert said.value("wishes") == "We'll write to you in 简体中文."


def test_an_unproved_chat_settles_itself_and_proves_who_it_is_for_the_rest(talk: Talk) -> None:
    linked = {"stage": IdentityStage.LINKED, "intent": INTENT}
    both = talk(ContactPreferences, text="only e-mail me", **linked)
    calls = talk(ContactPreferences, text="don't call me", **linked)
    hours = talk(ContactPreferences, text="only after 6pm", **linked)
    assert both.responses == [
        "utter_contact_kept", "utter_contact_prove_first", "utter_ask_second_fact",
    ]  # fmt: skip
    assert kept(both) == [["opt_out", {"channel": "chat"}]]
    assert both.slots["pending_intent"] == calls.slots["pending_intent"] == INTENT
    assert calls.responses == ["utter_ask_second_fact"] and not calls.effects
    assert hours.responses == ["utter_contact_kept"] and "pending_intent" not in hours.slots


@pytest.mark.parametrize("word", ["cancel", "Quit", "END."])
@pytest.mark.parametrize("action", [Cancel, Inform])
def test_a_leaving_word_leaves_a_form_and_is_a_stop_where_none_is_open(
    talk: Talk, action: Any, word: str
) -> None:
    inside = talk(action, intent="cancel", text=word, form="payoff_form")
    outside = talk(action, intent="cancel", text=word)
    assert inside.responses == ["utter_cancelled"] and inside.leaves_form and not inside.effects
    assert outside.responses == ["utter_contact_keyword"]
    assert kept(outside) == [["opt_out", {"channel": "chat"}]]


EVERY_KIND: tuple[Wish, ...] = (
    OptOut(),
    OptOut(channel=Medium.CALL),
    PreferredChannel(channel=Medium.SMS),
    PreferredHours(window=Window(start_minute=1080)),
    InconvenientTime(window=Window(end_minute=720)),
    InconvenientPlace(place=Place.HOME),
    InconvenientPlace(place=Place.WORK),
    EmployerProhibits(),
    OnlyBorrower(),
    PreferredLanguage(language="en"),
    Representation(),
    Cease(),
    ChannelConsent(type=ConsentType.CHANNEL, channel=Medium.EMAIL),
    ChannelConsent(type=ConsentType.EXTRA_CALLS),
    ChannelConsent(type=ConsentType.CONTACT_TIME, window=Window(start_minute=1260)),
)


@pytest.mark.parametrize(
    ("person", "language"), [("NB-PRIYA", "en"), ("NB-WEI", "zh-Hans"), ("NB-MEI", "zh-Hant")]
)
def test_my_data_tells_every_kept_wish_in_words(
    talk: Talk, portfolio: Database, person: str, language: str
) -> None:
    with portfolio.unit() as uow:
        borrower = uow.borrowers.by_reference(person)
        assert borrower is not None
        keys = [
            uow.wishes.add(
                Said(wish=wish, source="chat", said_at=NOW), Whose(borrower_id=borrower.id)
            )
            for wish in (*EVERY_KIND, Deceased())
        ]
        uow.commit()
    said = talk(MyData, person, "ask_my_data", "what do you know", language=language)
    told = said.value("contact")
    stop = "。" if language != "en" else "."
    # The opt-outs share a sentence, and a death is not told to whoever asks.
    assert told.count(stop) == len(EVERY_KIND) - 1
    assert "18:00" in told and "{" not in told
    with portfolio.unit() as uow:
        for key in keys:
            uow.wishes.end(key, at=NOW, by="test", reason="")
        uow.commit()


def test_a_written_cease_is_not_lifted_by_a_word(talk: Talk, portfolio: Database) -> None:
    with portfolio.unit() as uow:
        marcus = uow.borrowers.by_reference("NB-MARCUS")
        assert marcus is not None
        uow.wishes.add(
            Said(wish=Cease(), source="staff:mei", said_at=NOW), Whose(borrower_id=marcus.id)
        )
        uow.commit()
    said = talk(ContactPreferences, "NB-MARCUS", INTENT, "you can write to me again")
    assert said.responses == ["utter_contact_still_ceased"]
    assert "lift_wishes" not in said.effects


def test_channels_of_the_bot_are_chats() -> None:
    """`opted_out_at` finds what closes "chat" for each of them; a new kind of channel must decide."""
    assert {Channel.TELEGRAM, Channel.WEB, Channel.TERMINAL} == CHATS
    by_other_means = {medium for medium in Medium if medium is not Medium.CHAT}
    assert {*Channel} - CHATS == {Channel(medium.value) for medium in by_other_means}
