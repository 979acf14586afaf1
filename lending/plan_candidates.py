"""The plans of a policy space that bounds do not rule out, each with the least it can come to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from lending.plan_arrears import ArrearsSplit, split_arrears
from lending.plan_bounds import Bounds, Core
from lending.plan_case import PlanCase
from lending.plan_policy import Approval, PlanPolicy
from lending.plan_rows import Ground
from lending.plan_shape import Easing, Shape, shape_of
from lending.plan_space import Basis, arrears_relief, bases, easings, extensions, spreads
from lending.reliefs import DueDateChange, FeeWaiver, RateCut, Relief


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What every plan must keep, in minor units and days.

    `during`: the most that a payment before `until` may be, `later`: one from then on; `least`: the
    least of any but the last. Plans end by `latest` and have more payments than `longer_than`.
    """

    during: int
    later: int
    least: int
    until: date
    latest: date
    longer_than: int


class Candidate(NamedTuple):
    """A plan whose exact figures are at least these. `place` is where it stands in the space."""

    payment: int
    cost: int
    ends_on: date
    size: int
    place: int
    ground: Ground
    frame: _Frame
    spread: int

    @property
    def shape(self) -> Shape:
        return shape_of(self.reliefs())

    def reliefs(self) -> tuple[Relief, ...]:
        return self.frame.reliefs(self.spread)


@dataclass(frozen=True, slots=True)
class _Frame:
    """An easing and an extension on a basis."""

    case: PlanCase
    policy: PlanPolicy
    basis: Basis
    easing: tuple[Relief, ...]
    extension: tuple[Relief, ...]
    ordinary: int

    def reliefs(self, spread: int) -> tuple[Relief, ...]:
        """In the order of the kinds."""
        basis = self.basis
        day: tuple[Relief, ...] = () if basis.day is None else (DueDateChange(basis.day),)
        staff: tuple[Relief, ...] = ()
        if basis.rate_bp is not None:
            staff += (RateCut(basis.rate_bp),)
        if basis.waiver_bp:
            staff += (FeeWaiver(basis.waiver_bp),)
        spread_ = arrears_relief(self.case, self.policy, spread, self.ordinary)
        return (*day, *self.easing, *self.extension, *spread_, *staff)


def candidates_of(
    case: PlanCase, policy: PlanPolicy, approval: Approval, day: int | None, limits: Limits
) -> list[Candidate]:
    """All that may fit, in the order of the policy."""
    space = _Space(case, policy, approval, limits)
    return [
        candidate
        for basis in bases(case, policy, approval, day)
        for candidate in space.candidates(basis)
    ]


class _Space:
    """Walks the space; what plans share is computed once."""

    def __init__(
        self, case: PlanCase, policy: PlanPolicy, approval: Approval, limits: Limits
    ) -> None:
        self._case, self._policy, self._limits = case, policy, limits
        self._is_alone = approval is Approval.SELF
        self._easings = [
            (reliefs, count, shape_of(reliefs))
            for reliefs, count in easings(case, policy, approval)
        ]
        self._extensions = extensions(case, policy, approval)
        self._spreads = spreads(case, policy, approval)
        self._of_arrears = [len(arrears_relief(case, policy, s, s)) for s in self._spreads]
        self._longest = len(case.rows) + max(extra for _, extra in self._extensions)
        self._grounds: dict[tuple[int | None, int], Ground] = {}
        self._cores: dict[tuple[int | None, int], list[Core | None]] = {}
        self._place = 0

    def candidates(self, basis: Basis) -> Iterator[Candidate]:
        case, policy, limits = self._case, self._policy, self._limits
        arrears = split_arrears(case, policy.arrears, basis.waiver_bp)
        waived = arrears.waived_total
        if not policy.may_waive(waived, case.owed, case.currency) or (self._is_alone and waived):
            return
        ground = self._ground(basis, arrears)
        key = (basis.rate_bp, arrears.capitalised)
        if key not in self._cores:
            in_hardship = sum(due_on < limits.until for due_on in ground.dates)
            self._cores[key] = self._all_cores(Bounds(ground, in_hardship))
        cores = iter(self._cores[key])
        step, spread_sum = case.terms.rounding.step, arrears.spread
        more = spread_sum + arrears.parked - case.prepaid
        each_of = [spread_sum // s // step * step for s in self._spreads]
        last_of = [
            spread_sum - each * (s - 1) for s, each in zip(self._spreads, each_of, strict=True)
        ]
        prepaid, size0 = case.prepaid, (basis.rate_bp is not None) + bool(basis.waiver_bp)
        size0 += basis.day is not None
        for easing, eased, shape in self._easings:
            for extension, extra in self._extensions:
                core = next(cores)
                place = self._place
                self._place += len(self._spreads)
                total = len(case.rows) + extra
                if core is None or (ends_on := ground.dates[total - 1]) > limits.latest:
                    continue
                paid = total - (eased if shape.easing is Easing.HOLIDAY else 0)
                if paid <= limits.longer_than or core.least < limits.least:
                    continue
                if core.early - prepaid > limits.during or core.late - prepaid > limits.later:
                    continue
                e, base = core.early_count, core.ordinary + core.deferred
                if core.count > 1 and base - prepaid > (limits.during if e else limits.later):
                    continue
                frame = _Frame(case, policy, basis, easing, extension, core.count)
                below = core.below + core.deferred
                for n, s in enumerate(self._spreads):
                    if s > core.count:
                        continue
                    each, last = each_of[n], last_of[n]
                    early = late = 0
                    if core.count > 1:
                        # The last share of a spread is the largest, unless it falls on the last row.
                        top = base + (last if s < core.count else each)
                        if e >= s:
                            early = top
                        elif e > 0:
                            early = base + each
                        if s > e:
                            late = top
                        lowest = below + (each if s >= core.count - 1 else 0)
                        if lowest + (last if s == core.count - 1 else 0) < limits.least:
                            continue
                    early = max(early, core.early) - prepaid
                    if early > limits.during or late - prepaid > limits.later:
                        continue
                    reliefs = size0 + len(easing) + len(extension) + self._of_arrears[n]
                    if reliefs == size0 and not self._stands(basis):
                        continue
                    yield Candidate(
                        max(early, 0),
                        core.cost + more,
                        ends_on,
                        reliefs,
                        place + n,
                        ground,
                        frame,
                        s,
                    )

    def _ground(self, basis: Basis, arrears: ArrearsSplit) -> Ground:
        """What is known of another basis is not computed again."""
        key = (basis.rate_bp, arrears.capitalised)
        known = self._grounds.get(key)
        if known is not None:
            return known.with_arrears(arrears)
        like = next(iter(self._grounds.values()), None)
        ground = Ground(
            self._case, arrears, self._longest, day=basis.day, rate_bp=basis.rate_bp, like=like
        )
        self._grounds[key] = ground
        return ground

    def _all_cores(self, bounds: Bounds) -> list[Core | None]:
        rows = len(self._case.rows)
        return [
            None if rows + extra - eased < 1 else bounds.core(shape, rows + extra)
            for _, eased, shape in self._easings
            for _, extra in self._extensions
        ]

    def _stands(self, basis: Basis) -> bool:
        """Whether a plan of the basis alone is one: a moved due date alone is not searched."""
        if basis.rate_bp is not None or basis.waiver_bp:
            return True
        return basis.day is not None and bool(self._case.arrears)
