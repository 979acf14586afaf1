"""Change the money of an account: each function is one operation, in the caller's transaction.

The ledger decides (`lending.booking`), the port keeps. The account is locked first, so that two
operations on one account come one after the other; every write is idempotent by its key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Protocol

from lending.account_file import AccountFile
from lending.accounts import AccountStatus, EntryKind, Payment, PaymentStatus, Statement
from lending.booking import book, catch_up
from lending.books_of import derived_ledger, is_derived, ledger_file, standing, statements_of
from lending.entries import Posting
from lending.errors import KeyReused, UnknownPosting
from lending.holds import Hold, end_hold
from lending.ids import AccountId, BorrowerId, PromiseId
from lending.ledger import status_of
from lending.ledger_types import NewEntry
from lending.money import Money, total
from lending.payments import PaymentChange, change, postings_for
from lending.promise_states import PromiseState, promise_states
from lending.promises import Promise, make_promise
from lending.quote import payoff_quote_on, quote_of
from lending.schedules import rows_in_effect
from lending.settlement import payoff_postings
from lending.terms import LoanTerms


class Books(Protocol):
    """What keeps the money. One transaction; nothing is kept before the caller's commit."""

    def locked(self, account_id: AccountId) -> AccountFile:
        """The account, locked until the transaction ends. Raises UnknownAccount."""
        ...

    def add_posting(self, account_id: AccountId, posting: Posting, booked_at: datetime) -> None: ...

    def append(self, account_id: AccountId, entries: Sequence[NewEntry]) -> None: ...

    def save_statements(self, account_id: AccountId, statements: Sequence[Statement]) -> None: ...

    def add_payment(
        self, account_id: AccountId, payment: Payment, external_key: str
    ) -> tuple[Payment, bool]:
        """The payment kept under this key, and whether it is new; the given id does not count.

        Raises KeyReused when the key belongs to a payment of another account.
        """
        ...

    def payment(self, account_id: AccountId, external_key: str) -> Payment | None: ...

    def save_payment(self, payment: Payment) -> None: ...

    def save_status(self, account_id: AccountId, status: AccountStatus) -> None: ...

    def add_hold(self, hold: Hold, at: datetime) -> Hold:
        """The hold with its number."""
        ...

    def save_hold(self, hold: Hold) -> None: ...

    def add_promise(self, promise: Promise, at: datetime) -> Promise:
        """The promise with its number."""
        ...

    def accounts_of(self, borrower_id: BorrowerId) -> tuple[AccountId, ...]:
        """Ascending, so that whoever locks them all does it in one order."""
        ...


def record_posting(
    books: Books, account_id: AccountId, posting: Posting, *, today: date, now: datetime
) -> tuple[NewEntry, ...]:
    """Book one outside event; () when it was booked before. Raises the ledger's named errors.

    `today` is the borrower's local day, up to which charges are booked too.
    """
    return _book(books, books.locked(account_id), posting, today=today, now=now)


def bring_up_to_date(
    books: Books, account_id: AccountId, *, through: date, now: datetime
) -> tuple[NewEntry, ...]:
    """Book the interest, fees and penalties due by the day, and take back what is not warranted."""
    file = books.locked(account_id)
    new = catch_up(ledger_file(file, through), through=through, booked_at=now)
    books.append(account_id, new)
    books.save_statements(account_id, statements_of(file, through))
    return new


def record_payment(
    books: Books,
    account_id: AccountId,
    payment: Payment,
    *,
    external_key: str,
    today: date,
    now: datetime,
) -> Payment:
    """Keep a payment as it is first heard of: pending, settled at once, or failed.

    The same key again changes nothing. Raises KeyReused when it came with another amount, day or
    method, and the ledger's errors; then nothing is to be committed.
    """
    file = books.locked(account_id)
    heard = replace(payment, status=PaymentStatus.PENDING, settled_on=None)
    kept, is_new = books.add_payment(account_id, heard, external_key)
    if not is_new:
        _check_same(kept, payment)
        return kept
    if payment.status is PaymentStatus.PENDING:
        return kept
    made = change(kept, payment.status, on=payment.settled_on or payment.initiated_on)
    return _change(books, file, external_key, made, today=today, now=now)


def change_payment(
    books: Books,
    account_id: AccountId,
    external_key: str,
    to: PaymentStatus,
    *,
    on: date,
    today: date,
    now: datetime,
) -> Payment:
    """A payment settled, failed or was taken back on a day; a repeated report changes nothing.

    Raises UnknownPosting, IllegalTransition, DatesOutOfOrder and the ledger's errors.
    """
    file = books.locked(account_id)
    payment = books.payment(account_id, external_key)
    if payment is None:
        raise UnknownPosting("The account has no such payment.", hint="Check its key.")
    made = change(payment, to, on=on)
    return _change(books, file, external_key, made, today=today, now=now)


def place_hold(books: Books, hold: Hold, *, today: date, now: datetime) -> Hold:
    """Keep a new hold (`holds.open_hold`) and take back what was charged on days that it holds."""
    placed = books.add_hold(hold, now)
    _bring_held_up_to_date(books, placed, today=today, now=now)
    return placed


def lift_hold(books: Books, hold: Hold, on: date, *, today: date, now: datetime) -> Hold:
    """End a hold; what fell inside is not charged afterwards. Raises HoldEnded, InvalidHold."""
    lifted = end_hold(hold, on)
    books.save_hold(lifted)
    _bring_held_up_to_date(books, lifted, today=today, now=now)
    return lifted


def _bring_held_up_to_date(books: Books, hold: Hold, *, today: date, now: datetime) -> None:
    held = (hold.account_id,) if hold.account_id else books.accounts_of(hold.borrower_id)
    for account_id in held:
        if is_derived(books.locked(account_id)):
            bring_up_to_date(books, account_id, through=today, now=now)


def take_promise(
    books: Books,
    account_id: AccountId,
    amount: Money,
    due_on: date,
    *,
    latest_on: date,
    today: date,
    now: datetime,
) -> Promise:
    """Keep a promise to pay made today; until it is settled no late fee comes. Raises InvalidPromise.

    No more can be promised than clears the account, less what open promises leave to come.
    """
    file = books.locked(account_id)
    outcomes = promise_states(file.promises, file.payments, today).values()
    to_come = total(
        (one.left for one in outcomes if one.state is PromiseState.OPEN), file.account.currency
    )
    promise = make_promise(
        promise_id=PromiseId(0),
        account=file.account,
        amount=amount,
        today=today,
        due_on=due_on,
        latest_on=latest_on,
        owed=payoff_quote_on(file, due_on).amount - to_come,
    )
    return books.add_promise(promise, now)


def _change(
    books: Books,
    file: AccountFile,
    external_key: str,
    made: PaymentChange,
    *,
    today: date,
    now: datetime,
) -> Payment:
    books.save_payment(made.after)
    account_id = file.account.id
    told = [
        each for posting in postings_for(external_key, made) for each in _with_payoff(file, posting)
    ]
    for number, posting in enumerate(told):
        # Read anew after the first: each booking rests on the rows of the one before.
        current = books.locked(account_id) if number else file
        _book(books, current, posting, today=today, now=now)
    return made.after


def _with_payoff(file: AccountFile, posting: Posting) -> tuple[Posting, ...]:
    """A payment that clears a loan early pays interest to its day only; taking it back undoes both."""
    if posting.kind is EntryKind.REVERSAL:
        extra = {known.key for known in file.postings} & {
            f"{kind}:{posting.reverses}" for kind in ("accrued", "rebate")
        }
        return (posting, *(_reversal_of(file, key, posting) for key in sorted(extra)))
    on = posting.effective_on
    if not isinstance(file.account.terms, LoanTerms) or any(
        known.effective_on > on for known in file.postings
    ):
        return (posting,)
    account = standing(file, on)
    is_early = any(row.due_on > on for _, row in rows_in_effect(file.schedules))
    quote = quote_of(account, on)
    if account.ledger is None or not is_early or not quote.amount or posting.amount < quote.amount:
        return (posting,)
    return payoff_postings(
        account.ledger,
        key=posting.key,
        on=on,
        accrued=quote.accrued,
        amount=posting.amount,
        payment_id=posting.payment_id,
    )


def _reversal_of(file: AccountFile, key: str, like: Posting) -> Posting:
    known = next(posting for posting in file.postings if posting.key == key)
    return replace(like, key=f"back:{key}", amount=known.amount, reverses=key)


def _book(
    books: Books, file: AccountFile, posting: Posting, *, today: date, now: datetime
) -> tuple[NewEntry, ...]:
    new = book(ledger_file(file, today), posting, today=today, booked_at=now)
    if any(known.key == posting.key for known in file.postings):
        return ()
    account_id = file.account.id
    books.add_posting(account_id, posting, now)
    books.append(account_id, new)
    after = replace(file, postings=(*file.postings, posting))
    books.save_statements(account_id, statements_of(after, today))
    status = status_of(after.account, derived_ledger(after, today))
    if status is not file.account.status:
        books.save_status(account_id, status)
    return new


def _check_same(kept: Payment, given: Payment) -> None:
    told = (given.amount, given.initiated_on, given.method)
    if (kept.amount, kept.initiated_on, kept.method) != told:
        raise KeyReused(
            "This key belongs to a payment with another amount, day or method.",
            hint="Give each payment a key of its own.",
        )
