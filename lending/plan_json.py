"""Offers as plain JSON data, and one canonical way to write them, so that a hash can stand for one."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from datetime import date
from typing import Any

from lending.accounts import Instalment
from lending.entries import Split
from lending.errors import LendingError
from lending.money import Money
from lending.plan_offer import Comparison, Figures, Goal, Offer
from lending.plan_policy import Approval
from lending.reliefs import RELIEFS, Relief, ReliefKind

Data = dict[str, Any]


class UnreadablePlan(LendingError):
    """What is kept of an offer or plan is not in a form that this program knows."""


def canonical(data: Data) -> bytes:
    """UTF-8 JSON with sorted names and no spaces: the same data are the same bytes everywhere."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8")


def digest(data: Data) -> str:
    """SHA-256 of the canonical form, in hexadecimal."""
    return hashlib.sha256(canonical(data)).hexdigest()


def offer_to_json(offer: Offer) -> Data:
    """Amounts in minor units, rates in basis points, days ISO."""
    return {
        "currency": offer.payment.currency,
        "on": offer.on.isoformat(),
        "reliefs": [relief_to_json(relief) for relief in offer.reliefs],
        "rate_bp": offer.rate_bp,
        "rows": [row_to_json(row) for row in offer.rows],
        "waived": split_to_json(offer.waived),
        "capitalised": split_to_json(offer.capitalised),
        "payment_minor": offer.payment.minor,
        "comparison": {
            "today": figures_to_json(offer.comparison.today),
            "plan": figures_to_json(offer.comparison.plan),
            "difference_minor": offer.comparison.difference.minor,
            "waived_minor": offer.comparison.waived.minor,
            "capitalised_minor": offer.comparison.capitalised.minor,
        },
        "approval": offer.approval.value,
        "goals": [goal.value for goal in offer.goals],
    }


def offer_from_json(data: Data) -> Offer:
    """Raises UnreadablePlan."""
    try:
        currency = data["currency"]
        compared = data["comparison"]
        return Offer(
            reliefs=tuple(relief_from_json(relief) for relief in data["reliefs"]),
            on=date.fromisoformat(data["on"]),
            rows=tuple(row_from_json(row, currency) for row in data["rows"]),
            waived=Split.of(currency, **data["waived"]),
            capitalised=Split.of(currency, **data["capitalised"]),
            rate_bp=data["rate_bp"],
            payment=Money(data["payment_minor"], currency),
            comparison=Comparison(
                today=_figures(compared["today"], currency),
                plan=_figures(compared["plan"], currency),
                difference=Money(compared["difference_minor"], currency),
                waived=Money(compared["waived_minor"], currency),
                capitalised=Money(compared["capitalised_minor"], currency),
            ),
            approval=Approval(data["approval"]),
            goals=tuple(Goal(goal) for goal in data["goals"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadablePlan(
            f"A kept offer cannot be read ({type(error).__name__}).",
            hint="Use the version of Tideover that wrote it, or a later one.",
        ) from None


def relief_to_json(relief: Relief) -> Data:
    """Its kind and its parameters by name."""
    values = {each.name: getattr(relief, each.name) for each in fields(relief)}
    return {"kind": relief.kind.value, **values}


def relief_from_json(data: Data) -> Relief:
    """Raises KeyError, TypeError or ValueError for what is no relief."""
    values = dict(data)
    return RELIEFS[ReliefKind(values.pop("kind"))](**values)


def row_to_json(row: Instalment) -> Data:
    return {
        "number": row.number,
        "due_on": row.due_on.isoformat(),
        "principal_minor": row.principal.minor,
        "interest_minor": row.interest.minor,
    }


def row_from_json(data: Data, currency: str) -> Instalment:
    return Instalment(
        number=data["number"],
        due_on=date.fromisoformat(data["due_on"]),
        principal=Money(data["principal_minor"], currency),
        interest=Money(data["interest_minor"], currency),
    )


def split_to_json(split: Split) -> Data:
    return {
        "principal": split.principal.minor,
        "interest": split.interest.minor,
        "fee": split.fee.minor,
        "penalty": split.penalty.minor,
    }


def figures_to_json(figures: Figures) -> Data:
    return {
        "due_now_minor": figures.due_now.minor,
        "payment_minor": figures.payment.minor,
        "payments": figures.payments,
        "first_on": figures.first_on.isoformat(),
        "last_on": figures.last_on.isoformat(),
        "interest_minor": figures.interest.minor,
        "total_minor": figures.total.minor,
    }


def _figures(data: Data, currency: str) -> Figures:
    return Figures(
        due_now=Money(data["due_now_minor"], currency),
        payment=Money(data["payment_minor"], currency),
        payments=data["payments"],
        first_on=date.fromisoformat(data["first_on"]),
        last_on=date.fromisoformat(data["last_on"]),
        interest=Money(data["interest_minor"], currency),
        total=Money(data["total_minor"], currency),
    )
