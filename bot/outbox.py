"""The one way out: every message to a borrower leaves through `Outbox`.

A message is (1) put to the contact rules, (2) checked against the conversation's control epoch,
(3) recorded with the decision in the same transaction (bot/clearing.py), and only then (4) handed
to the channel. A crash between 3 and 4 leaves the message counted and `sending`; it is never sent
a second time.

What nobody asked for (a reminder) leaves by the same way as an `Errand`: it says what to write, or
that there is nothing to write any more, inside that very transaction. Errands leave in rounds: one
transaction clears many, and one writes down what the channel did with those that are done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog

import metrics
from bot.batch_ports import NewDelivery
from bot.clearing import UNREACHABLE, Cleared, Clearing, count
from bot.contact_case import Lender
from bot.conversation import Conversation
from bot.drafts import Delivery, Draft, Errand, Round, SendOutcome, Sent
from bot.handover import LEASE, Owner
from bot.messages import Author, Channels, DeliveryState, Envelope, SendFailed
from bot.ports import Clock, Store
from compliance.profile import Profile
from lending.errors import TideoverError
from lending.ids import ConversationId, MessageId

__all__ = ["UNREACHABLE", "Delivery", "Draft", "Errand", "Outbox", "SendOutcome", "Sent"]

log = structlog.get_logger(__name__)

KEEP_TRYING_S = (0.2, 1.0, 3.0, 8.0, 20.0, 40.0)
"""Pauses between attempts to write down what a channel did, while the database is away."""

_LATER = 20
"""Messages that are looked at for what was written while a person's word was being delivered."""

_Taken = tuple[Cleared, Delivery, str | None]
"""What was cleared, what became of it, and the channel's own id for it."""


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
        self._clearing = Clearing(
            store=store, clock=clock, profiles=profiles, lender=lender, lease=lease
        )
        self._keep_trying = keep_trying

    async def send(self, draft: Draft) -> SendOutcome:
        """Send what answers a borrower, or what staff wrote."""
        return (await self.attempt(draft)).outcome

    async def attempt(self, draft: Draft) -> Sent:
        """As `send`, and says why."""
        cleared = await asyncio.to_thread(self._clearing.clear, draft)
        if isinstance(cleared, Delivery):
            done = cleared
        else:
            taken = await self._hand_over(cleared)
            await self._write_down([taken])
            done = taken[1]
        if (
            done.outcome is SendOutcome.SENT
            and draft.author is Author.STAFF
            and not draft.is_notice
        ):
            assert done.message_id is not None
            await asyncio.to_thread(self._answered, draft.conversation_id, done.message_id)
        # The rules' answer says why something was blocked; what left needs no reason.
        decision = done.answer.decision if done.answer and done.message_id is None else None
        return Sent(outcome=done.outcome, message_id=done.message_id, decision=decision)

    async def run(self, round_: Round[Any]) -> Sequence[Delivery]:
        """Send what errands have to say, if they still have; what became of each, in their order."""
        found = await asyncio.to_thread(self._clearing.clear_round, round_)
        waiting: dict[asyncio.Future[_Taken], int] = {
            asyncio.ensure_future(self._in_turn(round_, one)): place
            for place, one in enumerate(found)
            if isinstance(one, Cleared)
        }
        deliveries: dict[int, Delivery] = {
            place: one for place, one in enumerate(found) if isinstance(one, Delivery)
        }
        open_: set[asyncio.Future[_Taken]] = set(waiting)
        fault: BaseException | None = None
        while open_:
            # Whatever is done by now is written down together, while the others go on.
            done, open_ = await asyncio.wait(open_, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                fault = fault or task.exception()
            good = [task for task in done if task.exception() is None]
            if good:
                await self._write_down([task.result() for task in good])
            for task in good:
                deliveries[waiting[task]] = task.result()[1]
        if fault is not None:
            raise fault  # what a channel did then is not known: it will be unconfirmed
        return [deliveries[place] for place in range(len(found))]

    async def _in_turn(self, round_: Round[Any], cleared: Cleared) -> _Taken:
        await round_.ready(cleared.errand)
        return await self._hand_over(cleared)

    async def _hand_over(self, cleared: Cleared) -> _Taken:
        """Give the channel the message. Whatever it does, the message leaves once."""
        conversation, draft = cleared.conversation, cleared.draft
        taken = Delivery(
            outcome=SendOutcome.SENT, answer=cleared.answer, message_id=cleared.message_id
        )
        channel = self._channels.get(conversation.channel)
        if channel is None:
            failure = SendFailed("channel is not running")
            return cleared, replace(taken, outcome=SendOutcome.FAILED, failure=failure), None
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
            return cleared, replace(taken, outcome=SendOutcome.FAILED, failure=failure), None
        return cleared, taken, channel_message_id

    async def show_typing(self, conversation: Conversation) -> None:
        """A hint that an answer is coming; never needed, never awaited for long."""
        channel = self._channels.get(conversation.channel)
        if channel is not None and conversation.is_private:
            await channel.show_typing(conversation.address)

    def _answered(self, conversation_id: ConversationId, message_id: MessageId) -> None:
        """A person's word has reached the borrower: it ends the wait, but for what they wrote since."""
        now = self._clock()
        with self._store.unit() as uow:
            conversation = uow.conversations.get(conversation_id, for_update=True)
            later = uow.messages.after(conversation_id, message_id, _LATER)
            waits = conversation.control.owner in (Owner.QUEUED, Owner.HUMAN)
            since = next((m.at for m in later if waits and m.author is Author.BORROWER), None)
            uow.conversations.save(replace(conversation, waiting_since=since))
            uow.escalations.replied(conversation_id, now)
            uow.commit()

    async def _write_down(self, taken: Sequence[_Taken]) -> None:
        """Keep what the channel did. While the database is away, try again for a good minute."""
        for cleared, delivery, _ in taken:
            count(cleared.conversation, delivery.outcome)
        for pause in (*self._keep_trying, None):
            try:
                await asyncio.to_thread(self._write, taken)
                break
            except TideoverError:
                if pause is None:
                    raise
                log.warning("outbox.not_written_down", messages=[t[0].message_id for t in taken])
                await asyncio.sleep(pause)
        for cleared, delivery, _ in taken:
            if delivery.failure is not None:
                log.warning(
                    "outbox.failed",
                    message=cleared.message_id,
                    uncertain=delivery.failure.uncertain,
                    permanent=delivery.failure.permanent,
                )
                if delivery.failure.permanent:
                    await asyncio.to_thread(self.mark_unreachable, cleared.conversation.id)

    def _write(self, taken: Sequence[_Taken]) -> None:
        with self._store.unit() as uow:
            uow.batches.set_deliveries(
                [
                    NewDelivery(
                        message_id=cleared.message_id,
                        state=_state_of(delivery.failure),
                        channel_message_id=theirs,
                        error=delivery.failure.message if delivery.failure else None,
                    )
                    for cleared, delivery, theirs in taken
                ]
            )
            for cleared, delivery, _ in taken:
                if cleared.errand is not None:
                    cleared.errand.settled(uow, delivery, self._clock())
            uow.commit()

    def mark_unreachable(self, conversation_id: ConversationId) -> None:
        """The chat is gone (blocked, deleted); nothing is sent there until the borrower writes."""
        with self._store.unit() as uow:
            conversation = uow.conversations.get(conversation_id, for_update=True)
            uow.conversations.save(replace(conversation, reachable=False))
            uow.commit()


def _state_of(failure: SendFailed | None) -> DeliveryState:
    if failure is None:
        return DeliveryState.SENT
    return DeliveryState.UNCONFIRMED if failure.uncertain else DeliveryState.FAILED
