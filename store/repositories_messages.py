"""Messages in SQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, exists, insert, or_, select, update
from sqlalchemy.orm import Session

from bot.conversation import MASK, StoredMessage
from bot.messages import Author, Button, Content, DeliveryState, Inbound, Kind
from compliance.terms import Purpose
from lending.ids import ConversationId, MessageId
from store.base import table_of
from store.errors import UnknownMessage
from store.insert import insert_or_skip
from store.tables import ContactDecisionRow, ConversationRow, MessageRow

_INTENT = 64
"""Characters of an intent's name."""

# Made once: every turn runs them.
_MESSAGES = table_of(MessageRow)
_GET = select(_MESSAGES).where(_MESSAGES.c.id == bindparam("id"))
_DECISIONS = table_of(ContactDecisionRow)
_CONFIRMS = exists().where(
    _DECISIONS.c.message_id == _MESSAGES.c.id,
    _DECISIONS.c.purpose == Purpose.OPT_OUT_CONFIRMATION.value,
)
# A notice says who speaks, whatever the borrower wrote; only that a stop was heard is an answer.
_ANSWERED = select(
    exists().where(
        _MESSAGES.c.answers == bindparam("answers"),
        or_(_MESSAGES.c.kind != Kind.NOTICE.value, _CONFIRMS),
    )
)
_INSERT = insert(_MESSAGES).returning(_MESSAGES.c.id)
_UPDATE = update(_MESSAGES).where(_MESSAGES.c.id == bindparam("key")).returning(_MESSAGES.c.id)
_NUMBERING = (
    select(table_of(ConversationRow).c.id)
    .where(table_of(ConversationRow).c.id == bindparam("id"))
    .with_for_update(key_share=True)
)


class SqlMessages:
    """Implements `bot.ports.Messages`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_inbound(
        self, conversation_id: ConversationId, inbound: Inbound, text: str
    ) -> MessageId | None:
        self._keep_order(conversation_id)
        added = insert_or_skip(
            self._session,
            MessageRow,
            {
                "conversation_id": conversation_id,
                "author": Author.BORROWER.value,
                "kind": inbound.kind.value,
                "text": text,
                "at": inbound.received_at,
                "update_key": inbound.update_key,
                "buttons": [],
                "url_buttons": [],
            },
            unless_same=("conversation_id", "update_key"),
        )
        return None if added is None else MessageId(added)

    def mask(self, message_id: MessageId, text: str) -> None:
        self._update(message_id, text=text)

    def mark_handled(self, message_id: MessageId, at: datetime, *, intent: str = "") -> None:
        known = {"intent": intent[:_INTENT]} if intent else {}
        self._update(message_id, handled_at=at, **known)

    def note_intent(self, message_id: MessageId, intent: str) -> None:
        self._update(message_id, intent=intent[:_INTENT])

    def unhandled(self, limit: int) -> tuple[StoredMessage, ...]:
        return self._read(
            select(MessageRow)
            .where(MessageRow.author == Author.BORROWER.value, MessageRow.handled_at.is_(None))
            .order_by(MessageRow.id)
            .limit(limit)
        )

    def add_outbound(
        self,
        conversation_id: ConversationId,
        *,
        author: Author,
        content: Content,
        answers: MessageId | None,
        epoch: int,
        at: datetime,
        staff: str | None = None,
        is_notice: bool = False,
    ) -> MessageId:
        self._keep_order(conversation_id)
        kind = Kind.NOTICE if is_notice else Kind.PICTURE if content.picture else Kind.TEXT
        values = message_values(
            conversation_id,
            author=author,
            content=content,
            answers=answers,
            epoch=epoch,
            at=at,
            kind=kind,
            staff=staff,
        )
        added = self._session.execute(_INSERT, values).scalar_one()
        return MessageId(added)

    def set_delivery(
        self,
        message_id: MessageId,
        state: DeliveryState,
        *,
        channel_message_id: str | None = None,
        error: str | None = None,
    ) -> None:
        """A channel message id that is known stays when none is given."""
        known = {} if channel_message_id is None else {"channel_message_id": channel_message_id}
        self._update(message_id, delivery=state.value, delivery_error=error, **known)

    def has_answer(self, message_id: MessageId) -> bool:
        return bool(self._session.scalar(_ANSWERED, {"answers": message_id}))

    def after(
        self, conversation_id: ConversationId, message_id: int, limit: int
    ) -> tuple[StoredMessage, ...]:
        return self._read(
            select(MessageRow)
            .where(MessageRow.conversation_id == conversation_id, MessageRow.id > message_id)
            .order_by(MessageRow.id)
            .limit(limit)
        )

    def latest(self, conversation_id: ConversationId, limit: int) -> tuple[StoredMessage, ...]:
        newest_first = self._read(
            select(MessageRow)
            .where(MessageRow.conversation_id == conversation_id)
            .order_by(MessageRow.id.desc())
            .limit(limit)
        )
        return newest_first[::-1]

    def typed_since(self, since: datetime, limit: int) -> tuple[str, ...]:
        query = (
            select(MessageRow.text)
            .where(
                MessageRow.author == Author.BORROWER.value,
                MessageRow.kind == Kind.TEXT.value,
                MessageRow.at >= since,
                MessageRow.text != MASK,
            )
            .order_by(MessageRow.id.desc())
            .limit(limit)
        )
        return tuple(text for text in self._session.scalars(query) if not text.startswith("/"))

    def get(self, message_id: MessageId) -> StoredMessage | None:
        row = self._session.execute(_GET, {"id": message_id}).one_or_none()
        return message_of(row) if row else None

    def _read(self, query: Select[MessageRow]) -> tuple[StoredMessage, ...]:
        return tuple(message_of(row) for row in self._session.scalars(query))

    def _update(self, message_id: MessageId, **values: str | datetime | None) -> None:
        changed = self._session.execute(_UPDATE, {**values, "key": message_id}).one_or_none()
        if changed is None:
            raise UnknownMessage("There is no such message.", hint="Check its id.")

    def _keep_order(self, conversation_id: ConversationId) -> None:
        """Make ids of a conversation appear in order, so that `after` never misses one.

        On PostgreSQL a higher id can be committed before a lower one; the lock on the
        conversation lets one writer at a time number its message. SQLite has one writer anyway.
        """
        if self._session.get_bind().dialect.name == "postgresql":
            self._session.execute(_NUMBERING, {"id": conversation_id})


def message_values(
    conversation_id: ConversationId,
    *,
    author: Author,
    content: Content,
    answers: MessageId | None,
    epoch: int,
    at: datetime,
    kind: Kind,
    staff: str | None = None,
) -> dict[str, Any]:
    """The columns of a message that is about to be sent."""
    picture, document = content.picture, content.document
    return {
        "conversation_id": conversation_id,
        "author": author.value,
        "kind": kind.value,
        "text": content.text,
        "at": at,
        "answers": answers,
        "epoch": epoch,
        "staff": staff,
        "delivery": DeliveryState.SENDING.value,
        "buttons": _pairs(content.buttons),
        "url_buttons": _pairs(content.url_buttons),
        "picture": picture.png if picture else None,
        "picture_alt": picture.alt if picture else None,
        "document": document.pdf if document else None,
        "document_name": document.filename if document else None,
    }


def _pairs(buttons: tuple[Button, ...]) -> list[list[str]]:
    return [[button.label, button.payload] for button in buttons]


def _buttons(pairs: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((label, payload) for label, payload in pairs)


def message_of(row: Any) -> StoredMessage:
    return StoredMessage(
        id=MessageId(row.id),
        conversation_id=ConversationId(row.conversation_id),
        author=Author(row.author),
        kind=Kind(row.kind),
        text=row.text,
        at=row.at,
        update_key=row.update_key,
        answers=None if row.answers is None else MessageId(row.answers),
        delivery=None if row.delivery is None else DeliveryState(row.delivery),
        buttons=_buttons(row.buttons),
        url_buttons=_buttons(row.url_buttons),
        picture=row.picture,
        picture_alt=row.picture_alt,
        intent=row.intent,
        staff=row.staff,
        error=row.delivery_error,
        document=row.document,
        document_name=row.document_name,
        handled_at=row.handled_at,
    )
