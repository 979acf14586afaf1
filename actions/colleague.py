"""What only a colleague can settle: say so, with the hours, and put it in their queue."""

from __future__ import annotations

from dataclasses import dataclass

from rasa_sdk import Tracker
from rasa_sdk.events import EventType

from actions._base import Case, Desk, Reply, Topic, escalate, intent_of
from actions._words import hours
from bot.conversation import EscalationReason


@dataclass(frozen=True, slots=True)
class _Request:
    reason: EscalationReason
    response: str


_REQUESTS = {
    "ask_credit_impact": _Request(EscalationReason.CREDIT_RECORD, "utter_credit_record"),
    "dispute_debt": _Request(EscalationReason.DISPUTE, "utter_dispute"),
    "complain": _Request(EscalationReason.COMPLAINT, "utter_complaint"),
    "update_contact_details": _Request(EscalationReason.CONTACT_DETAILS, "utter_contact_details"),
    "legal_representation": _Request(EscalationReason.LEGAL, "utter_legal"),
}


class Colleague(Topic):
    action_name = "action_colleague"
    ends_form = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        say_request(case, desk, reply, intent_of(tracker))
        return []


def say_request(case: Case, desk: Desk, reply: Reply, intent: str) -> None:
    """Put what was asked for in a colleague's queue, and say so."""
    request = _REQUESTS[intent]
    reply.say(request.response, effects=escalate(request.reason), hours=hours(case, desk))
