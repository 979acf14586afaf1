"""Should this account's borrower be reminded now, and of what? Pure.

Whether we *may* is asked of the contact rules when the message leaves (compliance/decide.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.reminder_ports import SentStep
from lending.account_file import AccountFile
from lending.accounts import AccountStatus, Borrower
from lending.dates import local_day
from lending.derived_holds import FeedAge, derived_holds
from lending.holds import Hold, Suspended
from lending.money import Money
from lending.position import Position, position_of
from scheduler.strategy import Step, Strategy, next_day


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderCase:
    """All that the decision needs of one account and its borrower.

    `sent` are the steps that the borrower has, or may have, read, of every account. `feed` is the
    one that brings payments; None where none is watched. `with_person`: a person holds one of the
    borrower's conversations, or owes them an answer. `habit`: the minute at which they write.
    `wrote_at`: when they last wrote; on that day they are not reminded of what was just talked of.
    """

    borrower: Borrower
    file: AccountFile
    sent: Sequence[SentStep] = ()
    feed: FeedAge | None = None
    with_person: bool = False
    habit: int | None = None
    wrote_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remind:
    """Send this step now. `amount` is what is asked for, `due_on` since or until when."""

    step: Step
    due_on: date
    version: int
    number: int
    amount: Money
    position: Position

    @property
    def is_late(self) -> bool:
        return self.position.as_of > self.due_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Not now; look again at `until`. `step` is the one that would be sent."""

    until: datetime
    reason: str
    step: Step | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Never:
    """Nothing to send for what is due now."""

    reason: str


Verdict = Remind | Wait | Never


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The oldest thing that is not paid: what a reminder is about."""

    due_on: date
    amount: Money
    version: int
    number: int


def decide_reminder(case: ReminderCase, strategy: Strategy, now: datetime) -> Verdict:
    """Send, wait until, or never, with a reason. `now` is aware; days are the borrower's own."""
    today = local_day(now, case.borrower.timezone)
    account = case.file.account
    if account.status is not AccountStatus.ACTIVE:
        return Never(reason="closed")
    position = position_of(case.file, today)
    anchor = anchor_of(case.file, position)
    if anchor is None:
        return Never(reason="nothing_due")
    if strategy.is_small(anchor.amount):
        return Never(reason="too_small")
    segment = strategy.segment_of(case.borrower, account.product)
    if segment is None:
        return Never(reason="no_segment")
    step = segment.step_on((today - anchor.due_on).days)
    if step is None:
        return _next_step(case, strategy, anchor, today)
    if _has_read(case.sent, account.id, anchor.due_on, step):
        return Never(reason="sent")
    held = _held(case, strategy, today, now) or _quiet(case, strategy, today)
    held = held or _hour(case, strategy, today, now)
    if held is not None:
        until, reason = held
        return Wait(until=until, reason=reason, step=step, due_on=anchor.due_on)
    return Remind(
        step=step,
        due_on=anchor.due_on,
        version=anchor.version,
        number=anchor.number,
        amount=anchor.amount,
        position=position,
    )


def anchor_of(file: AccountFile, position: Position) -> Anchor | None:
    """What is overdue, since its oldest due date; else what is due next; None if nothing is."""
    if position.overdue_since is not None and position.is_overdue:
        version, number = _row_on(file, position.overdue_since)
        return Anchor(
            due_on=position.overdue_since, amount=position.overdue, version=version, number=number
        )
    due = position.next_due
    if due is None or due.amount.minor <= 0:
        return None
    version, _ = _row_on(file, due.due_on)
    return Anchor(due_on=due.due_on, amount=due.amount, version=version, number=due.number)


def _row_on(file: AccountFile, due_on: date) -> tuple[int, int]:
    """(schedule version, row number), or (0, statement number)."""
    for schedule in reversed(file.schedules):
        for row in schedule.instalments:
            if row.due_on == due_on:
                return schedule.version, row.number
    return 0, next((s.number for s in file.statements if s.due_on == due_on), 0)


def _next_step(case: ReminderCase, strategy: Strategy, anchor: Anchor, today: date) -> Wait | Never:
    segment = strategy.segment_of(case.borrower, case.file.account.product)
    days = (today - anchor.due_on).days
    coming = next((s for s in segment.steps if s.offset_days > days), None) if segment else None
    if coming is None:
        return Never(reason="past_last_step")
    day = anchor.due_on + timedelta(days=coming.offset_days)
    return Wait(
        until=_slot(case, strategy, day), reason="not_yet", step=coming, due_on=anchor.due_on
    )


def _has_read(sent: Sequence[SentStep], account_id: int, due_on: date, step: Step) -> bool:
    """This step or a later one, so that a clock that went back sends nothing out of order."""
    return any(
        one.account_id == account_id
        and one.due_on == due_on
        and one.offset_days >= step.offset_days
        for one in sent
    )


def _held(
    case: ReminderCase, strategy: Strategy, today: date, now: datetime
) -> tuple[datetime, str] | None:
    holding = [
        hold
        for hold in holds_of_case(case, today)
        if Suspended.REMINDERS in hold.suspends and hold.covers(today)
    ]
    if holding:
        ends = [hold.until_on for hold in holding]
        known = [day for day in ends if day is not None]
        # An open end is looked at again tomorrow; nothing tells when it will be lifted.
        day = max(known) if len(known) == len(ends) else next_day(today)
        return _slot(case, strategy, day), f"hold:{holding[0].kind.value}"
    if case.with_person:
        return now + timedelta(hours=1), "with_person"
    if case.wrote_at is not None and local_day(case.wrote_at, case.borrower.timezone) >= today:
        return _slot(case, strategy, next_day(today)), "wrote_today"
    return None


def holds_of_case(case: ReminderCase, today: date) -> tuple[Hold, ...]:
    """Holds that people placed, and those that follow from payments, promises and the feed."""
    derived = derived_holds(
        case.file.account,
        payments=case.file.payments,
        promises=case.file.promises,
        feed=case.feed,
        today=today,
        timezone=case.borrower.timezone,
    )
    return (*case.file.holds, *derived)


def _quiet(case: ReminderCase, strategy: Strategy, today: date) -> tuple[datetime, str] | None:
    if not case.sent or not strategy.quiet_days:
        return None
    last = max(local_day(one.at, case.borrower.timezone) for one in case.sent)
    free = last + timedelta(days=strategy.quiet_days)
    return (_slot(case, strategy, free), "quiet_days") if free > today else None


def _hour(
    case: ReminderCase, strategy: Strategy, today: date, now: datetime
) -> tuple[datetime, str] | None:
    local = now.astimezone(ZoneInfo(case.borrower.timezone))
    if strategy.is_open(local):
        return None
    minute = local.hour * 60 + local.minute
    day = today if minute < strategy.hours.earliest else next_day(today)
    return _slot(case, strategy, day), "hours"


def _slot(case: ReminderCase, strategy: Strategy, day: date) -> datetime:
    return strategy.slot(day, case.borrower, case.file.account.id, case.habit)
