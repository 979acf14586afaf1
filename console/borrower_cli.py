"""`tideover borrower` and `tideover retention`: what is kept about people, and for how long."""

from __future__ import annotations

import getpass
import json
import os
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from console.plain_errors import out, plain_errors
from console.training_bar import settings_now
from lending.errors import TideoverError

borrower = typer.Typer(help="What is kept about a borrower.", no_args_is_help=True)
retention = typer.Typer(help="How long records are kept.", no_args_is_help=True)

Reference = Annotated[str, typer.Argument(help="The borrower's reference, such as NB-ANN.")]


class FileThere(TideoverError):
    """A file would be written over."""


@borrower.command()
def export(
    reference: Reference,
    file: Annotated[Path, typer.Argument(help="The JSON file to write.")],
) -> None:
    """Write everything that is kept about a borrower into a file that only you can read."""
    from wiring.base import open_database
    from wiring.privacy import export_text

    with plain_errors():
        settings = settings_now()
        if file.exists():
            raise FileThere(f"{file} exists.", hint="Name a new file.")
        with closing(open_database(settings)) as database:
            database.check()
            text = export_text(settings, database, reference)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            opened.write(text + "\n")
        out.print(f"{file} holds everything about {reference}.", soft_wrap=True)


@borrower.command()
def erase(
    reference: Reference,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    force: Annotated[bool, typer.Option(help="Even if an account is open.")] = False,
    by: Annotated[str | None, typer.Option(help="Who does it. Default: your user name.")] = None,
) -> None:
    """Erase a borrower. Books, agreements and proof of lawful contact stay, without a name."""
    from wiring.base import open_database
    from wiring.privacy import erase as erase_now

    with plain_errors():
        settings = settings_now()
        if not yes:
            typer.confirm(f"Erase {reference}? This cannot be undone.", abort=True)
        with closing(open_database(settings)) as database:
            database.check()
            actor = f"staff:{by or getpass.getuser()}"
            counts = erase_now(settings, database, reference, by=actor, force=force)
        table = Table("table", "rows")
        for name, count in counts.items():
            table.add_row(name, str(count))
        out.print(table)
        out.print("Erased. Backups still hold it until they expire: docs/privacy.md.")


@retention.command()
def show(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """How long each kind is kept, and how many records are past their time."""
    from wiring.base import open_database
    from wiring.privacy import forgettable, retention_of

    with plain_errors():
        settings = settings_now()
        kept = retention_of(settings)
        with closing(open_database(settings)) as database:
            database.check()
            counts = forgettable(settings, database)
        days = kept.model_dump(exclude={"version"})
        if as_json:
            rows = {k: {"days": d, "past": counts.get(k)} for k, d in days.items()}
            out.print_json(json.dumps(rows))
            return
        table = Table("kind", "days", "past their time")
        for kind, value in days.items():
            table.add_row(kind, str(value), str(counts.get(kind, "–")))
        out.print(table)


@retention.command()
def run() -> None:
    """Forget what was kept long enough. It also happens once a day by itself."""
    from wiring.base import open_database
    from wiring.privacy import forget_old

    with plain_errors():
        settings = settings_now()
        with closing(open_database(settings)) as database:
            database.check()
            counts = forget_old(settings, database)
        told = ", ".join(f"{count} {kind}" for kind, count in counts.items())
        out.print(f"Forgotten: {told or 'nothing, all is within its time'}.")
