"""Every figure of every offer, worked out again apart from the code, to the cent.

150 invented accounts, 2,000 in the nightly profile; `plan_accounts` makes them, `oracle_plans`
recomputes what `tideover plans quote` says of them from what `tideover account ledger` says.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from lending.errors import TideoverError
from tests.lending.oracle_plans import (
    Facts,
    Plan,
    card_plan,
    figures,
    later_by_months,
    plan_of,
)
from tests.lending.plan_accounts import account
from tests.lending.plan_answers import card_facts_of, facts_of, minimum_only, quoted
from tests.lending.profiles import NIGHTLY

ACCOUNTS = 2_000 if NIGHTLY else 150
BATCH = 50
Doc = dict[str, Any]


@pytest.mark.parametrize("batch", range(ACCOUNTS // BATCH))
def test_every_figure_is_what_the_oracle_says(batch: int) -> None:
    offers = sum(_checked(account(n)) for n in range(batch * BATCH, (batch + 1) * BATCH))
    assert offers > BATCH // 3


@pytest.mark.parametrize("batch", range(ACCOUNTS // BATCH))
def test_what_is_asked_for_by_name_is_what_the_oracle_says(batch: int) -> None:
    made = 0
    for n in range(batch * BATCH, (batch + 1) * BATCH):
        doc = account(n)
        if doc["terms"]["product"] == "instalment_loan":
            made += sum(_named(doc, reliefs) for reliefs in _wishes(Random(n)))
    assert made > BATCH // 5


def _checked(doc: Doc) -> int:
    answer = quoted(doc)
    told = [*answer["offers"], *([answer["closest"]] if answer["closest"] else [])]
    for offer in told:
        _check_same(doc, offer)
    for offer in answer["offers"]:
        _check_fits(doc, offer)
    return len(told)


def _check_same(doc: Doc, offer: Doc) -> None:
    """Rows, what is waived and capitalised, and the comparison."""
    months = doc.get("budget", {}).get("months") or doc["policy"].get("usual_months", 6)
    if doc["terms"]["product"] == "credit_card":
        plan, compared = _card(doc, offer, months)
    else:
        facts = facts_of(doc)
        made = plan_of(facts, doc["policy"]["arrears"], offer["reliefs"])
        assert made is not None, doc
        plan, compared = made, figures(facts, made, months)
    rows = [(r["due_on"], r["principal_minor"], r["interest_minor"]) for r in offer["rows"]]
    assert rows == [(day.isoformat(), p, i) for day, p, i in plan.rows], doc
    assert {**offer["comparison"], "payment_minor": offer["payment_minor"]} == compared, doc
    for name in ("waived", "capitalised"):
        owned = {part: minor for part, minor in offer[name].items() if minor}
        assert owned == {k: v for k, v in getattr(plan, name).items() if v}, doc
    _check_rows(offer)


def _check_rows(offer: Doc) -> None:
    left = sum(row["principal_minor"] for row in offer["rows"])
    for row in offer["rows"]:
        left -= row["principal_minor"]
        assert row["payment_minor"] == row["principal_minor"] + row["interest_minor"]
        assert row["balance_minor"] == left
    assert left == 0


def _card(doc: Doc, offer: Doc, months: int) -> tuple[Plan, Doc]:
    facts = card_facts_of(doc)
    (relief,) = offer["reliefs"]
    rule = {"interest": "spread", "fee": "spread", "penalty": "spread"} | doc["policy"]["arrears"]
    plan = card_plan(facts, rule, relief["payments"], relief["rate_bp"])
    owed = facts.principal + facts.interest + facts.fee + facts.penalty
    today = minimum_only(doc, owed)
    if today is None:
        today = offer["comparison"]["today"]
        assert (today["payments"], today["last_on"]) == (0, "9999-12-31")
        assert (today["interest_minor"], today["total_minor"]) == (0, owed)
    until = later_by_months(facts.on, months)
    amounts = [p + i for _, p, i in plan.rows]
    return plan, {
        "payment_minor": max((p + i for d, p, i in plan.rows if d < until), default=0),
        "today": today,
        "plan": {
            "due_now_minor": 0,
            "payment_minor": max(amounts),
            "payments": len(amounts),
            "first_on": plan.rows[0][0].isoformat(),
            "last_on": plan.rows[-1][0].isoformat(),
            "interest_minor": sum(i for _, _, i in plan.rows),
            "total_minor": sum(amounts),
        },
        "difference_minor": sum(amounts) - today["total_minor"],
        "waived_minor": sum(plan.waived.values()),
        "capitalised_minor": sum(plan.capitalised.values()),
    }


# --- an offer is within the policy and the budget


def available(doc: Doc) -> int | None:
    """What a payment may be, by the section "The budget" of docs/plans.md."""
    monthly = doc.get("monthly_minor")
    budget = doc.get("budget")
    if monthly is None and budget is not None:
        surplus = (
            budget["income_minor"]
            - sum(budget["spending_minor"].values())
            - budget.get("other_debts_minor", 0)
        )
        monthly = max(surplus, 0) * (10_000 - doc["policy"].get("buffer_bp", 1_000)) // 10_000
    if monthly is None:
        return None
    payments = {"fortnightly": 26, "weekly": 52}.get(doc["terms"].get("frequency", ""), 12)
    return int(monthly * 12 // payments)


def _check_fits(doc: Doc, offer: Doc) -> None:
    policy, on = doc["policy"], date.fromisoformat(doc["through"])
    rows = [(date.fromisoformat(r["due_on"]), r["payment_minor"]) for r in offer["rows"]]
    months = doc.get("budget", {}).get("months") or policy.get("usual_months", 6)
    until = later_by_months(on, months)
    most = available(doc)
    if doc["terms"]["product"] == "credit_card":
        during, later = most, most
    else:
        facts: Facts = facts_of(doc)
        during = facts.normal if most is None else most
        later = max(during, facts.normal * policy["later_payment_bp"] // 10_000)
        owed = facts.coming + facts.arrears
        assert offer["comparison"]["waived_minor"] * 10_000 <= owed * policy["largest_waiver_bp"]
    for day, amount in rows:
        limit = during if day < until else later
        assert limit is None or amount <= limit
    least = policy["least_payment"].get(doc["terms"]["currency"], 1)
    assert all(amount >= least for _, amount in rows[:-1])
    assert rows[-1][0] <= later_by_months(on, policy["longest_months"])
    for relief in offer["reliefs"]:
        allowed = policy["reliefs"].get(relief["kind"], {})
        if allowed.get("approval") == "staff" or offer["comparison"]["waived_minor"]:
            assert offer["approval"] == "staff"


# --- by name


def _wishes(rng: Random) -> list[list[Doc]]:
    return [
        [{"kind": "deferral", "days": rng.randint(1, 20)}],
        [{"kind": "due_date_change", "day": rng.randint(1, 28)}],
        [
            {
                "kind": "settlement",
                "share_bp": rng.randint(3_000, 9_000),
                "payments": rng.randint(1, 6),
            }
        ],
        [
            {
                "kind": "reduced_payments",
                "payments": rng.randint(1, 4),
                "share_bp": rng.randint(1, 9_999),
            },
            {"kind": "term_extension", "payments": rng.randint(1, 30)},
            {"kind": "rate_cut", "rate_bp": rng.randint(0, 400)},
        ],
    ]


def _named(doc: Doc, reliefs: list[Doc]) -> int:
    try:
        answer = quoted({**doc, "reliefs": reliefs} | {"budget": None, "monthly_minor": None})
    except TideoverError as error:
        assert error.hint
        return 0
    for offer in answer["offers"]:
        _check_same({**doc, "budget": {}}, offer)
        day = offer["rows"][0]["due_on"]
        assert day > (date.fromisoformat(doc["through"]) - timedelta(days=1)).isoformat()
    return len(answer["offers"])
