"""Where an account stands on a day: overdue, next due, payoff. Derived from entries, never stored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from lending.account_file import AccountFile
from lending.accounts import (
    EntryKind,
    Instalment,
    LedgerEntry,
    Payment,
    PaymentStatus,
    Product,
    Statement,
)
from lending.books_of import Standing, standing
from lending.card_credits import amount_of, credits_after
from lending.delinquency import DEFAULT_TABLE, days_past_due
from lending.money import Money, total
from lending.quote import quote_of
from lending.schedules import rows_in_effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Something to pay by a day. For a card `amount` is the minimum and `full` the statement."""

    due_on: date
    amount: Money
    full: Money
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalmentState:
    """A schedule row with what has been paid towards it."""

    instalment: Instalment
    paid: Money

    @property
    def left(self) -> Money:
        return self.instalment.amount - self.paid

    @property
    def is_paid(self) -> bool:
        return self.left.minor <= 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """An account on `as_of`. `overdue` includes fees and penalties that are owed already.

    `days_past_due` leaves out days of holds that pause the count; `bucket` is their class.
    """

    as_of: date
    overdue: Money
    overdue_since: date | None
    days_past_due: int
    bucket: str
    next_due: Due | None
    payoff: Money
    fees_owed: Money
    pending: Money
    credit: Money
    rows: tuple[InstalmentState, ...]

    @property
    def is_overdue(self) -> bool:
        return self.overdue.minor > 0


def position_of(file: AccountFile, as_of: date) -> Position:
    """Where the account stands at the start of `as_of` (the borrower's local day).

    Something due today is not overdue yet. Pending payments are told apart and change no balance.
    Charges that fall due by then count whether they are booked already or not.
    """
    return _position(_ByIdentity(file), as_of)


class _ByIdentity:
    """A file as a key: it never changes, and comparing all that it holds costs more than it saves."""

    __slots__ = ("file",)

    def __init__(self, file: AccountFile) -> None:
        self.file = file

    def __hash__(self) -> int:
        return id(self.file)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and other.file is self.file


# One message asks three times for the same day of the same file: what to say, and twice whether.
@lru_cache(maxsize=128)
def _position(key: _ByIdentity, as_of: date) -> Position:
    file = key.file
    account = standing(file, as_of)
    entries = tuple(entry for entry in account.file.entries if entry.effective_on <= as_of)
    if file.account.product is Product.CREDIT_CARD:
        return _card_position(account, entries, as_of)
    return _loan_position(account, entries, as_of)


def position_agreed(file: AccountFile, as_of: date) -> Position:
    """The same, but a schedule agreed today counts already, though it applies from tomorrow.

    What is overdue and due next is then that of the new rows; the payoff stays today's.
    """
    today = position_of(file, as_of)
    begins = max((s.from_on for s in file.schedules if s.from_on is not None), default=as_of)
    if begins <= as_of:
        return today
    return replace(position_of(file, begins), as_of=as_of, payoff=today.payoff)


def settled_payments(file: AccountFile) -> tuple[Payment, ...]:
    """Payments that arrived, newest first."""
    return _payments(file, PaymentStatus.SETTLED)


def pending_payments(file: AccountFile) -> tuple[Payment, ...]:
    """Payments that are on their way, newest first."""
    return _payments(file, PaymentStatus.PENDING)


def _payments(file: AccountFile, status: PaymentStatus) -> tuple[Payment, ...]:
    chosen = [payment for payment in file.payments if payment.status is status]
    return tuple(sorted(chosen, key=lambda p: (p.settled_on or p.initiated_on, p.id), reverse=True))


def _loan_position(account: Standing, entries: tuple[LedgerEntry, ...], as_of: date) -> Position:
    file = account.file
    rows = _fill(account, entries)
    currency = file.account.currency
    late = [row for row in rows if row.instalment.due_on < as_of and not row.is_paid]
    ahead = [row for row in rows if row.instalment.due_on >= as_of and not row.is_paid]
    fees = _fees_owed(file, entries)
    next_due = None
    if ahead:
        row = ahead[0]
        next_due = Due(
            due_on=row.instalment.due_on,
            amount=row.left,
            full=row.left,
            number=row.instalment.number,
        )
    since = late[0].instalment.due_on if late else None
    late_days = days_past_due(since, as_of, file.holds)
    return Position(
        as_of=as_of,
        overdue=total((row.left for row in late), currency) + fees,
        overdue_since=since,
        days_past_due=late_days,
        bucket=DEFAULT_TABLE.bucket_of(late_days).name,
        next_due=next_due,
        payoff=quote_of(account, as_of).amount,
        fees_owed=fees,
        pending=_pending_total(file),
        credit=total((entry.credit for entry in entries), currency),
        rows=rows,
    )


def _card_position(account: Standing, entries: tuple[LedgerEntry, ...], as_of: date) -> Position:
    file = account.file
    currency = file.account.currency
    closed = sorted((s for s in file.statements if s.closed_on <= as_of), key=lambda s: s.closed_on)
    late = [s for s in closed if s.due_on < as_of]
    overdue, since = Money.zero(currency), None
    if late:
        # A later statement's minimum includes what the earlier ones left unpaid.
        received = _received_since(account, entries, late[-1].closed_on, as_of)
        overdue = (late[-1].minimum_due - received).at_least_zero()
        if overdue:
            since = _first_unpaid(account, late, entries)
    current = [s for s in closed if s.due_on >= as_of]
    next_due = None
    if current and current[-1].balance.minor > 0:
        statement = current[-1]
        received = _received_since(account, entries, statement.closed_on, as_of)
        full = (statement.balance - received).at_least_zero()
        least = (statement.minimum_due - received).at_least_zero()
        if full:
            next_due = Due(
                due_on=statement.due_on, amount=least, full=full, number=statement.number
            )
    late_days = days_past_due(since, as_of, file.holds)
    return Position(
        as_of=as_of,
        overdue=overdue,
        overdue_since=since,
        days_past_due=late_days,
        bucket=DEFAULT_TABLE.bucket_of(late_days).name,
        next_due=next_due,
        payoff=quote_of(account, as_of).amount,
        fees_owed=_fees_owed(file, entries),
        pending=_pending_total(file),
        credit=total((entry.credit for entry in entries), currency),
        rows=(),
    )


def _received_since(
    account: Standing, entries: tuple[LedgerEntry, ...], closed_on: date, through: date
) -> Money:
    """What counts as paying a statement: money and waivers after its closing day."""
    currency = account.file.account.currency
    if account.ledger is not None:
        received = credits_after(closed_on, account.ledger.lines)
        return Money(amount_of(received, through), currency)
    return total(
        (
            entry.received
            for entry in entries
            if entry.kind in (EntryKind.REPAYMENT, EntryKind.REVERSAL)
            and closed_on < entry.effective_on <= through
        ),
        currency,
    )


def _first_unpaid(
    account: Standing, late: list[Statement], entries: tuple[LedgerEntry, ...]
) -> date:
    """The due date from which the minimum has been owed without a break, newest statement back."""
    since = late[-1].due_on
    for statement, following in zip(reversed(late[:-1]), reversed(late[1:]), strict=True):
        received = _received_since(account, entries, statement.closed_on, following.closed_on)
        if received >= statement.minimum_due:
            break
        since = statement.due_on
    return since


def _fill(account: Standing, entries: tuple[LedgerEntry, ...]) -> tuple[InstalmentState, ...]:
    """Each instalment with what has been paid of it; a mirror's payments fill the oldest first."""
    file = account.file
    if account.ledger is not None:
        return tuple(
            InstalmentState(instalment=row.instalment, paid=row.instalment.amount - row.left)
            for row in account.ledger.instalments
        )
    paid_kinds = (EntryKind.REPAYMENT, EntryKind.WAIVER, EntryKind.REVERSAL)
    principal = -sum(entry.principal.minor for entry in entries if entry.kind in paid_kinds)
    interest = -sum(entry.interest.minor for entry in entries if entry.kind in paid_kinds)
    rows = []
    for _, instalment in rows_in_effect(file.schedules):
        principal_part = min(principal, instalment.principal.minor)
        interest_part = min(interest, instalment.interest.minor)
        principal -= principal_part
        interest -= interest_part
        paid = Money(principal_part + interest_part, file.account.currency)
        rows.append(InstalmentState(instalment=instalment, paid=paid))
    return tuple(rows)


def _fees_owed(file: AccountFile, entries: tuple[LedgerEntry, ...]) -> Money:
    return total((entry.fee + entry.penalty for entry in entries), file.account.currency)


def _pending_total(file: AccountFile) -> Money:
    return total((payment.amount for payment in pending_payments(file)), file.account.currency)
