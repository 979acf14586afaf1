"""How fast the staff console is: a borrower's message on a staff screen, and pages under load.

    python -m bench.console [--database URL] [--cases 1000] [--streams 200] [--rounds 5]

The console runs as a process of its own on PostgreSQL (SQLite when no database is named), as in
production. 1,000 conversations wait; 200 pages follow conversations over server-sent events. Then
each page is asked for in rounds, one request at a time, and messages of borrowers are put into the
database: the clock runs from the commit until the line arrives on the page that shows it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil

from bench.machine import machine, spread
from bot.conversation import Conversation, EscalationReason, Identity, IdentityStage
from bot.effects import escalate
from bot.messages import Author, Channel, Content, DeliveryState, Inbound, Kind
from bot.staff import Role
from bot.staff_events import EventKind
from lending.ids import BorrowerId, ConversationId
from settings import Settings
from store.db import Database

ROOT = Path(__file__).resolve().parent.parent
SECRET = "b" * 40
REASONS = tuple(EscalationReason)
PAGE_BAR_MS, SCREEN_BAR_MS, MEMORY_BAR_MB = 100, 300, 200
PAGES = (
    ("queue", "/queue"),
    ("queue, searched", "/queue?text=a"),
    ("conversation", "/conversations/{conversation}"),
    ("borrower", "/borrowers/{reference}"),
    ("borrowers, searched", "/borrowers?text=NB"),
    ("approvals", "/approvals"),
    ("contacts", "/contacts"),
    ("reports, 30 days", "/reports"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Milliseconds, but `memory_mb`. `cpu`: processor time of the console per page, streams included.

    `load` is the load average of the machine while the pages were asked for.
    """

    pages: dict[str, list[float]]
    cpu: dict[str, float]
    load: float
    screen: list[float]
    memory_mb: float


def fill(database: Database, cases: int) -> list[ConversationId]:
    """Verified borrowers who wait, with a short talk each; goes on where an earlier run stopped."""
    now = datetime.now(UTC)
    with database.unit() as uow:
        borrowers = uow.console.active_borrowers(0, 1_000)
        made = [one.conversation_id for one in uow.escalations.unresolved()]
    for number in range(len(made), cases):
        with database.unit() as uow:
            made.append(_case(uow, number, borrowers[number % len(borrowers)], now))
            uow.commit()
    return made


def _case(uow: Any, number: int, borrower_id: BorrowerId, now: datetime) -> ConversationId:
    began = now - timedelta(minutes=number % 240)
    conversation = Conversation(
        id=ConversationId(uuid.uuid4().hex),
        channel=Channel.WEB,
        address=uuid.uuid4().hex[:22],
        is_private=True,
        language=("en", "zh-Hans", "zh-Hant")[number % 3],
        language_chosen=False,
        identity=Identity(
            stage=IdentityStage.VERIFIED,
            borrower_id=borrower_id,
            expires_at=now + timedelta(hours=1),
        ),
        opened_at=began,
        last_inbound_at=began,
    )
    uow.conversations.add(conversation)
    for place in range(4):
        write(uow, conversation, f"message {place} of case {number}", began)
        answer = uow.messages.add_outbound(
            conversation.id,
            author=Author.BOT,
            content=Content(text=f"answer {place}"),
            answers=None,
            epoch=0,
            at=began,
        )
        uow.messages.set_delivery(answer, DeliveryState.SENT)
    queued = escalate(uow, conversation, REASONS[number % len(REASONS)], began)
    uow.conversations.save(queued)
    return conversation.id


def write(uow: Any, conversation: Conversation, text: str, at: datetime) -> None:
    """A borrower's message, as the router keeps it."""
    inbound = Inbound(
        channel=conversation.channel,
        address=conversation.address,
        is_private=True,
        update_key=uuid.uuid4().hex,
        kind=Kind.TEXT,
        text=text,
        received_at=at,
    )
    message_id = uow.messages.add_inbound(conversation.id, inbound, text)
    uow.messages.mark_handled(message_id, at)
    uow.events.add(EventKind.MESSAGE, at=at, conversation_id=conversation.id, actor="borrower")


@contextlib.contextmanager
def console(url: str, port: int, folder: Path) -> Iterator[psutil.Process]:
    """`tideover console` as a process; gives it once it answers."""
    environment = {
        **os.environ,
        "TIDEOVER_DATABASE_URL": url,
        "TIDEOVER_SECRET_KEY": SECRET,
        "TIDEOVER_DATA_DIR": str(folder),
        "TIDEOVER_WEB_PORT": str(port),
    }
    command = [sys.executable, "-m", "console.cli", "console"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with contextlib.suppress(httpx.HTTPError):
                httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=1)
                break
            time.sleep(0.1)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(20)


async def signed_in(base: str, login: str, password: str) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=1_000, max_keepalive_connections=50)
    http = httpx.AsyncClient(base_url=f"{base}/staff", timeout=30, limits=limits)
    page = await http.get("/sign-in")
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert csrf is not None
    answer = await http.post(
        "/sign-in", data={"csrf": csrf[1], "login": login, "password": password, "next": ""}
    )
    assert answer.status_code == 303, answer.status_code
    return http


@contextlib.asynccontextmanager
async def followed(
    http: httpx.AsyncClient, conversations: list[ConversationId]
) -> AsyncIterator[dict[str, asyncio.Queue[tuple[float, str]]]]:
    """Open a stream for each conversation; the lines arrive in its queue, with their time."""
    arrived: dict[str, asyncio.Queue[tuple[float, str]]] = {
        c: asyncio.Queue() for c in conversations
    }
    opened = [asyncio.Event() for _ in conversations]

    async def follow(conversation: ConversationId, is_open: asyncio.Event) -> None:
        path = f"/conversations/{conversation}/stream?after=0"
        async with http.stream("GET", path, timeout=None) as response:
            assert response.status_code == 200, response.status_code
            async for line in response.aiter_lines():
                is_open.set()
                if line.startswith("data:"):
                    arrived[conversation].put_nowait((time.monotonic(), line))

    tasks = [
        asyncio.create_task(follow(conversation, is_open))
        for conversation, is_open in zip(conversations, opened, strict=True)
    ]
    await asyncio.gather(*(asyncio.wait_for(is_open.wait(), 60) for is_open in opened))
    try:
        yield arrived
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def measure(
    base: str,
    database: Database,
    passwords: dict[str, str],
    cases: list[ConversationId],
    *,
    streams: int,
    rounds: int,
    process: psutil.Process,
) -> Figures:
    http = await signed_in(base, "bench", passwords["bench"])
    with database.unit() as uow:
        first = uow.console.active_borrowers(0, 1)[0]
        reference = uow.borrowers.get(first).reference
    pages: dict[str, list[float]] = {name: [] for name, _ in PAGES}
    cpu = dict.fromkeys(pages, 0.0)
    async with followed(http, cases[:streams]) as arrived:
        await asyncio.sleep(2)
        for turn in range(rounds + 1):
            for name, path in PAGES:
                filled = path.format(conversation=cases[turn], reference=reference)
                started, used = time.perf_counter(), _cpu(process)
                answer = await http.get(filled)
                took = (time.perf_counter() - started) * 1000
                assert answer.status_code == 200, (filled, answer.status_code)
                if turn:  # the first round warms up
                    pages[name].append(took)
                    cpu[name] += (_cpu(process) - used) * 1000 / rounds
        load = os.getloadavg()[0]
        screen = await _messages(database, cases[:streams], arrived)
    memory = process.memory_info().rss / 2**20
    await http.aclose()
    return Figures(pages=pages, cpu=cpu, load=load, screen=screen, memory_mb=memory)


def _cpu(process: psutil.Process) -> float:
    """Seconds of processor time that the process has used."""
    times = process.cpu_times()
    return float(times.user + times.system)


async def _messages(
    database: Database,
    cases: list[ConversationId],
    arrived: dict[str, asyncio.Queue[tuple[float, str]]],
) -> list[float]:
    took = []
    for conversation_id in cases[:100]:
        text = f"hello from the bench {uuid.uuid4().hex}"

        def keep(conversation_id: ConversationId = conversation_id, text: str = text) -> float:
            with database.unit() as uow:
                conversation = uow.conversations.get(conversation_id, for_update=True)
                write(uow, conversation, text, datetime.now(UTC))
                uow.commit()
            return time.monotonic()

        committed = await asyncio.to_thread(keep)
        while True:
            at, line = await asyncio.wait_for(arrived[conversation_id].get(), 15)
            if text in line:
                took.append((at - committed) * 1000)
                break
        await asyncio.sleep(0.05)
    return took


def report(figures: Figures, arguments: argparse.Namespace, kind: str) -> str:
    ordered = sorted(figures.screen)
    p95 = ordered[int(len(ordered) * 0.95)]
    rows = [
        f"| {name} | {spread(values, 0)} | {figures.cpu[name]:.0f} |"
        f" {'yes' if statistics.median(values) <= PAGE_BAR_MS else 'no'} |"
        for name, values in figures.pages.items()
    ]
    return "\n".join(
        [
            "# The staff console",
            "",
            f"`python -m bench.console`, {kind}, {arguments.cases:,} open conversations,"
            f" {arguments.streams} live streams, console in a process of its own. {machine()}."
            f" Other programs ran on the machine meanwhile: load average {figures.load:.1f}."
            if arguments.shared
            else f"`python -m bench.console`, {kind}, {arguments.cases:,} open conversations,"
            f" {arguments.streams} live streams, console in a process of its own. {machine()}.",
            "",
            f"Bars: a page {PAGE_BAR_MS} ms, a borrower's message on the screen {SCREEN_BAR_MS} ms,"
            f" memory {MEMORY_BAR_MB} MB. Times in milliseconds: median (least to most); processor time of"
            " the console per page (mean), which other programs hardly change.",
            "",
            "| page | ms | processor ms | within the bar (median) |",
            "|---|---|---|---|",
            *rows,
            "",
            f"Borrower's message to staff screen, from commit to arrival, {len(ordered)} messages:"
            f" median {statistics.median(ordered):.0f} ms, p95 {p95:.0f} ms, most {ordered[-1]:.0f} ms.",
            f"Resident memory of the console after all that: {figures.memory_mb:.0f} MB.",
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", default="")
    parser.add_argument("--cases", type=int, default=1_000)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--port", type=int, default=8733)
    parser.add_argument("--shared", action="store_true", help="Say that the machine was shared.")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    from wiring.demo import seed
    from wiring.staff import staff_admin

    with tempfile.TemporaryDirectory() as folder:
        url = arguments.database or f"sqlite:///{folder}/bench.db"
        database = Database(url)
        database.migrate()
        seed(database, SECRET.encode())
        settings = Settings(data_dir=Path(folder))
        password = "seven grey herons wade"
        with database.unit() as uow:
            known = uow.staff.by_login("bench")
        if known is None:
            staff_admin(settings, database, SECRET.encode()).add(
                "bench", name="Bench", role=Role.SUPERVISOR, password=password, by="bench"
            )
        cases = fill(database, arguments.cases)
        base = f"http://127.0.0.1:{arguments.port}"
        with console(url, arguments.port, Path(folder)) as process:
            figures = asyncio.run(
                measure(
                    base,
                    database,
                    {"bench": password},
                    cases,
                    streams=arguments.streams,
                    rounds=arguments.rounds,
                    process=process,
                )
            )
        database.close()
    kind = "PostgreSQL" if arguments.database else "SQLite"
    told = report(figures, arguments, kind)
    print(told)
    if arguments.out:
        arguments.out.write_text(told, "utf-8")
    print(json.dumps({"screen_p95": sorted(figures.screen)[int(len(figures.screen) * 0.95)]}))


if __name__ == "__main__":
    main()
