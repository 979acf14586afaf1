"""Add, list and change members of staff. The command line and the staff page both use it."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from datetime import datetime

from bot.control import force_release
from bot.languages import LANGUAGES
from bot.ports import Clock, Store, UnitOfWork
from bot.ports_staff import UnknownStaff
from bot.staff import Role, Staff
from console.passwords import Codes, Passwords
from lending.errors import TideoverError
from lending.sentences import Sentence

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
_LONGEST_NAME = 60


class BadStaff(TideoverError):
    """A sign-in name, shown name or language that cannot be used."""


class LastAdmin(TideoverError):
    """Nobody could manage staff any more."""


class StaffAdmin:
    """`by` is the sign-in name of who does it, or "cli"; everything is audited."""

    def __init__(self, *, store: Store, clock: Clock, passwords: Passwords, codes: Codes) -> None:
        self._store = store
        self._clock = clock
        self._passwords = passwords
        self._codes = codes

    def add(
        self, login: str, *, name: str, role: Role, password: str, language: str = "en", by: str
    ) -> Staff:
        """Raises BadStaff, StaffExists, WeakPassword."""
        login = login.strip().lower()
        if not _LOGIN.fullmatch(login):
            raise BadStaff(
                "This sign-in name cannot be used.",
                hint="Use 2 to 64 of a-z, 0-9, dot, dash, underscore, @; begin with a letter or digit.",
            )
        hashed = self._passwords.hash(password, login=login)
        now = self._clock()
        with self._store.unit() as uow:
            staff = uow.staff.add(
                login=login,
                name=_checked_name(name),
                role=role,
                language=_checked_language(language),
                password_hash=hashed,
                created_at=now,
            )
            _audit(uow, by, "staff.added", login, now, role=role.value)
            uow.commit()
        return staff

    def all(self) -> tuple[Staff, ...]:
        with self._store.unit() as uow:
            return uow.staff.all()

    def change(
        self,
        login: str,
        *,
        by: str,
        name: str | None = None,
        role: Role | None = None,
        language: str | None = None,
    ) -> Staff:
        """Raises UnknownStaff, BadStaff, LastAdmin. A new role ends their sessions."""
        now = self._clock()
        with self._store.unit() as uow:
            staff = _known(uow, login)
            changed = replace(
                staff,
                name=staff.name if name is None else _checked_name(name),
                role=role or staff.role,
                language=staff.language if language is None else _checked_language(language),
            )
            if changed.role is not staff.role:
                _keep_an_admin(uow, staff)
                uow.staff.end_sessions_of(staff.id, now)
            uow.staff.save(changed)
            _audit(uow, by, "staff.changed", login, now, role=changed.role.value)
            uow.commit()
        return changed

    def disable(self, login: str, *, by: str) -> int:
        """They can no longer sign in; what they hold goes back to the queue. Returns how many.

        Raises UnknownStaff, LastAdmin.
        """
        now = self._clock()
        with self._store.unit() as uow:
            staff = _known(uow, login)
            _keep_an_admin(uow, staff)
            uow.staff.save(replace(staff, disabled_at=staff.disabled_at or now))
            uow.staff.end_sessions_of(staff.id, now)
            held = uow.desk.held_by(staff.login)
            for conversation in held:
                current = uow.conversations.get(conversation.id, for_update=True)
                if current.control.staff == staff.login:
                    force_release(uow, current, by, now)
            _audit(uow, by, "staff.disabled", login, now, held=str(len(held)))
            uow.commit()
        return len(held)

    def enable(self, login: str, *, by: str) -> None:
        """Raises UnknownStaff."""
        now = self._clock()
        with self._store.unit() as uow:
            staff = _known(uow, login)
            uow.staff.save(replace(staff, disabled_at=None, failed_tries=0, locked_until=None))
            _audit(uow, by, "staff.enabled", login, now)
            uow.commit()

    def set_password(self, login: str, password: str, *, by: str) -> None:
        """A new password; their sessions and any lock end. Raises UnknownStaff, WeakPassword."""
        hashed = self._passwords.hash(password, login=login)
        now = self._clock()
        with self._store.unit() as uow:
            staff = _known(uow, login)
            uow.staff.save(replace(staff, password_hash=hashed, failed_tries=0, locked_until=None))
            uow.staff.end_sessions_of(staff.id, now)
            _audit(uow, by, "staff.password_set", login, now)
            uow.commit()

    def new_code_secret(self, login: str, *, by: str) -> tuple[str, str]:
        """Switch one-time codes on, or replace them: (secret, otpauth address), to be shown once."""
        secret = self._codes.new_secret()
        self._set_secret(login, self._codes.seal(secret), by)
        return secret, self._codes.address(secret, login)

    def codes_off(self, login: str, *, by: str) -> None:
        """Raises UnknownStaff."""
        self._set_secret(login, None, by)

    def _set_secret(self, login: str, sealed: str | None, by: str) -> None:
        now = self._clock()
        with self._store.unit() as uow:
            staff = _known(uow, login)
            uow.staff.save(replace(staff, totp_secret=sealed, totp_last_step=None))
            _audit(uow, by, "staff.codes_on" if sealed else "staff.codes_off", login, now)
            uow.commit()


def made_up_password() -> str:
    """Twenty characters that nobody guesses, easy to copy."""
    return "-".join(secrets.token_hex(3) for _ in range(3))


def _known(uow: UnitOfWork, login: str) -> Staff:
    staff = uow.staff.by_login(login.strip().lower(), for_update=True)
    if staff is None:
        raise UnknownStaff(
            "There is no such member of staff.", hint="See them all: tideover staff list"
        )
    return staff


def _keep_an_admin(uow: UnitOfWork, leaving: Staff) -> None:
    if leaving.role is not Role.ADMIN or not leaving.is_active:
        return
    others = [
        s for s in uow.staff.all() if s.role is Role.ADMIN and s.is_active and s.id != leaving.id
    ]
    if not others:
        raise LastAdmin("This is the last admin.", hint="Add another admin first.")


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > _LONGEST_NAME or any(c in name for c in "<>{}"):
        raise BadStaff(
            "This name cannot be shown.",
            hint=Sentence("Use 1 to %(most)s characters of a name.", most=_LONGEST_NAME),
        )
    return name


def _checked_language(language: str) -> str:
    if language not in LANGUAGES:
        raise BadStaff(
            "There is no such language.",
            hint=Sentence("Use one of %(languages)s.", languages=tuple(LANGUAGES)),
        )
    return language


def _audit(uow: UnitOfWork, by: str, event: str, login: str, now: datetime, **details: str) -> None:
    uow.audit.append(at=now, actor=by, event=event, subject=f"staff:{login}", details=details)
