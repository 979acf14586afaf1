"""Take a conversation over, speak in it, and give it back: what the console's buttons do.

Every call names who does it; the role is checked here too, whatever the page allowed. Moves are in
bot/control.py; what the borrower is told is in bot/notices.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot import control
from bot.control import Mover, Resolution, StillSending
from bot.conversation import Conversation, Escalation
from bot.handover import LEASE, NotYourTurn
from bot.notices import Notices
from bot.ports import Clock, Store, UnitOfWork
from bot.ports_staff import UnknownStaff
from bot.staff import Staff
from console.permissions import Action, NotAllowed, may, require
from lending.ids import ConversationId, EscalationId, MessageId

SENDING_LOOKS, SENDING_PAUSE = 50, 0.1
"""How often, and with which pause in seconds, a claim looks whether a message has arrived."""

Move = Callable[[UnitOfWork, Conversation, Mover], Conversation]


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A conversation that went back, and the escalations that went with it."""

    conversation: Conversation
    escalations: tuple[Escalation, ...]


class Takeover:
    """Claim, release, transfer, supervisor's takeover, resolve, hand back, close."""

    def __init__(
        self, *, store: Store, clock: Clock, notices: Notices, lease: timedelta = LEASE
    ) -> None:
        self._store = store
        self._clock = clock
        self._notices = notices
        self._lease = lease

    async def claim(self, staff: Staff, conversation_id: ConversationId) -> Conversation:
        """`staff` speaks from now on; the borrower is told. Claiming again renews the lease.

        Waits a moment for a message that is on its way to the borrower. Raises NotAllowed,
        UnknownConversation, StillSending, NotYourTurn when a colleague holds it.
        """
        require(staff.role, Action.CLAIM)
        return await self._come(staff, conversation_id, control.claim)

    async def claim_escalation(self, staff: Staff, escalation_id: EscalationId) -> Conversation:
        """As `claim`, for the conversation of an open escalation that nobody else has.

        Raises NotAllowed, UnknownEscalation, NotYourTurn.
        """
        require(staff.role, Action.CLAIM)

        def conversation_of() -> ConversationId:
            with self._store.unit() as uow:
                escalation = uow.escalations.get(escalation_id)
            if not escalation.is_open:
                raise NotYourTurn("It was resolved already.", hint="Take the next one.")
            return escalation.conversation_id

        return await self.claim(staff, await asyncio.to_thread(conversation_of))

    async def take_over(self, staff: Staff, conversation_id: ConversationId) -> Conversation:
        """A supervisor speaks from now on, whoever did before; audited. Raises NotAllowed."""
        require(staff.role, Action.TAKE_OVER)
        return await self._come(staff, conversation_id, control.take_over)

    async def transfer(
        self, staff: Staff, conversation_id: ConversationId, to: str
    ) -> Conversation:
        """A colleague (sign-in name) speaks from now on; the borrower is told.

        Raises NotAllowed, StillSending, NotYourTurn, UnknownStaff.
        """
        require(staff.role, Action.TRANSFER)
        colleague = await asyncio.to_thread(self._colleague, to)

        def move(uow: UnitOfWork, conversation: Conversation, mover: Mover) -> Conversation:
            return control.transfer(uow, conversation, mover, colleague.login)

        moved, _ = await self._when_quiet(staff, conversation_id, move)
        await self._notices.joined(moved, colleague.name)
        return moved

    async def release(self, staff: Staff, conversation_id: ConversationId) -> Conversation:
        """Back into the queue; the borrower is told that the place is kept. Raises NotYourTurn."""
        require(staff.role, Action.RELEASE)
        moved, _ = await asyncio.to_thread(self._move, staff, conversation_id, control.release)
        await self._notices.stepped_away(moved, staff.name)
        return moved

    def keep(self, staff: Staff, conversation_id: ConversationId) -> Conversation:
        """The holder is at work (types, reads): the lease runs anew. Raises NotYourTurn."""
        require(staff.role, Action.CLAIM)
        return self._move(staff, conversation_id, control.renew)[0]

    def resolve(self, staff: Staff, made: Resolution) -> Escalation:
        """Give an escalation its outcome. With the last one the conversation leaves the queue.

        Raises NotAllowed, UnknownEscalation, AlreadyResolved, NotYourTurn while a colleague holds
        the conversation.
        """
        require(staff.role, Action.RESOLVE)
        with self._store.unit() as uow:
            escalation = uow.escalations.get(made.escalation_id)
            conversation = uow.conversations.get(escalation.conversation_id, for_update=True)
            done = control.resolve(uow, conversation, self._mover(staff), made)
            control.settle(uow, conversation, self._mover(staff))
            uow.commit()
        return done

    async def hand_back(
        self,
        staff: Staff,
        conversation_id: ConversationId,
        *,
        resolutions: Sequence[Resolution] = (),
        seen: MessageId | None,
        ask_rating: bool = True,
    ) -> Returned:
        """The assistant speaks again, and knows what was arranged; the borrower is told.

        `resolutions` are outcomes that are given with it; `seen` is the borrower's newest message
        on the page. Raises NotAllowed, NotYourTurn, OutcomeMissing, UnreadMessages.
        """
        require(staff.role, Action.HAND_BACK)
        returned = await asyncio.to_thread(
            self._return, staff, conversation_id, tuple(resolutions), seen, False
        )
        await self._notices.back(returned.conversation, staff.name, returned.escalations)
        if ask_rating:
            await self._notices.ask_rating(returned.conversation, staff.name, returned.escalations)
        return returned

    async def close(
        self,
        staff: Staff,
        conversation_id: ConversationId,
        *,
        resolutions: Sequence[Resolution] = (),
        seen: MessageId | None,
    ) -> Returned:
        """End the chat; the borrower is told, and the assistant answers when they write again.

        Raises as `hand_back`.
        """
        require(staff.role, Action.CLOSE)
        conversation = await asyncio.to_thread(self._held, staff, conversation_id, seen)
        await self._notices.closed(conversation, staff.name, staff.login)
        return await asyncio.to_thread(
            self._return, staff, conversation_id, tuple(resolutions), seen, True
        )

    async def _come(
        self, staff: Staff, conversation_id: ConversationId, move: Move
    ) -> Conversation:
        moved, is_new = await self._when_quiet(staff, conversation_id, move)
        if is_new:
            await self._notices.joined(moved, staff.name)
        return moved

    async def _when_quiet(
        self, staff: Staff, conversation_id: ConversationId, move: Move
    ) -> tuple[Conversation, bool]:
        """As `_move`, once no message is on its way to the borrower. Raises StillSending."""
        for _ in range(SENDING_LOOKS):
            try:
                return await asyncio.to_thread(self._move, staff, conversation_id, move)
            except StillSending:
                await asyncio.sleep(SENDING_PAUSE)
        return await asyncio.to_thread(self._move, staff, conversation_id, move)

    def _move(
        self, staff: Staff, conversation_id: ConversationId, move: Move
    ) -> tuple[Conversation, bool]:
        """The conversation after the move, and whether its owner changed."""
        with self._store.unit() as uow:
            before = uow.conversations.get(conversation_id, for_update=True)
            moved = move(uow, before, self._mover(staff))
            uow.commit()
        return moved, moved.control.epoch != before.control.epoch

    def _return(
        self,
        staff: Staff,
        conversation_id: ConversationId,
        resolutions: tuple[Resolution, ...],
        seen: MessageId | None,
        closing: bool,
    ) -> Returned:
        with self._store.unit() as uow:
            conversation = uow.conversations.get(conversation_id, for_update=True)
            moved, escalations = control.hand_back(
                uow,
                conversation,
                self._mover(staff),
                resolutions=resolutions,
                seen=seen,
                closing=closing,
            )
            uow.commit()
        return Returned(conversation=moved, escalations=escalations)

    def _held(
        self, staff: Staff, conversation_id: ConversationId, seen: MessageId | None
    ) -> Conversation:
        """The conversation, if its holder may close it as far as can be said now."""
        with self._store.unit() as uow:
            conversation = uow.conversations.get(conversation_id, for_update=True)
            control.need_all_read(uow, conversation, self._mover(staff), seen)
        return conversation

    def _colleague(self, login: str) -> Staff:
        with self._store.unit() as uow:
            colleague = uow.staff.by_login(login.strip().lower())
        if colleague is None or not colleague.is_active:
            raise UnknownStaff("There is no such colleague.", hint="Choose one from the list.")
        if not may(colleague.role, Action.CLAIM):
            raise NotAllowed(
                "This colleague does not speak with borrowers.", hint="Choose another."
            )
        return colleague

    def _mover(self, staff: Staff) -> Mover:
        return Mover(staff=staff.login, now=self._clock(), lease=self._lease)
