"""The one way out: every message to a borrower leaves through `Outbox.send`.

It (1) asks the contact rules, (2) checks the conversation's control epoch, (3) records the
decision and the message in the same transaction, and only then (4) hands it to the channel. A
crash between 3 and 4 leaves the message counted and `sending`; it is never sent a second time.

What nobody asked for (a reminder) leaves by the same way as an `Errand`: it says what to write, or
that there is nothing to write any more, inside that very transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

import metrics
from bot.contact_case import HISTORY, Known, Lender, Message, question
from bot.conversation import Conversation
from bot.drafts import Delivery, Draft, Errand, SendOutcome, Sent
from bot.handover import LEASE, Owner, may_speak
from bot.messages import (
    Author,
    Channels,
    DeliveryState,
    Envelope,
    SendFailed,
)
from bot.ports import Clock, Store, UnitOfWork
from bot.staff_events import EventKind
from compliance.attempt import Decision
from compliance.profile import Profile
from compliance.question import Answer, Question, answer
from compliance.terms import Effect, Purpose
from lending.errors import TideoverError
from lending.ids import ConversationId, MessageId

__all__ = ["Delivery", "Draft", "Errand", "Outbox", "SendOutcome", "Sent"]

log = structlog.get_logger(__name__)


_UNASKED = frozenset({Purpose.REMINDER, Purpose.DEMAND})

UNREACHABLE = "ALL-UNREACHABLE"
"""The rule that objects to writing where nobody reads."""


KEEP_TRYING_S = (0.2, 1.0, 3.0, 8.0, 20.0, 40.0)
"""Pauses between attempts to write down what a channel did, while the database is away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cleared:
    conversation: Conversation
    draft: Draft
    answer: Answer
    message_id: MessageId


class Outbox:
    """Sends drafts, or refuses them and says why. Safe to call from many tasks at once."""

    def __init__(
        self,
        *,
        store: Store,
        channels: Channels,
        clock: Clock,
        profiles: Callable[[str], Profile],
        lender: Lender,
        lease: timedelta = LEASE,
        keep_trying: Sequence[float] = KEEP_TRYING_S,
    ) -> None:
        self._store = store
        self._channels = channels
        self._clock = clock
        self._profiles = profiles
        self._lender = lender
        self._lease = lease
        self._keep_trying = keep_trying

    async def send(self, draft: Draft) -> SendOutcome:
        """Send what answers a borrower, or what staff wrote."""
        return (await self.attempt(draft)).outcome

    async def attempt(self, draft: Draft) -> Sent:
        """As `send`, and says why."""
        cleared = await asyncio.to_thread(self._clear, draft.conversation_id, draft, None)
        done = await self._finish(cleared, None)
        if (
            done.outcome is SendOutcome.SENT
            and draft.author is Author.STAFF
            and not draft.is_notice
        ):
            await asyncio.to_thread(self._answered, draft.conversation_id)
        # The rules' answer says why something was blocked; what left needs no reason.
        decision = done.answer.decision if done.answer and done.message_id is None else None
        return Sent(outcome=done.outcome, message_id=done.message_id, decision=decision)

    async def run(self, conversation_id: ConversationId, errand: Errand) -> Delivery:
        """Send what an errand has to say in a conversation, if it still has."""
        cleared = await asyncio.to_thread(self._clear, conversation_id, None, errand)
        return await self._finish(cleared, errand)

    async def _finish(self, cleared: _Cleared | Delivery, errand: Errand | None) -> Delivery:
        if isinstance(cleared, Delivery):
            return cleared
        delivery, channel_message_id = await self._hand_over(cleared)
        _count(cleared.conversation, delivery.outcome)
        await self._write_down(cleared, delivery, channel_message_id, errand)
        return delivery

    async def _hand_over(self, cleared: _Cleared) -> tuple[Delivery, str | None]:
        """Give the channel the message. Whatever it does, the message leaves once."""
        conversation, draft = cleared.conversation, cleared.draft
        taken = Delivery(
            outcome=SendOutcome.SENT, answer=cleared.answer, message_id=cleared.message_id
        )
        channel = self._channels.get(conversation.channel)
        if channel is None:
            failure = SendFailed("channel is not running")
            return replace(taken, outcome=SendOutcome.FAILED, failure=failure), None
        envelope = Envelope(
            message_id=cleared.message_id,
            conversation_id=conversation.id,
            address=conversation.address,
            language=draft.language,
            content=draft.content,
        )
        try:
            with metrics.timed(metrics.channel_seconds.labels(conversation.channel.value)):
                channel_message_id = await channel.send(envelope)
        except SendFailed as failure:
            return replace(taken, outcome=SendOutcome.FAILED, failure=failure), None
        return taken, channel_message_id

    async def show_typing(self, conversation: Conversation) -> None:
        """A hint that an answer is coming; never needed, never awaited for long."""
        channel = self._channels.get(conversation.channel)
        if channel is not None and conversation.is_private:
            await channel.show_typing(conversation.address)

    def _answered(self, conversation_id: ConversationId) -> None:
        """A person's word has reached the borrower: it ends the wait for one."""
        now = self._clock()
        with self._store.unit() as uow:
            conversation = uow.conversations.get(conversation_id, for_update=True)
            uow.conversations.save(replace(conversation, waiting_since=None))
            uow.escalations.replied(conversation_id, now)
            uow.commit()

    def _may_leave(self, draft: Draft, conversation: Conversation, now: datetime) -> bool:
        control = conversation.control
        if not may_speak(control, draft.author, draft.epoch, staff=draft.staff, now=now):
            return False
        # Whoever waits for a person is not reminded meanwhile.
        return draft.purpose not in _UNASKED or control.owner is Owner.BOT

    def _clear(
        self, conversation_id: ConversationId, draft: Draft | None, errand: Errand | None
    ) -> _Cleared | Delivery:
        """Judge and record in one transaction; the conversation row is locked until it ends."""
        now = self._clock()
        with self._store.unit() as uow:
            conversation = uow.conversations.get(conversation_id, for_update=True)
            if errand is not None and not errand.begin(uow, now):
                return Delivery(outcome=SendOutcome.WITHDRAWN)
            answers = draft.answers if draft else None
            in_talk = draft.in_talk if draft else False
            known = self._known(uow, conversation, answers, now, in_talk=in_talk)
            if errand is not None:
                draft = errand.draft(uow, conversation, known, now)
            if draft is None:
                uow.commit()
                return Delivery(outcome=SendOutcome.WITHDRAWN)
            if not self._may_leave(draft, conversation, now):
                log.info("outbox.stale", conversation=conversation.id, epoch=draft.epoch)
                _count(conversation, SendOutcome.STALE)
                return Delivery(outcome=SendOutcome.STALE)
            asked = self._question(conversation, draft, known, now)
            given = self._answer(asked, conversation)
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
            if errand is not None:
                errand.judged(uow, given, message_id, now)
            uow.commit()
        if given.decision.alert:
            metrics.gate_alerts.inc()
            log.error("outbox.gate_broken", reason=given.decision.alert)
        if message_id is None:
            log.info("outbox.blocked", conversation=conversation.id, rules=given.decision.rules)
            _count(conversation, SendOutcome.BLOCKED)
            return Delivery(outcome=SendOutcome.BLOCKED, answer=given)
        return _Cleared(conversation=conversation, draft=draft, answer=given, message_id=message_id)

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

    def _known(
        self,
        uow: UnitOfWork,
        conversation: Conversation,
        answers: MessageId | None,
        now: datetime,
        *,
        in_talk: bool,
    ) -> Known:
        borrower_id = conversation.identity.borrower_id
        return Known(
            borrower=uow.borrowers.get(borrower_id) if borrower_id else None,
            files=uow.accounts.files_of(borrower_id) if borrower_id else (),
            wishes=uow.wishes.of_borrower(borrower_id) if borrower_id else (),
            events=uow.contacts.events(
                conversation_id=conversation.id,
                borrower_id=borrower_id,
                answers=answers,
                since=now - HISTORY,
                answered_by=Author.STAFF if in_talk else None,
            ),
            opted_out_at=uow.contacts.opted_out_at(
                conversation.channel, conversation.address, borrower_id
            ),
        )

    def _question(
        self, conversation: Conversation, draft: Draft, known: Known, now: datetime
    ) -> Question:
        message = Message(
            text=draft.content.text,
            author=draft.author,
            purpose=draft.purpose,
            answers=None if draft.answers is None else str(draft.answers),
            at=now,
            in_talk=draft.in_talk,
            debts=draft.debts,
        )
        return question(message, conversation, known, self._lender)

    def _answer(self, asked: Question, conversation: Conversation) -> Answer:
        given = answer(asked, self._profiles)
        if conversation.reachable:
            return given
        # The chat is gone: the borrower blocked or deleted it.
        rules = (*given.decision.rules, UNREACHABLE)
        decision = Decision(effect=Effect.BLOCK, rules=rules, alert=given.decision.alert)
        return Answer(decision=decision, version=given.version)

    async def _write_down(
        self,
        cleared: _Cleared,
        delivery: Delivery,
        channel_message_id: str | None,
        errand: Errand | None,
    ) -> None:
        """Keep what the channel did. While the database is away, try again for a good minute."""
        failure = delivery.failure
        state = DeliveryState.SENT
        if failure is not None:
            state = DeliveryState.UNCONFIRMED if failure.uncertain else DeliveryState.FAILED
            log.warning(
                "outbox.failed",
                message=cleared.message_id,
                state=state,
                permanent=failure.permanent,
            )

        def write() -> None:
            with self._store.unit() as uow:
                uow.messages.set_delivery(
                    cleared.message_id,
                    state,
                    channel_message_id=channel_message_id,
                    error=failure.message if failure else None,
                )
                if errand is not None:
                    errand.settled(uow, delivery, self._clock())
                uow.commit()

        for pause in (*self._keep_trying, None):
            try:
                await asyncio.to_thread(write)
                break
            except TideoverError:
                if pause is None:
                    raise
                log.warning("outbox.not_written_down", message=cleared.message_id)
                await asyncio.sleep(pause)
        if failure is not None and failure.permanent:
            await asyncio.to_thread(self.mark_unreachable, cleared.conversation.id)

    def mark_unreachable(self, conversation_id: ConversationId) -> None:
        """The chat is gone (blocked, deleted); nothing is sent there until the borrower writes."""
        with self._store.unit() as uow:
            conversation = uow.conversations.get(conversation_id, for_update=True)
            uow.conversations.save(replace(conversation, reachable=False))
            uow.commit()


def _count(conversation: Conversation, outcome: SendOutcome) -> None:
    metrics.outbound.labels(conversation.channel.value, outcome.value).inc()
