"""Plans for people: today beside the plan, then every payment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from console.account_tables import print_answer
from lending.money import Money

_NESTED = ("rows", "comparison", "waived", "capitalised", "reliefs", "certificates", "currency")
_WAYS = {
    "payment_minor": "largest payment",
    "payments": "payments",
    "first_on": "first on",
    "last_on": "last on",
    "due_now_minor": "due at once",
    "interest_minor": "interest",
    "total_minor": "all to be paid",
}
NEVER = "9999-12-31"


def print_quote(out: Console, answer: Mapping[str, Any]) -> None:
    """What was found, and each offer with its comparison and schedule."""
    facts = answer["facts"] or {}
    head = {
        name: answer[name]
        for name in ("product", "currency", "on", "policy", "outcome", "refusal")
        if answer[name] is not None
    }
    told = {name: value for name, value in answer["means"].items() if value is not None}
    facts = {name: value for name, value in facts.items() if name != "rows"}
    print_answer(out, {**head, "means": told, "facts": facts})
    for number, offer in enumerate(answer["offers"], start=1):
        out.print(f"\nOffer {number}: {', '.join(offer['goals']) or 'as asked for'}", style="bold")
        print_offer(out, offer)
    if answer["closest"]:
        out.print("\nNothing fits. The lowest payment that the policy knows:", style="bold")
        print_offer(out, answer["closest"])


def print_offer(out: Console, offer: Mapping[str, Any]) -> None:
    """One offer or plan: reliefs, comparison, schedule."""
    currency = offer["currency"]
    for name, value in offer.items():
        if name not in _NESTED and value not in (None, "", []):
            shown = _shown(name, value, currency)
            out.print(f"{_words(name):<20} {shown}", markup=False, soft_wrap=True)
    for relief in offer["reliefs"]:
        values = ", ".join(f"{_words(k)} {v}" for k, v in relief.items() if k != "kind")
        out.print(f"{'relief':<20} {_words(relief['kind'])}: {values}", soft_wrap=True)
    for one in offer.get("certificates", ()):
        state = "accepted" if one["accepted_at"] else "not accepted yet"
        out.print(
            f"{'certificate':<20} version {one['version']}, {state}, {one['sha256']}",
            soft_wrap=True,
        )
    compared = offer["comparison"]
    for name in ("difference_minor", "waived_minor", "capitalised_minor"):
        out.print(f"{_words(name):<20} {_shown(name, compared[name], currency)}")
    out.print(_comparison(compared, currency))
    out.print(_rows(offer["rows"], currency))


def _comparison(compared: Mapping[str, Any], currency: str) -> Table:
    table = Table("", "today", "plan", box=None, header_style="dim", pad_edge=False)
    for name, words in _WAYS.items():
        today, plan = compared["today"], compared["plan"]
        table.add_row(
            words, _shown(name, today[name], currency), _shown(name, plan[name], currency)
        )
    return table


def _rows(rows: list[Mapping[str, Any]], currency: str) -> Table:
    names = (
        "number",
        "due_on",
        "payment_minor",
        "principal_minor",
        "interest_minor",
        "balance_minor",
    )
    table = Table(box=None, header_style="dim", pad_edge=False)
    for name in names:
        table.add_column(_words(name), justify="left" if name == "due_on" else "right")
    for row in rows:
        table.add_row(*(_shown(name, row[name], currency) for name in names))
    return table


def _words(name: str) -> str:
    return name.removesuffix("_minor").replace("_", " ")


def _shown(name: str, value: Any, currency: str) -> str:
    if name.endswith("_minor"):
        return f"{Money(value, currency).amount:,f}"
    if value == NEVER:
        return "never"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
