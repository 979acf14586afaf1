"""Writes of the money in SQL; `lending.bookkeeping` says what is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

from sqlalchemy import Table, insert, select, update
from sqlalchemy.orm import Session

from lending.account_file import AccountFile
from lending.accounts import Account, AccountStatus, Payment, Schedule, Statement
from lending.entries import Posting, Split
from lending.errors import KeyReused, UnknownAccount
from lending.feeds import Feed, advance
from lending.holds import Hold
from lending.ids import AccountId, BorrowerId, PromiseId
from lending.ledger_types import NewEntry
from lending.promises import Promise
from store.insert import insert_or_skip
from store.repositories_accounts import SqlAccounts, read_payment
from store.tables import (
    AccountRow,
    FeedRow,
    HoldRow,
    InstalmentRow,
    LedgerEntryRow,
    PaymentRow,
    PostingRow,
    PromiseRow,
    ScheduleRow,
    StatementRow,
)
from store.terms import terms_to_json


class SqlBooks:
    """Implements `lending.bookkeeping.Books`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_account(self, account: Account) -> Account:
        new_id: int = self._session.execute(
            insert(AccountRow)
            .values(
                borrower_id=account.borrower_id,
                reference=account.reference,
                product=account.product.value,
                currency=account.currency,
                status=account.status.value,
                opened_on=account.opened_on,
                terms=terms_to_json(account.terms),
            )
            .returning(AccountRow.id)
        ).scalar_one()
        return replace(account, id=AccountId(new_id))

    def locked(self, account_id: AccountId) -> AccountFile:
        row = AccountRow
        if not self._session.scalar(
            select(row.id).where(row.id == account_id).with_for_update()
        ):  # SQLite has one writer at a time and ignores the lock
            raise UnknownAccount("There is no such account.", hint="Check the id.")
        return SqlAccounts(self._session).file(account_id)

    def add_posting(self, account_id: AccountId, posting: Posting, booked_at: datetime) -> None:
        self._session.execute(
            insert(PostingRow).values(
                account_id=account_id,
                currency=posting.amount.currency,
                key=posting.key,
                kind=posting.kind.value,
                effective_on=posting.effective_on,
                booked_at=booked_at,
                amount_minor=posting.amount.minor,
                split=None if posting.split is None else _split_to_json(posting.split),
                reverses=posting.reverses,
                payment_id=posting.payment_id,
                note=posting.note,
            )
        )

    def append(self, account_id: AccountId, entries: Sequence[NewEntry]) -> None:
        """Many in one statement: a late account's first payment books a year of charges."""
        row = LedgerEntryRow
        ids: dict[str, int] = {}
        waiting: list[dict[str, object]] = []

        def keep() -> None:
            if waiting:
                self._session.connection().execute(insert(cast(Table, row.__table__)), waiting)
                waiting.clear()

        for entry in entries:
            if entry.reverses and entry.reverses not in ids:
                keep()  # it may be among them
                wanted = [one.reverses for one in entries if one.reverses]
                query = select(row.idempotency_key, row.id).where(
                    row.account_id == account_id, row.idempotency_key.in_(wanted)
                )
                ids |= {key: row_id for key, row_id in self._session.execute(query)}
            waiting.append(
                {
                    "account_id": account_id,
                    "currency": entry.split.principal.currency,
                    "kind": entry.kind.value,
                    "effective_on": entry.effective_on,
                    "booked_at": entry.booked_at,
                    "idempotency_key": entry.idempotency_key,
                    "origin": entry.origin,
                    "principal_minor": entry.split.principal.minor,
                    "interest_minor": entry.split.interest.minor,
                    "fee_minor": entry.split.fee.minor,
                    "penalty_minor": entry.split.penalty.minor,
                    "credit_minor": entry.split.credit.minor,
                    "reverses": ids[entry.reverses] if entry.reverses else None,
                    "payment_id": entry.payment_id,
                }
            )
        keep()

    def save_statements(self, account_id: AccountId, statements: Sequence[Statement]) -> None:
        for statement in statements:
            values = {
                "closed_on": statement.closed_on,
                "due_on": statement.due_on,
                "balance_minor": statement.balance.minor,
                "minimum_due_minor": statement.minimum_due.minor,
            }
            key = {"account_id": account_id, "number": statement.number}
            currency = statement.balance.currency
            new = insert_or_skip(
                self._session,
                StatementRow,
                {**key, **values, "currency": currency},
                unless_same=("account_id", "number"),
            )
            if new is None:
                self._session.execute(update(StatementRow).filter_by(**key).values(**values))

    def add_schedule(self, account_id: AccountId, schedule: Schedule, at: datetime) -> None:
        schedule_id = self._session.execute(
            insert(ScheduleRow)
            .values(
                account_id=account_id,
                version=schedule.version,
                reason=schedule.reason,
                created_at=at,
                from_on=schedule.from_on,
            )
            .returning(ScheduleRow.id)
        ).scalar_one()
        rows, principal, interest = [], 0, 0
        for row in schedule.instalments:
            if schedule.from_on is None or row.due_on >= schedule.from_on:
                principal += row.principal.minor
                interest += row.interest.minor
            rows.append(
                {
                    "schedule_id": schedule_id,
                    "number": row.number,
                    "due_on": row.due_on,
                    "currency": row.principal.currency,
                    "principal_minor": row.principal.minor,
                    "interest_minor": row.interest.minor,
                    "principal_to_date_minor": principal,
                    "interest_to_date_minor": interest,
                }
            )
        self._session.execute(insert(InstalmentRow), rows)

    def add_payment(
        self, account_id: AccountId, payment: Payment, external_key: str
    ) -> tuple[Payment, bool]:
        new_id = insert_or_skip(
            self._session,
            PaymentRow,
            {
                "account_id": account_id,
                "currency": payment.amount.currency,
                "amount_minor": payment.amount.minor,
                "status": payment.status.value,
                "method": payment.method,
                "initiated_on": payment.initiated_on,
                "settled_on": payment.settled_on,
                "external_key": external_key,
            },
            unless_same=("external_key",),
        )
        found = self._session.scalars(
            select(PaymentRow).where(PaymentRow.external_key == external_key)
        ).one()
        if found.account_id != account_id:
            raise KeyReused(
                "This payment key belongs to a payment of another account.",
                hint="Give each payment a key of its own.",
            )
        return read_payment(found), new_id is not None

    def payment(self, account_id: AccountId, external_key: str) -> Payment | None:
        found = self._session.scalars(
            select(PaymentRow).filter_by(account_id=account_id, external_key=external_key)
        ).one_or_none()
        return None if found is None else read_payment(found)

    def save_payment(self, payment: Payment) -> None:
        self._session.execute(
            update(PaymentRow)
            .where(PaymentRow.id == payment.id)
            .values(status=payment.status.value, settled_on=payment.settled_on)
        )

    def save_status(self, account_id: AccountId, status: AccountStatus) -> None:
        self._session.execute(
            update(AccountRow).where(AccountRow.id == account_id).values(status=status.value)
        )

    def add_hold(self, hold: Hold, at: datetime) -> Hold:
        new_id: int = self._session.execute(
            insert(HoldRow)
            .values(
                kind=hold.kind.value,
                borrower_id=hold.borrower_id,
                account_id=hold.account_id,
                from_on=hold.from_on,
                until_on=hold.until_on,
                owner=hold.owner,
                reason=hold.reason,
                suspends=sorted(what.value for what in hold.suspends),
                created_at=at,
            )
            .returning(HoldRow.id)
        ).scalar_one()
        return replace(hold, id=new_id)

    def save_hold(self, hold: Hold) -> None:
        self._session.execute(
            update(HoldRow).where(HoldRow.id == hold.id).values(until_on=hold.until_on)
        )

    def add_promise(self, promise: Promise, at: datetime) -> Promise:
        new_id: int = self._session.execute(
            insert(PromiseRow)
            .values(
                account_id=promise.account_id,
                currency=promise.amount.currency,
                amount_minor=promise.amount.minor,
                made_on=promise.made_on,
                due_on=promise.due_on,
                grace_days=promise.grace_days,
                created_at=at,
            )
            .returning(PromiseRow.id)
        ).scalar_one()
        return replace(promise, id=PromiseId(new_id))

    def accounts_of(self, borrower_id: BorrowerId) -> tuple[AccountId, ...]:
        found = self._session.scalars(
            select(AccountRow.id).where(AccountRow.borrower_id == borrower_id)
        )
        return tuple(AccountId(account_id) for account_id in sorted(found))

    def feed(self, name: str) -> Feed:
        """The feed, locked until the transaction ends; one never heard of has no watermark."""
        row = FeedRow
        watermark = self._session.scalar(
            select(row.watermark).where(row.name == name).with_for_update()
        )
        return Feed(name=name, watermark=watermark)

    def advance_feed(self, name: str, watermark: datetime) -> Feed:
        """Raises WatermarkBack: what was known cannot become unknown."""
        before = self.feed(name)
        after = advance(before, watermark)
        if before.watermark is None:
            self._session.execute(insert(FeedRow).values(name=name, watermark=watermark))
        else:
            self._session.execute(
                update(FeedRow).where(FeedRow.name == name).values(watermark=watermark)
            )
        return after


def _split_to_json(split: Split) -> dict[str, int]:
    return {
        "principal": split.principal.minor,
        "interest": split.interest.minor,
        "fee": split.fee.minor,
        "penalty": split.penalty.minor,
        "credit": split.credit.minor,
    }
