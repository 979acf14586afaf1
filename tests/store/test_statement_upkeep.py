"""Cards whose books are kept here: what closed is kept, so that the planner finds it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from scheduler.planner import Planner
from scheduler.strategy_file import load_strategy
from store.db import Database
from store.reminder_planner import SqlPlanner
from store.statement_upkeep import keep_statements
from store.tables import AccountRow, PostingRow, ReminderRow, StatementRow
from tests.house import NOW


def newest(database: Database) -> dict[int, object]:
    """Card whose books are kept here: the day on which its newest statement closed."""
    row = StatementRow
    kept_here = select(PostingRow.account_id).distinct()
    query = (
        select(AccountRow.id, func.max(row.closed_on))
        .outerjoin(row, row.account_id == AccountRow.id)
        .where(AccountRow.product == "credit_card", AccountRow.status == "active")
        .where(AccountRow.id.in_(kept_here))
        .group_by(AccountRow.id)
    )
    with database.session() as session:
        return {key: closed for key, closed in session.execute(query)}


def test_statements_are_kept_when_they_close_and_then_left(peopled_database: Database) -> None:
    keep_statements(peopled_database, NOW)
    before = newest(peopled_database)
    assert before
    later = NOW + timedelta(days=40)
    assert keep_statements(peopled_database, later) >= 1
    after = newest(peopled_database)
    assert any(after[card] != before[card] for card in before)
    keep_statements(peopled_database, later)
    assert newest(peopled_database) == after


def test_the_planner_finds_what_was_kept(peopled_database: Database) -> None:
    later = NOW + timedelta(days=40)
    keep_statements(peopled_database, later)
    cards = set(newest(peopled_database))
    for day in range(0, 25, 6):
        now = later + timedelta(days=day)
        planner = Planner(
            store=SqlPlanner(peopled_database), strategy=load_strategy(), clock=lambda now=now: now
        )
        planner.tick()
    with peopled_database.session() as session:
        planned = set(
            session.scalars(select(ReminderRow.account_id).where(ReminderRow.due_on > NOW.date()))
        )
    assert planned & cards
