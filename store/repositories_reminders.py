"""Planned reminders in SQL: claimed by many workers, each by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from bot.messages import Channel, DeliveryState
from bot.reminder_ports import (
    COUNTED,
    Background,
    ContactPoint,
    NewReminder,
    Reminder,
    ReminderId,
    ReminderState,
    SentStep,
)
from lending.accounts import Product
from lending.ids import AccountId, BorrowerId, MessageId
from store.insert import insert_or_skip
from store.tables import (
    AccountRow,
    BorrowerRow,
    ContactHabitRow,
    ContactPointRow,
    ConversationRow,
    DeliveryReportRow,
    EscalationRow,
    FeedRow,
    MessageRow,
    ReminderRow,
    StaffContactRow,
)

_KEY = ("account_id", "due_on", "step", "attempt")
_IN_HAND = (ReminderState.CLAIMED.value, ReminderState.SENDING.value)
_LOST = "the worker stopped between sending and writing down"


class SqlReminders:
    """Implements `bot.reminder_ports.Reminders`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._pending: dict[ReminderId, dict[str, Any]] = {}

    def get(self, reminder_id: ReminderId) -> Reminder | None:
        self.write_pending()
        row = self._session.scalar(select(ReminderRow).where(ReminderRow.id == reminder_id))
        return _reminder(row) if row else None

    def plan(self, new: NewReminder, now: datetime) -> bool:
        self.write_pending()
        state = ReminderState.AWAITING if new.awaits_approval else ReminderState.PLANNED
        added = insert_or_skip(
            self._session,
            ReminderRow,
            {
                "account_id": new.account_id,
                "borrower_id": new.borrower_id,
                "due_on": new.due_on,
                "version": new.version,
                "number": new.number,
                "step": new.step,
                "offset_days": new.offset_days,
                "attempt": new.attempt,
                "strategy": new.strategy,
                "state": state.value,
                "local_day": new.local_day,
                "send_at": new.send_at,
                "tries": 0,
                "changed_at": now,
            },
            unless_same=_KEY,
        )
        return added is not None

    def claim(
        self, *, worker: str, now: datetime, until: datetime, limit: int
    ) -> tuple[Reminder, ...]:
        self.write_pending()
        row = ReminderRow
        # A statement of its own: PostgreSQL may repeat a subquery with a limit, and lock more rows.
        due = self._session.scalars(
            select(row.id)
            .where(row.state == ReminderState.PLANNED.value, row.send_at <= now)
            .order_by(row.send_at, row.id)
            .limit(limit)
            # SQLite has one writer at a time and ignores the lock.
            .with_for_update(skip_locked=True)
        ).all()
        if not due:
            return ()
        taken = self._session.scalars(
            update(row)
            .where(row.id.in_(due))
            .values(
                state=ReminderState.CLAIMED.value,
                claim=worker,
                claimed_until=until,
                changed_at=now,
            )
            .returning(row)
        ).all()
        return tuple(_reminder(one) for one in sorted(taken, key=lambda r: (r.send_at, r.id)))

    def hold_claims(self, ids: Collection[ReminderId], worker: str) -> frozenset[ReminderId]:
        self.write_pending()
        row = ReminderRow
        query = select(row.id).where(
            row.id.in_(list(ids)), row.state == ReminderState.CLAIMED.value, row.claim == worker
        )
        found = self._session.scalars(query.order_by(row.id).with_for_update())
        return frozenset(ReminderId(one) for one in found)

    def lock_accounts(self, ids: Collection[AccountId]) -> None:
        row, borrower = AccountRow, BorrowerRow
        owners = self._session.scalars(
            select(row.borrower_id)
            .where(row.id.in_(list(ids)))
            .order_by(row.id)
            .with_for_update(read=True)
        ).all()
        self._session.scalars(
            select(borrower.id)
            .where(borrower.id.in_(set(owners)))
            .order_by(borrower.id)
            .with_for_update(key_share=True)
        ).all()

    def products_of(self, ids: Collection[AccountId]) -> Mapping[AccountId, Product]:
        query = select(AccountRow.id, AccountRow.product).where(AccountRow.id.in_(list(ids)))
        return {AccountId(one): Product(product) for one, product in self._session.execute(query)}

    def settle(
        self,
        reminder_id: ReminderId,
        state: ReminderState,
        *,
        now: datetime,
        reason: str | None = None,
        channel: Channel | None = None,
        message_id: MessageId | None = None,
        claimed_until: datetime | None = None,
    ) -> None:
        values: dict[str, Any] = {"state": state.value, "reason": reason, "changed_at": now}
        if state.value not in _IN_HAND:
            values |= {"claim": None, "claimed_until": None}
        elif claimed_until is not None:
            values["claimed_until"] = claimed_until
        if channel is not None:
            values["channel"] = channel.value
        if message_id is not None:
            values["message_id"] = message_id
        self._change(reminder_id, values)

    def postpone(
        self, reminder_id: ReminderId, *, to: datetime, reason: str, now: datetime, tries: int
    ) -> None:
        self._change(
            reminder_id,
            {
                "state": ReminderState.PLANNED.value,
                "send_at": to,
                "reason": reason,
                "tries": tries,
                "claim": None,
                "claimed_until": None,
                "changed_at": now,
            },
        )

    def recover(self, now: datetime) -> tuple[int, int]:
        self.write_pending()
        row = ReminderRow
        over = row.claimed_until < now
        unsent = self._session.execute(
            update(row)
            .where(row.state == ReminderState.CLAIMED.value, over)
            .values(
                state=ReminderState.PLANNED.value, claim=None, claimed_until=None, changed_at=now
            )
            .returning(row.id)
        ).all()
        doubtful = self._session.execute(
            update(row)
            .where(row.state == ReminderState.SENDING.value, over)
            .values(
                state=ReminderState.UNCONFIRMED.value,
                claimed_until=None,
                reason=_LOST,
                changed_at=now,
            )
            .returning(row.message_id)
        ).all()
        messages = [message_id for (message_id,) in doubtful if message_id is not None]
        if messages:
            self._session.execute(
                update(MessageRow)
                .where(
                    MessageRow.id.in_(messages),
                    MessageRow.delivery == DeliveryState.SENDING.value,
                )
                .values(delivery=DeliveryState.UNCONFIRMED.value, delivery_error=_LOST)
            )
        return len(unsent), len(doubtful)

    def background(self, ids: Collection[BorrowerId]) -> Mapping[BorrowerId, Background]:
        self.write_pending()
        habit = ContactHabitRow
        minutes = dict(
            (owner, minute)
            for owner, minute in self._session.execute(
                select(habit.borrower_id, habit.minute).where(habit.borrower_id.in_(list(ids)))
            )
        )
        sent, escalated = self._sent_steps(ids), self._escalated(ids)
        return {
            one: Background(
                sent=tuple(sent[one]),
                habit=minutes.get(one),
                has_open_escalation=one in escalated,
            )
            for one in ids
        }

    def _sent_steps(self, ids: Collection[BorrowerId]) -> Mapping[int, list[SentStep]]:
        row = ReminderRow
        query = (
            select(
                *(row.borrower_id, row.account_id, row.due_on, row.offset_days, row.changed_at),
                MessageRow.at,
            )
            .outerjoin(MessageRow, MessageRow.id == row.message_id)
            .where(
                row.borrower_id.in_(list(ids)), row.state.in_([state.value for state in COUNTED])
            )
            .order_by(row.id)
        )
        found: dict[int, list[SentStep]] = defaultdict(list)
        for owner, account_id, due_on, offset, changed, at in self._session.execute(query):
            step = SentStep(
                account_id=AccountId(account_id),
                due_on=due_on,
                offset_days=offset,
                at=at or changed,
            )
            found[owner].append(step)
        return found

    def _escalated(self, ids: Collection[BorrowerId]) -> frozenset[int]:
        """Whose case a person has not closed yet: kept with the borrower, or with a chat of theirs."""
        row, chat = EscalationRow, ConversationRow
        own = select(row.borrower_id).where(
            row.resolved_at.is_(None), row.borrower_id.in_(list(ids))
        )
        by_chat = (
            select(chat.borrower_id)
            .join(row, row.conversation_id == chat.id)
            .where(row.resolved_at.is_(None), chat.borrower_id.in_(list(ids)))
        )
        return frozenset(one for one in self._session.scalars(own.union(by_chat)) if one)

    def of_account(self, account_id: AccountId) -> tuple[Reminder, ...]:
        self.write_pending()
        row = ReminderRow
        query = select(row).where(row.account_id == account_id)
        return self._read(query.order_by(row.due_on, row.offset_days, row.attempt))

    def in_state(self, states: Sequence[ReminderState], limit: int) -> tuple[Reminder, ...]:
        self.write_pending()
        row = ReminderRow
        query = select(row).where(row.state.in_([state.value for state in states]))
        return self._read(query.order_by(row.id).limit(limit))

    def counts(self) -> dict[str, int]:
        self.write_pending()
        query = select(ReminderRow.state, func.count()).group_by(ReminderRow.state)
        return {state: count for state, count in self._session.execute(query)}

    def approve(self, reminder_id: ReminderId, by: str, now: datetime) -> bool:
        self.write_pending()
        row = ReminderRow
        changed = self._session.execute(
            update(row)
            .where(row.id == reminder_id, row.state == ReminderState.AWAITING.value)
            .values(state=ReminderState.PLANNED.value, approved_by=by, changed_at=now)
            .returning(row.id)
        ).one_or_none()
        return changed is not None

    def points_of(
        self, ids: Collection[BorrowerId]
    ) -> Mapping[BorrowerId, tuple[ContactPoint, ...]]:
        row = ContactPointRow
        found: dict[BorrowerId, list[ContactPoint]] = {one: [] for one in ids}
        query = select(row).where(row.borrower_id.in_(list(ids))).order_by(row.id)
        for point in self._session.scalars(query):
            found[BorrowerId(point.borrower_id)].append(
                ContactPoint(
                    kind=point.kind,
                    value=point.value,
                    verified=point.verified_at is not None,
                    reachable=point.reachable,
                )
            )
        return {one: tuple(points) for one, points in found.items()}

    def mark_point(self, borrower_id: BorrowerId, kind: str, value: str, reachable: bool) -> None:
        row = ContactPointRow
        self._session.execute(
            update(row)
            .where(row.borrower_id == borrower_id, row.kind == kind, row.value_index == value)
            .values(reachable=reachable)
        )

    def feed_watermark(self, name: str) -> datetime | None:
        return self._session.scalar(select(FeedRow.watermark).where(FeedRow.name == name))

    def report_delivery(
        self, channel_message_id: str, channel: Channel, *, status: str, code: str, at: datetime
    ) -> MessageId | None:
        message_id = self._session.scalar(
            select(MessageRow.id)
            .join(ConversationRow, ConversationRow.id == MessageRow.conversation_id)
            .where(
                MessageRow.channel_message_id == channel_message_id,
                ConversationRow.channel == channel.value,
            )
        )
        if message_id is None:
            return None
        insert_or_skip(
            self._session,
            DeliveryReportRow,
            {"message_id": message_id, "status": status, "code": code, "at": at},
            unless_same=("message_id", "status"),
        )
        return MessageId(message_id)

    def add_staff_contact(
        self,
        *,
        message_id: MessageId,
        borrower_id: BorrowerId,
        account_id: AccountId | None,
        staff: str,
        outcome: str,
    ) -> None:
        self._session.execute(
            insert(StaffContactRow).values(
                message_id=message_id,
                borrower_id=borrower_id,
                account_id=account_id,
                staff=staff,
                outcome=outcome,
            )
        )

    def _read(self, query: Any) -> tuple[Reminder, ...]:
        return tuple(_reminder(row) for row in self._session.scalars(query))

    def _change(self, reminder_id: ReminderId, values: dict[str, Any]) -> None:
        self._pending.setdefault(reminder_id, {}).update(values)

    def write_pending(self) -> None:
        """Write what `settle` and `postpone` changed: before a read, and at the commit."""
        if not self._pending:
            return
        alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
        for reminder_id, values in self._pending.items():
            alike[tuple(sorted(values))].append({"which": reminder_id, **values})
        table: Any = ReminderRow.__table__
        for names, rows in alike.items():
            statement = (
                update(table)
                .where(table.c.id == bindparam("which"))
                .values({name: bindparam(name) for name in names})
            )
            self._session.connection().execute(statement, rows)
        self._pending.clear()


def _reminder(row: ReminderRow) -> Reminder:
    return Reminder(
        id=ReminderId(row.id),
        account_id=AccountId(row.account_id),
        borrower_id=BorrowerId(row.borrower_id),
        due_on=row.due_on,
        version=row.version,
        number=row.number,
        step=row.step,
        offset_days=row.offset_days,
        attempt=row.attempt,
        strategy=row.strategy,
        state=ReminderState(row.state),
        local_day=row.local_day,
        send_at=row.send_at,
        claim=row.claim,
        tries=row.tries,
        channel=None if row.channel is None else Channel(row.channel),
        message_id=None if row.message_id is None else MessageId(row.message_id),
        reason=row.reason,
        approved_by=row.approved_by,
        changed_at=row.changed_at,
    )
