"""How the answers inside a form are read."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import Any, ClassVar

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions._base import (
    Case,
    Reply,
    active_form,
    current_desk,
    language_of,
    leave_form,
    load_case,
    question,
    several,
    typed_text,
)
from actions._besides import DISTRESS, besides
from bot.typed import is_leaving_word

ALWAYS_FIRST = frozenset(
    {
        "talk_to_human", "express_distress", "set_contact_preferences", "wrong_person", "cancel",
        "choose_language", "resume", "payment_not_there", "ask_payoff_on_date", "plan",
    }
)  # fmt: skip
"""Intents that are followed however unsure: stopping and help come before any form."""

_CLEARLY = 0.6
"""Below this an intent is a guess, and a day or amount that the form waits for counts more."""

NEVER_AN_ANSWER = frozenset(
    {
        "greet", "goodbye", "thank", "help", "cancel", "check_balance", "check_due_date",
        "ask_schedule", "ask_fees_interest", "ask_credit_impact", "dispute_debt", "wrong_person",
        "complain", "set_contact_preferences", "update_contact_details", "ask_my_data",
        "talk_to_human", "express_distress", "legal_representation", "ask_are_you_bot",
        "ask_proof_of_lender", "switch_language", "choose_language", "resume",
        "request_hardship_plan", "payment_not_there", "ask_payoff_on_date",
    }
)  # fmt: skip
"""Intents whose text is about something else, even when it names a day or an amount."""


class FormCheck(Action, ABC):
    """Reads a message as the answer to a form's question, or leaves it alone.

    A message that gives no slot a value makes Rasa reject the form, so that the rule of its own
    intent answers it: that is how a digression works.
    """

    action_name: ClassVar[str]
    about: ClassVar[frozenset[str]] = frozenset()
    """Intents that are no digression here: what the form itself is about."""

    def name(self) -> str:
        return self.action_name

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        return await asyncio.to_thread(self._run, dispatcher, tracker)

    def is_plain_answer(self, case: Case, tracker: Tracker) -> bool:
        """Whether the text can only be an answer to this form, whatever intent was guessed."""
        return False

    def _run(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        desk = current_desk()
        case = load_case(desk, tracker.sender_id, language_of(tracker))
        reply = Reply(dispatcher)
        if case.borrower is None:  # verification lapsed; the form's last action asks for it
            return leave_form(active_form(tracker))
        begins = tracker.get_slot("requested_slot") is None
        if begins:
            values = self.prefill(case, reply, tracker)
        elif _comes_back(tracker) or (
            not self.is_plain_answer(case, tracker) and _is_a_digression(tracker, self.about)
        ):
            return []
        elif DISTRESS in besides(tracker):
            return []  # the topic of the message says what comes first
        else:
            values = self.read(case, reply, tracker)
            if values:
                several().act_beside(case, desk, reply, tracker, is_form=True)
        return [SlotSet(slot, value) for slot, value in values.items()]

    def prefill(self, case: Case, reply: Reply, tracker: Tracker) -> dict[str, str | bool | None]:
        """What is known already when the form begins."""
        return {}

    @abstractmethod
    def read(self, case: Case, reply: Reply, tracker: Tracker) -> dict[str, str | bool | None]:
        """Slots that the latest message fills or changes; empty if it is no answer."""


def _is_a_digression(tracker: Tracker, about: frozenset[str]) -> bool:
    if is_leaving_word(typed_text(tracker)):
        return True
    intent = question(tracker).get("intent") or {}
    name, confidence = intent.get("name"), float(intent.get("confidence") or 0)
    if name in ALWAYS_FIRST:
        return True
    return name in NEVER_AN_ANSWER - about and confidence >= _CLEARLY


def _comes_back(tracker: Tracker) -> bool:
    """Whether the form asks again after another topic answered the latest message."""
    form = active_form(tracker)
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            return False
        if event.get("event") == "action" and event.get("name") != form:
            return True
    return False
