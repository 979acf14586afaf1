"""The audit log in SQL: each row carries the hash of the one before, so a change shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from bot.ports import AuditedDetails
from store.base import table_of
from store.columns import storable
from store.errors import NaiveInstant
from store.tables import AuditRow

_FIRST = "0" * 64

# Any number that no other program uses as an advisory lock of this database.
_CHAIN_LOCK = 7_433_201_002

# Made once: every turn runs them.
_TABLE = table_of(AuditRow)
_APPEND = insert(_TABLE)
_LOCK = text("SELECT pg_advisory_xact_lock(:key)")
_NEWEST = select(_TABLE.c.hash).order_by(_TABLE.c.id.desc()).limit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    at: datetime
    actor: str
    event: str
    subject: str
    details: dict[str, str]

    def hash_after(self, prev_hash: str) -> str:
        """SHA-256 over the hash before and the row as JSON with sorted keys, no spaces, UTF-8."""
        row = {
            "prev": prev_hash,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor": self.actor,
            "event": self.event,
            "subject": self.subject,
            "details": self.details,
        }
        canonical = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


class SqlAudit:
    """Implements `bot.ports.Audit`. Rows are written at the commit, after all other changes.

    The chain is locked from the first row to the end of the transaction. Taken last and held
    shortly, the lock delays nobody and can be part of no deadlock.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._pending: list[_Entry] = []

    def append(
        self, *, at: datetime, actor: str, event: str, subject: str, details: Mapping[str, str]
    ) -> None:
        if at.tzinfo is None:
            raise NaiveInstant(
                "An instant without a time zone cannot be kept.", hint="Pass an aware UTC time."
            )
        entry = _Entry(
            at=at,
            actor=storable(actor),
            event=storable(event),
            subject=storable(subject),
            # What is hashed must be what is kept.
            details={storable(key): storable(value) for key, value in details.items()},
        )
        self._pending.append(entry)

    def write_pending(self) -> None:
        """Put the appended rows on the chain; the caller commits at once."""
        if not self._pending:
            return
        prev_hash = self._lock_and_read_end()
        rows = []
        for entry in self._pending:
            row_hash = entry.hash_after(prev_hash)
            rows.append(
                {
                    "at": entry.at,
                    "actor": entry.actor,
                    "event": entry.event,
                    "subject": entry.subject,
                    "details": entry.details,
                    "prev_hash": prev_hash,
                    "hash": row_hash,
                }
            )
            prev_hash = row_hash
        self._session.execute(_APPEND, rows)
        self._pending.clear()

    def verify(self) -> int | None:
        """Rows cut off at the end leave a valid, shorter chain; compare with a kept last hash."""
        self.write_pending()
        query = select(AuditRow).order_by(AuditRow.id).execution_options(yield_per=1000)
        # Closed at once when a row does not fit: the rest would stay open on the server.
        with self._session.scalars(query) as rows:
            return _first_misfit(rows)

    def details_of(self, event: str, *, after: int, limit: int) -> tuple[AuditedDetails, ...]:
        row = AuditRow
        query = select(row).where(row.event == event, row.id > after).order_by(row.id).limit(limit)
        return tuple(
            AuditedDetails(id=found.id, subject=found.subject, details=found.details)
            for found in self._session.scalars(query)
        )

    def _lock_and_read_end(self) -> str:
        if self._session.get_bind().dialect.name == "postgresql":
            self._session.execute(_LOCK, {"key": _CHAIN_LOCK})
        return self._session.scalar(_NEWEST) or _FIRST


def _first_misfit(rows: Iterable[AuditRow]) -> int | None:
    prev_hash = _FIRST
    for row in rows:
        entry = _Entry(
            at=row.at, actor=row.actor, event=row.event, subject=row.subject, details=row.details
        )
        if row.prev_hash != prev_hash or row.hash != entry.hash_after(prev_hash):
            return row.id
        prev_hash = row.hash
    return None
