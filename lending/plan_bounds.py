"""The least that a plan's payment and cost can be, without making its rows.

A policy space has thousands of plans, and only the best three are wanted. Bounds in floating point
say which plans cannot be among them; what remains is computed exactly (`plan_rows`). A bound is
never above the exact figure, so the answer is the same as when every plan is computed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate

from lending.plan_rows import Ground, easing_of, flat_pot, reduced_payment, rounded
from lending.plan_shape import Easing, Shape
from lending.terms import Method


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """What plans with the same easing and number of payments share, in minor units.

    `early` and `late` are the largest of the eased payments before and after the hardship ends,
    `least` the smallest of them. `ordinary` is a lower bound of each ordinary payment but the last,
    `below` an upper bound of the smallest; `deferred` is the share of deferred interest in each.
    `cost` is a lower bound of all payments together, spread and parked arrears apart.
    """

    early: int
    late: int
    least: int
    ordinary: int
    below: int
    cost: int
    deferred: int
    early_count: int
    count: int


@dataclass(slots=True)
class Bounds:
    """Bounds of the plans on one ground. `in_hardship`: periods that end before the hardship does."""

    ground: Ground
    in_hardship: int
    _discounts: list[float] = field(init=False)
    _sums: list[float] = field(init=False)
    _rates: list[float] = field(init=False)
    _rate_sums: list[float] = field(init=False)
    _moments: list[float] = field(init=False)
    _pots: dict[int, int] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._rates = [n / d for n, d in self.ground.pairs]
        factors = [1.0 / (1.0 + rate) for rate in self._rates[1:]]
        self._discounts = list(accumulate(factors, lambda a, b: a * b, initial=1.0))
        self._sums = list(accumulate(self._discounts[1:], initial=0.0))
        self._rate_sums = list(accumulate(self._rates, initial=0.0))
        moments = (index * rate for index, rate in enumerate(self._rates))
        self._moments = list(accumulate(moments, initial=0.0))

    def core(self, shape: Shape, total: int) -> Core | None:
        """None where there is nothing left for an ordinary payment."""
        if self.ground.case.terms.method is Method.FLAT:
            return self._flat(shape, total)
        eased = easing_of(self.ground, shape)
        if eased.balance == 0:
            return None
        m, count = shape.eased, total - shape.eased
        ordinary, below, repaid = self._ordinary(eased.balance, m, total)
        step = self.ground.case.terms.rounding.step
        amounts = [principal + interest for _, principal, interest in eased.rows]
        return Core(
            early=max(amounts[: self.in_hardship], default=0),
            late=max(amounts[self.in_hardship :], default=0),
            least=min(amounts, default=below),
            ordinary=ordinary,
            below=below,
            cost=sum(amounts) + repaid + eased.deferred,
            deferred=eased.deferred // count // step * step,
            early_count=max(self.in_hardship - m, 0),
            count=count,
        )

    def _ordinary(self, balance: int, m: int, total: int) -> tuple[int, int, int]:
        """Bounds of an ordinary payment from below and above, and of their sum from below."""
        count, step = total - m, self.ground.case.terms.rounding.step
        if count == 1:
            amount = balance + self.ground.interest(balance, m)
            return 0, amount, amount
        if self.ground.case.terms.method is Method.EQUAL_PRINCIPAL:
            return self._equal_principal(balance, m, total)
        if self.ground.is_free:
            level, end = balance / count, 1.0
        elif m == 0:
            own = 1.0 / (1.0 + float(self.ground.first_interest) / balance)
            level, end = balance / (own * (1.0 + self._sums[total - 1])), self._discounts[total - 1]
        else:
            before = self._discounts[m - 1]
            level = balance * before / (self._sums[total - 1] - self._sums[m - 1])
            end = self._discounts[total - 1] / before
        # What rounding each interest and payment can come to by the last payment.
        drift = 0.0 if self.ground.is_free else (step + 1) * count * (1.0 + 1.0 / end) + 2
        slack = step + 1 + level * 1e-9
        if level <= (step + 1) * count * (1.0 + 1.0 / end):
            slack = level  # rounding alone may repay the loan before its end
        cost = balance if self.ground.is_free else int(level * count * (1 - 1e-9) - drift)
        return int(level - slack), int(level + slack) + 1, cost

    def _equal_principal(self, balance: int, m: int, total: int) -> tuple[int, int, int]:
        terms, count = self.ground.case.terms, total - m
        part = rounded(balance, count, terms.rounding.mode)
        first = part + self.ground.interest(balance, m)
        rates = self._rate_sums[total] - self._rate_sums[m]
        moments = self._moments[total] - self._moments[m] - m * rates
        interest = balance * rates - part * moments
        drift = (terms.rounding.step + 1) * count * (rates + 1.0) + 2
        cost = balance + int(interest * (1 - 1e-9) - drift)
        if m == 0:
            # The first interest is on other days than its period; it is known exactly.
            cost += int(float(self.ground.first_interest) - balance * self._rates[0]) - 1
        slack = terms.rounding.step + 1
        # Rounding alone may repay a small loan before its end.
        lowest = part - slack if part > slack * count else 0
        return lowest, first + slack, max(cost, 0)

    def _flat(self, shape: Shape, total: int) -> Core | None:
        ground = self.ground
        step, balance = ground.case.terms.rounding.step, ground.bearing
        if total not in self._pots:
            self._pots[total] = flat_pot(ground, total)
        pot = self._pots[total]
        cost, each, amounts = pot + balance, pot // total // step * step, []
        reduced = reduced_payment(ground.case, shape)
        for _ in range(shape.eased if shape.easing is not Easing.HOLIDAY else 0):
            if shape.easing is Easing.INTEREST_ONLY:
                paid, repaid = each, 0
            else:
                paid = min(reduced, each)
                repaid = min(reduced - paid, balance)
            amounts.append(paid + repaid)
            pot, balance = pot - paid, balance - repaid
        count = total - shape.eased
        share = rounded(balance, count, ground.case.terms.rounding.mode)
        return Core(
            early=max(amounts[: self.in_hardship], default=0),
            late=max(amounts[self.in_hardship :], default=0),
            least=min(amounts, default=share),
            ordinary=0 if count == 1 or share <= count else share - 1,
            below=share + 1,
            cost=cost,
            deferred=pot // count // step * step,
            early_count=max(self.in_hardship - shape.eased, 0),
            count=count,
        )
