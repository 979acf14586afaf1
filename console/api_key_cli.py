"""`tideover api-key`: keys for the programs of the lender."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from bot.ports import UnitOfWork
from console.api_key import new_key
from console.plain_errors import out, plain_errors
from lending.errors import TideoverError
from lending.lender_access import ApiKey, Scope

if TYPE_CHECKING:
    from store.db import Database

app = typer.Typer(help="Keys for the lender's API.", no_args_is_help=True)


class NoScope(TideoverError):
    """A key that could do nothing."""


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Which program it is for.")],
    scope: Annotated[
        list[Scope] | None, typer.Option(help="What it may do; give the option several times.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every scope.")] = False,
    days: Annotated[int | None, typer.Option(min=1, help="Valid for so many days.")] = None,
) -> None:
    """Make a key. It is shown once and kept only as a hash."""
    from wiring.base import utc_now

    with plain_errors(), _database() as database:
        scopes = list(Scope) if everything else scope or []
        if not scopes:
            raise NoScope(
                "A key needs at least one scope.",
                hint=f"Give --scope, one of {', '.join(Scope)}, or --all.",
            )
        now = utc_now()
        expires_at = None if days is None else now + timedelta(days=days)
        secret, key = new_key(name, scopes, now, expires_at)
        with database.unit() as uow:
            uow.access.add_key(key)
            _audit(uow, event="api_key.added", key=key.id)
            uow.commit()
        out.print(secret, soft_wrap=True)


@app.command("list")
def list_keys() -> None:
    """All keys, what each may do, and when it was last used."""
    with plain_errors(), _database() as database:
        with database.unit() as uow:
            keys = uow.access.keys()
        table = Table("id", "name", "scopes", "made", "last used", "state")
        for key in keys:
            table.add_row(
                key.id,
                key.name,
                ", ".join(sorted(key.scopes)),
                key.created_at.date().isoformat(),
                key.last_used_at.date().isoformat() if key.last_used_at else "never",
                _state(key),
            )
        out.print(table)


@app.command()
def revoke(key_id: Annotated[str, typer.Argument(help="The id from the list.")]) -> None:
    """From now on the key opens nothing."""
    from wiring.base import utc_now

    with plain_errors(), _database() as database:
        with database.unit() as uow:
            uow.access.revoke(key_id, utc_now())
            _audit(uow, event="api_key.revoked", key=key_id)
            uow.commit()
        out.print(f"The key {key_id} is revoked.")


def _audit(uow: UnitOfWork, *, event: str, key: str) -> None:
    from wiring.base import utc_now

    uow.audit.append(at=utc_now(), actor="cli", event=event, subject=f"api-key:{key}", details={})


def _state(key: ApiKey) -> str:
    from wiring.base import utc_now

    if key.revoked_at is not None:
        return f"revoked {key.revoked_at.date()}"
    if not key.is_valid(utc_now()):
        return "expired"
    return f"until {key.expires_at.date()}" if key.expires_at else "in use"


@contextmanager
def _database() -> Iterator[Database]:
    from settings import load_settings
    from wiring.base import open_database

    with closing(open_database(load_settings())) as database:
        database.check()
        yield database
