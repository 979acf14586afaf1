"""Reminders under fire: `python -m bench.chaos` on the server of TIDEOVER_TEST_DATABASE_URL.

Dispatchers and planners run as processes and are killed with SIGKILL at random while payments land.
Afterwards what is left is sent without kills, and everything that reached the channel is counted
against the books: no duplicate, nothing lost, nothing to someone who had paid before it was
written, nothing outside the hours. `tests/scheduler/test_chaos.py` runs a short form.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import random
import signal
import socket
import socketserver
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text

from bench.ledger_rows import postgresql_database
from bench.reminder_rows import AMOUNT, NOW, TODAY, make_portfolio
from bot.contact_case import Lender
from bot.messages import Channel, Envelope, SendFailed
from bot.outbox import Outbox
from compliance.phrase_files import load_phrases
from compliance.profile_file import load_profile
from scheduler.dispatch import Dispatcher, Rate
from scheduler.planner import Planner
from scheduler.reminder_errand import House
from scheduler.strategy_file import load_strategy
from scheduler.templates import Sender
from store.db import Database
from store.reminder_planner import SqlPlanner
from store.send_slots import SqlPace

PAY_EVERY_S = 0.02
AHEAD_S = 1_200.0
"""How far the clock is put forward afterwards: all leases of dead workers are over then."""

FIRST_HOUR, LAST_HOUR = 8, 21
"""US hours, stated here anew: 12 CFR 1006.6(b)(1)(i), after 8 a.m. and before 9 p.m. local time."""

_FORK = multiprocessing.get_context("fork")


@dataclass
class Sink:
    """Where messages arrive: it outlives every worker. `arrived`: (address, second)."""

    arrived: list[tuple[str, float]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the books and the channel say afterwards. All but the counts of work must be zero."""

    due: int
    arrived: int
    killed: int
    paid: int
    states: dict[str, int]
    duplicates: int
    lost: int
    after_payment: int
    outside_hours: int
    unconfirmed: int

    @property
    def is_clean(self) -> bool:
        wrong = self.duplicates + self.lost + self.after_payment + self.outside_hours
        return wrong == 0


class _Wire:
    """A channel in a worker: one connection to the sink for each message."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def send(self, envelope: Envelope) -> str:
        return await asyncio.to_thread(self._send, envelope.address)

    def _send(self, address: str) -> str:
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=10) as wire:
                wire.sendall(address.encode() + b"\n")
                return wire.recv(64).decode()
        except OSError as error:
            raise SendFailed(str(error), uncertain=True) from None

    async def show_typing(self, address: str) -> None:
        return None


def run_chaos(
    url: str,
    *,
    accounts: int,
    seconds: float,
    seed: int,
    dispatchers: int = 4,
    planners: int = 2,
    kill_every_s: float = 1.0,
    say: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """`url`: a PostgreSQL database with tables and no rows."""
    rng = random.Random(seed)
    load_profile("US")
    load_phrases()  # both are kept: once, before the workers are forked
    database = Database(url)
    make_portfolio(database, accounts)
    database.close()
    sink = Sink()
    server = _serve(sink)
    port = server.server_address[1]
    begun = time.time()
    stop = threading.Event()
    paid: dict[int, float] = {}
    payer = threading.Thread(target=_pay, args=(url, accounts, stop, paid, seed), daemon=True)
    payer.start()
    roles = [("dispatch", n) for n in range(dispatchers)] + [("plan", n) for n in range(planners)]
    running = {role: _start(role, url, port, begun, 0.0) for role in roles}
    killed = 0
    while time.time() - begun < seconds:
        time.sleep(kill_every_s)
        role = rng.choice(roles)
        victim = running[role]
        if victim.pid is not None:
            os.kill(victim.pid, signal.SIGKILL)
            killed += 1
        victim.join()
        running[role] = _start(role, url, port, begun, 0.0)
    for process in running.values():
        if process.pid is not None:
            os.kill(process.pid, signal.SIGKILL)
        process.join()
    stop.set()
    payer.join()
    say(f"{killed} kills, {len(sink.arrived)} messages arrived meanwhile; sending the rest")
    # What dead workers held comes back when their leases are over.
    _plan(url, port, begun, AHEAD_S, True)
    rest = [_start(("dispatch", n), url, port, begun, AHEAD_S, drains=True) for n in range(2)]
    for process in rest:
        process.join()
    server.shutdown()
    server.server_close()
    return _count(url, sink, paid, begun, killed)


def _serve(sink: Sink) -> socketserver.ThreadingTCPServer:
    class Take(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            address = self.rfile.readline().decode().strip()
            if not address:
                return
            with sink.lock:
                sink.arrived.append((address, time.time()))
                number = len(sink.arrived)
            try:
                self.wfile.write(str(number).encode())
            except OSError:
                return  # the worker was killed meanwhile; the message has arrived all the same

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Take)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def _start(
    role: tuple[str, int],
    url: str,
    port: int,
    begun: float,
    ahead: float,
    *,
    drains: bool = False,
) -> multiprocessing.process.BaseProcess:
    work = _plan if role[0] == "plan" else _dispatch
    process = _FORK.Process(target=work, args=(url, port, begun, ahead, drains), daemon=True)
    process.start()
    return process


def _clock(begun: float, ahead: float) -> Callable[[], datetime]:
    return lambda: NOW + timedelta(seconds=time.time() - begun + ahead)


def _plan(url: str, port: int, begun: float, ahead: float, once: bool) -> None:
    database = Database(url)
    store = SqlPlanner(database)
    planner = Planner(store=store, strategy=load_strategy(), clock=_clock(begun, ahead))
    try:
        while True:
            planner.tick()
            if once:
                return
            time.sleep(0.5)
    finally:
        database.close()


def _dispatch(url: str, port: int, begun: float, ahead: float, drains: bool) -> None:
    database, clock = Database(url), _clock(begun, ahead)
    outbox = Outbox(
        store=database,
        channels={Channel.TELEGRAM: _Wire(port)},
        clock=clock,
        profiles=load_profile,
        lender=Lender(),
        keep_trying=(),
    )
    dispatcher = Dispatcher(
        store=database,
        outbox=outbox,
        house=House(strategy=load_strategy(), sender=Sender(name="Northbank"), lender=Lender()),
        clock=clock,
        pace=SqlPace(database),
        rates={Channel.TELEGRAM: Rate()},
        running=frozenset({Channel.TELEGRAM}),
    )

    async def work() -> None:
        while True:
            tally = await (dispatcher.drain(50) if drains else dispatcher.tick(20))
            if drains:
                return
            if not tally.claimed:
                await asyncio.sleep(0.2)

    asyncio.run(work())


def _pay(url: str, accounts: int, stop: threading.Event, paid: dict[int, float], seed: int) -> None:
    """Payments that land all the while, each under the account's lock as the books take them."""
    rng = random.Random(seed + 1)
    database = Database(url)
    while not stop.wait(PAY_EVERY_S):
        account = rng.randrange(1, accounts + 1)
        if account in paid:
            continue
        with database.session() as session:
            session.execute(
                text("SELECT id FROM accounts WHERE id = :id FOR UPDATE"), {"id": account}
            )
            session.execute(
                text(
                    """INSERT INTO ledger_entries (account_id, currency, kind, effective_on,
                        booked_at, idempotency_key, principal_minor, interest_minor, fee_minor,
                        penalty_minor, credit_minor)
                    VALUES (:id, 'USD', 'repayment', :on, now(), 'chaos', :minor, 0, 0, 0, 0)"""
                ),
                {"id": account, "on": TODAY, "minor": -3 * AMOUNT},
            )
            session.commit()
        paid[account] = time.time()
    database.close()


def _count(url: str, sink: Sink, paid: dict[int, float], begun: float, killed: int) -> Outcome:
    database = Database(url)
    with database.session() as session:
        rows = session.execute(
            text(
                """SELECT r.account_id, r.state, m.at, b.timezone FROM reminders r
                JOIN borrowers b ON b.id = r.borrower_id
                LEFT JOIN messages m ON m.id = r.message_id"""
            )
        ).all()
        ahead = session.execute(
            text("SELECT count(*) FROM reminders WHERE state = 'planned' AND send_at > :now"),
            {"now": NOW + timedelta(seconds=AHEAD_S)},
        ).scalar_one()
    database.close()
    states = Counter(row.state for row in rows)
    arrived = Counter(int(address) for address, _ in sink.arrived)
    may_have = {row.account_id for row in rows if row.state in ("sending", "unconfirmed")}
    started = {row.account_id: row for row in rows if row.at is not None}
    lost = sum(
        1
        for row in rows
        if (row.state == "sent" and row.account_id not in arrived)
        or row.state in ("claimed", "sending")
    )
    lost += states["planned"] - ahead
    lost += sum(account not in started and account not in may_have for account in arrived)
    return Outcome(
        due=len(rows),
        arrived=len(sink.arrived),
        killed=killed,
        paid=len(paid),
        states=dict(states),
        duplicates=sum(count - 1 for count in arrived.values()),
        lost=lost,
        after_payment=sum(
            begun + (row.at.astimezone(UTC) - NOW).total_seconds() > paid[account]
            for account, row in started.items()
            if account in paid and account in arrived
        ),
        outside_hours=sum(
            not FIRST_HOUR <= row.at.astimezone(ZoneInfo(row.timezone)).hour < LAST_HOUR
            for row in started.values()
        ),
        unconfirmed=states["unconfirmed"],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--accounts", type=int, default=60_000, help="a third of them is due")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    with postgresql_database(os.environ["TIDEOVER_TEST_DATABASE_URL"]) as url:
        started = time.perf_counter()
        found = run_chaos(
            url, accounts=told.accounts, seconds=told.seconds, seed=told.seed, say=print
        )
    print(found)
    print(
        f"{'clean' if found.is_clean else 'NOT CLEAN'} after {time.perf_counter() - started:.0f} s"
    )
    raise SystemExit(0 if found.is_clean else 1)


if __name__ == "__main__":
    main()
