"""Each kind of hold over each step, and one kind over every interval: none inside, one after."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.reminder_ports import SentStep
from lending.account_file import AccountFile
from lending.accounts import Borrower
from lending.holds import DEFAULT_SUSPENDS, HoldKind, Suspended, open_hold
from lending.ids import AccountId, BorrowerId
from scheduler.decide import Remind, ReminderCase, decide_reminder
from scheduler.strategy import Strategy
from scheduler.strategy_file import load_strategy
from store.db import Database
from tests.scheduler.portfolio import DUE, add_loan, at

DAY = timedelta(days=1)
FIRST, LAST = -9, 46
STRATEGY = load_strategy()
STEPS = [
    step
    for segment in STRATEGY.segments
    if segment.name == "loans"
    for step in segment.steps
    if not step.needs_approval
]
STOPPING = [kind for kind in HoldKind if Suspended.REMINDERS in DEFAULT_SUSPENDS[kind]]


@pytest.fixture(scope="module")
def loan(
    sqlite_template: object, tmp_path_factory: pytest.TempPathFactory
) -> tuple[AccountFile, Borrower]:
    import shutil

    path = tmp_path_factory.mktemp("holds") / "tideover.db"
    shutil.copy(str(sqlite_template), path)
    database = Database(f"sqlite:///{path}")
    add_loan(database, due=[DUE, DUE + 200 * DAY])
    with database.unit() as uow:
        found = uow.accounts.file(AccountId(1)), uow.borrowers.get(BorrowerId(1))
    database.close()
    return found


def sent_days(
    loan: tuple[AccountFile, Borrower], kind: HoldKind, first: int, until: int | None
) -> list[tuple[int, str]]:
    """(day, step) of what goes out when every day is asked once, a hold over [first, until)."""
    file, borrower = loan
    hold = open_hold(
        kind=kind,
        borrower_id=borrower.id,
        account_id=file.account.id,
        from_on=DUE + first * DAY,
        until_on=None if until is None else DUE + until * DAY,
        owner="staff",
        reason="test",
    )
    held = replace(file, holds=(hold,))
    sent: list[SentStep] = []
    found = []
    for day in range(FIRST, LAST):
        now = at(DUE + day * DAY, 12)
        case = ReminderCase(borrower=borrower, file=held, sent=tuple(sent))
        verdict = decide_reminder(case, STRATEGY, now)
        if isinstance(verdict, Remind):
            found.append((day, verdict.step.name))
            sent.append(
                SentStep(
                    account_id=file.account.id,
                    due_on=verdict.due_on,
                    offset_days=verdict.step.offset_days,
                    at=now,
                )
            )
    return found


def wanted(strategy: Strategy, first: int, until: int) -> list[tuple[int, str]]:
    """The first day of each step on which nobody holds it, from the strategy alone."""
    found = []
    for step in STEPS:
        for day in range(max(step.offset_days, FIRST), min(step.until_days, LAST)):
            if not first <= day < until:
                found.append((day, step.name))
                break
    return found


@pytest.mark.parametrize("kind", STOPPING)
def test_each_kind_over_each_step(loan: tuple[AccountFile, Borrower], kind: HoldKind) -> None:
    for step in STEPS:
        found = sent_days(loan, kind, step.offset_days, step.until_days)
        assert step.name not in [name for _, name in found], (kind, step.name)
        assert found == wanted(STRATEGY, step.offset_days, step.until_days)


def test_every_interval_between_the_days_of_steps(loan: tuple[AccountFile, Borrower]) -> None:
    edges = sorted({day for step in STEPS for day in (step.offset_days, step.offset_days + 1)})
    for first, until in itertools.combinations([*edges, 40], 2):
        found = sent_days(loan, HoldKind.COMPLAINT, first, until)
        assert not [day for day, _ in found if first <= day < until]
        # The end brings the one step that is current then, and no burst.
        assert found == wanted(STRATEGY, first, until), (first, until)
        assert len({day for day, _ in found}) == len(found)


@pytest.mark.parametrize("kind", STOPPING)
def test_a_hold_without_an_end_holds(loan: tuple[AccountFile, Borrower], kind: HoldKind) -> None:
    assert [day for day, _ in sent_days(loan, kind, 2, None)] == [-7, -3, -1, 0, 1]


def test_a_plan_in_force_is_reminded_of_its_own_rows(loan: tuple[AccountFile, Borrower]) -> None:
    found = [day for day, _ in sent_days(loan, HoldKind.PLAN, -20, None)]
    assert found == [day for day, _ in wanted(STRATEGY, 99, 99)]
