"""The log of a whole day holds nothing about anyone: no name, number, address, fact, or word."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner

from bot.messages import Channel, SendFailed
from bot.staff import Role
from console.cli import app
from console.passwords import Codes
from console.staff_admin import StaffAdmin
from logs import configure_logging
from store.demo_personas import PERSONAS
from tests.console.desk import PASSWORD, QUICK
from tests.journeys.asked import ASKED
from tests.journeys.stage import BORN, SECRET, Stage
from wiring.reminders import build_dispatcher, build_planner
from wiring.staff import build_staff_desk

PHONE, MAIL, PERSON = "+15550100888", "zygmunt.kowalski@example.org", "Zygmunt Kowalski"
WORDS = ("my wife Brunhilde left me", "I want to kill myself", "我的邻居王大锤")


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """The log as the product writes it, at its most talkative."""
    written, level = io.StringIO(), logging.getLogger().level
    monkeypatch.setattr(sys, "stderr", written)
    configure_logging("debug", as_json=True)
    yield written
    structlog.reset_defaults()
    logging.basicConfig(force=True, level=level, handlers=[logging.NullHandler()])
    logging.captureWarnings(False)


async def talk(stage: Stage) -> None:
    for number, (reference, born) in enumerate(sorted(BORN.items())):
        await stage.says(f"/start {stage.link(reference)}", 1000 + number)
        await stage.says("1900-01-01", 1000 + number)
        await stage.says(born, 1000 + number)
        for topic in ("check_balance", "payment_history", "ask_payoff_on_date"):
            if topic in ASKED:
                await stage.says(ASKED[topic]["en"], 1000 + number)
        await stage.says(f"call me at {PHONE} or write to {MAIL}", 1000 + number)
        for words in WORDS:
            await stage.says(words, 1000 + number)
        await stage.says("/mydata", 1000 + number)


async def fail(stage: Stage) -> None:
    """What goes wrong is logged more: a channel that refuses, an engine that breaks."""
    stage.channel.failure = SendFailed(f"refused by {PHONE}")
    await stage.says("how much do I owe", 1000)
    stage.channel.failure = None

    async def broken(*_: object, **__: object) -> None:
        raise ValueError(f"cannot read {PERSON} {PHONE}")

    handle, stage.bot.router._handle = stage.bot.router._handle, broken  # type: ignore[assignment,method-assign]
    await stage.says(f"it is me, {PERSON}", 1000)
    stage.bot.router._handle = handle  # type: ignore[method-assign]


async def staff_work(stage: Stage) -> None:
    desk = build_staff_desk(
        stage.settings,
        secret=SECRET,
        database=stage.database,
        outbox=stage.bot.outbox,
        texts=stage.bot.texts,
        clock=stage.clock,
    )
    people = StaffAdmin(
        store=stage.database, clock=stage.clock, passwords=QUICK, codes=Codes(b"c" * 32)
    )
    mei = people.add("mei", name="Mei", role=Role.AGENT, password=PASSWORD, by="test")
    await desk.takeover.claim(mei, stage.conversation(1000).id)
    await stage.says(f"my number is {PHONE}", 1000)
    await desk.waiting.run()


async def remind(stage: Stage) -> None:
    bot = stage.bot
    build_planner(stage.settings, stage.database, stage.clock).tick()
    dispatcher = build_dispatcher(
        stage.settings, stage.database, bot.outbox, bot.channels, secret=SECRET, clock=stage.clock
    )
    for _ in range(2):
        stage.clock.forward(hours=14)
        await dispatcher.drain()


def bring_files(stage: Stage, folder: Path) -> str:
    """Good and bad files of the lender's; what their commands log."""
    head = "reference,full_name,language,timezone,jurisdiction,country,birth_date\n"
    (folder / "people.csv").write_text(f"{head}X-1,{PERSON},en,UTC,US,US,1971-02-03\n")
    (folder / "bad.csv").write_text(f"{head}X-2,{PERSON},xx,{MAIL},US,US,{PHONE}\n")
    points = f"borrower,kind,value\nX-1,phone,{PHONE}\nX-1,email,{MAIL}\n"
    (folder / "points.csv").write_text(points)
    env = {
        "TIDEOVER_DATA_DIR": str(stage.settings.data_dir),
        "TIDEOVER_SECRET_KEY": SECRET.decode(),
        "TIDEOVER_DATABASE_URL": None,
        "TIDEOVER_LOG_JSON": "true",
        "TIDEOVER_LOG_LEVEL": "debug",
    }
    said = ""
    for kind, name in (("borrowers", "people"), ("borrowers", "bad"), ("contact-points", "points")):
        done = CliRunner().invoke(app, ["import", kind, str(folder / f"{name}.csv")], env=env)
        assert (done.exit_code == 0) == (name != "bad"), done.output
        said += done.stderr
    return said


async def test_a_day_in_the_log_names_nobody(
    open_stage: Callable[..., Stage], tmp_path: Path, log: io.StringIO
) -> None:
    stage = open_stage()
    with stage.database.unit() as uow:
        people = [uow.borrowers.by_reference(p.persona.reference) for p in PERSONAS]
        points = [
            point.value
            for one in people
            if one is not None
            for point in uow.portfolio.contact_points(one.id)
        ]
    await talk(stage)
    await remind(stage)
    await fail(stage)
    await staff_work(stage)
    stage.database.close()
    told = log.getvalue() + bring_files(stage, tmp_path)

    names = [name for one in people if one for name in (one.full_name, one.given_name)]
    secrets = [*names, *points, *BORN.values(), PHONE, MAIL, PERSON, "Kowalski", "1971-02-03"]
    secrets += [*WORDS, "Brunhilde", "王大锤", "1900-01-01", PASSWORD, SECRET.decode()]
    found = [secret for secret in secrets if len(secret) > 2 and secret in told]
    lines = {line[:400] for line in told.splitlines() if any(word in line for word in found)}
    assert found == [], "\n".join(sorted(lines)[:20])
    events = {json.loads(line)["event"] for line in told.splitlines() if line.startswith("{")}
    assert {"inbound.failed", "outbox.failed"} <= events  # so there was a log to look at
    assert stage.shown(1000) and Channel.TELEGRAM in stage.bot.channels
