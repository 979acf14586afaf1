"""Exact fractions to whole minor units, by the rounding rule of the terms."""

from __future__ import annotations

from fractions import Fraction

from lending.errors import LendingError
from lending.terms import Rounding, RoundingMode

_HALF = Fraction(1, 2)


def to_minor(value: Fraction, mode: RoundingMode) -> int:
    """A whole number of minor units. `UP` goes away from zero, `DOWN` towards it."""
    sign = -1 if value < 0 else 1
    whole, rest = divmod(abs(value), 1)
    match mode:
        case RoundingMode.UP:
            raised = rest > 0
        case RoundingMode.DOWN:
            raised = False
        case RoundingMode.HALF_UP:
            raised = rest >= _HALF
        case RoundingMode.HALF_EVEN:
            raised = rest > _HALF or (rest == _HALF and whole % 2 == 1)
        case _:
            raise LendingError(
                f"Unknown rounding mode {mode!r}.", hint="Use half_even, half_up, up or down."
            )
    return sign * (int(whole) + raised)


def to_step(value: Fraction, rounding: Rounding) -> int:
    """The nearest multiple of the rule's step, in minor units, in the rule's mode."""
    return to_minor(value / rounding.step, rounding.mode) * rounding.step
