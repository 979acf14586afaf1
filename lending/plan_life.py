"""How a plan goes on: on track, a payment missed and moved to the end, failed, completed.

Seen from the payments alone. `follow_plan` is called by a tick and may be called at any time: it does
what has become due, once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from lending.account_file import AccountFile
from lending.accounts import EntryKind, Instalment, PaymentStatus, Schedule
from lending.bookkeeping import bring_up_to_date, record_posting
from lending.books_of import standing
from lending.entries import Posting, Split
from lending.ledger_types import InstalmentBalance
from lending.money import Money
from lending.plan_booking import lift_own_holds, posting_key
from lending.plan_case import plan_case
from lending.plan_certificate import Parties, make_certificate
from lending.plan_dates import plan_dates
from lending.plan_policy import MissedPayment, PlanPolicy
from lending.plan_ports import Now, PlanBooks
from lending.plan_records import NoticeKind, Plan, PlanState
from lending.reliefs import ReliefKind, only_moves_dates

_DAY = timedelta(days=1)


class PlanEvent(StrEnum):
    """What following a plan led to; each is told to the borrower once."""

    NOTHING = "nothing"
    MOVED = "moved"
    FAILED = "failed"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStanding:
    """A plan on a day: its rows with what is left of them, and those that count as missed."""

    rows: tuple[InstalmentBalance, ...]
    missed: tuple[InstalmentBalance, ...]

    @property
    def is_paid(self) -> bool:
        return all(row.is_paid for row in self.rows)

    @property
    def next_row(self) -> InstalmentBalance | None:
        return next((row for row in self.rows if not row.is_paid), None)


def plan_standing(plan: Plan, file: AccountFile, on: date, *, grace_days: int) -> PlanStanding:
    """The plan's rows on a day.

    Nothing is missed while a payment is on its way, or on the day before a new schedule applies.
    """
    ledger = standing(file, on).ledger
    assert ledger is not None, "a plan stands on books that are derived here"
    rows = tuple(row for row in ledger.instalments if row.version >= plan.schedule_version)
    waits = any(payment.status is PaymentStatus.PENDING for payment in file.payments) or any(
        schedule.from_on is not None and schedule.from_on > on for schedule in file.schedules
    )
    missed = tuple(
        row
        for row in rows
        if not row.is_paid and row.instalment.due_on + timedelta(days=grace_days) < on
    )
    return PlanStanding(rows=rows, missed=() if waits else missed)


def follow_plan(
    books: PlanBooks, plan: Plan, *, policy: PlanPolicy, parties: Parties, now: Now
) -> PlanEvent:
    """Do what has become due: complete the plan, move its one missed payment, or end it.

    A plan that only moves days is complete with its first payment: the days stay as they are.
    A failed plan's waiver stays unless it was a settlement, which is taken back.
    """
    file = books.locked(plan.account_id)
    plan = books.plan(plan.id) or plan
    if plan.state is not PlanState.ON_TRACK:
        return PlanEvent.NOTHING
    state = plan_standing(plan, file, now.today, grace_days=policy.missed_grace_days)
    if state.rows and state.rows[0].is_paid and only_moves_dates(plan.offer.reliefs):
        _end(books, plan, PlanState.COMPLETED, now)  # the days stay; there is nothing to tell
        return PlanEvent.COMPLETED
    if state.rows and state.is_paid:
        _end(books, plan, PlanState.COMPLETED, now)
        books.add_notice(plan, NoticeKind.COMPLETED, now.at)
        return PlanEvent.COMPLETED
    if not state.missed:
        return PlanEvent.NOTHING
    may_move = policy.missed_payment is MissedPayment.MOVE_ONCE and plan.moved == 0
    has_more = any(row.instalment.due_on > now.today for row in state.rows)
    if may_move and len(state.missed) == 1 and has_more and not _is_settlement(plan):
        _move(books, plan, file, state.missed[0], policy=policy, parties=parties, now=now)
        books.add_notice(plan, NoticeKind.MOVED, now.at)
        return PlanEvent.MOVED
    if _is_settlement(plan):
        _take_waiver_back(books, plan, file, now)
    _end(books, plan, PlanState.FAILED, now)
    books.add_notice(plan, NoticeKind.FAILED, now.at)
    return PlanEvent.FAILED


def _move(
    books: PlanBooks,
    plan: Plan,
    file: AccountFile,
    missed: InstalmentBalance,
    *,
    policy: PlanPolicy,
    parties: Parties,
    now: Now,
) -> None:
    """What is left of the missed payment becomes one more payment after the last; it bears nothing."""
    account_id = file.account.id
    interest = missed.interest_left
    if interest:
        posting = Posting(
            key=f"plan:{plan.id}:moved-interest",
            kind=EntryKind.CAPITALISATION,
            effective_on=now.today,
            amount=interest,
            split=Split.of(interest.currency, principal=interest.minor, interest=-interest.minor),
        )
        record_posting(books, account_id, posting, today=now.today, now=now.at)
    case = plan_case(file, now.today, rate_bp=plan.offer.rate_bp)
    to_come = [r for r in case.rows if r.due_on > now.today]
    last = to_come[-1]
    extra = Instalment(
        number=last.number + 1,
        due_on=plan_dates(case, len(case.rows) + 1)[-1],
        principal=missed.principal_left + interest,
        interest=Money.zero(interest.currency),
    )
    version = max(s.version for s in file.schedules) + 1
    rows = (*to_come, extra)
    books.add_schedule(
        account_id,
        Schedule(
            version=version,
            reason=f"plan:{plan.id}:moved",
            instalments=rows,
            from_on=now.today + _DAY,
        ),
        now.at,
    )
    bring_up_to_date(books, account_id, through=now.today, now=now.at)
    books.save_plan(replace(plan, moved=plan.moved + 1))
    versions = books.certificates_of(plan.id)
    books.add_certificate(
        make_certificate(
            plan,
            file.account,
            rows,
            parties,
            version=versions[-1].version + 1,
            agreed_on=plan.started_on,
            made_on=now.today,
            made_at=now.at,
            accepted=True,  # what the first version promised has happened
            grace_days=policy.missed_grace_days,
            misses_allowed=0,
        )
    )


def _is_settlement(plan: Plan) -> bool:
    return any(relief.kind is ReliefKind.SETTLEMENT for relief in plan.offer.reliefs)


def _take_waiver_back(books: PlanBooks, plan: Plan, file: AccountFile, now: Now) -> None:
    key = posting_key(plan.offer_id, "waiver")
    waiver = next((posting for posting in file.postings if posting.key == key), None)
    if waiver is not None:
        back = Posting(
            key=f"undo:{key}",
            kind=EntryKind.REVERSAL,
            effective_on=now.today,
            amount=waiver.amount,
            reverses=key,
        )
        record_posting(books, file.account.id, back, today=now.today, now=now.at)


def _end(books: PlanBooks, plan: Plan, state: PlanState, now: Now) -> None:
    lift_own_holds(books, plan, now)
    books.save_plan(replace(plan, state=state, ended_on=now.today))
