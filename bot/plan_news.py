"""Tell borrowers once what became of their plans while they were away, through the one way out.

The message carries no figure: it may be read by whoever holds the phone. The answer behind its
button is given to the verified borrower only.
"""

from __future__ import annotations

import asyncio

from bot.conversation import Conversation
from bot.handover import Owner
from bot.messages import Author
from bot.outbox import Draft, Outbox, SendOutcome
from bot.ports import Clock, Store
from bot.texts import Texts
from lending.ids import BorrowerId
from lending.plan_records import PlanNotice

_AT_ONCE = 50


class PlanNews:
    """Takes what is to be told and sends it; call `tell` every now and then."""

    def __init__(
        self, *, store: Store, outbox: Outbox, texts: Texts, clock: Clock, lender: str
    ) -> None:
        self._store, self._outbox, self._texts = store, outbox, texts
        self._clock, self._lender = clock, lender

    async def tell(self) -> int:
        """Send the news that is due; returns how many went out.

        News of one borrower go out as one message. What the contact rules do not allow now stays
        and is tried again; nothing is sent twice.
        """
        sent = 0
        for borrower_id, notices in (await asyncio.to_thread(self._pending)).items():
            conversation = await asyncio.to_thread(self._chat_of, borrower_id)
            if conversation is None or conversation.control.owner is Owner.HUMAN:
                continue
            # Claimed first: a crash may lose a hint, but never sends it twice.
            if not await asyncio.to_thread(self._claim, notices):
                continue
            outcome = await self._outbox.send(
                Draft(
                    conversation_id=conversation.id,
                    author=Author.BOT,
                    epoch=conversation.control.epoch,
                    content=self._texts.content(
                        "utter_plan_news", conversation.language, lender=self._lender
                    ),
                    answers=None,
                    language=conversation.language,
                )
            )
            if outcome in (SendOutcome.BLOCKED, SendOutcome.STALE):
                await asyncio.to_thread(self._give_back, notices)
            sent += outcome is SendOutcome.SENT
        return sent

    def _pending(self) -> dict[BorrowerId, list[PlanNotice]]:
        with self._store.unit() as uow:
            notices = uow.plans.pending_notices(_AT_ONCE)
        found: dict[BorrowerId, list[PlanNotice]] = {}
        for notice in notices:
            found.setdefault(notice.borrower_id, []).append(notice)
        return found

    def _chat_of(self, borrower_id: BorrowerId) -> Conversation | None:
        """The reachable private chat that the borrower wrote in last."""
        with self._store.unit() as uow:
            chats = [
                c
                for c in uow.conversations.of_borrower(borrower_id)
                if c.is_private and c.reachable
            ]
        return max(chats, key=lambda c: c.last_inbound_at or c.opened_at, default=None)

    def _claim(self, notices: list[PlanNotice]) -> bool:
        """Whether any of them is for this process to tell."""
        with self._store.unit() as uow:
            mine = [uow.plans.mark_told(notice.id, self._clock()) for notice in notices]
            uow.commit()
        return any(mine)

    def _give_back(self, notices: list[PlanNotice]) -> None:
        with self._store.unit() as uow:
            for notice in notices:
                uow.plans.take_back_told(notice.id)
            uow.commit()
