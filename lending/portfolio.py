"""Take over what the lender's system tells: people, accounts, schedules. One operation each.

Everything is known by the lender's references, and telling the same again changes nothing. What
was agreed is never overwritten: terms that differ are refused, as a change of terms is a plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from lending.account_file import AccountFile
from lending.accounts import Account, AccountStatus, Borrower, EntryKind, Instalment, Schedule
from lending.bookkeeping import Books, record_posting
from lending.entries import Posting
from lending.errors import LendingError
from lending.holds import Hold
from lending.ids import AccountId, BorrowerId
from lending.records import OPENING, AccountRecord, BorrowerRecord, PointKind, PointRecord
from lending.schedule import build_schedule
from lending.terms import LoanTerms
from lending.terms_check import check_terms

AGREED = "agreed"
"""The reason of a schedule's first version."""


class AccountDiffers(LendingError):
    """The reference belongs to an account that was agreed otherwise."""


class BadSchedule(LendingError):
    """Instalments that are out of order, or do not add up to the amount lent."""


class UnknownHold(LendingError):
    """No hold has this number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPoint:
    """A way to reach a borrower, as it is kept."""

    kind: PointKind
    value: str
    verified_at: datetime | None
    reachable: bool


class Portfolio(Books, Protocol):
    """What keeps people and accounts beside the money; one transaction, as `Books`."""

    def borrowers(self, *, after: int, limit: int) -> tuple[Borrower, ...]:
        """By number, ascending; those with a number above `after`."""
        ...

    def save_borrower(
        self, record: BorrowerRecord, second_fact: tuple[str, str] | None
    ) -> tuple[Borrower, bool]:
        """The borrower with this reference as told, and whether they are new.

        `second_fact` is its kind and digest; None keeps the one that is known.
        """
        ...

    def contact_points(self, borrower_id: BorrowerId) -> tuple[ContactPoint, ...]: ...

    def save_contact_point(self, borrower_id: BorrowerId, record: PointRecord) -> bool:
        """Whether it is new; another way to reach the same person never goes."""
        ...

    def accounts(
        self, *, after: int, limit: int, borrower_id: BorrowerId | None = None
    ) -> tuple[Account, ...]:
        """By number, ascending; those with a number above `after`."""
        ...

    def account(self, reference: str) -> Account | None: ...

    def add_account(self, account: Account) -> Account:
        """The account with its number; its own id does not count."""
        ...

    def add_schedule(self, account_id: AccountId, schedule: Schedule, at: datetime) -> None: ...

    def holds(self, borrower_id: BorrowerId) -> tuple[Hold, ...]:
        """All of them, ended ones too, in the order of placing."""
        ...

    def hold(self, hold_id: int) -> Hold:
        """Locked until the transaction ends. Raises UnknownHold."""
        ...


def open_account(
    portfolio: Portfolio,
    record: AccountRecord,
    borrower_id: BorrowerId,
    *,
    today: date,
    now: datetime,
) -> tuple[Account, bool]:
    """The account of the record, and whether it is new: then its money is lent and its schedule kept.

    Raises AccountDiffers, UnpayableTerms, and the ledger's errors.
    """
    known = portfolio.account(record.reference)
    if known is not None:
        check_same(known, record, borrower_id)
        return known, False
    schedule = first_schedule(record)
    added = portfolio.add_account(account_of(record, borrower_id))
    if schedule is not None:
        portfolio.add_schedule(added.id, schedule, now)
    lent = opening_of(record)
    if lent is not None:
        record_posting(portfolio, added.id, lent, today=today, now=now)
    return added, True


def take_schedule(
    portfolio: Portfolio, file: AccountFile, instalments: tuple[Instalment, ...], now: datetime
) -> tuple[Schedule, bool]:
    """The lender's schedule as the first version, and whether it is new.

    Raises AccountDiffers where another one is in force: that is changed by a plan, not by a feed.
    """
    check_instalments(file.account, instalments)
    if file.schedule is not None:
        if file.schedules[0].instalments != instalments:
            raise AccountDiffers(
                "The account has another schedule already.",
                hint="A schedule in force is changed by a plan, not by the lender's feed.",
            )
        return file.schedules[0], False
    schedule = Schedule(version=1, reason=AGREED, instalments=instalments)
    portfolio.add_schedule(file.account.id, schedule, now)
    return schedule, True


def account_of(record: AccountRecord, borrower_id: BorrowerId) -> Account:
    """The account that a record opens; its number is still to come."""
    return Account(
        id=AccountId(0),
        borrower_id=borrower_id,
        reference=record.reference,
        product=record.product,
        currency=record.currency,
        status=AccountStatus.ACTIVE,
        opened_on=record.opened_on,
        terms=record.terms,
    )


def first_schedule(record: AccountRecord) -> Schedule | None:
    """What a new loan is paid by; None for a card, and where the lender sends it by itself.

    Raises UnpayableTerms.
    """
    if not isinstance(record.terms, LoanTerms):
        return None
    if record.instalments == ():
        check_terms(record.terms)
        return None
    rows = build_schedule(record.terms) if record.instalments is None else record.instalments
    return Schedule(version=1, reason=AGREED, instalments=rows)


def opening_of(record: AccountRecord) -> Posting | None:
    """The money of a new loan; a card has none before it is used."""
    if not isinstance(record.terms, LoanTerms):
        return None
    return Posting(
        key=OPENING,
        kind=EntryKind.DISBURSEMENT,
        effective_on=record.lent_on,
        amount=record.terms.principal,
    )


def check_same(known: Account, record: AccountRecord, borrower_id: BorrowerId) -> None:
    """Raise AccountDiffers unless the record tells of the very account that is known."""
    told = (borrower_id, record.product, record.currency, record.opened_on, record.terms)
    kept = (known.borrower_id, known.product, known.currency, known.opened_on, known.terms)
    if told != kept:
        raise AccountDiffers(
            "This reference belongs to an account that was agreed otherwise.",
            hint="Give each account a reference of its own; a change of terms is a plan.",
        )


def check_instalments(account: Account, rows: tuple[Instalment, ...]) -> None:
    """Raise BadSchedule unless they are in order and repay exactly what was lent."""
    if not isinstance(account.terms, LoanTerms):
        raise BadSchedule("A card has no schedule.", hint="Its statements follow from its terms.")
    numbers = [row.number for row in rows]
    days = [row.due_on for row in rows]
    if numbers != list(range(1, len(rows) + 1)) or days != sorted(set(days)):
        raise BadSchedule(
            "Instalments must be numbered 1, 2, 3 ... with due dates that rise.",
            hint="Send all instalments of the loan, from the first.",
        )
    if any(row.amount.minor <= 0 for row in rows):
        raise BadSchedule("An instalment asks for nothing.", hint="Leave it out, or correct it.")
    repaid = sum(row.principal.minor for row in rows)
    if repaid != account.terms.principal.minor:
        raise BadSchedule(
            "The principal of the instalments does not add up to the amount lent.",
            hint="Send every instalment, paid ones too, or correct the amounts.",
        )
