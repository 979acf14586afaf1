"""What the parts of a message want beside what all of it was taken for."""

from __future__ import annotations

from rasa_sdk import Tracker

from actions._base import intent_of, question, typed_text
from nlu.second_look import SAFETY

STOP = "set_contact_preferences"
DISTRESS = "express_distress"
PAID = "report_paid"


def besides(tracker: Tracker) -> dict[str, str]:
    """The intents of other parts of the typed message, surest first, with the words of each."""
    if not typed_text(tracker):
        return {}
    main = intent_of(tracker)
    latest = (tracker.latest_message or {}).get("intent") or {}
    done = SAFETY if latest.get("name") == "resume" else ()  # acted on when it was said
    return {
        str(one["name"]): str(one.get("text") or "")
        for one in question(tracker).get("also") or ()
        if one.get("name") != main and one.get("name") not in done
    }
