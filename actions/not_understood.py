"""Saying honestly that something was not understood, with what may have been meant."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType

from actions._base import Case, Desk, Reply, Topic, active_form, leave_form, scores_of
from actions._words import button
from actions.contact import ContactPreferences
from actions.distress import Distress
from actions.handoff import TalkToPerson
from actions.hardship import asks_for_payment, begin
from bot.conversation import IdentityStage
from bot.handover import Owner
from nlu.names import CAREFUL, likeliest

_NO_GUESS = {
    "nlu_fallback", "affirm", "deny", "cancel", "inform", "out_of_scope",
    "greet", "goodbye", "thank", "talk_to_human",
}  # fmt: skip
_GUESSES = 2
_LEAST_CONFIDENCE = 0.08
_CAREFUL: dict[str, type[Topic]] = dict(
    zip(CAREFUL, (Distress, ContactPreferences, TalkToPerson), strict=True)
)


class NotUnderstood(Topic):
    action_name = "action_not_understood"

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        careful = _CAREFUL.get(likeliest(scores_of(tracker)))
        if careful is not None:
            return [
                *leave_form(active_form(tracker)),
                *careful().answer(case, desk, reply, tracker),
            ]
        if active_form(tracker) is None and asks_for_payment(case, tracker):
            return begin(case, desk, reply, tracker)
        conversation = case.conversation
        guesses = _guesses(case, tracker)
        if conversation.control.owner is Owner.QUEUED:
            reply.say("utter_note_passed_on")
        elif case.borrower is None and conversation.identity.stage is IdentityStage.LINKED:
            reply.say("utter_ask_second_fact_short")
        elif misunderstood_in_a_row(tracker) > 1:
            reply.say("utter_offer_person")
        elif active_form(tracker):
            reply.say("utter_did_not_read_that")
        elif guesses:
            reply.say("utter_not_sure", buttons=[*guesses, button(case, "talk_to_human")])
        else:
            reply.say("utter_not_understood")
        return []


def misunderstood_in_a_row(tracker: Tracker) -> int:
    """How many of the borrower's latest messages, without a break, were not understood."""
    count = 0
    for event in reversed(tracker.events):
        if event.get("event") != "user":
            continue
        intent = ((event.get("parse_data") or {}).get("intent") or {}).get("name")
        if intent != "nlu_fallback":
            break
        count += 1
    return count


def _ranking(tracker: Tracker) -> list[dict[str, Any]]:
    return list((tracker.latest_message or {}).get("intent_ranking") or ())


def _guesses(case: Case, tracker: Tracker) -> list[tuple[str, str]]:
    """Buttons for the likeliest meanings of the message, without the person's."""
    likely = [
        str(guess["name"])
        for guess in _ranking(tracker)
        if guess["name"] not in _NO_GUESS and guess["confidence"] >= _LEAST_CONFIDENCE
    ]
    return [button(case, intent) for intent in likely[:_GUESSES]]
