"""What a new message means before the dialogue is asked: commands, stop words, identity, control.

Works inside one transaction that the router opens; says what to do next as a `Plan`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot import identity as who
from bot.conversation import MASK, Conversation, EscalationReason
from bot.effects import choose_language, escalate, opt_in, opt_out, proven_borrower
from bot.formats import hours_in
from bot.handover import RATE, Owner
from bot.identity import Check, IdentityPolicy
from bot.languages import LANGUAGES, detect_language, is_other_language
from bot.messages import Content, Kind
from bot.ports import UnitOfWork
from bot.staff_events import EventKind
from bot.texts import Texts
from bot.typed import MAX_TEXT, Command, is_stop_word, read_command, unreadable
from compliance.terms import Purpose
from lending.ids import ConversationId, EscalationId, MessageId
from nlu.second_look import is_urgent, look

_STOPS = "set_contact_preferences"
_RATING = re.compile(rf"{RATE}:(\d{{1,18}}):([1-5])")

BAD_RATING = 2
"""At or below it, the borrower is offered a person again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the router must know of the lender and its rules."""

    lender_name: str
    team_hours: str
    default_language: str
    identity: IdentityPolicy
    fact_key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A stored message that waits for its answer. `request`: the id of what brought it."""

    conversation_id: ConversationId
    message_id: MessageId
    kind: Kind
    text: str
    request: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to answer: with texts now, by the dialogue engine, or not at all (a person speaks)."""

    conversation: Conversation
    say: tuple[Content, ...] = ()
    ask_engine: str | None = None
    is_payload: bool = False
    purpose: Purpose = Purpose.REPLY


class FirstLook:
    """Decides how each message is answered."""

    def __init__(self, texts: Texts, house: House) -> None:
        self._texts = texts
        self._house = house

    def refreshed(self, conversation: Conversation, work: Work, now: datetime) -> Conversation:
        language = conversation.language
        typed = work.kind in (Kind.TEXT, Kind.EDITED) and read_command(work.text) is None
        if typed and not conversation.language_chosen:
            language = detect_language(work.text, language)
        identity = who.kept_alive(
            who.after_pause(conversation.identity, now), now, self._house.identity
        )
        control = conversation.control
        if control.owner is Owner.CLOSED:
            control = control.moved(Owner.BOT)
        waits = control.owner in (Owner.QUEUED, Owner.HUMAN)
        return replace(
            conversation,
            language=language,
            identity=identity,
            control=control,
            waiting_since=conversation.waiting_since or (now if waits else None),
            last_inbound_at=now,
            reachable=True,
            merged_into=None,
        )

    def decide(
        self, uow: UnitOfWork, conversation: Conversation, work: Work, now: datetime
    ) -> Plan:
        text = work.text
        is_typed = work.kind in (Kind.TEXT, Kind.EDITED)
        command = read_command(text) if is_typed else None
        if (command and command.name == "stop") or (is_typed and is_stop_word(text)):
            return self._stop(uow, conversation, work, now)
        if conversation.control.owner is Owner.HUMAN:
            if is_typed and look(text, conversation.language, "", 0.0) == _STOPS:
                opt_out(uow, conversation, now, via="second look", text=text)
            return Plan(conversation=conversation)
        if work.kind is Kind.BUTTON and text.startswith(f"{RATE}:"):
            return self._rate(uow, conversation, text, now)
        if work.kind is Kind.BUTTON:
            return Plan(conversation=conversation, ask_engine=text, is_payload=True)
        if command is not None:
            return self._command(uow, conversation, work, command, now)
        key = unreadable(work.kind, text)
        if is_typed and len(text) > MAX_TEXT and is_urgent(text):
            return Plan(conversation=conversation, ask_engine=text)
        if key is not None:
            return self.say(conversation, key)
        if text == MASK:
            # A process died between the check and its answer; the check itself was kept.
            return Plan(conversation=conversation, ask_engine="/resume", is_payload=True)
        answers = () if conversation.identity.is_verified(now) else who.read_birth_dates(text)
        if answers and conversation.identity.borrower_id is not None and not is_urgent(text):
            uow.messages.mask(work.message_id, MASK)
            if who.awaits_second_fact(conversation, now):
                return self._second_fact(uow, conversation, answers, now)
            return self.say(conversation, "utter_identity_locked")
        if is_other_language(text) and not is_urgent(text):
            return self.say(conversation, "utter_other_language")
        return Plan(conversation=conversation, ask_engine=text)

    def _command(
        self,
        uow: UnitOfWork,
        conversation: Conversation,
        work: Work,
        command: Command,
        now: datetime,
    ) -> Plan:
        match command.name:
            case "start" if command.argument:
                # A token that was not used up still opens the way to someone's account.
                uow.messages.mask(work.message_id, "/start")
                return self._link(uow, conversation, command.argument, now)
            case "start":
                return self._start(uow, conversation, now)
            case "language" if command.argument in LANGUAGES:
                chosen = choose_language(uow, conversation, command.argument, now)
                return self.say(chosen, "utter_language_switched")
            case "language":
                return self.say(conversation, "utter_language_choice")
            case "human":
                return Plan(conversation=conversation, ask_engine="/talk_to_human", is_payload=True)
            case "mydata":
                return Plan(conversation=conversation, ask_engine="/ask_my_data", is_payload=True)
            case _:
                return Plan(conversation=conversation, ask_engine="/help", is_payload=True)

    def _rate(self, uow: UnitOfWork, conversation: Conversation, text: str, now: datetime) -> Plan:
        """How a person helped, in the words of our own button; the first answer counts."""
        tapped = _RATING.fullmatch(text)
        if tapped is None:
            return self.say(conversation, "utter_stale_button")
        score, number = int(tapped[2]), EscalationId(int(tapped[1]))
        known = {one.id: one for one in uow.escalations.of_conversation(conversation.id)}
        escalation = known.get(number)
        if escalation is None:
            return self.say(conversation, "utter_stale_button")
        if uow.escalations.rate(escalation.id, score, now):
            uow.events.add(
                EventKind.RATED,
                at=now,
                conversation_id=conversation.id,
                escalation_id=escalation.id,
                details={"rating": str(score)},
            )
        good = score > BAD_RATING
        return self.say(conversation, "utter_rating_thanks" if good else "utter_rating_sorry")

    def _start(self, uow: UnitOfWork, conversation: Conversation, now: datetime) -> Plan:
        greeted = replace(conversation, greeted=True)
        borrower_id = proven_borrower(conversation, now)
        if uow.contacts.opted_out_at(conversation.channel, conversation.address, borrower_id):
            opt_in(uow, conversation, now)
            return self.say(greeted, "utter_started_again")
        return self.say(greeted, f"utter_welcome_{conversation.channel}")

    def _stop(self, uow: UnitOfWork, conversation: Conversation, work: Work, now: datetime) -> Plan:
        opt_out(uow, conversation, now, via="keyword", text=work.text)
        plan = self.say(conversation, "utter_stopped")
        return replace(plan, purpose=Purpose.OPT_OUT_CONFIRMATION)

    def _link(self, uow: UnitOfWork, conversation: Conversation, token: str, now: datetime) -> Plan:
        identity, check = who.redeem_link(uow, conversation, token, now, self._house.identity)
        self._audit(uow, conversation, now, f"identity.{check}")
        conversation = replace(conversation, identity=identity)
        match check:
            case Check.LINKED:
                assert identity.borrower_id is not None
                if not conversation.language_chosen:
                    language = uow.borrowers.get(identity.borrower_id).language
                    conversation = replace(conversation, language=language)
                welcome = () if conversation.greeted else (self._welcome(conversation),)
                plan = self.say(replace(conversation, greeted=True), "utter_ask_second_fact")
                return replace(plan, say=(*welcome, *plan.say))
            case Check.LOCKED:
                return self._locked_out(uow, conversation, now)
            case Check.TOO_MANY_LINKS:
                return self.say(conversation, "utter_link_guessing")
            case _ if identity.is_verified(now):
                return Plan(conversation=conversation, ask_engine="/help", is_payload=True)
            case _ if who.awaits_second_fact(conversation, now):
                # The same link tapped again, in the chat that used it up.
                return self.say(conversation, "utter_ask_second_fact")
            case _:
                return self.say(conversation, "utter_link_bad")

    def _second_fact(
        self, uow: UnitOfWork, conversation: Conversation, answers: tuple[date, ...], now: datetime
    ) -> Plan:
        identity, check = who.check_second_fact(
            uow, conversation, answers, self._house.fact_key, now, self._house.identity
        )
        self._audit(uow, conversation, now, f"identity.{check}")
        conversation = replace(conversation, identity=identity)
        match check:
            case Check.VERIFIED:
                assert identity.borrower_id is not None
                name = uow.borrowers.get(identity.borrower_id).called(conversation.language)
                plan = self.say(conversation, "utter_identity_ok", name=name)
                return replace(plan, ask_engine="/resume", is_payload=True)
            case Check.LOCKED:
                return self._locked_out(uow, conversation, now)
            case _:
                left = self._house.identity.tries - identity.tries
                return self.say(conversation, "utter_identity_wrong", left=str(left))

    def _locked_out(self, uow: UnitOfWork, conversation: Conversation, now: datetime) -> Plan:
        queued = escalate(uow, conversation, EscalationReason.IDENTITY, now)
        return self.say(queued, "utter_identity_locked")

    def _welcome(self, conversation: Conversation) -> Content:
        key = f"utter_welcome_{conversation.channel}"
        text = self._texts.content(
            key, conversation.language, **self._values(conversation.language)
        )
        return replace(text, buttons=())

    def say(self, conversation: Conversation, key: str, **values: str) -> Plan:
        content = self._texts.content(
            key, conversation.language, **self._values(conversation.language), **values
        )
        return Plan(conversation=conversation, say=(content,))

    def _values(self, language: str) -> dict[str, str]:
        hours = hours_in(self._house.team_hours, language)
        return {"lender": self._house.lender_name, "hours": hours}

    def _audit(
        self, uow: UnitOfWork, conversation: Conversation, now: datetime, event: str
    ) -> None:
        subject = f"conversation:{conversation.id}"
        uow.audit.append(at=now, actor="borrower", event=event, subject=subject, details={})
