"""Invent a credit card that is in a wanted situation today, with its whole history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from lending.accounts import (
    EntryKind,
    PaymentStatus,
    Statement,
)
from lending.dates import add_months
from lending.ids import BorrowerId
from lending.money import Money
from lending.terms import CardTerms, LateFee
from store.demo_book import Book, DemoAccount, Situation, State
from store.demo_places import Lending


@dataclass(frozen=True, slots=True, kw_only=True)
class CardWish:
    """What the card should be. `before`: statements before the one that matters today.

    `is_plain`: no part payment to complicate being late.
    """

    situation: Situation
    limit: int
    annual_rate_bp: int
    before: int
    is_plain: bool = False


def invent_card(
    wish: CardWish,
    *,
    borrower_id: BorrowerId,
    book: Book,
    lending: Lending,
    today: date,
    rng: Random,
) -> DemoAccount:
    """The card on `today`, the borrower's local day."""
    due_on = today + timedelta(days=wish.situation.due_in)
    closed_on, due_days = _closing_before(due_on, rng)
    currency = lending.currency
    terms = CardTerms(
        credit_limit=Money(wish.limit, currency),
        annual_rate_bp=wish.annual_rate_bp,
        statement_day=closed_on.day,
        due_days=due_days,
        minimum_rate_bp=lending.minimum_rate,
        minimum_floor=Money(lending.minimum_floor, currency),
        late_fee=LateFee(
            flat=Money(lending.late_fee, currency), as_penalty=lending.late_is_penalty
        ),
    )
    opened_on = add_months(closed_on, -wish.before - 1) + timedelta(days=1)
    book.open(borrower_id, terms, opened_on, wish.situation)
    history = _CardHistory(
        book=book, terms=terms, lending=lending, wish=wish, target=closed_on, today=today, rng=rng
    )
    history.run()
    return DemoAccount(file=book.closed(today), situation=wish.situation)


def _closing_before(due_on: date, rng: Random) -> tuple[date, int]:
    """A closing day that every month has (1 to 28), and the days from it to the due date."""
    choices = [days for days in range(18, 26) if (due_on - timedelta(days=days)).day <= 28]
    due_days = rng.choice(choices)
    return due_on - timedelta(days=due_days), due_days


class _CardHistory:
    """Tells purchases and payments cycle by cycle; the ledger works out interest and statements."""

    def __init__(
        self,
        *,
        book: Book,
        terms: CardTerms,
        lending: Lending,
        wish: CardWish,
        target: date,
        today: date,
        rng: Random,
    ) -> None:
        self._book = book
        self._terms = terms
        self._lending = lending
        self._wish = wish
        self._target = target
        self._today = today
        self._rng = rng
        self._last: Statement | None = None
        self._spent = 0

    def run(self) -> None:
        """Tell every event up to today; closed cards end with the target's payment."""
        opens = self._book.file.account.opened_on - timedelta(days=1)
        while opens <= self._today:
            closes = add_months(opens, 1)
            self._run_cycle(opens, closes)
            if self._is_settled and opens == self._target:
                return
            opens = closes
            if opens <= self._today:
                self._last = self._book.statements(opens)[-1]
                self._spent = self._last.balance.minor
        self._announce()

    @property
    def _is_settled(self) -> bool:
        return self._wish.situation.state is State.SETTLED

    def _run_cycle(self, opens: date, closes: date) -> None:
        """All after `opens` up to `closes` or today; the payment is for the last statement."""
        events: list[tuple[date, int, Callable[[date], None]]] = []
        if not (self._is_settled and opens >= self._target):
            events += [(day, 0, self._buy) for day in self._shopping_days(opens, closes)]
        if self._last is not None:
            paid_on = self._last.due_on - timedelta(days=self._rng.randint(0, 4))
            if self._wish.situation.state is State.AHEAD and self._is_waiting(self._last):
                paid_on = self._today - timedelta(days=self._rng.randint(0, 2))
            events.append((paid_on, 1, self._pay))
        for day, _, tell in sorted(events, key=lambda event: event[:2]):
            if day <= self._today:
                tell(day)

    def _is_waiting(self, statement: Statement) -> bool:
        """Whether the statement is the one that the situation is about, or a later one."""
        return statement.closed_on >= self._target

    def _shopping_days(self, opens: date, closes: date) -> list[date]:
        days = (closes - opens).days
        chosen = self._rng.sample(range(1, days), self._rng.randint(2, 5))
        return [opens + timedelta(days=day) for day in sorted(chosen)]

    def _buy(self, day: date) -> None:
        stops = self._target + timedelta(days=self._terms.due_days)
        if self._wish.situation.state is State.LATE and day > stops:
            return
        limit = self._wish.limit
        room = limit * 8 // 10 - self._spent
        amount = min(self._rng.randint(limit // 200, limit // 25), room)
        if amount > 0:
            self._book.tell(EntryKind.PURCHASE, day, f"buy-{day.isoformat()}", amount)
            self._spent += amount

    def _pay(self, day: date) -> None:
        assert self._last is not None
        amount = self._amount_to_pay(self._last)
        if amount > 0:
            self._book.receive(day, amount, self._rng.choice(self._lending.methods))

    def _amount_to_pay(self, statement: Statement) -> int:
        balance, least = statement.balance.minor, statement.minimum_due.minor
        state = self._wish.situation.state
        if self._is_settled:
            return balance
        if self._is_waiting(statement):
            match state:
                case State.AHEAD:
                    return balance
                case State.LATE if statement.closed_on == self._target and not self._wish.is_plain:
                    # Some paid a part that was too little.
                    return least // 3 if self._rng.random() < 0.25 else 0
                case _:
                    return 0
        habit = self._rng.choice((0, 0, 1, 2))
        part = max(least, balance * self._rng.randint(30, 70) // 100)
        return (balance, part, least)[habit]

    def _announce(self) -> None:
        if self._wish.situation.state is State.PENDING and self._last is not None:
            on = self._today - timedelta(days=self._rng.randint(0, 2))
            method = self._rng.choice(self._lending.methods)
            self._book.announce(on, self._last.minimum_due.minor, method, PaymentStatus.PENDING)
