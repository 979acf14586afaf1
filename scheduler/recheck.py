"""Money came in: look again at the reminders that are planned for the account, and drop the needless.

What is left is judged once more, exactly, when it is to be sent; this only keeps the plan true.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.ports import UnitOfWork
from bot.reminder_ports import Reminder, ReminderState
from lending.ids import AccountId
from scheduler.decide import Never, Remind, Verdict, Wait, decide_reminder
from scheduler.reminder_errand import House, borrower_case

_PLANNED = (ReminderState.PLANNED, ReminderState.AWAITING)


def recheck_with(house: Callable[[], House]) -> Callable[[UnitOfWork, AccountId, datetime], None]:
    """A function that looks again at one account, in the caller's transaction."""

    def recheck(uow: UnitOfWork, account_id: AccountId, now: datetime) -> None:
        planned = [r for r in uow.reminders.of_account(account_id) if r.state in _PLANNED]
        if not planned:
            return
        file = uow.accounts.file(account_id)
        borrower = uow.borrowers.get(file.account.borrower_id)
        rules = house()
        case = borrower_case(uow, borrower, file, rules)
        verdict = decide_reminder(case, rules.strategy, now)
        for reminder in planned:
            reason = _needless(reminder, verdict)
            if reason is not None:
                uow.reminders.settle(reminder.id, ReminderState.CANCELLED, now=now, reason=reason)

    return recheck


def _needless(reminder: Reminder, verdict: Verdict) -> str | None:
    """Why a planned reminder has nothing to say any more; None if it may still have."""
    match verdict:
        case Never(reason="sent" | "no_segment"):
            return None
        case Never(reason=reason):
            return reason
        case Remind(due_on=due_on) | Wait(due_on=due_on) if due_on != reminder.due_on:
            return "not_the_oldest_due"
        case _:
            return None
