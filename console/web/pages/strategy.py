"""What the reminders will do in the next days, and what is held back and why. Sends nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import Request, Response

from console.web.desk import Desk, Route
from console.web.forms import number_or_none
from console.web.labels import label
from console.web.runs import Runs, Step
from console.web.visit import Visit, visit_of
from scheduler.foresight import Foresight
from scheduler.outlook import Outlook
from scheduler.preview import RULES, TEMPLATE, HeldBack

DAYS = (7, 14, 30, 60)
SAMPLES = (200, 1_000)
_HOLD = "hold:"


class StrategyPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._runs: Runs[Outlook] = Runs("outlook", desk.clock, desk.closing)

    def routes(self) -> Iterable[Route]:
        yield Route(method="GET", path="/strategy", endpoint=self.show)
        yield Route(method="GET", path="/strategy/portfolio", endpoint=self.portfolio)

    def show(self, request: Request, who: str = "", days: str = "14") -> Response:
        """One account, or all accounts of a borrower, day by day."""
        visit, span = visit_of(request), _days(days)
        reference = who.strip()[:100]
        foresight = self._desk.foresight()
        found = foresight.of(reference, span) if reference else ()
        return self._desk.pages.page(
            visit,
            "strategy.html",
            who=reference,
            is_known=found is not None,
            found=found or (),
            local=visit.shown.local,
            **self._common(visit, span, foresight),
        )

    def portfolio(self, request: Request, days: str = "14", most: str = "") -> Response:
        """Messages counted by step, way and reason, over accounts evenly chosen."""
        visit, span = visit_of(request), _days(days)
        size = number_or_none(most)
        sample = size if size in SAMPLES else SAMPLES[0]
        foresight = self._desk.foresight()
        run = self._runs.run(
            (foresight.house.strategy.label, span, sample), lambda: _steps(foresight, span, sample)
        )
        template = "_outlook.html" if visit.is_partial else "outlook.html"
        return self._desk.pages.page(
            visit,
            template,
            run=run,
            step=run.step,
            samples=SAMPLES,
            most=sample,
            **self._common(visit, span, foresight),
        )

    def _common(self, visit: Visit, days: int, foresight: Foresight) -> dict[str, Any]:
        return {
            "days": days,
            "choices": DAYS,
            "strategy": foresight.house.strategy,
            "why": lambda held: self._why(visit, held),
            "offset": lambda step: _offset(visit, step),
        }

    def _why(self, visit: Visit, held: HeldBack) -> str:
        """Why something is held back, in words."""
        say = visit.say
        if held.reason == RULES:
            title = self._desk.rule_title.said_in(visit.words)
            rules = " ".join(title(rule) for rule in held.rules)
            channel = say(label(held.channel, "channel")) if held.channel else ""
            return f"{channel}: {rules}" if channel else rules
        if held.reason == TEMPLATE:
            return say("the text cannot be filled in: %(why)s", why=held.detail)
        if held.reason.startswith(_HOLD):
            kind = say(label(held.reason.removeprefix(_HOLD), "hold"))
            return say("on hold: %(kind)s", kind=kind)
        return say(label(held.reason, "ahead"))


def _steps(foresight: Foresight, days: int, most: int) -> Iterator[Step[Outlook]]:
    accounts = foresight.sample(most)
    yield Step(0, len(accounts), Outlook())
    for outlook in foresight.outlooks(accounts, days):
        yield Step(outlook.looked_at, len(accounts), outlook.copy())


def _days(text: str) -> int:
    number = number_or_none(text)
    return number if number in DAYS else 14


def _offset(visit: Visit, step: str) -> str:
    """A step by the days between it and the due date."""
    days = number_or_none(step.lstrip("+-"))
    if days is None:
        return step
    if days == 0:
        return visit.say("on the due day")
    if days == 1:
        return visit.say("the day before") if step.startswith("-") else visit.say("the day after")
    if step.startswith("-"):
        return visit.say("%(n)s days before it is due", n=days)
    return visit.say("%(n)s days after it was due", n=days)
