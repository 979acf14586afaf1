"""Why did we contact, and why not: every decision of the contact rules, searched and explained."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fastapi import Request, Response

from bot.ports import StoredDecision
from bot.ports_console import DecisionFilter, DecisionLine
from compliance.explain import explain
from compliance.terms import Effect, Purpose
from console.web.desk import Desk, Route
from console.web.forms import day_or_none, number_or_none
from console.web.rules import profile_or_none
from console.web.visit import Visit, not_there, visit_of

PAGE = 50
CSV_ROWS = 10_000


class ContactPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> Iterable[Route]:
        yield Route(method="GET", path="/contacts", endpoint=self.search)
        yield Route(method="GET", path="/contacts.csv", endpoint=self.table)
        yield Route(method="GET", path="/contacts/{decision_id}", endpoint=self.show)

    def search(
        self,
        request: Request,
        who: str = "",
        outcome: str = "",
        rule: str = "",
        purpose: str = "",
        since: str = "",
        until: str = "",
        before: str = "",
    ) -> Response:
        """Decisions, newest first."""
        visit = visit_of(request)
        given = {"who": who, "outcome": outcome, "rule": rule, "purpose": purpose}
        given |= {"since": since, "until": until}
        lines, unknown = self._lines(given, before, PAGE + 1)
        return self._desk.pages.page(
            visit,
            "contacts.html",
            lines=lines[:PAGE],
            has_more=len(lines) > PAGE,
            given=given,
            unknown=unknown,
            effects=[effect.value for effect in Effect],
            purposes=[one.value for one in Purpose],
            rule_ids=self._desk.rule_title.known,
            rule_title=self._desk.rule_title.said_in(visit.words),
        )

    def table(
        self,
        request: Request,
        who: str = "",
        outcome: str = "",
        rule: str = "",
        purpose: str = "",
        since: str = "",
        until: str = "",
    ) -> Response:
        """The same decisions as CSV, at most 10,000; without what was said."""
        visit_of(request)
        given = {"who": who, "outcome": outcome, "rule": rule, "purpose": purpose}
        lines, _ = self._lines(given | {"since": since, "until": until}, "", CSV_ROWS)
        head = ["id", "at_utc", "borrower", "channel", "purpose", "outcome", "rules", "until_utc"]
        rows = [
            [
                str(line.id),
                line.at.astimezone(UTC).isoformat(),
                line.borrower_reference or "",
                line.channel,
                line.purpose,
                line.outcome,
                " ".join(line.rules),
                line.until.astimezone(UTC).isoformat() if line.until else "",
                line.delivery or "",
            ]
            for line in lines
        ]
        return csv_file("contacts.csv", [*head, "delivery"], rows)

    def show(self, request: Request, decision_id: str) -> Response:
        """One decision: the answer, each rule in words with its source, and what was asked."""
        visit = visit_of(request)
        number = number_or_none(decision_id)
        if number is None:
            raise not_there()
        with self._desk.store.unit() as uow:
            found = uow.contacts.decisions(after=number - 1, limit=1)
            if not found or found[0].id != number:
                raise not_there()
            lines = uow.console.decision_lines(DecisionFilter(before=number + 1, limit=1))
        return self._desk.pages.page(visit, "contact.html", **self._told(visit, found[0], lines[0]))

    def _told(self, visit: Visit, kept: StoredDecision, line: DecisionLine) -> dict[str, object]:
        question, decision = kept.question, kept.answer.decision
        profile = profile_or_none(question.profile)
        told = explain(decision, question.facts, profile) if profile else list(decision.rules)
        rules = [profile.rule(rule_id) if profile else None for rule_id in decision.rules]
        return {
            "line": line,
            "kept": kept,
            "answer": told[0] if profile else "",
            "rules": list(zip(decision.rules, rules, strict=True)),
            "attempt": question.attempt,
            "facts": question.facts,
            "events": sorted(question.events, key=lambda event: event.at, reverse=True)[:30],
            "is_same_version": bool(profile and profile.version == kept.answer.version),
            "profile": question.profile,
        }

    def _lines(
        self, given: dict[str, str], before: str, limit: int
    ) -> tuple[tuple[DecisionLine, ...], bool]:
        with self._desk.store.unit() as uow:
            borrower = None
            if given["who"].strip():
                borrower = uow.borrowers.by_reference(given["who"].strip())
                if borrower is None:
                    hits = uow.console.find_borrowers(given["who"], 2)
                    if len(hits) != 1:
                        return (), True
                    borrower = uow.borrowers.get(hits[0].id)
            wanted = DecisionFilter(
                borrower_id=borrower.id if borrower else None,
                outcome=given["outcome"],
                rule=given["rule"],
                purpose=given["purpose"],
                since=self._start(given["since"]),
                until=self._start(given["until"], after=True),
                before=number_or_none(before),
                limit=limit,
            )
            return uow.console.decision_lines(wanted), False

    def _start(self, text: str, *, after: bool = False) -> datetime | None:
        """The start of a day in the team's zone; `after`: of the day after."""
        day = day_or_none(text)
        if day is None:
            return None
        zone = ZoneInfo(self._desk.pages.zone)
        start = datetime.combine(day + timedelta(days=int(after)), time(), zone)
        return start.astimezone(UTC)


def csv_file(name: str, head: list[str], rows: Iterable[list[str]]) -> Response:
    """A CSV that a spreadsheet opens: UTF-8 with a mark, and no cell that it would run."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    body = ("\ufeff" + out.getvalue()).encode()
    return Response(body, media_type="text/csv; charset=utf-8", headers=headers)


def _harmless(cell: str) -> str:
    return "'" + cell if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
