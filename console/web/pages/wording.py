"""Every text that the assistant says, as it says it, in each language; and the wording check."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated

from fastapi import Form, Request, Response

from bot.languages import LANGUAGES
from bot.texts import MissingText
from compliance.phrases import Severity
from compliance.wording import Finding, check_wording
from console.web.desk import Desk, Route
from console.web.visit import not_there, visit_of

MOST_CHARACTERS = 4_000
_VARIABLE = re.compile(r"{(\w+)}")
_EXAMPLES = {
    "amount": "$182.40",
    "overdue": "$182.40",
    "date": "Fri 20 Nov",
    "due": "Fri 20 Nov",
    "name": "Ann",
    "account": "PL-ANN",
    "days": "3",
    "hours": "Mon-Fri 09:00-18:00",
    "phone": "+1 555 0100",
}


class WordingPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> Iterable[Route]:
        yield Route(method="GET", path="/templates", endpoint=self.list)
        yield Route(method="POST", path="/templates/check", endpoint=self.check)
        yield Route(method="GET", path="/templates/{key}", endpoint=self.show)

    def list(self, request: Request, text: str = "") -> Response:
        """All texts, searched by key or words."""
        visit = visit_of(request)
        wanted = text.strip().lower()[:100]
        rows = []
        for key in sorted(self._desk.texts.keys):
            said = {tag: self._desk.texts.variant(key, tag).text for tag in LANGUAGES}
            if not wanted or wanted in key or any(wanted in one.lower() for one in said.values()):
                rows.append((key, said[visit.words.language]))
        return self._desk.pages.page(
            visit, "templates.html", rows=rows, text=text[:100], checked=None
        )

    def show(self, request: Request, key: str) -> Response:
        """One text in each language with example values, and what the wording check says."""
        visit = visit_of(request)
        if key not in self._desk.texts.keys:
            raise not_there()
        previews = []
        for tag in LANGUAGES:
            try:
                variant = self._desk.texts.variant(key, tag)
            except MissingText:
                continue
            filled = self._filled(variant.text)
            previews.append((tag, filled, variant.buttons, _faults(filled)))
        return self._desk.pages.page(visit, "template.html", key=key, previews=previews)

    def check(
        self, request: Request, text: Annotated[str, Form(max_length=MOST_CHARACTERS)] = ""
    ) -> Response:
        """What is wrong with a text that somebody wants to send."""
        visit = visit_of(request)
        return self._desk.pages.page(
            visit, "templates.html", rows=None, text="", checked=(text, _faults(text))
        )

    def _filled(self, text: str) -> str:
        values = {**_EXAMPLES, "lender": self._desk.lender_name, "hours": self._desk.team_hours}
        return _VARIABLE.sub(lambda found: values.get(found.group(1), f"‹{found.group(1)}›"), text)


def _faults(text: str) -> list[tuple[bool, Finding]]:
    """(whether it blocks, the fault)."""
    return [(one.severity is Severity.BLOCK, one) for one in check_wording(text)]
