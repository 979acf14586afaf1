"""Take a plan back before its first payment, as if it had not been."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from lending.account_file import AccountFile
from lending.accounts import EntryKind, Instalment, Schedule
from lending.bookkeeping import bring_up_to_date, record_posting
from lending.entries import Posting
from lending.ids import AccountId
from lending.plan_booking import lift_own_holds, posting_key
from lending.plan_policy import PlanPolicy
from lending.plan_ports import Now, PlanBooks
from lending.plan_records import Plan, PlanState, TooLateToUndo, WrongState
from lending.schedules import rows_in_effect

_DAY = timedelta(days=1)


def undo(books: PlanBooks, plan: Plan, *, policy: PlanPolicy, now: Now) -> Plan:
    """Take the plan back as if it had not been, before its first payment.

    The schedule of before applies again; days on which late fees were suspended stay free of them.
    Raises TooLateToUndo, WrongState.
    """
    file = books.locked(plan.account_id)
    plan = books.plan(plan.id) or plan
    if plan.state is not PlanState.ON_TRACK:
        raise WrongState("The plan is not in force.", hint="There is nothing to take back.")
    if plan.offer_id != plan.id:
        raise TooLateToUndo(
            "The plan was changed since it was agreed.",
            hint="A person of the team can change it again.",
        )
    since = [p for p in file.payments if p.initiated_on >= plan.started_on]
    if since or now.today > plan.started_on + timedelta(days=policy.undo_days):
        raise TooLateToUndo(
            "A payment was made on the plan, or the time for taking it back is over.",
            hint="A person of the team can change the plan.",
        )
    for account_id in (plan.account_id, plan.card_id):
        if account_id is not None:
            _reverse_all(books, account_id, plan, now)
    if plan.card_id is None:
        _restore_schedule(books, file, plan, now)
    lift_own_holds(books, plan, now)
    bring_up_to_date(books, plan.account_id, through=now.today, now=now.at)
    ended = replace(plan, state=PlanState.CANCELLED, ended_on=now.today)
    books.save_plan(ended)
    return ended


def _reverse_all(books: PlanBooks, account_id: AccountId, plan: Plan, now: Now) -> None:
    """Take back the plan's own postings, on the day on which each took effect."""
    prefix = posting_key(plan.id, "")
    for posting in books.locked(account_id).postings:
        if posting.key.startswith(prefix) and posting.kind is not EntryKind.REVERSAL:
            back = Posting(
                key=f"undo:{posting.key}",
                kind=EntryKind.REVERSAL,
                effective_on=posting.effective_on,
                amount=posting.amount,
                reverses=posting.key,
            )
            record_posting(books, account_id, back, today=now.today, now=now.at)


def _restore_schedule(books: PlanBooks, file: AccountFile, plan: Plan, now: Now) -> None:
    """The rows of before the plan, from the day on which the plan's applied."""
    from_on = plan.started_on + _DAY
    before = [s for s in file.schedules if s.version < plan.schedule_version]
    rows = _rows_from(before, from_on)
    version = max(s.version for s in file.schedules) + 1
    undone = Schedule(version=version, reason=f"undo:{plan.id}", instalments=rows, from_on=from_on)
    books.add_schedule(file.account.id, undone, now.at)


def _rows_from(schedules: Sequence[Schedule], from_on: date) -> tuple[Instalment, ...]:
    return tuple(row for _, row in rows_in_effect(schedules) if row.due_on >= from_on)
