"""`tideover remind`: what would go out, plan and send by hand, what needs a person, run the roles."""

from __future__ import annotations

import asyncio
import getpass
import json
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bot.reminder_ports import Reminder, ReminderId, ReminderState
from console.plain_errors import out, plain_errors
from lending.errors import TideoverError

app = typer.Typer(
    help="Reminders: preview, plan, send, and what needs a person.", no_args_is_help=True
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
By = Annotated[str | None, typer.Option(help="Who you are; by default your login name.")]


class Role(StrEnum):
    SCHEDULER = "scheduler"
    DISPATCH = "dispatch"
    BOTH = "both"


class NoSuchReference(TideoverError):
    """Neither an account nor a borrower has this reference."""


@contextmanager
def _opened(log_level: str = "warning") -> Iterator[tuple[Any, Any]]:
    """(settings, database), checked; closed at the end."""
    from logs import configure_logging
    from settings import load_settings
    from wiring.base import open_database

    with plain_errors():
        settings = load_settings()
        configure_logging(log_level, as_json=settings.log_json)
        with closing(open_database(settings)) as database:
            database.check()
            yield settings, database


@app.command()
def preview(
    reference: Annotated[
        str | None, typer.Argument(help="An account or a borrower, such as PL-ANN or NB-ANN.")
    ] = None,
    whole: Annotated[bool, typer.Option("--all", help="The whole portfolio, counted.")] = False,
    days: Annotated[int, typer.Option(min=1, max=90, help="How many days to look ahead.")] = 14,
    as_json: AsJson = False,
) -> None:
    """What would go out in the next days, and what would be held back and why. Sends nothing."""
    from wiring.foresight import build_foresight

    with _opened() as (settings, database):
        if whole == (reference is not None):
            raise NoSuchReference(
                "Name an account or a borrower, or ask for --all.",
                hint="tideover remind preview NB-ANN",
            )
        foresight = build_foresight(settings, database)
        if reference is None:
            _show_portfolio(_looked_at(foresight, days), as_json)
            return
        found = foresight.of(reference, days)
        if found is None:
            raise NoSuchReference(
                f"No account or borrower has the reference {reference}.",
                hint="Check the spelling.",
            )
        _show_days(found, days, as_json)


def _looked_at(foresight: Any, days: int) -> Any:
    """The outlook of every active account, with a bar on a terminal meanwhile."""
    from scheduler.outlook import Outlook

    accounts, outlook = foresight.sample(), Outlook()
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=out, transient=True) as progress:
        task = progress.add_task("Looking ahead", total=len(accounts))
        for outlook in foresight.outlooks(accounts, days):
            progress.update(task, completed=outlook.looked_at)
    return outlook


def _show_days(found: Sequence[Any], days: int, as_json: bool) -> None:
    if as_json:
        out.print_json(json.dumps([_foreseen_json(one) for one in found]))
        return
    if not found:
        out.print(f"Nothing would go out in the next {days} days.")
        return
    for one in found:
        when = f"{one.at:%a %d %b %Y %H:%M} ({one.at.tzinfo})"
        if one.held_back is not None:
            out.print(f"[yellow]held back[/] {when}  {one.reference} step {one.step}", end="")
            out.print(f": {one.held_back}", markup=False)
            continue
        out.print(f"[green]goes out[/]  {when}  {one.reference} step {one.step} by {one.channel}")
        out.print(f"{one.content.text}", markup=False, style="dim")
        if one.content.buttons:
            labels = "  ".join(f"[{button.label}]" for button in one.content.buttons)
            out.print(labels, markup=False, style="dim")
        out.print()


def _show_portfolio(outlook: Any, as_json: bool) -> None:
    if as_json:
        rows = [
            {"step": one.step, "channel": one.channel.value, "count": one.count}
            for one in outlook.going
        ]
        kept = [
            {"step": one.step, "reason": str(one.why), "count": one.count} for one in outlook.held
        ]
        out.print_json(json.dumps({"goes_out": rows, "held_back": kept}))
        return
    table = Table("step", "channel or reason", "messages", title="What would happen")
    for one in outlook.going:
        table.add_row(one.step, f"[green]{one.channel}[/]", str(one.count))
    for one in outlook.held:
        table.add_row(one.step, f"[yellow]held back:[/] {one.why}", str(one.count))
    out.print(table)
    if outlook.unreadable:
        out.print(f"The books of {outlook.unreadable} accounts do not add up.")


def _foreseen_json(one: Any) -> dict[str, Any]:
    return {
        "account": one.reference,
        "at": one.at.isoformat(),
        "step": one.step,
        "channel": one.channel.value if one.channel else None,
        "text": one.content.text if one.content else None,
        "held_back": None if one.held_back is None else str(one.held_back),
    }


@app.command()
def plan() -> None:
    """Plan what is due now, once. Doing it again adds nothing."""
    from wiring.reminders import build_planner, count_accounts

    with _opened() as (settings, database):
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=out, transient=True) as progress:
            task = progress.add_task("Planning", total=count_accounts(database))
            done = build_planner(settings, database).tick(
                lambda seen: progress.update(task, advance=seen)
            )
        if not done.is_planner:
            out.print("Another process is planning; nothing was done here.")
            return
        out.print(f"Planned {done.reminders} reminders.")


@app.command()
def dispatch(
    limit: Annotated[int, typer.Option(min=1, help="Reminders in one round.")] = 100,
) -> None:
    """Send what is planned and whose time has come, then stop."""
    from wiring.base import master_secret
    from wiring.reminders import dispatch_once

    with _opened() as (settings, database):
        secret = master_secret(settings, may_make=True)
        tally = asyncio.run(dispatch_once(settings, database, secret, limit))
        parts = [f"{count} {outcome}" for outcome, count in sorted(tally.outcomes.items())]
        out.print(f"Looked at {tally.claimed} reminders: {', '.join(parts) or 'none was due'}.")
        if tally.unconfirmed:
            out.print(f"{tally.unconfirmed} are unconfirmed: tideover remind unconfirmed")


@app.command()
def run(
    role: Annotated[Role, typer.Option(help="What this process does.")] = Role.BOTH,
) -> None:
    """Plan, send, or both, until it is stopped. Any number of dispatch processes may run."""
    from wiring.base import master_secret
    from wiring.reminders import Roles, run_roles

    with _opened("info") as (settings, database):
        secret = master_secret(settings, may_make=settings.database_url is None)
        roles = Roles(role is not Role.DISPATCH, role is not Role.SCHEDULER)
        asyncio.run(
            run_roles(
                settings,
                database,
                roles,
                secret=secret,
                ready=lambda: out.print(f"Reminders: {role.value} is running. Stop with Ctrl-C."),
            )
        )
        out.print("Stopped cleanly.")


@app.command()
def status(as_json: AsJson = False) -> None:
    """How many reminders stand where."""
    with _opened() as (_, database):
        with database.unit() as uow:
            counts = uow.reminders.counts()
        if as_json:
            out.print_json(json.dumps(counts))
            return
        table = Table("state", "reminders")
        for state in ReminderState:
            table.add_row(state.value, str(counts.get(state.value, 0)))
        out.print(table)


@app.command()
def dead(as_json: AsJson = False) -> None:
    """Reminders that could not be sent, with the reason; a person must look."""
    _list(ReminderState.DEAD, as_json, "No reminder is dead.")


@app.command()
def unconfirmed(as_json: AsJson = False) -> None:
    """Reminders that may have arrived. They count as sent and are never sent again."""
    _list(ReminderState.UNCONFIRMED, as_json, "No reminder is unconfirmed.")


@app.command()
def awaiting(as_json: AsJson = False) -> None:
    """Reminders that need a person's approval before they go out."""
    _list(ReminderState.AWAITING, as_json, "No reminder awaits approval.")


def _list(state: ReminderState, as_json: bool, none: str) -> None:
    with _opened() as (_, database):
        with database.unit() as uow:
            found = uow.reminders.in_state((state,), 500)
            references = {r.id: uow.accounts.file(r.account_id).account.reference for r in found}
        if as_json:
            rows = [_reminder_json(one, references[one.id]) for one in found]
            out.print_json(json.dumps(rows))
            return
        if not found:
            out.print(none)
            return
        table = Table("number", "account", "due", "step", "channel", "reason")
        for one in found:
            table.add_row(
                str(one.id),
                references[one.id],
                one.due_on.isoformat(),
                one.step,
                one.channel.value if one.channel else "–",
                one.reason or "–",
            )
        out.print(table)


def _reminder_json(one: Reminder, reference: str) -> dict[str, Any]:
    return {
        "number": one.id,
        "account": reference,
        "due_on": one.due_on.isoformat(),
        "step": one.step,
        "state": one.state.value,
        "reason": one.reason,
    }


@app.command()
def approve(
    number: Annotated[int, typer.Argument(help="The reminder's number: tideover remind awaiting.")],
    by: By = None,
) -> None:
    """Let a reminder that awaits approval go out. It is looked at again when it is sent."""
    from wiring.base import utc_now

    with _opened() as (_, database):
        who = by or getpass.getuser()
        now = utc_now()
        with database.unit() as uow:
            if not uow.reminders.approve(ReminderId(number), who, now):
                raise NoSuchReference(
                    f"No reminder {number} awaits approval.", hint="tideover remind awaiting"
                )
            uow.audit.append(
                at=now,
                actor=f"staff:{who}",
                event="reminder.approved",
                subject=f"reminder:{number}",
                details={},
            )
            uow.commit()
        out.print(f"Reminder {number} may go out.")


@app.command()
def check(
    path: Annotated[str | None, typer.Argument(help="A strategy file; default: yours.")] = None,
) -> None:
    """Read a strategy file and say what it does, or which line is wrong."""
    from wiring.reminders import read_strategy

    with plain_errors():
        strategy = read_strategy(path)
        table = Table("segment", "step", "until", "template", "channels", "approval")
        for segment in strategy.segments:
            for step in segment.steps:
                table.add_row(
                    segment.name,
                    step.name,
                    f"{step.until_days:+d}",
                    step.template,
                    ", ".join(channel.value for channel in step.channels),
                    "staff" if step.needs_approval else "–",
                )
        out.print(table)
