"""The outbox of events for the lender's system, in SQL."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, exists, insert, or_, select, text, update
from sqlalchemy.orm import Session, aliased

from lending.events import Event, EventState, EventType, KeptEvent, UnknownEvent
from lending.ids import BorrowerId
from store.tables import AccountRow, BorrowerRow, OutgoingEventRow

# Any number that no other program uses as an advisory lock of this database.
_ORDER_LOCK = 7_433_201_003

_WAITING = EventState.WAITING.value
_OPEN = (EventState.WAITING.value, EventState.DEAD.value)


class SqlEvents:
    """Implements `lending.events.Events`.

    Rows are written at the commit, under one lock, so that their numbers rise in the order of
    commits: a reader never sees a number before a smaller one that is still to come.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._pending: list[Event] = []

    def add(self, event: Event) -> None:
        self._pending.append(event)

    def write_pending(self) -> None:
        """For the unit of work, at its commit."""
        if not self._pending:
            return
        if self._session.get_bind().dialect.name == "postgresql":
            self._session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ORDER_LOCK})
        for event in self._pending:
            self._session.execute(insert(OutgoingEventRow).values(**_values(event)))
        self._pending.clear()

    def claim(self, now: datetime, *, until: datetime, limit: int) -> tuple[KeptEvent, ...]:
        row, earlier = OutgoingEventRow, aliased(OutgoingEventRow)
        waits = exists().where(
            earlier.stream == row.stream, earlier.id < row.id, earlier.state.in_(_OPEN)
        )
        heads = (
            select(row.id)
            .where(
                row.state == _WAITING,
                row.next_try_at <= now,
                or_(row.lease_until.is_(None), row.lease_until <= now),
                or_(row.stream.is_(None), ~waits),
            )
            .order_by(row.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        numbers = self._session.scalars(heads).all()
        if not numbers:
            return ()
        self._session.execute(update(row).where(row.id.in_(numbers)).values(lease_until=until))
        return self._read(_query().where(row.id.in_(numbers)).order_by(row.id))

    def delivered(self, number: int, at: datetime) -> None:
        row = OutgoingEventRow
        self._session.execute(
            update(row)
            .where(row.id == number, row.state == _WAITING)
            .values(
                state=EventState.DELIVERED.value,
                attempts=row.attempts + 1,
                delivered_at=at,
                lease_until=None,
                last_error=None,
            )
        )

    def failed(self, number: int, *, error: str, next_try_at: datetime | None) -> None:
        row = OutgoingEventRow
        values: dict[str, Any] = {"attempts": row.attempts + 1, "lease_until": None}
        values["last_error"] = error
        if next_try_at is None:
            values["state"] = EventState.DEAD.value
        else:
            values["next_try_at"] = next_try_at
        self._session.execute(
            update(row).where(row.id == number, row.state == _WAITING).values(**values)
        )

    def page(
        self,
        *,
        after: int,
        limit: int,
        state: EventState | None = None,
        borrower_id: BorrowerId | None = None,
    ) -> tuple[KeptEvent, ...]:
        row = OutgoingEventRow
        query = _query().where(row.id > after).order_by(row.id).limit(limit)
        if state is not None:
            query = query.where(row.state == state.value)
        if borrower_id is not None:
            query = query.where(row.borrower_id == borrower_id)
        return self._read(query)

    def replay(
        self, now: datetime, *, numbers: Iterable[int] | None = None, since: datetime | None = None
    ) -> int:
        row = OutgoingEventRow
        query = select(row.id)
        if numbers is not None:
            query = query.where(row.id.in_(list(numbers)))
        elif since is not None:
            query = query.where(row.at >= since)
        else:
            query = query.where(row.state == EventState.DEAD.value)
        found = self._session.scalars(query.order_by(row.id).with_for_update()).all()
        if found:
            self._session.execute(
                update(row)
                .where(row.id.in_(query.with_only_columns(row.id)))
                .values(
                    state=_WAITING,
                    attempts=0,
                    next_try_at=now,
                    lease_until=None,
                    delivered_at=None,
                )
            )
        return len(found)

    def skip(self, number: int) -> None:
        row = OutgoingEventRow
        skipped = self._session.execute(
            update(row)
            .where(row.id == number, row.state.in_(_OPEN))
            .values(state=EventState.SKIPPED.value, lease_until=None)
            .returning(row.id)
        ).one_or_none()
        if skipped is None:
            raise UnknownEvent(
                f"No event with the number {number} waits or is dead.",
                hint="List them: `tideover webhooks list`.",
            )

    def _read(
        self, query: Select[OutgoingEventRow, str | None, str | None]
    ) -> tuple[KeptEvent, ...]:
        return tuple(_kept(found) for found in self._session.execute(query))


def _query() -> Select[OutgoingEventRow, str | None, str | None]:
    row = OutgoingEventRow
    return (
        select(row, BorrowerRow.reference, AccountRow.reference)
        .join(BorrowerRow, BorrowerRow.id == row.borrower_id, isouter=True)
        .join(AccountRow, AccountRow.id == row.account_id, isouter=True)
    )


def _values(event: Event) -> dict[str, object]:
    return {
        "key": f"evt_{uuid.uuid4().hex}",
        "type": event.type.value,
        "stream": event.stream,
        "at": event.at,
        "borrower_id": event.borrower_id,
        "account_id": event.account_id,
        "conversation_id": event.conversation_id,
        "data": dict(event.data),
        "state": _WAITING,
        "attempts": 0,
        "next_try_at": event.at,
    }


def _kept(found: Row[OutgoingEventRow, str | None, str | None]) -> KeptEvent:
    row, borrower, account = found
    return KeptEvent(
        number=row.id,
        key=row.key,
        type=EventType(row.type),
        at=row.at,
        borrower=borrower,
        account=account,
        conversation=row.conversation_id,
        data=dict(row.data),
        state=EventState(row.state),
        attempts=row.attempts,
        next_try_at=row.next_try_at,
        delivered_at=row.delivered_at,
        last_error=row.last_error,
    )
