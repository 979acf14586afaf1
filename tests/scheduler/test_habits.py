"""The hour at which borrowers write: taken from enough messages, kept up to date in small steps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select

from lending.ids import BorrowerId
from store.contact_habits import ENOUGH, habit_minute, refresh_habits
from store.db import Database
from store.tables import MessageRow
from tests.scheduler.portfolio import DUE, Line, add_loan, at

NOW = datetime(2026, 11, 17, 12, tzinfo=UTC)


def wrote(database: Database, borrower: int, *moments: datetime) -> None:
    with database.session() as session:
        before = session.scalars(select(MessageRow.id)).all()
        session.execute(
            insert(MessageRow),
            [
                {
                    "conversation_id": f"telegram-{borrower}", "author": "borrower",
                    "kind": "text", "text": "hello", "at": moment, "buttons": [],
                    "url_buttons": [], "update_key": f"u{borrower}-{len(before) + n}",
                }
                for n, moment in enumerate(moments)
            ],
        )  # fmt: skip
        session.commit()


def habit(database: Database, borrower: int) -> int | None:
    with database.unit() as uow:
        return uow.reminders.background([BorrowerId(borrower)])[BorrowerId(borrower)].habit


def test_the_minute_is_the_middle_of_the_fullest_hour() -> None:
    assert habit_minute([600, 610]) is None
    assert habit_minute([600, 610, 650]) == 610
    assert habit_minute([30, 600, 605, 640, 1_200]) == 605
    # Two hours as full as each other: the earlier one.
    assert habit_minute([1_210, 1_200, 610, 600]) == 610


def test_habits_come_from_enough_messages_and_change_with_new_ones(database: Database) -> None:
    for number in (1, 2):
        add_loan(database, number, timezone="Asia/Tokyo")
    day = timedelta(days=1)
    # 10:15 UTC is 19:15 in Tokyo.
    ten = NOW.replace(hour=10, minute=15)
    wrote(database, 1, *(ten - n * day for n in range(ENOUGH)))
    wrote(database, 2, *(ten - n * day for n in range(ENOUGH - 1)))
    assert refresh_habits(database, NOW) == 1
    assert (habit(database, 1), habit(database, 2)) == (19 * 60 + 15, None)
    assert refresh_habits(database, NOW) == 0
    wrote(database, 2, ten)
    two = NOW.replace(hour=2, minute=40)
    wrote(database, 1, *(two - n * day for n in range(ENOUGH + 1)))
    assert refresh_habits(database, NOW) == 2
    assert (habit(database, 1), habit(database, 2)) == (11 * 60 + 40, 19 * 60 + 15)


def test_what_was_written_long_ago_makes_no_habit(database: Database) -> None:
    add_loan(database)
    wrote(database, 1, *(NOW - timedelta(days=200 + n) for n in range(5)))
    assert refresh_habits(database, NOW) == 0
    assert habit(database, 1) is None


def test_a_reminder_is_planned_at_the_hour_of_its_borrower(database: Database) -> None:
    add_loan(database, 1)
    line = Line(database)
    wrote(database, 1, *(at(DUE - timedelta(days=20 + n), 15, 30) for n in range(4)))
    refresh_habits(database, at(DUE - timedelta(days=10)))
    line.clock.now = at(DUE - timedelta(days=3), 1)
    line.planner.tick()
    [planned] = line.reminders()
    minutes = planned.send_at.hour * 60 + planned.send_at.minute
    assert 15 * 60 + 30 <= minutes < 15 * 60 + 50
