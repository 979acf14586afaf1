"""Files of the lender's system: what is taken, what is refused and how it says so, and what a crash leaves."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from console.cli import app
from store.db import Database

pytest_plugins = ["tests.database"]

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "import-examples"
KINDS = ("borrowers", "contact-points", "accounts", "schedules", "payments")
PEOPLE = "reference,full_name,language,timezone,jurisdiction,country\n"
ADA = "C-1,Ada Example,en,Europe/London,UK,GB\n"
LOANS = (
    "reference,borrower,product,currency,opened_on,annual_rate_bp,principal,instalments,"
    "first_due_on,disbursed_on,schedule\n"
)
TABLES = {
    "borrowers": "reference, full_name, second_fact_digest",
    "contact_points": "kind, value",
    "accounts": "reference, currency, status, opened_on",
    "instalments": "number, due_on, principal_minor, interest_minor",
    "postings": "key, kind, effective_on, amount_minor",
    "ledger_entries": "idempotency_key, kind, effective_on, principal_minor, interest_minor",
    "payments": "external_key, amount_minor, status, settled_on",
}


@dataclass
class Office:
    """The lender's side: files, and `tideover import` on a database."""

    url: str
    folder: Path
    database: Database

    @property
    def environment(self) -> dict[str, str]:
        return {
            "TIDEOVER_DATABASE_URL": self.url,
            "TIDEOVER_SECRET_KEY": "k" * 40,
            "NO_COLOR": "1",
            "COLUMNS": "200",
        }

    def file(self, content: str | bytes, name: str = "file.csv") -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def bring(self, kind: str, file: Path | str | bytes, *options: str) -> Any:
        path = file if isinstance(file, Path) else self.file(file)
        words = ["import", kind, str(path), *options]
        done = CliRunner().invoke(app, words, env=self.environment)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    def rows(self, table: str, columns: str | None = None) -> list[Any]:
        names = columns or TABLES[table]
        with self.database.session() as session:
            found = session.execute(text(f"SELECT {names} FROM {table}")).all()
        return sorted(" ".join(map(str, row)) for row in found)

    def everything(self) -> dict[str, list[Any]]:
        return {table: self.rows(table) for table in TABLES}


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    opened = Database(database_url)
    yield Office(url=database_url, folder=tmp_path, database=opened)
    opened.close()


def loans(numbers: Sequence[int], *, schedule: str = "from_terms") -> str:
    rows = [
        f"A-{n},C-1,instalment_loan,GBP,2026-01-01,{900 + n % 300},1200.00,6,2026-02-01,2026-01-01,{schedule}"
        for n in numbers
    ]
    return LOANS + "\n".join(rows) + "\n"


def test_the_documented_examples_can_be_imported_and_imported_again(office: Office) -> None:
    for kind in KINDS:
        done = office.bring(kind, EXAMPLES / f"{kind}.csv")
        assert done.exit_code == 0, done.output
    kept = office.everything()
    for kind in KINDS:
        again = office.bring(kind, EXAMPLES / f"{kind}.csv")
        assert again.exit_code == 0, again.output
        assert "0 are new, 0 changed" in again.output
    assert office.everything() == kept
    assert all(kept.values())


def test_an_imported_loan_is_booked_as_the_api_books_it(office: Office) -> None:
    from tests.console.lender import ACCOUNT, BORROWER, caller

    api = caller(office.database)
    api.put("/borrowers/C-1", BORROWER)
    api.put("/accounts/A-0", {**ACCOUNT, "borrower": "C-1"})
    office.bring("accounts", loans([1]).replace("901,1200.00,6", "1200,1200.00,12"))

    def shown(reference: str) -> dict[str, Any]:
        answer = dict(api.get(f"/accounts/{reference}", on="2026-03-15").json())
        return {k: v for k, v in answer.items() if k != "reference"}

    assert shown("A-1") == shown("A-0")


def test_nothing_of_a_file_is_taken_when_one_line_is_wrong(office: Office) -> None:
    done = office.bring("borrowers", PEOPLE + ADA + "C-2,Bob,en,Europe/Nowhere,UK,GB\n")

    assert done.exit_code == 1
    assert "line 3: timezone:" in done.stderr
    assert "--partial" in done.stderr
    assert office.rows("borrowers") == []


def test_partial_takes_what_can_be_taken(office: Office) -> None:
    done = office.bring("borrowers", PEOPLE + ADA + "C-2,,en,UTC,UK,GB\n", "--partial")

    assert done.exit_code == 0
    assert "1 are new, 0 changed, 0 the same, 1 with problems" in done.output
    assert len(office.rows("borrowers")) == 1


def test_a_dry_run_reports_every_line_and_writes_nothing(office: Office, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    content = PEOPLE + ADA + "C-2,Bob,fr,UTC,UK,GB\n" + ADA
    done = office.bring("borrowers", content, "--dry-run", "--report", str(report))
    with report.open(encoding="utf-8") as file:
        told = list(csv.DictReader(file))

    assert done.exit_code == 1
    assert [(row["line"], row["outcome"]) for row in told] == [
        ("2", "new"),
        ("3", "problem"),
        ("4", "problem"),
    ]
    assert told[1]["problem"].startswith("language:")
    assert told[2]["problem"] == "the same key as line 2."
    assert "Bob" not in report.read_text("utf-8")
    assert office.rows("borrowers") == []


def test_what_changed_about_a_person_is_changed_and_a_birth_date_is_kept(office: Office) -> None:
    with_fact = PEOPLE.replace("country\n", "country,birth_date\n")
    office.bring("borrowers", with_fact + ADA.replace("GB\n", "GB,1990-04-21\n"))
    (before,) = office.rows("borrowers", "second_fact_digest")
    done = office.bring("borrowers", PEOPLE + ADA.replace("Ada Example", "Ada King"))

    assert "0 are new, 1 changed" in done.output
    assert office.rows("borrowers", "full_name") == ["Ada King"]
    assert office.rows("borrowers", "second_fact_digest") == [before] != ["None"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_names_come_in_whatever_excel_saved(office: Office, encoding: str) -> None:
    line = "C-1,李伟明,zh-Hans,Asia/Shanghai,CN,CN\n"
    done = office.bring("borrowers", (PEOPLE + line).encode(encoding))

    assert done.exit_code == 0, done.output
    assert ("GB18030" in done.stderr) == (encoding == "gb18030")
    assert office.rows("borrowers", "full_name") == ["李伟明"]


REFUSED: dict[str, tuple[str, str | bytes, str]] = {
    "a missing and an unknown column": (
        "borrowers",
        "reference,fullname\nC-1,Ada\n",
        "full_name is missing",
    ),
    "semicolons": ("borrowers", PEOPLE.replace(",", ";"), "not separated by commas"),
    "Latin-1": ("borrowers", (PEOPLE + ADA.replace("Ada", "Zoé")).encode("latin-1"), "Line 2"),
    "UTF-16": ("borrowers", (PEOPLE + ADA).encode("utf-16"), "UTF-16"),
    "nothing": ("borrowers", b"", "is empty"),
    "a day that is none": (
        "accounts",
        loans([1]).replace("2026-02-01", "01/02/2026"),
        "line 2: first_due_on:",
    ),
    "no currency": ("accounts", loans([1]).replace("GBP", "pounds"), "line 2: currency:"),
    "thousands separators": (
        "accounts",
        loans([1]).replace("1200.00", '"1,200.00"'),
        "line 2: principal: is no amount",
    ),
    "too many decimals": ("accounts", loans([1]).replace("1200.00", "1200.005"), "2 decimals"),
    "nobody's account": ("accounts", loans([1]).replace("C-1", "C-9"), "line 2: borrower: nobody"),
    "too few cells": ("borrowers", PEOPLE + "C-1,Ada\n", "line 2: has 2 cells"),
    "a quote that never ends": ("borrowers", PEOPLE + 'C-1,"Ada\n', "is no line of CSV"),
    "a payment before the account": (
        "payments",
        "account,key,amount,currency,method,initiated_on\nA-0,p1,5.00,GBP,bank,2025-01-01\n",
        "line 2: initiated_on:",
    ),
    "a payment in another currency": (
        "payments",
        "account,key,amount,currency,method,initiated_on\nA-0,p1,5.00,USD,bank,2026-02-01\n",
        "line 2: currency: the account is in GBP",
    ),
}


@pytest.mark.parametrize(("kind", "content", "says"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_file_is_refused_with_what_to_do(
    sqlite_database_url: str, tmp_path: Path, kind: str, content: str | bytes, says: str
) -> None:
    database = Database(sqlite_database_url)
    office = Office(url=sqlite_database_url, folder=tmp_path, database=database)
    if kind != "borrowers":
        office.bring("borrowers", PEOPLE + ADA)
        office.bring("accounts", loans([0]))
    before = office.everything()
    done = office.bring(kind, content)

    assert done.exit_code == 1
    assert says in done.stderr.replace("\n", " ")
    assert "Do:" in done.stderr
    assert office.everything() == before
    database.close()


def test_killed_in_the_middle_and_run_again_it_equals_one_clean_run(
    office: Office, sqlite_template: Path, tmp_path: Path
) -> None:
    office.bring("borrowers", PEOPLE + ADA)
    path = office.file(loans(range(1_500)), "loans.csv")
    killed_at = kill_while_writing(office, path)
    assert 0 < len(office.rows("accounts")) == killed_at < 1_500

    other = office.bring("accounts", loans([7]))
    assert other.exit_code == 1 and "half written" in other.stderr
    again = office.bring("accounts", path)
    assert again.exit_code == 0, again.output
    assert "Went on after" in again.output

    shutil.copy(sqlite_template, tmp_path / "clean.db")
    clean = Database(f"sqlite:///{tmp_path / 'clean.db'}")
    one_run = Office(url=f"sqlite:///{tmp_path / 'clean.db'}", folder=tmp_path, database=clean)
    one_run.bring("borrowers", PEOPLE + ADA)
    assert one_run.bring("accounts", path).exit_code == 0
    assert one_run.everything() == office.everything()
    assert len(office.rows("instalments")) == 9_000
    clean.close()


def kill_while_writing(office: Office, path: Path) -> int:
    """Start the command in a process of its own, and kill it once some steps are kept.

    Steps of five lines: there are so many that it is not done before a busy machine looks.
    """
    words = [sys.executable, "-m", "console.cli", "import", "accounts", str(path)]
    process = subprocess.Popen(
        [*words, "--at-once", "5"],
        cwd=ROOT,
        env={**os.environ, **office.environment, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None:
        with office.database.session() as session:
            written = session.execute(text("SELECT sum(lines_written) FROM imports")).scalar()
        if (written or 0) > 1 and process.poll() is None:
            process.kill()
        try:
            process.wait(0.02)
        except subprocess.TimeoutExpired:
            continue
    with office.database.session() as session:
        unfinished = "SELECT lines_written FROM imports WHERE finished_at IS NULL"
        return int(session.execute(text(unfinished)).scalar_one())


def test_a_half_written_file_can_be_abandoned(office: Office) -> None:
    office.bring("borrowers", PEOPLE + ADA)
    kill_while_writing(office, office.file(loans(range(1_500)), "loans.csv"))
    done = CliRunner().invoke(app, ["import", "accounts", "--abandon"], env=office.environment)
    assert "Forgotten" in done.output
    assert office.bring("accounts", loans([9_999])).exit_code == 0
