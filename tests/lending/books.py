"""A loan and a card with their books, kept the way the store keeps them: rows only appended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from lending.accounts import (
    Account,
    AccountStatus,
    EntryKind,
    Instalment,
    LedgerEntry,
    Product,
    Schedule,
)
from lending.booking import book, catch_up
from lending.entries import Charge, ChargeRules, Derived, Posting, Split
from lending.holds import Hold, HoldKind, Suspended
from lending.ids import AccountId, BorrowerId, LedgerEntryId
from lending.ledger import derive
from lending.ledger_types import DerivedLedger, LedgerFile, NewEntry
from lending.loan_charges import LoanCharges
from lending.money import Money
from lending.terms import CardTerms, LateFee, LoanTerms

OPENED = date(2026, 1, 1)
END = date(2026, 6, 30)
DUE = (date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1))
START = datetime(2026, 1, 1, tzinfo=UTC)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def loan_terms(**changes: Any) -> LoanTerms:
    """400.00 in four monthly instalments of 100.00, interest 10.00, 8.00, 6.00, 4.00."""
    fields: dict[str, Any] = {
        "principal": usd(40_000),
        "annual_rate_bp": 3000,
        "instalments": 4,
        "first_due_on": DUE[0],
        "disbursed_on": OPENED,
        "grace_days": 3,
        "late_fee": LateFee(flat=usd(500)),
        "penalty_rate_bp": 3650,
    }
    return LoanTerms(**{**fields, **changes})


def card_terms(**changes: Any) -> CardTerms:
    fields: dict[str, Any] = {
        "credit_limit": usd(500_000),
        "annual_rate_bp": 2400,
        "statement_day": 15,
        "due_days": 21,
        "minimum_rate_bp": 500,
        "minimum_floor": usd(2_500),
    }
    return CardTerms(**{**fields, **changes})


def schedule() -> Schedule:
    rows = [
        Instalment(number=number, due_on=due_on, principal=usd(10_000), interest=usd(interest))
        for number, (due_on, interest) in enumerate(
            zip(DUE, (1000, 800, 600, 400), strict=True), start=1
        )
    ]
    return Schedule(version=1, reason="original", instalments=tuple(rows))


def account(terms: LoanTerms | CardTerms) -> Account:
    card = isinstance(terms, CardTerms)
    return Account(
        id=AccountId(1),
        borrower_id=BorrowerId(1),
        reference="A-1",
        product=Product.CREDIT_CARD if card else Product.INSTALMENT_LOAN,
        currency="USD",
        status=AccountStatus.ACTIVE,
        opened_on=OPENED,
        terms=terms,
    )


def hold(
    from_on: date,
    until_on: date | None,
    *suspends: Suspended,
    kind: HoldKind = HoldKind.DISPUTE,
) -> Hold:
    return Hold(
        id=1,
        kind=kind,
        borrower_id=BorrowerId(1),
        account_id=None,
        from_on=from_on,
        until_on=until_on,
        owner="staff",
        reason="test",
        suspends=frozenset(suspends or Suspended),
    )


def posting(key: str, kind: str, on: date, minor: int, **more: Any) -> Posting:
    return Posting(key=key, kind=EntryKind(kind), effective_on=on, amount=usd(minor), **more)


class NoCharges:
    """Rules that never charge anything."""

    at_day_end = False

    def next_day(self, after: date) -> date | None:
        return None

    def assess(self, on: date, so_far: Sequence[Derived]) -> tuple[Charge, ...]:
        return ()


class MonthEndCharges:
    """Card rules for tests: at the end of each 15th, one percent of what is owed; 5.00 fee if the
    balance is above 1,000.00."""

    at_day_end = True

    def next_day(self, after: date) -> date | None:
        this = after.replace(day=15)
        return this if this > after else (after.replace(day=1) + timedelta(days=32)).replace(day=15)

    def assess(self, on: date, so_far: Sequence[Derived]) -> tuple[Charge, ...]:
        owed = sum(line.split.owed.minor for line in so_far)
        charges = [(f"interest:{on}", EntryKind.INTEREST, owed // 100)]
        if owed > 100_000:
            charges.append((f"late-fee:{on}", EntryKind.FEE, 500))
        return tuple(
            Charge(key=key, kind=kind, effective_on=on, amount=usd(minor))
            for key, kind, minor in charges
            if minor > 0
        )


@dataclass
class Books:
    """An account's file as a store would keep it between bookings."""

    file: LedgerFile
    today: date = END
    now: datetime = START
    batches: list[tuple[NewEntry, ...]] = field(default_factory=list)

    def book(self, posting: Posting) -> tuple[NewEntry, ...]:
        self.now += timedelta(minutes=1)
        new = book(self.file, posting, today=self.today, booked_at=self.now)
        if all(known.key != posting.key for known in self.file.postings):
            self.file = replace(self.file, postings=(*self.file.postings, posting))
        return self._append(new)

    def catch_up(self, through: date | None = None) -> tuple[NewEntry, ...]:
        self.now += timedelta(minutes=1)
        return self._append(catch_up(self.file, through=through or self.today, booked_at=self.now))

    def with_rules(self, rules: ChargeRules) -> None:
        self.file = replace(self.file, rules=rules)

    def derived(self, as_of: date | None = None) -> DerivedLedger:
        file = self.file
        return derive(
            file.account,
            rules=file.rules,
            postings=file.postings,
            schedules=file.schedules,
            through=as_of or self.today,
        )

    def _append(self, new: tuple[NewEntry, ...]) -> tuple[NewEntry, ...]:
        entries = list(self.file.entries)
        ids = {entry.idempotency_key: entry.id for entry in entries}
        for row in new:
            assert row.idempotency_key not in ids, row.idempotency_key
            assert (row.kind is EntryKind.REVERSAL) == (row.reverses is not None)
            ids[row.idempotency_key] = LedgerEntryId(len(ids) + 1)
            entries.append(as_entry(row, ids))
        self.file = replace(self.file, entries=tuple(entries))
        self.batches.append(new)
        return new


def as_entry(row: NewEntry, ids: dict[str, LedgerEntryId]) -> LedgerEntry:
    return LedgerEntry(
        id=ids[row.idempotency_key],
        kind=row.kind,
        effective_on=row.effective_on,
        booked_at=row.booked_at,
        idempotency_key=row.idempotency_key,
        principal=row.split.principal,
        interest=row.split.interest,
        fee=row.split.fee,
        penalty=row.split.penalty,
        credit=row.split.credit,
        reverses=None if row.reverses is None else ids[row.reverses],
        payment_id=row.payment_id,
        origin=row.origin,
    )


def loan_books(
    *,
    terms: LoanTerms | None = None,
    holds: Iterable[Hold] = (),
    schedules: tuple[Schedule, ...] = (),
    today: date = END,
) -> Books:
    """A loan lent on the day it was opened, with nothing else booked."""
    terms = terms or loan_terms()
    schedules = schedules or (schedule(),)
    rules = LoanCharges(terms, schedules, tuple(holds))
    books = Books(LedgerFile(account=account(terms), rules=rules, schedules=schedules))
    books.today = today
    books.book(posting("lent", "disbursement", OPENED, 40_000))
    return books


def card_books(rules: ChargeRules | None = None) -> Books:
    return Books(LedgerFile(account=account(card_terms()), rules=rules or MonthEndCharges()))


def minors(split: Split) -> tuple[int, int, int, int, int]:
    """Principal, interest, fee, penalty, credit."""
    parts = (split.principal, split.interest, split.fee, split.penalty, split.credit)
    principal, interest, fee, penalty, credit = (part.minor for part in parts)
    return principal, interest, fee, penalty, credit
