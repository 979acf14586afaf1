"""What only a colleague can settle: say so, with the hours, and put it in their queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType

from actions._base import Case, Desk, Reply, Topic, escalate, intent_of, typed_text
from actions._words import hours
from bot.conversation import EscalationReason
from nlu.reading import read_date


@dataclass(frozen=True, slots=True)
class _Request:
    """`response_with_day` is used, and the day noted, when the borrower named one."""

    reason: EscalationReason
    response: str
    response_with_day: str | None = None


_REQUESTS = {
    "promise_to_pay": _Request(EscalationReason.PROMISE, "utter_promise", "utter_promise_on"),
    "request_extension": _Request(
        EscalationReason.EXTENSION, "utter_extension", "utter_extension_on"
    ),
    "request_hardship_plan": _Request(EscalationReason.HARDSHIP, "utter_hardship"),
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
        request = _REQUESTS[intent_of(tracker)]
        response, details = request.response, ""
        values: dict[str, Any] = {"hours": hours(case, desk)}
        day = read_date(typed_text(tracker), case.language, case.today)
        if request.response_with_day and day and day >= case.today:
            response, details = request.response_with_day, f"Named day: {day.isoformat()}"
            values["day"] = case.formats.day(day)
        reply.say(response, effects=escalate(request.reason, details), **values)
        return []
