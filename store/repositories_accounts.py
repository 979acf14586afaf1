"""Account files in SQL: eight queries, however many accounts and entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import Select, select
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


class SqlAccounts:
    """Implements `bot.ports.Accounts`. Entries and payments come in the order of booking."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def files_of(self, borrower_id: BorrowerId) -> tuple[AccountFile, ...]:
        files = self._files(select(AccountRow).where(AccountRow.borrower_id == borrower_id))
        return tuple(sorted(files, key=_active_first))

    def files_of_all(
        self, borrower_ids: Collection[BorrowerId]
    ) -> dict[BorrowerId, tuple[AccountFile, ...]]:
        """As `files_of`, of many borrowers; every id has an entry."""
        found: dict[BorrowerId, list[AccountFile]] = {one: [] for one in borrower_ids}
        if found:
            query = select(AccountRow).where(AccountRow.borrower_id.in_(list(found)))
            for file in self._files(query):
                found[file.account.borrower_id].append(file)
        return {one: tuple(sorted(files, key=_active_first)) for one, files in found.items()}

    def file(self, account_id: AccountId) -> AccountFile:
        """Raises UnknownAccount."""
        found = self._files(select(AccountRow).where(AccountRow.id == account_id))
        if not found:
            raise UnknownAccount("There is no such account.", hint="Check the id.")
        return found[0]

    def by_reference(self, reference: str) -> AccountFile | None:
        found = self._files(select(AccountRow).where(AccountRow.reference == reference))
        return found[0] if found else None

    def page(self, *, after: int, limit: int) -> tuple[AccountFile, ...]:
        query = select(AccountRow).where(AccountRow.id > after).order_by(AccountRow.id)
        return tuple(self._files(query.limit(limit)))

    def _files(self, query: Select[AccountRow]) -> list[AccountFile]:
        accounts = [read_account(row) for row in self._session.scalars(query)]
        ids = [account.id for account in accounts]
        if not ids:
            return []
        schedules = self._schedules(ids)
        statements = self._statements(ids)
        entries = self._entries(ids)
        payments = self._payments(ids)
        postings = self._postings(ids)
        holds = self._holds(accounts)
        promises = self._promises(ids)
        return [
            AccountFile(
                account=account,
                schedules=tuple(schedules[account.id]),
                statements=tuple(statements[account.id]),
                entries=tuple(entries[account.id]),
                payments=tuple(payments[account.id]),
                postings=tuple(postings[account.id]),
                holds=tuple(holds[account.id]),
                promises=tuple(promises[account.id]),
            )
            for account in accounts
        ]

    def _schedules(self, ids: Sequence[int]) -> dict[int, list[Schedule]]:
        """Every version of each account's schedule, oldest first."""
        found = self._session.execute(
            select(ScheduleRow, InstalmentRow)
            .where(ScheduleRow.account_id.in_(ids))
            .join(InstalmentRow, InstalmentRow.schedule_id == ScheduleRow.id, isouter=True)
            .order_by(ScheduleRow.version, InstalmentRow.number)
        )
        heads: dict[int, ScheduleRow] = {}
        rows: dict[int, list[Instalment]] = defaultdict(list)
        for head, row in found:
            heads[head.id] = head
            # The outer join gives None for a schedule without instalments.
            if row is not None:
                rows[head.id].append(_instalment(row))
        versions: dict[int, list[Schedule]] = defaultdict(list)
        for head in heads.values():
            versions[head.account_id].append(
                Schedule(
                    version=head.version,
                    reason=head.reason,
                    instalments=tuple(rows[head.id]),
                    from_on=head.from_on,
                )
            )
        return versions

    def _statements(self, ids: Sequence[int]) -> dict[int, list[Statement]]:
        found: dict[int, list[Statement]] = defaultdict(list)
        query = select(StatementRow).where(StatementRow.account_id.in_(ids))
        for row in self._session.scalars(query.order_by(StatementRow.number)):
            found[row.account_id].append(_statement(row))
        return found

    def _entries(self, ids: Sequence[int]) -> dict[int, list[LedgerEntry]]:
        found: dict[int, list[LedgerEntry]] = defaultdict(list)
        query = select(LedgerEntryRow).where(LedgerEntryRow.account_id.in_(ids))
        for row in self._session.scalars(query.order_by(LedgerEntryRow.id)):
            found[row.account_id].append(_entry(row))
        return found

    def _payments(self, ids: Sequence[int]) -> dict[int, list[Payment]]:
        found: dict[int, list[Payment]] = defaultdict(list)
        query = select(PaymentRow).where(PaymentRow.account_id.in_(ids))
        for row in self._session.scalars(query.order_by(PaymentRow.id)):
            found[row.account_id].append(read_payment(row))
        return found

    def _postings(self, ids: Sequence[int]) -> dict[int, list[Posting]]:
        found: dict[int, list[Posting]] = defaultdict(list)
        query = select(PostingRow).where(PostingRow.account_id.in_(ids))
        for row in self._session.scalars(query.order_by(PostingRow.id)):
            found[row.account_id].append(_posting(row))
        return found

    def _holds(self, accounts: Sequence[Account]) -> dict[int, list[Hold]]:
        borrowers = {account.borrower_id for account in accounts}
        query = select(HoldRow).where(HoldRow.borrower_id.in_(borrowers)).order_by(HoldRow.id)
        holds: dict[int, list[Hold]] = defaultdict(list)
        for row in self._session.scalars(query):
            holds[row.borrower_id].append(read_hold(row))
        return defaultdict(
            list,
            {
                account.id: [
                    hold
                    for hold in holds[account.borrower_id]
                    if hold.account_id in (None, account.id)
                ]
                for account in accounts
            },
        )

    def _promises(self, ids: Sequence[int]) -> dict[int, list[Promise]]:
        found: dict[int, list[Promise]] = defaultdict(list)
        row = PromiseRow
        query = select(row).where(row.account_id.in_(ids), row.cancelled_at.is_(None))
        for kept in self._session.scalars(query.order_by(row.id)):
            found[kept.account_id].append(_promise(kept))
        return found


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


def _instalment(row: InstalmentRow) -> Instalment:
    return Instalment(
        number=row.number,
        due_on=row.due_on,
        principal=Money(row.principal_minor, row.currency),
        interest=Money(row.interest_minor, row.currency),
    )


def _statement(row: StatementRow) -> Statement:
    return Statement(
        number=row.number,
        closed_on=row.closed_on,
        due_on=row.due_on,
        balance=Money(row.balance_minor, row.currency),
        minimum_due=Money(row.minimum_due_minor, row.currency),
    )


def _entry(row: LedgerEntryRow) -> LedgerEntry:
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


def _posting(row: PostingRow) -> Posting:
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


def _promise(row: PromiseRow) -> Promise:
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
