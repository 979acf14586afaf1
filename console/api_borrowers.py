"""The API: borrowers, ways to reach them, and one-time links for them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response, Security
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from bot.identity import token_hash
from bot.ports import UnitOfWork
from console.api_answers import BorrowerAnswer, LinkAnswer, Page, PointAnswer
from console.api_key import Parts, PartsOf, caller_of
from console.api_once import Done, IdempotencyKey, once
from console.api_paging import WindowOf, page
from console.api_problem import BadRequest, NotFound
from console.lender_forms import REFERENCE, BorrowerForm, LinkForm, PointForm
from lending.accounts import Borrower
from lending.lender_access import ApiKey, Scope

router = APIRouter(prefix="/borrowers", tags=["borrowers"])

Reference = Annotated[str, Path(pattern=REFERENCE, max_length=64)]
Reader = Annotated[ApiKey, Security(caller_of, scopes=[Scope.BORROWERS_READ])]
Writer = Annotated[ApiKey, Security(caller_of, scopes=[Scope.BORROWERS_WRITE])]
Linker = Annotated[ApiKey, Security(caller_of, scopes=[Scope.LINKS_WRITE])]

BIRTH_DATE = "birth_date"


class _KeptLink(BaseModel):
    """What is kept of a link: not its token."""

    expires_at: str


def borrower_of(uow: UnitOfWork, reference: str) -> Borrower:
    """Raises NotFound."""
    found = uow.borrowers.by_reference(reference)
    if found is None:
        raise NotFound(
            f"No borrower has the reference {reference!r}.", hint="Send the borrower first."
        )
    return found


@router.get("")
def list_borrowers(parts: PartsOf, caller: Reader, asked: WindowOf) -> Page[BorrowerAnswer]:
    """All borrowers, in the order of keeping."""
    with parts.store.unit() as uow:
        found = uow.portfolio.borrowers(after=asked.after, limit=asked.limit + 1)
    return page(found, asked, number=lambda one: one.id, tell=BorrowerAnswer.of)


@router.get("/{reference}")
def show_borrower(reference: Reference, parts: PartsOf, caller: Reader) -> BorrowerAnswer:
    with parts.store.unit() as uow:
        return BorrowerAnswer.of(borrower_of(uow, reference))


@router.put("/{reference}", responses={201: {"description": "A new borrower."}})
def put_borrower(
    reference: Reference, form: BorrowerForm, parts: PartsOf, caller: Writer, response: Response
) -> BorrowerAnswer:
    """Tell of a borrower, new or known. The same again changes nothing."""
    fact = None
    if form.birth_date is not None:
        born = form.birth_date.isoformat()
        fact = (BIRTH_DATE, parts.digest(reference, BIRTH_DATE, born))
    with parts.store.unit() as uow:
        borrower, is_new = uow.portfolio.save_borrower(form.to_record(reference), fact)
        _audit(uow, parts, caller, "borrower.told", reference)
        uow.commit()
    response.status_code = 201 if is_new else 200
    return BorrowerAnswer.of(borrower)


@router.get("/{reference}/contact-points")
def list_contact_points(reference: Reference, parts: PartsOf, caller: Reader) -> Page[PointAnswer]:
    with parts.store.unit() as uow:
        found = uow.portfolio.contact_points(borrower_of(uow, reference).id)
    return Page(items=[PointAnswer.of(point) for point in found], next_cursor=None)


@router.put("/{reference}/contact-points", responses={201: {"description": "A new address."}})
def put_contact_point(
    reference: Reference, form: PointForm, parts: PartsOf, caller: Writer, response: Response
) -> Page[PointAnswer]:
    """Add an address, or say whether a known one is verified and reachable."""
    with parts.store.unit() as uow:
        borrower = borrower_of(uow, reference)
        is_new = uow.portfolio.save_contact_point(borrower.id, form.to_record(reference))
        _audit(uow, parts, caller, "contact_point.told", reference)
        found = uow.portfolio.contact_points(borrower.id)
        uow.commit()
    response.status_code = 201 if is_new else 200
    return Page(items=[PointAnswer.of(point) for point in found], next_cursor=None)


@router.post("/{reference}/links", status_code=201, response_model=LinkAnswer, tags=["links"])
def post_link(
    reference: Reference, form: LinkForm, parts: PartsOf, caller: Linker, key: IdempotencyKey
) -> JSONResponse:
    """Make a one-time link. Send it by a way that you trust; nothing of it is kept but a hash."""
    make = parts.web_link if form.channel == "web" else parts.telegram_link
    if make is None:
        raise BadRequest("Telegram is switched off here.", hint="Ask for a link to the web chat.")
    token = _token(parts, caller, key, reference, form.channel)

    def write(uow: UnitOfWork) -> Done:
        now = parts.clock()
        expires_at = now + timedelta(hours=parts.link_hours)
        uow.links.add(
            token_hash=token_hash(token),
            borrower_id=borrower_of(uow, reference).id,
            created_at=now,
            expires_at=expires_at,
        )
        _audit(uow, parts, caller, "link.made", reference)
        return Done(status=201, answer=_KeptLink(expires_at=expires_at.isoformat()))

    def reveal(kept: dict[str, Any]) -> dict[str, Any]:
        return {"url": make(token), **kept}

    return once(parts, caller, key, ("link", reference), form, write, reveal=reveal)


def _token(parts: Parts, caller: ApiKey, key: str, reference: str, channel: str) -> str:
    """The same for a repeated request, so that its answer can be given again without keeping it."""
    asked = "\x1f".join((caller.id, caller.hash, key, reference, channel)).encode()
    made = hmac.new(parts.link_key, asked, hashlib.sha256).digest()[:24]
    return base64.urlsafe_b64encode(made).decode()


def _audit(uow: UnitOfWork, parts: Parts, caller: ApiKey, event: str, reference: str) -> None:
    uow.audit.append(
        at=parts.clock(),
        actor=f"api:{caller.id}",
        event=event,
        subject=f"borrower:{reference}",
        details={},
    )
