"""Backups: one file with the database, of SQLite or PostgreSQL, and how it is put back.

The file is a tar with a manifest. On SQLite the copy is made by its online backup in one step, so
it is one state even while others write; on PostgreSQL pg_dump reads one snapshot.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL

from store import postgres_tools
from store.engines import parse_url
from store.errors import StoreError

FORMAT = 1
MANIFEST = "manifest.json"
SQLITE, POSTGRESQL = "sqlite", "postgresql"
PARTS = {SQLITE: ("tideover.db", "dialogue.db"), POSTGRESQL: ("database.dump",)}


class BadBackup(StoreError):
    """A file is not a backup of Tideover, or it is damaged."""


class BackupRefused(StoreError):
    """A backup is not written where a file is."""


class RestoreRefused(StoreError):
    """A restore would destroy something, or would not fit; nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup holds. `parts` gives the SHA-256 of each; `revision` is the migration."""

    format: int
    made_at: str
    version: str
    kind: str
    revision: str | None
    parts: dict[str, str]
    sizes: dict[str, int]


def back_up(
    url: str, dialogue: Path | None, target: Path, *, version: str, now: datetime, force: bool
) -> Manifest:
    """Write a backup file that only its owner may read. Raises BackupRefused, ToolFailed, BadBackup."""
    place = parse_url(url)
    kind = _kind(place)
    if target.exists() and not force:
        raise BackupRefused(
            f"{target} exists.", hint="Name a new file, or replace this one with --force."
        )
    if not target.parent.is_dir():
        raise BackupRefused(
            f"There is no folder {target.parent}.", hint="Make it, or name another."
        )
    with _work_folder(target.parent) as folder:
        if kind == SQLITE:
            _copy_sqlite(Path(str(place.database)), folder / "tideover.db")
            if dialogue is not None and dialogue.exists():
                _copy_sqlite(dialogue, folder / "dialogue.db")
            revision = _revision_in(folder / "tideover.db")
        else:
            postgres_tools.dump(place, folder / "database.dump")
            revision = postgres_tools.revision(place)
        parts = [folder / name for name in PARTS[kind] if (folder / name).exists()]
        manifest = Manifest(
            format=FORMAT,
            made_at=now.isoformat(timespec="seconds"),
            version=version,
            kind=kind,
            revision=revision,
            parts={part.name: _sha256(part) for part in parts},
            sizes={part.name: part.stat().st_size for part in parts},
        )
        (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1) + "\n", "utf-8")
        packed = folder / "packed"
        with tarfile.open(packed, "w:gz", compresslevel=5) as tar:
            for part in (folder / MANIFEST, *parts):
                tar.add(part, part.name)
        packed.chmod(0o600)
        os.replace(packed, target)
    return manifest


def check_backup(source: Path) -> Manifest:
    """Read the whole file and compare every part with the manifest. Raises BadBackup."""
    with _unpacked(source) as (_, manifest):
        return manifest


def restore(
    source: Path, url: str, dialogue: Path | None, *, known: frozenset[str], force: bool
) -> Manifest:
    """Put a backup in the place of the database at `url`: all of it, or nothing.

    `known` are the migrations that this program has. Raises BadBackup, RestoreRefused, ToolFailed.
    """
    place = parse_url(url)
    with _unpacked(source) as (folder, manifest):
        if manifest.kind != _kind(place):
            raise RestoreRefused(
                f"This is a backup of {manifest.kind}, and the database is {_kind(place)}.",
                hint="Set TIDEOVER_DATABASE_URL to a database of the same kind.",
            )
        if manifest.revision is not None and manifest.revision not in known:
            raise RestoreRefused(
                f"This backup is from a newer version (migration {manifest.revision}).",
                hint=f"Install version {manifest.version} or a later one.",
            )
        if manifest.kind == SQLITE:
            _restore_sqlite(folder, manifest, Path(str(place.database)), dialogue, force=force)
        else:
            _restore_postgresql(folder / "database.dump", place, force=force)
    return manifest


# SQLite.


def _copy_sqlite(source: Path, target: Path) -> None:
    if not source.exists():
        raise BadBackup(f"There is no database {source}.", hint="tideover init makes one.")
    with (
        contextlib.closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as there,
        contextlib.closing(sqlite3.connect(target)) as here,
    ):
        there.backup(here, pages=-1)
        here.execute("PRAGMA journal_mode = DELETE")
    _check_sqlite(target)


def _check_sqlite(path: Path) -> None:
    try:
        with contextlib.closing(sqlite3.connect(path)) as opened:
            found = opened.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.DatabaseError:
        found = ("unreadable",)
    if found != ("ok",):
        raise BadBackup(
            f"The database in {path.name} is damaged.", hint="Use another backup; keep this one."
        )


def _revision_in(path: Path) -> str | None:
    with contextlib.closing(sqlite3.connect(path)) as opened:
        try:
            found = opened.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError:
            return None
    return str(found[0]) if found else None


def _restore_sqlite(
    folder: Path, manifest: Manifest, target: Path, dialogue: Path | None, *, force: bool
) -> None:
    for part in manifest.parts:
        _check_sqlite(folder / part)
    places = {"tideover.db": target}
    if dialogue is not None:
        places["dialogue.db"] = dialogue
    if target.exists() and _holds_rows(target) and not force:
        raise _not_empty(str(target))
    for place in places.values():
        if place.exists() and _is_in_use(place):
            raise RestoreRefused(
                f"Another program uses {place}.", hint="Stop every process of Tideover first."
            )
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = []
    for name, place in sorted(places.items()):
        new = place.with_name(f"{place.name}.restoring")
        if name in manifest.parts:
            _copy_sqlite(folder / name, new)
            new.chmod(0o600)
        fresh.append((new, place))
    for new, place in fresh:
        for left in ("-wal", "-shm"):
            place.with_name(place.name + left).unlink(missing_ok=True)
        if new.exists():
            os.replace(new, place)
        else:  # conversations of another database must not go on in this one
            place.unlink(missing_ok=True)


def _holds_rows(path: Path) -> bool:
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as opened:
            names = opened.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            ).fetchall()
            return any(
                opened.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone()
                for (name,) in names
                if name != "alembic_version"
            )
    except sqlite3.DatabaseError:
        return path.stat().st_size > 0


def _is_in_use(path: Path) -> bool:
    """Whether another process has the file open: only the last one may leave the WAL mode."""
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=0.2)) as opened:
            mode = opened.execute("PRAGMA journal_mode = DELETE").fetchone()
    except sqlite3.OperationalError:
        return True
    except sqlite3.DatabaseError:
        return False
    return bool(mode != ("delete",))


# PostgreSQL.


def _restore_postgresql(dump: Path, place: URL, *, force: bool) -> None:
    if not force:
        if postgres_tools.holds_rows(place):
            raise _not_empty(str(place.database))
        others = postgres_tools.others_connected(place)
        if others:
            raise RestoreRefused(
                f"{others} other connections use the database {place.database}.",
                hint="Stop every process of Tideover first; --force goes on all the same.",
            )
    postgres_tools.load(place, dump)


# The file.


@contextlib.contextmanager
def _unpacked(source: Path) -> Iterator[tuple[Path, Manifest]]:
    """The parts in a folder, each as its manifest says. Raises BadBackup."""
    if not source.is_file():
        raise BadBackup(f"There is no file {source}.", hint="Check the name.")
    damaged = BadBackup(f"{source} is not a whole backup of Tideover.", hint="Use another one.")
    with _work_folder(None) as folder:
        try:
            with tarfile.open(source, "r:gz") as tar:
                known = {MANIFEST, *(name for names in PARTS.values() for name in names)}
                for member in tar:
                    # Nothing but the files that a backup has: no paths, no links.
                    if member.name not in known or not member.isfile():
                        raise damaged
                    tar.extract(member, folder, filter="data")
            told = json.loads((folder / MANIFEST).read_text("utf-8"))
            manifest = _manifest(told)
        except (tarfile.TarError, OSError, EOFError, ValueError, TypeError, KeyError) as error:
            raise damaged from error
        for name, digest in manifest.parts.items():
            if name not in PARTS[manifest.kind] or not (folder / name).is_file():
                raise damaged
            if _sha256(folder / name) != digest:
                raise BadBackup(
                    f"{name} in {source} is not what was backed up.", hint="Use another backup."
                )
        if PARTS[manifest.kind][0] not in manifest.parts:
            raise damaged
        yield folder, manifest


def _manifest(told: dict[str, Any]) -> Manifest:
    manifest = Manifest(**told)
    if manifest.format != FORMAT or manifest.kind not in PARTS:
        raise ValueError(manifest.format)
    return manifest


def _kind(place: URL) -> str:
    return SQLITE if place.get_backend_name() == "sqlite" else POSTGRESQL


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def _work_folder(beside: Path | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=".tideover-", dir=beside) as name:
        yield Path(name)


def _not_empty(where: str) -> RestoreRefused:
    return RestoreRefused(
        f"The database {where} is not empty.",
        hint="Make a backup of it, then replace it with --force; or name an empty one.",
    )
