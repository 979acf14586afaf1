"""The one way out: every message to a borrower leaves through `Outbox.send`.

It (1) asks the contact rules, (2) checks the conversation's control epoch, (3) records the
decision and the message in the same transaction, and only then (4) hands it to the channel. A
crash between 3 and 4 leaves the message counted and `sending`; it is never sent a second time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

import structlog

from bot.contact_case import HISTORY, Known, Lender, Message, question
from bot.conversation import Conversation
from bot.handover import LEASE, Owner, may_speak
from bot.messages import (
    Author,
    Channels,
    Content,
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
from lending.ids import ConversationId, MessageId

log = structlog.get_logger(__name__)


_UNASKED = frozenset({Purpose.REMINDER, Purpose.DEMAND})

UNREACHABLE = "ALL-UNREACHABLE"
"""The rule that objects to writing where nobody reads."""


class SendOutcome(StrEnum):
    """What became of a message that someone wanted to send."""

    SENT = "sent"
    FAILED = "failed"
    STALE = "stale"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message that wants to leave. `epoch` is the one under which it was computed.

    `staff` is who writes it, for a person's. `is_notice`: it says who speaks from now on.
    """

    conversation_id: ConversationId
    author: Author
    epoch: int
    content: Content
    answers: MessageId | None
    language: str
    purpose: Purpose = Purpose.REPLY
    staff: str | None = None
    is_notice: bool = False

    @property
    def in_talk(self) -> bool:
        return self.author is Author.STAFF or self.is_notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of a draft, and why. `decision` is None where the rules were not asked."""

    outcome: SendOutcome
    message_id: MessageId | None = None
    decision: Decision | None = None


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
    ) -> None:
        self._store = store
        self._channels = channels
        self._clock = clock
        self._profiles = profiles
        self._lender = lender
        self._lease = lease

    async def send(self, draft: Draft) -> SendOutcome:
        return (await self.attempt(draft)).outcome

    async def attempt(self, draft: Draft) -> Sent:
        """As `send`, and says why."""
        cleared = await asyncio.to_thread(self._clear, draft)
        if isinstance(cleared, Sent):
            return cleared
        conversation, message_id = cleared
        outcome = await self._hand_over(draft, conversation, message_id)
        return Sent(outcome=outcome, message_id=message_id)

    async def _hand_over(
        self, draft: Draft, conversation: Conversation, message_id: MessageId
    ) -> SendOutcome:
        channel = self._channels.get(conversation.channel)
        if channel is None:
            await self._record(message_id, DeliveryState.FAILED, error="channel is not running")
            return SendOutcome.FAILED
        envelope = Envelope(
            message_id=message_id,
            conversation_id=conversation.id,
            address=conversation.address,
            language=draft.language,
            content=draft.content,
        )
        try:
            channel_message_id = await channel.send(envelope)
        except SendFailed as failure:
            await self._failed(conversation.id, message_id, failure)
            return SendOutcome.FAILED
        await self._record(message_id, DeliveryState.SENT, channel_message_id=channel_message_id)
        if draft.author is Author.STAFF and not draft.is_notice:
            await asyncio.to_thread(self._answered, conversation.id)
        return SendOutcome.SENT

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

    def _clear(self, draft: Draft) -> tuple[Conversation, MessageId] | Sent:
        """Judge and record in one transaction; the conversation row is locked until it ends."""
        now = self._clock()
        with self._store.unit() as uow:
            conversation = uow.conversations.get(draft.conversation_id, for_update=True)
            if not self._may_leave(draft, conversation, now):
                log.info("outbox.stale", conversation=conversation.id, epoch=draft.epoch)
                return Sent(outcome=SendOutcome.STALE)
            asked = self._question(uow, conversation, draft, now)
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
            uow.commit()
        if given.decision.alert:
            log.error("outbox.gate_broken", reason=given.decision.alert)
        if message_id is None:
            log.info("outbox.blocked", conversation=conversation.id, rules=given.decision.rules)
            return Sent(outcome=SendOutcome.BLOCKED, decision=given.decision)
        return conversation, message_id

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

    def _question(
        self, uow: UnitOfWork, conversation: Conversation, draft: Draft, now: datetime
    ) -> Question:
        borrower_id = conversation.identity.borrower_id
        known = Known(
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
        message = Message(
            text=draft.content.text,
            author=draft.author,
            purpose=draft.purpose,
            answers=None if draft.answers is None else str(draft.answers),
            at=now,
            in_talk=draft.in_talk,
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

    async def _record(
        self,
        message_id: MessageId,
        state: DeliveryState,
        *,
        channel_message_id: str | None = None,
        error: str | None = None,
    ) -> None:
        def write() -> None:
            with self._store.unit() as uow:
                uow.messages.set_delivery(
                    message_id, state, channel_message_id=channel_message_id, error=error
                )
                uow.commit()

        await asyncio.to_thread(write)

    async def _failed(
        self, conversation_id: ConversationId, message_id: MessageId, failure: SendFailed
    ) -> None:
        state = DeliveryState.UNCONFIRMED if failure.uncertain else DeliveryState.FAILED
        log.warning("outbox.failed", message=message_id, state=state, permanent=failure.permanent)
        await self._record(message_id, state, error=failure.message)
        if failure.permanent:
            await asyncio.to_thread(self.mark_unreachable, conversation_id)

    def mark_unreachable(self, conversation_id: ConversationId) -> None:
        """The chat is gone (blocked, deleted); nothing is sent there until the borrower writes."""
        with self._store.unit() as uow:
            conversation = uow.conversations.get(conversation_id, for_update=True)
            uow.conversations.save(replace(conversation, reachable=False))
            uow.commit()
