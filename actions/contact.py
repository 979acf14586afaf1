"""Whether, when and how we may write first, and people whom we should not write to at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from actions._base import (
    Case,
    Desk,
    Reply,
    Topic,
    confidence_of,
    entity,
    escalate,
    identify_first,
    keep_wishes,
    typed_text,
)
from actions._wish_words import confirmed, standing
from actions._words import button, hours, joined, words
from bot.conversation import EscalationReason
from compliance.wish_effects import closes
from compliance.wishes import (
    DAY_MINUTES,
    WORKDAYS,
    Cease,
    Deceased,
    InconvenientTime,
    Medium,
    OptOut,
    PreferredChannel,
    PreferredHours,
    PreferredLanguage,
    Representation,
    Window,
    Wish,
)
from compliance.wishes import WrongPerson as WrongPersonWish
from nlu.wishes import STOP_CHAT, Outcome, read_wishes

_INTENT = "/set_contact_preferences"
_UNDO = "undo:"
_CLEARLY = 0.6
_WORK_HOURS = Window(start_minute=9 * 60, end_minute=18 * 60)
_EVENING = Window(start_minute=18 * 60, end_minute=DAY_MINUTES)

_BUTTONS: dict[str, Callable[[Case], Wish]] = {
    "stop": lambda _: STOP_CHAT,
    "work": lambda _: InconvenientTime(days=WORKDAYS, window=_WORK_HOURS),
    "evening": lambda _: PreferredHours(window=_EVENING),
    "no_calls": lambda _: OptOut(channel=Medium.CALL),
    "email": lambda _: PreferredChannel(channel=Medium.EMAIL),
    "week": lambda case: InconvenientTime(until_on=case.today + timedelta(days=7)),
}
"""The wishes behind our own buttons."""

_FOR_A_PERSON: tuple[tuple[type[Wish], EscalationReason, str], ...] = (
    (Representation, EscalationReason.LEGAL, "utter_legal"),
    (Cease, EscalationReason.CONTACT_PREFERENCES, "utter_contact_ceased"),
    (Deceased, EscalationReason.CONTACT_PREFERENCES, "utter_contact_deceased"),
)


class ContactPreferences(Topic):
    """Keeps a wish at once and says back what it means; in doubt it stops, and asks."""

    action_name = "action_contact_preferences"
    ends_form = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        chosen, text = entity(tracker, "wish"), typed_text(tracker)
        if chosen is not None:
            return _chosen(case, desk, reply, chosen)
        if not text:
            reply.say("utter_contact_choose")
            return []
        reading = read_wishes(text, case.language, case.today)
        match reading.outcome:
            case Outcome.WISHES:
                return _keep(case, desk, reply, reading.wishes, text)
            case Outcome.STOP_AND_ASK:
                reply.say(
                    "utter_contact_stopped_ask", effects=keep_wishes(case, reading.wishes, text)
                )
            case Outcome.LIFT:
                _lift(case, desk, reply)
            case Outcome.CHOOSE:
                reply.say("utter_contact_choose")
            case Outcome.COLLEAGUE:
                effects = escalate(EscalationReason.CONTACT_PREFERENCES, text)
                reply.say("utter_contact_colleague", hours=hours(case, desk), effects=effects)
            case Outcome.NOTHING:
                _stop_not_understood(case, desk, reply, text)
        return []


class WrongPerson(Topic):
    action_name = "action_wrong_person"
    ends_form = True

    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        if case.borrower is not None and typed_text(tracker) and confidence_of(tracker) < _CLEARLY:
            # Who has proved to be the borrower is asked before being untied on a guess.
            guesses = ("wrong_person", "dispute_debt", "talk_to_human")
            reply.say("utter_not_sure", buttons=[button(case, intent) for intent in guesses])
        else:
            _wrong_person(reply)
        return []


def keep_beside(case: Case, reply: Reply, text: str) -> None:
    """A wish beside something else: kept if it can be read, else asked about."""
    reading = read_wishes(text, case.language, case.today)
    if reading.outcome is Outcome.WISHES:
        here = [w for w in map(_as_of_chat, reading.wishes) if w] if not case.borrower else None
        wishes = reading.wishes if here is None else here
        if wishes:
            _confirm(case, reply, wishes, text)
            return
    if reading.outcome is Outcome.STOP_AND_ASK:
        effects = keep_wishes(case, reading.wishes, text)
        reply.say("utter_contact_stopped_ask", effects=effects)
    else:
        reply.say("utter_also_stop_ask")


def _chosen(case: Case, desk: Desk, reply: Reply, chosen: str) -> list[EventType]:
    """What one of our buttons asked for."""
    if chosen.startswith(_UNDO) and chosen.removeprefix(_UNDO).isdigit():
        effects = {"undo_wishes": int(chosen.removeprefix(_UNDO))}
        reply.say("utter_contact_undone", buttons=_ways_on(case), effects=effects)
    elif chosen == "again":
        _lift(case, desk, reply)
    elif chosen in _BUTTONS:
        return _keep(case, desk, reply, (_BUTTONS[chosen](case),), "")
    else:
        reply.say("utter_contact_choose")
    return []


def _keep(
    case: Case, desk: Desk, reply: Reply, wishes: Sequence[Wish], text: str
) -> list[EventType]:
    if any(isinstance(wish, WrongPersonWish) for wish in wishes):
        _wrong_person(reply)
        return []
    for kind, reason, response in _FOR_A_PERSON:
        if any(isinstance(wish, kind) for wish in wishes):
            effects = {**escalate(reason, text), **keep_wishes(case, _with_stop(wishes), text)}
            reply.say(response, hours=hours(case, desk), effects=effects)
            return []
    here = [wish for wish in map(_as_of_chat, wishes) if wish] if not case.borrower else [*wishes]
    if here:
        _confirm(case, reply, here, text)
    if case.borrower is not None or here == list(wishes):
        return []
    if here:
        reply.say("utter_contact_prove_first")
    reply.say(identify_first(case), lender=desk.lender_name)
    return [SlotSet("pending_intent", "set_contact_preferences")]


def _with_stop(wishes: Sequence[Wish]) -> Sequence[Wish]:
    """Who reports a death is not to be written to first."""
    died = any(isinstance(wish, Deceased) for wish in wishes)
    return [*wishes, STOP_CHAT] if died else wishes


def _as_of_chat(wish: Wish) -> Wish | None:
    """What an unverified chat can settle for itself: a stop, hours, the language."""
    if Medium.CHAT in closes(wish):
        return STOP_CHAT
    timed = isinstance(wish, PreferredHours | InconvenientTime | PreferredLanguage)
    return wish if timed else None


def _confirm(case: Case, reply: Reply, wishes: Sequence[Wish], text: str) -> None:
    effects = keep_wishes(case, wishes, text)
    languages = [wish.language for wish in wishes if isinstance(wish, PreferredLanguage)]
    if languages:
        effects["choose_language"] = languages[0]
    undo = f'{_INTENT}{{"wish":"{_UNDO}{_second(case)}"}}'
    reply.say(
        "utter_contact_kept",
        wishes=joined(case, confirmed(case, wishes)),
        buttons=[(words(case, "utter_label_undo"), undo), *_ways_on(case)],
        effects=effects,
    )


def _ways_on(case: Case) -> list[tuple[str, str]]:
    change = (words(case, "utter_label_change"), f'{_INTENT}{{"wish":"change"}}')
    return [change, button(case, "talk_to_human")]


def _lift(case: Case, desk: Desk, reply: Reply) -> None:
    """A written cease is lifted by a person, who makes sure that it was meant."""
    if any(isinstance(kept.wish, Cease) for kept in standing(case, desk)):
        effects = escalate(EscalationReason.CONTACT_PREFERENCES, "withdraws a written cease")
        reply.say("utter_contact_still_ceased", hours=hours(case, desk), effects=effects)
        return
    reply.say("utter_contact_again", buttons=_ways_on(case), effects={"lift_wishes": True})


def _stop_not_understood(case: Case, desk: Desk, reply: Reply, text: str) -> None:
    reply.say(
        "utter_contact_stopped",
        hours=hours(case, desk),
        effects={
            **escalate(EscalationReason.CONTACT_PREFERENCES, text),
            **keep_wishes(case, (STOP_CHAT,), text),
        },
    )


def _wrong_person(reply: Reply) -> None:
    effects = {**escalate(EscalationReason.WRONG_PERSON), "disown": True}
    reply.say("utter_wrong_person", effects=effects)


def _second(case: Case) -> int:
    return int(case.now.timestamp())
