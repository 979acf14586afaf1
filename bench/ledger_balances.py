"""Balances of all accounts as of a day, in one pass, beside one query for each account."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from bench.ledger_rows import add_accounts, add_entries
from bench.machine import peak_memory
from store.balances import balances
from store.db import Database
from store.tables import LedgerEntryRow

AS_OF = date(2026, 5, 31)
"""After the last entry, so that every row counts."""


@dataclass(frozen=True, kw_only=True)
class Pass:
    """One pass over all accounts in a process of its own; `grown` is what it took in memory."""

    seconds: float
    accounts: int
    grown: int


@dataclass(frozen=True, kw_only=True)
class Size:
    """All rounds with so many accounts. `peer` is seconds for each account of the sample."""

    accounts: int
    passes: list[Pass]
    peer: list[float]


def measure_sizes(
    url: str,
    borrower: int,
    sizes: list[int],
    *,
    entries: int,
    rounds: int,
    sample: int,
    on_progress: Callable[[str, int], None],
) -> list[Size]:
    """Grow one database to each of the sizes and measure there; ours and the peer take turns."""
    database = Database(url)
    accounts: list[int] = []
    measured = []
    for size in sizes:
        names = [f"B-{n}" for n in range(len(accounts), size)]
        new = add_accounts(database, borrower, names, {"v": 2, "type": "none"})
        add_entries(database, new, entries, lambda done: on_progress("loading", done))
        accounts += new
        passes, peer = [], []
        for turn in range(rounds):
            passes.append(in_new_process(url))
            on_progress("balances", size)
            chosen = random.Random(turn).sample(accounts, min(sample, size))
            peer.append(_one_by_one(database, chosen))
        measured.append(Size(accounts=size, passes=passes, peer=peer))
    database.close()
    return measured


def in_new_process(url: str) -> Pass:
    """So that memory is that of the pass alone."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(one_pass, (url,))


def one_pass(url: str) -> Pass:
    database = Database(url)
    with database.session() as session:
        list(balances(session, as_of=AS_OF, accounts=[]))  # connected and compiled before
    before = peak_memory()
    with database.session() as session:
        started = time.perf_counter()
        count = sum(1 for _ in balances(session, as_of=AS_OF))
        seconds = time.perf_counter() - started
    grown = peak_memory() - before
    database.close()
    return Pass(seconds=seconds, accounts=count, grown=grown)


def _one_by_one(database: Database, accounts: list[int]) -> float:
    """Seconds for each account; raises SystemExit unless both ways find the same amounts."""
    with database.session() as session:
        together = {
            found.account_id: (
                *(found.split.principal.minor, found.split.interest.minor),
                *(found.split.fee.minor, found.split.penalty.minor, found.split.credit.minor),
            )
            for found in balances(session, as_of=AS_OF, accounts=accounts)
        }
        row = LedgerEntryRow
        parts = (row.principal_minor, row.interest_minor, row.fee_minor, row.penalty_minor)
        started = time.perf_counter()
        alone = {}
        for account in accounts:
            query = select(*parts, row.credit_minor).where(
                row.account_id == account, row.effective_on <= AS_OF
            )
            alone[account] = tuple(map(sum, zip(*session.execute(query), strict=True)))
        seconds = time.perf_counter() - started
    if alone != together:
        raise SystemExit("One by one, accounts come to other balances than together.")
    return seconds / len(accounts)
