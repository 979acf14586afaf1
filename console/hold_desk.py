"""Holds that staff set and lift."""

from __future__ import annotations

from datetime import date

from bot.ports import UnitOfWork
from bot.staff import Staff
from console.changes import BadChange, Changes, checked_reason, need_own, note_change
from console.permissions import Action, require
from lending.bookkeeping import lift_hold, place_hold
from lending.holds import Hold, HoldKind, open_hold
from lending.ids import AccountId, BorrowerId, ConversationId

BY_HAND = frozenset(
    {
        HoldKind.HARDSHIP_REQUEST, HoldKind.DISPUTE, HoldKind.COMPLAINT, HoldKind.VULNERABLE,
        HoldKind.BREATHING_SPACE, HoldKind.BANKRUPTCY, HoldKind.REPRESENTED, HoldKind.DECEASED,
        HoldKind.CEASE_CONTACT, HoldKind.WRONG_PERSON,
    }
)  # fmt: skip
"""Kinds that a person may set; the others follow from promises, plans, payments and feeds."""

BY_LAW = frozenset(
    {
        HoldKind.BREATHING_SPACE, HoldKind.BANKRUPTCY, HoldKind.REPRESENTED, HoldKind.DECEASED,
        HoldKind.CEASE_CONTACT,
    }
)  # fmt: skip
"""Kinds that only a supervisor or compliance may lift."""


class HoldDesk(Changes):
    """Suspends reminders and fees, and ends that."""

    def set_hold(
        self,
        staff: Staff,
        borrower_id: BorrowerId,
        kind: HoldKind,
        *,
        reason: str,
        account_id: AccountId | None = None,
        until_on: date | None = None,
        conversation_id: ConversationId | None = None,
    ) -> Hold:
        """Suspend reminders and fees from today; without an account, on all of the borrower's.

        `until_on` is the first day that is held no more. Raises NotAllowed, BadChange, InvalidHold.
        """
        require(staff.role, Action.SET_HOLD)
        reason = checked_reason(reason)
        if kind not in BY_HAND:
            raise BadChange("This hold is not set by hand.", hint="It follows from other facts.")
        with self._store.unit() as uow:
            now, today = self._now(uow, borrower_id)
            if account_id is not None:
                need_own(uow, account_id, borrower_id)
            hold = open_hold(
                kind=kind,
                borrower_id=borrower_id,
                account_id=account_id,
                from_on=today,
                until_on=until_on,
                owner=staff.login,
                reason=reason,
            )
            placed = place_hold(uow.plans, hold, today=today, now=now)
            details = {"hold": str(placed.id), "kind": kind.value, "until": str(until_on or "")}
            note_change(uow, staff, now, "hold.set", borrower_id, details, conversation_id)
            uow.commit()
        return placed

    def lift_hold(
        self,
        staff: Staff,
        borrower_id: BorrowerId,
        hold_id: int,
        *,
        reason: str,
        conversation_id: ConversationId | None = None,
    ) -> Hold:
        """End a hold today. Raises NotAllowed, BadChange, HoldEnded."""
        require(staff.role, Action.LIFT_HOLD)
        reason = checked_reason(reason)
        with self._store.unit() as uow:
            now, today = self._now(uow, borrower_id)
            hold = _own_hold(uow, borrower_id, hold_id)
            if hold.kind in BY_LAW:
                require(staff.role, Action.LIFT_LEGAL_HOLD)
            if hold.kind not in BY_HAND:
                raise BadChange("This hold is not lifted by hand.", hint="It ends by itself.")
            lifted = lift_hold(uow.plans, hold, today, today=today, now=now)
            details = {"hold": str(hold.id), "kind": hold.kind.value, "reason": reason}
            note_change(uow, staff, now, "hold.lifted", borrower_id, details, conversation_id)
            uow.commit()
        return lifted


def _own_hold(uow: UnitOfWork, borrower_id: BorrowerId, hold_id: int) -> Hold:
    for file in uow.accounts.files_of(borrower_id):
        for hold in file.holds:
            if hold.id == hold_id:
                return hold
    raise BadChange("There is no such hold.", hint="Look at the list again.")
