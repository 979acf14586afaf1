"""What every change by staff has in common: a reason, who it is about, and its traces.

Each is one transaction, audited with who and why, and shows on open pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from bot.ports import Clock, Store, UnitOfWork
from bot.staff import Staff
from bot.staff_events import EventKind
from lending.dates import local_day
from lending.errors import TideoverError
from lending.ids import AccountId, BorrowerId, ConversationId

_LONGEST_REASON = 500


class BadChange(TideoverError):
    """A change that makes no sense, or lacks its reason."""


class AboveLimit(TideoverError):
    """More than this role may waive."""


class NotHere(TideoverError):
    """Something that another system has to do."""


class Changes:
    """Sync; each call is one transaction."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def _now(self, uow: UnitOfWork, borrower_id: BorrowerId) -> tuple[datetime, date]:
        now = self._clock()
        return now, local_day(now, uow.borrowers.get(borrower_id).timezone)


def need_own(uow: UnitOfWork, account_id: AccountId, borrower_id: BorrowerId) -> None:
    if uow.accounts.file(account_id).account.borrower_id != borrower_id:
        raise BadChange("The account is another borrower's.", hint="Open that borrower's page.")


def checked_reason(reason: str) -> str:
    """In one line. Raises BadChange."""
    reason = " ".join(reason.split())
    if not reason or len(reason) > _LONGEST_REASON:
        raise BadChange("A reason is missing, or too long.", hint="Say why in a sentence or two.")
    return reason


def note_change(
    uow: UnitOfWork,
    staff: Staff,
    now: datetime,
    event: str,
    borrower_id: BorrowerId,
    details: Mapping[str, str],
    conversation_id: ConversationId | None,
) -> None:
    uow.audit.append(
        at=now,
        actor=staff.login,
        event=event,
        subject=f"borrower:{borrower_id}",
        details=details,
    )
    uow.events.add(
        EventKind.CHANGED,
        at=now,
        conversation_id=conversation_id,
        actor=staff.login,
        details={"what": event},
    )
