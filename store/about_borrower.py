"""Every row that is about a borrower, found by following the keys between the tables.

A table that is added later is found as well, as soon as one of its keys leads to a borrower.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Row, Table, Text, cast, or_, select
from sqlalchemy.orm import Session

from lending.ids import BorrowerId
from store.columns import BlindIndex
from store.tables import (
    AuditRow,
    BorrowerRow,
    ContactWishRow,
    ConversationRow,
    OptOutRow,
    metadata,
)

_AT_ONCE = 400
NOT_TOLD = {("borrowers", "second_fact_digest"), ("link_tokens", "token_hash")}
"""Columns that are no facts about a borrower but keys to their account."""


@dataclass(slots=True)
class About:
    """Rows by table; `ids` are the primary keys, where a table has one column as its key."""

    rows: dict[str, list[Row[Any]]] = field(default_factory=dict)
    ids: dict[str, set[Any]] = field(default_factory=dict)

    def add(self, table: Table, found: list[Row[Any]]) -> None:
        key = key_of(table)
        kept, known = self.rows.setdefault(table.name, []), self.ids.setdefault(table.name, set())
        for row in found:
            row_id = row._mapping[key.name]
            if row_id not in known:
                known.add(row_id)
                kept.append(row)


def key_of(table: Table) -> Column[Any]:
    return next(iter(table.primary_key.columns))


def personal_tables() -> dict[Table, list[tuple[Column[Any], Table]]]:
    """The tables that a chain of keys connects with a borrower, and the keys that do so."""
    borrowers = metadata.tables[BorrowerRow.__tablename__]
    found: dict[Table, list[tuple[Column[Any], Table]]] = {borrowers: []}
    for table in metadata.sorted_tables:
        ways = [
            (column, key.column.table)
            for column in table.columns
            for key in column.foreign_keys
            if key.column.table in found
            and key.column.table is not table
            and key.column.name == key_of(key.column.table).name
        ]
        if ways and table is not borrowers:
            found[table] = ways
    return found


def rows_about(session: Session, borrower_id: BorrowerId) -> About:
    """Every row about one borrower, in the order of the tables' keys."""
    about = About()
    for table, ways in personal_tables().items():
        if not ways:
            about.add(table, _in(session, table, key_of(table), {borrower_id}))
        for column, parent in ways:
            about.add(table, _in(session, table, column, about.ids.get(parent.name, set())))
    _said_in_their_chats(session, about)
    _on_the_audit_log(session, about)
    for rows in about.rows.values():
        rows.sort(key=lambda row: row[0])
    return about


def _in(session: Session, table: Table, column: Column[Any], values: set[Any]) -> list[Row[Any]]:
    found: list[Row[Any]] = []
    wanted = sorted(values)
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        found += session.execute(select(table).where(column.in_(part))).all()
    return found


def _said_in_their_chats(session: Session, about: About) -> None:
    """Wishes that were said before it was known who writes name only the chat."""
    chats = about.rows.get(ConversationRow.__tablename__, [])
    for model in (ContactWishRow, OptOutRow):
        table = metadata.tables[model.__tablename__]
        for chat in chats:
            known = chat._mapping
            query = select(table).where(
                table.c.borrower_id.is_(None),
                table.c.channel == known["channel"],
                table.c.address == known["address"],
            )
            about.add(table, list(session.execute(query).all()))


def _on_the_audit_log(session: Session, about: About) -> None:
    names = {
        "conversation": about.ids.get("conversations", set()),
        "decision": about.ids.get("contact_decisions", set()),
        "plan": about.ids.get("plans", set()),
        "plan_offer": about.ids.get("plan_offers", set()),
        "offer": about.ids.get("plan_offers", set()),
        "promise": about.ids.get("promises", set()),
        "reminder": about.ids.get("reminders", set()),
    }
    subjects = {f"{kind}:{one}" for kind, ids in names.items() for one in ids}
    for row in about.rows.get("borrowers", []):
        subjects |= {f"borrower:{row._mapping['id']}", f"borrower:{row._mapping['reference']}"}
    table = metadata.tables[AuditRow.__tablename__]
    about.add(table, _in(session, table, table.c.subject, subjects))


def export_of(session: Session, borrower_id: BorrowerId) -> dict[str, list[dict[str, Any]]]:
    """Everything that is kept about a borrower, by table, as JSON can hold it."""
    about = rows_about(session, borrower_id)
    return {
        name: [dict(_told(metadata.tables[name], row)) for row in rows]
        for name, rows in sorted(about.rows.items())
        if rows
    }


def _told(table: Table, row: Row[Any]) -> Iterator[tuple[str, Any]]:
    for column in table.columns:
        is_index = isinstance(column.type, BlindIndex)
        if (table.name, column.name) not in NOT_TOLD and not is_index:
            yield column.name, _plain(row._mapping[column.name])


def _plain(value: Any) -> Any:
    match value:
        case datetime() | date():
            return value.isoformat()
        case bytes():
            return {"bytes": len(value), "sha256": hashlib.sha256(value).hexdigest()}
        case _:
            return value


def mentions(session: Session, table: Table, column: Column[Any], words: list[str]) -> list[Any]:
    """Keys of the rows whose JSON has one of these words in it."""
    text = cast(column, Text)
    wanted = [text.contains(json.dumps(word)[1:-1], autoescape=True) for word in words if word]
    if not wanted:
        return []
    return list(session.scalars(select(key_of(table)).where(or_(*wanted))))
