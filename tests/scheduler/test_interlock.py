"""A claim at any await point of a reminder's dispatch: nothing goes out after it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import control
from bot.control import Mover, StillSending
from bot.handover import Owner
from lending.ids import BorrowerId
from store.db import Database
from tests.scheduler.portfolio import DUE, Line, add_loan, at
from tests.stepping import PLACES, stepped

MOST_POINTS = 16


@pytest.fixture
def line(database: Database) -> Line:
    return Line(database)


class Claim:
    """Takes the borrower's chat over when called, unless a message is being delivered."""

    def __init__(self, line: Line, borrower: int) -> None:
        self.line, self.borrower = line, borrower
        self.sent_before: int | None = None

    def __call__(self) -> None:
        with self.line.database.unit() as uow:
            [known] = uow.conversations.of_borrower(BorrowerId(self.borrower))
            chat = uow.conversations.get(known.id, for_update=True)
            try:
                control.claim(uow, chat, Mover(staff="mei", now=self.line.clock()))
            except StillSending:
                return
            uow.commit()
        self.sent_before = len(self.line.telegram.sent)

    def owner(self) -> Owner:
        with self.line.database.unit() as uow:
            return uow.conversations.of_borrower(BorrowerId(self.borrower))[0].control.owner


async def test_a_claim_at_every_await_point_of_a_dispatch(line: Line) -> None:
    for number in range(1, 2 * MOST_POINTS + 2):
        add_loan(line.database, number)
    line.clock.now = at(DUE - timedelta(days=3), 17)
    line.planner.tick()
    claimed, worker = line.dispatcher._claim(100)
    assert len(claimed) == 2 * MOST_POINTS + 1
    waiting = list(claimed)
    first = waiting.pop()
    unhindered = Claim(line, first.borrower_id)
    points = await stepped(line.dispatcher._batch([first], worker), 0, "resumed", unhindered)
    assert len(line.telegram.sent) == 1 and 4 <= points <= MOST_POINTS
    silenced = 0
    for place in PLACES:
        for number in range(1, points + 1):
            reminder, before = waiting.pop(), len(line.telegram.sent)
            claim = Claim(line, reminder.borrower_id)
            await stepped(line.dispatcher._batch([reminder], worker), number, place, claim)
            if claim.sent_before is None:
                # It was on its way already: the claim waits until it has arrived.
                claim()
            assert len(line.telegram.sent) == claim.sent_before, (place, number)
            assert claim.owner() is Owner.HUMAN
            silenced += claim.sent_before == before
    assert silenced >= points
