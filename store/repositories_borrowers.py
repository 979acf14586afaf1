"""Borrowers, what proves who they are, and link tokens, in SQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from lending.accounts import Borrower
from lending.ids import BorrowerId, ConversationId
from store.base import table_of
from store.errors import UnknownBorrower
from store.tables import BorrowerRow, IdentityAttemptRow, LinkTokenRow

# Made once: every turn runs it.
_GET = select(table_of(BorrowerRow)).where(table_of(BorrowerRow).c.id == bindparam("id"))


class SqlBorrowers:
    """Implements `bot.ports.Borrowers`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, borrower_id: BorrowerId) -> Borrower:
        """Raises UnknownBorrower."""
        return read_borrower(self._row(borrower_id))

    def by_reference(self, reference: str) -> Borrower | None:
        row = self._session.scalar(select(BorrowerRow).where(BorrowerRow.reference == reference))
        return read_borrower(row) if row else None

    def second_fact(self, borrower_id: BorrowerId) -> tuple[str, str] | None:
        row = self._row(borrower_id)
        if row.second_fact_kind is None or row.second_fact_digest is None:
            return None
        return row.second_fact_kind, row.second_fact_digest

    def identity_failures(self, borrower_id: BorrowerId, since: datetime) -> int:
        return self._failures(
            IdentityAttemptRow.borrower_id == borrower_id,
            IdentityAttemptRow.kind == "second_fact",
            IdentityAttemptRow.at >= since,
        )

    def add_identity_attempt(
        self,
        *,
        borrower_id: BorrowerId | None,
        conversation_id: ConversationId,
        kind: str,
        succeeded: bool,
        at: datetime,
    ) -> None:
        self._session.execute(
            insert(IdentityAttemptRow).values(
                borrower_id=borrower_id,
                conversation_id=conversation_id,
                kind=kind,
                succeeded=succeeded,
                at=at,
            )
        )

    def conversation_failures(
        self, conversation_id: ConversationId, kind: str, since: datetime
    ) -> int:
        return self._failures(
            IdentityAttemptRow.conversation_id == conversation_id,
            IdentityAttemptRow.kind == kind,
            IdentityAttemptRow.at >= since,
        )

    def set_language(self, borrower_id: BorrowerId, language: str) -> None:
        """Raises UnknownBorrower."""
        changed = self._session.execute(
            update(BorrowerRow)
            .where(BorrowerRow.id == borrower_id)
            .values(language=language)
            .returning(BorrowerRow.id)
        ).one_or_none()
        if changed is None:
            raise _unknown()

    def _row(self, borrower_id: BorrowerId) -> Any:
        row = self._session.execute(_GET, {"id": borrower_id}).one_or_none()
        if row is None:
            raise _unknown()
        return row

    def _failures(self, *conditions: ColumnElement[bool]) -> int:
        count = select(func.count()).where(IdentityAttemptRow.succeeded.is_(False), *conditions)
        return self._session.scalar(count) or 0


class SqlLinks:
    """Implements `bot.ports.Links`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self,
        *,
        token_hash: str,
        borrower_id: BorrowerId,
        created_at: datetime,
        expires_at: datetime,
    ) -> None:
        self._session.execute(
            insert(LinkTokenRow).values(
                token_hash=token_hash,
                borrower_id=borrower_id,
                created_at=created_at,
                expires_at=expires_at,
            )
        )

    def redeem(self, token_hash: str, now: datetime) -> BorrowerId | None:
        """One UPDATE: of two callers the second finds `used_at` set. Expired at `expires_at`."""
        borrower_id = self._session.execute(
            update(LinkTokenRow)
            .where(
                LinkTokenRow.token_hash == token_hash,
                LinkTokenRow.used_at.is_(None),
                LinkTokenRow.expires_at > now,
            )
            .values(used_at=now)
            .returning(LinkTokenRow.borrower_id)
        ).scalar_one_or_none()
        return None if borrower_id is None else BorrowerId(borrower_id)


def _unknown() -> UnknownBorrower:
    return UnknownBorrower("There is no such borrower.", hint="Check the id.")


def read_borrower(row: Any) -> Borrower:
    return Borrower(
        id=BorrowerId(row.id),
        reference=row.reference,
        full_name=row.full_name,
        given_name=row.given_name,
        language=row.language,
        timezone=row.timezone,
        jurisdiction=row.jurisdiction,
        country=row.country,
    )
