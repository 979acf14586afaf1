"""Keep the books of one invented account: what happened, from which the ledger is derived."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from enum import StrEnum
from itertools import count
from zoneinfo import ZoneInfo

from lending.account_file import AccountFile
from lending.accounts import (
    Account,
    AccountStatus,
    EntryKind,
    LedgerEntry,
    Payment,
    PaymentStatus,
    Product,
    Schedule,
    Statement,
)
from lending.booking import catch_up
from lending.books_of import derived_ledger, ledger_file, statements_of
from lending.entries import Posting
from lending.ids import AccountId, BorrowerId, LedgerEntryId, PaymentId
from lending.ledger_types import DerivedLedger, NewEntry
from lending.money import Money
from lending.payments import change, postings_for
from lending.terms import CardTerms, LoanTerms

FEED = "demo"


class State(StrEnum):
    """What an invented account is there to show."""

    ON_TIME = "on_time"
    DUE_SOON = "due_soon"
    DUE_TODAY = "due_today"
    LATE = "late"
    AHEAD = "ahead"
    PENDING = "pending"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Situation:
    """`days` until the next due date, or, for LATE and SETTLED, since the one that matters.

    PENDING with negative days is late as well.
    """

    state: State
    days: int = 0

    @property
    def due_in(self) -> int:
        """Days from today to the due date that the situation is about; negative when past."""
        return -self.days if self.state in (State.LATE, State.SETTLED) else self.days


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAccount:
    """An invented account and what it was invented for."""

    file: AccountFile
    situation: Situation


@dataclass(slots=True)
class Numbers:
    """Running ids over the whole portfolio."""

    accounts: count[int] = field(default_factory=lambda: count(1))
    entries: count[int] = field(default_factory=lambda: count(1))
    payments: count[int] = field(default_factory=lambda: count(1))


@dataclass(slots=True, kw_only=True)
class Book:
    """Collects what happened to an account. `now` bounds the booking times."""

    reference: str
    currency: str
    timezone: str
    now: datetime
    numbers: Numbers
    _file: AccountFile | None = None

    def open(
        self,
        borrower_id: BorrowerId,
        terms: LoanTerms | CardTerms,
        opened_on: date,
        situation: Situation,
        schedule: Schedule | None = None,
    ) -> None:
        """Begin the book of a new account."""
        is_loan = isinstance(terms, LoanTerms)
        is_settled = situation.state is State.SETTLED
        account = Account(
            id=AccountId(next(self.numbers.accounts)),
            borrower_id=borrower_id,
            reference=self.reference,
            product=Product.INSTALMENT_LOAN if is_loan else Product.CREDIT_CARD,
            currency=self.currency,
            status=AccountStatus.SETTLED if is_settled else AccountStatus.ACTIVE,
            opened_on=opened_on,
            terms=terms,
        )
        self._file = AccountFile(account=account, schedules=(schedule,) if schedule else ())

    @property
    def file(self) -> AccountFile:
        """The account without entries and statements so far."""
        assert self._file is not None
        return self._file

    def tell(self, kind: EntryKind, on: date, key: str, amount: int) -> None:
        """Something other than a payment happened."""
        money = Money(amount, self.currency)
        self._tell(Posting(key=key, kind=kind, effective_on=on, amount=money))

    def receive(self, on: date, amount: int, method: str) -> Payment:
        """A payment arrived."""
        pending = self._pay(on, amount, method, PaymentStatus.PENDING)
        return self._change(pending, PaymentStatus.SETTLED, on)

    def announce(self, on: date, amount: int, method: str, status: PaymentStatus) -> None:
        """A payment that is on its way, or that failed: it changes no balance."""
        self._pay(on, amount, method, status)

    def bounce(self, payment: Payment, on: date) -> None:
        """A payment that had arrived is taken back by the bank."""
        self._change(payment, PaymentStatus.REVERSED, on)

    def ledger(self, through: date) -> DerivedLedger:
        return derived_ledger(self.file, through)

    def statements(self, through: date) -> tuple[Statement, ...]:
        return statements_of(self.file, through)

    def closed(self, today: date) -> AccountFile:
        """The whole file, with everything booked on its own day."""
        rows = catch_up(ledger_file(self.file, today), through=today, booked_at=self.now)
        ids: dict[str, LedgerEntryId] = {}
        for row in rows:
            ids[row.idempotency_key] = LedgerEntryId(next(self.numbers.entries))
        entries = tuple(self._entry(row, ids) for row in rows)
        return replace(self.file, entries=entries, statements=self.statements(today))

    def _entry(self, row: NewEntry, ids: dict[str, LedgerEntryId]) -> LedgerEntry:
        local = datetime.combine(row.effective_on, time(0, 30), ZoneInfo(self.timezone))
        return LedgerEntry(
            id=ids[row.idempotency_key],
            kind=row.kind,
            effective_on=row.effective_on,
            booked_at=min(self.now, local).astimezone(UTC),
            idempotency_key=row.idempotency_key,
            origin=row.origin,
            principal=row.split.principal,
            interest=row.split.interest,
            fee=row.split.fee,
            penalty=row.split.penalty,
            credit=row.split.credit,
            reverses=ids[row.reverses] if row.reverses else None,
            payment_id=row.payment_id,
        )

    def _pay(self, on: date, amount: int, method: str, status: PaymentStatus) -> Payment:
        payment = Payment(
            id=PaymentId(next(self.numbers.payments)),
            amount=Money(amount, self.currency),
            status=status,
            method=method,
            initiated_on=on,
        )
        self._file = replace(self.file, payments=(*self.file.payments, payment))
        return payment

    def _change(self, payment: Payment, to: PaymentStatus, on: date) -> Payment:
        made = change(payment, to, on=on)
        others = (made.after if one.id == payment.id else one for one in self.file.payments)
        self._file = replace(self.file, payments=tuple(others))
        for posting in postings_for(payment_key(payment), made):
            self._tell(posting)
        return made.after

    def _tell(self, posting: Posting) -> None:
        self._file = replace(self.file, postings=(*self.file.postings, posting))


def payment_key(payment: Payment) -> str:
    """The payment's id in the feed that the demo pretends to have."""
    return f"{FEED}-{payment.id}"
