"""Forms of accounts, to be changed by tests."""

from __future__ import annotations

from typing import Any

LOAN: dict[str, Any] = {
    "product": "instalment_loan",
    "currency": "USD",
    "principal_minor": 120_000,
    "annual_rate_bp": 1_200,
    "instalments": 12,
    "first_due_on": "2026-02-10",
}
CARD: dict[str, Any] = {
    "product": "credit_card",
    "currency": "GBP",
    "annual_rate_bp": 2_490,
    "credit_limit_minor": 400_000,
    "statement_day": 5,
    "due_days": 25,
    "minimum_rate_bp": 300,
    "minimum_floor_minor": 2_500,
}
PROJECTION: dict[str, Any] = {**CARD, "balance_minor": 50_000, "closed_on": "2026-03-05"}
LENT: dict[str, Any] = {
    "key": "lent",
    "kind": "disbursement",
    "effective_on": "2026-01-10",
    "amount_minor": 120_000,
}
LEDGER: dict[str, Any] = {
    "terms": LOAN,
    "opened_on": "2026-01-10",
    "through": "2026-04-15",
    "postings": [LENT],
}


def paid(key: str, on: str, amount: int, **more: object) -> dict[str, Any]:
    return {"key": key, "kind": "repayment", "effective_on": on, "amount_minor": amount, **more}


def reversal(key: str, on: str, amount: int, of: str) -> dict[str, Any]:
    return {**paid(key, on, amount), "kind": "reversal", "reverses": of}
