"""Add a row unless an equal one is there: the same statement on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from store.base import Base, table_of


def insert_for(session: Session) -> Any:
    """The dialect's own `insert`, which knows ON CONFLICT."""
    return sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert


def insert_or_skip(
    session: Session,
    table: type[Base],
    values: Mapping[str, Any],
    *,
    unless_same: Sequence[str],
    where: ColumnElement[bool] | None = None,
) -> Any | None:
    """The new row's id, or None when a row with the same `unless_same` columns is there.

    Without `unless_same`, when any unique key is taken.

    Unlike a failed INSERT, a skipped one leaves the transaction usable on PostgreSQL. `where` is
    the condition of a partial unique index. `table` must have a column `id`.
    """
    key = insert_for(session), table, tuple(unless_same)
    statement = _known_statement(*key) if where is None else _statement(*key, where)
    return session.execute(statement, dict(values)).scalar_one_or_none()


def _statement(
    make: Any,
    table: type[Base],
    unless_same: tuple[str, ...],
    where: ColumnElement[bool] | None = None,
) -> Any:
    rows = table_of(table)
    return (
        make(rows)
        .on_conflict_do_nothing(index_elements=list(unless_same) or None, index_where=where)
        .returning(rows.c.id)
    )


@lru_cache(maxsize=64)
def _known_statement(make: Any, table: type[Base], unless_same: tuple[str, ...]) -> Any:
    return _statement(make, table, unless_same)
