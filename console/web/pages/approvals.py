"""Plans that need people: recommend, approve by a second person, decline; and look for one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import Form, Request, Response

from bot.ports import UnitOfWork
from bot.ports_console import OfferLine
from console.web.desk import Desk, Route
from console.web.forms import BadField, amount_of, number_or_none
from console.web.visit import done, not_there, visit_of
from console.web.words import mark
from lending.account_file import AccountFile
from lending.accounts import Borrower
from lending.affordability import Budget, Spending
from lending.dates import local_day
from lending.ids import ConversationId
from lending.plan_ports import Now
from lending.plan_quote import PlanRequest
from lending.plan_records import OfferState

Short = Annotated[str, Form(max_length=64)]
Note = Annotated[str, Form(max_length=2_000)]
WAITING = (OfferState.REQUESTED, OfferState.RECOMMENDED)


class ApprovalPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> Iterable[Route]:
        yield Route(method="GET", path="/approvals", endpoint=self.list)
        yield Route(method="GET", path="/approvals/{offer_id}", endpoint=self.show)
        yield Route(method="POST", path="/approvals/{offer_id}/recommend", endpoint=self.recommend)
        yield Route(method="POST", path="/approvals/{offer_id}/approve", endpoint=self.approve)
        yield Route(method="POST", path="/approvals/{offer_id}/decline", endpoint=self.decline)

    def list(self, request: Request) -> Response:
        """What waits for a first or a second person."""
        visit = visit_of(request)
        with self._desk.store.unit() as uow:
            offers = uow.console.offers(WAITING, 200)
            tools = self._desk.person_tools(visit, self._desk.names(uow))
        return self._desk.pages.page(visit, "approvals.html", offers=offers, **tools)

    def show(self, request: Request, offer_id: str) -> Response:
        """One offer, today's terms beside it, and who said what."""
        visit = visit_of(request)
        with self._desk.store.unit() as uow:
            found = _offer(uow, offer_id)
            tools = self._desk.person_tools(visit, self._desk.names(uow))
        return self._desk.pages.page(visit, "approval.html", o=found, **tools)

    def recommend(self, request: Request, offer_id: str, note: Note = "") -> Response:
        """The first of two people. Raises WrongState, MayNotAgree."""
        return self._agree(request, offer_id, "recommended", note=note)

    def approve(self, request: Request, offer_id: str) -> Response:
        """The second of two people. Raises SamePerson, WrongState, MayNotAgree."""
        return self._agree(request, offer_id, "approved")

    def decline(self, request: Request, offer_id: str, reason: Note = "") -> Response:
        """No, with a reason for colleagues; the borrower is told kindly."""
        if not reason.strip():
            raise BadField(mark("A reason is needed."), hint=mark("Say why it does not fit."))
        return self._agree(request, offer_id, "declined", reason=reason.strip())

    def _agree(self, request: Request, offer_id: str, what: str, **given: str) -> Response:
        visit, office = visit_of(request), self._desk.plans
        with self._desk.store.unit() as uow:
            found = _offer(uow, offer_id)
            borrower = uow.borrowers.get(found.kept.borrower_id)
            now = Now(today=local_day(visit.now, borrower.timezone), at=visit.now)
            who: dict[str, Any] = {"staff": visit.staff.login, "role": visit.staff.role.value}
            match what:
                case "recommended":
                    office.recommend(uow.plans, offer_id, borrower, now=now, **who, **given)
                case "approved":
                    office.approve(uow.plans, offer_id, borrower, now=now, **who)
                case _:
                    office.decline(uow.plans, offer_id, borrower, now=now, **who, **given)
            uow.audit.append(
                at=visit.now,
                actor=visit.staff.login,
                event=f"plan.{what}",
                subject=f"offer:{offer_id}",
                details={"account": found.account_reference},
            )
            uow.commit()
        return done(visit, f"/approvals/{offer_id}", what)


def _offer(uow: UnitOfWork, offer_id: str) -> OfferLine:
    found = uow.console.offer(offer_id)
    if found is None:
        raise not_there()
    return found


class PlanPages:
    """Look for a plan within a conversation: what would fit, beside today's terms."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> Iterable[Route]:
        path = "/conversations/{conversation_id}/plans"
        yield Route(method="GET", path=path, endpoint=self.show)
        yield Route(method="POST", path=path, endpoint=self.offer)

    def show(
        self,
        request: Request,
        conversation_id: str,
        account: str = "",
        monthly: str = "",
        income: str = "",
        spending: str = "",
        months: str = "",
        day: str = "",
    ) -> Response:
        """What the policy allows for this household; nothing is kept by looking."""
        visit = visit_of(request)
        given = {"monthly": monthly, "income": income, "spending": spending}
        given |= {"months": months, "day": day}
        with self._desk.store.unit() as uow:
            borrower, file = _account(uow, conversation_id, account)
            wish = _wish(given, file.account.currency)
            now = Now(today=local_day(visit.now, borrower.timezone), at=visit.now)
            quoted = self._desk.plans.quote(uow.plans, file, borrower, wish, now=now)
            tools = self._desk.person_tools(visit, self._desk.names(uow))
        return self._desk.pages.page(
            visit,
            "plans.html",
            conversation_id=conversation_id,
            borrower=borrower,
            account=file.account,
            quoted=quoted,
            given=given,
            **tools,
        )

    def offer(
        self,
        request: Request,
        conversation_id: str,
        account: Short = "",
        place: Short = "",
        monthly: Short = "",
        income: Short = "",
        spending: Short = "",
        months: Short = "",
        day: Short = "",
        note: Note = "",
    ) -> Response:
        """Put one of the plans on record as asked for, recommended by whoever found it."""
        visit = visit_of(request)
        given = {"monthly": monthly, "income": income, "spending": spending}
        given |= {"months": months, "day": day}
        with self._desk.store.unit() as uow:
            borrower, file = _account(uow, conversation_id, account)
            wish = _wish(given, file.account.currency)
            now = Now(today=local_day(visit.now, borrower.timezone), at=visit.now)
            office = self._desk.plans
            quoted = office.quote(uow.plans, file, borrower, wish, now=now)
            number = number_or_none(place)
            if number is None or number >= len(quoted.kept):
                raise BadField(
                    mark("The plans have changed since."), hint=mark("Look for plans again.")
                )
            kept = quoted.kept[number]
            office.keep(uow.plans, (kept,))
            office.request(uow.plans, kept.id, borrower, now=now)
            office.recommend(
                uow.plans,
                kept.id,
                borrower,
                staff=visit.staff.login,
                role=visit.staff.role.value,
                note=note,
                now=now,
            )
            uow.audit.append(
                at=visit.now,
                actor=visit.staff.login,
                event="plan.recommended",
                subject=f"offer:{kept.id}",
                details={"account": file.account.reference},
            )
            uow.commit()
        return done(visit, f"/approvals/{kept.id}", "recommended")


def _account(uow: UnitOfWork, conversation_id: str, reference: str) -> tuple[Borrower, AccountFile]:
    """The borrower of the conversation and one of their accounts."""
    conversation = uow.conversations.get(ConversationId(conversation_id))
    borrower_id = conversation.identity.borrower_id
    file = uow.accounts.by_reference(reference)
    if borrower_id is None or file is None or file.account.borrower_id != borrower_id:
        raise not_there()
    return uow.borrowers.get(borrower_id), file


def _wish(given: dict[str, str], currency: str) -> PlanRequest:
    """Raises BadField, BudgetMakesNoSense."""
    monthly = amount_of(given["monthly"], currency) if given["monthly"].strip() else None
    budget = None
    if given["income"].strip():
        spent = given["spending"].strip()
        budget = Budget(
            currency=currency,
            income=amount_of(given["income"], currency).minor,
            spending={Spending.OTHER: amount_of(spent, currency).minor} if spent else {},
            months=number_or_none(given["months"]),
        )
    return PlanRequest(budget=budget, monthly=monthly, day=number_or_none(given["day"]))
