"""A limit of messages a second that all processes share, in one row for each queue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import and_, case, update
from sqlalchemy.dialects import postgresql, sqlite

from store.db import Database
from store.tables import SendSlotRow

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LONGEST_QUEUE = 3_600_000_000
"""Microseconds. A place further away than an hour comes from a clock that ran ahead; forget it."""


class SqlPace:
    """Implements `bot.reminder_ports.Pace`: each caller is given the next free places."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def reserve(self, key: str, *, per_second: float, now: datetime, count: int = 1) -> datetime:
        width = round(1_000_000 / per_second) * count
        moment = (now - _EPOCH) // _MICROSECOND
        row = SendSlotRow
        with self._database.session() as session:
            make = (
                sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
            )
            queued = and_(row.next_us > moment, row.next_us <= moment + _LONGEST_QUEUE)
            start = case((queued, row.next_us), else_=moment)
            statement = (
                make(row.__table__)  # type: ignore[arg-type]
                .values(key=key, next_us=moment + width)
                .on_conflict_do_update(index_elements=["key"], set_={"next_us": start + width})
                .returning(row.__table__.c.next_us)
            )
            after = session.execute(statement).scalar_one()
            session.commit()
        return _EPOCH + timedelta(microseconds=after - width)

    def pause(self, key: str, until: datetime) -> None:
        moment = (until - _EPOCH) // _MICROSECOND
        with self._database.session() as session:
            make = (
                sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
            )
            rows = SendSlotRow.__table__
            session.execute(
                make(rows)  # type: ignore[arg-type]
                .values(key=key, next_us=moment)
                .on_conflict_do_nothing(index_elements=["key"])
            )
            session.execute(
                update(SendSlotRow)
                .where(SendSlotRow.key == key, SendSlotRow.next_us < moment)
                .values(next_us=moment)
            )
            session.commit()
