"""Invented accounts as `tideover plans quote` reads them: terms, what happened, policy, household.

Number n is always the same account. Most are loans in some trouble; one in eight is a card.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from lending.errors import UnpayableTerms
from lending.money import Money
from lending.schedule import build_schedule
from lending.terms import DayCount, Frequency, LoanTerms, Method, Roll, Rounding, RoundingMode

Doc = dict[str, Any]
TREATMENTS = ("spread", "park", "capitalise", "waive")


def account(number: int) -> Doc:
    """The account of that number."""
    rng = Random(f"plan account {number}")
    return card(rng) if number % 8 == 7 else loan(rng)


def loan(rng: Random, **fixed: Any) -> Doc:
    terms, rows = _terms_and_rows(rng, fixed)
    k = rng.randint(0, min(len(rows) - 1, 8))
    before = rows[k - 1].due_on if k else date.fromisoformat(terms["disbursed_on"])
    through = before + timedelta(days=rng.randint(0, (rows[k].due_on - before).days - 1))
    postings = [
        {
            "key": "lent",
            "kind": "disbursement",
            "effective_on": terms["disbursed_on"],
            "amount_minor": terms["principal_minor"],
        }
    ]
    postings += _payments(rng, rows, k, through)
    doc = {
        "terms": terms,
        "opened_on": terms["disbursed_on"],
        "through": through.isoformat(),
        "postings": sorted(postings, key=lambda p: p["effective_on"]),
        "policy": _policy(rng, terms["currency"]),
    }
    return doc | _household(rng, max(row.amount.minor for row in rows), terms)


def _terms_and_rows(rng: Random, fixed: Doc) -> tuple[Doc, Any]:
    """Terms that can be repaid: the first that no rule of the schedules refuses."""
    while True:
        terms = _terms(rng) | fixed
        try:
            return terms, build_schedule(_typed(terms))
        except UnpayableTerms:
            continue


def card(rng: Random) -> Doc:
    opened = date(2026, 1, 1) + timedelta(days=rng.randint(0, 400))
    terms = {
        "product": "credit_card",
        "currency": rng.choice(["USD", "CNY", "JPY", "GBP"]),
        "annual_rate_bp": rng.choice([0, 999, 1825, 2490]),
        "credit_limit_minor": 5_000_000,
        "statement_day": rng.choice([1, 5, 15, 28, 31]),
        "due_days": rng.choice([15, 20, 25]),
        "minimum_rate_bp": rng.choice([300, 500, 1000]),
        "minimum_floor_minor": rng.choice([1000, 2500]),
        "grace_days": rng.choice([0, 3]),
    }
    if rng.random() < 0.6:
        terms["late_fee"] = {"flat_minor": 1500, "as_penalty": rng.random() < 0.5}
    postings = []
    through = opened + timedelta(days=rng.randint(1, 170))
    days = (through - opened).days
    for n in range(rng.randint(1, 6)):
        on = opened + timedelta(days=rng.randint(0, days))
        postings.append(("purchase", on, rng.randint(5_000, 300_000), f"buy-{n}"))
    for n in range(rng.randint(0, 3)):
        on = opened + timedelta(days=rng.randint(0, days))
        postings.append(("repayment", on, rng.randint(500, 20_000), f"pay-{n}"))
    policy = {
        "reliefs": {
            "card_instalments": {
                "counts": rng.choice([[3, 6, 12], [6, 12, 24, 36, 48, 60], [60, 12]]),
                "rates_bp": rng.choice([[0], [720], [999, 500]]),
                "approval": rng.choice(["self", "staff"]),
            }
        },
        "arrears": {name: rng.choice(TREATMENTS) for name in ("interest", "fee", "penalty")},
        "least_payment": rng.choice([{}, {terms["currency"]: 1000}]),
        "longest_months": rng.choice([24, 62]),
    }
    doc: Doc = {
        "terms": terms,
        "opened_on": opened.isoformat(),
        "through": through.isoformat(),
        "postings": [
            {"key": key, "kind": kind, "effective_on": on.isoformat(), "amount_minor": minor}
            for kind, on, minor, key in sorted(postings, key=lambda p: (p[1], p[0] != "purchase"))
        ],
        "policy": policy,
    }
    return doc | _household(rng, rng.randint(5_000, 60_000), terms)


def _terms(rng: Random) -> Doc:
    currency = rng.choice(["USD", "USD", "CNY", "JPY", "KWD", "INR"])
    frequency = rng.choice(["monthly"] * 4 + ["weekly", "fortnightly"])
    first = date(2025, 1, 1) + timedelta(days=rng.randint(0, 800))
    usual = {"monthly": 30, "weekly": 7, "fortnightly": 14}[frequency]
    lent = first - timedelta(days=rng.choice([usual, usual, max(1, usual - 9), usual + 12]))
    roll = rng.choice(["none"] * 3 + ["following", "modified_following", "preceding"])
    if roll == "preceding":
        lent -= timedelta(days=14)
    terms: Doc = {
        "product": "instalment_loan",
        "currency": currency,
        "principal_minor": rng.randint(60_000, 3_000_000),
        "annual_rate_bp": rng.choice([0, 450, 899, 1200, 1799, 2400, 3600]),
        "instalments": rng.randint(3, 60),
        "first_due_on": first.isoformat(),
        "disbursed_on": lent.isoformat(),
        "frequency": frequency,
        "method": rng.choice(["annuity"] * 3 + ["equal_principal", "flat"]),
        "day_count": rng.choice(["30/360", "actual/365", "actual/actual"]),
        "roll": roll,
        "grace_days": rng.choice([0, 3, 5]),
        "rounding": {
            "step_minor": rng.choice([1, 1, 5, 100]),
            "mode": rng.choice(["half_even", "half_up", "up", "down"]),
        },
    }
    if roll != "none":
        terms["holiday_country"] = rng.choice(["US", "CN", "GB", "IN"])
    if rng.random() < 0.6:
        terms["late_fee"] = {"flat_minor": rng.randint(1, 3000), "as_penalty": rng.random() < 0.5}
    if rng.random() < 0.4:
        terms["penalty_rate_bp"] = rng.choice([300, 1800])
    return terms


def _typed(terms: Doc) -> LoanTerms:
    return LoanTerms(
        principal=Money(terms["principal_minor"], terms["currency"]),
        annual_rate_bp=terms["annual_rate_bp"],
        instalments=terms["instalments"],
        first_due_on=date.fromisoformat(terms["first_due_on"]),
        disbursed_on=date.fromisoformat(terms["disbursed_on"]),
        frequency=Frequency(terms["frequency"]),
        method=Method(terms["method"]),
        day_count=DayCount(terms["day_count"]),
        roll=Roll(terms["roll"]),
        holiday_country=terms.get("holiday_country"),
        rounding=Rounding(
            step=terms["rounding"]["step_minor"], mode=RoundingMode(terms["rounding"]["mode"])
        ),
    )


def _payments(rng: Random, rows: Any, k: int, through: date) -> list[Doc]:
    """For each row that was due: in time, late, partly, not; and sometimes money in advance."""
    made = []
    missed_from = rng.choice([k, k, k - 1, k - 2, k - 4])
    for n, row in enumerate(rows[:k]):
        how = "missed" if n >= missed_from else rng.choice(["paid"] * 6 + ["late", "part"])
        if how == "missed":
            continue
        on = row.due_on + timedelta(days=rng.randint(1, 20) if how == "late" else 0)
        minor = row.amount.minor if how != "part" else max(1, row.amount.minor // 3)
        if on <= through:
            made.append((on, minor, f"pay-{n}"))
    if rng.random() < 0.15:
        made.append((through, max(1, rows[k].amount.minor * rng.randint(1, 15) // 10), "ahead"))
    return [
        {"key": key, "kind": "repayment", "effective_on": on.isoformat(), "amount_minor": minor}
        for on, minor, key in made
    ]


def _policy(rng: Random, currency: str) -> Doc:
    some = rng.random
    reliefs: Doc = {}
    if some() < 0.7:
        reliefs["payment_holiday"] = {"months": rng.choice([[1], [1, 2, 3], [3, 6]])}
    if some() < 0.6:
        reliefs["interest_only"] = {"months": rng.choice([[3], [3, 6, 12]])}
    if some() < 0.8:
        reliefs["reduced_payments"] = {
            "months": rng.choice([[3], [3, 6, 9]]),
            "shares_bp": rng.choice([[5000], [2500, 5000, 7500], [1000, 9000]]),
        }
    if some() < 0.9:
        reliefs["term_extension"] = {"months": rng.choice([[6], [3, 6, 12, 24], [1, 36]])}
    if some() < 0.8:
        reliefs["arrears_spread"] = {"months": rng.choice([[3], [3, 6, 12]])}
    if some() < 0.5:
        reliefs["rate_cut"] = {"approval": "staff", "rates_bp": rng.choice([[300], [600, 0]])}
    if some() < 0.5:
        reliefs["fee_waiver"] = {
            "approval": "staff",
            "shares_bp": rng.choice([[10000], [5000, 3333]]),
        }
    if some() < 0.4:
        reliefs["settlement"] = {"approval": "staff", "shares_bp": [8000, 6000], "counts": [1, 3]}
    if some() < 0.6:
        reliefs["due_date_change"] = {"most_days": 31}
    for kind in ("payment_holiday", "interest_only", "reduced_payments", "term_extension"):
        if kind in reliefs and some() < 0.15:
            reliefs[kind]["approval"] = "staff"
    return {
        "reliefs": reliefs,
        "arrears": {
            "principal": rng.choice(["spread", "spread", "park", "capitalise"]),
            **{name: rng.choice(TREATMENTS) for name in ("interest", "fee", "penalty")},
        },
        "days_past_due": [0, 400],
        "least_payment": rng.choice([{}, {currency: rng.randint(100, 5000)}]),
        "largest_waiver_bp": rng.choice([10_000, 5_000, 2_500]),
        "longest_payments": rng.choice([30, 84, 240]),
        "longest_months": rng.choice([24, 60, 120]),
        "later_payment_bp": rng.choice([10_000, 12_000, 15_000]),
        "buffer_bp": rng.choice([0, 1_000, 1_500]),
        "usual_months": rng.choice([3, 6]),
    }


def _household(rng: Random, normal: int, terms: Doc) -> Doc:
    """A household with something like today's payment left over, or nothing told."""
    told: Doc = {}
    if rng.random() < 0.75:
        a_month = {"weekly": 52, "fortnightly": 26}.get(terms.get("frequency", ""), 12)
        left = normal * a_month * rng.randint(20, 130) // 1200
        spending = {name: rng.randint(0, normal * 3) for name in ("housing", "food", "care")}
        debts = rng.choice([None, rng.randint(0, normal)])
        budget: Doc = {
            "income_minor": left + sum(spending.values()) + (debts or 0),
            "spending_minor": spending,
        }
        if debts is not None:
            budget["other_debts_minor"] = debts
        if rng.random() < 0.6:
            budget["months"] = rng.choice([1, 3, 6, 12, 24])
        told["budget"] = budget
    if rng.random() < 0.15:
        told["monthly_minor"] = normal * rng.randint(10, 90) // 100
    if rng.random() < 0.15 and terms.get("frequency") == "monthly":
        told["day"] = rng.randint(1, 28)
    return told
