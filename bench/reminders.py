"""Speed of reminders on SQLite and PostgreSQL: `python -m bench.reminders`.

Planning a portfolio, beside APScheduler with one job per reminder in its SQLAlchemy job store;
sending, over a channel without a limit and one of 30 messages a second. PostgreSQL is measured when
TIDEOVER_TEST_DATABASE_URL names a server; a database of its own is made there and dropped.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

from bench.ledger_rows import postgresql_database, sqlite_database
from bench.machine import machine, peak_memory, spread
from bench.reminder_rows import NOW, make_portfolio
from bot.contact_case import Lender
from bot.messages import Channel, Envelope
from bot.outbox import Outbox
from compliance.profile_file import load_profile
from scheduler.dispatch import Dispatcher, Rate
from scheduler.planner import Planner
from scheduler.reminder_errand import House
from scheduler.strategy_file import load_strategy
from scheduler.templates import Sender
from store.db import Database
from store.reminder_planner import SqlPlanner
from store.send_slots import SqlPace

FOLDER = Path(__file__).resolve().parents[1] / "var" / "bench"
SERVER_VARIABLE = "TIDEOVER_TEST_DATABASE_URL"
PEER_JOBS = 2_000
LIMIT = 30.0


@dataclass(frozen=True, kw_only=True)
class Planning:
    """A first pass that plans what is due, and one right after it that finds nothing new."""

    accounts: int
    planned: int
    first_s: float
    again_s: float
    grown_mb: float


class Counting:
    """A channel that takes everything and notes when."""

    def __init__(self) -> None:
        self.at: list[float] = []

    async def send(self, envelope: Envelope) -> str:
        self.at.append(time.perf_counter())
        return str(len(self.at))

    async def show_typing(self, address: str) -> None:
        return None


def plan_here(url: str, accounts: int) -> Planning:
    """In this process, which should have done nothing else: it says how much memory it grew by."""
    database = Database(url)
    planner = Planner(store=SqlPlanner(database), strategy=load_strategy(), clock=lambda: NOW)
    with database.session() as session:
        session.connection()
    gc.collect()
    before = peak_memory()
    started = time.perf_counter()
    planned = planner.tick().reminders
    first = time.perf_counter() - started
    started = time.perf_counter()
    again = planner.tick().reminders
    second = time.perf_counter() - started
    assert again == 0, "a repeated pass planned something"
    database.close()
    grown = (peak_memory() - before) / 2**20
    return Planning(
        accounts=accounts, planned=planned, first_s=first, again_s=second, grown_mb=grown
    )


def plan_apart(url: str, accounts: int) -> Planning:
    command = [sys.executable, "-m", "bench.reminders", "--plan", url, "--size", str(accounts)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2_000:])
    return Planning(**json.loads(done.stdout.splitlines()[-1]))


def peer(url: str) -> float:
    """Reminders a second that APScheduler takes as jobs of their own."""
    from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
    from apscheduler.schedulers.background import BackgroundScheduler

    scheduler = BackgroundScheduler(jobstores={"default": SQLAlchemyJobStore(url=url)})
    scheduler.start(paused=True)
    started = time.perf_counter()
    for number in range(PEER_JOBS):
        scheduler.add_job(
            print, "date", run_date=NOW + timedelta(days=3_650), args=[number], id=str(number)
        )
    taken = time.perf_counter() - started
    scheduler.remove_all_jobs()
    scheduler.shutdown(wait=False)
    return PEER_JOBS / taken


def dispatch(url: str, messages: int, rate: float | None) -> tuple[float, int]:
    """Messages a second that reach the channel, and how many."""
    database, channel = Database(url), Counting()
    outbox = Outbox(
        store=database,
        channels={Channel.TELEGRAM: channel},
        clock=lambda: NOW + timedelta(seconds=time.perf_counter() - begun),
        profiles=load_profile,
        lender=Lender(),
        keep_trying=(),
    )
    dispatcher = Dispatcher(
        store=database,
        outbox=outbox,
        house=House(strategy=load_strategy(), sender=Sender(name="Northbank"), lender=Lender()),
        clock=lambda: NOW + timedelta(seconds=time.perf_counter() - begun),
        pace=SqlPace(database),
        rates={Channel.TELEGRAM: Rate(per_channel=rate)},
        running=frozenset({Channel.TELEGRAM}),
    )
    begun = time.perf_counter()

    async def run() -> None:
        while len(channel.at) < messages:
            tally = await dispatcher.tick(min(200, messages - len(channel.at)))
            if not tally.claimed:
                return

    asyncio.run(run())
    taken = (channel.at[-1] - begun) if channel.at else 0.0
    database.close()
    return (len(channel.at) / taken if taken else 0.0), len(channel.at)


@contextmanager
def databases(server: str | None) -> Iterator[list[tuple[str, Any]]]:
    found = [("SQLite", lambda: sqlite_database(FOLDER))]
    if server:
        found.append(("PostgreSQL", lambda: postgresql_database(server)))
    yield found


def report(sizes: list[int], rounds: int, messages: int, names: set[str]) -> str:
    head = [
        "| database | accounts | planned | A, s | A, accounts/s | A, µs each | B, s | memory, MB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines = [
        "# Speed of reminders",
        "",
        f"Machine: {machine()}",
        f"Rounds: {rounds}; shown: median (smallest to largest).",
        f"Load average before: {_load_average()}.",
        "",
        "## Planning",
        "",
        "A = a pass of the planner in a new process: what is due is planned; B = a pass right after",
        "it, which finds nothing new. Each account has 12 instalments, five to seven of them past.",
        "",
        *head,
    ]
    peers, sending = [], []
    with databases(os.environ.get(SERVER_VARIABLE)) as found:
        for name, opened in found:
            if name not in names:
                continue
            each: dict[int, float] = {}
            planned_rate = 0.0
            for size in sizes:
                results = []
                for number in range(rounds):
                    with opened() as url:
                        _load(url, size)
                        results.append(plan_apart(url, size))
                        if size == sizes[0] and number == 0:
                            sending += _sending(name, url, messages)
                    print(name, results[-1], file=sys.stderr, flush=True)
                lines.append(_planning_row(name, size, results))
                each[size] = median(r.first_s for r in results) / size
                planned_rate = median(r.planned / r.first_s for r in results)
            with opened() as url:
                rate = peer(url)
            peers.append(
                f"| {name} | {planned_rate:,.0f} | {rate:,.0f} | {planned_rate / rate:,.0f} |"
            )
            first, last = sizes[0], sizes[-1]
            lines.append("")
            lines.append(
                f"{name}: an account of {last:,} costs {each[last] / each[first]:.2f} times one"
                f" of {first:,}."
            )
            if name != found[-1][0]:
                lines += ["", *head]
    lines += [
        "",
        f"Beside it: APScheduler with one job per reminder in its SQLAlchemy job store"
        f" ({PEER_JOBS:,} jobs added).",
        "",
        "| database | reminders planned/s | APScheduler jobs/s | ratio |",
        "|---|---|---|---|",
        *peers,
        "",
        "## Sending",
        "",
        "One worker through the one way out: claim, look again, rules, intent, send, result.",
        "",
        "| database | channel's limit | messages | messages/s |",
        "|---|---|---|---|",
        *sending,
    ]
    lines += ["", f"Load average after: {_load_average()}, on {os.cpu_count()} cores."]
    return "\n".join(lines) + "\n"


def _load_average() -> str:
    """What else the machine did: figures under load are upper bounds of time."""
    return ", ".join(f"{one:.1f}" for one in os.getloadavg())


def _load(url: str, size: int) -> None:
    database = Database(url)
    make_portfolio(database, size)
    database.close()


def _sending(name: str, url: str, messages: int) -> list[str]:
    rows = []
    for limit in (LIMIT, None):
        rate, sent = dispatch(url, messages, limit)
        said = f"{limit:.0f}/s" if limit else "none"
        rows.append(f"| {name} | {said} | {sent:,} | {rate:.1f} |")
        print(rows[-1], file=sys.stderr, flush=True)
    return rows


def _planning_row(name: str, size: int, results: list[Planning]) -> str:
    rate = spread([size / r.first_s for r in results], 0)
    cost = spread([r.first_s / size * 1e6 for r in results], 1)
    return (
        f"| {name} | {size:,} | {results[-1].planned:,}"
        f" | {spread([r.first_s for r in results], 2)} | {rate} | {cost}"
        f" | {spread([r.again_s for r in results], 2)}"
        f" | {spread([r.grown_mb for r in results], 1)} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--sizes", default="10000,100000", help="accounts, rising, with commas")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--messages", type=int, default=300, help="sent in each run of sending")
    parser.add_argument("--only", default="SQLite,PostgreSQL", help="databases, with commas")
    parser.add_argument("--write", type=Path, metavar="FILE")
    parser.add_argument("--plan", help=argparse.SUPPRESS)
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.plan:
        print(json.dumps(asdict(plan_here(told.plan, told.size))))
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    sizes = [int(size) for size in told.sizes.split(",")]
    found = report(sizes, told.rounds, told.messages, set(told.only.split(",")))
    print(found)
    if told.write:
        told.write.write_text(found, "utf-8")


if __name__ == "__main__":
    main()
