"""What staff change beside the talk: all of it, and what they promise and log."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Protocol

from bot.ports import Clock, Store
from bot.staff import Staff
from compliance.terms import Channel as ContactChannel
from compliance.terms import ContactOutcome
from console.changes import BadChange, NotHere, need_own, note_change
from console.chat_desk import ChatDesk
from console.contact_desk import MayContact
from console.contact_details import ContactDetails
from console.fee_desk import FeeDesk, WaiverLimits
from console.hold_desk import HoldDesk
from console.permissions import Action, require
from lending.bookkeeping import take_promise
from lending.ids import AccountId, BorrowerId, ConversationId
from lending.money import Money
from lending.promises import Promise

LATEST_PROMISE = timedelta(days=60)


class ContactLog(Protocol):
    """Where calls, visits and letters count in the limits of the contact rules."""

    def may_contact(
        self, borrower_id: BorrowerId, *, channel: ContactChannel, at: datetime, staff: str
    ) -> MayContact:
        """What the rules say now; the question is kept."""
        ...

    def log(
        self,
        borrower_id: BorrowerId,
        *,
        channel: ContactChannel,
        outcome: ContactOutcome,
        at: datetime,
        staff: str,
        note: str,
    ) -> None: ...


class Casework(HoldDesk, FeeDesk, ContactDetails, ChatDesk):
    """Every change. `contact_log` is there where calls can be logged."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        limits: WaiverLimits | None = None,
        contact_log: ContactLog | None = None,
    ) -> None:
        super().__init__(store=store, clock=clock, limits=limits)
        self._contact_log = contact_log

    def promise(
        self,
        staff: Staff,
        borrower_id: BorrowerId,
        account_id: AccountId,
        amount: Money,
        due_on: date,
        *,
        conversation_id: ConversationId | None = None,
    ) -> Promise:
        """Keep what the borrower told a person they would pay. Raises NotAllowed, InvalidPromise."""
        require(staff.role, Action.LOG_CONTACT)
        with self._store.unit() as uow:
            now, today = self._now(uow, borrower_id)
            need_own(uow, account_id, borrower_id)
            latest = today + LATEST_PROMISE
            kept = take_promise(
                uow.plans, account_id, amount, due_on, latest_on=latest, today=today, now=now
            )
            details = {"promise": str(kept.id), "day": due_on.isoformat()}
            note_change(uow, staff, now, "promise.kept", borrower_id, details, conversation_id)
            uow.commit()
        return kept

    def log_contact(
        self,
        staff: Staff,
        borrower_id: BorrowerId,
        *,
        channel: ContactChannel,
        outcome: ContactOutcome,
        at: datetime,
        note: str = "",
    ) -> None:
        """A call, visit or letter by hand, so that it counts. Raises NotAllowed, BadChange, NotHere."""
        require(staff.role, Action.LOG_CONTACT)
        if self._contact_log is None:
            raise NotHere(
                "Calls cannot be logged in this process.", hint="Start it with the contact log."
            )
        if at > self._clock():
            raise BadChange("This lies in the future.", hint="Give the time when it was.")
        self._contact_log.log(
            borrower_id, channel=channel, outcome=outcome, at=at, staff=staff.login, note=note
        )

    def may_contact(
        self, staff: Staff, borrower_id: BorrowerId, channel: ContactChannel
    ) -> MayContact:
        """Whether a person may call now, and why not. Raises NotAllowed, NotHere."""
        require(staff.role, Action.LOG_CONTACT)
        if self._contact_log is None:
            raise NotHere(
                "The rules for calls cannot be asked in this process.",
                hint="Do not call before they can be.",
            )
        return self._contact_log.may_contact(
            borrower_id, channel=channel, at=self._clock(), staff=staff.login
        )
