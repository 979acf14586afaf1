"""Change a plan in force: staff propose, a second person approves, the borrower accepts.

The change is an offer like any other, computed on the account as it is now. Accepted, it is the
next version of the plan's schedule and certificate; until then the version before counts.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from lending.account_file import AccountFile
from lending.errors import LendingError
from lending.plan_booking import book_terms
from lending.plan_case import plan_case
from lending.plan_certificate import Parties, make_certificate
from lending.plan_eligibility import Refusal, refusal
from lending.plan_json import digest, offer_to_json
from lending.plan_offer import Offer
from lending.plan_policy import Approval, MissedPayment, PlanPolicy
from lending.plan_ports import Now, PlanBooks
from lending.plan_records import (
    KeptOffer,
    OfferMoved,
    OfferState,
    Plan,
    PlanRefused,
    PlanState,
    WrongState,
)
from lending.plan_search import Wanted, hardship_until, offer_of
from lending.reliefs import Relief
from lending.sentences import Sentence

_AGE = (Refusal.TOO_EARLY, Refusal.TOO_LATE)
"""No reason against a change that two of the staff agree to."""


def propose(
    books: PlanBooks,
    plan: Plan,
    reliefs: tuple[Relief, ...],
    *,
    policy: PlanPolicy,
    staff: str,
    note: str,
    new_id: Callable[[], str],
    now: Now,
) -> KeptOffer:
    """Keep the change as recommended by `staff`. Raises WrongState, PlanRefused, LendingError."""
    file = books.locked(plan.account_id)
    offer = replace(changed_offer(file, plan, reliefs, policy, now), approval=Approval.STAFF)
    kept = KeptOffer(
        id=new_id(),
        account_id=plan.account_id,
        borrower_id=plan.borrower_id,
        offer=offer,
        policy=policy.label,
        digest=digest(offer_to_json(offer)),
        shown_at=now.at,
        expires_at=now.at + timedelta(hours=policy.offer_hours),
        state=OfferState.RECOMMENDED,
        recommended_by=staff,
        note=note,
        changes=plan.id,
    )
    books.add_offer(kept)
    return kept


def changed_offer(
    file: AccountFile, plan: Plan, reliefs: tuple[Relief, ...], policy: PlanPolicy, now: Now
) -> Offer:
    """The reliefs on the account as it is under the plan."""
    if plan.state is not PlanState.ON_TRACK:
        raise WrongState("The plan is not in force.", hint="Make a new one.")
    why_not = refusal(file, now.today, policy, ())
    if why_not is not None and why_not not in _AGE:
        raise PlanRefused(
            Sentence("The plan cannot be changed now (%(why)s).", why=why_not),
            hint="Settle that first.",
        )
    case = plan_case(file, now.today, rate_bp=plan.offer.rate_bp)
    offer = offer_of(case, policy, reliefs, hardship_until(case, policy, Wanted()))
    if offer is None:
        raise PlanRefused(
            "These reliefs cannot be given to the account as it is now.", hint="Choose others."
        )
    return offer


def keep_version(
    books: PlanBooks, kept: KeptOffer, *, policy: PlanPolicy, parties: Parties, now: Now
) -> None:
    """The next version of the certificate, which the borrower has yet to accept."""
    plan = books.plan(kept.changes or "")
    assert plan is not None, "a change belongs to a plan"
    books.add_certificate(
        make_certificate(
            replace(plan, offer=kept.offer, offer_id=kept.id),
            books.locked(plan.account_id).account,
            kept.offer.rows,
            parties,
            version=books.certificates_of(plan.id)[-1].version + 1,
            agreed_on=plan.started_on,
            made_on=now.today,
            made_at=now.at,
            accepted=False,
            grace_days=policy.missed_grace_days,
            misses_allowed=int(
                policy.missed_payment is MissedPayment.MOVE_ONCE and plan.moved == 0
            ),
        )
    )


def book_change(
    books: PlanBooks, plan: Plan, kept: KeptOffer, file: AccountFile, policy: PlanPolicy, now: Now
) -> Plan:
    """The borrower accepted it: book its terms on the plan. Raises OfferMoved, PlanRefused."""
    try:
        offer = changed_offer(file, plan, kept.offer.reliefs, policy, now)
    except PlanRefused:
        raise
    except LendingError as error:
        raise OfferMoved(error.message, hint="Ask for a new offer.") from None
    offer = still_as_shown(kept, offer)
    version = book_terms(books, file, kept.id, offer, now)
    changed = replace(plan, offer=offer, offer_id=kept.id, schedule_version=version)
    books.save_plan(changed)
    books.save_offer(replace(kept, state=OfferState.ACCEPTED))
    for certificate in books.certificates_of(plan.id):
        if json.loads(certificate.text)["offer"] == kept.id:
            books.save_certificate(replace(certificate, accepted_at=now.at))
    return changed


def still_as_shown(kept: KeptOffer, offer: Offer) -> Offer:
    """The offer, computed again, if it is what was shown. Raises OfferMoved."""
    shown = kept.offer
    if (offer.rows, offer.waived, offer.capitalised) != (
        shown.rows,
        shown.waived,
        shown.capitalised,
    ):
        raise OfferMoved(
            "The account changed since this was shown, so the figures are others now.",
            hint="Ask for a new offer.",
        )
    return replace(offer, payment=shown.payment, goals=shown.goals, approval=shown.approval)
