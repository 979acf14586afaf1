"""Conversations in SQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from bot.conversation import Conversation, Identity, IdentityStage
from bot.handover import Control, Owner
from bot.messages import Channel
from bot.ports import ConversationExists, StaleConversation, UnknownConversation
from lending.ids import BorrowerId, ConversationId
from store.base import table_of
from store.insert import insert_or_skip
from store.tables import ConversationRow

# Made once: every turn runs them.
_TABLE = table_of(ConversationRow)
_FIND = select(_TABLE).where(
    _TABLE.c.channel == bindparam("channel"), _TABLE.c.address_index == bindparam("address")
)
_GET = select(_TABLE).where(_TABLE.c.id == bindparam("id"))
# FOR NO KEY UPDATE: as strong among us, and does not block rows that point here.
_GET_TO_CHANGE = _GET.with_for_update(key_share=True)
_SAVE = (
    update(_TABLE)
    .where(
        _TABLE.c.id == bindparam("key"),
        # A late writer must not take the conversation back from who holds it now.
        _TABLE.c.control_epoch <= bindparam("up_to"),
    )
    .returning(_TABLE.c.id)
)


class SqlConversations:
    """Implements `bot.ports.Conversations`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, channel: Channel, address: str) -> Conversation | None:
        values = {"channel": channel.value, "address": address}
        row = self._session.execute(_FIND, values).one_or_none()
        return conversation_of(row) if row else None

    def get(self, conversation_id: ConversationId, *, for_update: bool = False) -> Conversation:
        query = _GET_TO_CHANGE if for_update else _GET
        row = self._session.execute(query, {"id": conversation_id}).one_or_none()
        if row is None:
            raise _unknown()
        return conversation_of(row)

    def add(self, conversation: Conversation) -> None:
        added = insert_or_skip(
            self._session,
            ConversationRow,
            {"id": conversation.id, **_columns(conversation)},
            unless_same=(),  # the address as it stands and its blind index are both unique
        )
        if added is None:
            raise ConversationExists(
                "This address has a conversation already.", hint="Find it and use that one."
            )

    def save(self, conversation: Conversation) -> None:
        values = {
            **_columns(conversation),
            "key": conversation.id,
            "up_to": conversation.control.epoch,
        }
        kept = self._session.execute(_SAVE, values).one_or_none()
        if kept is not None:
            return
        self.get(conversation.id)
        raise StaleConversation(
            "Someone else took the conversation over meanwhile.", hint="Read it again."
        )

    def change_control(
        self, conversation_id: ConversationId, *, expected: int, to: Control
    ) -> bool:
        changed = self._session.execute(
            update(ConversationRow)
            .where(ConversationRow.id == conversation_id, ConversationRow.control_epoch == expected)
            .values(**_control_columns(to))
            .returning(ConversationRow.id)
        ).one_or_none()
        return changed is not None

    def of_borrower(self, borrower_id: BorrowerId) -> tuple[Conversation, ...]:
        """Oldest first."""
        rows = self._session.scalars(
            select(ConversationRow)
            .where(ConversationRow.borrower_id == borrower_id)
            .order_by(ConversationRow.opened_at, ConversationRow.id)
        )
        return tuple(conversation_of(row) for row in rows)


def _unknown() -> UnknownConversation:
    return UnknownConversation("There is no such conversation.", hint="Check its id.")


def _columns(conversation: Conversation) -> dict[str, Any]:
    identity = conversation.identity
    return {
        **_control_columns(conversation.control),
        "channel": conversation.channel.value,
        "address": conversation.address,
        "address_index": conversation.address,
        "is_private": conversation.is_private,
        "language": conversation.language,
        "language_chosen": conversation.language_chosen,
        "identity_stage": identity.stage.value,
        "borrower_id": identity.borrower_id,
        "identity_tries": identity.tries,
        "identity_expires_at": identity.expires_at,
        "identity_locked_until": identity.locked_until,
        "unclear_turns": conversation.unclear_turns,
        "reachable": conversation.reachable,
        "greeted": conversation.greeted,
        "opened_at": conversation.opened_at,
        "last_inbound_at": conversation.last_inbound_at,
        "waiting_since": conversation.waiting_since,
        "merged_into": conversation.merged_into,
    }


def _control_columns(control: Control) -> dict[str, Any]:
    return {
        "control_owner": control.owner.value,
        "control_epoch": control.epoch,
        "control_staff": control.staff,
        "control_lease_until": control.lease_until,
    }


def conversation_of(row: Any) -> Conversation:
    return Conversation(
        id=ConversationId(row.id),
        channel=Channel(row.channel),
        address=row.address,
        is_private=row.is_private,
        language=row.language,
        language_chosen=row.language_chosen,
        identity=Identity(
            stage=IdentityStage(row.identity_stage),
            borrower_id=None if row.borrower_id is None else BorrowerId(row.borrower_id),
            tries=row.identity_tries,
            expires_at=row.identity_expires_at,
            locked_until=row.identity_locked_until,
        ),
        control=Control(
            owner=Owner(row.control_owner),
            epoch=row.control_epoch,
            staff=row.control_staff,
            lease_until=row.control_lease_until,
        ),
        unclear_turns=row.unclear_turns,
        reachable=row.reachable,
        greeted=row.greeted,
        opened_at=row.opened_at,
        last_inbound_at=row.last_inbound_at,
        waiting_since=row.waiting_since,
        merged_into=None if row.merged_into is None else ConversationId(row.merged_into),
    )
