"""The actions of the tiny assistant. Their names differ from all of the real ones."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher


class Echo(Action):
    """Says what Rasa gave to it."""

    def name(self) -> str:
        return "action_contract_echo"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        said = tracker.latest_message["text"]
        dispatcher.utter_message(
            text=f"{tracker.sender_id}|{tracker.get_slot('language')}|{said}",
            json_message={"effect": 1},
        )
        dispatcher.utter_message(
            response="utter_menu", buttons=[{"title": "Extra", "payload": "/greet"}]
        )
        return [SlotSet("size", "echoed")]


class Fail(Action):
    """Says something, then breaks."""

    def name(self) -> str:
        return "action_contract_fail"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        dispatcher.utter_message(text="half a reply")
        raise ZeroDivisionError


class Order(Action):
    """Ends the form."""

    def name(self) -> str:
        return "action_contract_order"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        dispatcher.utter_message(response="utter_ordered")
        return [SlotSet("size", None), SlotSet("street", None)]
