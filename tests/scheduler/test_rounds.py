"""Many reminders in one round: each judged by itself, and none held up by another."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from bot.messages import Channel, Envelope, SendFailed
from lending.holds import HoldKind
from scheduler.dispatch import Rate, in_rounds
from store.db import Database
from tests.scheduler.portfolio import DUE, Line, add_loan, add_point, at, hold, pay

NOW = at(DUE - timedelta(days=3), 17)
DAY = timedelta(days=1)


@pytest.fixture
def line(database: Database) -> Line:
    found = Line(database)
    found.clock.now = NOW
    return found


async def test_each_of_a_round_is_judged_by_itself(line: Line) -> None:
    for number in range(1, 8):
        add_loan(line.database, number, due=[DUE, DUE + 300 * DAY])
    line.planner.tick()
    pay(line.database, 2, DUE - 3 * DAY, "p2")
    hold(line.database, HoldKind.DISPUTE, DUE - 4 * DAY, None, borrower=3)
    with line.database.session() as session:
        session.execute(text("UPDATE conversations SET control_owner='human' WHERE borrower_id=4"))
        session.execute(
            text("UPDATE conversations SET reachable=:no WHERE borrower_id=5"), {"no": False}
        )
        session.commit()
    tally = await line.dispatcher.tick()
    assert sorted(e.address for _, e in line.telegram.sent) == ["5001", "5006", "5007"]
    assert tally.outcomes == {"sent": 3, "withdrawn": 3, "no_route": 1}
    states = {r.account_id: r.state.value for r in line.reminders()}
    assert states == {
        1: "sent", 2: "cancelled", 3: "planned", 4: "planned", 5: "dead", 6: "sent", 7: "sent",
    }  # fmt: skip


async def test_no_two_of_a_round_go_to_one_borrower(line: Line) -> None:
    for number in range(1, 5):
        add_loan(line.database, number, borrower=None if number == 1 else 1)
    add_loan(line.database, 9)
    line.planner.tick()
    claimed, _ = line.dispatcher._claim(10)
    rounds = in_rounds(claimed, 3)
    assert sorted(len(one) for one in rounds) == [1, 1, 1, 2]
    for one in rounds:
        owners = [reminder.borrower_id for reminder in one]
        assert len(owners) == len(set(owners))


async def test_one_that_cannot_be_written_is_tried_again_then_dead_and_the_others_leave(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scheduler import reminder_errand

    real = reminder_errand.decide_reminder

    def broken_for_two(case: Any, *rest: Any) -> Any:
        if case.file.account.id == 2:
            raise ZeroDivisionError
        return real(case, *rest)

    monkeypatch.setattr(reminder_errand, "decide_reminder", broken_for_two)
    for number in (1, 2, 3):
        add_loan(line.database, number)
    line.planner.tick()
    tally = await line.dispatcher.tick()
    assert tally.outcomes == {"sent": 2, "broken": 1}
    for minute in range(1, 50):
        line.clock.now = NOW + timedelta(minutes=minute)
        await line.dispatcher.tick()
    [second] = [r for r in line.reminders() if r.account_id == 2]
    assert (second.state.value, second.reason) == (
        "dead",
        "5 tries: could not be written: ZeroDivisionError",
    )
    assert len(line.telegram.sent) == 2


async def test_failures_of_some_change_nothing_for_the_others(line: Line) -> None:
    for number in range(1, 6):
        add_loan(line.database, number)
    line.planner.tick()

    def refuse(envelope: Envelope) -> None:
        if envelope.address == "5002":
            raise SendFailed("the chat was blocked", permanent=True)
        if envelope.address == "5003":
            raise SendFailed("timed out", uncertain=True)

    line.telegram.before_send = refuse
    await line.dispatcher.tick()
    assert sorted(e.address for _, e in line.telegram.sent) == ["5001", "5004", "5005"]
    states = {r.account_id: r.state.value for r in line.reminders() if r.attempt == 1}
    assert states == {1: "sent", 2: "failed", 3: "unconfirmed", 4: "sent", 5: "sent"}


async def test_a_borrower_with_two_numbers_written_in_two_ways_gets_one_message(line: Line) -> None:
    add_loan(line.database, 1, chat=False)
    add_loan(line.database, 2, chat=False)
    # A family phone: two borrowers, one number, one conversation.
    for borrower in (1, 2):
        add_point(line.database, "phone", "+447700900001", borrower=borrower)
    line.planner.tick()
    await line.dispatcher.tick()
    assert len(line.sms.sent) == 1


async def test_statements_for_a_round_do_not_grow_with_its_size(line: Line) -> None:
    counts = []
    for size in (2, 20):
        for number in range(size):
            add_loan(line.database, size * 100 + number)
        line.planner.tick()
        seen: list[str] = []

        def count(*told: Any, seen: list[str] = seen) -> None:
            seen.append(told[2])

        event.listen(line.database.engine, "before_cursor_execute", count)
        assert (await line.dispatcher.tick()).sent == size
        event.remove(line.database.engine, "before_cursor_execute", count)
        counts.append(len(seen))
    # The channel may be done with them one by one; what clears them is the same for any number.
    assert counts[1] <= counts[0] + 40


async def test_a_limited_channel_gets_its_messages_in_its_own_time(line: Line) -> None:
    for number in range(1, 31):
        add_loan(line.database, number)
    line.planner.tick()
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    limits = {Channel.TELEGRAM: Rate(per_channel=10.0)}
    worker = line.worker(rates=limits, sleep=sleep)
    assert (await worker.tick()).sent == 30
    # With a clock that stands still, each waits for its own place: a tenth of a second apart.
    assert max(slept) == pytest.approx(2.9)
