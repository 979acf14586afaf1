"""`tideover keys`: the keys that contact details are sealed with."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from console.plain_errors import out, plain_errors
from console.training_bar import settings_now

app = typer.Typer(help="Keys of contact details.", no_args_is_help=True)


@app.command()
def new(
    key_id: Annotated[str, typer.Argument(help="A name for it, such as 2026-11.")],
) -> None:
    """Make a key. Put it first in TIDEOVER_FIELD_KEYS of every process, then: tideover keys rotate."""
    from store.field_keys import new_field_key

    with plain_errors():
        out.print(new_field_key(key_id), soft_wrap=True, markup=False)


@app.command()
def status() -> None:
    """How many contact details are sealed with which key."""
    from wiring.base import field_keys_of, open_database

    with plain_errors():
        settings = settings_now()
        keys = field_keys_of(settings)
        with closing(open_database(settings)) as database:
            database.check()
            counts = database.count_by_key()
        known = list(keys.keys) if keys else []
        table = Table("key", "contact details", "")
        for key_id in [*known, *sorted(set(counts) - set(known))]:
            about = "current" if keys and key_id == keys.current else ""
            if key_id == "none":
                about = "not sealed: tideover keys rotate"
            elif key_id not in known:
                about = "[red]this key is not there[/]"
            table.add_row(key_id, str(counts[key_id]), about)
        out.print(table)


@app.command()
def rotate() -> None:
    """Seal everything with the current key, while all goes on. Stopped, it can be run again."""
    from wiring.base import NoSecret, field_keys_of, open_database

    with plain_errors():
        settings = settings_now()
        keys = field_keys_of(settings)
        if keys is None:
            raise NoSecret("There are no keys.", hint="Set TIDEOVER_SECRET_KEY.")
        with closing(open_database(settings)) as database:
            database.check()
            counts = database.count_by_key()
            left = sum(n for key_id, n in counts.items() if key_id != keys.current)
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
            with Progress(*columns, console=out, transient=True) as bar:
                task = bar.add_task("Sealing", total=left)
                done = database.reseal(lambda n: bar.update(task, advance=n))
        out.print(f"Sealed {done} contact details with the key {keys.current}.")
        out.print("Keys that no backup needs any more may be left out of TIDEOVER_FIELD_KEYS.")
