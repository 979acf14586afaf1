"""Speed and memory of `tideover import` on SQLite and PostgreSQL: `python -m bench.imports`.

Each file is imported in a process of its own, so that its memory is its own. PostgreSQL is measured
when TIDEOVER_TEST_DATABASE_URL names a server; a database of its own is made there and dropped.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.ledger_rows import postgresql_database, sqlite_database
from bench.machine import machine, peak_memory

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "var" / "bench"
SERVER_VARIABLE = "TIDEOVER_TEST_DATABASE_URL"
ACCOUNTS_OF_ONE = 10


def main() -> None:
    plan = parse_arguments()
    if plan.child:
        child(*plan.child)
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    rows: list[str] = []
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        files = write_files(Path(folder), plan.accounts, plan.scheduled, plan.payments)
        with sqlite_database(FOLDER) as url:
            rows += measure("SQLite", url, files)
        server = os.environ.get(SERVER_VARIABLE)
        if server:
            with postgresql_database(server) as url:
                rows += measure("PostgreSQL", url, files)
    report = text(rows)
    print(report)
    if plan.write:
        plan.write.write_text(report + "\n", encoding="utf-8")


def parse_arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    add = parser.add_argument
    add("--accounts", type=int, default=1_000_000, help="loans whose schedule is sent apart")
    add("--scheduled", type=int, default=50_000, help="loans of 12 instalments made from terms")
    add("--payments", type=int, default=1_000, help="payments, booked one by one")
    add("--write", type=Path, metavar="FILE", help="write the report there too")
    add("--child", nargs=4, help=argparse.SUPPRESS)
    return parser.parse_args(given)


def write_files(
    folder: Path, accounts: int, scheduled: int, payments: int
) -> list[tuple[str, str, Path, int]]:
    """What, kind, file and records of each, in the order of importing."""
    people = accounts // ACCOUNTS_OF_ONE + 1
    loan = "instalment_loan,USD,2026-01-01,1200,1200.00,12,2026-02-01,2026-01-01"
    head = (
        "reference,borrower,schedule,product,currency,opened_on,annual_rate_bp,principal,"
        "instalments,first_due_on,disbursed_on"
    )
    made = [
        (
            "borrowers",
            "borrowers",
            "reference,full_name,language,timezone,jurisdiction,country,birth_date",
            (f"C-{n},Person {n},en,America/New_York,US,US,1990-04-21" for n in range(people)),
            people,
        ),
        (
            "accounts",
            "accounts",
            head,
            (f"A-{n},C-{n // ACCOUNTS_OF_ONE},sent,{loan}" for n in range(accounts)),
            accounts,
        ),
        (
            "accounts with 12 instalments each",
            "accounts",
            head,
            (f"S-{n},C-{n % people},from_terms,{loan}" for n in range(scheduled)),
            scheduled,
        ),
        (
            "payments",
            "payments",
            "account,key,amount,currency,method,initiated_on",
            (f"S-{n},p-{n},106.62,USD,bank,2026-02-01" for n in range(payments)),
            payments,
        ),
    ]
    found = []
    for number, (what, kind, header, lines, count) in enumerate(made):
        path = folder / f"{number}.csv"
        _write(path, header, lines)
        found.append((what, kind, path, count))
    return found


def _write(path: Path, header: str, lines: Iterator[str]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(header + "\n")
        file.writelines(f"{line}\n" for line in lines)


def measure(name: str, url: str, files: list[tuple[str, str, Path, int]]) -> list[str]:
    rows = []
    for what, kind, path, count in files:
        told = FOLDER / "imports-child.json"
        words = [sys.executable, "-m", "bench.imports", "--child", url, kind, str(path), str(told)]
        subprocess.run(words, check=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
        one = json.loads(told.read_text("utf-8"))
        told.unlink()
        assert one["new"] == count, one
        whole = one["checking"] + one["writing"]
        cells = (
            f"{count:,}",
            f"{one['checking']:.1f}",
            f"{one['writing']:.1f}",
            f"{count / one['checking']:,.0f}",
            f"{count / one['writing']:,.0f}",
            f"{count / whole:,.0f}",
            f"{one['memory'] / 2**20:.0f}",
        )
        rows.append(f"| {name} | {what} | {' | '.join(cells)} |")
        print(rows[-1], file=sys.stderr)
    return rows


def child(url: str, kind: str, path: str, told: str) -> None:
    from console.import_file import look_through
    from console.import_run import Import
    from lending.intake import Kind
    from store.db import Database
    from wiring.lender import import_parts

    database = Database(url)
    unit, seen = import_parts(database, b"b" * 32)
    started = time.monotonic()
    checked_at = started

    def moved(step: str, line: int) -> None:
        nonlocal checked_at
        if step == "checking":
            checked_at = time.monotonic()

    result = Import(
        source=look_through(Path(path)),
        kind=Kind(kind),
        unit=unit,
        seen=seen,
        clock=lambda: datetime.now(UTC),
        say=lambda *_: None,
        moved=moved,
    ).run()
    done = time.monotonic()
    database.close()
    figures = {
        "checking": checked_at - started,
        "writing": done - checked_at,
        "memory": peak_memory(),
        "new": result.counts["new"],
    }
    Path(told).write_text(json.dumps(figures), "utf-8")


def text(rows: list[str]) -> str:
    return "\n".join(
        [
            f"Machine: {machine()}",
            "One run; memory is the most that the importing process held at once.",
            "",
            "| database | file | records | checking, s | writing, s | checked/s | written/s "
            "| both, records/s | memory, MB |",
            "|---|---|---|---|---|---|---|---|---|",
            *rows,
        ]
    )


if __name__ == "__main__":
    main()
