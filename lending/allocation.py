"""Which debts an amount of money pays: the twelve-slot order, horizontal or vertical.

The model is Apache Fineract's advanced payment allocation: three buckets (past due, due, in
advance) by four components, each pair once, in the lender's order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Protocol, TypeVar

from lending.errors import BadAllocation, BadAmount
from lending.money import Money
from lending.terms import DEFAULT_ORDER, Allocation, Bucket, Component, Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """A debt: so much of one component, due on a day. Version and number name its instalment."""

    component: Component
    due_on: date
    left: Money
    version: int = 0
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """How much of an item an allocation pays."""

    item: OpenItem
    amount: Money


class Claim(Protocol):
    """What the order looks at. Claims of equal rank are taken as they come."""

    @property
    def component(self) -> Component: ...
    @property
    def due_on(self) -> date: ...


AnyClaim = TypeVar("AnyClaim", bound=Claim)


@lru_cache(maxsize=256)
def slot_ranks(allocation: Allocation) -> Mapping[Slot, int]:
    """The place of each slot; BadAllocation unless each of the twelve is named exactly once."""
    missing = set(DEFAULT_ORDER) - set(allocation.order)
    if missing or len(allocation.order) != len(DEFAULT_ORDER):
        names = ", ".join(sorted(f"{bucket} {component}" for bucket, component in missing))
        raise BadAllocation(
            f"The allocation order must have 12 slots, each once; missing: {names or 'none'}.",
            hint="Name every pair of past_due, due, in_advance and penalty, fee, interest, principal.",
        )
    return {slot: rank for rank, slot in enumerate(allocation.order)}


def in_order(claims: Iterable[AnyClaim], on: date, allocation: Allocation) -> list[AnyClaim]:
    """The claims in the order in which money received on the day pays them.

    Due before the day is past due, on it due, later in advance. Vertical takes the slots one by
    one, and within a slot the earliest due first. Horizontal takes the buckets in the order in
    which they are first named; within a bucket one due date after the other, and for each due
    date the components as the bucket's slots are ordered.
    """
    ranks = slot_ranks(allocation)
    if not allocation.horizontal:
        return sorted(claims, key=lambda c: (ranks[_bucket(c, on), c.component], c.due_on))
    first: dict[Bucket, int] = {}
    for rank, (bucket, _) in enumerate(allocation.order):
        first.setdefault(bucket, rank)

    def place(claim: AnyClaim) -> tuple[int, date, int]:
        bucket = _bucket(claim, on)
        return first[bucket], claim.due_on, ranks[bucket, claim.component]

    return sorted(claims, key=place)


@lru_cache(maxsize=256)
def in_advance_last(allocation: Allocation) -> bool:
    """Whether nothing is paid in advance before all that is due is paid (the usual orders)."""
    ahead = [bucket is Bucket.IN_ADVANCE for bucket, _ in allocation.order]
    return ahead == sorted(ahead)


def _bucket(claim: Claim, on: date) -> Bucket:
    if claim.due_on < on:
        return Bucket.PAST_DUE
    return Bucket.DUE if claim.due_on == on else Bucket.IN_ADVANCE


def allocate(
    amount: Money, open_items: Sequence[OpenItem], on: date, allocation: Allocation
) -> tuple[tuple[Paid, ...], Money]:
    """What an amount received on the day pays, in order, and what is left over of it.

    Raises BadAmount for nothing or less, BadAllocation for an order that is not one,
    CurrencyMismatch for an item in another currency.
    """
    if amount.minor <= 0:
        raise BadAmount("Only an amount above zero can be allocated.", hint="Check the amount.")
    paid = []
    for item in in_order(open_items, on, allocation):
        part = min(amount, item.left)
        if part.minor > 0:
            paid.append(Paid(item=item, amount=part))
            amount = amount - part
    return tuple(paid), amount
