"""Planned reminders as values, and what the part that sends them needs kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType, Protocol

from bot.messages import Channel
from lending.accounts import Product
from lending.ids import AccountId, BorrowerId, MessageId

ReminderId = NewType("ReminderId", int)


class ReminderState(StrEnum):
    """Where a reminder stands.

    `awaiting` a person's approval; `planned`; `claimed` by a worker and `sending`, in hand; then
    `sent`, `unconfirmed` (it may have arrived; never sent again), `failed` (this channel is gone,
    another attempt follows), `dead` (a person must look), `blocked` (by the contact rules),
    `cancelled` (nothing to remind of any more), or `superseded` (a later step took its place).
    """

    AWAITING = "awaiting"
    PLANNED = "planned"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    UNCONFIRMED = "unconfirmed"
    FAILED = "failed"
    DEAD = "dead"
    BLOCKED = "blocked"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


COUNTED = (ReminderState.SENDING, ReminderState.SENT, ReminderState.UNCONFIRMED)
"""The borrower has, or may have, this reminder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """A planned reminder as it is kept; see store/tables_reminders.py."""

    id: ReminderId
    account_id: AccountId
    borrower_id: BorrowerId
    due_on: date
    version: int
    number: int
    step: str
    offset_days: int
    attempt: int
    strategy: str
    state: ReminderState
    local_day: date
    send_at: datetime
    claim: str | None
    tries: int
    channel: Channel | None
    message_id: MessageId | None
    reason: str | None
    approved_by: str | None
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReminder:
    """One to be planned; `awaits_approval` keeps it back until a person lets it go."""

    account_id: AccountId
    borrower_id: BorrowerId
    due_on: date
    version: int
    number: int
    step: str
    offset_days: int
    attempt: int
    strategy: str
    local_day: date
    send_at: datetime
    awaits_approval: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SentStep:
    """A step that a borrower has, or may have, read."""

    account_id: AccountId
    due_on: date
    offset_days: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """`habit`: the minute of their day at which the borrower usually writes, where it is known."""

    sent: tuple[SentStep, ...] = ()
    habit: int | None = None
    has_open_escalation: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPoint:
    """An address of a borrower; `verified`: it is known to be theirs."""

    kind: str
    value: str
    verified: bool
    reachable: bool


class Reminders(Protocol):
    """Planned reminders. A row that left `claimed` by another hand is never changed here."""

    def get(self, reminder_id: ReminderId) -> Reminder | None: ...

    def plan(self, new: NewReminder, now: datetime) -> bool:
        """Keep it, unless one with its key is there; whether it is new."""
        ...

    def claim(
        self, *, worker: str, now: datetime, until: datetime, limit: int
    ) -> tuple[Reminder, ...]:
        """Take planned reminders whose time has come; no two workers get the same one."""
        ...

    def hold_claims(self, ids: Collection[ReminderId], worker: str) -> frozenset[ReminderId]:
        """Those that this worker still has, locked until the transaction ends."""
        ...

    def lock_accounts(self, ids: Collection[AccountId]) -> None:
        """Wait for payments under way on the accounts, and for other reminders to their borrowers.

        New ones wait until this transaction ends.
        """
        ...

    def products_of(self, ids: Collection[AccountId]) -> Mapping[AccountId, Product]: ...

    def settle(
        self,
        reminder_id: ReminderId,
        state: ReminderState,
        *,
        now: datetime,
        reason: str | None = None,
        channel: Channel | None = None,
        message_id: MessageId | None = None,
        claimed_until: datetime | None = None,
    ) -> None:
        """Write where a reminder stands. Anything but `claimed` and `sending` gives it up."""
        ...

    def postpone(
        self, reminder_id: ReminderId, *, to: datetime, reason: str, now: datetime, tries: int
    ) -> None:
        """Plan it again for later; `tries` is how often sending it failed."""
        ...

    def recover(self, now: datetime) -> tuple[int, int]:
        """What dead workers left: (taken back to be sent, unconfirmed)."""
        ...

    def background(self, ids: Collection[BorrowerId]) -> Mapping[BorrowerId, Background]:
        """What reminders to these borrowers depend on beside their accounts; each id has an entry."""
        ...

    def of_account(self, account_id: AccountId) -> tuple[Reminder, ...]: ...

    def in_state(self, states: Sequence[ReminderState], limit: int) -> tuple[Reminder, ...]:
        """Oldest first."""
        ...

    def counts(self) -> dict[str, int]:
        """How many reminders stand in each state."""
        ...

    def approve(self, reminder_id: ReminderId, by: str, now: datetime) -> bool:
        """Let a reminder that awaits approval go; False if it does not wait any more."""
        ...

    def points_of(
        self, ids: Collection[BorrowerId]
    ) -> Mapping[BorrowerId, tuple[ContactPoint, ...]]:
        """Every id has an entry."""
        ...

    def mark_point(
        self, borrower_id: BorrowerId, kind: str, value: str, reachable: bool
    ) -> None: ...

    def feed_watermark(self, name: str) -> datetime | None: ...

    def report_delivery(
        self, channel_message_id: str, channel: Channel, *, status: str, code: str, at: datetime
    ) -> MessageId | None:
        """Keep what a provider reports; None for a message that we do not know."""
        ...

    def add_staff_contact(
        self,
        *,
        message_id: MessageId,
        borrower_id: BorrowerId,
        account_id: AccountId | None,
        staff: str,
        outcome: str,
    ) -> None: ...


class Pace(Protocol):
    """A limit of messages a second that all processes share."""

    def reserve(self, key: str, *, per_second: float, now: datetime, count: int = 1) -> datetime:
        """The instant of the first of `count` places in the queue of a key; never in the past."""
        ...

    def reserve_each(
        self, keys: Sequence[str], *, per_second: float, now: datetime
    ) -> Sequence[datetime]:
        """The next place in the queue of each of several keys, none of them twice."""
        ...

    def pause(self, key: str, until: datetime) -> None:
        """Nothing goes out under this key before `until`."""
        ...
