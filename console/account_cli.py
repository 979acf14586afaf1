"""`tideover account`: what an account owes, its schedule, a payoff quote. For people and checks."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter
from rich.console import Console

from console.account_answers import (
    card_projection,
    ledger_answer,
    quote_answer,
    schedule_answer,
    show_answer,
)
from console.account_json import LedgerForm, LoanForm, ScheduleForm
from console.account_parts import Answer
from console.account_tables import print_answer
from console.form_files import read_form
from console.plain_errors import plain_errors
from lending.account_file import AccountFile
from lending.dates import local_day
from lending.errors import TideoverError, UnknownAccount

app = typer.Typer(help="Accounts: balances, schedules, payoff quotes.", no_args_is_help=True)

MOST_DAYS_AHEAD = 3_660
"""Ten years: interest and penalties are worked out day by day."""

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]
Reference = Annotated[str, typer.Argument(help="The account's reference, such as PL-ANN.")]
"""Shared by the commands below."""


class BadDay(TideoverError):
    """The day given is no day, or none on which the account can be looked at."""


@app.command()
def schedule(
    file: Annotated[Path, typer.Argument(help="Terms as JSON; docs/account-json.md shows it.")],
    as_json: AsJson = False,
) -> None:
    """The schedule that terms come to: a loan's instalments, or a card paid by its minimum."""
    with plain_errors():
        form = read_form(file, TypeAdapter(ScheduleForm))
        if isinstance(form, LoanForm):
            _print(schedule_answer(form.to_terms()), as_json=as_json, rows_are="instalments")
        else:
            _print(card_projection(form), as_json=as_json, rows_are="months")


@app.command()
def ledger(
    file: Annotated[Path, typer.Argument(help="Terms and postings as JSON.")],
    as_json: AsJson = False,
) -> None:
    """What terms and postings come to on a day: every ledger line, what is owed, statements."""
    with plain_errors():
        form = read_form(file, TypeAdapter(LedgerForm))
        _print(ledger_answer(form), as_json=as_json, rows_are="ledger")


@app.command()
def show(
    reference: Reference,
    on: Annotated[str | None, typer.Option(help="As of this day (YYYY-MM-DD); today.")] = None,
    as_json: AsJson = False,
) -> None:
    """Where an account stands: owed, overdue, next due, payments, promises, holds, entries."""
    with plain_errors():
        _print(show_answer(*_read(reference, on)), as_json=as_json, rows_are="entries")


@app.command()
def quote(
    reference: Reference,
    on: Annotated[str | None, typer.Option(help="On this day (YYYY-MM-DD); today.")] = None,
    as_json: AsJson = False,
) -> None:
    """What clears an account on a day, by part, and what each further day adds."""
    with plain_errors():
        _print(quote_answer(*_read(reference, on)), as_json=as_json)


def _read(reference: str, on: str | None) -> tuple[AccountFile, date]:
    """The account and the day asked for; without one, the borrower's today."""
    from settings import load_settings
    from wiring.base import open_database, utc_now

    with closing(open_database(load_settings())) as database:
        database.check()
        with database.unit() as uow:
            file = uow.accounts.by_reference(reference)
            if file is None:
                raise UnknownAccount(
                    f"No account has the reference {reference!r}.", hint="Check the spelling."
                )
            borrower = uow.borrowers.get(file.account.borrower_id)
    today = local_day(utc_now(), borrower.timezone)
    day = _day(on) if on else today
    _check_day(day, file.account.opened_on, today)
    return file, day


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise BadDay(f"{text!r} is not a day.", hint="Write it as 2026-12-31.") from None


def _check_day(day: date, opened_on: date, today: date) -> None:
    if day < opened_on:
        raise BadDay(
            f"The account was opened on {opened_on}, after {day}.",
            hint="Give that day or a later one.",
        )
    if (day - today).days > MOST_DAYS_AHEAD:
        raise BadDay(
            f"{day} is too far ahead to work out what would be owed.",
            hint=f"Give a day at most {MOST_DAYS_AHEAD:,} days from today.",
        )


def _print(answer: Answer, *, as_json: bool, rows_are: str = "") -> None:
    if as_json:
        print(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        print_answer(Console(highlight=False), answer, rows_are)
