"""Plans that the borrower cannot take alone: asked for, recommended by one person, approved by another.

Staff are named by their sign-in names, so that one person is one name. An offer goes from shown to requested, recommended and approved; then the borrower accepts it as
any other (`plan_book.accept`). Until an answer, the account is held: nothing reminds, nothing extra is
charged.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from lending.bookkeeping import place_hold
from lending.holds import HoldKind, open_hold
from lending.ids import BorrowerId
from lending.plan_book import known_offer
from lending.plan_booking import lift_requests
from lending.plan_certificate import Parties
from lending.plan_change import keep_version
from lending.plan_policy import PlanPolicy
from lending.plan_ports import Now, PlanBooks
from lending.plan_records import (
    KeptOffer,
    MayNotAgree,
    NoticeKind,
    OfferState,
    SamePerson,
    WrongState,
)
from lending.sentences import Sentence

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


def recommend(
    books: PlanBooks,
    offer_id: str,
    *,
    staff: str,
    role: str,
    policy: PlanPolicy,
    note: str = "",
    now: Now,
) -> KeptOffer:
    """A first person supports it. Raises UnknownOffer, WrongState, MayNotAgree."""
    kept = known_offer(books, offer_id, None)
    _need(kept, OfferState.REQUESTED)
    need_role(role, policy.first_roles)
    books.add_notice(kept, NoticeKind.RECOMMENDED, now.at)
    return _saved(
        books, replace(kept, state=OfferState.RECOMMENDED, recommended_by=staff, note=note)
    )


def approve(
    books: PlanBooks,
    offer_id: str,
    *,
    staff: str,
    role: str,
    policy: PlanPolicy,
    parties: Parties,
    now: Now,
) -> KeptOffer:
    """A second person agrees; from now on the borrower has the policy's hours to say yes.

    A change of a plan in force becomes the next version of its certificate, not accepted yet.
    Raises UnknownOffer, WrongState, MayNotAgree, SamePerson.
    """
    kept = known_offer(books, offer_id, None)
    _need(kept, OfferState.RECOMMENDED)
    need_role(role, policy.second_roles)
    if kept.recommended_by is None or _name(kept.recommended_by) == _name(staff):
        raise SamePerson(
            "Who recommended a plan cannot approve it too.", hint="Ask a second colleague."
        )
    approved = replace(
        kept,
        state=OfferState.APPROVED,
        approved_by=staff,
        expires_at=now.at + timedelta(hours=policy.offer_hours),
    )
    if kept.changes is not None:
        keep_version(books, approved, policy=policy, parties=parties, now=now)
    books.add_notice(
        kept, NoticeKind.CHANGE_PROPOSED if kept.changes else NoticeKind.APPROVED, now.at
    )
    return _saved(books, approved)


def decline(
    books: PlanBooks,
    offer_id: str,
    *,
    staff: str,
    role: str,
    policy: PlanPolicy,
    reason: str,
    now: Now,
) -> KeptOffer:
    """Staff say no, with a reason; the account is held no more.

    Raises UnknownOffer, WrongState, MayNotAgree.
    """
    kept = known_offer(books, offer_id, None)
    _need(kept, *_OPEN)
    need_role(role, policy.first_roles | policy.second_roles)
    declined = replace(kept, state=OfferState.DECLINED, declined_by=staff, note=reason)
    if kept.changes is None:
        lift_requests(books, books.locked(kept.account_id), now)
        books.add_notice(kept, NoticeKind.DECLINED, now.at)
    return _saved(books, declined)


def withdraw(books: PlanBooks, offer_id: str, borrower_id: BorrowerId, *, now: Now) -> KeptOffer:
    """The borrower does not want it any more. Raises UnknownOffer, WrongState."""
    kept = known_offer(books, offer_id, borrower_id)
    if kept.state is OfferState.WITHDRAWN:
        return kept
    _need(kept, OfferState.SHOWN, OfferState.APPROVED, *_OPEN)
    lift_requests(books, books.locked(kept.account_id), now)
    return _saved(books, replace(kept, state=OfferState.WITHDRAWN))


def need_role(role: str, allowed: frozenset[str]) -> None:
    """Raises MayNotAgree."""
    if role not in allowed:
        raise MayNotAgree(
            Sentence("The role %(role)s may not do this.", role=role),
            hint=Sentence("Ask a colleague: %(roles)s.", roles=tuple(sorted(allowed))),
        )


def _name(staff: str) -> str:
    """So that a capital letter or a space makes no second person."""
    return " ".join(staff.casefold().split())


def _need(kept: KeptOffer, *states: OfferState) -> None:
    if kept.state not in states:
        raise WrongState(
            Sentence("The offer is not open for this any more: %(state)s.", state=kept.state),
            hint="Look at it again; someone was faster.",
        )


def _saved(books: PlanBooks, kept: KeptOffer) -> KeptOffer:
    books.save_offer(kept)
    return kept
