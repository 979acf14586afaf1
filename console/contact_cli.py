"""`tideover contact`: may I call, visit or write by post now; and what became of it."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.table import Table

from bot.messages import Channel
from bot.ports import UnitOfWork
from bot.staff_contacts import ByHand, MayI, log_contact, may_i
from compliance.terms import AddressKind, ContactOutcome
from console.plain_errors import out, plain_errors
from lending.errors import TideoverError

app = typer.Typer(
    help="Contacts by people: ask the rules first, then log the call, visit or letter.",
    no_args_is_help=True,
)

Reference = Annotated[str, typer.Argument(help="The borrower's reference, such as NB-ANN.")]
Address = Annotated[
    str | None, typer.Option(help="The number or address; default: the one on file.")
]
Account = Annotated[str | None, typer.Option(help="The account it is about; default: all.")]
By = Annotated[str | None, typer.Option(help="Who you are; by default your login name.")]
Kind = Annotated[AddressKind, typer.Option(help="What kind of address it is.")]


class Way(StrEnum):
    CALL = "call"
    VISIT = "visit"
    LETTER = "letter"


class NoSuchContact(TideoverError):
    """The borrower, the account, or an address to use is not known."""


@dataclass(slots=True)
class _Asked:
    uow: UnitOfWork
    contact: ByHand
    rules: dict[str, Any]


@contextmanager
def _case(
    reference: str,
    way: Way,
    address: str | None,
    account: str | None,
    by: str | None,
    kind: AddressKind,
) -> Iterator[_Asked]:
    from compliance.profile_file import load_profile
    from settings import load_settings
    from wiring.base import keep_profiles, lender_of, open_database, utc_now

    with plain_errors():
        settings = load_settings()
        with closing(open_database(settings)) as database:
            database.check()
            now = utc_now()
            keep_profiles(database, now)
            with database.unit() as uow:
                contact = _contact(uow, reference, way, address, account, by, kind)
                rules = {"profiles": load_profile, "lender": lender_of(settings), "now": now}
                yield _Asked(uow, contact, rules)


def _contact(
    uow: UnitOfWork,
    reference: str,
    way: Way,
    address: str | None,
    account: str | None,
    by: str | None,
    kind: AddressKind,
) -> ByHand:
    borrower = uow.borrowers.by_reference(reference)
    if borrower is None:
        raise NoSuchContact(
            f"No borrower has the reference {reference}.", hint="Check the spelling."
        )
    file = uow.accounts.by_reference(account) if account else None
    if account and (file is None or file.account.borrower_id != borrower.id):
        raise NoSuchContact(
            f"{reference} has no account {account}.", hint="Leave it out to mean all accounts."
        )
    points = uow.reminders.points_of([borrower.id])[borrower.id]
    phones = [point.value for point in points if point.kind == "phone" and point.reachable]
    known = phones[0] if way is Way.CALL and phones else None
    if way is not Way.CALL:
        known = "on file"
    if address is None and known is None:
        raise NoSuchContact("No number is on file.", hint="Give it with --address.")
    return ByHand(
        borrower=borrower,
        way=Channel(way.value),
        address=address or known or "",
        staff=by or getpass.getuser(),
        account_id=file.account.id if file else None,
        address_kind=kind,
    )


@app.command()
def ask(
    reference: Reference,
    by_way: Annotated[Way, typer.Option("--by", help="How.")] = Way.CALL,
    address: Address = None,
    account: Account = None,
    staff: By = None,
    address_kind: Kind = AddressKind.PERSONAL,
) -> None:
    """May I contact this borrower now? The question and the answer are kept. Leaves with 2 for no."""
    with _case(reference, by_way, address, account, staff, address_kind) as case:
        given = may_i(case.uow, case.contact, **case.rules)
        case.uow.commit()
    _show(given)
    if not given.allowed:
        raise typer.Exit(2)


@app.command()
def log(
    reference: Reference,
    outcome: Annotated[ContactOutcome, typer.Option(help="What became of it.")],
    by_way: Annotated[Way, typer.Option("--by", help="How.")] = Way.CALL,
    note: Annotated[str, typer.Option(help="What was said, in a few words.")] = "",
    address: Address = None,
    account: Account = None,
    staff: By = None,
    address_kind: Kind = AddressKind.PERSONAL,
) -> None:
    """Log a call, visit or letter. It counts in the same history as every message."""
    with _case(reference, by_way, address, account, staff, address_kind) as case:
        _, given = log_contact(case.uow, case.contact, outcome, note, **case.rules)
        case.uow.commit()
    out.print(f"Logged: {by_way.value}, {outcome.value}.")
    if not given.allowed:
        rules = ", ".join(given.answer.decision.rules)
        out.print(f"[yellow]This contact was outside the rules:[/] {rules}")


def _show(given: MayI) -> None:
    decision = given.answer.decision
    if given.allowed:
        out.print("[green]Yes, you may.[/]")
        table = Table("say it in the contact")
        for code in given.must_say:
            table.add_row(_SAYINGS.get(code, code))
        out.print(table)
        return
    when = f", not before {decision.until:%Y-%m-%d %H:%M} UTC" if decision.until else ""
    out.print(f"[red]No[/]{when}. Rules: {', '.join(decision.rules)}")
    out.print("What each rule says: tideover rules show", style="dim")


_SAYINGS = {
    "identity": "Who you are, and for which lender.",
    "purpose": "That it is about their agreement and a payment.",
    "person": "How to reach a person again.",
    "opt_out": "How to stop such contacts.",
    "dispute": "How to tell us that something looks wrong.",
    "us_18e1": "That this is an attempt to collect a debt, and what is told will be used for that.",
    "us_18e2": "That you write or call for a debt collector.",
}
