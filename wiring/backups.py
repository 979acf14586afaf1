"""Backup and restore of what the settings name."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from settings import Settings
from wiring.base import open_database, utc_now
from wiring.privacy import dialogue_file

if TYPE_CHECKING:
    from store.backup import Manifest


def program_version() -> str:
    try:
        return version("tideover")
    except PackageNotFoundError:  # run from a folder that was not installed
        return "unknown"


def back_up_now(settings: Settings, target: Path, *, force: bool) -> Manifest:
    """Raises BackupRefused, BadBackup, ToolFailed."""
    from store.backup import back_up

    return back_up(
        settings.database,
        dialogue_file(settings),
        target,
        version=program_version(),
        now=utc_now(),
        force=force,
    )


def check_file(source: Path) -> Manifest:
    """Raises BadBackup."""
    from store.backup import check_backup

    return check_backup(source)


def restore_now(settings: Settings, source: Path, *, force: bool) -> tuple[Manifest, bool]:
    """What was restored, and whether its tables are those of this program.

    Raises BadBackup, RestoreRefused, ToolFailed.
    """
    from store.backup import restore
    from store.schema import known_revisions

    done = restore(
        source,
        settings.database,
        dialogue_file(settings),
        known=known_revisions(),
        force=force,
    )
    database = open_database(settings)
    try:
        return done, database.is_current()
    finally:
        database.close()
