"""`tideover rules replay`, `tideover backtest`, `tideover audit verify`: proof from what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import track
from rich.table import Table

from bot.outbox import UNREACHABLE
from compliance.errors import BrokenProfile
from compliance.profile import Profile
from compliance.profile_file import PROFILES, load_profile
from compliance.replay import Asked, Backtest, Difference, differences
from console.plain_errors import err, out, plain_errors

if TYPE_CHECKING:
    from store.db import Database

audit = typer.Typer(help="The audit log and its hash chain.", no_args_is_help=True)

_BATCH = 500
_SHOWN = 20


def replay() -> None:
    """Ask every stored contact question again, with the profile of its time; report differences."""
    with plain_errors(), _database() as database:
        total, unknown = 0, 0
        found: list[Difference] = []
        for asked in track(_asked(database), description="Replaying", console=err):
            total += 1
            if asked.answer.version == "none":
                unknown += 1
                continue
            found += differences(
                [asked], lambda one: _profile_of(database, one), frozenset({UNREACHABLE})
            )
        _show(found)
        out.print(f"{total} decisions replayed, {len(found)} come out otherwise.")
        if unknown:
            out.print(f"{unknown} had no profile then and were blocked for it; not replayed.")
        if found:
            raise typer.Exit(1)


def backtest(
    file: Annotated[Path, typer.Argument(help="A changed profile, named as the one it replaces.")],
) -> None:
    """What a changed profile would have stopped or let through, over all that was decided."""
    with plain_errors(), _database() as database:
        with TemporaryDirectory() as folder:
            profile = _changed(file, Path(folder))
            result = Backtest()
            for asked in track(_asked(database), description="Asking again", console=err):
                if asked.question.profile.upper() != profile.name:
                    continue
                result.decisions += 1
                for one in differences([asked], lambda _: profile, frozenset({UNREACHABLE})):
                    result.note(one)
        out.print(f"{result.decisions} decisions were made by {profile.name}.")
        out.print(f"{len(result.newly_stopped)} that went out would have been stopped:")
        for rule, times in result.rules_of_stopped():
            out.print(f"  {rule}  {times}")
        _show(result.newly_stopped)
        out.print(f"{len(result.newly_allowed)} that were stopped would have gone out:")
        _show(result.newly_allowed)
        out.print(f"{len(result.otherwise)} would have been stopped for other reasons or times.")


@audit.command()
def verify() -> None:
    """Check the hash chain, and each contact decision against what the chain says of it."""
    from console.audit_check import changed_decisions

    with plain_errors(), _database() as database:
        with database.unit() as uow:
            misfit = uow.audit.verify()
        changed = [] if misfit else changed_decisions(database)
        if misfit:
            err.print(
                f"[bold red]Changed:[/] row {misfit} of the audit log does not fit the chain."
            )
        for problem in changed:
            err.print(f"[bold red]Changed:[/] {problem}")
        if misfit or changed:
            raise typer.Exit(1)
        out.print("The chain is whole, and every decision is as it was made.")


@contextmanager
def _database() -> Iterator[Database]:
    from settings import load_settings
    from wiring.base import open_database

    with closing(open_database(load_settings())) as database:
        database.check()
        yield database


def _asked(database: Database) -> Iterator[Asked]:
    last = 0
    while True:
        with database.unit() as uow:
            batch = uow.contacts.decisions(after=last, limit=_BATCH)
        if not batch:
            return
        for row in batch:
            yield Asked(row.id, row.question, row.answer)
        last = batch[-1].id


def _profile_of(database: Database, asked: Asked) -> Profile:
    """The profile in the version that decided: the present one, or as it was kept."""
    present = load_profile(asked.question.profile)
    if present.version == asked.answer.version:
        return present
    return _kept_profile(database, present.name, asked.answer.version)


@lru_cache(maxsize=32)
def _kept_profile(database: Database, name: str, version: str) -> Profile:
    with database.unit() as uow:
        files = uow.contacts.profile_files(name, version)
    if files is None:
        raise BrokenProfile(
            f"Version {version} of profile {name} was not kept.",
            hint="Replay with the version of Tideover that made the decision.",
        )
    with TemporaryDirectory() as folder:
        for file, text in files.items():
            Path(folder, file).write_text(text, encoding="utf-8")
        return load_profile(name, Path(folder))


def _changed(file: Path, folder: Path) -> Profile:
    """The changed file among copies of the others, which it may extend."""
    for path in PROFILES.glob("*.yaml"):
        Path(folder, path.name).write_bytes(path.read_bytes())
    try:
        content = file.read_bytes()
    except OSError as error:
        raise BrokenProfile(
            f"{file} cannot be read: {error.strerror}.", hint="Check the path."
        ) from error
    Path(folder, f"{file.stem.lower()}.yaml").write_bytes(content)
    return load_profile(file.stem, folder)


def _show(found: list[Difference]) -> None:
    if not found:
        return
    table = Table("decision", "at", "purpose", "was", "now", box=None)
    for one in found[:_SHOWN]:
        attempt, then = one.asked.question.attempt, one.asked.answer.decision
        table.add_row(
            str(one.asked.id),
            attempt.at.isoformat(timespec="seconds"),
            attempt.purpose.value,
            f"{then.effect} {' '.join(then.rules)}",
            f"{one.now.effect} {' '.join(one.now.rules)}",
        )
    out.print(table)
    if len(found) > _SHOWN:
        out.print(f"  and {len(found) - _SHOWN} more")
