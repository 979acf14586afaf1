"""A limit of messages a second that all processes share, in one row for each queue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, update

from store.db import Database
from store.field_keys import keys_of
from store.insert import insert_for
from store.tables import SendSlotRow

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LONGEST_QUEUE = 3_600_000_000
"""Microseconds. A place further away than an hour comes from a clock that ran ahead; forget it."""


class SqlPace:
    """Implements `bot.reminder_ports.Pace`: each caller is given the next free places."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def _kept(self, key: str) -> str:
        """A key may hold a phone number."""
        keys = keys_of(self._database.engine.dialect)
        return key if keys is None else keys.blind(key)

    def reserve(self, key: str, *, per_second: float, now: datetime, count: int = 1) -> datetime:
        width = round(1_000_000 / per_second) * count
        moment = (now - _EPOCH) // _MICROSECOND
        table: Any = SendSlotRow.__table__
        with self._database.session() as session:
            statement = (
                insert_for(session)(table)
                .values(key=self._kept(key), next_us=moment + width)
                .on_conflict_do_update(
                    index_elements=["key"], set_={"next_us": _start(moment) + width}
                )
                .returning(table.c.next_us)
            )
            after = session.execute(statement).scalar_one()
            session.commit()
        return _EPOCH + timedelta(microseconds=after - width)

    def reserve_each(
        self, keys: Sequence[str], *, per_second: float, now: datetime
    ) -> Sequence[datetime]:
        width = round(1_000_000 / per_second)
        moment = (now - _EPOCH) // _MICROSECOND
        table: Any = SendSlotRow.__table__
        keys = [self._kept(key) for key in keys]
        with self._database.session() as session:
            statement = (
                insert_for(session)(table)
                # In one order for everyone: two workers cannot wait for each other.
                .values([{"key": key, "next_us": moment + width} for key in sorted(keys)])
                .on_conflict_do_update(
                    index_elements=["key"], set_={"next_us": _start(moment) + width}
                )
                .returning(table.c.key, table.c.next_us)
            )
            after = {row.key: row.next_us for row in session.execute(statement)}
            session.commit()
        return [_EPOCH + timedelta(microseconds=after[key] - width) for key in keys]

    def pause(self, key: str, until: datetime) -> None:
        moment = (until - _EPOCH) // _MICROSECOND
        with self._database.session() as session:
            table: Any = SendSlotRow.__table__
            session.execute(
                insert_for(session)(table)
                .values(key=self._kept(key), next_us=moment)
                .on_conflict_do_nothing(index_elements=["key"])
            )
            session.execute(
                update(SendSlotRow)
                .where(SendSlotRow.key == self._kept(key), SendSlotRow.next_us < moment)
                .values(next_us=moment)
            )
            session.commit()


def _start(moment: int) -> ColumnElement[int]:
    """The place that is free next: in the queue, or now."""
    row = SendSlotRow
    queued = and_(row.next_us > moment, row.next_us <= moment + _LONGEST_QUEUE)
    return case((queued, row.next_us), else_=moment)
