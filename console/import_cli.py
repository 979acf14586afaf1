"""`tideover import`: a file of the lender's system, looked through, then written."""

from __future__ import annotations

import csv
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from console.import_file import BadFile, look_through
from console.import_run import Import, Result
from console.plain_errors import err, out, plain_errors
from lending.intake import Kind, Outcome

if TYPE_CHECKING:
    from settings import Settings

_SHOWN = 20


def import_(
    kind: Annotated[Kind, typer.Argument(help="What the file tells of.")],
    file: Annotated[Path | None, typer.Argument(help="A CSV file; docs/import.md.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Look at every line and write nothing.")
    ] = False,
    partial: Annotated[
        bool, typer.Option("--partial", help="Leave out lines that cannot be taken.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="Write what became of each line to this CSV file.")
    ] = None,
    at_once: Annotated[
        int | None, typer.Option(min=1, max=50_000, help="Records of one transaction.")
    ] = None,
    abandon: Annotated[
        bool, typer.Option("--abandon", help="Forget that a file of this kind is half written.")
    ] = False,
) -> None:
    """Import a CSV file of borrowers, contact points, accounts, schedules or payments."""
    from settings import load_settings
    from wiring.base import open_database, utc_now
    from wiring.lender import import_parts

    with plain_errors(), ExitStack() as stack:
        settings = load_settings()
        database = stack.enter_context(closing(open_database(settings)))
        database.check()
        unit, seen = import_parts(database, _secret(settings))
        if abandon:
            with unit() as opened:
                was_there = opened.abandon(kind)
                opened.commit()
            out.print("Forgotten; what was written stays." if was_there else "None was unfinished.")
            return
        if file is None:
            raise BadFile("There is no file to import.", hint="Name a CSV file after the kind.")
        source = look_through(file)
        if source.encoding == "gb18030":
            err.print("The file is read as GB18030.")
        say = _Report(report, stack)
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        progress = stack.enter_context(
            Progress(*columns, TimeRemainingColumn(), console=err, transient=True)
        )
        tasks = {
            step: progress.add_task(step, total=source.lines) for step in ("checking", "writing")
        }
        job = Import(
            source=source,
            kind=kind,
            unit=unit,
            seen=seen,
            clock=utc_now,
            say=say,
            moved=lambda step, line: progress.update(tasks[step], completed=line),
            is_partial=partial,
            at_once=at_once,
        )
        try:
            result = job.check() if dry_run else job.run()
        finally:
            progress.stop()
            say.summary()
        _print(kind, result, dry_run=dry_run)
        if result.problems and not partial:
            raise typer.Exit(1)


def _secret(settings: Settings) -> bytes:
    """Second facts are kept under the installation's key; the demo's only if the demo ran here."""
    from wiring.base import master_secret

    return master_secret(settings, may_make=(settings.data_dir / "demo-secret").exists())


class _Report:
    """The first problems on the screen, and every line in a file if one is named."""

    def __init__(self, path: Path | None, stack: ExitStack) -> None:
        self._problems = 0
        self._write: Callable[[list[object]], object] | None = None
        if path is not None:
            try:
                file = stack.enter_context(path.open("w", encoding="utf-8", newline=""))
            except OSError as error:
                raise BadFile(
                    f"The report cannot be written: {error.strerror}.", hint="Name another file."
                ) from None
            self._write = csv.writer(file).writerow
            self._write(["line", "outcome", "problem"])

    def __call__(self, line: int, outcome: Outcome, problem: str) -> None:
        if self._write is not None:
            self._write([line, outcome.value, problem])
        if outcome is Outcome.PROBLEM:
            self._problems += 1
            if self._problems <= _SHOWN:
                err.print(f"line {line}: {problem}", soft_wrap=True, markup=False)

    def summary(self) -> None:
        if self._problems > _SHOWN:
            err.print(f"... and {self._problems - _SHOWN} more; --report FILE has all of them.")


def _print(kind: Kind, result: Result, *, dry_run: bool) -> None:
    told = {outcome: result.counts.get(outcome.value, 0) for outcome in Outcome}
    if result.resumed_at:
        out.print(f"Went on after {result.resumed_at:,} records that were written before.")
    verb = "would be" if dry_run else "are"
    out.print(
        f"{kind}: {told[Outcome.NEW]:,} {verb} new, {told[Outcome.CHANGED]:,} changed,"
        f" {told[Outcome.SAME]:,} the same, {told[Outcome.PROBLEM]:,} with problems."
    )
