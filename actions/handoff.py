"""A person, please."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import EventType

from actions._base import Case, Desk, Reply, Topic, escalate
from actions._words import hours
from bot.conversation import EscalationReason
from bot.handover import Owner


def ask_for_person(case: Case, desk: Desk, reply: Reply) -> None:
    """Put the borrower in the queue for a person, and say when one answers."""
    waiting = case.conversation.control.owner is Owner.QUEUED
    reply.say(
        "utter_still_queued" if waiting else "utter_queued",
        hours=hours(case, desk),
        effects=escalate(EscalationReason.ASKED),
    )


class TalkToPerson(Topic):
    action_name = "action_talk_to_person"
    ends_form = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        ask_for_person(case, desk, reply)
        return []
