"""Judge and record what wants to leave, in one transaction: what the outbox does before it sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

import metrics
from bot.batch_ports import Known, NewDecision, NewOutbound
from bot.contact_case import HISTORY, Lender, Message, question
from bot.conversation import Conversation
from bot.drafts import Delivery, Draft, Errand, Round, SendOutcome
from bot.handover import Owner, may_speak
from bot.messages import Author
from bot.ports import Clock, Store, UnitOfWork
from bot.staff_events import EventKind
from compliance.attempt import Decision
from compliance.profile import Profile
from compliance.question import Answer, Question, answer
from compliance.terms import Effect, Purpose
from lending.ids import ConversationId, MessageId

log = structlog.get_logger(__name__)

_UNASKED = frozenset({Purpose.REMINDER, Purpose.DEMAND})

UNREACHABLE = "ALL-UNREACHABLE"
"""The rule that objects to writing where nobody reads."""

_STALE = Delivery(outcome=SendOutcome.STALE)
_WITHDRAWN = Delivery(outcome=SendOutcome.WITHDRAWN)
_BROKEN = Delivery(outcome=SendOutcome.BROKEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """A message that is recorded and may go to its channel."""

    conversation: Conversation
    draft: Draft
    answer: Answer
    message_id: MessageId
    errand: Errand | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """An errand's draft with the answer of the rules, not recorded yet."""

    place: int
    errand: Errand
    conversation: Conversation
    draft: Draft
    asked: Question
    given: Answer


class Clearing:
    """Nothing is handed to a channel here; safe to call from many threads at once."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        profiles: Callable[[str], Profile],
        lender: Lender,
        lease: timedelta,
    ) -> None:
        self._store = store
        self._clock = clock
        self._profiles = profiles
        self._lender = lender
        self._lease = lease

    def clear(self, draft: Draft) -> Cleared | Delivery:
        """Of an answer, or what staff wrote. The conversation is locked until it is recorded."""
        now = self._clock()
        with self._store.unit() as uow:
            conversation = uow.conversations.get(draft.conversation_id, for_update=True)
            if not _may_leave(draft, conversation, now):
                log.info("outbox.stale", conversation=conversation.id, epoch=draft.epoch)
                count(conversation, SendOutcome.STALE)
                return _STALE
            known = _known(uow, conversation, draft, now)
            asked, given = self._judge(draft, conversation, known, now)
            message_id = None
            if given.decision.allowed:
                message_id = uow.messages.add_outbound(
                    conversation.id,
                    author=draft.author,
                    content=draft.content,
                    answers=draft.answers,
                    epoch=draft.epoch,
                    at=now,
                    staff=draft.staff,
                    is_notice=draft.is_notice,
                )
                self._tell_staff(uow, draft, conversation, message_id, now)
            uow.contacts.record_decision(
                conversation_id=conversation.id,
                borrower_id=conversation.identity.borrower_id,
                channel=conversation.channel,
                question=asked,
                answer=given,
                at=now,
                message_id=message_id,
            )
            uow.commit()
        _say(conversation, given)
        if message_id is None:
            return Delivery(outcome=SendOutcome.BLOCKED, answer=given)
        return Cleared(conversation=conversation, draft=draft, answer=given, message_id=message_id)

    def clear_round(self, round_: Round[Any]) -> Sequence[Cleared | Delivery]:
        """Of errands, in their order. All conversations are locked until all is recorded."""
        now = self._clock()
        errands = round_.errands
        found: dict[int, Cleared | Delivery] = {}
        with self._store.unit() as uow:
            locked = uow.batches.lock_conversations({one.conversation_id for one in errands})
            wanted = {id(one) for one in round_.begin(uow, now)}
            known = uow.batches.known(locked.values(), since=now - HISTORY)
            judged: list[_Judged] = []
            for place, errand in enumerate(errands):
                conversation = locked.get(errand.conversation_id)
                if id(errand) not in wanted or conversation is None:
                    found[place] = _WITHDRAWN
                    continue
                try:
                    one = self._judged(place, errand, uow, conversation, known, now)
                except Exception as error:  # noqa: BLE001 - one bad row must not hold up the others
                    log.error("outbox.broken", errand=repr(errand), error=type(error).__name__)
                    errand.broken(uow, type(error).__name__, now)
                    one = _BROKEN
                if isinstance(one, Delivery):
                    found[place] = one
                else:
                    judged.append(one)
            message_ids = self._record(uow, judged, now)
            uow.commit()
        for one in judged:
            _say(one.conversation, one.given)
            message_id = message_ids.get(one.place)
            if message_id is None:
                found[one.place] = Delivery(outcome=SendOutcome.BLOCKED, answer=one.given)
            else:
                found[one.place] = Cleared(
                    conversation=one.conversation,
                    draft=one.draft,
                    answer=one.given,
                    message_id=message_id,
                    errand=one.errand,
                )
        return [found[place] for place in range(len(errands))]

    def _judged(
        self,
        place: int,
        errand: Errand,
        uow: UnitOfWork,
        conversation: Conversation,
        known: Mapping[ConversationId, Known],
        now: datetime,
    ) -> _Judged | Delivery:
        draft = errand.draft(uow, conversation, known[conversation.id], now)
        if draft is None:
            return _WITHDRAWN
        if not _may_leave(draft, conversation, now):
            log.info("outbox.stale", conversation=conversation.id, epoch=draft.epoch)
            count(conversation, SendOutcome.STALE)
            return _STALE
        asked, given = self._judge(draft, conversation, known[conversation.id], now)
        return _Judged(
            place=place,
            errand=errand,
            conversation=conversation,
            draft=draft,
            asked=asked,
            given=given,
        )

    def _record(
        self, uow: UnitOfWork, judged: Sequence[_Judged], now: datetime
    ) -> dict[int, MessageId]:
        """Decisions of all, messages of those that may leave; message ids by place."""
        leaving = [one for one in judged if one.given.decision.allowed]
        ids = uow.batches.add_outbound(
            [
                NewOutbound(
                    conversation_id=one.conversation.id,
                    author=one.draft.author,
                    content=one.draft.content,
                    epoch=one.draft.epoch,
                    at=now,
                )
                for one in leaving
            ]
        )
        by_place = {one.place: key for one, key in zip(leaving, ids, strict=True)}
        uow.batches.record_decisions(
            [
                NewDecision(
                    conversation_id=one.conversation.id,
                    borrower_id=one.conversation.identity.borrower_id,
                    channel=one.conversation.channel,
                    question=one.asked,
                    answer=one.given,
                    at=now,
                    message_id=by_place.get(one.place),
                )
                for one in judged
            ]
        )
        for one in judged:
            one.errand.judged(uow, one.given, by_place.get(one.place), now)
        return by_place

    def _judge(
        self, draft: Draft, conversation: Conversation, known: Known, now: datetime
    ) -> tuple[Question, Answer]:
        message = Message(
            text=draft.content.text,
            author=draft.author,
            purpose=draft.purpose,
            answers=None if draft.answers is None else str(draft.answers),
            at=now,
            in_talk=draft.in_talk,
            debts=draft.debts,
        )
        asked = question(message, conversation, known, self._lender)
        given = answer(asked, self._profiles)
        if conversation.reachable:
            return asked, given
        # The chat is gone: the borrower blocked or deleted it.
        rules = (*given.decision.rules, UNREACHABLE)
        decision = Decision(effect=Effect.BLOCK, rules=rules, alert=given.decision.alert)
        return asked, Answer(decision=decision, version=given.version)

    def _tell_staff(
        self,
        uow: UnitOfWork,
        draft: Draft,
        conversation: Conversation,
        message_id: MessageId,
        now: datetime,
    ) -> None:
        """Open pages show it; and a person who writes keeps the conversation for another while."""
        control = conversation.control
        if control.owner in (Owner.QUEUED, Owner.HUMAN):
            uow.events.add(
                EventKind.MESSAGE,
                at=now,
                conversation_id=conversation.id,
                actor=draft.staff or draft.author.value,
                details={"message": str(message_id)},
            )
        if draft.author is Author.STAFF:
            until = now + self._lease
            renewed = replace(control, lease_until=until)
            uow.conversations.change_control(conversation.id, expected=control.epoch, to=renewed)
            uow.escalations.renew(conversation.id, until)


def _may_leave(draft: Draft, conversation: Conversation, now: datetime) -> bool:
    control = conversation.control
    if not may_speak(control, draft.author, draft.epoch, staff=draft.staff, now=now):
        return False
    # Whoever waits for a person is not reminded meanwhile.
    return draft.purpose not in _UNASKED or control.owner is Owner.BOT


def _known(uow: UnitOfWork, conversation: Conversation, draft: Draft, now: datetime) -> Known:
    borrower_id = conversation.identity.borrower_id
    return Known(
        borrower=uow.borrowers.get(borrower_id) if borrower_id else None,
        files=uow.accounts.files_of(borrower_id) if borrower_id else (),
        wishes=uow.wishes.of_borrower(borrower_id) if borrower_id else (),
        events=uow.contacts.events(
            conversation_id=conversation.id,
            borrower_id=borrower_id,
            answers=draft.answers,
            since=now - HISTORY,
            answered_by=Author.STAFF if draft.in_talk else None,
        ),
        opted_out_at=uow.contacts.opted_out_at(
            conversation.channel, conversation.address, borrower_id
        ),
    )


def _say(conversation: Conversation, given: Answer) -> None:
    if given.decision.alert:
        metrics.gate_alerts.inc()
        log.error("outbox.gate_broken", reason=given.decision.alert)
    if not given.decision.allowed:
        log.info("outbox.blocked", conversation=conversation.id, rules=given.decision.rules)
        count(conversation, SendOutcome.BLOCKED)


def count(conversation: Conversation, outcome: SendOutcome) -> None:
    """For whoever watches the process."""
    metrics.outbound.labels(conversation.channel.value, outcome.value).inc()
