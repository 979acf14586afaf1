"""What Fineract answers, as its documentation shapes it (with figures of our own), becomes our files."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from console.cli import app
from console.fineract import House, NotConvertible, files_of
from lending.intake import Kind
from store.db import Database

pytest_plugins = ["tests.database"]

SHAPES = Path(__file__).with_name("fineract_shapes.json")
HOUSE = House(language="en", timezone="Africa/Nairobi", jurisdiction="STRICT", country="KE")


@pytest.fixture
def told() -> dict[str, Any]:
    return dict(json.loads(SHAPES.read_text("utf-8"), parse_float=Decimal))


def test_clients_and_loans_become_the_rows_of_our_files(told: dict[str, Any]) -> None:
    rows = files_of(told["clients"], told["loans"], HOUSE)

    assert [row["reference"] for row in rows[Kind.BORROWERS]] == ["client-27"]
    assert rows[Kind.BORROWERS][0]["birth_date"] == "1990-04-21"
    assert [row["value"] for row in rows[Kind.CONTACT_POINTS]] == [
        "+254712345678",
        "ada@example.org",
    ]
    (account,) = rows[Kind.ACCOUNTS]
    assert account["principal"] == "30000.00"
    assert account["annual_rate_bp"] == "1800"
    assert (account["frequency"], account["method"]) == ("monthly", "annuity")
    assert sum(Decimal(row["principal"]) for row in rows[Kind.SCHEDULES]) == Decimal("30000.00")
    assert [row["key"] for row in rows[Kind.PAYMENTS]] == ["fineract-114-502"]


def test_the_files_can_be_imported_and_the_loan_stands_as_in_fineract(
    sqlite_database_url: str, tmp_path: Path
) -> None:
    """After the first of three instalments was paid: two are left, and nothing of them was paid."""
    shapes = json.loads(SHAPES.read_text("utf-8"))
    for name in ("clients", "loans"):
        (tmp_path / f"{name}.json").write_text(json.dumps(shapes[name]), "utf-8")
    environment = {
        "TIDEOVER_DATABASE_URL": sqlite_database_url,
        "TIDEOVER_SECRET_KEY": "k" * 40,
        "COLUMNS": "200",
    }
    words = [
        *("fineract", str(tmp_path / "clients.json"), str(tmp_path / "loans.json")),
        *(str(tmp_path / "out"), "--language", "en", "--timezone", "Africa/Nairobi"),
        *("--jurisdiction", "STRICT", "--country", "KE"),
    ]
    made = CliRunner().invoke(app, words, env=environment)
    assert made.exit_code == 0, made.output
    for kind in Kind:
        path = tmp_path / "out" / f"{kind}.csv"
        done = CliRunner().invoke(app, ["import", kind.value, str(path)], env=environment)
        assert done.exit_code == 0, done.output

    shown = CliRunner().invoke(
        app, ["account", "show", "loan-114", "--on", "2026-03-01", "--json"], env=environment
    )
    position = json.loads(shown.stdout)["position"]
    assert position["overdue_minor"] == 0
    assert position["next_due"]["due_on"] == "2026-03-05"
    assert position["next_due"]["full_minor"] == 1_030_149
    with (tmp_path / "out" / "payments.csv").open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 1
    Database(sqlite_database_url).close()


WRONG: dict[str, tuple[str, Any, str]] = {
    "every two months": ("repaymentEvery", 2, "is due every 2 months"),
    "a crooked rate": ("annualInterestRate", Decimal("18.005"), "parts of a basis point"),
    "no schedule": ("repaymentSchedule", {"periods": []}, "has no schedule"),
    "three decimals": ("principal", Decimal("30000.001"), "more decimals"),
    "read as floats": ("principal", 30000.5, "binary float"),
}


@pytest.mark.parametrize(("field", "value", "says"), WRONG.values(), ids=WRONG)
def test_a_loan_that_cannot_be_taken_over_is_named(
    told: dict[str, Any], field: str, value: Any, says: str
) -> None:
    loan = {**told["loans"][0], field: value}
    if field == "principal":
        periods = [p for p in loan["repaymentSchedule"]["periods"] if "period" in p]
        loan["repaymentSchedule"] = {"periods": periods}
    with pytest.raises(NotConvertible, match=says) as refused:
        files_of(told["clients"], [loan], HOUSE)
    assert refused.value.hint
