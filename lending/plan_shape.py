"""One combination of reliefs, as the parameters that its rows are computed from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lending.reliefs import (
    ArrearsSpread,
    DueDateChange,
    FeeWaiver,
    InterestOnly,
    PaymentHoliday,
    RateCut,
    ReducedPayments,
    Relief,
    TermExtension,
)


class Easing(StrEnum):
    NONE = "none"
    HOLIDAY = "holiday"
    INTEREST_ONLY = "interest_only"
    REDUCED = "reduced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The letters of docs/plans.md: `eased` is m, `extra` e, `spread` s (1 is none)."""

    easing: Easing = Easing.NONE
    eased: int = 0
    share_bp: int = 0
    extra: int = 0
    spread: int = 1
    day: int | None = None
    rate_bp: int | None = None
    waiver_bp: int = 0


def shape_of(reliefs: tuple[Relief, ...]) -> Shape:
    """The shape of reliefs that can stand together."""
    found: dict[str, object] = {}
    for relief in reliefs:
        match relief:
            case PaymentHoliday(payments):
                found |= {"easing": Easing.HOLIDAY, "eased": payments}
            case InterestOnly(payments):
                found |= {"easing": Easing.INTEREST_ONLY, "eased": payments}
            case ReducedPayments(payments, share_bp):
                found |= {"easing": Easing.REDUCED, "eased": payments, "share_bp": share_bp}
            case TermExtension(payments):
                found["extra"] = payments
            case ArrearsSpread(payments):
                found["spread"] = payments
            case DueDateChange(day):
                found["day"] = day
            case RateCut(rate_bp):
                found["rate_bp"] = rate_bp
            case FeeWaiver(share_bp):
                found["waiver_bp"] = share_bp
    return Shape(**found)  # type: ignore[arg-type]
