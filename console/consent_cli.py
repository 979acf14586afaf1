"""`tideover consent`: what a borrower wants of our contacts, shown, added and ended by staff."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bot import wishes
from bot.languages import LANGUAGES
from bot.ports import UnitOfWork, UnknownWish, Whose
from compliance.wish_effects import holds
from compliance.wish_records import KINDS, from_json, kind_of, to_json
from compliance.wishes import (
    DAY_MINUTES,
    BadWish,
    KeptWish,
    Medium,
    PreferredLanguage,
    Said,
    Wish,
    WishId,
)
from lending.accounts import Borrower
from lending.dates import local_day
from lending.errors import TideoverError

app = typer.Typer(
    help="What a borrower wants of our contacts: consents, opt-outs, hours, cease and the like.",
    no_args_is_help=True,
)
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

Reference = Annotated[str, typer.Argument(help="The borrower's reference, such as NB-ANN.")]
Reason = Annotated[str, typer.Option(help="Why, in a few words; it is kept and audited.")]
By = Annotated[str | None, typer.Option(help="Who you are; by default your login name.")]


class NoReason(TideoverError):
    """A change by staff came without a reason."""


class NoSuchBorrower(TideoverError):
    """No borrower has this reference."""


@dataclass(slots=True)
class _Case:
    uow: UnitOfWork
    borrower: Borrower

    @property
    def whose(self) -> Whose:
        return Whose(borrower_id=self.borrower.id)


@app.command()
def show(
    reference: Reference,
    ended: Annotated[bool, typer.Option("--all", help="Those that have ended, too.")] = False,
) -> None:
    """Show what a borrower wants of our contacts, with who told us and when."""
    from wiring.base import utc_now

    with _open(reference) as case:
        now = utc_now()
        today = local_day(now, case.borrower.timezone)
        kept = [
            one
            for one in case.uow.wishes.of_borrower(case.borrower.id)
            if ended or holds(one, now, today)
        ]
        if not kept:
            out.print(f"Nothing is kept for {reference}.")
            return
        out.print(_table(kept))


@app.command(name="set")
def set_(
    reference: Reference,
    kind: Annotated[str, typer.Option(help=f"One of: {', '.join(KINDS)}.")],
    reason: Reason,
    channel: Annotated[str | None, typer.Option(help=f"{', '.join(Medium)}.")] = None,
    address: Annotated[str | None, typer.Option(help="One number or address of it.")] = None,
    days: Annotated[str | None, typer.Option(help="For example mon,tue,wed.")] = None,
    start: Annotated[str | None, typer.Option("--from", help="HH:MM, borrower's zone.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="HH:MM; 24:00 is the day's end.")] = None,
    until: Annotated[str | None, typer.Option(help="Last day, YYYY-MM-DD.")] = None,
    place: Annotated[str | None, typer.Option(help="home or work.")] = None,
    language: Annotated[str | None, typer.Option(help=f"{', '.join(LANGUAGES)}.")] = None,
    type_: Annotated[
        str | None, typer.Option("--type", help="Of a consent: channel, extra_calls, contact_time.")
    ] = None,
    by: By = None,
) -> None:
    """Keep a wish that a borrower told us elsewhere: by phone, in a letter."""
    from wiring.base import utc_now

    with _open(reference) as case:
        staff = _staff(by, reason)
        last = "valid_until" if kind == "consent" else "until_on"
        given = {
            "channel": channel,
            "address": address,
            "days": days.replace(" ", "").split(",") if days else None,
            "window": _window(start, end),
            last: _day(until),
            "place": place,
            "language": language,
            "type": type_,
        }
        wish = _checked(from_json(kind, {k: v for k, v in given.items() if v is not None}))
        now = utc_now()
        said = Said(wish=wish, source=staff, said_at=now)
        key = wishes.keep(case.uow, said, case.whose, now=now, actor=staff, reason=reason)
        if isinstance(wish, PreferredLanguage):
            case.uow.borrowers.set_language(case.borrower.id, wish.language)
        case.uow.commit()
        known = f"{reference} has that wish already; nothing was changed."
        out.print(known if key is None else f"Kept as number {key} for {reference}.")


@app.command()
def end(
    reference: Reference,
    number: Annotated[int, typer.Argument(help="The number that `show` gives.")],
    reason: Reason,
    by: By = None,
) -> None:
    """End a wish that no longer holds. It stays in the record."""
    from wiring.base import utc_now

    with _open(reference) as case:
        staff = _staff(by, reason)
        found = case.uow.wishes.of_borrower(case.borrower.id)
        kept = next((one for one in found if one.id == WishId(number)), None)
        if kept is None or kept.ended_at is not None:
            raise UnknownWish(
                f"{reference} has no wish number {number} that still holds.",
                hint=f"List them: tideover consent show {reference}",
            )
        wishes.end(case.uow, kept, case.whose, now=utc_now(), actor=staff, reason=reason)
        case.uow.commit()
        out.print(f"Number {number} has ended.")


@contextmanager
def _open(reference: str) -> Iterator[_Case]:
    """The borrower in a unit of work; a TideoverError is shown as two lines and leaves with 1."""
    from settings import load_settings
    from wiring.base import open_database

    try:
        database = open_database(load_settings())
        try:
            database.check()
            with database.unit() as uow:
                borrower = uow.borrowers.by_reference(reference)
                if borrower is None:
                    raise NoSuchBorrower(
                        f"No borrower has the reference {reference!r}.", hint="Check the spelling."
                    )
                yield _Case(uow, borrower)
        finally:
            database.close()
    except TideoverError as error:
        err.print(f"[bold red]Error:[/] {error.message}")
        if error.hint:
            err.print(f"[bold]Do:[/] {error.hint}")
        raise typer.Exit(1) from None


def _staff(by: str | None, reason: str) -> str:
    if not reason.strip():
        raise NoReason("A reason is needed.", hint='Add --reason "what the borrower told you".')
    return f"staff:{by or getpass.getuser()}"


def _window(start: str | None, end: str | None) -> dict[str, int] | None:
    if start is None and end is None:
        return None
    return {
        "start_minute": _minute(start or "00:00"),
        "end_minute": _minute(end) if end else DAY_MINUTES,
    }


def _minute(text: str) -> int:
    hour, _, minute = text.partition(":")
    if not (hour.isdigit() and minute.isdigit() and int(minute) < 60):
        raise BadWish(f"{text!r} is no time of day.", hint="Write it as HH:MM, such as 18:00.")
    return int(hour) * 60 + int(minute)


def _day(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise BadWish(f"{text!r} is no day.", hint="Write it as YYYY-MM-DD.") from None


def _checked(wish: Wish) -> Wish:
    if isinstance(wish, PreferredLanguage) and wish.language not in LANGUAGES:
        raise BadWish(f"{wish.language!r} is not spoken here.", hint=f"One of: {LANGUAGES}.")
    return wish


def _table(kept: list[KeptWish]) -> Table:
    table = Table("no.", "wish", "said by", "on (UTC)", "words or reason", "ended")
    for one in kept:
        at = f"{one.said.said_at:%Y-%m-%d %H:%M}"
        ended = f"{one.ended_at:%Y-%m-%d %H:%M} {one.ended_by}" if one.ended_at else ""
        words = one.said.text or one.reason
        table.add_row(str(one.id), _told(one.wish), one.said.source, at, words, ended)
    return table


def _told(wish: Wish) -> str:
    return " ".join([kind_of(wish), *(_field(k, v) for k, v in to_json(wish).items())])


def _field(name: str, value: Any) -> str:
    if name == "window":
        start, stop = (divmod(value[part], 60) for part in ("start_minute", "end_minute"))
        return f"{start[0]:02d}:{start[1]:02d}-{stop[0]:02d}:{stop[1]:02d}"
    return ",".join(value) if isinstance(value, list) else str(value)
