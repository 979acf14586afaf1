"""Account terms as JSON. `v` is the version of this format; old versions stay readable."""

from __future__ import annotations

from datetime import date
from typing import Any

from lending.money import Money
from lending.terms import (
    Allocation,
    Bucket,
    CardTerms,
    Component,
    DayCount,
    Frequency,
    LateFee,
    LoanTerms,
    Method,
    Roll,
    Rounding,
    RoundingMode,
)
from store.errors import StoreError


def terms_to_json(terms: LoanTerms | CardTerms) -> dict[str, Any]:
    """Amounts are minor units of the account's currency; dates are ISO."""
    match terms:
        case LoanTerms():
            first_day = terms.disbursed_on
            return {
                "v": 2,
                "type": "loan",
                "principal": terms.principal.minor,
                "annual_rate_bp": terms.annual_rate_bp,
                "instalments": terms.instalments,
                "first_due_on": terms.first_due_on.isoformat(),
                "frequency": terms.frequency.value,
                "method": terms.method.value,
                "day_count": terms.day_count.value,
                "disbursed_on": first_day.isoformat() if first_day else None,
                "roll": terms.roll.value,
                "holiday_country": terms.holiday_country,
                "penalty_rate_bp": terms.penalty_rate_bp,
                **_shared(terms),
            }
        case CardTerms():
            return {
                "v": 2,
                "type": "card",
                "credit_limit": terms.credit_limit.minor,
                "annual_rate_bp": terms.annual_rate_bp,
                "statement_day": terms.statement_day,
                "due_days": terms.due_days,
                "minimum_rate_bp": terms.minimum_rate_bp,
                "minimum_floor": terms.minimum_floor.minor,
                "minimum_adds_charges": terms.minimum_adds_charges,
                **_shared(terms),
            }


def terms_from_json(kept: dict[str, Any], currency: str) -> LoanTerms | CardTerms:
    """The terms that were kept. Raises StoreError for a format that this code does not know."""
    match kept:
        case {"v": 1 | 2, "type": "loan"}:
            return _loan(kept, currency)
        case {"v": 1 | 2, "type": "card"}:
            return _card(kept, currency)
        case _:
            raise StoreError(
                "An account has terms in a format that this program does not know.",
                hint="Install the version of Tideover that wrote them, or a later one.",
            )


def _shared(terms: LoanTerms | CardTerms) -> dict[str, Any]:
    fee = terms.late_fee
    return {
        "grace_days": terms.grace_days,
        "late_fee": {
            "flat": fee.flat.minor if fee.flat else None,
            "rate_bp": fee.rate_bp,
            "cap": fee.cap.minor if fee.cap else None,
            "as_penalty": fee.as_penalty,
        }
        if fee
        else None,
        "rounding": {"step": terms.rounding.step, "mode": terms.rounding.mode.value},
        "allocation": {
            "order": [[bucket.value, part.value] for bucket, part in terms.allocation.order],
            "horizontal": terms.allocation.horizontal,
        },
    }


def _loan(kept: dict[str, Any], currency: str) -> LoanTerms:
    first_day = kept.get("disbursed_on")
    return LoanTerms(
        principal=Money(kept["principal"], currency),
        annual_rate_bp=kept["annual_rate_bp"],
        instalments=kept["instalments"],
        first_due_on=date.fromisoformat(kept["first_due_on"]),
        frequency=Frequency(kept["frequency"]),
        method=Method(kept["method"]),
        day_count=DayCount(kept["day_count"]),
        disbursed_on=date.fromisoformat(first_day) if first_day else None,
        roll=Roll(kept.get("roll", Roll.NONE)),
        holiday_country=kept.get("holiday_country"),
        penalty_rate_bp=kept.get("penalty_rate_bp", 0),
        grace_days=kept["grace_days"],
        late_fee=_late_fee(kept["late_fee"], currency),
        rounding=_rounding(kept),
        allocation=_allocation(kept),
    )


def _card(kept: dict[str, Any], currency: str) -> CardTerms:
    return CardTerms(
        credit_limit=Money(kept["credit_limit"], currency),
        annual_rate_bp=kept["annual_rate_bp"],
        statement_day=kept["statement_day"],
        due_days=kept["due_days"],
        minimum_rate_bp=kept["minimum_rate_bp"],
        minimum_floor=Money(kept["minimum_floor"], currency),
        minimum_adds_charges=kept.get("minimum_adds_charges", False),
        grace_days=kept.get("grace_days", 0),
        late_fee=_late_fee(kept["late_fee"], currency),
        rounding=_rounding(kept),
        allocation=_allocation(kept),
    )


def _late_fee(kept: dict[str, Any] | int | None, currency: str) -> LateFee | None:
    match kept:
        case None:
            return None
        case int():  # version 1 knew flat fees only
            return LateFee(flat=Money(kept, currency))
        case _:
            return LateFee(
                flat=_optional(kept["flat"], currency),
                rate_bp=kept["rate_bp"],
                cap=_optional(kept["cap"], currency),
                as_penalty=kept["as_penalty"],
            )


def _rounding(kept: dict[str, Any]) -> Rounding:
    rounding = kept.get("rounding")
    if rounding is None:
        return Rounding()
    return Rounding(step=rounding["step"], mode=RoundingMode(rounding["mode"]))


def _allocation(kept: dict[str, Any]) -> Allocation:
    allocation = kept.get("allocation")
    if allocation is None:
        return Allocation()
    order = tuple((Bucket(bucket), Component(part)) for bucket, part in allocation["order"])
    return Allocation(order=order, horizontal=allocation["horizontal"])


def _optional(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor, currency)
