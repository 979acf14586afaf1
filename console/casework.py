"""What staff change beside the talk: holds, fees, contact details, duplicate chats, logged calls.

Every change names who made it and why, is audited with before and after, and shows on open pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol

import phonenumbers

from bot.control import Mover, Resolution
from bot.control import resolve as resolve_escalation
from bot.conversation import Conversation, EscalationReason, Outcome
from bot.effects import escalate
from bot.handover import NotYourTurn, Owner, hand_back
from bot.ports import Clock, Store, UnitOfWork
from bot.staff import Staff
from bot.staff_events import EventKind
from compliance.terms import Channel as ContactChannel
from compliance.terms import ContactOutcome
from console.permissions import Action, may, require
from lending.accounts import EntryKind, LedgerEntry
from lending.bookkeeping import lift_hold, place_hold, record_posting, take_promise
from lending.books_of import is_derived, standing
from lending.dates import local_day
from lending.entries import Posting, Split
from lending.errors import TideoverError
from lending.holds import Hold, HoldKind, open_hold
from lending.ids import AccountId, BorrowerId, ConversationId
from lending.money import Money
from lending.promises import Promise

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

LATEST_PROMISE = timedelta(days=60)
WAIVED_WITHIN = timedelta(days=365)
_EMAIL = re.compile(r"[^@\s<>\"',;]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+", re.I)
_LONGEST_REASON = 500


class BadChange(TideoverError):
    """A change that makes no sense, or lacks its reason."""


class AboveLimit(TideoverError):
    """More than this role may waive."""


class NotHere(TideoverError):
    """Something that another system has to do."""


class ContactLog(Protocol):
    """Where calls, visits and letters count in the limits of the contact rules."""

    def may_contact(
        self, borrower_id: BorrowerId, *, channel: ContactChannel, at: datetime, staff: str
    ) -> tuple[str, ...]:
        """What the rules say now, in lines to read; the question is kept."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverLimits:
    """How much an agent may waive on one account within a year, in units of its currency."""

    agent: int = 50


class Casework:
    """Sync; each call is one transaction. `contact_log` is there where calls can be logged."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        limits: WaiverLimits | None = None,
        contact_log: ContactLog | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits or WaiverLimits()
        self._contact_log = contact_log

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
        reason = _checked_reason(reason)
        if kind not in BY_HAND:
            raise BadChange("This hold is not set by hand.", hint="It follows from other facts.")
        with self._store.unit() as uow:
            now, today = self._now(uow, borrower_id)
            if account_id is not None:
                _need_own(uow, account_id, borrower_id)
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
            _note(uow, staff, now, "hold.set", borrower_id, details, conversation_id)
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
        reason = _checked_reason(reason)
        with self._store.unit() as uow:
            now, today = self._now(uow, borrower_id)
            hold = _own_hold(uow, borrower_id, hold_id)
            if hold.kind in BY_LAW:
                require(staff.role, Action.LIFT_LEGAL_HOLD)
            if hold.kind not in BY_HAND:
                raise BadChange("This hold is not lifted by hand.", hint="It ends by itself.")
            lifted = lift_hold(uow.plans, hold, today, today=today, now=now)
            details = {"hold": str(hold.id), "kind": hold.kind.value, "reason": reason}
            _note(uow, staff, now, "hold.lifted", borrower_id, details, conversation_id)
            uow.commit()
        return lifted

    def waive_fees(
        self,
        staff: Staff,
        borrower_id: BorrowerId,
        account_id: AccountId,
        amount: Money,
        *,
        reason: str,
        key: str,
        conversation_id: ConversationId | None = None,
    ) -> Money:
        """Waive late fees, then penalties, up to what is owed of them; returns what is left.

        `key` makes a form count once. Raises NotAllowed, AboveLimit (a supervisor may), BadChange,
        NotHere for accounts whose books the lender's own system keeps.
        """
        require(staff.role, Action.WAIVE_FEE)
        reason = _checked_reason(reason)
        with self._store.unit() as uow:
            now, today = self._now(uow, borrower_id)
            _need_own(uow, account_id, borrower_id)
            file = uow.plans.locked(account_id)
            if not is_derived(file):
                raise NotHere(
                    "The lender's own system keeps the books of this account.",
                    hint="Waive the fee there; it arrives here with the next import.",
                )
            posting_key = f"staff-waiver:{key}"
            fee, penalty = _fees(standing(file, today).file.entries, amount.currency)
            if any(posting.key == posting_key for posting in file.postings):
                return fee + penalty
            if amount.minor <= 0 or amount.minor > (fee + penalty).minor:
                raise BadChange(
                    "This is not an amount of fees that is owed.",
                    hint="Choose more than nothing and no more than the fees.",
                )
            self._check_limit(staff, file.postings, amount, today)
            from_fee = min(amount.minor, fee.minor)
            split = Split.of(amount.currency, fee=-from_fee, penalty=from_fee - amount.minor)
            posting = Posting(
                key=posting_key,
                kind=EntryKind.WAIVER,
                effective_on=today,
                amount=amount,
                split=split,
                note=reason,
            )
            record_posting(uow.plans, account_id, posting, today=today, now=now)
            left = fee + penalty - amount
            details = {
                "account": file.account.reference,
                "minor": str(amount.minor),
                "currency": amount.currency,
                "left": str(left.minor),
                "reason": reason,
            }
            _note(uow, staff, now, "fee.waived", borrower_id, details, conversation_id)
            uow.commit()
        return left

    def _check_limit(
        self, staff: Staff, postings: Iterable[Posting], amount: Money, today: date
    ) -> None:
        before = sum(
            one.amount.minor
            for one in postings
            if one.key.startswith("staff-waiver:") and one.effective_on > today - WAIVED_WITHIN
        )
        limit = Money.from_decimal(Decimal(self._limits.agent), amount.currency)
        if before + amount.minor > limit.minor and not may(staff.role, Action.WAIVE_ABOVE_LIMIT):
            raise AboveLimit(
                "This is above what you may waive on one account in a year.",
                hint="Ask a supervisor to waive it.",
            )

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
            _need_own(uow, account_id, borrower_id)
            latest = today + LATEST_PROMISE
            kept = take_promise(
                uow.plans, account_id, amount, due_on, latest_on=latest, today=today, now=now
            )
            details = {"promise": str(kept.id), "day": due_on.isoformat()}
            _note(uow, staff, now, "promise.kept", borrower_id, details, conversation_id)
            uow.commit()
        return kept

    def correct_contact(
        self,
        staff: Staff,
        borrower_id: BorrowerId,
        point_id: int | None,
        kind: str,
        value: str,
        *,
        reason: str,
    ) -> str:
        """Replace a phone number or e-mail address, or add one (`point_id` None); returns it as kept.

        The new one is not verified. Raises NotAllowed, BadChange.
        """
        require(staff.role, Action.CORRECT_CONTACT)
        reason = _checked_reason(reason)
        with self._store.unit() as uow:
            now, _ = self._now(uow, borrower_id)
            kept = checked_point(kind, value, uow.borrowers.get(borrower_id).country)
            if not uow.desk.keep_contact_point(borrower_id, point_id, kind, kept):
                raise BadChange(
                    "There is no such contact detail, or this one is known already.",
                    hint="Look at the list again.",
                )
            details = {"point": str(point_id or "new"), "kind": kind, "reason": reason}
            _note(uow, staff, now, "contact.corrected", borrower_id, details, None)
            uow.commit()
        return kept

    def open_escalation(
        self, staff: Staff, conversation_id: ConversationId, *, reason: str
    ) -> Conversation:
        """Put a conversation in the queue that staff found; nothing happens if it is there already."""
        require(staff.role, Action.OPEN_ESCALATION)
        reason = _checked_reason(reason)
        now = self._clock()
        with self._store.unit() as uow:
            current = uow.conversations.get(conversation_id, for_update=True)
            after = escalate(uow, current, EscalationReason.STAFF, now, details=reason)
            uow.conversations.save(after)
            uow.commit()
        return after

    def merge(
        self, staff: Staff, keep: ConversationId, other: ConversationId, *, reason: str
    ) -> None:
        """Two chats of one borrower: what is open in `other` is worked on in `keep`.

        An escalation whose reason is open in both is resolved as a duplicate. The assistant
        answers in the other chat. Raises NotAllowed, BadChange, NotYourTurn.
        """
        require(staff.role, Action.MERGE_CHATS)
        reason = _checked_reason(reason)
        mover = Mover(staff=staff.login, now=self._clock())
        with self._store.unit() as uow:
            first, second = sorted((keep, other))
            locked = {c: uow.conversations.get(c, for_update=True) for c in (first, second)}
            kept, merged = locked[keep], locked[other]
            _check_same_borrower(kept, merged)
            for chat in (kept, merged):
                if chat.control.owner is Owner.HUMAN and not chat.control.is_held_by(
                    staff.login, mover.now
                ):
                    raise NotYourTurn("A colleague holds one of them.", hint="Ask them first.")
            for double in uow.escalations.move(other, keep):
                made = Resolution(escalation_id=double.id, outcome=Outcome.DUPLICATE, note=reason)
                resolve_escalation(uow, merged, mover, made)
            uow.escalations.returned(other, mover.now)
            uow.conversations.save(
                replace(
                    merged,
                    merged_into=keep,
                    control=hand_back(merged.control),
                    waiting_since=None,
                )
            )
            if uow.escalations.unresolved(keep) and kept.control.owner in (Owner.BOT, Owner.CLOSED):
                uow.conversations.save(replace(kept, control=kept.control.moved(Owner.QUEUED)))
            for chat_id, details in ((keep, {"from": other}), (other, {"into": keep})):
                uow.events.add(
                    EventKind.MERGED,
                    at=mover.now,
                    conversation_id=chat_id,
                    actor=staff.login,
                    details=details,
                )
            uow.audit.append(
                at=mover.now,
                actor=staff.login,
                event="chats.merged",
                subject=f"conversation:{keep}",
                details={"from": other, "reason": reason},
            )
            uow.commit()

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
    ) -> tuple[str, ...]:
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

    def _now(self, uow: UnitOfWork, borrower_id: BorrowerId) -> tuple[datetime, date]:
        now = self._clock()
        return now, local_day(now, uow.borrowers.get(borrower_id).timezone)


def checked_point(kind: str, value: str, country: str) -> str:
    """A phone number as E.164, or an e-mail address in lower case. Raises BadChange."""
    value = value.strip()
    if kind == "email" and len(value) <= 254 and _EMAIL.fullmatch(value):
        return value.lower()
    if kind == "phone":
        try:
            number = phonenumbers.parse(value, country)
        except phonenumbers.NumberParseException:
            number = None
        if number is not None and phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    raise BadChange(
        "This is no phone number or e-mail address.",
        hint="Type a number with its country code, or an address like name@example.com.",
    )


def _fees(entries: Iterable[LedgerEntry], currency: str) -> tuple[Money, Money]:
    fee = penalty = Money.zero(currency)
    for entry in entries:
        fee, penalty = fee + entry.fee, penalty + entry.penalty
    return fee, penalty


def _need_own(uow: UnitOfWork, account_id: AccountId, borrower_id: BorrowerId) -> None:
    if uow.accounts.file(account_id).account.borrower_id != borrower_id:
        raise BadChange("The account is another borrower's.", hint="Open that borrower's page.")


def _own_hold(uow: UnitOfWork, borrower_id: BorrowerId, hold_id: int) -> Hold:
    for file in uow.accounts.files_of(borrower_id):
        for hold in file.holds:
            if hold.id == hold_id:
                return hold
    raise BadChange("There is no such hold.", hint="Look at the list again.")


def _check_same_borrower(kept: Conversation, merged: Conversation) -> None:
    who = kept.identity.borrower_id
    if kept.id == merged.id or who is None or merged.identity.borrower_id != who:
        raise BadChange(
            "These are not two chats of one known borrower.",
            hint="Only chats that the same borrower has proved to be theirs can be merged.",
        )


def _checked_reason(reason: str) -> str:
    reason = " ".join(reason.split())
    if not reason or len(reason) > _LONGEST_REASON:
        raise BadChange("A reason is missing, or too long.", hint="Say why in a sentence or two.")
    return reason


def _note(
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
