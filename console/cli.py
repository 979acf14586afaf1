"""The `tideover` command. Thin: every command parses, makes one call, and prints what it did."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer
from rich.panel import Panel
from rich.table import Table

from console import (
    account_cli,
    api_key_cli,
    backup_cli,
    borrower_cli,
    feed_cli,
    fineract_cli,
    history_cli,
    import_cli,
    keys_cli,
    plans_cli,
    risk_cli,
    simulate_cli,
    webhooks_cli,
)
from console.consent_cli import app as consent_app
from console.contact_cli import app as contact_app
from console.nlu_cli import app as nlu_app
from console.plain_errors import out, plain_errors
from console.remind_cli import app as remind_app
from console.rules_cli import rules
from console.staff_cli import app as staff_app
from console.training_bar import settings_now, trained_model
from console.wording_cli import wording
from settings import Settings

if TYPE_CHECKING:
    from wiring.conversation import Bot

app = typer.Typer(
    help="Tideover: a conversational repayment assistant that lenders host themselves.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(account_cli.app, name="account")
app.add_typer(plans_cli.app, name="plans")
app.add_typer(history_cli.audit, name="audit")
app.add_typer(risk_cli.app, name="risk")
app.command()(history_cli.backtest)

app.add_typer(wording, name="wording")
app.add_typer(consent_app, name="consent")
app.add_typer(staff_app, name="staff")
app.add_typer(contact_app, name="contact")
app.add_typer(remind_app, name="remind")
app.add_typer(rules, name="rules")
app.command()(simulate_cli.simulate)
app.add_typer(webhooks_cli.app, name="webhooks")
app.command("import")(import_cli.import_)
app.command()(fineract_cli.fineract)
app.command()(feed_cli.feed)
app.command()(backup_cli.backup)
app.command()(backup_cli.restore)
app.add_typer(api_key_cli.app, name="api-key")
app.add_typer(nlu_app, name="nlu")
app.add_typer(keys_cli.app, name="keys")
app.add_typer(borrower_cli.borrower, name="borrower")
app.add_typer(borrower_cli.retention, name="retention")
rules.command()(history_cli.replay)


@app.command()
def init(
    to: Annotated[
        str | None,
        typer.Option(help="Go back to this migration, for an older version. Newer tables go."),
    ] = None,
) -> None:
    """Create or upgrade the database."""
    from wiring.base import open_database

    with plain_errors():
        settings = settings_now()
        with closing(open_database(settings, making=True)) as database:
            if to is None:
                database.migrate()
                out.print("The database is up to date.")
            else:
                database.go_back(to)
                out.print(f"The database is as migration {to} made it.")


@app.command()
def train(
    force: Annotated[
        bool, typer.Option(help="Train even if a model for this data exists.")
    ] = False,
) -> None:
    """Train the language model if the present data has none."""
    with plain_errors():
        out.print(f"Model: {trained_model(settings_now(), force=force)}")


@app.command()
def link(
    reference: Annotated[str, typer.Argument(help="The borrower's reference, such as NB-ANN.")],
) -> None:
    """Make a one-time link for a borrower; it is shown once and kept only as a hash."""
    from wiring.base import make_link, open_database

    with plain_errors():
        settings = settings_now()
        with closing(open_database(settings)) as database:
            database.check()
            token = make_link(database, reference, settings)
        out.print(f"{settings.public_url}/l/{token}", soft_wrap=True)


def _bot(settings: Settings, *, demo: bool) -> Bot:
    """Everything up to a bot that is ready to run."""
    from wiring.base import master_secret, open_database
    from wiring.conversation import build_bot
    from wiring.demo import seed

    secret = master_secret(settings, may_make=demo)
    database = open_database(settings)
    if demo:
        with out.status("Preparing the database"):
            database.migrate()
            fresh = seed(database, secret)
        out.print(
            "200 invented borrowers are ready." if fresh else "Using the borrowers from before."
        )
    else:
        database.check()
    model = trained_model(settings, wanted=demo)
    with out.status("Starting the assistant"):
        return build_bot(settings, secret=secret, database=database, model=model)


def _run(settings: Settings, *, demo: bool) -> None:
    from wiring.serving import bind, serve

    with plain_errors():
        bound = bind(settings.web_host, settings.web_port)
        bot = _bot(settings, demo=demo)
        greet: Callable[[], None] = lambda: _print_ready(bot, demo=demo)  # noqa: E731
        asyncio.run(serve(bot, bound, greet, reminders=demo or settings.reminders))
        bot.database.close()
        out.print("Stopped cleanly.")


@app.command()
def demo() -> None:
    """Run everything in one process on SQLite, with invented borrowers to try."""
    with plain_errors():
        settings = settings_now("warning")
        if "pay_provider" not in settings.model_fields_set:
            settings = settings.model_copy(update={"pay_provider": "sandbox"})
    _run(settings, demo=True)


@app.command()
def serve() -> None:
    """Run the web chat, the staff console and, with a token, Telegram, on the lender's database."""
    with plain_errors():
        settings = settings_now()
    _run(settings, demo=False)


def _print_ready(bot: Bot, *, demo: bool) -> None:
    from wiring.base import make_link
    from wiring.demo import personas

    settings = bot.settings
    lines = [
        f"Web chat: [bold]{settings.public_url}/[/]",
        f"Staff:    [bold]{settings.public_url}/staff/[/]",
    ]
    if bot.gateway is not None:
        lines.append(f"Telegram: [bold]https://t.me/{bot.gateway.username}[/]")
    else:
        lines.append("Telegram: off (set TIDEOVER_TELEGRAM_TOKEN to switch it on)")
    lines.append("Stop with Ctrl-C.")
    out.print(Panel("\n".join(lines), title="Tideover is running", expand=False))
    if not demo:
        return
    _print_staff(bot)
    out.print("Open a person's link (it works once), then give the birth date:")
    for persona in personas():
        token = make_link(bot.database, persona.reference, settings)
        out.print(f"\n[bold]{persona.full_name}[/]  {persona.about}")
        out.print(f"  link   {settings.public_url}/l/{token}", soft_wrap=True)
        if bot.gateway is not None:
            telegram_token = make_link(bot.database, persona.reference, settings)
            out.print(f"  Telegram {bot.gateway.deep_link(telegram_token)}", soft_wrap=True)
        out.print(f"  birth date {persona.second_fact}")
        out.print(f"  try    {persona.try_this}")
    sys.stdout.flush()


def _print_staff(bot: Bot) -> None:
    """Who can sign in to the staff console of the demo, and cases that wait there."""
    from wiring.demo import demo_staff, seed_cases

    seed_cases(bot.database, bot.settings, bot.texts)
    for login, password in demo_staff(bot.settings, bot.database, bot.secret):
        out.print(f"Staff sign-in  [bold]{login}[/]  password [bold]{password}[/]")
    out.print("")


@app.command()
def console() -> None:
    """Run the staff console alone, without the dialogue engine; any number of them may run."""
    from wiring.base import master_secret, open_database
    from wiring.serving import bind, serve_console

    with plain_errors():
        settings = settings_now()
        secret = master_secret(settings, may_make=settings.database_url is None)
        bound = bind(settings.web_host, settings.web_port)
        with closing(open_database(settings)) as database:
            database.check()
            asyncio.run(
                serve_console(
                    settings,
                    secret=secret,
                    database=database,
                    bound=bound,
                    ready=lambda: out.print(f"Staff console: {settings.public_url}/staff/"),
                )
            )
        out.print("Stopped cleanly.")


@app.command()
def chat(
    as_: Annotated[
        str | None, typer.Option("--as", help="Start as this borrower, for example NB-ANN.")
    ] = None,
) -> None:
    """Chat in the terminal with the same assistant, on the demo portfolio unless one is there."""
    with plain_errors():
        settings = settings_now("error")
        bot = _bot(settings, demo=settings.secret_key is None)
        asyncio.run(_talk(bot, as_))
        bot.database.close()


async def _talk(bot: Bot, reference: str | None) -> None:
    from console.terminal_chat import TerminalChat
    from wiring.base import make_link
    from wiring.demo import personas

    talk = TerminalChat(bot, out)
    if reference is not None:
        token = make_link(bot.database, reference, bot.settings)
        known = [p.second_fact for p in personas() if p.reference == reference]
        if known:
            out.print(f"[dim]The birth date of {reference} is {known[0]}.[/]")
        await talk.say(f"/start {token}")
    else:
        await talk.say("/start")
    await talk.run()


@app.command()
def doctor() -> None:
    """Check settings, database, model and channels, and say what to do about each problem."""
    from console.doctor import examine

    with plain_errors():
        settings = settings_now("error")
        table = Table("", "what", "state", "do", show_lines=False)
        findings = examine(settings)
        for finding in findings:
            mark = "[green]ok[/]" if finding.is_fine else "[red]no[/]"
            table.add_row(mark, finding.what, finding.state, finding.hint)
        out.print(table)
        if not all(finding.is_fine for finding in findings):
            raise typer.Exit(1)


def main() -> None:
    """The console entry point."""
    app()


if __name__ == "__main__":
    main()
