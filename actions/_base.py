"""Shared plumbing of the actions: the case at hand, and what a topic may ask the router to do."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.clocks import ClockRules
from bot.conversation import Conversation, EscalationReason, IdentityStage
from bot.formats import Formats
from bot.messages import Content
from bot.ports import Clock, Store
from bot.typed import is_leaving_word
from compliance.wish_records import kind_of, to_json
from compliance.wishes import Medium, OptOut, Wish
from lending.account_file import AccountFile
from lending.accounts import AccountStatus, Borrower
from lending.dates import local_day
from lending.errors import TideoverError
from lending.ids import ConversationId
from lending.plan_service import PlanOffice


class NoDesk(TideoverError):
    """Actions were called in a process that opened no desk for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the process gives to its actions: where things are kept, the clock, the lender.

    `pays_here`: a payment can be begun in the chat.
    """

    store: Store
    clock: Clock
    lender_name: str
    team_hours: str
    pay_url: str | None = None
    support_phone: str | None = None
    clock_rules: ClockRules | None = None
    plans: PlanOffice | None = None
    pays_here: bool = False


_desks: list[Desk] = []


def open_desk(desk: Desk) -> None:
    """Set the desk that every action of this process uses; the latest one counts.

    Rasa makes action objects itself, without arguments, so they find their desk here.
    """
    _desks[:] = [desk]


def current_desk() -> Desk:
    if not _desks:
        raise NoDesk("Actions have no desk.", hint="Start through wiring, which opens one.")
    return _desks[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything an action may know: nothing about accounts unless `borrower` is verified."""

    conversation: Conversation
    language: str
    now: datetime
    today: date
    formats: Formats
    borrower: Borrower | None
    known_country: str | None
    files: tuple[AccountFile, ...] = ()

    @property
    def active(self) -> tuple[AccountFile, ...]:
        return tuple(f for f in self.files if f.account.status is AccountStatus.ACTIVE)


def load_case(desk: Desk, conversation_id: str, language: str) -> Case:
    """Read the conversation and, only when the borrower is verified now, the accounts."""
    now = desk.clock()
    with desk.store.unit() as uow:
        conversation = uow.conversations.get(ConversationId(conversation_id))
        identity = conversation.identity
        linked = uow.borrowers.get(identity.borrower_id) if identity.borrower_id else None
        borrower = linked if identity.is_verified(now) else None
        files = uow.accounts.files_of(borrower.id) if borrower else ()
    today = local_day(now, borrower.timezone) if borrower else now.date()
    country = linked.country if linked else None
    return Case(
        conversation=conversation,
        language=language,
        now=now,
        today=today,
        formats=Formats(language, country, today),
        borrower=borrower,
        known_country=country,
        files=files,
    )


class Reply:
    """Collects what a topic says. Words stay in nlu/domain: a response name and its values."""

    def __init__(self, dispatcher: CollectingDispatcher) -> None:
        self._dispatcher = dispatcher

    def say(
        self,
        response: str,
        *,
        buttons: Sequence[tuple[str, str]] = (),
        effects: Mapping[str, Any] | None = None,
        **values: str,
    ) -> None:
        """Say a response. `buttons` (label, payload) come after the response's own ones."""
        self._dispatcher.utter_message(
            response=response,
            buttons=[{"title": title, "payload": payload} for title, payload in buttons],
            json_message=dict(effects) if effects else None,
            **values,
        )

    def say_in(self, content: Content, *, effects: Mapping[str, Any]) -> None:
        """Say a text that was chosen already, in another language than the conversation's."""
        self._dispatcher.utter_message(
            text=content.text,
            buttons=[{"title": b.label, "payload": b.payload} for b in content.buttons],
            json_message=dict(effects),
        )

    def effect(self, effects: Mapping[str, Any]) -> None:
        """Ask the router for something without saying anything."""
        self._dispatcher.utter_message(json_message=dict(effects))


def escalate(reason: EscalationReason, details: str = "") -> dict[str, Any]:
    """The effect that opens an escalation and puts the conversation in the queue for a person."""
    return {"escalate": {"reason": reason.value, "details": details}}


def keep_wishes(case: Case, wishes: Sequence[Wish], text: str) -> dict[str, Any]:
    """The effect that keeps what the borrower wants of our contacts, in their own words."""
    listed = [[kind_of(wish), to_json(wish)] for wish in wishes]
    said_at = int(case.now.timestamp())
    return {"keep_wishes": {"wishes": listed, "text": text, "said_at": said_at}}


def picture(kind: str, account: str) -> dict[str, Any]:
    """The effect that adds a picture to the message."""
    return {"picture": {"kind": kind, "account": account}}


FORM_SLOTS: dict[str, tuple[str, ...]] = {
    "payoff_form": ("payoff_on",),
    "payment_trace_form": ("trace_account", "paid_on", "paid_amount", "trace_confirmed"),
    "hardship_form": (
        "plan_account",
        "household_income",
        "household_spending",
        "household_debts",
        "household_months",
        "household_on",
        "household_heard",
        "plan_monthly",
        "plan_day",
    ),
    "plan_form": ("plan_shown", "plan_view", "plan_offer", "plan_confirmed", "plan_monthly"),
    "extension_form": ("plan_account", "extension_day", "extension_kind", "extension_said"),
    "promise_form": (
        "promise_account",
        "promise_amount",
        "promise_day",
        "promise_meant",
        "promise_confirmed",
    ),
    "pay_form": ("pay_account", "pay_amount", "pay_typing", "pay_confirmed"),
    "autopay_form": ("autopay_account", "autopay_confirmed"),
}
"""The forms, and the slots that are forgotten when one ends."""


class Topic(Action, ABC):
    """One thing that a borrower can talk about.

    `needs_identity`: nothing is answered before the borrower is verified; the question is
    remembered in the slot `pending_intent` and answered after the second fact.
    A topic that comes up inside a form is answered, then the form asks its question again;
    one that `ends_form` stops the form instead.
    """

    action_name: ClassVar[str]
    needs_identity: ClassVar[bool] = False
    asked_by: ClassVar[str | None] = None
    """The intent to remember for after the second fact; by default that of the message."""
    ends_form: ClassVar[bool] = False
    asks_for_slot: ClassVar[bool] = False
    """Called by a form for its own question, so the form must not be called back."""

    def name(self) -> str:
        return self.action_name

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        return await asyncio.to_thread(self._run, dispatcher, tracker)

    def _run(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        desk = current_desk()
        case = load_case(desk, tracker.sender_id, language_of(tracker))
        reply = Reply(dispatcher)
        form = active_form(tracker)
        if is_leaving_word(typed_text(tracker)) and not self.asks_for_slot:
            return _leave(form, case, reply, typed_text(tracker))
        is_first = not self.asks_for_slot and not _has_spoken(tracker)
        if (
            is_first
            and (care := several().answer_care_first(case, desk, reply, tracker)) is not None
        ):
            return [*leave_form(form), *care]
        if self.needs_identity and case.borrower is None:
            reply.say(identify_first(case), lender=desk.lender_name)
            if is_first:
                several().act_beside(case, desk, reply, tracker)
            return [
                SlotSet("pending_intent", self.asked_by or intent_of(tracker)),
                *leave_form(form),
            ]
        events = self.answer(case, desk, reply, tracker)
        if is_first:
            several().answer_beside(case, desk, reply, tracker, intent_of(tracker))
        if form and self.ends_form:
            return [*leave_form(form), *events]
        stays = form and not self.asks_for_slot
        if stays and not any(event["event"] in ("active_loop", "followup") for event in events):
            events.append(FollowupAction(form))
        return events

    @abstractmethod
    def answer(self, case: Case, desk: Desk, reply: Reply, tracker: Tracker) -> list[EventType]:
        """Say what there is to say; return the events (slots, follow-ups) that go with it."""


def several() -> Any:
    """The module that answers what else a message says; it knows the topics, so it comes later."""
    from actions import several as module

    return module


def _has_spoken(tracker: Tracker) -> bool:
    """Whether something was said already since the borrower's latest message."""
    for event in reversed(tracker.events):
        if event.get("event") in ("user", "bot"):
            return bool(event["event"] == "bot")
    return False


def _leave(form: str | None, case: Case, reply: Reply, text: str) -> list[EventType]:
    """ "Cancel", "quit", "end": with nothing open, keywords that end our messages (ALL-OPTOUT)."""
    if form is not None:
        reply.say("utter_cancelled")
        return leave_form(form)
    reply.say(
        "utter_contact_keyword", effects=keep_wishes(case, (OptOut(channel=Medium.CHAT),), text)
    )
    return []


def language_of(tracker: Tracker) -> str:
    return str(tracker.get_slot("language") or "en")


def active_form(tracker: Tracker) -> str | None:
    name = (tracker.active_loop or {}).get("name")
    return str(name) if name else None


def leave_form(form: str | None) -> list[EventType]:
    """The events that end a form and forget what it had gathered."""
    if form is None:
        return []
    return [ActiveLoop(None), SlotSet("requested_slot", None), *forget(form)]


def forget(form: str) -> list[EventType]:
    return [SlotSet(slot, None) for slot in FORM_SLOTS[form]]


def start_form(tracker: Tracker, form: str) -> list[EventType]:
    """The events that begin a form afresh, whatever form was there before."""
    return [*leave_form(active_form(tracker)), *forget(form), FollowupAction(form)]


def question(tracker: Tracker) -> dict[str, Any]:
    """The message to answer, as parsed: the latest, or after `resume` the one that had to wait."""
    latest: dict[str, Any] = tracker.latest_message or {}
    pending = tracker.get_slot("pending_intent")
    if _name(latest) != "resume" or not pending:
        return latest
    for event in reversed(tracker.events):
        if event.get("event") == "user" and _name(event.get("parse_data") or {}) == pending:
            return {**event["parse_data"], "text": event.get("text") or ""}
    return {"intent": {"name": pending}, "text": "", "entities": []}


def intent_of(tracker: Tracker) -> str:
    """The name of the intent to answer."""
    return _name(question(tracker))


def confidence_of(tracker: Tracker) -> float:
    """How sure the intent to answer is, 0 to 1; a button is sure."""
    return float((question(tracker).get("intent") or {}).get("confidence") or 0.0)


def scores_of(tracker: Tracker) -> list[tuple[str, float]]:
    """What the message to answer may mean, likeliest first, with the confidence of each."""
    ranking = question(tracker).get("intent_ranking") or ()
    return [(str(guess["name"]), float(guess["confidence"])) for guess in ranking]


def typed_text(tracker: Tracker) -> str:
    """What the borrower typed; empty for a button."""
    text = str(question(tracker).get("text") or "")
    return "" if text.startswith("/") else text


def last_said(tracker: Tracker) -> str:
    """The name of the response before the latest message."""
    for event in reversed(tracker.events):
        if event.get("event") == "bot":
            return str((event.get("metadata") or {}).get("utter_action") or "")
    return ""


def entity(tracker: Tracker, name: str) -> str | None:
    """A value that one of our buttons carried."""
    for found in question(tracker).get("entities") or ():
        if found.get("entity") == name:
            return str(found.get("value"))
    return None


def identify_first(case: Case) -> str:
    """Which way to prove who they are comes next."""
    match case.conversation.identity.stage:
        case IdentityStage.LINKED:
            return "utter_ask_second_fact"
        case IdentityStage.VERIFIED:
            return "utter_identity_lapsed"
        case IdentityStage.LOCKED:
            return "utter_identity_locked"
        case _:
            return "utter_need_link"


def _name(parsed: Mapping[str, Any]) -> str:
    return str((parsed.get("intent") or {}).get("name") or "")
