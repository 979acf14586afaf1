"""Agree on a plan: each function is one operation, in the caller's transaction.

Offers are kept as shown. Accepting computes the offer again on the locked account and compares:
what is booked is what was shown, or nothing is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from lending.account_file import AccountFile
from lending.accounts import Account
from lending.bookkeeping import bring_up_to_date
from lending.errors import LendingError
from lending.ids import BorrowerId
from lending.plan_booking import book_card, book_loan, lift_requests
from lending.plan_certificate import Parties, make_certificate
from lending.plan_change import book_change, still_as_shown
from lending.plan_eligibility import refusal, used_up
from lending.plan_json import digest, offer_to_json
from lending.plan_offer import Offer
from lending.plan_policy import Approval, MissedPayment, PlanPolicy
from lending.plan_ports import Now, PlanBooks
from lending.plan_quote import quote_relief
from lending.plan_records import (
    KeptOffer,
    OfferDeclined,
    OfferExpired,
    OfferMoved,
    OfferNeedsApproval,
    OfferState,
    Plan,
    PlanRefused,
    UnknownOffer,
    UnknownPlan,
)
from lending.reliefs import Relief
from lending.sentences import Sentence
from lending.terms import CardTerms

Policies = Callable[[Account], PlanPolicy]
"""The policy for an account."""


def to_keep(
    file: AccountFile,
    offers: Sequence[Offer],
    policy: PlanPolicy,
    *,
    new_id: Callable[[], str],
    now: Now,
) -> tuple[KeptOffer, ...]:
    """Offers as they are to be kept before they are shown; only what is kept can be accepted."""
    return tuple(
        KeptOffer(
            id=new_id(),
            account_id=file.account.id,
            borrower_id=file.account.borrower_id,
            offer=offer,
            policy=policy.label,
            digest=digest(offer_to_json(offer)),
            shown_at=now.at,
            expires_at=now.at + timedelta(hours=policy.offer_hours),
        )
        for offer in offers
    )


def keep_offers(
    books: PlanBooks,
    file: AccountFile,
    offers: Sequence[Offer],
    policy: PlanPolicy,
    *,
    new_id: Callable[[], str],
    now: Now,
) -> tuple[KeptOffer, ...]:
    """Keep offers that are about to be shown."""
    kept = to_keep(file, offers, policy, new_id=new_id, now=now)
    for one in kept:
        books.add_offer(one)
    return kept


def check_possible(
    books: PlanBooks, file: AccountFile, policy: PlanPolicy, reliefs: Sequence[Relief], now: Now
) -> None:
    """Return if a plan of these reliefs may start on the account now; else raise PlanRefused."""
    past = [plan.as_past for plan in books.plans_of(file.account.id)]
    why_not = refusal(file, now.today, policy, past)
    if why_not is not None:
        raise PlanRefused(
            Sentence("No plan can start on this account now (%(why)s).", why=why_not),
            hint="A person of the team can look at it.",
        )
    spent = used_up(policy, now.today, past)
    if any(relief.kind in spent for relief in reliefs):
        raise PlanRefused(
            "This kind of relief was used as often as the policy allows within a year.",
            hint="A person of the team can look at it.",
        )


def known_offer(books: PlanBooks, offer_id: str, borrower_id: BorrowerId | None) -> KeptOffer:
    """The offer, if it was made to this borrower; None is staff. Raises UnknownOffer."""
    kept = books.offer(offer_id)
    if kept is None or borrower_id not in (None, kept.borrower_id):
        raise UnknownOffer("There is no such offer.", hint="Ask for a new one.")
    return kept


def accept(
    books: PlanBooks,
    offer_id: str,
    borrower_id: BorrowerId,
    *,
    policies: Policies,
    parties: Parties,
    now: Now,
) -> Plan:
    """Book the plan of an offer; a second yes gives the same plan and changes nothing.

    Raises UnknownOffer, OfferDeclined, OfferExpired, OfferNeedsApproval, OfferMoved and
    PlanRefused; then nothing is to be committed.
    """
    account_id = known_offer(books, offer_id, borrower_id).account_id
    file = books.locked(account_id)
    kept = known_offer(books, offer_id, borrower_id)  # as it is now that the account is locked
    known = books.plan(kept.id)
    if known is not None:
        return known
    if kept.changes is not None and kept.state is OfferState.ACCEPTED:
        return _known_plan(books, kept.changes)
    _check_state(kept, now)
    policy = policies(file.account)
    bring_up_to_date(books, account_id, through=now.today, now=now.at)
    file = books.locked(account_id)
    if kept.changes is not None:
        return book_change(books, _known_plan(books, kept.changes), kept, file, policy, now)
    check_possible(books, file, policy, kept.offer.reliefs, now)
    offer = _same_again(file, kept, policy, now)
    book = book_card if isinstance(file.account.terms, CardTerms) else book_loan
    plan = book(books, file, kept, offer, now)
    books.add_plan(plan)
    books.save_offer(replace(kept, state=OfferState.ACCEPTED))
    lift_requests(books, file, now)
    account = books.locked(plan.account_id).account
    books.add_certificate(
        make_certificate(
            plan,
            account,
            offer.rows,
            parties,
            version=1,
            agreed_on=now.today,
            made_on=now.today,
            made_at=now.at,
            accepted=True,
            grace_days=policy.missed_grace_days,
            misses_allowed=int(policy.missed_payment is MissedPayment.MOVE_ONCE),
        )
    )
    return plan


def _check_state(kept: KeptOffer, now: Now) -> None:
    if kept.state in (OfferState.DECLINED, OfferState.WITHDRAWN):
        raise OfferDeclined("This offer was taken back.", hint="Ask for a new one.")
    if kept.offer.approval is Approval.STAFF and kept.state is not OfferState.APPROVED:
        raise OfferNeedsApproval(
            "Two of the lender's staff must agree to this plan first.", hint="Send it to them."
        )
    if now.at >= kept.expires_at:
        raise OfferExpired("This offer has expired.", hint="Ask for a new one.")


def _known_plan(books: PlanBooks, plan_id: str) -> Plan:
    plan = books.plan(plan_id)
    if plan is None:
        raise UnknownPlan("There is no such plan.", hint="Check its number.")
    return plan


def _same_again(file: AccountFile, kept: KeptOffer, policy: PlanPolicy, now: Now) -> Offer:
    try:
        offer = quote_relief(file, now.today, policy, kept.offer.reliefs)
    except PlanRefused:
        raise
    except LendingError as error:
        raise OfferMoved(error.message, hint="Ask for a new offer.") from None
    return still_as_shown(kept, offer)
