"""Many conversations, borrowers and messages at a time: one statement for all of a kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, or_, select, update
from sqlalchemy.orm import Session

from bot.batch_ports import Known, NewDecision, NewDelivery, NewOutbound
from bot.conversation import Conversation
from bot.messages import DeliveryState, Kind
from bot.ports import Audit
from compliance.events import Event
from compliance.wishes import KeptWish
from lending.accounts import Borrower
from lending.ids import BorrowerId, ConversationId, MessageId
from store.field_keys import keys_of
from store.repositories_accounts import SqlAccounts
from store.repositories_borrowers import read_borrower
from store.repositories_contacts import DECIDED, alike, decision_values, digest_of, event_of
from store.repositories_conversations import conversation_of
from store.repositories_messages import message_values
from store.repositories_wishes import kept_wish
from store.tables import (
    BorrowerRow,
    ContactDecisionRow,
    ContactWishRow,
    ConversationRow,
    MessageRow,
    OptOutRow,
    StaffContactRow,
)


class SqlBatches:
    """Implements `bot.batch_ports.Batches`."""

    def __init__(self, session: Session, audit: Audit) -> None:
        self._session = session
        self._audit = audit

    def lock_conversations(
        self, ids: Collection[ConversationId]
    ) -> Mapping[ConversationId, Conversation]:
        row = ConversationRow
        query = select(row).where(row.id.in_(list(ids))).order_by(row.id)
        found = self._session.scalars(query.with_for_update(key_share=True))
        return {ConversationId(one.id): conversation_of(one) for one in found}

    def borrowers(self, ids: Collection[BorrowerId]) -> Mapping[BorrowerId, Borrower]:
        found = self._session.scalars(select(BorrowerRow).where(BorrowerRow.id.in_(list(ids))))
        return {BorrowerId(row.id): read_borrower(row) for row in found}

    def chats_of(
        self, ids: Collection[BorrowerId]
    ) -> Mapping[BorrowerId, tuple[Conversation, ...]]:
        row = ConversationRow
        query = select(row).where(row.borrower_id.in_(list(ids)))
        found: dict[BorrowerId, list[Conversation]] = {one: [] for one in ids}
        for chat in self._session.scalars(query.order_by(row.opened_at, row.id)):
            if chat.borrower_id is not None:
                found[BorrowerId(chat.borrower_id)].append(conversation_of(chat))
        return {borrower: tuple(chats) for borrower, chats in found.items()}

    def known(
        self, conversations: Collection[Conversation], *, since: datetime
    ) -> Mapping[ConversationId, Known]:
        owners = {c.id: c.identity.borrower_id for c in conversations}
        ids = {owner for owner in owners.values() if owner is not None}
        people, files = self.borrowers(ids), SqlAccounts(self._session).files_of_all(ids)
        wishes, events = self._wishes(ids), self._events(ids, since)
        closed = self._opt_outs(conversations)
        found = {}
        for chat in conversations:
            stopped = self._stopped(closed, chat)
            owner = owners[chat.id]
            if owner is None:
                found[chat.id] = Known(opted_out_at=stopped)
                continue
            found[chat.id] = Known(
                borrower=people[owner],
                files=files[owner],
                wishes=tuple(wishes[owner]),
                events=tuple(events[owner]),
                opted_out_at=stopped,
            )
        return found

    def add_outbound(self, new: Sequence[NewOutbound]) -> Sequence[MessageId]:
        if not new:
            return ()
        statement = insert(MessageRow).returning(MessageRow.id, sort_by_parameter_order=True)
        rows = [
            message_values(
                one.conversation_id,
                author=one.author,
                content=one.content,
                answers=None,
                epoch=one.epoch,
                at=one.at,
                kind=Kind.PICTURE if one.content.picture else Kind.TEXT,
            )
            for one in new
        ]
        return tuple(MessageId(key) for key in self._session.scalars(statement, rows))

    def record_decisions(self, new: Sequence[NewDecision]) -> None:
        if not new:
            return
        rows = [
            decision_values(
                conversation_id=one.conversation_id,
                borrower_id=one.borrower_id,
                channel=one.channel,
                question=one.question,
                answer=one.answer,
                at=one.at,
                message_id=one.message_id,
            )
            for one in new
        ]
        row = ContactDecisionRow
        statement = insert(row).returning(row.id, sort_by_parameter_order=True)
        keys = self._session.scalars(statement, rows).all()
        for key, values in zip(keys, rows, strict=True):
            self._audit.append(
                at=values["at"],
                actor="gate",
                event=DECIDED,
                subject=f"decision:{key}",
                details={"digest": digest_of(values)},
            )

    def set_deliveries(self, new: Sequence[NewDelivery]) -> None:
        if not new:
            return
        table: Any = MessageRow.__table__
        statement = (
            update(table)
            .where(table.c.id == bindparam("which"))
            .values(
                delivery=bindparam("state"),
                delivery_error=bindparam("error"),
                channel_message_id=func.coalesce(
                    bindparam("theirs", type_=table.c.channel_message_id.type),
                    table.c.channel_message_id,
                ),
            )
        )
        self._session.connection().execute(
            statement,
            [
                {
                    "which": one.message_id,
                    "state": one.state.value,
                    "error": one.error,
                    "theirs": one.channel_message_id,
                }
                for one in new
            ],
        )

    def _wishes(self, ids: Collection[BorrowerId]) -> Mapping[int, list[KeptWish]]:
        row, found = ContactWishRow, defaultdict(list)
        for one in self._session.scalars(
            select(row).where(row.borrower_id.in_(list(ids))).order_by(row.id)
        ):
            found[one.borrower_id or 0].append(kept_wish(one))
        return found

    def _events(self, ids: Collection[BorrowerId], since: datetime) -> Mapping[int, list[Event]]:
        row, chat = MessageRow, ConversationRow
        query = (
            select(
                chat.borrower_id,
                row.id,
                row.author,
                row.at,
                row.answers,
                chat.channel,
                chat.id,
                ContactDecisionRow.purpose,
                StaffContactRow.outcome,
            )
            .join(chat, chat.id == row.conversation_id)
            .outerjoin(ContactDecisionRow, ContactDecisionRow.message_id == row.id)
            .outerjoin(StaffContactRow, StaffContactRow.message_id == row.id)
            .where(
                chat.borrower_id.in_(list(ids)),
                row.author != "borrower",
                row.answers.is_(None),
                row.at >= since,
                or_(row.delivery.is_(None), row.delivery != DeliveryState.FAILED.value),
            )
            .order_by(row.at, row.id)
        )
        found: dict[int, list[Event]] = defaultdict(list)
        for borrower, *message in self._session.execute(query):
            found[borrower or 0].append(event_of(*message))  # type: ignore[arg-type]
        return found

    def _opt_outs(self, conversations: Collection[Conversation]) -> Sequence[Any]:
        row = OptOutRow
        owners = [c.identity.borrower_id for c in conversations if c.identity.borrower_id]
        query = select(row.channel, row.address, row.borrower_id, row.at).where(
            row.lifted_at.is_(None),
            or_(
                row.address.in_([c.address for c in conversations]),
                row.borrower_id.in_(owners),
            ),
        )
        return list(self._session.execute(query))

    def _stopped(self, closed: Sequence[Any], chat: Conversation) -> datetime | None:
        """As `SqlContacts.opted_out_at`: this address, or this borrower on any channel alike."""
        owner, channels = chat.identity.borrower_id, alike(chat.channel)
        keys = keys_of(self._session.get_bind().dialect)
        address = keys.blind(chat.address) if keys else chat.address  # as opt-outs keep it
        return min(
            (
                row.at
                for row in closed
                if (row.channel == chat.channel.value and row.address == address)
                or (owner is not None and row.borrower_id == owner and row.channel in channels)
            ),
            default=None,
        )
