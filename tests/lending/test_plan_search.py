"""The search against brute force over the whole space, and what it must never depend on."""

from __future__ import annotations

import inspect
from datetime import date
from itertools import chain, product
from random import Random
from typing import Any

import pytest

from lending import plan_candidates, plan_quote, plan_search
from tests.lending.oracle_plans import Facts, Plan, later_by_months, plan_of, treat
from tests.lending.plan_accounts import account, loan
from tests.lending.plan_answers import facts_of, quoted
from tests.lending.profiles import NIGHTLY
from tests.lending.test_plan_oracle import available

Doc = dict[str, Any]
SMALL = 150 if NIGHTLY else 16
Figures = tuple[int, int, date]
"""Payment, cost, end."""


def small(number: int) -> Doc:
    """A loan of at most 18 payments with a policy of at most some hundred plans."""
    rng = Random(f"small {number}")
    doc = loan(rng, instalments=rng.randint(3, 18))
    for allowed in doc["policy"]["reliefs"].values():
        for name in ("months", "shares_bp"):
            if name in allowed:
                allowed[name] = allowed[name][:2]
    return doc


def every_plan(doc: Doc, facts: Facts, *, alone: bool) -> list[list[Doc]]:
    """All combinations of reliefs of the policy, as docs/plans.md tells them."""
    allowed = {
        kind: rule
        for kind, rule in doc["policy"]["reliefs"].items()
        if not alone or rule.get("approval", "self") == "self"
    }
    per_year = {"weekly": 52, "fortnightly": 26}.get(doc["terms"]["frequency"], 12)

    def counts(kind: str) -> list[int]:
        months = allowed.get(kind, {}).get("months", [])
        return list(dict.fromkeys(max(m * per_year // 12, 1) for m in months))

    def one(kind: str) -> list[list[Doc]]:
        return [[{"kind": kind, "payments": n}] for n in counts(kind)]

    easing = [[], *one("payment_holiday"), *one("interest_only")]
    easing += [
        [{"kind": "reduced_payments", "payments": n, "share_bp": share}]
        for n in counts("reduced_payments")
        for share in allowed.get("reduced_payments", {}).get("shares_bp", [])
    ]
    longer = [[], *one("term_extension")]
    spread = [[], *(r for r in one("arrears_spread") if r[0]["payments"] > 1)]
    cuts = [
        [{"kind": "rate_cut", "rate_bp": bp}]
        for bp in allowed.get("rate_cut", {}).get("rates_bp", [])
        if bp < facts.rate_bp
    ]
    waivers = [
        [{"kind": "fee_waiver", "share_bp": bp}]
        for bp in (allowed.get("fee_waiver", {}).get("shares_bp", []))
        if facts.fee + facts.penalty
    ]
    day = [{"kind": "due_date_change", "day": doc["day"]}] if doc.get("day") else []
    found = [
        [*day, *chain.from_iterable(parts)]
        for parts in product(easing, longer, spread, [[], *cuts], [[], *waivers])
    ]
    if not alone:
        rule = allowed.get("settlement", {})
        found += [
            [{"kind": "settlement", "share_bp": share, "payments": n}]
            for share in rule.get("shares_bp", [])
            for n in rule.get("counts", [])
        ]
    return found


def is_plan(doc: Doc, facts: Facts, reliefs: list[Doc]) -> bool:
    """Whether the combination has a relief: with arrears that are moved, that is one already."""
    kinds = {relief["kind"] for relief in reliefs}
    rule = doc["policy"]["arrears"]
    owed = {
        "principal": facts.overdue,
        "interest": facts.interest,
        "fee": facts.fee,
        "penalty": facts.penalty,
    }
    moved = any(owed[name] and rule[name] in ("capitalise", "park") for name in owed)
    spreads = any(owed[name] and rule[name] == "spread" for name in owed)
    if "arrears_spread" in kinds and not spreads:
        return False
    if kinds <= {"due_date_change"} and not moved:
        return bool(kinds) and bool(facts.arrears)
    return bool(kinds) or moved


def fits(doc: Doc, facts: Facts, plan: Plan, reliefs: list[Doc], *, alone: bool) -> Figures | None:
    policy = doc["policy"]
    months = doc.get("budget", {}).get("months") or policy["usual_months"]
    until = later_by_months(facts.on, months)
    most = available(doc)
    during = facts.normal if most is None else most
    later = max(during, facts.normal * policy["later_payment_bp"] // 10_000)
    amounts = [(day, p + i) for day, p, i in plan.rows]
    waived, owed = sum(plan.waived.values()), facts.coming + facts.arrears
    extra = sum(r["payments"] for r in reliefs if r["kind"] == "term_extension")
    least = policy["least_payment"].get(doc["terms"]["currency"], 1)
    is_fine = (
        all(amount <= (during if day < until else later) for day, amount in amounts)
        and all(amount >= least for _, amount in amounts[:-1])
        and amounts[-1][0] <= later_by_months(facts.on, policy["longest_months"])
        and (not extra or len(facts.rows) + extra <= policy["longest_payments"])
        and waived * 10_000 <= owed * policy["largest_waiver_bp"]
        and not (alone and waived)
    )
    if not is_fine:
        return None
    early = max((amount for day, amount in amounts if day < until), default=0)
    return early, sum(amount for _, amount in amounts), amounts[-1][0]


def brute(doc: Doc, facts: Facts) -> list[Figures]:
    """The figures of every plan that fits: what can be taken alone, else what staff may give."""
    for alone in (True, False):
        found = []
        for reliefs in every_plan(doc, facts, alone=alone):
            if reliefs and reliefs[0]["kind"] == "settlement":
                owed = facts.coming + facts.arrears
                asked = -(-owed * reliefs[0]["share_bp"] // 10_000)
                if asked >= owed or asked < reliefs[0]["payments"]:
                    continue
            elif not is_plan(doc, facts, reliefs):
                continue
            plan = plan_of(facts, doc["policy"]["arrears"], reliefs)
            if plan is not None:
                figures = fits(doc, facts, plan, reliefs, alone=alone)
                found += [] if figures is None else [figures]
        if found:
            return found
    return []


@pytest.mark.parametrize("number", range(SMALL))
def test_the_offers_are_the_best_of_all_plans(number: int) -> None:
    doc = small(number)
    doc.pop("day", None)
    answer = quoted(doc)
    if answer["outcome"] in ("not_possible", "fits_today"):
        assert answer["offers"] == []
        return
    all_plans = brute(doc, facts_of(doc))
    told = {
        goal: (
            offer["payment_minor"],
            offer["comparison"]["plan"]["total_minor"],
            date.fromisoformat(offer["comparison"]["plan"]["last_on"]),
        )
        for offer in answer["offers"]
        for goal in offer["goals"]
    }
    if not all_plans:
        assert (answer["outcome"], told) == ("nothing_fits", {})
        return
    assert told["lowest_payment"] == min(all_plans)
    assert told["lowest_cost"] == min(all_plans, key=lambda f: (f[1], f[0], f[2]))
    assert told["soonest_clear"] == min(all_plans, key=lambda f: (f[2], f[1], f[0]))
    for one in told.values():
        assert not any(
            other != one and all(a <= b for a, b in zip(other, one, strict=True))
            for other in all_plans
        )


@pytest.mark.parametrize("number", range(0, 40, 5))
def test_the_same_facts_give_the_same_offers(number: int) -> None:
    assert quoted(account(number)) == quoted(account(number))


def test_the_search_is_told_nothing_of_the_person() -> None:
    """Names, language and gender cannot change offers: nothing that is given can hold them."""
    for module in (plan_search, plan_candidates, plan_quote):
        source = inspect.getsource(module)
        for word in ("Borrower", "full_name", "given_name", "language", "gender", "country ="):
            assert word not in source


def test_the_arrears_are_never_lost() -> None:
    for number in range(30):
        doc = small(number)
        facts = facts_of(doc)
        became = treat(facts, doc["policy"]["arrears"], 0)
        total = became["capitalise"] + became["spread"] + became["park"]
        assert total + sum(became["waived"].values()) == facts.arrears
