"""`tideover simulate`: a strategy tried on a portfolio with a virtual clock, before it goes live."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from console.plain_errors import out, plain_errors


class ProfileName(StrEnum):
    US = "US"
    CN = "CN"
    UK = "UK"
    IN = "IN"
    STRICT = "STRICT"


_START = datetime(2026, 9, 7)


def simulate(
    strategy: Annotated[
        Path | None, typer.Option(help="A strategy file; without it the one in force.")
    ] = None,
    strategy2: Annotated[
        Path | None, typer.Option(help="A second one, beside the first on the same chance.")
    ] = None,
    borrowers: Annotated[int, typer.Option(min=1, max=1_000_000)] = 1_000,
    days: Annotated[int, typer.Option(min=1, max=730)] = 120,
    profile: Annotated[
        ProfileName, typer.Option(case_sensitive=False, help="Where the borrowers live.")
    ] = ProfileName.STRICT,
    seed: Annotated[int, typer.Option(help="The same seed gives the same result.")] = 1,
    behaviour: Annotated[
        Path | None, typer.Option(help="How borrowers behave; a copy of simulation/behaviour.yaml.")
    ] = None,
    imported: Annotated[
        bool, typer.Option(help="A copy of the database's portfolio instead of a synthetic one.")
    ] = False,
    start: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day.")
    ] = _START,
    folder: Annotated[Path, typer.Option("--out", help="Where the report goes.")] = Path(
        "simulation-report"
    ),
) -> None:
    """Run a strategy over a portfolio and months of virtual time; sends nothing to anybody."""
    with plain_errors():
        from compliance.profile_file import load_profile
        from logs import configure_logging
        from scheduler.strategy_file import load_strategy
        from settings import load_settings
        from simulation.behaviour import DEFAULT_BEHAVIOUR, load_behaviour
        from simulation.outcome import compare
        from simulation.report import write_report
        from simulation.run import Order
        from simulation.run import simulate as run
        from wiring.base import open_database
        from wiring.reminders import strategy_of

        settings = load_settings()
        configure_logging("critical", as_json=settings.log_json)
        strategies = [load_strategy(strategy) if strategy else strategy_of(settings)]
        if strategy2 is not None:
            strategies.append(load_strategy(strategy2))
        model = load_behaviour(behaviour or DEFAULT_BEHAVIOUR)
        order = Order(
            borrowers=borrowers,
            days=days,
            profile=profile.value,
            seed=seed,
            start=date(start.year, start.month, start.day),
            source=open_database(settings) if imported else None,
        )
        results = []
        with _bar() as bar:
            for one in strategies:
                update = partial(_tell, bar, bar.add_task(one.label, total=days))
                results.append(run(order, one, model, load_profile, update))
        compared = compare(results[0].people, results[1].people, seed) if strategy2 else ()
        page = write_report(folder, results, compared)
    breaches = sum(len(result.breaches) for result in results)
    for result in results:
        said = "no breach" if not result.breaches else f"{len(result.breaches)} BREACHES"
        out.print(f"{result.label}: {result.messages:,} messages, {said}")
    out.print(f"Report: {page}", soft_wrap=True)
    if breaches:
        raise typer.Exit(2)


def _tell(bar: Progress, task: TaskID, day: int) -> None:
    bar.update(task, completed=day)


def _bar() -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("day {task.completed:.0f} of {task.total:.0f}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=out)
