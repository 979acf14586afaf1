"""Invent an instalment loan that is in a wanted situation today, with its whole history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from lending.accounts import (
    EntryKind,
    Instalment,
    PaymentStatus,
    Schedule,
)
from lending.dates import add_months, add_periods
from lending.ids import BorrowerId
from lending.money import Money
from lending.schedule import build_schedule
from lending.terms import Frequency, LateFee, LoanTerms
from store.demo_book import Book, DemoAccount, Situation, State
from store.demo_places import Lending

_PERIOD_DAYS = {Frequency.MONTHLY: 28, Frequency.FORTNIGHTLY: 14, Frequency.WEEKLY: 7}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanWish:
    """What the loan should be. `before`: instalments due before the one that matters today.

    `is_plain`: no part payment, returned or failed payment to complicate being late.
    """

    situation: Situation
    principal: int
    annual_rate_bp: int
    instalments: int
    before: int
    frequency: Frequency = Frequency.MONTHLY
    is_plain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Paying:
    """A payment to be made on a day: all that is left up to an instalment, or part of it."""

    on: date
    up_to: int
    percent: int = 100
    bounces_on: date | None = None


def invent_loan(
    wish: LoanWish,
    *,
    borrower_id: BorrowerId,
    book: Book,
    lending: Lending,
    today: date,
    rng: Random,
) -> DemoAccount:
    """The loan on `today`, the borrower's local day."""
    target = today + timedelta(days=wish.situation.due_in)
    first_due_on, before = _first_due(target, wish.before, wish.frequency)
    currency = lending.currency
    terms = LoanTerms(
        principal=Money(wish.principal, currency),
        annual_rate_bp=wish.annual_rate_bp,
        instalments=before + 1 if wish.situation.state is State.SETTLED else wish.instalments,
        first_due_on=first_due_on,
        frequency=wish.frequency,
        grace_days=lending.grace_days,
        late_fee=LateFee(
            flat=Money(lending.late_fee, currency), as_penalty=lending.late_is_penalty
        ),
    )
    rows = build_schedule(terms)
    schedule = Schedule(version=1, reason="signed", instalments=rows)
    book.open(borrower_id, terms, _opened_on(terms), wish.situation, schedule)
    history = _LoanHistory(book=book, terms=terms, lending=lending, today=today, rng=rng)
    history.run(_plan(rows, before, wish, today, rng), wish, before)
    return DemoAccount(file=book.closed(today), situation=wish.situation)


def _first_due(target: date, before: int, frequency: Frequency) -> tuple[date, int]:
    """A first due date from which the target is reached, and after how many instalments.

    Going back from the 31st can end in a month without one; then one month more is tried.
    """
    if frequency is not Frequency.MONTHLY:
        return target - timedelta(days=_PERIOD_DAYS[frequency] * before), before
    while True:
        first = add_months(target, -before)
        if add_periods(first, before, frequency) == target:
            return first, before
        before += 1


def _plan(
    rows: tuple[Instalment, ...], before: int, wish: LoanWish, today: date, rng: Random
) -> list[_Paying]:
    """When the borrower paid: mostly on time, now and then some days late."""
    plan = []
    slack = _PERIOD_DAYS[wish.frequency] // 4
    for row in rows[:before]:
        is_late = rng.random() < 0.12
        shift = rng.randint(1, slack + 1) if is_late else -rng.randint(0, min(3, slack))
        on = row.due_on + timedelta(days=shift)
        plan.append(_Paying(on=min(on, today), up_to=row.number))
    target = rows[before]
    match wish.situation.state:
        case State.SETTLED:
            plan.append(_Paying(on=target.due_on, up_to=target.number))
        case State.AHEAD:
            up_to = min(target.number + rng.randint(0, 1), len(rows))
            plan.append(_Paying(on=today - timedelta(days=rng.randint(0, 2)), up_to=up_to))
        case State.LATE if wish.is_plain:
            pass
        case State.LATE if wish.situation.days >= 2 and rng.random() < 0.3:
            on = target.due_on + timedelta(days=1)
            plan.append(_Paying(on=on, up_to=target.number, percent=rng.choice((30, 40, 60))))
        case State.LATE if wish.situation.days >= 5 and rng.random() < 0.3:
            back = target.due_on + timedelta(days=4)
            plan.append(_Paying(on=target.due_on, up_to=target.number, bounces_on=back))
        case _:
            pass
    return plan


class _LoanHistory:
    """Tells what happened to a loan, in the order of days; the ledger works out the rest."""

    def __init__(
        self, *, book: Book, terms: LoanTerms, lending: Lending, today: date, rng: Random
    ) -> None:
        self._book = book
        self._terms = terms
        self._lending = lending
        self._today = today
        self._rng = rng

    def run(self, plan: list[_Paying], wish: LoanWish, before: int) -> None:
        """Tell every payment up to today."""
        opened_on = self._book.file.account.opened_on
        self._book.tell(EntryKind.DISBURSEMENT, opened_on, "lent", self._terms.principal.minor)
        for paying in sorted(plan, key=lambda paying: paying.on):
            if paying.on <= self._today:
                self._pay(paying)
        self._announce(wish, before)

    def _pay(self, paying: _Paying) -> None:
        amount = self._owed_up_to(paying.up_to, paying.on) * paying.percent // 100
        if amount <= 0:
            return
        payment = self._book.receive(paying.on, amount, self._rng.choice(self._lending.methods))
        if paying.bounces_on and paying.bounces_on <= self._today:
            self._book.bounce(payment, paying.bounces_on)

    def _owed_up_to(self, number: int, on: date) -> int:
        """Fees and penalties, and what is left of the instalments up to this one."""
        ledger = self._book.ledger(on)
        rows = (row for row in ledger.instalments if row.instalment.number <= number)
        charges = ledger.balance.fee + ledger.balance.penalty
        return charges.minor + sum(row.left.minor for row in rows)

    def _announce(self, wish: LoanWish, before: int) -> None:
        """The payment that is on its way, or one that failed when it was tried."""
        rows = self._book.ledger(self._today).instalments
        row = rows[min(before, len(rows) - 1)].instalment
        state = wish.situation.state
        method = self._rng.choice(self._lending.methods)
        if state is State.PENDING:
            on = self._today - timedelta(days=self._rng.randint(0, 2))
            amount = self._owed_up_to(row.number, self._today)
            self._book.announce(on, amount, method, PaymentStatus.PENDING)
        elif state is State.LATE and not wish.is_plain and self._rng.random() < 0.15:
            self._book.announce(row.due_on, row.amount.minor, method, PaymentStatus.FAILED)


def _opened_on(terms: LoanTerms) -> date:
    if terms.frequency is Frequency.MONTHLY:
        return add_months(terms.first_due_on, -1)
    return terms.first_due_on - timedelta(days=_PERIOD_DAYS[terms.frequency])
