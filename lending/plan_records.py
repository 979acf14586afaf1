"""What is kept of plans: offers that were shown, plans that were agreed, their certificates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from lending.errors import LendingError
from lending.ids import AccountId, BorrowerId
from lending.plan_eligibility import PastPlan
from lending.plan_offer import Offer


class PlanRefused(LendingError):
    """What was wanted of an offer or a plan is not possible; nothing was changed."""


class UnknownOffer(PlanRefused):
    """There is no such offer for this borrower and account."""


class OfferExpired(PlanRefused):
    """The offer was shown too long ago."""


class OfferMoved(PlanRefused):
    """What was shown is no longer what would be booked; a new offer is needed."""


class OfferNeedsApproval(PlanRefused):
    """Two of the lender's staff must agree first."""


class OfferDeclined(PlanRefused):
    """Staff declined it, or the borrower took it back."""


class SamePerson(PlanRefused):
    """The one who recommends a plan cannot also approve it."""


class MayNotAgree(PlanRefused):
    """The policy does not let this role recommend or approve plans."""


class WrongState(PlanRefused):
    """The offer or plan is in a state in which this cannot be done."""


class UnknownPlan(PlanRefused):
    """There is no such plan."""


class TooLateToUndo(PlanRefused):
    """A payment was made, or the time for undoing is over."""


class OfferState(StrEnum):
    SHOWN = "shown"
    REQUESTED = "requested"
    RECOMMENDED = "recommended"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    ACCEPTED = "accepted"


class PlanState(StrEnum):
    """`ON_TRACK` includes a plan whose one missed payment was moved to its end."""

    ON_TRACK = "on_track"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOffer:
    """An offer as it was shown. `id` is random, so that none can be guessed.

    `expires_at` ends the time in which it can be accepted; approval starts it anew.
    `recommended_by` and `approved_by` are staff names, never the same. `changes` is the plan in
    force that this would change, None for a new one.
    """

    id: str
    account_id: AccountId
    borrower_id: BorrowerId
    offer: Offer
    policy: str
    digest: str
    shown_at: datetime
    expires_at: datetime
    state: OfferState = OfferState.SHOWN
    recommended_by: str | None = None
    approved_by: str | None = None
    declined_by: str | None = None
    note: str = ""
    changes: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan that was agreed. `id` is that of its first offer: one offer makes one plan.

    `offer` is what counts now, and `offer_id` its id: another one once the plan was changed.

    `schedule_version` is the one in force because of it, on `account_id`; for a card's plan that is
    the instalment account made for it and `card_id` the card. `moved` counts missed payments
    that were moved to the end. `hold_id` keeps extra charges away.
    """

    id: str
    account_id: AccountId
    borrower_id: BorrowerId
    offer: Offer
    policy: str
    state: PlanState
    started_on: date
    schedule_version: int
    hold_id: int
    offer_id: str
    moved: int = 0
    ended_on: date | None = None
    card_id: AccountId | None = None

    @property
    def as_past(self) -> PastPlan:
        return PastPlan(
            started_on=self.started_on, ended_on=self.ended_on, reliefs=self.offer.reliefs
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """One version of a plan's terms, as canonical JSON and its SHA-256.

    `accepted_at` None: the borrower has yet to accept it, and the version before it counts.
    """

    plan_id: str
    version: int
    text: str
    sha256: str
    made_at: datetime
    accepted_at: datetime | None


class NoticeKind(StrEnum):
    """What a borrower is told that did not happen in the chat."""

    RECOMMENDED = "recommended"
    APPROVED = "approved"
    DECLINED = "declined"
    CHANGE_PROPOSED = "change_proposed"
    MOVED = "moved"
    FAILED = "failed"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanNotice:
    """Something to tell the borrower once, through the outbox. `subject` is the offer's or plan's id."""

    id: int
    kind: NoticeKind
    subject: str
    borrower_id: BorrowerId
    account_id: AccountId
    at: datetime
