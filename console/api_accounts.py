"""The API: accounts with their schedules, postings, payments and quotes."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response, Security
from fastapi.responses import JSONResponse

from bot.ports import UnitOfWork
from console.account_answers import quote_answer
from console.account_json import PostingForm
from console.api_answers import (
    AccountAnswer,
    AccountDetails,
    EntryAnswer,
    Page,
    PaymentAnswer,
    QuoteAnswer,
    ScheduleAnswer,
    entries_of,
)
from console.api_borrowers import Reference, borrower_of
from console.api_key import Parts, PartsOf, caller_of
from console.api_once import Done, IdempotencyKey, once
from console.api_paging import WindowOf, page
from console.api_problem import BadRequest
from console.lender_forms import (
    REFERENCE,
    AccountForm,
    PaymentChangeForm,
    PaymentForm,
    ScheduleForm,
)
from lending.account_file import AccountFile
from lending.accounts import Account, Borrower, Payment, PaymentStatus
from lending.bookkeeping import change_payment, record_payment, record_posting
from lending.dates import local_day
from lending.errors import DatesOutOfOrder, UnknownAccount, WrongCurrency
from lending.ids import PaymentId
from lending.lender_access import ApiKey, Scope
from lending.portfolio import open_account, take_schedule
from lending.records import PaymentRecord

router = APIRouter(prefix="/accounts", tags=["accounts"])

Reader = Annotated[ApiKey, Security(caller_of, scopes=[Scope.ACCOUNTS_READ])]
Writer = Annotated[ApiKey, Security(caller_of, scopes=[Scope.ACCOUNTS_WRITE])]
PaymentReader = Annotated[ApiKey, Security(caller_of, scopes=[Scope.PAYMENTS_READ])]
Payer = Annotated[ApiKey, Security(caller_of, scopes=[Scope.PAYMENTS_WRITE])]
OnDay = Annotated[
    date | None, Query(description="As of this day; the borrower's today without it.")
]
MOST_DAYS_AHEAD = 3_660


@router.get("")
def list_accounts(
    parts: PartsOf,
    caller: Reader,
    asked: WindowOf,
    borrower: Annotated[str | None, Query(pattern=REFERENCE, max_length=64)] = None,
) -> Page[AccountAnswer]:
    """All accounts, or those of one borrower, in the order of keeping."""
    with parts.store.unit() as uow:
        whose = None if borrower is None else borrower_of(uow, borrower).id
        found = uow.portfolio.accounts(after=asked.after, limit=asked.limit + 1, borrower_id=whose)
        people = {one.borrower_id: uow.borrowers.get(one.borrower_id) for one in found}
    return page(
        found,
        asked,
        number=lambda one: one.id,
        tell=lambda one: AccountAnswer.of(one, people[one.borrower_id]),
    )


@router.get("/{reference}")
def show_account(
    reference: Reference, parts: PartsOf, caller: Reader, on: OnDay = None
) -> AccountDetails:
    """An account, and where it stands at the start of a day."""
    with parts.store.unit() as uow:
        file, borrower = file_of(uow, reference)
    return AccountDetails.at(file, borrower, day_of(parts, file.account, borrower, on))


@router.put("/{reference}", responses={201: {"description": "A new account."}})
def put_account(
    reference: Reference, form: AccountForm, parts: PartsOf, caller: Writer, response: Response
) -> AccountAnswer:
    """Tell of an account as it was agreed. The same again changes nothing; other terms are refused."""
    with parts.store.unit() as uow:
        borrower = borrower_of(uow, form.borrower)
        now = parts.clock()
        account, is_new = open_account(
            uow.portfolio,
            form.to_record(reference),
            borrower.id,
            today=local_day(now, borrower.timezone),
            now=now,
        )
        uow.commit()
    response.status_code = 201 if is_new else 200
    return AccountAnswer.of(account, borrower)


@router.get("/{reference}/quote")
def show_quote(
    reference: Reference, parts: PartsOf, caller: Reader, on: OnDay = None
) -> QuoteAnswer:
    """What clears the account on a day, by part."""
    with parts.store.unit() as uow:
        file, borrower = file_of(uow, reference)
    day = day_of(parts, file.account, borrower, on)
    return QuoteAnswer(**quote_answer(file, day))


@router.get("/{reference}/entries")
def list_entries(reference: Reference, parts: PartsOf, caller: Reader) -> Page[EntryAnswer]:
    """The booked rows of the ledger, in the order of booking."""
    with parts.store.unit() as uow:
        file, _ = file_of(uow, reference)
    return Page(items=entries_of(file), next_cursor=None)


@router.post("/{reference}/postings", status_code=201, response_model=Page[EntryAnswer])
def post_posting(
    reference: Reference, form: PostingForm, parts: PartsOf, caller: Writer, key: IdempotencyKey
) -> JSONResponse:
    """Tell of a purchase, fee, waiver, refund ... (docs/account-json.md); payments have their own route."""

    def write(uow: UnitOfWork) -> Done:
        file, borrower = file_of(uow, reference)
        now = parts.clock()
        record_posting(
            uow.portfolio,
            file.account.id,
            form.to_posting(file.account.currency),
            today=local_day(now, borrower.timezone),
            now=now,
        )
        after, _ = file_of(uow, reference)
        return Done(status=201, answer=Page(items=entries_of(after), next_cursor=None))

    return once(parts, caller, key, ("posting", reference), form, write)


@router.get("/{reference}/schedules")
def list_schedules(reference: Reference, parts: PartsOf, caller: Reader) -> Page[ScheduleAnswer]:
    """Every version of the schedule, oldest first; the last is in force."""
    with parts.store.unit() as uow:
        file, _ = file_of(uow, reference)
    return Page(items=[ScheduleAnswer.of(one) for one in file.schedules], next_cursor=None)


@router.put("/{reference}/schedules/1", responses={201: {"description": "A new schedule."}})
def put_schedule(
    reference: Reference, form: ScheduleForm, parts: PartsOf, caller: Writer, response: Response
) -> ScheduleAnswer:
    """The lender's own schedule of an account with `"schedule": "sent"`; later versions are plans."""
    with parts.store.unit() as uow:
        file, _ = file_of(uow, reference)
        record = form.to_record(reference, file.account.currency)
        schedule, is_new = take_schedule(
            uow.portfolio, uow.portfolio.locked(file.account.id), record.instalments, parts.clock()
        )
        uow.commit()
    response.status_code = 201 if is_new else 200
    return ScheduleAnswer.of(schedule)


@router.get("/{reference}/payments", tags=["payments"])
def list_payments(
    reference: Reference, parts: PartsOf, caller: PaymentReader
) -> Page[PaymentAnswer]:
    """Every payment of the account, in the order in which they became known."""
    with parts.store.unit() as uow:
        file, _ = file_of(uow, reference)
    return Page(items=[PaymentAnswer.of(one) for one in file.payments], next_cursor=None)


@router.post(
    "/{reference}/payments", status_code=201, response_model=PaymentAnswer, tags=["payments"]
)
def post_payment(
    reference: Reference, form: PaymentForm, parts: PartsOf, caller: Payer, key: IdempotencyKey
) -> JSONResponse:
    """Tell of a payment: pending, settled or failed. Its own `key` makes it one payment, too."""

    def write(uow: UnitOfWork) -> Done:
        file, borrower = file_of(uow, reference)
        now = parts.clock()
        today = local_day(now, borrower.timezone)
        record = form.to_record(reference)
        check_payment(record, file.account, today)
        paid = record_payment(
            uow.portfolio,
            file.account.id,
            payment_of(record),
            external_key=record.key,
            today=today,
            now=now,
        )
        return Done(status=201, answer=PaymentAnswer.of(paid))

    return once(parts, caller, key, ("payment", reference), form, write)


@router.post(
    "/{reference}/payments/{payment}/changes",
    status_code=201,
    response_model=PaymentAnswer,
    tags=["payments"],
)
def post_payment_change(
    reference: Reference,
    payment: Annotated[str, Path(pattern=REFERENCE, max_length=64)],
    form: PaymentChangeForm,
    parts: PartsOf,
    caller: Payer,
    key: IdempotencyKey,
) -> JSONResponse:
    """A payment settled, failed or was taken back. A repeated report changes nothing."""

    def write(uow: UnitOfWork) -> Done:
        file, borrower = file_of(uow, reference)
        now = parts.clock()
        changed = change_payment(
            uow.portfolio,
            file.account.id,
            payment,
            PaymentStatus(form.status),
            on=form.on,
            today=local_day(now, borrower.timezone),
            now=now,
        )
        return Done(status=201, answer=PaymentAnswer.of(changed))

    return once(parts, caller, key, ("change", reference, payment), form, write)


def file_of(uow: UnitOfWork, reference: str) -> tuple[AccountFile, Borrower]:
    """Raises UnknownAccount."""
    file = uow.accounts.by_reference(reference)
    if file is None:
        raise UnknownAccount(
            f"No account has the reference {reference!r}.", hint="Send the account first."
        )
    return file, uow.borrowers.get(file.account.borrower_id)


def day_of(parts: Parts, account: Account, borrower: Borrower, on: date | None) -> date:
    """Raises BadRequest for a day before the account was opened, or too far ahead to work out."""
    today = local_day(parts.clock(), borrower.timezone)
    day = on or max(today, account.opened_on)
    if day < account.opened_on or (day - today).days > MOST_DAYS_AHEAD:
        raise BadRequest(
            f"The account cannot be looked at as of {day}.",
            hint=f"Give a day from {account.opened_on} to {MOST_DAYS_AHEAD} days ahead.",
        )
    return day


def check_payment(record: PaymentRecord, account: Account, today: date) -> None:
    """What a payment that changes no balance yet would not be refused for. Raises LendingError."""
    if record.amount.currency != account.currency:
        raise WrongCurrency(
            f"The account is in {account.currency}, the payment in {record.amount.currency}.",
            hint="Convert it first, or choose the right account.",
        )
    if not account.opened_on <= record.initiated_on <= today:
        raise DatesOutOfOrder(
            "The payment is dated before the account was opened, or in the future.",
            hint="Correct the date.",
        )


def payment_of(record: PaymentRecord) -> Payment:
    """The payment of a record; its number is still to come."""
    return Payment(
        id=PaymentId(0),
        amount=record.amount,
        status=record.status,
        method=record.method,
        initiated_on=record.initiated_on,
        settled_on=record.settled_on,
    )
