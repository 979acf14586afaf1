"""Speed of the ledger on SQLite and PostgreSQL: `python -m bench.ledger`.

Balances of many accounts as of a day, beside one query for each account; payments booked through
the ledger, beside bulk inserts of as many rows. PostgreSQL is measured when
TIDEOVER_TEST_DATABASE_URL names a server; a database of its own is made there and dropped.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.ledger_balances import Size, measure_sizes
from bench.ledger_booking import PAYMENTS, Round, booking_at, measure_rounds
from bench.ledger_rows import add_borrower, postgresql_database, sqlite_database
from bench.machine import machine, spread
from store.db import Database

FOLDER = Path(__file__).resolve().parents[1] / "var" / "bench"
SERVER_VARIABLE = "TIDEOVER_TEST_DATABASE_URL"

_ABOUT_BALANCES = """\
Entries lie in the order of time, so those of one account are far apart. A = `store.balances`, one
pass in SQL over all accounts, in a new process. B = one query for each account, summed in Python
in one session, over {sample} accounts drawn at random, times the number of accounts. Both found the
same amounts for the sample. Memory is what the process grew by during the pass."""

_ABOUT_BOOKING = """\
A = `lending.bookkeeping.record_payment`, one transaction each, {loans} loans of {payments} instalments paid on
their days: the account is locked and read, the ledger derived anew, interest and payment booked.
Each connection is a process with loans of its own. B = as many rows in one executemany: no rule,
no lock, one commit. The ratio is A/B within each round."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much to measure."""

    accounts: list[int]
    entries: int
    rounds: int
    sample: int
    loans: int


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Of one database; `booking` by the number of connections."""

    name: str
    sizes: list[Size]
    booking: dict[int, list[Round]]


def main() -> None:
    plan, write = parse_arguments()
    report = text(plan, measure(plan, os.environ.get(SERVER_VARIABLE)))
    print(report)
    if write:
        write.write_text(report + "\n", encoding="utf-8")


def parse_arguments(given: Sequence[str] | None = None) -> tuple[Plan, Path | None]:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    add = parser.add_argument
    add("--accounts", default="1000,10000,100000", help="sizes, rising, with commas between")
    add("--entries", type=int, default=60, help="entries of each account")
    add("--rounds", type=int, default=3, help="times that each figure is measured")
    add("--sample", type=int, default=300, help="accounts that the peer asks for")
    add("--loans", type=int, default=40, help=f"loans paid in a round, {PAYMENTS} payments each")
    add("--write", type=Path, metavar="FILE", help="write the report there too")
    told = parser.parse_args(given)
    sizes = [int(size) for size in told.accounts.split(",")]
    if sizes != sorted(set(sizes)) or min(*sizes, told.entries, told.rounds, told.sample) < 1:
        parser.error("Sizes must rise, and all numbers be 1 or more.")
    if told.loans < 4:
        parser.error("--loans must be 4 or more: four connections share them.")
    plan = Plan(
        accounts=sizes,
        entries=told.entries,
        rounds=told.rounds,
        sample=told.sample,
        loans=told.loans,
    )
    return plan, told.write


def measure(plan: Plan, server: str | None) -> list[Figures]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        with sqlite_database(FOLDER) as url:
            figures = [_measure("SQLite", url, (1,), plan, progress)]
        if server:
            with postgresql_database(server) as url:
                figures.append(_measure("PostgreSQL", url, (1, 4), plan, progress))
    return figures


def _measure(
    name: str, url: str, connections: tuple[int, ...], plan: Plan, progress: Progress
) -> Figures:
    """Booking comes last, in the database that is full by then."""
    totals = {
        "loading": plan.accounts[-1] * plan.entries,
        "balances": sum(plan.accounts) * plan.rounds,
        **{booking_at(n): plan.loans * PAYMENTS * plan.rounds for n in connections},
    }
    tasks = {
        what: progress.add_task(f"{name}: {what}", total=total) for what, total in totals.items()
    }

    def told(what: str, done: int) -> None:
        progress.advance(tasks[what], done)

    database = Database(url)
    borrower = add_borrower(database)
    database.close()
    sizes = measure_sizes(
        *(url, borrower, plan.accounts),
        entries=plan.entries,
        rounds=plan.rounds,
        sample=plan.sample,
        on_progress=told,
    )
    booking = {
        n: measure_rounds(
            *(url, borrower), loans=plan.loans, connections=n, rounds=plan.rounds, on_progress=told
        )
        for n in connections
    }
    return Figures(name=name, sizes=sizes, booking=booking)


def text(plan: Plan, figures: Sequence[Figures]) -> str:
    """The report, as Markdown. Shown are median (smallest to largest) of the rounds."""
    return "\n".join(
        [
            f"Machine: {machine()}",
            f"{plan.rounds} rounds; shown: median (smallest to largest).",
            "",
            f"## Balances as of a day, {plan.entries} entries for each account",
            "",
            _ABOUT_BALANCES.format(sample=plan.sample),
            "",
            "| database | accounts | A, s | A, accounts/s | A, µs each | B, s (extrapolated) | B/A "
            "| memory, MB |",
            "|---|---|---|---|---|---|---|---|",
            *(_balances_row(one.name, size) for one in figures for size in one.sizes),
            "",
            *(_flatness(one) for one in figures),
            "",
            "## Payments booked",
            "",
            _ABOUT_BOOKING.format(loans=plan.loans, payments=PAYMENTS),
            "",
            "| database | connections | payments/s | A, entries/s | B, entries/s | A/B |",
            "|---|---|---|---|---|---|",
            *(
                _booking_row(one.name, connections, rounds)
                for one in figures
                for connections, rounds in one.booking.items()
            ),
        ]
    )


def _balances_row(name: str, size: Size) -> str:
    ours = [one.seconds for one in size.passes]
    peer = [each * size.accounts for each in size.peer]
    cells = (
        spread(ours, 2),
        spread([size.accounts / seconds for seconds in ours], 0),
        spread([seconds / size.accounts * 1e6 for seconds in ours], 1),
        spread(peer, 2),
        spread([b / a for a, b in zip(ours, peer, strict=True)], 1),
        spread([one.grown / 2**20 for one in size.passes], 1),
    )
    return f"| {name} | {size.accounts:,} | {' | '.join(cells)} |"


def _flatness(one: Figures) -> str:
    """What an account costs in the largest size, in terms of the smallest, by medians."""
    first, last = one.sizes[0], one.sizes[-1]
    each = [median(p.seconds for p in size.passes) / size.accounts for size in (first, last)]
    return (
        f"{one.name}: an account of {last.accounts:,} costs {each[1] / each[0]:.2f} times"
        f" one of {first.accounts:,}.  "
    )


def _booking_row(name: str, connections: int, rounds: Sequence[Round]) -> str:
    cells = (
        spread([one.payments / one.seconds for one in rounds], 0),
        spread([one.entries / one.seconds for one in rounds], 0),
        spread([one.entries / one.peer_seconds for one in rounds], 0),
        spread([one.peer_seconds / one.seconds for one in rounds], 4),
    )
    return f"| {name} | {connections} | {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
