"""About the assistant itself: proof of who writes, the language, what is known of the borrower."""

from __future__ import annotations

import re

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from actions._base import Case, Desk, Reply, Topic, entity, escalate, typed_text
from actions._wish_words import sentences, standing
from actions._words import hours, joined, texts, words
from bot.conversation import EscalationReason
from bot.languages import LANGUAGES, language_asked_for

_COPY = re.compile(r"\b(?:copy|export|download|send me)\b|副本|导出|匯出|下载|下載|一份", re.I)
_ERASE = re.compile(r"\b(?:erase|delete|remove|wipe|forget)\b|删除|刪除|删掉|刪掉|清除|注销", re.I)


class ProofOfLender(Topic):
    action_name = "action_proof"

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        if desk.support_phone:
            reply.say("utter_proof_phone", lender=desk.lender_name, phone=desk.support_phone)
        else:
            reply.say("utter_proof", lender=desk.lender_name)
        return []


class SwitchLanguage(Topic):
    """By button or in words. The answer comes in the new language already."""

    action_name = "action_switch_language"

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        wanted = entity(tracker, "chosen_language") or language_asked_for(
            typed_text(tracker), case.language
        )
        if wanted not in LANGUAGES:
            reply.say("utter_language_choice")
            return []
        content = texts().content("utter_language_switched", wanted)
        reply.say_in(content, effects={"choose_language": wanted})
        return [SlotSet("language", wanted)]


class MyData(Topic):
    action_name = "action_my_data"
    needs_identity = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        wish = entity(tracker, "wish") or _wish_in(typed_text(tracker))
        if wish == "copy":
            reply.effect({"give_data_copy": True})
            return []
        if wish is not None:
            reply.say(
                f"utter_data_{wish}_asked",
                hours=hours(case, desk),
                effects=escalate(EscalationReason.DATA_REQUEST, wish),
            )
            return []
        assert case.borrower is not None
        reply.say(
            "utter_my_data",
            name=case.borrower.full_name,
            language_name=words(case, "utter_part_language"),
            accounts=str(len(case.files)),
            contact=joined(case, _contact(case, desk)),
        )
        return []


def _wish_in(text: str) -> str | None:
    if _ERASE.search(text):
        return "erase"
    return "copy" if _COPY.search(text) else None


def _contact(case: Case, desk: Desk) -> list[str]:
    """What the borrower asked of our contacts and agreed to, one sentence each."""
    said = sentences(case, [kept.wish for kept in standing(case, desk)])
    if said:
        return said
    return [
        words(case, "utter_part_opted_out" if _opted_out(case, desk) else "utter_part_may_write")
    ]


def _opted_out(case: Case, desk: Desk) -> bool:
    talk = case.conversation
    with desk.store.unit() as uow:
        at = uow.contacts.opted_out_at(talk.channel, talk.address, talk.identity.borrower_id)
    return at is not None
