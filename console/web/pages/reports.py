"""Reports: what the assistant held, how people answered, what was promised, planned and blocked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fastapi import Request, Response

from console.web import charts
from console.web.arrears import Arrears, count_arrears
from console.web.desk import Desk, Route
from console.web.figures import Figures, figures
from console.web.forms import day_or_none, number_or_none
from console.web.pages.contacts import csv_file
from console.web.runs import Runs
from console.web.visit import Visit, not_there, visit_of
from lending.errors import TideoverError

DAYS = 30
MOST_DAYS = 731


class PeriodWrong(TideoverError):
    """A report over no time, or over too much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days of the team's zone, both included."""

    first: date
    last: date
    since: datetime
    until: datetime


class ReportPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._runs: Runs[Arrears] = Runs("arrears", desk.clock, desk.closing)

    def routes(self) -> Iterable[Route]:
        yield Route(method="GET", path="/reports", endpoint=self.show)
        yield Route(method="GET", path="/reports/arrears", endpoint=self.arrears)
        yield Route(method="GET", path="/reports/{name}.csv", endpoint=self.table)

    def show(self, request: Request, since: str = "", until: str = "") -> Response:
        """All figures of a period, with charts."""
        visit = visit_of(request)
        period = self._period(visit, since, until)
        found = self._figures(period)
        return self._desk.pages.page(
            visit,
            "reports.html",
            f=found,
            period=period,
            talk_chart=self._talk_chart(visit, found),
            plan_chart=self._plan_chart(visit, found),
            meter=charts.meter,
            rule_title=self._desk.rule_title.said_in(visit.words),
        )

    def arrears(self, request: Request, days: str = "30") -> Response:
        """Cure and roll rates; counted beside the pages, and shown as far as it has come."""
        visit = visit_of(request)
        span = min(max(number_or_none(days) or DAYS, 1), 365)
        run = self._runs.run(span, lambda: count_arrears(self._desk.store, visit.now, span))
        template = "_arrears.html" if visit.is_partial else "arrears.html"
        return self._desk.pages.page(visit, template, run=run, step=run.step, days=span)

    def table(self, request: Request, name: str, since: str = "", until: str = "") -> Response:
        """The figures behind a chart, as CSV."""
        visit = visit_of(request)
        period = self._period(visit, since, until)
        found = self._figures(period)
        tables: dict[str, tuple[list[str], list[list[str]]]] = {
            "conversations": (
                ["day_utc", "conversations", "handed_off"],
                [[d.day.isoformat(), str(d.conversations), str(d.handed_off)] for d in found.days],
            ),
            "reasons": _pairs("reason", found.reasons),
            "outcomes": _pairs("outcome", found.outcomes),
            "rules": _pairs("rule", found.rules),
            "promises": _pairs("state", found.promises),
            "offers": _pairs("state", found.offers),
            "plans": (
                ["month", "started", "alive"],
                [[month, str(begun), str(alive)] for month, begun, alive in found.cohorts],
            ),
            "summary": (["figure", "value"], _summary(found)),
        }
        if name not in tables:
            raise not_there()
        head, rows = tables[name]
        return csv_file(f"{name}-{period.first}-{period.last}.csv", head, rows)

    def _figures(self, period: Period) -> Figures:
        with self._desk.store.unit() as uow:
            return figures(uow, period.since, period.until, period.last)

    def _period(self, visit: Visit, since: str, until: str) -> Period:
        zone = ZoneInfo(self._desk.pages.zone)
        last = day_or_none(until) or visit.now.astimezone(zone).date()
        first = day_or_none(since) or last - timedelta(days=DAYS - 1)
        if not 0 <= (last - first).days < MOST_DAYS:
            raise PeriodWrong(
                visit.say("A report covers from one day up to two years."),
                hint=visit.say("Choose a first day before the last one."),
            )
        start = datetime.combine(first, time(), zone).astimezone(UTC)
        end = datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC)
        return Period(first=first, last=last, since=start, until=end)

    def _talk_chart(self, visit: Visit, found: Figures) -> str:
        return charts.bars(
            [f"{one.day:%m-%d}" for one in found.days],
            [one.conversations for one in found.days],
            [one.handed_off for one in found.days],
            title=visit.say("Conversations per day, and those handed to people"),
        )

    def _plan_chart(self, visit: Visit, found: Figures) -> str:
        return charts.bars(
            [month for month, _, _ in found.cohorts],
            [begun for _, begun, _ in found.cohorts],
            [alive for _, _, alive in found.cohorts],
            title=visit.say("Plans started per month, and those still alive"),
        )


def _pairs(name: str, counts: Iterable[tuple[str, int]]) -> tuple[list[str], list[list[str]]]:
    return [name, "count"], [[code, str(count)] for code, count in counts]


def _summary(f: Figures) -> list[list[str]]:
    shares = {
        "containment": f.containment,
        "hand_off": f.hand_off,
        "promise_kept": f.promise_kept,
        "plan_uptake": f.uptake,
        "plan_survival": f.survival,
    }
    counts = {
        "conversations": f.conversations,
        "handed_off": f.handed_off,
        "escalations": f.escalations,
        "unresolved": f.unresolved,
        "contacts_decided": f.contacts,
        "contacts_allowed": f.sent,
        "complaints": f.complaints,
        "offers_shown": f.offers_shown,
        "plans_started": f.plans_started,
    }
    told = [[name, "" if value is None else f"{value:.4f}"] for name, value in shares.items()]
    waits = [
        ["first_reply_median_minutes", f.first_reply.median_minutes],
        ["first_reply_p90_minutes", f.first_reply.p90_minutes],
        ["resolution_median_minutes", f.resolution.median_minutes],
    ]
    told += [[str(name), "" if value is None else f"{value:.1f}"] for name, value in waits]
    return told + [[name, str(value)] for name, value in counts.items()]
