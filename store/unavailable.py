"""Turn what a database driver says into an error that tells a person what to do."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from sqlalchemy import URL
from sqlalchemy.exc import (
    DatabaseError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from store.errors import ChangeRefused, StoreError, StoreUnavailable


@dataclass(frozen=True, slots=True)
class _Sign:
    """Words (lower case) by which a trouble shows itself in a driver's message."""

    words: tuple[str, ...]
    message: str
    hint: str


NOT_MIGRATED = _Sign(
    ("no such table", "no such column", "undefinedtable", "undefinedcolumn"),
    "The tables of the database {where} are missing or older than this program.",
    "Bring them up to date with `tideover init`.",
)

# The first sign that fits wins: the narrow ones stand before the wide ones.
_SIGNS = (
    NOT_MIGRATED,
    _Sign(
        ("password authentication failed", "no password supplied", "pg_hba.conf"),
        "The database server at {where} does not accept this user or password.",
        "Correct the user and password in TIDEOVER_DATABASE_URL.",
    ),
    _Sign(
        ("role ",),
        "The database server at {where} does not know this user.",
        "Correct the user in TIDEOVER_DATABASE_URL, or create it on the server.",
    ),
    _Sign(
        ("fatal:  database ",),
        "The server answers, but there is no database {where}.",
        "Create it (createdb), or correct the name in TIDEOVER_DATABASE_URL.",
    ),
    _Sign(
        ("too many clients", "remaining connection slots"),
        "The database server at {where} has no free connection.",
        "Raise max_connections, or run fewer processes.",
    ),
    _Sign(
        ("readonly", "read-only"),
        "The database {where} can be read but not written.",
        "Allow this user to write the file and its folder, or use the primary server.",
    ),
    _Sign(
        ("database is locked", "database table is locked", "locknotavailable"),
        "The database {where} is locked by another program.",
        "Stop what else uses it (a backup, a database browser), then try again.",
    ),
    _Sign(
        ("file is not a database", "malformed", "file is encrypted"),
        "The file {where} is not a SQLite database, or is damaged.",
        "Name another file in TIDEOVER_DATABASE_URL, or restore a backup.",
    ),
    _Sign(
        ("unable to open database file",),
        "The file {where} cannot be opened.",
        "Check that it is a file, and that this user may read and write it and its folder.",
    ),
    _Sign(
        ("disk is full", "disk i/o error", "no space left", "diskfull"),
        "The disk of the database {where} is full or failing.",
        "Free some space or check the disk, then try again.",
    ),
    _Sign(
        ("deadlock", "could not serialize"),
        "Two changes got in each other's way in the database {where}.",
        "Try again.",
    ),
)

_UNREACHABLE = _Sign(
    (),
    "The database server at {where} cannot be reached.",
    "Start it, or correct host and port in TIDEOVER_DATABASE_URL.",
)

_BROKEN = _Sign(
    (),
    "The database {where} cannot be used.",
    "Run `tideover doctor`; the cause is below this error.",
)


def explain(error: Exception, url: URL) -> StoreError | None:
    """What to raise instead of a driver's error; None if it is not one, or a fault of our own."""
    if isinstance(error, PoolTimeout):
        return StoreUnavailable(
            "The database is busy: no connection became free in time.", hint="Try again."
        )
    if isinstance(error, IntegrityError):
        return ChangeRefused(
            f"The database does not allow this change ({_constraint(error)}).",
            hint="The data breaks a rule of the tables; nothing was written.",
        )
    if not isinstance(error, (sqlite3.Error, DBAPIError)):
        return None
    sign = _sign_of(error)
    if sign is None:
        return None
    return StoreUnavailable(sign.message.format(where=where(url)), hint=sign.hint)


def where(url: URL) -> str:
    """The place of the database without user and password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return f"{url.host or 'localhost'}:{url.port or 5432}/{url.database}"


def _sign_of(error: sqlite3.Error | DBAPIError) -> _Sign | None:
    cause = error.orig if isinstance(error, DBAPIError) else error
    said = f"{type(cause).__name__} {cause}".lower()
    for sign in _SIGNS:
        if any(words in said for words in sign.words):
            return sign
    if "connection failed" in said or "failed to resolve host" in said:
        return _UNREACHABLE
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return _UNREACHABLE
    # A wrong statement of ours (ProgrammingError, DataError) is a fault in the code.
    is_broken = isinstance(error, (sqlite3.Error, OperationalError, InterfaceError))
    return _BROKEN if is_broken or type(error) is DatabaseError else None


def _constraint(error: IntegrityError) -> str:
    """The rule's name. SQLite's message names columns only; PostgreSQL's would quote values."""
    if isinstance(error.orig, sqlite3.Error):
        return str(error.orig)
    diagnosis = getattr(error.orig, "diag", None)
    return str(getattr(diagnosis, "constraint_name", None) or "constraint")
