"""Decisions about contacts, and opt-outs, in SQL."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, insert, or_, select, update
from sqlalchemy.orm import Session

from bot.contact_case import MEDIA
from bot.messages import CHATS, Author, Channel, DeliveryState
from bot.ports import Audit, StoredDecision
from compliance.attempt import Decision
from compliance.events import Event
from compliance.question import Answer, Question
from compliance.terms import ContactOutcome, Direction, Effect, Purpose
from compliance.wishes import Medium
from lending.ids import BorrowerId, ConversationId, MessageId
from store.base import table_of
from store.contact_questions import question_from_json, question_to_json
from store.tables import (
    ContactDecisionRow,
    ContactProfileRow,
    ConversationRow,
    MessageRow,
    OptOutRow,
    StaffContactRow,
)

# A wish that names no address says only "chat".
_CHATS = (*(channel.value for channel in CHATS), Medium.CHAT.value)

_DECISIONS = table_of(ContactDecisionRow)
_DECIDED = insert(_DECISIONS).returning(_DECISIONS.c.id)

DECIDED = "contact.decided"
"""The event of the audit chain that holds a decision's digest."""


class SqlContacts:
    """Implements `bot.ports.Contacts`."""

    def __init__(self, session: Session, audit: Audit) -> None:
        self._session = session
        self._audit = audit

    def record_decision(
        self,
        *,
        conversation_id: ConversationId,
        borrower_id: BorrowerId | None,
        channel: Channel,
        question: Question,
        answer: Answer,
        at: datetime,
        message_id: MessageId | None,
    ) -> int:
        values = decision_values(
            conversation_id=conversation_id,
            borrower_id=borrower_id,
            channel=channel,
            question=question,
            answer=answer,
            at=at,
            message_id=message_id,
        )
        key: int = self._session.execute(_DECIDED, values).scalar_one()
        self._audit.append(
            at=at,
            actor="gate",
            event=DECIDED,
            subject=f"decision:{key}",
            details={"digest": digest_of(values)},
        )
        return key

    def decisions(self, *, after: int, limit: int) -> tuple[StoredDecision, ...]:
        row = ContactDecisionRow
        query = select(row).where(row.id > after).order_by(row.id).limit(limit)
        return tuple(_stored(found) for found in self._session.scalars(query))

    def keep_profile(
        self, *, name: str, version: str, files: Mapping[str, str], at: datetime
    ) -> None:
        known = self.profile_files(name, version)
        if known is None:
            self._session.execute(
                insert(ContactProfileRow).values(
                    name=name, version=version, files=dict(files), first_used_at=at
                )
            )

    def profile_files(self, name: str, version: str) -> Mapping[str, str] | None:
        row = ContactProfileRow
        return self._session.scalar(
            select(row.files).where(row.name == name, row.version == version)
        )

    def events(
        self,
        *,
        conversation_id: ConversationId,
        borrower_id: BorrowerId | None,
        answers: MessageId | None,
        since: datetime,
        answered_by: Author | None = None,
    ) -> tuple[Event, ...]:
        values = {
            "conversation": conversation_id,
            "borrower": borrower_id,
            "answers": answers,
            "since": since,
            "answered_by": None if answered_by is None else answered_by.value,
            "failed": DeliveryState.FAILED.value,
        }
        kind = borrower_id is not None, answers is not None, answered_by is not None
        found = self._session.execute(_events_query(*kind), values)
        return tuple(event_of(*row) for row in found)

    def opted_out_at(
        self, channel: Channel, address: str, borrower_id: BorrowerId | None
    ) -> datetime | None:
        """Since when this address, or this borrower on any channel, wants no contact."""
        query = _OPTED_OUT_CHAT if channel in CHATS else _OPTED_OUT
        if borrower_id is None:
            query = _OPTED_OUT_UNKNOWN
        values = {
            "of_channel": channel.value,
            "of_address": address,
            "of_borrower": borrower_id,
        }
        at: datetime | None = self._session.scalar(query, values)
        return at

    def add_opt_out(
        self,
        *,
        channel: Channel,
        address: str,
        borrower_id: BorrowerId | None,
        at: datetime,
        via: str,
    ) -> None:
        self._session.execute(
            insert(OptOutRow).values(
                channel=channel.value, address=address, borrower_id=borrower_id, at=at, via=via
            )
        )

    def lift_opt_out(
        self, *, channel: Channel, address: str, borrower_id: BorrowerId | None, at: datetime
    ) -> None:
        """Lift what `opted_out_at` would find; the rows stay as proof."""
        known = {} if borrower_id is None else {"of_borrower": borrower_id}
        in_force = _in_force(is_known=borrower_id is not None, is_chat=channel in CHATS)
        self._session.execute(
            update(table_of(OptOutRow)).where(in_force),
            {"lifted_at": at, "of_channel": channel.value, "of_address": address, **known},
        )


def decision_values(
    *,
    conversation_id: ConversationId,
    borrower_id: BorrowerId | None,
    channel: Channel,
    question: Question,
    answer: Answer,
    at: datetime,
    message_id: MessageId | None,
) -> dict[str, Any]:
    """The columns of a decision."""
    decision = answer.decision
    return {
        "conversation_id": conversation_id,
        "borrower_id": borrower_id,
        "channel": channel.value,
        "purpose": question.attempt.purpose.value,
        "at": at,
        "inputs": question_to_json(question),
        "outcome": decision.effect.value,
        "rules": list(decision.rules),
        "until": decision.until,
        "gate_version": answer.version,
        "message_id": message_id,
    }


def digest_of(values: Mapping[str, Any]) -> str:
    """SHA-256 of a decision row without its id: JSON with sorted keys, instants in UTC."""
    plain = {
        key: value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
        for key, value in values.items()
    }
    canonical = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


def _stored(row: ContactDecisionRow) -> StoredDecision:
    columns = (column.name for column in table_of(ContactDecisionRow).columns)
    values = {name: getattr(row, name) for name in columns if name != "id"}
    decision = Decision(effect=Effect(row.outcome), rules=tuple(row.rules), until=row.until)
    return StoredDecision(
        id=row.id,
        at=row.at,
        question=question_from_json(row.inputs),
        answer=Answer(decision=decision, version=row.gate_version),
        message_id=None if row.message_id is None else MessageId(row.message_id),
        digest=digest_of(values),
    )


@lru_cache(maxsize=8)
def _events_query(of_borrower: bool, of_answer: bool, by_author: bool) -> Select[Any]:
    """What was written in a conversation, or in all of its borrower: unasked, or about a message.

    Made once for each kind of asking: every turn runs it.
    """
    chat, row = table_of(ConversationRow).c, table_of(MessageRow).c
    of_chat = chat.id == bindparam("conversation")
    if of_borrower:
        of_chat = or_(of_chat, chat.borrower_id == bindparam("borrower"))
    chats = select(chat.id).where(of_chat)
    wanted = [
        and_(
            row.author != Author.BORROWER.value, row.answers.is_(None), row.at >= bindparam("since")
        )
    ]
    if of_answer:
        answer = row.answers == bindparam("answers")
        if by_author:
            answer = and_(answer, row.author == bindparam("answered_by"))
        wanted += [row.id == bindparam("answers"), answer]
    return (
        select(
            row.id,
            row.author,
            row.at,
            row.answers,
            chat.channel,
            chat.id,
            _DECISIONS.c.purpose,
            table_of(StaffContactRow).c.outcome,
        )
        .join_from(table_of(MessageRow), table_of(ConversationRow), chat.id == row.conversation_id)
        .outerjoin(_DECISIONS, _DECISIONS.c.message_id == row.id)
        .outerjoin(table_of(StaffContactRow), table_of(StaffContactRow).c.message_id == row.id)
        .where(
            row.conversation_id.in_(chats),
            or_(*wanted),
            or_(row.delivery.is_(None), row.delivery != bindparam("failed")),
        )
        .order_by(row.at, row.id)
    )


def event_of(
    message_id: int,
    author: str,
    at: datetime,
    answers: int | None,
    channel: str,
    chat: str,
    purpose: str | None,
    outcome: str | None,
) -> Event:
    """A message as a contact, in the words of the rules."""
    is_inbound = author == Author.BORROWER.value
    return Event(
        id=str(message_id),
        at=at,
        channel=MEDIA[Channel(channel)],
        direction=Direction.INBOUND if is_inbound else Direction.OUTBOUND,
        outcome=(
            ContactOutcome.RECEIVED
            if is_inbound
            else ContactOutcome(outcome or ContactOutcome.SENT)
        ),
        # An address has one conversation; its id tells nobody a phone number.
        address_id=chat,
        purpose=None if is_inbound else Purpose(purpose or Purpose.REPLY),
        reply_to=str(answers) if answers is not None else None,
    )


def alike(channel: Channel) -> tuple[str, ...]:
    """The channels whose opt-out closes this one: no calls leaves the chats open, and vice versa."""
    return _CHATS if channel in CHATS else (channel.value,)


def _in_force(*, is_known: bool, is_chat: bool) -> ColumnElement[bool]:
    """The opt-outs of an address, or also those of its borrower: bound when the query runs."""
    row = table_of(OptOutRow).c
    mine = row.channel == bindparam("of_channel")
    same_address = and_(mine, row.address == bindparam("of_address"))
    if not is_known:
        return and_(row.lifted_at.is_(None), same_address)
    like = row.channel.in_(_CHATS) if is_chat else mine  # as `alike` says
    same_borrower = and_(row.borrower_id == bindparam("of_borrower"), like)
    return and_(row.lifted_at.is_(None), or_(same_address, same_borrower))


_FIRST_OPT_OUT = select(func.min(table_of(OptOutRow).c.at))
_OPTED_OUT = _FIRST_OPT_OUT.where(_in_force(is_known=True, is_chat=False))
_OPTED_OUT_CHAT = _FIRST_OPT_OUT.where(_in_force(is_known=True, is_chat=True))
_OPTED_OUT_UNKNOWN = _FIRST_OPT_OUT.where(_in_force(is_known=False, is_chat=False))
