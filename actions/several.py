"""What a message says beside what its answer is about: "I paid yesterday, why do you still write? stop it".

A stop, a dispute, a lawyer, a person please and a payment already made are acted on in the same turn;
one more question is answered; what needs questions of its own is offered as a button. Despair
comes before everything, and alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rasa_sdk import Tracker
from rasa_sdk.events import EventType

from actions._base import (
    Case,
    Desk,
    Reply,
    Topic,
    active_form,
    confidence_of,
    intent_of,
    keep_wishes,
    last_said,
    scores_of,
    typed_text,
)
from actions._besides import DISTRESS, PAID, STOP, besides
from actions._words import button
from actions.balance import Balance
from actions.colleague import say_request
from actions.contact import keep_beside
from actions.distress import Distress, keep_company, waits_in_despair
from actions.fees import Fees
from actions.handoff import ask_for_person
from actions.payments import PaymentHistory, say_claim
from actions.schedule import DueDate, ShowSchedule
from nlu.names import FALLBACK, acted_on
from nlu.wishes import STOP_CHAT, read_wishes

Say = Callable[[Case, Desk, Reply, str], None]

_ALONE = {DISTRESS, "wrong_person"}
"""Answers after which nothing else may be said: to despair, and to someone else."""

_ACTED_ON: dict[str, Say] = {
    STOP: lambda case, desk, reply, text: keep_beside(case, reply, text),
    "legal_representation": lambda case, desk, reply, _: say_request(
        case, desk, reply, "legal_representation"
    ),
    "dispute_debt": lambda case, desk, reply, _: say_request(case, desk, reply, "dispute_debt"),
    "talk_to_human": lambda case, desk, reply, _: ask_for_person(case, desk, reply),
    "complain": lambda case, desk, reply, _: say_request(case, desk, reply, "complain"),
}
"""What is acted on whoever writes, the gravest first."""

_ANSWERED: Mapping[str, type[Topic]] = {
    "check_balance": Balance,
    "check_due_date": DueDate,
    "payment_history": PaymentHistory,
    "ask_fees_interest": Fees,
    "ask_schedule": ShowSchedule,
}
"""Questions that are answered at once, one beside the first."""

_OFFERED = (
    "wrong_person", "make_payment", "request_hardship_plan", "promise_to_pay", "request_extension", "ask_payoff",
    "update_contact_details", "ask_credit_impact",
)  # fmt: skip
_MOST_ACTED_ON = 2

_HEARD = {DISTRESS, STOP, "talk_to_human", "legal_representation", "complain"}
"""What is never answered with company alone."""
_SMALL_TALK = {FALLBACK, "cancel", "goodbye", "greet", "help", "inform", "out_of_scope", "thank"}
_NO_QUESTION = ("utter_distress", "utter_also_stopped", "utter_queued", "utter_still_queued")
"""Said last, these leave nothing to say yes or no to."""
_CLEARLY = 0.9
"""From this confidence on a message is a request: "it was in March" is no question for payments."""


def answer_care_first(
    case: Case, desk: Desk, reply: Reply, tracker: Tracker
) -> list[EventType] | None:
    """The answer to despair, if any part of the message speaks of it; a stop beside it is kept.

    Also company for whoever spoke of it before and waits, unless they clearly want something.
    """
    if DISTRESS not in besides(tracker):
        return _company(case, desk, reply, tracker)
    events = Distress().answer(case, desk, reply, tracker)
    keep_stop_quietly(case, reply, tracker)
    return events


def _company(case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType] | None:
    if _wants_something(tracker) or not waits_in_despair(case, desk):
        return None
    keep_company(case, reply, tracker)
    act_beside(case, desk, reply, tracker)
    return []


def _wants_something(tracker: Tracker) -> bool:
    """Whether a message is a clear request, also to someone who expects despair to go on."""
    intent = acted_on(intent_of(tracker), scores_of(tracker))
    if not typed_text(tracker) or active_form(tracker) or intent in _HEARD:
        return True
    if intent in ("affirm", "deny"):
        return not last_said(tracker).startswith(_NO_QUESTION)
    return intent not in _SMALL_TALK and confidence_of(tracker) >= _CLEARLY


def keep_stop_quietly(case: Case, reply: Reply, tracker: Tracker) -> None:
    """A stop beside despair: kept, and said in one short sentence without buttons."""
    text = besides(tracker).get(STOP)
    if text is None:
        return
    wishes = read_wishes(text, case.language, case.today).wishes or (STOP_CHAT,)
    reply.say("utter_also_stopped", effects=keep_wishes(case, wishes, text))


def act_beside(
    case: Case, desk: Desk, reply: Reply, tracker: Tracker, *, is_form: bool = False
) -> None:
    """What has to be acted on whoever writes, beside the answer to the rest."""
    acted = 0
    said = besides(tracker)
    for name, say in _ACTED_ON.items():
        if name in said and acted < _MOST_ACTED_ON and not (is_form and name == "complain"):
            say(case, desk, reply, said[name])
            acted += 1


def answer_beside(case: Case, desk: Desk, reply: Reply, tracker: Tracker, main: str) -> None:
    """Everything else that the message says, after its main answer."""
    if main == DISTRESS:
        keep_stop_quietly(case, reply, tracker)
    if main in _ALONE:
        return
    act_beside(case, desk, reply, tracker)
    said = besides(tracker)
    if PAID in said and case.borrower is not None:
        say_claim(case, desk, reply, said[PAID])
        return
    for name, topic in _ANSWERED.items():
        if name in said and (case.borrower is not None or not topic.needs_identity):
            topic().answer(case, desk, reply, tracker)
            return
    for name in _OFFERED:
        if name in said and case.borrower is not None:
            reply.say("utter_also_offer", buttons=[button(case, name)])
            return
