"""Despair, illness, loss: care, a crisis line, a person. Nothing about money.

Until that person comes, what is not clearly a request gets company in place of menus.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType

from actions._base import Case, Desk, Reply, Topic, escalate, last_said, typed_text
from bot.conversation import EscalationReason
from bot.handover import Owner


@dataclass(frozen=True, slots=True)
class CrisisLine:
    line: str
    emergency: str


CRISIS_LINES = {
    # 988 Suicide & Crisis Lifeline, SAMHSA (988lifeline.org)
    "US": CrisisLine("**988**", "911"),
    # Samaritans (samaritans.org)
    "GB": CrisisLine("Samaritans **116 123**", "999"),
    # National psychological assistance line, National Health Commission, since 2025-01-01
    "CN": CrisisLine("**12356**", "120"),
    # Tele-MANAS, Ministry of Health and Family Welfare (telemanas.mohfw.gov.in)
    "IN": CrisisLine("Tele-MANAS **14416**", "112"),
    # 安心專線, Ministry of Health and Welfare
    "TW": CrisisLine("**1925**", "119"),
    # Mental Health Support Hotline, Health Bureau, since 2023-12-27
    "HK": CrisisLine("**18111**", "999"),
}


_GRIEF = re.compile(
    r"passed away|\bdied\b|funeral|hospital|cancer|surgery|\bill\b|illness|\bsick\b|diagnos|stroke"
    r"|miscarr|去世|过世|過世|病|住院|手术|手術|癌|丧|喪|葬|车祸|車禍",
    re.I,
)
_DESPAIR = re.compile(
    r"\bdie\b|dying|\bdead\b|kill|suicid|end (?:it|my|everything)|no point|hopeless|hurt myself"
    r"|(?:don'?t|dont) want to (?:live|be here|go on|wake)|better off without|can'?t go on"
    r"|死|自杀|自殺|活|轻生|輕生|跳楼|跳樓|绝望|絕望|解脱|解脫|撑不|撐不|结束|結束",
    re.I,
)


class Distress(Topic):
    action_name = "action_distress"
    ends_form = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        text = typed_text(tracker)
        response = "utter_distress_gentle" if is_grief(text) else "utter_distress"
        if _DESPAIR.search(text) is None and waits_in_despair(case, desk):
            response = "utter_distress_still_here"
        _say_with_line(case, reply, response, escalate(EscalationReason.DISTRESS))
        return []


def waits_in_despair(case: Case, desk: Desk) -> bool:
    """Whether this borrower spoke of despair and the person who was asked to come is not here yet."""
    if case.conversation.control.owner is not Owner.QUEUED:
        return False
    with desk.store.unit() as uow:
        waiting = uow.escalations.unresolved(case.conversation.id)
    return any(one.reason is EscalationReason.DISTRESS for one in waiting)


def keep_company(case: Case, reply: Reply, tracker: Tracker) -> None:
    """To what does not speak of despair again: that it will be read; the crisis line once."""
    if last_said(tracker).startswith(("utter_distress_still_here", "utter_distress_kept")):
        reply.say("utter_distress_kept")
    else:
        _say_with_line(case, reply, "utter_distress_still_here", {})


def _say_with_line(case: Case, reply: Reply, response: str, effects: dict[str, Any]) -> None:
    crisis = CRISIS_LINES.get(case.known_country or "")
    if crisis is None:
        reply.say(f"{response}_anywhere", effects=effects)
    else:
        reply.say(response, effects=effects, line=crisis.line, emergency=crisis.emergency)


def is_grief(text: str) -> bool:
    """Illness or loss without a word of despair: then danger is not the first thing to speak of."""
    return _GRIEF.search(text) is not None and _DESPAIR.search(text) is None
