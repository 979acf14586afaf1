"""Account files in SQL: eight queries, however many accounts and entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import partial
from typing import Any

from sqlalchemy import FromClause, Select, bindparam, select
from sqlalchemy.orm import Session

from lending.account_file import AccountFile
from lending.accounts import (
    Account,
    AccountStatus,
    EntryKind,
    Instalment,
    LedgerEntry,
    Payment,
    PaymentStatus,
    Product,
    Schedule,
    Statement,
)
from lending.entries import Posting, Split
from lending.errors import UnknownAccount
from lending.holds import Hold, HoldKind, Suspended
from lending.ids import AccountId, BorrowerId, LedgerEntryId, PaymentId, PromiseId
from lending.money import Money
from lending.promises import Promise
from store.account_memory import AccountMemory, Rows
from store.base import table_of
from store.tables import (
    AccountRow,
    HoldRow,
    InstalmentRow,
    LedgerEntryRow,
    PaymentRow,
    PostingRow,
    PromiseRow,
    ScheduleRow,
    StatementRow,
)
from store.terms import terms_from_json

# Statements are made once, over tables and not mapped classes: a turn reads files several times.


def _of_accounts(table: FromClause, order_by: str) -> Select[Any]:
    wanted = table.c.account_id.in_(bindparam("ids", expanding=True))
    return select(table).where(wanted).order_by(table.c[order_by])


_ACCOUNT = table_of(AccountRow).c
_SCHEDULE = table_of(ScheduleRow).c
_INSTALMENT = table_of(InstalmentRow).c
_HOLD = table_of(HoldRow).c

_OF_BORROWER = select(table_of(AccountRow)).where(_ACCOUNT.borrower_id == bindparam("borrower"))
_OF_BORROWERS = select(table_of(AccountRow)).where(
    _ACCOUNT.borrower_id.in_(bindparam("borrowers", expanding=True))
)
_BY_ID = select(table_of(AccountRow)).where(_ACCOUNT.id == bindparam("id"))
_BY_REFERENCE = select(table_of(AccountRow)).where(_ACCOUNT.reference == bindparam("reference"))
_PAGE = (
    select(table_of(AccountRow))
    .where(_ACCOUNT.id > bindparam("after"))
    .order_by(_ACCOUNT.id)
    .limit(bindparam("limit"))
)
# Every version of each account's schedule, oldest first; one without instalments has none.
_SCHEDULES = (
    select(
        _SCHEDULE.account_id,
        _SCHEDULE.version,
        _SCHEDULE.reason,
        _SCHEDULE.from_on,
        _INSTALMENT.number,
        _INSTALMENT.due_on,
        _INSTALMENT.currency,
        _INSTALMENT.principal_minor,
        _INSTALMENT.interest_minor,
    )
    .where(_SCHEDULE.account_id.in_(bindparam("ids", expanding=True)))
    .join_from(
        table_of(ScheduleRow),
        table_of(InstalmentRow),
        _INSTALMENT.schedule_id == _SCHEDULE.id,
        isouter=True,
    )
    .order_by(_SCHEDULE.version, _INSTALMENT.number)
)
_STATEMENTS = _of_accounts(table_of(StatementRow), "number")
_ENTRIES = _of_accounts(table_of(LedgerEntryRow), "id")
_PAYMENTS = _of_accounts(table_of(PaymentRow), "id")
_POSTINGS = _of_accounts(table_of(PostingRow), "id")
_PROMISES = _of_accounts(table_of(PromiseRow), "id").where(
    table_of(PromiseRow).c.cancelled_at.is_(None)
)
_PARTS = (_SCHEDULES, _STATEMENTS, _ENTRIES, _PAYMENTS, _POSTINGS, _PROMISES)
_HOLDS = (
    select(table_of(HoldRow))
    .where(_HOLD.borrower_id.in_(bindparam("ids", expanding=True)))
    .order_by(_HOLD.id)
)


class SqlAccounts:
    """Implements `bot.ports.Accounts`. Entries and payments come in the order of booking."""

    def __init__(self, session: Session, memory: AccountMemory | None = None) -> None:
        self._session = session
        self._memory = memory or AccountMemory(size=0)

    def files_of(self, borrower_id: BorrowerId) -> tuple[AccountFile, ...]:
        files = self._files(_OF_BORROWER, borrower=borrower_id)
        return tuple(sorted(files, key=_active_first))

    def files_of_all(
        self, borrower_ids: Collection[BorrowerId]
    ) -> dict[BorrowerId, tuple[AccountFile, ...]]:
        """As `files_of`, of many borrowers; every id has an entry."""
        found: dict[BorrowerId, list[AccountFile]] = {one: [] for one in borrower_ids}
        if found:
            for file in self._files(_OF_BORROWERS, borrowers=list(found)):
                found[file.account.borrower_id].append(file)
        return {one: tuple(sorted(files, key=_active_first)) for one, files in found.items()}

    def file(self, account_id: AccountId) -> AccountFile:
        """Raises UnknownAccount."""
        found = self._files(_BY_ID, id=account_id)
        if not found:
            raise UnknownAccount("There is no such account.", hint="Check the id.")
        return found[0]

    def by_reference(self, reference: str) -> AccountFile | None:
        found = self._files(_BY_REFERENCE, reference=reference)
        return found[0] if found else None

    def page(self, *, after: int, limit: int) -> tuple[AccountFile, ...]:
        return tuple(self._files(_PAGE, after=after, limit=limit))

    def _files(self, query: Select[Any], **values: Any) -> list[AccountFile]:
        connection = self._session.connection()  # looked up once for all of them
        accounts = connection.execute(query, values).all()
        if not accounts:
            return []
        ids = [row.id for row in accounts]
        parts = [_by_account(connection.execute(part, {"ids": ids})) for part in _PARTS]
        borrowers = list({row.borrower_id for row in accounts})
        holds = connection.execute(_HOLDS, {"ids": borrowers}).all()
        files = []
        for row in accounts:
            own = [
                hold
                for hold in holds
                if hold.borrower_id == row.borrower_id and hold.account_id in (None, row.id)
            ]
            kept = [row], *(part[row.id] for part in parts), own
            rows: Rows = tuple(tuple(map(tuple, of_part)) for of_part in kept)
            files.append(self._memory.file(row.id, rows, partial(_file_of, *kept)))
        return files


def _by_account(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.account_id].append(row)
    return found


def _file_of(
    account: Sequence[Any],
    schedules: Sequence[Any],
    statements: Sequence[Any],
    entries: Sequence[Any],
    payments: Sequence[Any],
    postings: Sequence[Any],
    promises: Sequence[Any],
    holds: Sequence[Any],
) -> AccountFile:
    return AccountFile(
        account=read_account(account[0]),
        schedules=_schedules(schedules),
        statements=tuple(map(_statement, statements)),
        entries=tuple(map(_entry, entries)),
        payments=tuple(map(read_payment, payments)),
        postings=tuple(map(_posting, postings)),
        holds=tuple(map(read_hold, holds)),
        promises=tuple(map(_promise, promises)),
    )


def _schedules(rows: Sequence[Any]) -> tuple[Schedule, ...]:
    heads: dict[int, Any] = {}
    instalments: dict[int, list[Instalment]] = defaultdict(list)
    for row in rows:
        heads[row.version] = row
        # The outer join gives None for a schedule without instalments.
        if row.number is not None:
            instalments[row.version].append(_instalment(row))
    return tuple(
        Schedule(
            version=version,
            reason=row.reason,
            instalments=tuple(instalments[version]),
            from_on=row.from_on,
        )
        for version, row in heads.items()
    )


def _active_first(file: AccountFile) -> tuple[bool, str]:
    return file.account.status is not AccountStatus.ACTIVE, file.account.reference


def read_account(row: AccountRow) -> Account:
    return Account(
        id=AccountId(row.id),
        borrower_id=BorrowerId(row.borrower_id),
        reference=row.reference,
        product=Product(row.product),
        currency=row.currency,
        status=AccountStatus(row.status),
        opened_on=row.opened_on,
        terms=terms_from_json(row.terms, row.currency),
    )


def _instalment(row: Any) -> Instalment:
    return Instalment(
        number=row.number,
        due_on=row.due_on,
        principal=Money(row.principal_minor, row.currency),
        interest=Money(row.interest_minor, row.currency),
    )


def _statement(row: Any) -> Statement:
    return Statement(
        number=row.number,
        closed_on=row.closed_on,
        due_on=row.due_on,
        balance=Money(row.balance_minor, row.currency),
        minimum_due=Money(row.minimum_due_minor, row.currency),
    )


def _entry(row: Any) -> LedgerEntry:
    return LedgerEntry(
        id=LedgerEntryId(row.id),
        kind=EntryKind(row.kind),
        effective_on=row.effective_on,
        booked_at=row.booked_at,
        idempotency_key=row.idempotency_key,
        principal=Money(row.principal_minor, row.currency),
        interest=Money(row.interest_minor, row.currency),
        fee=Money(row.fee_minor, row.currency),
        penalty=Money(row.penalty_minor, row.currency),
        credit=Money(row.credit_minor, row.currency),
        reverses=None if row.reverses is None else LedgerEntryId(row.reverses),
        payment_id=None if row.payment_id is None else PaymentId(row.payment_id),
        origin=row.origin,
    )


def _posting(row: Any) -> Posting:
    return Posting(
        key=row.key,
        kind=EntryKind(row.kind),
        effective_on=row.effective_on,
        amount=Money(row.amount_minor, row.currency),
        split=None if row.split is None else Split.of(row.currency, **row.split),
        reverses=row.reverses,
        payment_id=None if row.payment_id is None else PaymentId(row.payment_id),
        note=row.note,
    )


def read_hold(row: HoldRow) -> Hold:
    return Hold(
        id=row.id,
        kind=HoldKind(row.kind),
        borrower_id=BorrowerId(row.borrower_id),
        account_id=None if row.account_id is None else AccountId(row.account_id),
        from_on=row.from_on,
        until_on=row.until_on,
        owner=row.owner,
        reason=row.reason,
        suspends=frozenset(Suspended(what) for what in row.suspends),
    )


def _promise(row: Any) -> Promise:
    return Promise(
        id=PromiseId(row.id),
        account_id=AccountId(row.account_id),
        amount=Money(row.amount_minor, row.currency),
        made_on=row.made_on,
        due_on=row.due_on,
        grace_days=row.grace_days,
    )


def read_payment(row: PaymentRow) -> Payment:
    return Payment(
        id=PaymentId(row.id),
        amount=Money(row.amount_minor, row.currency),
        status=PaymentStatus(row.status),
        method=row.method,
        initiated_on=row.initiated_on,
        settled_on=row.settled_on,
    )
