"""Tell the lender's system what happened: one call beside the change, in the same unit of work."""

from __future__ import annotations

from datetime import datetime

from bot.ports import UnitOfWork
from lending.events import Event, EventType, Fact
from lending.ids import AccountId, BorrowerId, ConversationId
from lending.plan_records import KeptOffer, Plan, PlanState
from lending.promises import Promise


def emit(
    uow: UnitOfWork,
    type: EventType,
    *,
    at: datetime,
    borrower_id: BorrowerId | None = None,
    account_id: AccountId | None = None,
    conversation_id: ConversationId | None = None,
    **data: Fact,
) -> None:
    """Keep an event for the lender's system; it leaves only if the unit of work is committed.

    `data` holds codes, ISO days and minor units: no names, no addresses, nothing that was written.
    """
    uow.outgoing.add(
        Event(
            type=type,
            at=at,
            borrower_id=borrower_id,
            account_id=account_id,
            conversation_id=conversation_id,
            data=data,
        )
    )


def tell_offered(uow: UnitOfWork, offer: KeptOffer) -> None:
    """Beside `PlanOffice.keep`: an offer is about to be shown."""
    emit(
        uow,
        EventType.PLAN_OFFERED,
        at=offer.shown_at,
        borrower_id=offer.borrower_id,
        account_id=offer.account_id,
        plan=offer.id,
    )


def tell_plan(uow: UnitOfWork, plan: Plan, at: datetime) -> None:
    """Beside what accepted or ended a plan: tells of one that is on track or has failed."""
    types = {PlanState.ON_TRACK: EventType.PLAN_ACCEPTED, PlanState.FAILED: EventType.PLAN_FAILED}
    if plan.state in types:
        emit(
            uow,
            types[plan.state],
            at=at,
            borrower_id=plan.borrower_id,
            account_id=plan.account_id,
            plan=plan.id,
            schedule_version=plan.schedule_version,
        )


def tell_promise(
    uow: UnitOfWork, type: EventType, promise: Promise, borrower_id: BorrowerId, at: datetime
) -> None:
    """Beside `take_promise`, and where a promise is found kept or broken."""
    emit(
        uow,
        type,
        at=at,
        borrower_id=borrower_id,
        account_id=promise.account_id,
        amount_minor=promise.amount.minor,
        currency=promise.amount.currency,
        due_on=promise.due_on.isoformat(),
    )
