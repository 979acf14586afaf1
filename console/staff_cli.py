"""`tideover staff`: add, list and change the people who use the console."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from bot.staff import Role
from console.plain_errors import out, plain_errors
from settings import load_settings

if TYPE_CHECKING:
    from console.staff_admin import StaffAdmin

app = typer.Typer(
    help="The people who use the staff console.", no_args_is_help=True, rich_markup_mode=None
)

Login = Annotated[str, typer.Argument(help="The sign-in name, such as mei or mei@example.com.")]
BY = "cli"


@contextmanager
def _admin() -> Iterator[StaffAdmin]:
    from wiring.base import master_secret, open_database
    from wiring.staff import staff_admin

    with plain_errors():
        settings = load_settings()
        secret = master_secret(settings, may_make=settings.database_url is None)
        with closing(open_database(settings)) as database:
            database.check()
            yield staff_admin(settings, database, secret)


@app.command()
def add(
    login: Login,
    role: Annotated[Role, typer.Option(help="What they are here for.")],
    name: Annotated[str, typer.Option(help="The name that borrowers and colleagues read.")],
    language: Annotated[str, typer.Option(help="en, zh-Hans or zh-Hant: of their pages.")] = "en",
    ask: Annotated[
        bool, typer.Option("--ask", help="Ask for the password instead of making one up.")
    ] = False,
) -> None:
    """Add a member of staff; the password is shown once."""
    from console.staff_admin import made_up_password

    password = _asked() if ask else made_up_password()
    with _admin() as admin:
        staff = admin.add(login, name=name, role=role, password=password, language=language, by=BY)
        out.print(f"Added {escape(staff.login)} as {staff.role.value}.")
        _show(password, ask)


@app.command("list")
def list_() -> None:
    """All members of staff."""
    with _admin() as admin:
        table = Table("sign-in name", "name", "role", "codes", "state")
        for one in admin.all():
            state = "active" if one.is_active else "disabled"
            codes = "on" if one.totp_secret else "off"
            table.add_row(escape(one.login), escape(one.name), one.role.value, codes, state)
        out.print(table)


@app.command()
def disable(login: Login) -> None:
    """They can no longer sign in; conversations that they hold go back to the queue."""
    with _admin() as admin:
        held = admin.disable(login, by=BY)
        out.print(f"Disabled. {held} conversation(s) went back to the queue.")


@app.command()
def enable(login: Login) -> None:
    """They can sign in again."""
    with _admin() as admin:
        admin.enable(login, by=BY)
        out.print("Enabled.")


@app.command()
def password(
    login: Login,
    ask: Annotated[
        bool, typer.Option("--ask", help="Ask for the password instead of making one up.")
    ] = False,
) -> None:
    """Set a new password; sessions and a lock end."""
    from console.staff_admin import made_up_password

    new = _asked() if ask else made_up_password()
    with _admin() as admin:
        admin.set_password(login, new, by=BY)
        out.print("The password is changed; all sessions of this person have ended.")
        _show(new, ask)


@app.command()
def totp(
    login: Login,
    off: Annotated[bool, typer.Option("--off", help="Switch one-time codes off.")] = False,
) -> None:
    """Switch one-time codes on, or replace them: a QR code for an authenticator, shown once."""
    with _admin() as admin:
        if off:
            admin.codes_off(login, by=BY)
            out.print("One-time codes are off.")
            return
        secret, address = admin.new_code_secret(login, by=BY)
        out.print("Scan this with an authenticator, or type the secret. It is shown once.")
        _draw(address)
        out.print(f"secret {secret}", soft_wrap=True)


def _asked() -> str:
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def _show(password: str, was_asked: bool) -> None:
    if not was_asked:
        out.print(f"password {password}   (shown once; pass it on safely)", soft_wrap=True)


def _draw(address: str) -> None:
    import segno

    segno.make(address, error="m").terminal(compact=True)
