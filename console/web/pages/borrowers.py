"""Find a borrower; see everything about one; show a masked contact detail, on the record."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import Request, Response
from markupsafe import escape

from console.web.case import borrower_view
from console.web.desk import Desk, Route
from console.web.forms import number_or_none
from console.web.visit import not_there, visit_of

HITS = 50
REVEALED = "borrower.revealed"


class BorrowerPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> Iterable[Route]:
        yield Route(method="GET", path="/borrowers", endpoint=self.search)
        yield Route(method="GET", path="/borrowers/{reference}", endpoint=self.show)
        yield Route(method="POST", path="/points/{point_id}/reveal", endpoint=self.reveal)

    def search(self, request: Request, text: str = "") -> Response:
        """Borrowers by a part of the name, or the beginning of a reference."""
        visit = visit_of(request)
        with self._desk.store.unit() as uow:
            hits = uow.console.find_borrowers(text[:100], HITS + 1)
        return self._desk.pages.page(
            visit, "borrowers.html", hits=hits[:HITS], text=text[:100], is_cut=len(hits) > HITS
        )

    def show(self, request: Request, reference: str) -> Response:
        """Everything about one borrower."""
        visit = visit_of(request)
        with self._desk.store.unit() as uow:
            borrower = uow.borrowers.by_reference(reference)
            if borrower is None:
                raise not_there()
            person = borrower_view(uow, borrower.id, visit.now)
            names = self._desk.names(uow)
        return self._desk.pages.page(
            visit,
            "borrower.html",
            person=person,
            local_time=visit.shown.time_in(visit.now, borrower.timezone),
            **self._desk.person_tools(visit, names),
        )

    def reveal(self, request: Request, point_id: str) -> Response:
        """Show a contact detail in full. Who looked at what goes on the audit chain first."""
        visit = visit_of(request)
        number = number_or_none(point_id)
        with self._desk.store.unit() as uow:
            found = None if number is None else uow.console.contact_point(number)
            if found is None:
                raise not_there()
            borrower = uow.borrowers.get(found[0])
            uow.audit.append(
                at=visit.now,
                actor=visit.staff.login,
                event=REVEALED,
                subject=f"borrower:{borrower.reference}",
                details={"field": found[1].kind, "point": str(found[1].id)},
            )
            uow.commit()
        if visit.is_partial:
            return Response(f"<span>{escape(found[1].value)}</span>", media_type="text/html")
        return self._desk.pages.page(
            visit, "revealed.html", value=found[1].value, kind=found[1].kind, borrower=borrower
        )
