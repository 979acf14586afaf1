"""`tideover webhooks`: which events the lender's system was told of, and telling it again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from console.plain_errors import out, plain_errors
from lending.errors import TideoverError
from lending.events import EventState, KeptEvent, UnknownEvent

if TYPE_CHECKING:
    from store.db import Database

app = typer.Typer(help="Events for the lender's system.", no_args_is_help=True)

_PAGE = 500


class BadInstant(TideoverError):
    """An instant that cannot be read, or has no time zone."""


@app.command("list")
def list_events(
    state: Annotated[EventState | None, typer.Option(help="Only those in this state.")] = None,
    borrower: Annotated[str | None, typer.Option(help="Only this borrower's.")] = None,
    after: Annotated[int, typer.Option(help="Only those after this number.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=_PAGE, help="At most so many.")] = 50,
) -> None:
    """Events in the order of happening, and how far each has come."""
    with plain_errors(), _database() as database:
        _print(_page(database, state=state, borrower=borrower, after=after, limit=limit))


@app.command()
def dead() -> None:
    """Events that were given up; the later ones of the same borrower wait behind them."""
    with plain_errors(), _database() as database:
        _print(_page(database, state=EventState.DEAD, borrower=None, after=0, limit=_PAGE))


@app.command()
def replay(
    numbers: Annotated[list[int] | None, typer.Argument(help="Numbers from the list.")] = None,
    since: Annotated[
        str | None, typer.Option(help="All since an instant, such as 2026-11-25T09:00:00+00:00.")
    ] = None,
) -> None:
    """Send events again, in their order: those named, those since an instant, or all dead ones."""
    from wiring.base import utc_now

    with plain_errors(), _database() as database:
        moment = None if since is None else _instant(since)
        with database.unit() as uow:
            again = uow.outgoing.replay(utc_now(), numbers=numbers or None, since=moment)
            uow.commit()
        if numbers and again < len(set(numbers)):
            raise UnknownEvent(
                f"Only {again} of {len(set(numbers))} events are known; those will be sent again.",
                hint="Check the numbers with `tideover webhooks list`.",
            )
        out.print(f"{again} events will be sent again.")


@app.command()
def skip(
    number: Annotated[int, typer.Argument(help="The number of a waiting or dead event.")],
) -> None:
    """Give one event up, so that the later ones of the same borrower go on."""
    with plain_errors(), _database() as database:
        with database.unit() as uow:
            uow.outgoing.skip(number)
            uow.commit()
        out.print(f"Event {number} will not be sent.")


@app.command()
def send() -> None:
    """Deliver everything that is due now, once; the running system does this by itself."""
    from settings import load_settings
    from wiring.lender import send_webhooks

    with plain_errors(), _database() as database:
        passed = send_webhooks(load_settings(), database)
        out.print(
            f"{passed.delivered} delivered, {passed.failed} failed, {passed.dead} of them given up."
        )
        if passed.failed:
            raise typer.Exit(1)


def _page(
    database: Database, *, state: EventState | None, borrower: str | None, after: int, limit: int
) -> tuple[KeptEvent, ...]:
    from wiring.base import borrower_id_of

    with database.unit() as uow:
        whose = None if borrower is None else borrower_id_of(uow, borrower)
        return uow.outgoing.page(after=after, limit=limit, state=state, borrower_id=whose)


def _print(events: tuple[KeptEvent, ...]) -> None:
    if not events:
        out.print("No events.")
        return
    table = Table("number", "type", "borrower", "at", "state", "tries", "last error")
    for event in events:
        table.add_row(
            str(event.number),
            event.type.value,
            event.borrower or "-",
            event.at.isoformat(timespec="seconds"),
            event.state.value,
            str(event.attempts),
            event.last_error or "",
        )
    out.print(table)


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.min
    if moment.tzinfo is None:
        raise BadInstant(
            f"{text!r} is no instant with a time zone.", hint="Write 2026-11-25T09:00:00+00:00."
        )
    return moment


@contextmanager
def _database() -> Iterator[Database]:
    from settings import load_settings
    from wiring.base import open_database

    with closing(open_database(load_settings())) as database:
        database.check()
        yield database
