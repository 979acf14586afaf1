"""People and accounts as the lender tells them, its keys, and repeated writes, in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from lending.accounts import Account, Borrower
from lending.holds import Hold
from lending.ids import BorrowerId
from lending.lender_access import Answered, ApiKey, Scope, UnknownApiKey
from lending.portfolio import ContactPoint, UnknownHold
from lending.records import BorrowerRecord, PointKind, PointRecord
from store.insert import insert_or_skip
from store.repositories_accounts import read_account, read_hold
from store.repositories_books import SqlBooks
from store.repositories_borrowers import read_borrower
from store.tables import (
    AccountRow,
    ApiKeyRow,
    ApiRequestRow,
    BorrowerRow,
    ContactPointRow,
    HoldRow,
)


class SqlPortfolio(SqlBooks):
    """Implements `lending.portfolio.Portfolio`."""

    def borrowers(self, *, after: int, limit: int) -> tuple[Borrower, ...]:
        row = BorrowerRow
        query = select(row).where(row.id > after).order_by(row.id).limit(limit)
        return tuple(read_borrower(found) for found in self._session.scalars(query))

    def save_borrower(
        self, record: BorrowerRecord, second_fact: tuple[str, str] | None
    ) -> tuple[Borrower, bool]:
        values = borrower_values(record)
        if second_fact is not None:
            values["second_fact_kind"], values["second_fact_digest"] = second_fact
        new = insert_or_skip(self._session, BorrowerRow, values, unless_same=("reference",))
        if new is None:
            self._session.execute(
                update(BorrowerRow)
                .where(BorrowerRow.reference == record.reference)
                .values(**values)
            )
        query = select(BorrowerRow).where(BorrowerRow.reference == record.reference)
        return read_borrower(self._session.scalars(query).one()), new is not None

    def contact_points(self, borrower_id: BorrowerId) -> tuple[ContactPoint, ...]:
        row = ContactPointRow
        query = select(row).where(row.borrower_id == borrower_id).order_by(row.id)
        return tuple(
            ContactPoint(
                kind=PointKind(found.kind),
                value=found.value,
                verified_at=found.verified_at,
                reachable=found.reachable,
            )
            for found in self._session.scalars(query)
        )

    def save_contact_point(self, borrower_id: BorrowerId, record: PointRecord) -> bool:
        kind, value = record.kind.value, record.value
        same = {"borrower_id": borrower_id, "kind": kind, "value_index": value}
        told = {"verified_at": record.verified_at, "reachable": record.reachable}
        new = insert_or_skip(
            self._session,
            ContactPointRow,
            {**same, "value": value, **told},
            unless_same=tuple(same),
        )
        if new is None:
            self._session.execute(update(ContactPointRow).filter_by(**same).values(**told))
        return new is not None

    def accounts(
        self, *, after: int, limit: int, borrower_id: BorrowerId | None = None
    ) -> tuple[Account, ...]:
        row = AccountRow
        query = select(row).where(row.id > after).order_by(row.id).limit(limit)
        if borrower_id is not None:
            query = query.where(row.borrower_id == borrower_id)
        return tuple(read_account(found) for found in self._session.scalars(query))

    def account(self, reference: str) -> Account | None:
        found = self._session.scalar(select(AccountRow).where(AccountRow.reference == reference))
        return None if found is None else read_account(found)

    def holds(self, borrower_id: BorrowerId) -> tuple[Hold, ...]:
        row = HoldRow
        query = select(row).where(row.borrower_id == borrower_id).order_by(row.id)
        return tuple(read_hold(found) for found in self._session.scalars(query))

    def hold(self, hold_id: int) -> Hold:
        query = select(HoldRow).where(HoldRow.id == hold_id).with_for_update()
        found = self._session.scalar(query)
        if found is None:
            raise UnknownHold("No hold has this number.", hint="List the holds of the borrower.")
        return read_hold(found)


def borrower_values(record: BorrowerRecord) -> dict[str, Any]:
    """The columns of a borrower but for the second fact."""
    return {
        "reference": record.reference,
        "full_name": record.full_name,
        "given_name": record.given_name,
        "language": record.language,
        "timezone": record.timezone,
        "jurisdiction": record.jurisdiction,
        "country": record.country,
    }


class SqlLenderAccess:
    """Implements `lending.lender_access.LenderAccess`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_key(self, key: ApiKey) -> None:
        self._session.execute(
            insert(ApiKeyRow).values(
                id=key.id,
                name=key.name,
                hash=key.hash,
                scopes=sorted(key.scopes),
                created_at=key.created_at,
                expires_at=key.expires_at,
            )
        )

    def key(self, key_id: str) -> ApiKey | None:
        found = self._session.scalar(select(ApiKeyRow).where(ApiKeyRow.id == key_id))
        return None if found is None else _key(found)

    def keys(self) -> tuple[ApiKey, ...]:
        query = select(ApiKeyRow).order_by(ApiKeyRow.created_at, ApiKeyRow.id)
        return tuple(_key(found) for found in self._session.scalars(query))

    def revoke(self, key_id: str, at: datetime) -> None:
        row = ApiKeyRow
        revoked = self._session.execute(
            update(row)
            .where(row.id == key_id, row.revoked_at.is_(None))
            .values(revoked_at=at)
            .returning(row.id)
        ).one_or_none()
        if revoked is None:
            raise UnknownApiKey(
                f"No API key in use has the id {key_id!r}.", hint="List them: tideover api-key list"
            )

    def used(self, key_id: str, at: datetime) -> None:
        self._session.execute(
            update(ApiKeyRow).where(ApiKeyRow.id == key_id).values(last_used_at=at)
        )

    def begin(self, key_id: str, key: str, digest: str, at: datetime) -> Answered | None:
        new = insert_or_skip(
            self._session,
            ApiRequestRow,
            {"api_key_id": key_id, "key": key, "digest": digest, "at": at},
            unless_same=("api_key_id", "key"),
        )
        if new is not None:
            return None
        found = self._session.scalars(
            select(ApiRequestRow).filter_by(api_key_id=key_id, key=key)
        ).one()
        # Committed rows have an answer: `begin` and `finish` share a transaction.
        assert found.status is not None and found.answer is not None
        return Answered(digest=found.digest, status=found.status, answer=found.answer)

    def finish(self, key_id: str, key: str, status: int, answer: Mapping[str, Any]) -> None:
        self._session.execute(
            update(ApiRequestRow)
            .filter_by(api_key_id=key_id, key=key)
            .values(status=status, answer=dict(answer))
        )

    def forget(self, before: datetime) -> int:
        row = ApiRequestRow
        gone = self._session.scalars(delete(row).where(row.at < before).returning(row.id))
        return len(gone.all())


def _key(row: ApiKeyRow) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        hash=row.hash,
        scopes=frozenset(Scope(scope) for scope in row.scopes),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
    )
