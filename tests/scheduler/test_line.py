"""From a due date to a message: planned once, sent once, and not when it would be wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.messages import SendFailed
from lending.holds import HoldKind
from store.db import Database
from tests.scheduler.portfolio import (
    DUE,
    Line,
    add_card,
    add_loan,
    add_point,
    add_schedule,
    at,
    hold,
    pay,
    pending,
    set_payment,
)

DAY = timedelta(days=1)


@pytest.fixture
def line(database: Database) -> Line:
    return Line(database)


def sent_days(line: Line) -> list[int]:
    return [(sent.date() - DUE).days for sent, _ in line.telegram.sent]


async def test_perfect_ticks_send_each_step_once(line: Line) -> None:
    add_loan(line.database)
    await line.days(DUE - 10 * DAY, DUE + 50 * DAY)
    assert sent_days(line) == [-7, -3, -1, 0, 1, 3, 7, 14, 30]
    assert line.telegram.texts[0].startswith("Hi Ann, a quick note from the assistant of Northbank")


async def test_a_statement_of_a_card_is_reminded_of_by_its_minimum(line: Line) -> None:
    add_loan(line.database, due=[DUE + 300 * DAY])
    add_card(line.database, 2, borrower=1, closed=DUE - 20 * DAY, due=DUE)
    await line.days(DUE - 3 * DAY, DUE - 3 * DAY)
    assert "minimum payment for your card ending 1002, £25.00" in line.telegram.texts[0]
    pay(line.database, 2, DUE - 2 * DAY, "card", minor=2_500)
    await line.days(DUE - 2 * DAY, DUE + 10 * DAY)
    assert sent_days(line) == [-3]


async def test_minutes_in_sql_are_those_of_the_strategy(line: Line) -> None:
    for number in range(1, 40):
        add_loan(line.database, number, timezone="Asia/Shanghai" if number % 2 else "Europe/London")
    line.clock.now = at(DUE, 1)
    assert line.planner.tick().reminders == 39
    assert line.planner.tick().reminders == 0
    for reminder in line.reminders():
        with line.database.unit() as uow:
            borrower = uow.borrowers.get(reminder.borrower_id)
        wanted = line.strategy.slot(reminder.local_day, borrower, reminder.account_id, None)
        assert reminder.send_at == wanted


async def test_after_downtime_there_is_one_message_and_no_burst(line: Line) -> None:
    add_loan(line.database)
    await line.days(DUE - 10 * DAY, DUE - 7 * DAY)
    await line.days(DUE + 8 * DAY, DUE + 9 * DAY)
    assert sent_days(line) == [-7, 8]


async def test_a_payment_ends_it(line: Line) -> None:
    add_loan(line.database, due=[DUE, DUE + 300 * DAY])
    await line.days(DUE - 10 * DAY, DUE - 2 * DAY)
    pay(line.database, 1, DUE - 2 * DAY, "p1")
    await line.days(DUE - 1 * DAY, DUE + 40 * DAY)
    assert sent_days(line) == [-7, -3]


async def test_a_payment_between_plan_and_send_is_seen(line: Line) -> None:
    add_loan(line.database)
    line.clock.now = at(DUE - 3 * DAY, 2)
    assert line.planner.tick().reminders == 1
    pay(line.database, 1, DUE - 3 * DAY, "p1")
    line.clock.now = at(DUE - 3 * DAY, 17)
    await line.dispatcher.tick()
    assert line.telegram.sent == []
    assert line.states() == {"-3": "cancelled"}


async def test_a_payment_between_claim_and_send_is_seen(line: Line) -> None:
    add_loan(line.database)
    line.clock.now = at(DUE - 3 * DAY, 17)
    line.planner.tick()
    claimed, worker = line.dispatcher._claim(10)
    pay(line.database, 1, DUE - 3 * DAY, "p1")
    assert await line.dispatcher.send_claimed(claimed[:1], worker) == ["withdrawn"]
    assert line.telegram.sent == []


async def test_money_on_its_way_counts_as_paid_until_it_fails(line: Line) -> None:
    add_loan(line.database)
    pending(line.database, 1, DUE - 4 * DAY, "p1")
    await line.days(DUE - 4 * DAY, DUE - 2 * DAY)
    assert line.telegram.sent == []
    set_payment(line.database, "p1", "failed")
    await line.days(DUE - 2 * DAY, DUE - 2 * DAY)
    assert sent_days(line) == [-2]


async def test_a_bounced_payment_brings_the_due_date_back(line: Line) -> None:
    add_loan(line.database)
    line.clock.now = at(DUE - 3 * DAY, 2)
    line.planner.tick()
    pay(line.database, 1, DUE - 3 * DAY, "p1")
    await line.days(DUE - 3 * DAY, DUE - 3 * DAY)
    pay(line.database, 1, DUE - 2 * DAY, "back", minor=-10_000)
    await line.days(DUE - 2 * DAY, DUE - 2 * DAY)
    assert sent_days(line) == [-2]


async def test_a_due_date_that_moved_takes_its_reminders_with_it(line: Line) -> None:
    add_loan(line.database)
    line.clock.now = at(DUE - 3 * DAY, 2)
    line.planner.tick()
    add_schedule(line.database, 1, [DUE + 10 * DAY], version=2)
    await line.days(DUE - 3 * DAY, DUE + 8 * DAY)
    assert sent_days(line) == [3, 7]
    assert line.reminders()[0].state == "cancelled"


async def test_a_due_date_that_moved_there_and_back_is_not_reminded_of_twice(line: Line) -> None:
    add_loan(line.database)
    await line.days(DUE - 3 * DAY, DUE - 3 * DAY)
    add_schedule(line.database, 1, [DUE + 100 * DAY], version=2)
    await line.days(DUE - 2 * DAY, DUE - 2 * DAY)
    add_schedule(line.database, 1, [DUE], version=3)
    await line.days(DUE - 2 * DAY, DUE - 2 * DAY)
    assert sent_days(line) == [-3]


async def test_the_clock_going_back_a_day_sends_nothing_again(line: Line) -> None:
    add_loan(line.database)
    await line.days(DUE - 10 * DAY, DUE)
    before = sent_days(line)
    await line.days(DUE - 2 * DAY, DUE)
    assert sent_days(line) == before


async def test_the_clock_going_ahead_a_day_and_back_sends_each_step_at_most_once(
    line: Line,
) -> None:
    add_loan(line.database)
    await line.days(DUE - 4 * DAY, DUE - 4 * DAY)
    await line.days(DUE - 1 * DAY, DUE - 1 * DAY)
    await line.days(DUE - 3 * DAY, DUE + 2 * DAY)
    assert len(line.telegram.sent) == 4
    assert sent_days(line) == [-4, -1, 0, 1]


async def test_the_hour_is_the_borrowers_own(line: Line) -> None:
    add_loan(line.database, timezone="Asia/Tokyo")
    await line.days(DUE, DUE + DAY, hours=range(24))
    for moment, _ in line.telegram.sent:
        assert 9 <= (moment.hour + 9) % 24 < 19


async def test_a_zone_that_changes_on_the_way_moves_the_hour(line: Line) -> None:
    from sqlalchemy import text

    add_loan(line.database)
    line.clock.now = at(DUE - 3 * DAY, 2)
    line.planner.tick()
    with line.database.session() as session:
        session.execute(text("UPDATE borrowers SET timezone = 'Asia/Tokyo'"))
        session.commit()
    await line.run(at(DUE - 3 * DAY, 17))  # two in the morning there
    assert line.telegram.sent == []
    await line.run(at(DUE - 2 * DAY, 8))
    assert len(line.telegram.sent) == 1


async def test_two_accounts_of_one_borrower_do_not_write_on_one_day(line: Line) -> None:
    add_loan(line.database, 1)
    add_loan(line.database, 2, borrower=1)
    await line.days(DUE - 3 * DAY, DUE - 2 * DAY)
    assert sent_days(line) == [-3, -2]


async def test_a_person_who_holds_the_chat_is_not_talked_over(line: Line) -> None:
    from sqlalchemy import text

    add_loan(line.database)
    owner = "UPDATE conversations SET control_owner = :owner, control_epoch = control_epoch + 1"
    with line.database.session() as session:
        session.execute(text(owner), {"owner": "human"})
        session.commit()
    await line.days(DUE - 3 * DAY, DUE - 3 * DAY)
    assert line.telegram.sent == []
    with line.database.session() as session:
        session.execute(text(owner), {"owner": "bot"})
        session.commit()
    await line.days(DUE - 2 * DAY, DUE - 2 * DAY)
    assert sent_days(line) == [-2]


async def test_a_step_with_approval_waits_for_a_person(line: Line) -> None:
    add_loan(line.database)
    await line.days(DUE + 60 * DAY, DUE + 62 * DAY)
    assert line.telegram.sent == []
    waiting = line.reminders()[0]
    assert waiting.state == "awaiting"
    with line.database.unit() as uow:
        assert uow.reminders.approve(waiting.id, "mei", line.clock())
        assert not uow.reminders.approve(waiting.id, "mei", line.clock())
        uow.commit()
    await line.days(DUE + 63 * DAY, DUE + 63 * DAY)
    assert sent_days(line) == [63]


async def test_a_blocked_chat_is_dead_and_the_next_consented_channel_takes_over(
    line: Line,
) -> None:
    add_loan(line.database)
    add_point(line.database, "phone", "+447700900001")
    line.telegram.failures = [SendFailed("bot was blocked", permanent=True)]
    await line.days(DUE - 3 * DAY, DUE - 3 * DAY, hours=(16, 17))
    assert line.telegram.sent == []
    assert [e.address for _, e in line.sms.sent] == ["+447700900001"]
    assert [(r.attempt, r.state.value) for r in line.reminders()] == [(1, "failed"), (2, "sent")]


async def test_the_last_address_gone_is_a_dead_letter(line: Line) -> None:
    add_loan(line.database)
    line.telegram.failures = [SendFailed("bot was blocked", permanent=True)]
    await line.days(DUE - 3 * DAY, DUE - 3 * DAY, hours=(16, 17))
    assert [(r.attempt, r.state.value, r.reason) for r in line.reminders()] == [
        (1, "failed", "bot was blocked"),
        (2, "dead", "every address is gone"),
    ]


async def test_a_channel_that_may_have_sent_is_unconfirmed_and_never_repeated(line: Line) -> None:
    add_loan(line.database)
    line.telegram.failures = [SendFailed("timed out", uncertain=True)]
    await line.days(DUE - 3 * DAY, DUE - 2 * DAY)
    assert line.states() == {"-3": "unconfirmed"}
    assert line.telegram.sent == []


async def test_a_channel_that_asks_to_wait_is_waited_for(line: Line) -> None:
    add_loan(line.database)
    line.telegram.failures = [SendFailed("slow down", retry_after=120)]
    await line.run(at(DUE - 3 * DAY, 17))
    assert line.telegram.sent == []
    await line.run(at(DUE - 3 * DAY, 17, 1))
    assert line.telegram.sent == []
    await line.run(at(DUE - 3 * DAY, 17, 3))
    assert len(line.telegram.sent) == 1


async def test_a_channel_that_keeps_failing_ends_as_a_dead_letter(line: Line) -> None:
    add_loan(line.database)
    line.telegram.failures = [SendFailed("no route to host") for _ in range(20)]
    for minute in range(0, 59, 2):
        await line.run(at(DUE - 3 * DAY, 17, minute))
    assert line.states() == {"-3": "dead"}
    assert line.reminders()[0].reason == "5 tries: no route to host"


async def test_a_worker_that_dies_before_sending_loses_only_time(line: Line) -> None:
    add_loan(line.database)
    line.clock.now = at(DUE - 3 * DAY, 16)
    line.planner.tick()
    line.dispatcher._claim(10)  # and dies
    await line.worker().tick()
    assert line.telegram.sent == []
    line.clock.now = at(DUE - 3 * DAY, 17)
    tally = await line.worker().tick()
    assert (tally.taken_back, tally.sent) == (1, 1)


async def test_a_worker_that_dies_while_sending_leaves_it_unconfirmed(line: Line) -> None:
    class Died(BaseException):
        pass

    add_loan(line.database)
    line.telegram.failures = [Died()]  # type: ignore[list-item]
    with pytest.raises(Died):
        await line.run(at(DUE - 3 * DAY, 16))
    line.clock.now = at(DUE - 3 * DAY, 17)
    tally = await line.worker().tick()
    assert (tally.unconfirmed, tally.claimed) == (1, 0)
    assert line.states() == {"-3": "unconfirmed"}
    await line.days(DUE - 2 * DAY, DUE - 2 * DAY)
    assert line.telegram.sent == []


async def test_a_worker_that_lost_its_claim_sends_nothing(line: Line) -> None:
    add_loan(line.database)
    line.clock.now = at(DUE - 3 * DAY, 16)
    line.planner.tick()
    slow = line.worker()
    claimed, worker = slow._claim(10)
    line.clock.now = at(DUE - 3 * DAY, 17)
    await line.worker().tick()
    assert await slow.send_claimed(claimed[:1], worker) == ["withdrawn"]
    assert len(line.telegram.sent) == 1


async def test_a_silent_feed_stops_everything(database: Database) -> None:
    line = Line(database, feed=("core", timedelta(hours=36)))
    add_loan(database)
    await line.days(DUE - 3 * DAY, DUE)
    assert line.telegram.sent == []
    with database.session() as session:
        from store.repositories_books import SqlBooks

        SqlBooks(session).advance_feed("core", at(DUE + DAY, 1))
        session.commit()
    await line.days(DUE + DAY, DUE + DAY)
    assert sent_days(line) == [1]


@pytest.mark.parametrize("kind", [k for k in HoldKind if k is not HoldKind.PLAN])
async def test_a_hold_sends_nothing_and_ends_with_one_catch_up(
    sqlite_database_url: str, kind: HoldKind
) -> None:
    line = Line(Database(sqlite_database_url))
    first, until = DUE - 2 * DAY, DUE + 9 * DAY
    add_loan(line.database)
    hold(line.database, kind, first, until)
    await line.days(DUE - 8 * DAY, DUE + 20 * DAY)
    days = sent_days(line)
    assert not [day for day in days if first <= DUE + day * DAY < until]
    assert days == [-7, -3, 9, 14]
    line.database.close()
