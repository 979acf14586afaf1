"""What keeps offers, plans and certificates beside the money; and the day and instant of a change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from lending.accounts import Account, Schedule
from lending.bookkeeping import Books
from lending.holds import Hold
from lending.ids import AccountId, BorrowerId, PromiseId
from lending.plan_records import (
    Certificate,
    KeptOffer,
    NoticeKind,
    OfferState,
    Plan,
    PlanNotice,
)
from lending.promise_states import PromiseState


class PlanBooks(Books, Protocol):
    """What keeps offers and plans beside the money; one transaction, as `Books`."""

    def add_account(self, account: Account) -> Account:
        """The account with its number; its own id does not count."""
        ...

    def add_schedule(self, account_id: AccountId, schedule: Schedule, at: datetime) -> None: ...

    def add_offer(self, offer: KeptOffer) -> None: ...

    def offer(self, offer_id: str) -> KeptOffer | None:
        """Locked until the transaction ends."""
        ...

    def save_offer(self, offer: KeptOffer) -> None:
        """Its state, expiry, staff names and note; what was shown never changes."""
        ...

    def add_plan(self, plan: Plan) -> None: ...

    def save_plan(self, plan: Plan) -> None: ...

    def plan(self, plan_id: str) -> Plan | None: ...

    def plans_of(self, account_id: AccountId) -> tuple[Plan, ...]:
        """Plans of the account, and those made of it if it is a card; oldest first."""
        ...

    def promises_to_pass_on(self) -> Sequence[tuple[PromiseId, AccountId]]:
        """Promises of which nobody was told yet what became of them, oldest first."""
        ...

    def pass_promise_on(self, promise_id: PromiseId, state: PromiseState) -> bool:
        """Say that others are being told; False if that was said before."""
        ...

    def hold(self, hold_id: int) -> Hold: ...

    def add_certificate(self, certificate: Certificate) -> None: ...

    def save_certificate(self, certificate: Certificate) -> None:
        """Its day of acceptance; nothing else of it ever changes."""
        ...

    def certificates_of(self, plan_id: str) -> tuple[Certificate, ...]:
        """Every version, oldest first."""
        ...

    def offers_in(self, *states: OfferState) -> Sequence[KeptOffer]:
        """Those in one of the states, oldest first."""
        ...

    def offers_of(
        self, borrower_id: BorrowerId, *, since: datetime | None = None
    ) -> Sequence[KeptOffer]:
        """All that were shown to a borrower, or those since then; oldest first."""
        ...

    def plans_in_force(self) -> Sequence[Plan]:
        """Every plan that is on track, oldest first."""
        ...

    def add_notice(self, offer: KeptOffer | Plan, kind: NoticeKind, at: datetime) -> None:
        """The borrower is to be told; the same of one offer or plan is kept once."""
        ...

    def pending_notices(self, limit: int) -> Sequence[PlanNotice]:
        """What the borrower was not told yet, oldest first."""
        ...

    def mark_told(self, notice_id: int, at: datetime) -> bool:
        """Say that a notice is being told; False if somebody else said so before."""
        ...

    def take_back_told(self, notice_id: int) -> None:
        """It could not be told now after all; it is pending again."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """The borrower's day, and the instant in UTC."""

    today: date
    at: datetime
