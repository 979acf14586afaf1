"""The API: holds, and what can only be read: escalations, decisions, events."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Security
from fastapi.responses import JSONResponse

from bot.ports import UnitOfWork
from console.api_accounts import file_of
from console.api_answers import (
    DecisionAnswer,
    EscalationAnswer,
    EventAnswer,
    HoldAnswer,
    KeyAnswer,
    Page,
)
from console.api_borrowers import Reference, borrower_of
from console.api_key import PartsOf, caller_of
from console.api_once import Done, IdempotencyKey, once
from console.api_paging import WindowOf, page
from console.api_problem import NotFound
from console.lender_forms import HoldEndForm, NewHoldForm
from lending.bookkeeping import lift_hold, place_hold
from lending.dates import local_day
from lending.errors import UnknownAccount
from lending.holds import Hold, open_hold
from lending.ids import BorrowerId
from lending.lender_access import ApiKey, Scope

router = APIRouter()

AnyKey = Annotated[ApiKey, Security(caller_of)]
HoldReader = Annotated[ApiKey, Security(caller_of, scopes=[Scope.HOLDS_READ])]
Holder = Annotated[ApiKey, Security(caller_of, scopes=[Scope.HOLDS_WRITE])]
EscalationReader = Annotated[ApiKey, Security(caller_of, scopes=[Scope.ESCALATIONS_READ])]
DecisionReader = Annotated[ApiKey, Security(caller_of, scopes=[Scope.DECISIONS_READ])]
EventReader = Annotated[ApiKey, Security(caller_of, scopes=[Scope.EVENTS_READ])]


@router.get("/key", tags=["key"])
def show_key(caller: AnyKey) -> KeyAnswer:
    """The key of this request, and what it may do."""
    return KeyAnswer(name=caller.name, scopes=sorted(caller.scopes))


@router.get("/borrowers/{reference}/holds", tags=["holds"])
def list_holds(reference: Reference, parts: PartsOf, caller: HoldReader) -> Page[HoldAnswer]:
    """Every hold of a borrower, ended ones too."""
    with parts.store.unit() as uow:
        borrower = borrower_of(uow, reference)
        names = _names(uow, borrower.id)
        found = uow.portfolio.holds(borrower.id)
    items = [HoldAnswer.of(hold, names.get(hold.account_id or 0)) for hold in found]
    return Page(items=items, next_cursor=None)


@router.post(
    "/borrowers/{reference}/holds", status_code=201, response_model=HoldAnswer, tags=["holds"]
)
def post_hold(
    reference: Reference, form: NewHoldForm, parts: PartsOf, caller: Holder, key: IdempotencyKey
) -> JSONResponse:
    """Suspend reminders, fees ... for an account or all of a borrower's."""

    def write(uow: UnitOfWork) -> Done:
        borrower = borrower_of(uow, reference)
        held = None if form.account is None else file_of(uow, form.account)[0].account
        if held is not None and held.borrower_id != borrower.id:
            raise UnknownAccount(
                f"The borrower has no account {form.account!r}.", hint="Check both references."
            )
        hold = open_hold(
            kind=form.kind,
            borrower_id=borrower.id,
            account_id=held.id if held else None,
            from_on=form.from_on,
            until_on=form.until_on,
            owner=form.owner,
            reason=form.reason,
            suspends=None if form.suspends is None else frozenset(form.suspends),
        )
        now = parts.clock()
        placed = place_hold(uow.portfolio, hold, today=local_day(now, borrower.timezone), now=now)
        _audit(uow, parts, caller, "hold.placed", placed)
        return Done(status=201, answer=HoldAnswer.of(placed, form.account))

    return once(parts, caller, key, ("hold", reference), form, write)


@router.post("/holds/{number}/end", status_code=201, response_model=HoldAnswer, tags=["holds"])
def post_hold_end(
    number: Annotated[int, Path(ge=1, le=2**53)],
    form: HoldEndForm,
    parts: PartsOf,
    caller: Holder,
    key: IdempotencyKey,
) -> JSONResponse:
    """Lift a hold: `on` is the first day that is free again."""

    def write(uow: UnitOfWork) -> Done:
        hold = uow.portfolio.hold(number)
        borrower = uow.borrowers.get(hold.borrower_id)
        now = parts.clock()
        lifted = lift_hold(
            uow.portfolio, hold, form.on, today=local_day(now, borrower.timezone), now=now
        )
        _audit(uow, parts, caller, "hold.lifted", lifted)
        names = _names(uow, borrower.id)
        return Done(status=201, answer=HoldAnswer.of(lifted, names.get(lifted.account_id or 0)))

    return once(parts, caller, key, ("hold-end", str(number)), form, write)


@router.get("/escalations", tags=["escalations"])
def list_escalations(
    parts: PartsOf, caller: EscalationReader, asked: WindowOf
) -> Page[EscalationAnswer]:
    """Those that wait for a person, oldest first."""
    with parts.store.unit() as uow:
        found = sorted(uow.escalations.unresolved(), key=lambda one: one.id)
    shown = [one for one in found if one.id > asked.after][: asked.limit + 1]
    return page(shown, asked, number=lambda one: one.id, tell=EscalationAnswer.of)


@router.get("/escalations/{number}", tags=["escalations"])
def show_escalation(
    number: Annotated[int, Path(ge=1, le=2**53)], parts: PartsOf, caller: EscalationReader
) -> EscalationAnswer:
    """One that waits for a person."""
    with parts.store.unit() as uow:
        for one in uow.escalations.unresolved():
            if one.id == number:
                return EscalationAnswer.of(one)
    raise NotFound("No open escalation has this number.", hint="List the open ones.")


@router.get("/decisions", tags=["decisions"])
def list_decisions(parts: PartsOf, caller: DecisionReader, asked: WindowOf) -> Page[DecisionAnswer]:
    """Every attempt to contact somebody, sent or not, in the order of deciding."""
    with parts.store.unit() as uow:
        found = uow.contacts.decisions(after=asked.after, limit=asked.limit + 1)
    return page(found, asked, number=lambda one: one.id, tell=DecisionAnswer.of)


@router.get("/events", tags=["events"])
def list_events(parts: PartsOf, caller: EventReader, asked: WindowOf) -> Page[EventAnswer]:
    """What happened, in order: for systems that rather ask than take webhooks.

    Keep the last `next_cursor`, or ask again from the one before: no event comes in before it.
    """
    with parts.store.unit() as uow:
        found = uow.outgoing.page(after=asked.after, limit=asked.limit + 1)
    return page(found, asked, number=lambda one: one.number, tell=EventAnswer.of)


def _names(uow: UnitOfWork, borrower_id: BorrowerId) -> dict[int, str]:
    """References of the borrower's accounts by their numbers."""
    files = uow.accounts.files_of(borrower_id)
    return {file.account.id: file.account.reference for file in files}


def _audit(uow: UnitOfWork, parts: PartsOf, caller: ApiKey, event: str, hold: Hold) -> None:
    uow.audit.append(
        at=parts.clock(),
        actor=f"api:{caller.id}",
        event=event,
        subject=f"borrower:{hold.borrower_id}",
        details={"hold": str(hold.id), "kind": hold.kind.value},
    )
