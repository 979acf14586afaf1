"""Our dialogue engine beside Rasa with its default configuration: `python -m bench.dialogue`.

A is ours. B is Rasa's default configuration, run as Rasa runs it: its own processor, graph runner,
memory and action server. C is the model of B in our runtime, so that A beside C shows what the
configuration does and C beside B what the runtime does. All are trained on the same nlu/ and answer
the same messages with the same actions, stores and router, each in a process of its own, in rounds
that alternate. Ratios are of one round; shown are the median and the smallest and largest.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import math
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bench.machine import machine, spread
from bench.messages import TURNS_PER_CONVERSATION
from bot.lean_rasa import unused_by
from nlu.training import CONFIG, DATA, DOMAIN, ROOT

FOLDER = ROOT / "var" / "bench"


@dataclass(frozen=True, kw_only=True)
class Engine:
    """One configuration and its cached model."""

    name: str
    about: str
    config: str
    is_stock: bool = False
    """Run by Rasa's own processor, runner, memory and action server, and not by ours."""

    @property
    def key(self) -> str:
        return f"{self.name}, as Rasa runs it" if self.is_stock else self.name

    @property
    def model(self) -> Path:
        """Its name changes with everything that the model is made of."""
        digest = hashlib.sha256(self.config.encode())
        files = [*DOMAIN.rglob("*.yml"), *DATA.rglob("*.yml")]
        if "nlu.components" in self.config:
            files += (ROOT / "nlu" / "components").glob("*.py")
        for path in sorted(files):
            digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
        return FOLDER / f"{self.name}-{digest.hexdigest()[:12]}.tar.gz"


def main() -> None:
    arguments = parse_arguments()
    FOLDER.mkdir(parents=True, exist_ok=True)
    console = Console(stderr=True)
    ours, default = our_engine(), default_engine(arguments.epochs)
    engines = (ours, replace(default, is_stock=True), default)
    if arguments.turns < 2:
        raise SystemExit("--turns must be 2 or more.")
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console
    ) as progress:
        training = {e.name: train_if_needed(e, progress) for e in (ours, default)}
        with tempfile.TemporaryDirectory() as folder:
            house = House.prepare(Path(folder), arguments.turns)
            rounds = [
                {e.key: measure(e, house, progress, f"round {n + 1}") for e in engines}
                for n in range(arguments.rounds)
            ]
            profile = measure(ours, house, progress, "where the time goes", profile=True)
    report = Report(engines=engines, training=training, rounds=rounds, profile=profile)
    print(report.text())
    if arguments.json:
        arguments.json.write_text(json.dumps(report.as_dict(), indent=2), encoding="utf-8")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--turns", type=int, default=300, help="turns per engine and round")
    parser.add_argument("--rounds", type=int, default=3, help="times that each engine runs")
    parser.add_argument(
        "--epochs",
        type=int,
        help="epochs of Rasa's default configuration; fewer train faster, turns cost the same",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    return parser.parse_args()


def our_engine() -> Engine:
    return Engine(name="ours", about="config.yml", config=CONFIG.read_text(encoding="utf-8"))


def default_engine(epochs: int | None) -> Engine:
    """The configuration that Rasa itself suggests, read from the installed package."""
    found = importlib.util.find_spec("rasa")
    if found is None or found.origin is None:
        raise SystemExit("Rasa is not installed. Run: make setup")
    path = Path(found.origin).parent / "engine/recipes/config_files/default_config.yml"
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    config["assistant_id"] = "bench"
    about = f"rasa/{path.relative_to(Path(found.origin).parent)}, unchanged"
    if epochs is not None:
        for part in [*config["pipeline"], *config["policies"]]:
            if "epochs" in part:
                part["epochs"] = epochs
        about = f"{about} but for epochs: {epochs} instead of 100"
    return Engine(name="default", about=about, config=yaml.safe_dump(config, sort_keys=False))


# Training


def train_if_needed(engine: Engine, progress: Progress) -> float:
    """Seconds that the training took, now or when the cached model was made."""
    record = engine.model.with_suffix(".json")
    if engine.model.is_file() and record.is_file():
        return float(json.loads(record.read_text())["train_seconds"])
    row = progress.add_task(f"training {engine.name}", total=None)
    config = engine.model.with_suffix(".yml")
    config.write_text(engine.config, encoding="utf-8")
    task = {
        "config": str(config),
        "domain": str(DOMAIN),
        "data": str(DATA),
        "target": str(engine.model),
    }
    result = in_own_process({"train": task})
    record.write_text(json.dumps(result), encoding="utf-8")
    progress.update(row, total=1, completed=1)
    return float(result["train_seconds"])


def in_own_process(
    task: dict[str, Any], on_progress: Callable[[int], None] | None = None
) -> dict[str, Any]:
    """Run the worker; its log goes to var/bench/worker.log. Settings of the machine are kept out."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TIDEOVER_")}
    environment |= {
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "ignore",
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    log_path = FOLDER / "worker.log"
    last = ""
    with (
        log_path.open("a", encoding="utf-8") as log,
        subprocess.Popen(
            [sys.executable, "-m", "bench.dialogue_worker", json.dumps(task)],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=ROOT,
            env=environment,
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("progress "):
                if on_progress is not None:
                    on_progress(int(line.split()[1]))
            elif line.startswith("{"):
                last = line
    if process.returncode != 0 or not last:
        raise SystemExit(f"The worker failed. Read {log_path}.")
    return dict(json.loads(last))


# Running


@dataclass(frozen=True, kw_only=True)
class House:
    """The demo database with enough conversations of verified borrowers in it."""

    database: Path
    turns: int
    routed: list[str]
    direct: list[str]

    @classmethod
    def prepare(cls, folder: Path, turns: int) -> House:
        from store.db import Database
        from wiring.demo import personas, seed

        path = folder / "house.db"
        database = Database(f"sqlite:///{path}")
        database.migrate()
        seed(database, b"bench" * 8)
        references = [persona.reference for persona in personas()]
        count = 2 * math.ceil(turns / TURNS_PER_CONVERSATION) + 1
        made = [verified(database, references[n % len(references)]) for n in range(count)]
        database.close()
        half = count // 2
        return cls(
            database=path,
            turns=turns,
            routed=[address for address, _ in made[half:]],  # the last one takes the first message
            direct=[conversation for _, conversation in made[:half]],
        )


def verified(database: Any, reference: str) -> tuple[str, str]:
    """A new conversation of a borrower who has proved who they are: its address and id."""
    from bot.conversation import Conversation, Identity, IdentityStage
    from bot.messages import Channel
    from lending.ids import ConversationId
    from wiring.base import utc_now

    now = utc_now()
    with database.unit() as uow:
        borrower = uow.borrowers.by_reference(reference)
        conversation = Conversation(
            id=ConversationId(uuid.uuid4().hex),
            channel=Channel.TERMINAL,
            address=uuid.uuid4().hex,
            is_private=True,
            language=borrower.language,
            language_chosen=False,
            opened_at=now,
        )
        uow.conversations.add(conversation)
        identity = Identity(
            stage=IdentityStage.VERIFIED,
            borrower_id=borrower.id,
            expires_at=now + timedelta(days=1),
        )
        uow.conversations.save(replace(conversation, identity=identity, greeted=True))
        uow.commit()
    return conversation.address, conversation.id


def measure(
    engine: Engine, house: House, progress: Progress, about: str, *, profile: bool = False
) -> dict[str, Any]:
    total = house.turns * (1 if profile else 2)
    row = progress.add_task(f"{about}: {engine.key}", total=total)
    with tempfile.TemporaryDirectory() as folder:
        task = {
            "started": time.time(),
            "model": str(engine.model),
            "house": str(house.database),
            "folder": folder,
            "turns": house.turns,
            "routed": house.routed,
            "direct": house.direct,
            "profile": profile,
            "is_stock": engine.is_stock,
            "libraries": sorted(
                set(unused_by(our_engine().config)) - set(unused_by(engine.config))
            ),
        }
        result = in_own_process({"run": task}, lambda done: progress.update(row, completed=done))
    progress.update(row, completed=total)
    return result


# Reporting


@dataclass(frozen=True, kw_only=True)
class Report:
    """`engines` are A, B and C; `rounds` hold the figures of each by its key."""

    engines: tuple[Engine, Engine, Engine]
    training: dict[str, float]
    rounds: Sequence[dict[str, dict[str, float]]]
    profile: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return {
            "machine": machine(),
            "training_seconds": self.training,
            "rounds": self.rounds,
            "profile": self.profile,
        }

    def text(self) -> str:
        a, b, c = self.engines
        return "\n".join(
            [
                f"Machine: {machine()}",
                f"A = {a.name}: {a.about}",
                f"B = {b.key}: {b.about}",
                f"C = the model of B in our runtime: {c.about}",
                f"{self.profile['turns']} turns per round, one at a time, {len(self.rounds)} rounds"
                f" A B C; {TURNS_PER_CONVERSATION} turns per conversation; trackers and data in"
                " SQLite files; the same actions.",
                "Shown: median (smallest to largest). Ratios are taken within each round.",
                "",
                *self._figures(),
                "",
                f"Where A's time goes, {self.profile['turns']} turns through the router:",
                "",
                *self._sections(),
            ]
        )

    def _figures(self) -> list[str]:
        lines = ["| figure | A | B | C | A/B | A/C |", "|---|---|---|---|---|---|"]
        a, b, c = self.engines
        trained = [self.training[e.name] for e in self.engines]
        cells = [f"{seconds:.1f}" for seconds in trained]
        cells += [f"{trained[0] / seconds:.3f}" for seconds in trained[1:]]
        lines.append(f"| training, s (once) | {' | '.join(cells)} |")
        for figure in self.rounds[0][a.key]:
            ours, stock, default = ([r[e.key][figure] for r in self.rounds] for e in (a, b, c))
            cells = [spread(values, 1) for values in (ours, stock, default)]
            for other in (stock, default):
                cells.append(spread([x / y for x, y in zip(ours, other, strict=True) if y], 2))
            lines.append(f"| {figure} | {' | '.join(cells)} |")
        return lines

    def _sections(self) -> list[str]:
        turns, total = self.profile["turns"], self.profile["total"]
        lines = ["| section | ms per turn | share |", "|---|---|---|"]
        for name, seconds in sorted(self.profile["sections"].items(), key=lambda item: -item[1]):
            lines.append(f"| {name} | {seconds / turns * 1000:.2f} | {seconds / total:.0%} |")
        return [*lines, f"| **a turn** | {total / turns * 1000:.2f} | 100% |"]


if __name__ == "__main__":
    main()
