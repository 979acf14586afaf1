"""The oracle's facts of an invented account, from what `tideover account ledger` prints of it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from console.account_answers import card_projection, ledger_answer
from console.account_json import LedgerForm, ProjectionForm
from console.plan_answers import quote_answer
from console.plan_json import QuoteForm
from lending.errors import NeverAmortises
from tests.lending.oracle_plans import CardFacts, Facts, month_day

LEDGER = ("terms", "opened_on", "through", "postings")


def quoted(doc: dict[str, Any]) -> dict[str, Any]:
    """What `tideover plans quote --json` prints."""
    answer = quote_answer(QuoteForm.model_validate(doc), lambda name, product: None)  # type: ignore[arg-type,return-value]
    return json.loads(json.dumps(answer))  # type: ignore[no-any-return]


def ledger_of(doc: dict[str, Any]) -> dict[str, Any]:
    return ledger_answer(LedgerForm.model_validate({name: doc[name] for name in LEDGER}))


def facts_of(doc: dict[str, Any]) -> Facts:
    """The letters of docs/plans.md for a loan, read from the ledger at the end of its day."""
    terms, ledger = doc["terms"], ledger_of(doc)
    on = date.fromisoformat(doc["through"])
    left = [
        (
            date.fromisoformat(row["due_on"]),
            row["principal_left_minor"],
            row["interest_left_minor"],
            row["number"],
        )
        for row in ledger["instalments"]
    ]
    rows = [(d, p, q) for d, p, q, _ in left if d > on and p + q]
    later = {n for d, p, q, n in left if d > on and p + q}
    before = [d for d, *_ in left if d < rows[0][0]]
    balance = ledger["balance"]
    early = sum(
        line["interest_minor"]
        for line in ledger["rows"]
        if line["kind"] == "interest" and int(line["key"].split(":")[2]) in later
    )
    return Facts(
        method=terms["method"],
        frequency=terms["frequency"],
        day_count=terms["day_count"],
        roll=terms["roll"],
        country=terms.get("holiday_country"),
        step=terms["rounding"]["step_minor"],
        mode=terms["rounding"]["mode"],
        terms_day=date.fromisoformat(terms["first_due_on"]).day,
        on=on,
        start=max(before, default=date.fromisoformat(terms["disbursed_on"])),
        rows=rows,
        overdue=balance["principal_minor"] - sum(p for _, p, _ in rows),
        interest=balance["interest_minor"],
        fee=balance["fee_minor"],
        penalty=balance["penalty_minor"],
        prepaid=early,
        rate_bp=terms["annual_rate_bp"],
    )


def card_facts_of(doc: dict[str, Any]) -> CardFacts:
    """What is owed on a card at the start of its day, read from the ledger's rows."""
    terms, on = doc["terms"], doc["through"]
    told = {posting["key"] for posting in doc["postings"]}
    rows = [
        row
        for row in ledger_of(doc)["rows"]
        if row["effective_on"] < on or row["key"] in told  # charges of the day come at its end
    ]
    return CardFacts(
        on=date.fromisoformat(on),
        statement_day=terms["statement_day"],
        due_days=terms["due_days"],
        step=1,
        mode="half_even",
        **{
            name: sum(row[f"{name}_minor"] for row in rows)
            for name in ("principal", "interest", "fee", "penalty")
        },
    )


def minimum_only(doc: dict[str, Any], owed: int) -> dict[str, Any] | None:
    """What `tideover account schedule` says of paying the minimum from the next closing on.

    None where that never clears the balance.
    """
    facts = card_facts_of(doc)
    year, month = facts.on.year, facts.on.month
    closed_on = month_day(year, month, facts.statement_day)
    if closed_on < facts.on:
        closed_on = month_day(year, month + 1, facts.statement_day)
    form = ProjectionForm.model_validate(
        {**doc["terms"], "balance_minor": owed, "closed_on": closed_on.isoformat()}
    )
    try:
        months = card_projection(form)["rows"]
    except NeverAmortises:
        return None
    return {
        "due_now_minor": 0,
        "payment_minor": max(month["payment_minor"] for month in months),
        "payments": len(months),
        "first_on": months[0]["due_on"],
        "last_on": months[-1]["due_on"],
        "interest_minor": sum(month["interest_minor"] for month in months),
        "total_minor": sum(month["payment_minor"] for month in months),
    }
