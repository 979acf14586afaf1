"""Forget what was kept long enough, kind by kind, some rows in each transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, exists, func, select, update

from bot.reminder_ports import ReminderState
from lending.events import EventState
from lending.ids import BorrowerId
from store.about_borrower import key_of
from store.db import Database
from store.erasure import EMPTIED
from store.retention_file import Retention
from store.tables import metadata

_AT_ONCE = 500
_T = metadata.tables
_OPEN_REMINDERS = [
    state.value
    for state in (
        ReminderState.AWAITING,
        ReminderState.PLANNED,
        ReminderState.CLAIMED,
        ReminderState.SENDING,
    )
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Rows of a kind that may go once they are older: `values` empties them, None removes them."""

    kind: str
    table: Table
    since: ColumnElement[Any]
    where: tuple[ColumnElement[bool], ...] = ()
    values: dict[str, Any] | None = None


def _rules() -> tuple[Rule, ...]:
    messages, escalations, wishes = _T["messages"], _T["escalations"], _T["contact_wishes"]
    return (
        Rule(
            kind="conversations",
            table=messages,
            since=messages.c.at,
            where=(
                (messages.c.text != "")
                | messages.c.picture.is_not(None)
                | messages.c.document.is_not(None),
            ),
            values=EMPTIED["messages"],
        ),
        _gone("identity_attempts", "identity_attempts", "at"),
        _gone("links", "link_tokens", "expires_at"),
        _gone("staff_sessions", "staff_sessions", "expires_at"),
        _gone("staff_notes", "staff_notes", "at"),
        Rule(
            kind="escalations",
            table=escalations,
            since=escalations.c.resolved_at,
            where=(escalations.c.note.is_not(None) | escalations.c.details.is_not(None),),
            values=EMPTIED["escalations"],
        ),
        Rule(
            kind="ended_wishes",
            table=wishes,
            since=wishes.c.ended_at,
            where=(wishes.c.text != "",),
            values=EMPTIED["contact_wishes"],
        ),
        _gone(
            "reminders",
            "reminders",
            "changed_at",
            _T["reminders"].c.state.not_in(_OPEN_REMINDERS),
        ),
        _gone("delivery_reports", "delivery_reports", "at"),
        _gone(
            "events",
            "outgoing_events",
            "at",
            _T["outgoing_events"].c.state.in_(
                (EventState.DELIVERED.value, EventState.SKIPPED.value)
            ),
        ),
        _gone("imports", "imports", "finished_at"),
    )


def _gone(kind: str, name: str, since: str, *where: ColumnElement[bool]) -> Rule:
    return Rule(kind=kind, table=_T[name], since=_T[name].c[since], where=where)


def overdue(database: Database, kept: Retention, now: datetime) -> dict[str, int]:
    """How many rows of each kind would be forgotten now."""
    counts = {}
    with database.session() as session:
        for rule, condition in _due(kept, now):
            query = select(func.count()).select_from(rule.table).where(condition)
            counts[rule.kind] = session.scalar(query) or 0
    counts["closed_borrowers"] = len(closed_borrowers(database, kept, now))
    return counts


def forget(
    database: Database,
    kept: Retention,
    now: datetime,
    *,
    erase: Callable[[BorrowerId], object],
    stopped: Callable[[], bool] = lambda: False,
) -> dict[str, int]:
    """Forget it; how many rows of each kind. Stopped in the middle, the next run goes on."""
    counts: dict[str, int] = {}
    for rule, condition in _due(kept, now):
        while not stopped():
            with database.session() as session:
                key = key_of(rule.table)
                ids = list(session.scalars(select(key).where(condition).limit(_AT_ONCE)))
                if ids:
                    this = key.in_(ids)
                    session.execute(
                        delete(rule.table).where(this)
                        if rule.values is None
                        else update(rule.table).where(this).values(**rule.values)
                    )
                    session.commit()
            counts[rule.kind] = counts.get(rule.kind, 0) + len(ids)
            if len(ids) < _AT_ONCE:
                break
    for borrower_id in closed_borrowers(database, kept, now):
        if stopped():
            break
        erase(borrower_id)
        counts["closed_borrowers"] = counts.get("closed_borrowers", 0) + 1
    return {kind: count for kind, count in counts.items() if count}


def _due(kept: Retention, now: datetime) -> Iterator[tuple[Rule, ColumnElement[bool]]]:
    for rule in _rules():
        days = getattr(kept, rule.kind)
        if days != "forever":
            yield rule, and_(rule.since < now - timedelta(days=days), *rule.where)


def closed_borrowers(database: Database, kept: Retention, now: datetime) -> list[BorrowerId]:
    """Whose last account has been closed for long enough, and who was not erased yet."""
    if kept.closed_borrowers == "forever":
        return []
    limit = (now - timedelta(days=kept.closed_borrowers)).date()
    people, accounts, entries = _T["borrowers"], _T["accounts"], _T["ledger_entries"]
    theirs = accounts.c.borrower_id == people.c.id
    recent = (
        select(entries.c.id)
        .join(accounts, accounts.c.id == entries.c.account_id)
        .where(theirs, entries.c.effective_on >= limit)
    )
    query = select(people.c.id).where(
        people.c.full_name != "",
        exists().where(theirs),
        ~exists().where(theirs, (accounts.c.status == "active") | (accounts.c.opened_on >= limit)),
        ~recent.exists(),
    )
    with database.session() as session:
        return [BorrowerId(one) for one in session.scalars(query.order_by(people.c.id))]
