"""Decisions about contacts, and opt-outs, in SQL."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, insert, or_, select, update
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
        key: int = self._session.execute(
            insert(ContactDecisionRow).values(**values).returning(ContactDecisionRow.id)
        ).scalar_one()
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
        chats = select(ConversationRow.id).where(
            or_(
                ConversationRow.id == conversation_id,
                ConversationRow.borrower_id == borrower_id if borrower_id else false(),
            )
        )
        row = MessageRow
        unasked = and_(row.author != Author.BORROWER.value, row.answers.is_(None), row.at >= since)
        answer = row.answers == answers
        if answered_by is not None:
            answer = and_(answer, row.author == answered_by.value)
        wanted = [unasked, row.id == answers, answer] if answers else [unasked]
        query = (
            select(
                row.id,
                row.author,
                row.at,
                row.answers,
                ConversationRow.channel,
                ConversationRow.address,
                ContactDecisionRow.purpose,
                StaffContactRow.outcome,
            )
            .join(ConversationRow, ConversationRow.id == row.conversation_id)
            .outerjoin(ContactDecisionRow, ContactDecisionRow.message_id == row.id)
            .outerjoin(StaffContactRow, StaffContactRow.message_id == row.id)
            .where(
                row.conversation_id.in_(chats),
                or_(*wanted),
                or_(row.delivery.is_(None), row.delivery != DeliveryState.FAILED.value),
            )
            .order_by(row.at, row.id)
        )
        return tuple(event_of(*found) for found in self._session.execute(query))

    def opted_out_at(
        self, channel: Channel, address: str, borrower_id: BorrowerId | None
    ) -> datetime | None:
        """Since when this address, or this borrower on any channel, wants no contact."""
        return self._session.scalar(
            select(func.min(OptOutRow.at)).where(_in_force(channel, address, borrower_id))
        )

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
        self._session.execute(
            update(OptOutRow).where(_in_force(channel, address, borrower_id)).values(lifted_at=at)
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
    columns = (column.name for column in ContactDecisionRow.__table__.columns)
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


def event_of(
    message_id: int,
    author: str,
    at: datetime,
    answers: int | None,
    channel: str,
    address: str,
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
        address_id=address,
        purpose=None if is_inbound else Purpose(purpose or Purpose.REPLY),
        reply_to=str(answers) if answers is not None else None,
    )


def alike(channel: Channel) -> tuple[str, ...]:
    """The channels whose opt-out closes this one: no calls leaves the chats open, and vice versa."""
    return _CHATS if channel in CHATS else (channel.value,)


def _in_force(
    channel: Channel, address: str, borrower_id: BorrowerId | None
) -> ColumnElement[bool]:
    same_address = and_(OptOutRow.channel == channel.value, OptOutRow.address == address)
    if borrower_id is None:
        return and_(OptOutRow.lifted_at.is_(None), same_address)
    same_borrower = and_(
        OptOutRow.borrower_id == borrower_id, OptOutRow.channel.in_(alike(channel))
    )
    return and_(OptOutRow.lifted_at.is_(None), or_(same_address, same_borrower))
