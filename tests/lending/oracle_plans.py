"""Plans worked out again from docs/plans.md alone, with decimals; nothing of `lending` is used.

Facts, reliefs and answers are plain data: amounts are minor units, rates basis points, days `date`.
A part of a year is kept as two whole numbers until the last division, so that halves stay halves.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal, getcontext
from functools import cache
from math import gcd
from typing import Any

import holidays

getcontext().prec = 120

MODES = {
    "half_even": ROUND_HALF_EVEN,
    "half_up": ROUND_HALF_UP,
    "up": ROUND_UP,
    "down": ROUND_DOWN,
}
Ratio = tuple[int, int]
Row = tuple[date, int, int]
"""Due day, principal, interest."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The letters of docs/plans.md. `rows` are (d, p, q)."""

    method: str
    frequency: str
    day_count: str
    roll: str
    country: str | None
    step: int
    mode: str
    terms_day: int
    on: date
    start: date
    rows: list[Row]
    overdue: int
    interest: int
    fee: int
    penalty: int
    prepaid: int
    rate_bp: int

    @property
    def coming(self) -> int:
        return sum(p for _, p, _ in self.rows)

    @property
    def arrears(self) -> int:
        return self.overdue + self.interest + self.fee + self.penalty

    @property
    def normal(self) -> int:
        return max(p + q for _, p, q in self.rows)


@dataclass(frozen=True, kw_only=True)
class Plan:
    rows: list[Row]
    waived: dict[str, int] = field(default_factory=dict)
    capitalised: dict[str, int] = field(default_factory=dict)


# --- days


@cache
def _working(country: str, year: int) -> Any:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return holidays.country_holidays(country, years=year, expand=False)


def is_open(day: date, country: str | None) -> bool:
    assert country is not None
    return bool(_working(country, day.year).is_working_day(day))


def rolled(facts: Facts, day: date) -> date:
    if facts.roll == "none" or is_open(day, facts.country):
        return day
    forward, backward = day, day
    while not is_open(forward, facts.country):
        forward += timedelta(days=1)
    while not is_open(backward, facts.country):
        backward -= timedelta(days=1)
    if facts.roll == "preceding":
        return backward
    if facts.roll == "modified_following" and forward.month != day.month:
        return backward
    return forward


def month_day(year: int, month: int, day: int) -> date:
    """That day of the month, or its last; months count on over the year."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def on_anchor(facts: Facts, day: date, anchor: int) -> date | None:
    """The monthly day that the roll rule moved to `day`."""
    for shift in (0, -1, 1):
        agreed = month_day(day.year, day.month + shift, anchor)
        if rolled(facts, agreed) == day:
            return agreed
    return None


def anchor_of(facts: Facts) -> int:
    if all(on_anchor(facts, d, facts.terms_day) for d, _, _ in facts.rows):
        return facts.terms_day
    return facts.rows[-1][0].day


def due_days(facts: Facts, count: int, day: int | None) -> list[date]:
    first, last = facts.rows[0][0], facts.rows[-1][0]
    if day is not None:
        begin = month_day(first.year, first.month, day)
        if begin < first:
            begin = month_day(first.year, first.month + 1, day)
        return [rolled(facts, month_day(begin.year, begin.month + k, day)) for k in range(count)]
    days = [d for d, _, _ in facts.rows][:count]
    anchor = anchor_of(facts)
    stands = on_anchor(facts, last, anchor) or last
    for k in range(1, count - len(facts.rows) + 1):
        if facts.frequency == "monthly":
            agreed = month_day(stands.year, stands.month + k, anchor)
        else:
            agreed = last + timedelta(days=k * (7 if facts.frequency == "weekly" else 14))
        then = rolled(facts, agreed)
        if then <= days[-1]:
            then = days[-1] + timedelta(days=1)
            while not is_open(then, facts.country):
                then += timedelta(days=1)
        days.append(then)
    return days


# --- parts of a year


def add(a: Ratio, b: Ratio) -> Ratio:
    top, bottom = a[0] * b[1] + b[0] * a[1], a[1] * b[1]
    common = gcd(top, bottom) or 1
    return top // common, bottom // common


def plain_years(day_count: str, start: date, end: date) -> Ratio:
    if day_count == "actual/365":
        return (end - start).days, 365
    if day_count == "actual/actual":
        in_leap = sum(
            calendar.isleap((start + timedelta(days=n)).year) for n in range((end - start).days)
        )
        return add((in_leap, 366), ((end - start).days - in_leap, 365))
    first, last = start.day, end.day
    first = 30 if first == 31 else first
    last = 30 if last == 31 and first == 30 else last
    return (end.year - start.year) * 360 + (end.month - start.month) * 30 + last - first, 360


def period_years(facts: Facts, start: date, end: date, anchor: int) -> Ratio:
    monthly = facts.frequency == "monthly" and facts.day_count == "30/360"
    if (
        monthly
        and month_day(start.year, start.month, anchor) == start
        and month_day(start.year, start.month + 1, anchor) == end
    ):
        return 1, 12
    return plain_years(facts.day_count, start, end)


# --- amounts


def whole(facts: Facts, value: Decimal) -> int:
    clean = value.quantize(Decimal(1).scaleb(-20), rounding=ROUND_HALF_EVEN)
    return int(clean.quantize(Decimal(1), rounding=MODES[facts.mode]))


def to_step(facts: Facts, value: Decimal) -> int:
    return whole(facts, value / facts.step) * facts.step


def bears(balance: int, rate_bp: int, years: Ratio) -> Decimal:
    return Decimal(balance * rate_bp * years[0]) / (10_000 * years[1])


def shares(amount: int, count: int, step: int) -> list[int]:
    each = amount // count // step * step
    return [each] * (count - 1) + [amount - each * (count - 1)]


# --- what becomes of the arrears


def treat(facts: Facts, rule: dict[str, str], waiver_bp: int) -> dict[str, Any]:
    sums = {"capitalise": 0, "spread": 0, "park": 0}
    sums[rule["principal"]] += facts.overdue
    waived, moved = {}, {}
    for name, owed in (
        ("interest", facts.interest),
        ("fee", facts.fee),
        ("penalty", facts.penalty),
    ):
        off = 0 if name == "interest" else owed * waiver_bp // 10_000
        if rule[name] == "waive":
            off = owed
        else:
            sums[rule[name]] += owed - off
        waived[name], moved[name] = off, owed - off
    return {**sums, "waived": waived, "moved": moved}


# --- the plans


def searched(facts: Facts, rule: dict[str, str], reliefs: list[dict[str, Any]]) -> Plan | None:
    """Any combination of the reliefs of the table; None for one that cannot be."""
    by = {relief["kind"]: relief for relief in reliefs}
    day = by.get("due_date_change", {}).get("day")
    easing, m, share_bp = "", 0, 0
    for name in ("payment_holiday", "interest_only", "reduced_payments"):
        if name in by:
            easing, m = name, by[name]["payments"]
            share_bp = by[name].get("share_bp", 0)
    periods = len(facts.rows) + by.get("term_extension", {}).get("payments", 0)
    spread = by.get("arrears_spread", {}).get("payments", 1)
    rate_bp = by.get("rate_cut", {}).get("rate_bp", facts.rate_bp)
    became = treat(facts, rule, by.get("fee_waiver", {}).get("share_bp", 0))
    n = periods - m
    if n < 1 or spread > n:
        return None
    days = due_days(facts, periods, day)
    reduced = facts.normal * share_bp // 10_000 // facts.step * facts.step
    if facts.method == "flat":
        done = _flat(facts, became, days, rate_bp, easing, m, reduced)
    else:
        done = _bearing(facts, became, days, rate_bp, easing, m, reduced, day)
    if done is None:
        return None
    eased, main, deferred = done
    principal_more = shares(became["spread"], spread, facts.step) + [0] * (n - spread)
    principal_more[-1] += became["park"]
    interest_more = shares(deferred, n, facts.step)
    rows = eased + [
        (d, p + principal_more[k], i + interest_more[k]) for k, (d, p, i) in enumerate(main)
    ]
    left, taken = facts.prepaid, []
    for d, p, i in rows:
        off = min(left, i)
        left -= off
        taken.append((d, p, i - off))
    if any(p < 0 or i < 0 or p + i == 0 for _, p, i in taken):
        return None
    return Plan(rows=taken, waived=became["waived"], capitalised=became["moved"])


def _bearing(
    facts: Facts,
    became: dict[str, Any],
    days: list[date],
    rate_bp: int,
    easing: str,
    m: int,
    reduced: int,
    day: int | None,
) -> tuple[list[Row], list[Row], int] | None:
    anchor = day or anchor_of(facts)
    years = [
        period_years(facts, start, end, anchor)
        for start, end in zip([facts.start, *days], days, strict=False)
    ]
    first = bears(facts.coming, rate_bp, years[0]) + bears(
        became["capitalise"], rate_bp, plain_years(facts.day_count, facts.on, days[0])
    )

    def exact(balance: int, t: int) -> Decimal:
        return first if t == 0 else bears(balance, rate_bp, years[t])

    balance = facts.coming + became["capitalise"]
    deferred, eased = 0, []
    if easing == "payment_holiday":
        later: Ratio = (0, 1)
        for t in range(1, m):
            later = add(later, years[t])
        deferred = whole(facts, first + bears(balance, rate_bp, later))
    for t in range(m if easing != "payment_holiday" else 0):
        interest = whole(facts, exact(balance, t))
        if easing == "interest_only":
            eased.append((days[t], 0, interest))
        else:
            paid = min(reduced, interest)
            repaid = min(reduced - paid, balance)
            deferred += interest - paid
            balance -= repaid
            eased.append((days[t], repaid, paid))
    if balance == 0:
        return None
    n = len(days) - m
    level, part = 0, whole(facts, Decimal(balance) / n)
    if facts.method == "annuity" and n > 1:
        factor, factors = Decimal(1), Decimal(0)
        for t in range(m, len(days)):
            rate = first / balance if t == 0 else bears(1, rate_bp, years[t])
            factor /= 1 + rate
            factors += factor
        level = to_step(facts, balance / factors)
    main = []
    for t in range(m, len(days)):
        interest = whole(facts, exact(balance, t))
        if t == len(days) - 1:
            repaid = balance
        elif facts.method == "annuity":
            repaid = min(level - interest, balance)
        else:
            repaid = min(to_step(facts, Decimal(part + interest)) - interest, balance)
        if repaid < 0:
            return None
        main.append((days[t], repaid, interest))
        balance -= repaid
    return eased, main, deferred


def _flat(
    facts: Facts,
    became: dict[str, Any],
    days: list[date],
    rate_bp: int,
    easing: str,
    m: int,
    reduced: int,
) -> tuple[list[Row], list[Row], int]:
    agreed = sum(q for _, _, q in facts.rows)
    if rate_bp != facts.rate_bp:
        agreed = whole(facts, Decimal(agreed * rate_bp) / facts.rate_bp)
    before, end = facts.rows[-1][0], days[-1]
    longer = plain_years(facts.day_count, before, end) if end > before else (0, 1)
    more = bears(facts.coming, rate_bp, longer) + bears(
        became["capitalise"], rate_bp, plain_years(facts.day_count, facts.on, end)
    )
    pot, balance = agreed + whole(facts, more), facts.coming + became["capitalise"]
    each = pot // len(days) // facts.step * facts.step
    eased = []
    for t in range(m if easing != "payment_holiday" else 0):
        paid = each if easing == "interest_only" else min(reduced, each)
        repaid = 0 if easing == "interest_only" else min(reduced - paid, balance)
        eased.append((days[t], repaid, paid))
        pot, balance = pot - paid, balance - repaid
    n = len(days) - m
    part, main = whole(facts, Decimal(balance) / n), []
    for t in range(m, len(days)):
        repaid = balance if t == len(days) - 1 else min(part, balance)
        main.append((days[t], repaid, 0))
        balance -= repaid
    return eased, main, pot


def deferral(facts: Facts, days: int) -> Plan:
    (d, p, q), *others = facts.rows
    later = d + timedelta(days=days)
    more = whole(facts, bears(p, facts.rate_bp, plain_years(facts.day_count, d, later)))
    return Plan(rows=[(later, p, q + more), *others])


def moved_day(facts: Facts, day: int) -> Plan:
    days = due_days(facts, len(facts.rows), day)
    first = facts.rows[0][0]
    years = plain_years(facts.day_count, first, days[0])
    more = whole(facts, bears(facts.coming, facts.rate_bp, years))
    rows = [(new, p, q) for new, (_, p, q) in zip(days, facts.rows, strict=True)]
    rows[0] = (rows[0][0], rows[0][1], rows[0][2] + more)
    return Plan(rows=rows)


def settlement(facts: Facts, share_bp: int, count: int) -> Plan:
    owed = facts.coming + facts.arrears
    asked = -(-owed * share_bp // 10_000)
    each = asked // count
    amounts = [each] * (count - 1) + [asked - each * (count - 1)]
    rows = [(d, a, 0) for d, a in zip(due_days(facts, count, None), amounts, strict=True)]
    left, waived, moved = owed - asked, {}, {}
    for name, amount in (
        ("penalty", facts.penalty),
        ("fee", facts.fee),
        ("interest", facts.interest),
    ):
        waived[name] = min(amount, left)
        moved[name] = amount - waived[name]
        left -= waived[name]
    return Plan(rows=rows, waived=waived | {"principal": left}, capitalised=moved)


def plan_of(facts: Facts, rule: dict[str, str], reliefs: list[dict[str, Any]]) -> Plan | None:
    """The plan of these reliefs by whichever section of the page they fall under."""
    kinds = [relief["kind"] for relief in reliefs]
    if kinds == ["settlement"]:
        return settlement(facts, reliefs[0]["share_bp"], reliefs[0]["payments"])
    if kinds == ["deferral"]:
        return deferral(facts, reliefs[0]["days"])
    if kinds == ["due_date_change"] and not facts.arrears:
        return moved_day(facts, reliefs[0]["day"])
    return searched(facts, rule, reliefs)


def later_by_months(day: date, months: int) -> date:
    return month_day(day.year, day.month + months, day.day)


def figures(facts: Facts, plan: Plan, months: int) -> dict[str, Any]:
    """The comparison and the payment, as `tideover plans quote` prints them."""
    until = later_by_months(facts.on, months)
    total = facts.arrears + sum(p + q for _, p, q in facts.rows)
    cost = sum(p + i for _, p, i in plan.rows)
    return {
        "payment_minor": max((p + i for d, p, i in plan.rows if d < until), default=0),
        "today": {
            "due_now_minor": facts.arrears,
            "payment_minor": facts.normal,
            "payments": len(facts.rows),
            "first_on": facts.rows[0][0].isoformat(),
            "last_on": facts.rows[-1][0].isoformat(),
            "interest_minor": sum(q for _, _, q in facts.rows),
            "total_minor": total,
        },
        "plan": {
            "due_now_minor": 0,
            "payment_minor": max(p + i for _, p, i in plan.rows),
            "payments": len(plan.rows),
            "first_on": plan.rows[0][0].isoformat(),
            "last_on": plan.rows[-1][0].isoformat(),
            "interest_minor": sum(i for _, _, i in plan.rows),
            "total_minor": cost,
        },
        "difference_minor": cost - total,
        "waived_minor": sum(plan.waived.values()),
        "capitalised_minor": sum(plan.capitalised.values()),
    }


# --- cards


@dataclass(frozen=True, kw_only=True)
class CardFacts:
    """What is owed by component on the day, and how the card's statements fall due."""

    on: date
    statement_day: int
    due_days: int
    step: int
    mode: str
    principal: int
    interest: int
    fee: int
    penalty: int


def card_plan(facts: CardFacts, rule: dict[str, str], count: int, rate_bp: int) -> Plan:
    """The balance in `count` monthly payments, lent on the day, 30/360, annuity."""
    sums = {"capitalise": facts.principal, "spread": 0, "park": 0, "waive": 0}
    waived, moved = {}, {}
    for name in ("interest", "fee", "penalty"):
        owed = getattr(facts, name)
        sums[rule[name]] += owed
        waived[name] = owed if rule[name] == "waive" else 0
        moved[name] = owed - waived[name]
    first = _card_due(facts)
    days = [month_day(first.year, first.month + k, first.day) for k in range(count)]
    loan = Facts(
        method="annuity",
        frequency="monthly",
        day_count="30/360",
        roll="none",
        country=None,
        step=facts.step,
        mode=facts.mode,
        terms_day=first.day,
        on=facts.on,
        start=facts.on,
        rows=[(day, sums["capitalise"] if k == 0 else 0, 0) for k, day in enumerate(days)],
        overdue=0,
        interest=0,
        fee=0,
        penalty=0,
        prepaid=0,
        rate_bp=rate_bp,
    )
    done = _bearing(loan, {"capitalise": 0}, days, rate_bp, "", 0, 0, first.day)
    assert done is not None
    more = shares(sums["spread"], count, facts.step)
    more[-1] += sums["park"]
    rows = [(d, p + extra, i) for (d, p, i), extra in zip(done[1], more, strict=True)]
    return Plan(rows=rows, waived=waived, capitalised=moved)


def _card_due(facts: CardFacts) -> date:
    """The card's first due date at least twenty days on."""
    year, month = facts.on.year, facts.on.month - 2
    while True:
        closing = month_day(year, month, facts.statement_day)
        due = closing + timedelta(days=facts.due_days)
        if due >= facts.on + timedelta(days=20):
            return due
        month += 1
