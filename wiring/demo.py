"""What only the demo has: invented people, staff and cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from settings import Settings
from wiring.base import digest_with, key_for, utc_now
from wiring.staff import staff_admin

if TYPE_CHECKING:
    from bot.texts import Texts
    from store.db import Database

DEMO_STAFF = (("mei", "Mei", "agent"), ("sam", "Sam", "supervisor"))


def demo_staff(settings: Settings, database: Database, secret: bytes) -> Sequence[tuple[str, str]]:
    """An agent and a supervisor for the demo, (sign-in name, password) each; made once.

    Passwords come from the secret of this installation, so that they can be shown again and
    nobody else knows them; one that was changed is not shown.
    """
    from bot.staff import Role
    from console.passwords import Passwords

    admin, shown = staff_admin(settings, database, secret), []
    known = {one.login: one for one in admin.all()}
    for login, name, role in DEMO_STAFF:
        digits = key_for(secret, f"demo-staff-{login}").hex()
        password = f"{digits[:5]}-{digits[5:10]}-{digits[10:15]}"
        if login not in known:
            admin.add(login, name=name, role=Role(role), password=password, by="demo")
        elif not Passwords().fits(password, known[login].password_hash):
            continue
        shown.append((login, password))
    return shown


def seed_cases(database: Database, settings: Settings, texts: Texts) -> None:
    """Borrowers of the demo who wait for a person."""
    from console.demo_cases import seed_cases as seed_them

    seed_them(database, texts, settings.team_hours, utc_now())


def seed(database: Database, secret: bytes) -> bool:
    """Fill an empty database with the demo portfolio; False if people were there already."""
    from store.seed import seed_demo

    now = utc_now()
    return seed_demo(database, today=now.date(), now=now, digest=digest_with(secret)).is_new


def personas() -> Sequence[Any]:
    from store.demo_personas import PERSONAS

    return [plan.persona for plan in PERSONAS]
