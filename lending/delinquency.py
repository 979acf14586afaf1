"""How late an account is: days past due with pauses, its bucket, and when it is proposed to write off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from types import MappingProxyType

from lending.accounts import Product
from lending.errors import InvalidDelinquencyTable, LendingError
from lending.holds import Hold, Suspended, is_suspended, suspended_days


def days_past_due(overdue_since: date | None, as_of: date, holds: Iterable[Hold]) -> int:
    """Days since the oldest unpaid due date, without those on which a hold stops the clock.

    The due date itself is not late; each day after it, up to and with `as_of`, counts one. None is
    not overdue: zero. With no holds this is the contractual count.
    """
    if overdue_since is None or as_of <= overdue_since:
        return 0
    first, end = overdue_since + timedelta(days=1), as_of + timedelta(days=1)
    return (end - first).days - suspended_days(holds, Suspended.DELINQUENCY, first, end)


@dataclass(frozen=True, slots=True, kw_only=True)
class DelinquencyBucket:
    """Days past due from `from_days` to `to_days`, both in it; None has no end."""

    name: str
    from_days: int
    to_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DelinquencyTable:
    """The lender's buckets, from not late at all onwards.

    Raises InvalidDelinquencyTable unless they begin at 0, follow each other without gap or
    overlap, have names of their own, and only the last has no end.
    """

    buckets: tuple[DelinquencyBucket, ...]

    def __post_init__(self) -> None:
        if not self.buckets or self.buckets[0].from_days != 0:
            raise InvalidDelinquencyTable(
                "The buckets do not begin at 0 days.", hint="Begin with one from 0 to 0: not late."
            )
        if len({bucket.name for bucket in self.buckets}) != len(self.buckets):
            raise InvalidDelinquencyTable(
                "Two buckets have the same name.", hint="Give each its own."
            )
        for bucket, following in pairwise(self.buckets):
            _check_neighbours(bucket, following)
        if self.buckets[-1].to_days is not None:
            raise InvalidDelinquencyTable(
                f"Nothing follows day {self.buckets[-1].to_days}.",
                hint="Leave the last bucket without an end.",
            )

    def bucket_of(self, days: int) -> DelinquencyBucket:
        """The bucket of an account so many days past due. Raises LendingError below zero."""
        for bucket in reversed(self.buckets):
            if bucket.from_days <= days:
                return bucket
        raise LendingError(f"{days} days past due.", hint="Give zero or more.")


def _check_neighbours(bucket: DelinquencyBucket, following: DelinquencyBucket) -> None:
    if bucket.to_days is None:
        raise InvalidDelinquencyTable(
            f"{bucket.name!r} has no end but is not the last.", hint="Give the day it ends."
        )
    if bucket.to_days < bucket.from_days:
        raise InvalidDelinquencyTable(
            f"{bucket.name!r} ends before it begins.", hint="Order its days."
        )
    if following.from_days != bucket.to_days + 1:
        raise InvalidDelinquencyTable(
            f"{following.name!r} begins at day {following.from_days}, "
            f"but {bucket.name!r} ends at day {bucket.to_days}.",
            hint=f"Begin it at {bucket.to_days + 1}.",
        )


DEFAULT_TABLE = DelinquencyTable(
    buckets=(
        DelinquencyBucket(name="current", from_days=0, to_days=0),
        DelinquencyBucket(name="1-29", from_days=1, to_days=29),
        DelinquencyBucket(name="30-59", from_days=30, to_days=59),
        DelinquencyBucket(name="60-89", from_days=60, to_days=89),
        DelinquencyBucket(name="90-119", from_days=90, to_days=119),
        DelinquencyBucket(name="120+", from_days=120, to_days=None),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOffLimits:
    """Days past due at which an account is proposed to write off (charge off), by product.

    By default those of the US agencies' Uniform Retail Credit Classification and Account
    Management Policy, 65 FR 36903 (12 June 2000): closed-end 120 days, open-end 180.
    """

    days: Mapping[Product, int] = field(
        default_factory=lambda: MappingProxyType(
            {Product.INSTALMENT_LOAN: 120, Product.CREDIT_CARD: 180}
        )
    )

    def __post_init__(self) -> None:
        if set(self.days) != set(Product) or min(self.days.values()) < 1:
            raise InvalidDelinquencyTable(
                "Not every product has a write-off limit of a day or more.",
                hint=f"Give days for {', '.join(Product)}.",
            )


DEFAULT_WRITE_OFF = WriteOffLimits()


def write_off_due(
    days_late: int,
    product: Product,
    as_of: date,
    holds: Iterable[Hold],
    limits: WriteOffLimits = DEFAULT_WRITE_OFF,
) -> bool:
    """Whether to propose to staff that the account be written off; nothing is booked by it.

    `days_late` is `days_past_due`, so days that a hold paused do not lead there. Never on a day on
    which a hold suspends write-offs; afterwards at once, if the limit is reached.
    """
    return days_late >= limits.days[product] and not is_suspended(holds, Suspended.WRITE_OFF, as_of)
