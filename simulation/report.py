"""The report of one run, or of two beside each other: one HTML page and CSV files."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import astuple
from html import escape
from pathlib import Path

from simulation.audit import HOURS, MOST_A_WEEK, MOST_SMS_A_WEEK
from simulation.charts import INK, bars, intervals
from simulation.outcome import FIGURES, RESAMPLES, Interval, totals
from simulation.run import Result

NAMES = {
    "contacts": "Messages", "due": "Due dates that came", "paid_on_time": "Paid by the day",
    "late": "Late", "cured": "Late, then paid", "days_late": "Days late, together",
    "promises": "Promises", "promises_kept": "Promises kept", "plans": "Plans agreed",
    "complaints": "Complaints", "stops": "Stopped a channel", "cost": "Cost, minor units",
}  # fmt: skip

WHY = {
    "not_the_oldest_due": "an older due date of the account is open",
    "nothing_due": "nothing was due any more",
    "too_small": "too little was open",
    "closed": "the account is closed",
    "no_segment": "no segment of the strategy fits",
    "past_last_step": "the last step was over",
    "hours": "the hours of its days were over",
    "sent": "a message for this due date had gone out already",
}
"""What the planner's reasons mean, as docs/reminders.md says it; others are shown as they are."""

_STYLE = """
:root { color-scheme: light; } body { font: 16px/1.5 system-ui, sans-serif; color: #1d2327;
background: #f5f6f4; margin: 0; } main { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 0 0 .2rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .5rem; } h3 { font-size: .95rem; margin: .6rem 0 .2rem; }
p.lead { color: #555c62; margin-top: 0; } section { background: #fff; border: 1px solid #e1e4e0;
border-radius: 10px; padding: 1rem 1.2rem; margin: .8rem 0; overflow-x: auto; } table {
border-collapse: collapse; width: 100%; font-size: .92rem; } th, td { text-align: left;
padding: .3rem .6rem .3rem 0; border-bottom: 1px solid #edefec; vertical-align: top; } td.n, th.n {
text-align: right; font-variant-numeric: tabular-nums; } svg { width: 100%; height: auto; } svg text {
font: 12px system-ui, sans-serif; fill: #555c62; } .grid { stroke: #e1e4e0; } .zero { stroke: #9aa0a5;
stroke-dasharray: 3 3; } .good { border-left: 6px solid #2e7d4f; } .bad { border-left: 6px solid
#b3372f; } .key span { display: inline-block; width: .8rem; height: .8rem; border-radius: 3px;
margin: 0 .35rem 0 0; } .key { margin: 0 0 .4rem; } .key b { font-weight: 500; margin-right: 1rem; }
@media print { body { background: #fff; } section { break-inside: avoid; } }
"""


def write_report(folder: Path, results: Sequence[Result], compared: Sequence[Interval]) -> Path:
    """Write report.html and the CSV files into a folder; the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "report.html"
    page.write_text(_page(results, compared), "utf-8")
    _csv(
        folder / "accounts.csv",
        ("strategy", "account", *FIGURES),
        ((result.label, *astuple(one)) for result in results for one in result.people),
    )
    _csv(
        folder / "stages.csv",
        ("strategy", "days from the due date", "messages"),
        ((r.label, day, count) for r in results for day, count in r.stages.items()),
    )
    _csv(
        folder / "blocked.csv",
        ("strategy", "outcome", "rules", "times"),
        ((r.label, *key, n) for r in results for key, n in sorted(r.blocked.items())),
    )
    _csv(
        folder / "breaches.csv",
        ("strategy", "rule", "message", "borrower", "at", "what"),
        (
            (r.label, b.rule, b.message_id, b.borrower_id, b.at.isoformat(), b.what)
            for r in results
            for b in r.breaches
        ),
    )
    if compared:
        _csv(
            folder / "comparison.csv",
            ("figure per 1,000 accounts", "first", "second", "difference", "low", "high"),
            ((c.figure, c.first, c.second, c.difference, c.low, c.high) for c in compared),
        )
    return page


def _csv(path: Path, head: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows(rows)


def _page(results: Sequence[Result], compared: Sequence[Interval]) -> str:
    order = results[0].order
    names = " and ".join(escape(result.label) for result in results)
    accounts = len(results[0].people)
    whose = "a copy of the portfolio" if order.source else f"a synthetic portfolio, {order.profile}"
    parts = [
        f"<h1>Simulation of {names}</h1>",
        f'<p class="lead">{accounts:,} accounts of {whose} · {order.days} days from'
        f" {order.start:%d %B %Y} · seed {order.seed}</p>",
        *(_verdict(result) for result in results),
        "<h2>What it came to</h2>",
        f"<section>{_key(results)}{_totals(results)}</section>",
    ]
    if compared:
        parts += ["<h2>The second beside the first</h2>", _comparison(results, compared)]
    parts += [
        "<h2>Messages by day from the due date</h2>",
        f"<section>{_key(results)}{_stages(results)}</section>",
        "<h2>Messages and payments by week</h2>",
        f"<section>{_key(results)}{_weeks(results)}</section>",
        "<h2>Held back, and why</h2>",
        *(_held(result) for result in results),
        "<h2>How to read this</h2>",
        "<section><p>Planner, contact rules and dispatcher are the real ones; borrowers follow the"
        " behaviour file, whose numbers are assumptions until a lender sets its own. What two"
        " strategies differ in is worth more than either one's figures.</p></section>",
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport"'
        ' content="width=device-width, initial-scale=1"><title>Simulation</title>'
        f"<style>{_STYLE}</style></head><body><main>{''.join(parts)}</main></body></html>"
    )


def _verdict(result: Result) -> str:
    place = result.order.profile
    first, last, _ = HOURS.get(place, HOURS["STRICT"])
    caps = (
        f", in seven days at most {MOST_A_WEEK} and {MOST_SMS_A_WEEK} SMS"
        if place in ("STRICT", "IN")
        else ""
    )
    checked = (
        f"hours {first}:00 to {last}:00, one a day{caps}; none after a payment, a stop, or inside"
        " a hold; consent; who writes and how to stop; no step twice or after a later one"
    )
    label = escape(result.label)
    if not result.breaches:
        return (
            f'<section class="good"><b>{label}: no breach.</b> An examiner that shares no code with'
            f" the contact rules looked at each of {result.messages:,} messages: {checked}.</section>"
        )
    rows = "".join(
        f"<tr><td>{escape(b.rule)}</td><td>{b.at:%Y-%m-%d %H:%M}</td><td>{escape(b.what)}</td></tr>"
        for b in result.breaches[:20]
    )
    return (
        f'<section class="bad"><b>{label}: {len(result.breaches):,} breaches</b> in'
        f" {result.messages:,} messages; all are in breaches.csv.<table>{rows}</table></section>"
    )


def _key(results: Sequence[Result]) -> str:
    if len(results) < 2:
        return ""
    keys = "".join(
        f'<span style="background:{INK[number]}"></span><b>{escape(result.label)}</b>'
        for number, result in enumerate(results)
    )
    return f'<p class="key">{keys}</p>'


def _totals(results: Sequence[Result]) -> str:
    sums = [totals(result.people) for result in results]
    head = "".join(f'<th class="n">{escape(result.label)}</th>' for result in results)
    rows = "".join(
        f"<tr><td>{NAMES[name]}</td>"
        + "".join(f'<td class="n">{one[name]:,.0f}</td>' for one in sums)
        + "</tr>"
        for name in FIGURES
    )
    ways = sorted({way for result in results for way in result.ways})
    rows += "".join(
        f"<tr><td>Messages by {escape(way)}</td>"
        + "".join(f'<td class="n">{result.ways.get(way, 0):,}</td>' for result in results)
        + "</tr>"
        for way in ways
    )
    return f"<table><tr><th></th>{head}</tr>{rows}</table>"


def _comparison(results: Sequence[Result], compared: Sequence[Interval]) -> str:
    names = [NAMES[one.figure] for one in compared]
    rows = "".join(
        f'<tr><td>{name}</td><td class="n">{one.first:,.1f}</td><td class="n">{one.second:,.1f}</td>'
        f'<td class="n">{one.difference:+,.1f}</td>'
        f'<td class="n">{one.low:+,.1f} to {one.high:+,.1f}</td></tr>'
        for one, name in zip(compared, names, strict=True)
    )
    first, second = (escape(result.label) for result in results[:2])
    return (
        "<section><p>Per 1,000 accounts. Each account met the same chance under both strategies;"
        f" 95 % intervals by bootstrap over accounts, {RESAMPLES:,} resamples. An interval that"
        " holds zero tells nothing.</p>"
        f"{intervals('Second strategy against the first', compared, names)}"
        f'<table><tr><th></th><th class="n">{first}</th><th class="n">{second}</th>'
        f'<th class="n">difference</th><th class="n">95 %</th></tr>{rows}</table></section>'
    )


def _stages(results: Sequence[Result]) -> str:
    days = sorted({day for result in results for day in result.stages})
    labels = [f"{day:+d}" for day in days]
    series = [(r.label, [float(r.stages.get(day, 0)) for day in days]) for r in results]
    return bars("Messages by day from the due date", labels, series) + _table("day", labels, series)


def _weeks(results: Sequence[Result]) -> str:
    count = len(results[0].weeks)
    labels = [str(week + 1) for week in range(count)]
    sent = [(f"{r.label}, messages", [float(n) for n in r.weeks]) for r in results]
    paid = [(f"{r.label}, payments", [float(n) for n in r.paid_weeks]) for r in results]
    return (
        "<h3>Messages</h3>"
        + bars("Messages by week", labels, sent)
        + "<h3>Payments</h3>"
        + bars("Payments by week", labels, paid)
        + _table("week", labels, [*sent, *paid])
    )


def _table(what: str, labels: Sequence[str], series: Sequence[tuple[str, Sequence[float]]]) -> str:
    head = "".join(f'<th class="n">{escape(name)}</th>' for name, _ in series)
    rows = "".join(
        f"<tr><td>{escape(label)}</td>"
        + "".join(f'<td class="n">{values[place]:,.0f}</td>' for _, values in series)
        + "</tr>"
        for place, label in enumerate(labels)
    )
    return f"<details><summary>Figures</summary><table><tr><th>{what}</th>{head}</tr>{rows}</table></details>"


def _held(result: Result) -> str:
    nothing = '<tr><td colspan="3">nothing</td></tr>'
    blocked = "".join(
        f'<tr><td>{escape(outcome)}</td><td>{escape(rules)}</td><td class="n">{count:,}</td></tr>'
        for (outcome, rules), count in sorted(result.blocked.items(), key=lambda kv: -kv[1])
    )
    ended = "".join(
        f'<tr><td>{escape(state)}</td><td>{escape(_why(state, reason))}</td><td class="n">{count:,}</td></tr>'
        for (state, reason), count in sorted(result.held_back.items(), key=lambda kv: -kv[1])[:25]
    )
    return (
        f"<section><b>{escape(result.label)}</b><p>By the contact rules (each attempt counts):</p>"
        f'<table><tr><th>answer</th><th>rules</th><th class="n">times</th></tr>{blocked or nothing}</table>'
        "<p>Reminders that did not go out, as they stand at the end:</p>"
        f'<table><tr><th>state</th><th>reason</th><th class="n">reminders</th></tr>{ended or nothing}</table>'
        "</section>"
    )


def _why(state: str, reason: str) -> str:
    if state == "awaiting":
        return "a person must let it go"
    if reason.startswith("now is "):
        return f"the step of day {reason.removeprefix('now is ')} had begun"
    if reason.startswith("hold:"):
        return f"inside a hold: {reason.removeprefix('hold:').replace('_', ' ')}"
    if reason.startswith("rules:"):
        return f"the contact rules: {reason.removeprefix('rules:')}"
    return WHY.get(reason, reason)
