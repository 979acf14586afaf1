"""A yes to an offer: looked at once more, then booked by its id in one transaction."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import EventType, SlotSet

from actions._base import Case, Desk, Reply, forget
from actions._plans import kept_offers, now_of, office_of
from lending.account_file import AccountFile
from lending.errors import LendingError
from lending.plan_policy import Approval
from lending.plan_records import KeptOffer, OfferState, PlanRefused


def take(case: Case, desk: Desk, reply: Reply, offer_id: str) -> list[EventType]:
    """Ask for the booking of an offer, or for its approval; words come with what became of it.

    What can be seen to be over already is said here, so that the figures told stay at hand.
    """
    found = kept_offers(desk, case, (offer_id,))
    if not found:
        reply.say("utter_plan_unknown")
        return []
    [kept] = found
    problem = over(case, desk, kept)
    if problem is not None:
        reply.say(problem)
        return []
    effect: dict[str, Any] = (
        {"request_offer": {"offer": kept.id}}
        if kept.offer.approval is Approval.STAFF and kept.state is not OfferState.APPROVED
        else {"accept_offer": {"offer": kept.id}}
    )
    reply.effect(effect)
    return [*forget("hardship_form"), *forget("extension_form"), SlotSet("plan_taken", kept.id)]


def over(case: Case, desk: Desk, kept: KeptOffer) -> str | None:
    """The response that says why an offer cannot be taken any more; None if it still stands."""
    if kept.state in (OfferState.ACCEPTED, OfferState.REQUESTED, OfferState.RECOMMENDED):
        return None  # a second yes is answered by what is booked
    if kept.state in (OfferState.DECLINED, OfferState.WITHDRAWN):
        return "utter_plan_taken_back"
    if case.now >= kept.expires_at:
        return "utter_plan_expired"
    file = next((f for f in case.files if f.account.id == kept.account_id), None)
    if file is None:
        return "utter_plan_unknown"
    return "utter_plan_moved_on" if _has_moved(case, desk, kept, file) else None


def _has_moved(case: Case, desk: Desk, kept: KeptOffer, file: AccountFile) -> bool:
    """Whether the same reliefs would come to other figures now."""
    if kept.changes is not None or case.borrower is None:
        return False  # what changes a running plan is compared when it is booked
    try:
        with desk.store.unit() as uow:
            again = (
                office_of(desk)
                .quote_relief(uow.plans, file, case.borrower, kept.offer.reliefs, now=now_of(case))
                .offer
            )
    except PlanRefused:
        return False  # the booking refuses it too, and says why
    except LendingError:
        return True
    shown = kept.offer
    return (again.rows, again.waived, again.capitalised) != (
        shown.rows,
        shown.waived,
        shown.capitalised,
    )
