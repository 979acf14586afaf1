"""What operations watch, read from the database in one short transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute

from bot.conversation import Escalation
from bot.messages import Author
from bot.reminder_ports import ReminderState
from lending.events import EventState
from store.db import Database
from store.repositories_escalations import SqlEscalations
from store.tables import (
    ConversationRow,
    EscalationRow,
    FeedRow,
    JobRunRow,
    MessageRow,
    OutgoingEventRow,
    ReminderRow,
)

FOR_STAFF = (ReminderState.DEAD, ReminderState.UNCONFIRMED, ReminderState.AWAITING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How many wait, and since when the one that has waited longest."""

    count: int
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    job: str
    succeeded_at: datetime | None
    failed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VitalSigns:
    """`due_reminders` wait for a dispatcher, since the time they should have left at.

    `escalations` are the open ones, each with the instant since which its borrower waits for a word.
    """

    due_reminders: Waiting
    reminders_for_staff: dict[str, int]
    unanswered: Waiting
    events_waiting: Waiting
    events_dead: int
    feeds: dict[str, datetime]
    jobs: tuple[JobRun, ...]
    escalations: tuple[tuple[Escalation, datetime | None], ...]


def read_vital_signs(database: Database, now: datetime) -> VitalSigns:
    """All of it. Each question is answered from an index. Raises StoreUnavailable."""
    message, event, reminder = MessageRow, OutgoingEventRow, ReminderRow
    with database.session() as session:

        def waiting(
            since: InstrumentedAttribute[datetime], *conditions: ColumnElement[bool]
        ) -> Waiting:
            found = session.execute(select(func.count(), func.min(since)).where(*conditions))
            count, first = found.one()
            return Waiting(count=count, since=first)

        by_state = session.execute(
            select(reminder.state, func.count())
            .where(reminder.state.in_([state.value for state in FOR_STAFF]))
            .group_by(reminder.state)
        )
        counts = {state.value: 0 for state in FOR_STAFF}
        counts.update((state, count) for state, count in by_state)
        since = dict(
            session.execute(
                select(EscalationRow.id, ConversationRow.waiting_since)
                .join(ConversationRow, ConversationRow.id == EscalationRow.conversation_id)
                .where(EscalationRow.resolved_at.is_(None))
            ).all()
        )
        dead = select(func.count()).where(event.state == EventState.DEAD.value)
        return VitalSigns(
            due_reminders=waiting(
                reminder.send_at,
                reminder.state == ReminderState.PLANNED.value,
                reminder.send_at <= now,
            ),
            reminders_for_staff=counts,
            unanswered=waiting(
                message.at, message.author == Author.BORROWER.value, message.handled_at.is_(None)
            ),
            events_waiting=waiting(event.at, event.state == EventState.WAITING.value),
            events_dead=session.scalar(dead) or 0,
            feeds=dict(session.execute(select(FeedRow.name, FeedRow.watermark)).all()),
            jobs=tuple(
                JobRun(job=row.job, succeeded_at=row.succeeded_at, failed_at=row.failed_at)
                for row in session.scalars(select(JobRunRow).order_by(JobRunRow.job))
            ),
            escalations=tuple(
                (one, since.get(one.id)) for one in SqlEscalations(session).unresolved()
            ),
        )
