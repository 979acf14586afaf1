"""`tideover backup` and `tideover restore`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.plain_errors import out, plain_errors
from console.training_bar import settings_now

if TYPE_CHECKING:
    from store.backup import Manifest


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write, such as tideover.tar.gz.")],
    force: Annotated[bool, typer.Option(help="Replace a file that is there.")] = False,
) -> None:
    """Copy the database into one file, while everything runs. The keys are not in it."""
    from wiring.backups import back_up_now

    with plain_errors():
        settings = settings_now()
        with out.status("Copying the database"):
            made = back_up_now(settings, file, force=force)
        out.print(f"{file}: {_told(made)}.", soft_wrap=True)
        out.print("Keep the keys apart: TIDEOVER_SECRET_KEY and TIDEOVER_FIELD_KEYS.")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that tideover backup wrote.")],
    force: Annotated[bool, typer.Option(help="Replace a database that is not empty.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only check the file.")] = False,
) -> None:
    """Put a backup in the place of the database: all of it, or nothing. Stop every process first."""
    from wiring.backups import check_file, restore_now

    with plain_errors():
        settings = settings_now()
        if check:
            out.print(f"{file} is whole: {_told(check_file(file))}.", soft_wrap=True)
            return
        with out.status("Restoring"):
            done, is_current = restore_now(settings, file, force=force)
        out.print(f"Restored: {_told(done)}.", soft_wrap=True)
        if not is_current:
            out.print("It is from an older version. Next: tideover init")


def _told(manifest: Manifest) -> str:
    size = sum(manifest.sizes.values()) / 1_000_000
    return (
        f"{manifest.kind}, made {manifest.made_at} by version {manifest.version},"
        f" migration {manifest.revision or 'none'}, {size:.1f} MB"
    )
