"""Many rows at once, as fast as each database takes them: COPY on PostgreSQL, one statement on SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from store.base import Base


def insert_rows(session: Session, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Add rows that all have the same columns."""
    if not rows:
        return
    if session.get_bind().dialect.name != "postgresql":
        session.execute(insert(cast(Table, table.__table__)), rows)
        return
    _copy(session, cast(Table, table.__table__), rows)


def _copy(session: Session, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    names = list(rows[0])
    dialect = session.get_bind().dialect
    convert = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names]
    connection = session.connection().connection.driver_connection
    assert connection is not None
    columns = ", ".join(f'"{name}"' for name in names)
    with (
        connection.cursor() as cursor,
        cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy,
    ):
        for row in rows:
            copy.write_row(
                [
                    row[name] if how is None or row[name] is None else _plain(how(row[name]))
                    for name, how in zip(names, convert, strict=True)
                ]
            )


def _plain(value: Any) -> Any:
    """psycopg wraps JSON; COPY takes its text."""
    wrapped = getattr(value, "obj", None)
    if wrapped is None:
        return value
    import json

    return json.dumps(wrapped, ensure_ascii=False)
