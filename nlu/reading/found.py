"""What was read in a message: the kind, the readings it allows, and whether to read it back. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias

from lending.money import Money


class Kind(StrEnum):
    """What can be read; the value's type and canonical form stand beside each."""

    DATE = "date"  # date or NoSuchDay: "2026-12-05", {"impossible": "02-31"}
    MONEY = "money"  # Amount: {"currency": "USD", "minor": 5000}
    PERCENT = "percent"  # Decimal: "14.99"
    DURATION = "duration"  # ISO 8601: "P3D"
    INSTALMENT = "instalment"  # 3, "last", "next", or Count: {"count": 12}
    PHONE = "phone"  # E.164
    EMAIL = "email"
    CHOICE = "choice"  # 1, 2, 3, "last", "middle", "cheapest", "smallest", "shortest", "longest"


@dataclass(frozen=True, slots=True)
class NoSuchDay:
    """A day that no calendar has, as year-month-day without what was not said: "02-31", "32"."""

    said: str


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in major units. `currency` is None if none was said and none is known.

    `is_marked`: a sign, unit or word of money stood beside the number.
    """

    value: Decimal
    currency: str | None
    is_marked: bool = True

    def money(self, currency: str) -> Money:
        """The amount taken as one of `currency`, whatever was said."""
        return Money.from_decimal(self.value, currency)

    @property
    def minor(self) -> int:
        """Minor units of the currency; of two decimals if there is none."""
        return Money.from_decimal(self.value, self.currency or "XXX").minor


@dataclass(frozen=True, slots=True)
class Count:
    """A number of instalments, not the number of one."""

    number: int


Value: TypeAlias = date | NoSuchDay | Amount | Decimal | int | str | Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One thing said, at `start` to `end` of the plain text. `readings`: the likeliest first.

    `is_sure`: there is one reading and nothing about it needs asking.
    """

    kind: Kind
    start: int
    end: int
    readings: tuple[Value, ...]
    is_sure: bool = True

    @property
    def likely(self) -> Value:
        return self.readings[0]


def canonical(found: Sequence[Found]) -> tuple[str, Any]:
    """All that was found in one message as the golden set writes it: kinds, and a JSON value."""
    by_kind: dict[str, list[Any]] = {}
    for one in sorted(found, key=lambda one: one.start):
        by_kind.setdefault(one.kind.value, []).append(_canonical(one))
    plain = {kind: values[0] if len(values) == 1 else values for kind, values in by_kind.items()}
    kinds = "+".join(sorted(plain)) or "none"
    return kinds, None if not plain else plain if len(plain) > 1 else plain[kinds]


def _canonical(found: Found) -> Any:
    values = [_value(reading) for reading in found.readings]
    if found.is_sure:
        return values[0]
    return {"either": sorted(values, key=_order)}


def _order(value: Any) -> tuple[Any, ...]:
    if isinstance(value, Mapping):
        return (value["minor"], str(value["currency"]))
    return (value,)


def _value(value: Value) -> Any:
    match value:
        case NoSuchDay(said=said):
            return {"impossible": said}
        case date():
            return value.isoformat()
        case Amount():
            return {"currency": value.currency, "minor": value.minor}
        case Decimal():
            return f"{value.normalize():f}"
        case Count(number=number):
            return {"count": number}
        case _:
            return value
