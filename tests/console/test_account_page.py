"""docs/account-json.md: its examples are run, and no field is missing from it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from console import account_json as forms
from lending.accounts import EntryKind
from lending.holds import HoldKind, Suspended
from lending.terms import Bucket, Component, DayCount, Frequency, Method, Roll, RoundingMode
from store.db import Database
from tests.console.commands import account
from tests.docs.test_docs import ROOT, rows_of

PAGE = (ROOT / "docs" / "account-json.md").read_text("utf-8")
INPUTS = dict(re.findall(r"^```json (\S+)\n(.*?)^```", PAGE, re.M | re.S))
RUNS = [
    (*lines.pop(0).split()[2:], "\n".join(lines))
    for block in re.findall(r"^```console\n(.*?)^```", PAGE, re.M | re.S)
    for lines in [run.splitlines() for run in re.split(r"^\$ ", block, flags=re.M) if run]
]


@pytest.mark.parametrize("run", RUNS, ids=lambda run: " ".join(run[:-1]))
def test_the_page_shows_what_the_command_says(tmp_path: Path, run: tuple[str, ...]) -> None:
    command, name, *options, shown = run
    path = tmp_path / name
    path.write_text(INPUTS[name], "utf-8")

    told = account(command, path, *options)

    assert (told.code, told.err) == (0, "")
    if "--json" in options:
        assert json.loads(told.out) == json.loads(shown)
    else:
        assert [line.rstrip() for line in told.out.rstrip().splitlines()] == shown.splitlines()


def test_each_product_has_an_example_of_each_command() -> None:
    shown = {(run[0], _product(INPUTS[run[1]])) for run in RUNS}
    products = {"instalment_loan", "credit_card"}

    assert shown == {(command, one) for command in ("schedule", "ledger") for one in products}


def _product(text: str) -> str:
    form = json.loads(text)
    return str(form.get("terms", form)["product"])


@pytest.mark.parametrize(
    ("heading", "form"),
    [
        ("Field of a loan", forms.LoanForm),
        ("Field of `late_fee`", forms.LateFeeForm),
        ("Field of `rounding`", forms.RoundingForm),
        ("Field of `allocation`", forms.AllocationForm),
        ("Field of a card", forms.ProjectionForm),
        ("Field of a ledger", forms.LedgerForm),
        ("Field of a posting", forms.PostingForm),
        ("Field of a hold", forms.HoldForm),
    ],
    ids=lambda one: one.__name__ if isinstance(one, type) else one,
)
def test_every_field_stands_in_its_table_and_is_needed_where_it_says(
    heading: str, form: type[BaseModel]
) -> None:
    listed = {
        name: without == "needed"
        for field, _, without in rows_of(PAGE, heading)
        for name in re.findall(r"`(\w+)`", field)
    }

    assert listed == {name: field.is_required() for name, field in form.model_fields.items()}


@pytest.mark.parametrize(
    ("heading", "kinds"),
    [
        ("Field of a loan", (*Frequency, *Method, *DayCount, *Roll)),
        ("Field of `rounding`", tuple(RoundingMode)),
        ("Field of `allocation`", (*Bucket, *Component)),
        ("Field of a posting", tuple(EntryKind)),
        ("Field of a hold", (*HoldKind, *Suspended)),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_every_allowed_value_is_named(heading: str, kinds: tuple[str, ...]) -> None:
    values = " ".join(row[1] for row in rows_of(PAGE, heading))

    assert [kind for kind in kinds if f"`{kind}`" not in values] == []


def test_every_field_of_an_account_in_the_database_is_told(house: Database, tmp_path: Path) -> None:
    section = PAGE[PAGE.index("## An account in the database") :]

    for command in ("show", "quote"):
        told = account(command, "CC-PRIYA", "--json", data=tmp_path).json
        rows = rows_of(section[section.index(f"account {command} ") :], "Meaning")
        listed = [name for field, *_ in rows for name in re.findall(r"`(\w+)`", field)]
        assert sorted(listed) == sorted(told)
        _check_nested(told, section)


def _check_nested(told: dict[str, Any], section: str) -> None:
    for part in (told.get("payments"), told.get("holds"), told.get("promises")):
        for name in part[0] if part else ():
            assert f"`{name}`" in section
