"""The rows of a plan's schedule, by the rules of docs/plans.md: exact, in whole minor units.

A `Ground` holds what the shapes of one policy space share (days, rates, discount factors), so that
hundreds of shapes can be computed for one account while the borrower waits.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from datetime import date
from decimal import Context, Decimal
from fractions import Fraction
from itertools import accumulate

from lending.daycount import year_fraction
from lending.plan_arrears import ArrearsSplit
from lending.plan_case import PlanCase
from lending.plan_dates import plan_dates, years_between
from lending.plan_shape import Easing, Shape
from lending.rounding import to_minor, to_step
from lending.terms import Method, RoundingMode

PlanRow = tuple[int, int, int]
"""Index of the period from 0, principal, interest."""

_NOISE = Fraction(1, 10**20)
_DIGITS = 60


@dataclass(slots=True)
class Ground:
    """What shapes with the same day, rate and waiver stand on. `longest` bounds their periods.

    `like` is another ground of the same account, day and length: its calendar is taken over.
    `is_free`: nothing bears interest.
    """

    case: PlanCase
    arrears: ArrearsSplit
    longest: int
    day: int | None = None
    rate_bp: int | None = None
    like: Ground | None = None
    dates: list[date] = field(init=False)
    bearing: int = field(init=False)
    first_interest: Fraction = field(init=False)
    rates: list[Fraction] = field(init=False)
    is_free: bool = field(init=False)
    pairs: list[tuple[int, int]] = field(init=False)
    years: list[Fraction] = field(init=False)
    _discounts: list[Decimal] = field(init=False)
    _sums: list[Decimal] = field(init=False)
    _context: Context = field(init=False)
    _first_rounded: int = field(init=False)

    def __post_init__(self) -> None:
        case = self.case
        rate = case.rate if self.rate_bp is None else Fraction(self.rate_bp, 10_000)
        if self.like is None:
            self.dates = plan_dates(case, self.longest, self.day)
            self.years = years_between(case, self.dates, self.day)
        else:
            self.dates, self.years = self.like.dates, self.like.years
        self.is_free = rate == 0
        self.rates = [rate * years for years in self.years]
        self.bearing = case.coming + self.arrears.capitalised
        late = rate * year_fraction(case.on, self.dates[0], case.terms.day_count)
        self.first_interest = case.coming * self.rates[0] + self.arrears.capitalised * late
        self._first_rounded = to_minor(self.first_interest, case.terms.rounding.mode)
        self.pairs = [(rate_.numerator, rate_.denominator) for rate_ in self.rates]
        self._context = Context(prec=_DIGITS + len(str(self.bearing)))
        self._discounts, self._sums = [], []

    def _discount(self, rate: Fraction) -> Decimal:
        return self._context.divide(rate.denominator, rate.denominator + rate.numerator)

    def _discount_all(self) -> None:
        """From the start of period 2 on: the first period's rate depends on what bears interest."""
        factors = [self._discount(rate) for rate in self.rates[1:]]
        self._discounts = list(accumulate(factors, self._context.multiply, initial=Decimal(1)))
        self._sums = list(accumulate(self._discounts[1:], self._context.add, initial=Decimal(0)))

    def with_arrears(self, arrears: ArrearsSplit) -> Ground:
        """The same ground with other arrears, of which as much bears interest."""
        other = copy(self)
        other.arrears = arrears
        return other

    def interest(self, balance: int, index: int) -> int:
        """Of a period, counted from 0, on the balance at its start; rounded to the minor unit."""
        if index == 0:
            return self._first_rounded
        numerator, denominator = self.pairs[index]
        return rounded(balance * numerator, denominator, self.case.terms.rounding.mode)

    def level(self, balance: int, first: int, last: int) -> Fraction:
        """The level payment, unrounded, that repays the balance over the periods [first, last)."""
        context = self._context
        if not self._sums:
            self._discount_all()
        if first == 0:
            own = self._discount(self.first_interest / balance)
            total = context.multiply(own, context.add(1, self._sums[last - 1]))
        else:
            between = context.subtract(self._sums[last - 1], self._sums[first - 1])
            total = context.divide(between, self._discounts[first - 1])
        exact = Fraction(context.divide(Decimal(balance), total))
        return round(exact / _NOISE) * _NOISE


def plan_rows(ground: Ground, shape: Shape) -> list[PlanRow] | None:
    """The rows, oldest first; None for a shape whose payments cannot repay the loan."""
    case = ground.case
    total = len(case.rows) + shape.extra
    ordinary = total - shape.eased
    if ordinary < 1 or shape.spread > ordinary or total > ground.longest:
        return None
    if case.terms.method is Method.FLAT:
        eased, main, deferred = _flat(ground, shape, total)
    else:
        frame = frame_of(ground, shape)
        walked = None if frame is None else ordinary_parts(ground, frame)
        if frame is None or walked is None:
            return None
        eased, main, deferred = frame.eased, walked, frame.deferred
    more, later = addedshares(ground, shape.spread, deferred, ordinary)
    main = [
        (index, principal + extra, interest + add)
        for (index, principal, interest), extra, add in zip(main, more, later, strict=True)
    ]
    rows = _less_prepaid(eased + main, case.prepaid)
    if any(
        principal < 0 or interest < 0 or principal + interest == 0
        for _, principal, interest in rows
    ):
        return None
    return rows


def addedshares(
    ground: Ground, spread: int, deferred: int, ordinary: int
) -> tuple[list[int], list[int]]:
    """What is added to the principal and to the interest of each ordinary row."""
    step = ground.case.terms.rounding.step
    principal = shares(ground.arrears.spread, spread, step) + [0] * (ordinary - spread)
    principal[-1] += ground.arrears.parked
    return principal, shares(deferred, ordinary, step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Eased:
    """A loan after its easing: the rows so far, what is left to repay, deferred interest."""

    rows: list[PlanRow]
    balance: int
    deferred: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What is left to repay over the periods [start, total) after an easing.

    `level` is the rounded level payment of an annuity, 0 otherwise or for one payment.
    """

    eased: list[PlanRow]
    start: int
    total: int
    balance: int
    deferred: int
    level: int


def easing_of(ground: Ground, shape: Shape) -> Eased:
    """The easing of an annuity or equal-principal loan."""
    mode = ground.case.terms.rounding.mode
    balance, deferred = ground.bearing, 0
    rows: list[PlanRow] = []
    if shape.easing is Easing.HOLIDAY:
        exact = ground.first_interest + balance * sum(ground.rates[1 : shape.eased], Fraction(0))
        return Eased(rows=rows, balance=balance, deferred=to_minor(exact, mode))
    reduced = reduced_payment(ground.case, shape)
    for index in range(shape.eased):
        interest = ground.interest(balance, index)
        if shape.easing is Easing.INTEREST_ONLY:
            rows.append((index, 0, interest))
            continue
        paid = min(reduced, interest)
        repaid = min(reduced - paid, balance)
        deferred += interest - paid
        balance -= repaid
        rows.append((index, repaid, paid))
    return Eased(rows=rows, balance=balance, deferred=deferred)


def frame_of(ground: Ground, shape: Shape) -> Frame | None:
    """The easing, and the level payment after it; None where nothing is left to repay."""
    case, total = ground.case, len(ground.case.rows) + shape.extra
    eased = easing_of(ground, shape)
    if eased.balance == 0:
        return None
    level = 0
    if case.terms.method is Method.ANNUITY and total - shape.eased > 1:
        level = to_step(ground.level(eased.balance, shape.eased, total), case.terms.rounding)
    return Frame(
        eased=eased.rows,
        start=shape.eased,
        total=total,
        balance=eased.balance,
        deferred=eased.deferred,
        level=level,
    )


def ordinary_parts(ground: Ground, frame: Frame) -> list[PlanRow] | None:
    """The ordinary rows by the method of the terms; None if one would not cover its interest."""
    terms = ground.case.terms
    balance = frame.balance
    share = to_minor(Fraction(balance, frame.total - frame.start), terms.rounding.mode)
    is_annuity = terms.method is Method.ANNUITY
    parts: list[PlanRow] = []
    for index in range(frame.start, frame.total):
        interest = ground.interest(balance, index)
        if index == frame.total - 1:
            repaid = balance
        elif is_annuity:
            repaid = min(frame.level - interest, balance)
        else:
            wanted = rounded(share + interest, terms.rounding.step, terms.rounding.mode)
            repaid = min(wanted * terms.rounding.step - interest, balance)
        if repaid < 0:
            return None
        parts.append((index, repaid, interest))
        balance -= repaid
    return parts


def _flat(ground: Ground, shape: Shape, total: int) -> tuple[list[PlanRow], list[PlanRow], int]:
    """Interest agreed for the whole term, and more only for the time that the plan adds."""
    step = ground.case.terms.rounding.step
    pot, balance = flat_pot(ground, total), ground.bearing
    each = pot // total // step * step
    reduced = reduced_payment(ground.case, shape)
    eased: list[PlanRow] = []
    for index in range(shape.eased if shape.easing is not Easing.HOLIDAY else 0):
        paid = each if shape.easing is Easing.INTEREST_ONLY else min(reduced, each)
        repaid = 0 if shape.easing is Easing.INTEREST_ONLY else min(reduced - paid, balance)
        pot, balance = pot - paid, balance - repaid
        eased.append((index, repaid, paid))
    count = total - shape.eased
    share = to_minor(Fraction(balance, count), ground.case.terms.rounding.mode)
    main: list[PlanRow] = []
    for index in range(shape.eased, total):
        repaid = balance if index == total - 1 else min(share, balance)
        main.append((index, repaid, 0))
        balance -= repaid
    return eased, main, pot


def flat_pot(ground: Ground, total: int) -> int:
    """Q of docs/plans.md."""
    case = ground.case
    rate = case.rate if ground.rate_bp is None else Fraction(ground.rate_bp, 10_000)
    mode, day_count = case.terms.rounding.mode, case.terms.day_count
    agreed = sum(row.interest.minor for row in case.rows)
    if ground.rate_bp is not None and case.rate_bp:
        agreed = to_minor(Fraction(agreed * ground.rate_bp, case.rate_bp), mode)
    end = ground.dates[total - 1]
    agreed_end = case.rows[-1].due_on
    longer = year_fraction(agreed_end, end, day_count) if end > agreed_end else Fraction(0)
    exact = case.coming * longer + ground.arrears.capitalised * year_fraction(
        case.on, end, day_count
    )
    return agreed + to_minor(rate * exact, mode)


def reduced_payment(case: PlanCase, shape: Shape) -> int:
    """R of docs/plans.md."""
    step = case.terms.rounding.step
    return case.normal * shape.share_bp // 10_000 // step * step


def shares(amount: int, count: int, step: int) -> list[int]:
    """Equal shares rounded down to the step; the last takes the rest."""
    share = amount // count // step * step
    return [share] * (count - 1) + [amount - share * (count - 1)]


def _less_prepaid(rows: list[PlanRow], prepaid: int) -> list[PlanRow]:
    if not prepaid:
        return rows
    lowered = []
    for index, principal, interest in rows:
        used = min(prepaid, interest)
        prepaid -= used
        lowered.append((index, principal, interest - used))
    return lowered


def rounded(numerator: int, denominator: int, mode: RoundingMode) -> int:
    """The quotient of an amount above zero, rounded as `to_minor` does, without making a Fraction."""
    whole, rest = divmod(numerator, denominator)
    match mode:
        case RoundingMode.HALF_EVEN:
            doubled = rest * 2
            return whole + (doubled > denominator or (doubled == denominator and whole % 2 == 1))
        case RoundingMode.HALF_UP:
            return whole + (rest * 2 >= denominator)
        case RoundingMode.UP:
            return whole + (rest > 0)
        case _:
            return whole
