"""docs/plans-json.md: its examples are run, and no field or command is missing from it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from console.cli import app
from console.plan_json import BudgetForm, QuoteForm, ReliefForm
from lending.plan_eligibility import Refusal
from lending.plan_quote import PlanOutcome
from lending.reliefs import RELIEFS, ReliefKind
from store.plan_policy_file import AllowanceForm, PolicyForm
from tests.console.commands import NO_SETTINGS, Told, written
from tests.docs.test_docs import ROOT, rows_of

PAGE = (ROOT / "docs" / "plans-json.md").read_text("utf-8")
POLICIES = (ROOT / "docs" / "plan-policies.md").read_text("utf-8")
INPUTS = dict(re.findall(r"^```json (\S+)\n(.*?)^```", PAGE, re.M | re.S))
RUNS = [
    (*lines.pop(0).split()[3:], "\n".join(lines))
    for block in re.findall(r"^```console\n(.*?)^```", PAGE, re.M | re.S)
    for lines in [run.splitlines() for run in re.split(r"^\$ ", block, flags=re.M) if run]
]


def plans(*words: str | Path) -> Told:
    done = CliRunner().invoke(app, ["plans", *map(str, words)], env=NO_SETTINGS)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Told(code=done.exit_code, out=done.stdout, err=done.stderr)


@pytest.mark.parametrize("run", RUNS, ids=lambda run: " ".join(run[:-1]))
def test_the_page_shows_what_the_command_says(tmp_path: Path, run: tuple[str, ...]) -> None:
    name, *options, shown = run
    path = tmp_path / name
    path.write_text(INPUTS[name], "utf-8")

    told = plans("quote", path, *options)

    assert (told.code, told.err) == (0, "")
    if "--json" in options:
        assert json.loads(told.out) == json.loads(shown)
    else:
        assert [line.rstrip() for line in told.out.rstrip().splitlines()] == shown.splitlines()


def test_there_is_an_example_of_each_product() -> None:
    products = {json.loads(text)["terms"]["product"] for text in INPUTS.values()}
    assert products == {"instalment_loan", "credit_card"}


def told_in(page: str, heading: str) -> set[str]:
    return {name for row in rows_of(page, heading) for name in re.findall(r"`(\w+)`", row[0])}


def test_every_field_is_told() -> None:
    own = set(QuoteForm.model_fields) - {"terms", "opened_on", "through", "postings", "holds"}
    assert told_in(PAGE, "Field of a question") == own
    assert told_in(PAGE, "Field of `budget`") == set(BudgetForm.model_fields)
    assert told_in(PAGE, "Parameters") == {kind.value for kind in ReliefKind}
    assert told_in(POLICIES, "Field of a product") == set(PolicyForm.model_fields)
    choices = set(AllowanceForm.model_fields) - {"approval", "per_year"}
    assert {
        n for row in rows_of(POLICIES, "Choices") for n in re.findall(r"`(\w+)`", row[1])
    } == choices
    assert all(f"`{one.value}`" in PAGE for one in (*Refusal, *PlanOutcome))


def test_every_relief_form_takes_what_its_relief_takes() -> None:
    taken = {name for relief in RELIEFS.values() for name in relief.__dataclass_fields__}
    assert taken == set(ReliefForm.model_fields) - {"kind"}


def test_every_command_is_told() -> None:
    code = (ROOT / "console" / "plans_cli.py").read_text("utf-8")
    commands = {
        given or name
        for given, name in re.findall(r'^@app\.command\((?:"(\w+)")?\)\ndef (\w+)', code, re.M)
    }
    assert set(re.findall(r"`tideover plans (\w+)", PAGE)) == commands


LOAN = json.loads(INPUTS["plan-loan.json"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"budget": {"income_minor": 1_000_000_000}}, "looks like a slip"),
        ({"budget": {"income_minor": -1}}, "budget.income_minor"),
        ({"budget": {"income_minor": 10, "months": 0}}, "expected duration"),
        ({"budget": {"income": 10}}, "budget.income"),
        ({"monthly_minor": -5}, "monthly_minor"),
        ({"day": 31}, "day 31"),
        ({"policy": "FR"}, "policy"),
        ({"policy": {"reliefs": {"deferral": {}}}}, "most_days is missing"),
        ({"reliefs": [{"kind": "deferral"}]}, "deferral takes days"),
        ({"reliefs": [{"kind": "deferral", "days": 5}]}, "overdue"),
        ({"reliefs": [{"kind": "rate_cut", "rate_bp": 1300}]}, "must lower the rate"),
        (
            {"reliefs": [{"kind": "card_instalments", "payments": 6, "rate_bp": 0}]},
            "cannot be made",
        ),
        ({"through": "2025-01-01"}, "after opened_on"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_what_makes_no_sense_is_told(tmp_path: Path, change: dict[str, object], said: str) -> None:
    told = plans("quote", written(tmp_path, LOAN | change), "--json")
    assert told.code == 1
    assert said in told.err
    assert told.out == ""


@pytest.mark.parametrize(
    ("change", "outcome", "refusal"),
    [
        ({"budget": {"income_minor": 0}}, "nothing_fits", None),
        ({"budget": {"income_minor": 100, "spending_minor": {"food": 900}}}, "nothing_fits", None),
        ({"monthly_minor": 500}, "nothing_fits", None),
        ({"holds": [{"kind": "dispute", "from_on": "2026-04-01"}]}, "not_possible", "disputed"),
        ({"holds": [{"kind": "bankruptcy", "from_on": "2026-04-01"}]}, "not_possible", "held"),
        ({"past_plans": [{"started_on": "2026-03-01"}]}, "not_possible", "plan_in_force"),
        (
            {"past_plans": [{"started_on": "2026-02-01", "ended_on": "2026-04-01"}]},
            "not_possible",
            "watch_period",
        ),
        ({"through": "2026-08-20"}, "not_possible", "nothing_to_come"),
    ],
)
def test_what_cannot_be_is_answered_with_its_reason(
    tmp_path: Path, change: dict[str, object], outcome: str, refusal: str | None
) -> None:
    answer = plans("quote", written(tmp_path, LOAN | change), "--json").json
    assert (answer["outcome"], answer["refusal"]) == (outcome, refusal)
    assert answer["offers"] == []
    if outcome == "nothing_fits":
        assert answer["closest"]["payment_minor"] > 0 and answer["today"]["total_minor"] > 0


def test_who_can_pay_as_today_needs_no_plan(tmp_path: Path) -> None:
    quiet = LOAN | {"through": "2026-03-20", "budget": {"income_minor": 500_000}}
    assert plans("quote", written(tmp_path, quiet), "--json").json["outcome"] == "fits_today"
