"""The reliefs that a running account can be given, as plain values; docs/plans.md tells each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class ReliefKind(StrEnum):
    """In the order in which plans are told and ties are broken."""

    DUE_DATE_CHANGE = "due_date_change"
    DEFERRAL = "deferral"
    PAYMENT_HOLIDAY = "payment_holiday"
    INTEREST_ONLY = "interest_only"
    REDUCED_PAYMENTS = "reduced_payments"
    TERM_EXTENSION = "term_extension"
    ARREARS_SPREAD = "arrears_spread"
    RATE_CUT = "rate_cut"
    FEE_WAIVER = "fee_waiver"
    SETTLEMENT = "settlement"
    CARD_INSTALMENTS = "card_instalments"


@dataclass(frozen=True, slots=True)
class DueDateChange:
    """All payments fall on this day of the month, 1 to 28."""

    day: int
    kind = ReliefKind.DUE_DATE_CHANGE


@dataclass(frozen=True, slots=True)
class Deferral:
    """The next payment comes so many days later."""

    days: int
    kind = ReliefKind.DEFERRAL


@dataclass(frozen=True, slots=True)
class PaymentHoliday:
    """The first periods have no payment; their interest is paid later, in equal shares."""

    payments: int
    kind = ReliefKind.PAYMENT_HOLIDAY


@dataclass(frozen=True, slots=True)
class InterestOnly:
    payments: int
    kind = ReliefKind.INTEREST_ONLY


@dataclass(frozen=True, slots=True)
class ReducedPayments:
    """The first payments are a share of today's, in basis points; later ones step up."""

    payments: int
    share_bp: int
    kind = ReliefKind.REDUCED_PAYMENTS


@dataclass(frozen=True, slots=True)
class TermExtension:
    """So many payments more."""

    payments: int
    kind = ReliefKind.TERM_EXTENSION


@dataclass(frozen=True, slots=True)
class ArrearsSpread:
    """What is overdue is paid over so many payments."""

    payments: int
    kind = ReliefKind.ARREARS_SPREAD


@dataclass(frozen=True, slots=True)
class RateCut:
    """The yearly rate, in basis points, from the running period on."""

    rate_bp: int
    kind = ReliefKind.RATE_CUT


@dataclass(frozen=True, slots=True)
class FeeWaiver:
    """This share, in basis points, of the fees and of the penalties owed is waived."""

    share_bp: int
    kind = ReliefKind.FEE_WAIVER


@dataclass(frozen=True, slots=True)
class Settlement:
    """This share, in basis points, of what is owed settles all of it, in so many payments."""

    share_bp: int
    payments: int
    kind = ReliefKind.SETTLEMENT


@dataclass(frozen=True, slots=True)
class CardInstalments:
    """A card's balance in so many monthly payments at this yearly rate."""

    payments: int
    rate_bp: int
    kind = ReliefKind.CARD_INSTALMENTS


Relief = (
    DueDateChange
    | Deferral
    | PaymentHoliday
    | InterestOnly
    | ReducedPayments
    | TermExtension
    | ArrearsSpread
    | RateCut
    | FeeWaiver
    | Settlement
    | CardInstalments
)

RELIEFS: dict[ReliefKind, type[Relief]] = {
    kind.kind: kind
    for kind in (
        DueDateChange,
        Deferral,
        PaymentHoliday,
        InterestOnly,
        ReducedPayments,
        TermExtension,
        ArrearsSpread,
        RateCut,
        FeeWaiver,
        Settlement,
        CardInstalments,
    )
}

EASINGS = (PaymentHoliday, InterestOnly, ReducedPayments)
"""At most one of these in a plan."""


MOVES_DATES = frozenset({ReliefKind.DUE_DATE_CHANGE, ReliefKind.DEFERRAL})


def only_moves_dates(reliefs: Iterable[Relief]) -> bool:
    """Whether nothing but days change: no help in hardship, so it stands in no later plan's way.

    A plan whose reliefs are not known is not taken for one.
    """
    kinds = {relief.kind for relief in reliefs}
    return bool(kinds) and kinds <= MOVES_DATES
