"""Plans that the borrower cannot take alone: asked for, recommended by one person, approved by another.

An offer goes from shown to requested, recommended and approved; then the borrower accepts it as
any other (`plan_book.accept`). Until an answer, the account is held: nothing reminds, nothing extra is
charged.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from lending.bookkeeping import place_hold
from lending.holds import HoldKind, open_hold
from lending.ids import BorrowerId
from lending.plan_book import Now, PlanBooks, known_offer, lift_requests
from lending.plan_policy import PlanPolicy
from lending.plan_records import KeptOffer, OfferState, SamePerson, WrongState

_OPEN = (OfferState.REQUESTED, OfferState.RECOMMENDED)


def request(books: PlanBooks, offer_id: str, borrower_id: BorrowerId, *, now: Now) -> KeptOffer:
    """The borrower wants an offer that staff must agree to; asking twice changes nothing.

    Raises UnknownOffer, WrongState for one that was answered already.
    """
    kept = known_offer(books, offer_id, borrower_id)
    if kept.state in (*_OPEN, OfferState.APPROVED):
        return kept
    _need(kept, OfferState.SHOWN)
    file = books.locked(kept.account_id)
    hold = open_hold(
        kind=HoldKind.PLAN_PENDING,
        borrower_id=kept.borrower_id,
        account_id=file.account.id,
        from_on=now.today,
        until_on=None,
        owner="system",
        reason=f"plan:{kept.id}",
    )
    place_hold(books, hold, today=now.today, now=now.at)
    return _saved(books, replace(kept, state=OfferState.REQUESTED))


def recommend(books: PlanBooks, offer_id: str, *, staff: str, note: str = "") -> KeptOffer:
    """A first person supports it. Raises UnknownOffer, WrongState."""
    kept = known_offer(books, offer_id, None)
    _need(kept, OfferState.REQUESTED)
    return _saved(
        books, replace(kept, state=OfferState.RECOMMENDED, recommended_by=staff, note=note)
    )


def approve(
    books: PlanBooks, offer_id: str, *, staff: str, policy: PlanPolicy, now: Now
) -> KeptOffer:
    """A second person agrees; from now on the borrower has the policy's hours to say yes.

    Raises UnknownOffer, WrongState, SamePerson.
    """
    kept = known_offer(books, offer_id, None)
    _need(kept, OfferState.RECOMMENDED)
    if kept.recommended_by == staff:
        raise SamePerson(
            "Who recommended a plan cannot approve it too.", hint="Ask a second colleague."
        )
    return _saved(
        books,
        replace(
            kept,
            state=OfferState.APPROVED,
            approved_by=staff,
            expires_at=now.at + timedelta(hours=policy.offer_hours),
        ),
    )


def decline(books: PlanBooks, offer_id: str, *, staff: str, reason: str, now: Now) -> KeptOffer:
    """Staff say no, with a reason; the account is held no more. Raises UnknownOffer, WrongState."""
    kept = known_offer(books, offer_id, None)
    _need(kept, *_OPEN)
    declined = replace(kept, state=OfferState.DECLINED, declined_by=staff, note=reason)
    lift_requests(books, books.locked(kept.account_id), now)
    return _saved(books, declined)


def withdraw(books: PlanBooks, offer_id: str, borrower_id: BorrowerId, *, now: Now) -> KeptOffer:
    """The borrower does not want it any more. Raises UnknownOffer, WrongState."""
    kept = known_offer(books, offer_id, borrower_id)
    if kept.state is OfferState.WITHDRAWN:
        return kept
    _need(kept, OfferState.SHOWN, OfferState.APPROVED, *_OPEN)
    lift_requests(books, books.locked(kept.account_id), now)
    return _saved(books, replace(kept, state=OfferState.WITHDRAWN))


def _need(kept: KeptOffer, *states: OfferState) -> None:
    if kept.state not in states:
        raise WrongState(
            f"The offer is {kept.state.value}.", hint="Look at it again; someone was faster."
        )


def _saved(books: PlanBooks, kept: KeptOffer) -> KeptOffer:
    books.save_offer(kept)
    return kept
