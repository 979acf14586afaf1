"""Staff sign in and out: passwords, codes, lockout, sessions that end."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.ports import Clock, Store, UnitOfWork
from bot.staff import Staff, StaffSession
from console.passwords import Codes, Passwords
from lending.errors import TideoverError


class SignInRefused(TideoverError):
    """Name or password is wrong; which one is not said."""


class CodeNeeded(SignInRefused):
    """The password is right; a one-time code is asked for, or the one given is wrong."""


class SignInLocked(SignInRefused):
    """Too many wrong tries. `until` is when the next one is possible."""

    def __init__(self, until: datetime) -> None:
        super().__init__(
            "Too many wrong tries.", hint="Wait a while, or ask an admin for a new password."
        )
        self.until = until


class SessionEnded(TideoverError):
    """There is no such session, or it has expired, or its owner works here no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInPolicy:
    """How strict: wrong tries before a lock, its length, idle time, and the longest session."""

    tries: int = 5
    lock: timedelta = timedelta(minutes=15)
    idle: timedelta = timedelta(minutes=30)
    longest: timedelta = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A new session. `token` goes into the cookie and is nowhere else."""

    token: str
    session: StaffSession
    staff: Staff


class SignIn:
    """Checks who signs in. Sync; each call is one or two transactions."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        passwords: Passwords,
        codes: Codes,
        policy: SignInPolicy | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._passwords = passwords
        self._codes = codes
        self._policy = policy or SignInPolicy()

    def sign_in(self, login: str, password: str, code: str | None = None) -> SignedIn:
        """Open a session. Raises SignInRefused, SignInLocked, CodeNeeded.

        With a code set up, ask again with it when CodeNeeded is raised; a wrong code counts as a
        wrong try.
        """
        now = self._clock()
        name = login.strip().lower()
        with self._store.unit() as uow:
            known = uow.staff.by_login(name)
        # Slow on purpose, so outside of any transaction.
        is_right = self._passwords.fits(password, known.password_hash if known else None)
        with self._store.unit() as uow:
            staff = uow.staff.by_login(name, for_update=True)
            if staff is None or not staff.is_active:
                self._audit(uow, name, "staff.sign_in_refused", now)
                uow.commit()
                raise _refused()
            if staff.locked_until is not None and staff.locked_until > now:
                raise SignInLocked(staff.locked_until)
            if not is_right or known is None or staff.password_hash != known.password_hash:
                raise self._wrong_try(uow, staff, now) or _refused()
            staff = self._check_code(uow, staff, code, now)
            signed_in = self._open(uow, staff, now)
            if self._passwords.is_outdated(staff.password_hash):
                staff = replace(staff, password_hash=self._passwords.hash(password))
            uow.staff.save(replace(staff, failed_tries=0, locked_until=None))
            self._audit(uow, name, "staff.signed_in", now)
            uow.commit()
        return signed_in

    def who(self, token: str, *, is_activity: bool = True) -> Staff:
        """Who has this session, which goes on. Raises SessionEnded.

        `is_activity` False, for streams and polls, does not count as use: an open page alone keeps
        nobody signed in.
        """
        now = self._clock()
        key = token_key(token)
        with self._store.unit() as uow:
            session = uow.staff.session(key)
            if session is None or session.ended_at is not None:
                raise _ended()
            if now >= session.expires_at or now - session.seen_at >= self._policy.idle:
                raise _ended()
            staff = uow.staff.get(session.staff_id)
            if not staff.is_active:
                raise _ended()
            if is_activity and now - session.seen_at >= timedelta(seconds=15):
                uow.staff.touch_session(key, now)
                uow.commit()
        return staff

    def sign_out(self, token: str) -> None:
        """End this session; one that has ended already stays so."""
        now, key = self._clock(), token_key(token)
        with self._store.unit() as uow:
            session = uow.staff.session(key)
            if session is not None and session.ended_at is None:
                uow.staff.end_session(key, now)
                login = uow.staff.get(session.staff_id).login
                self._audit(uow, login, "staff.signed_out", now)
                uow.commit()

    def change_password(self, token: str, old: str, new: str) -> None:
        """The owner changes it; their other sessions end. Raises SignInRefused, WeakPassword."""
        staff = self.who(token)
        if not self._passwords.fits(old, staff.password_hash):
            raise _refused()
        hashed = self._passwords.hash(new, login=staff.login)
        now = self._clock()
        with self._store.unit() as uow:
            current = uow.staff.by_login(staff.login, for_update=True) or staff
            uow.staff.save(replace(current, password_hash=hashed))
            uow.staff.end_sessions_of(staff.id, now, but=token_key(token))
            self._audit(uow, staff.login, "staff.password_changed", now)
            uow.commit()

    def _check_code(self, uow: UnitOfWork, staff: Staff, code: str | None, now: datetime) -> Staff:
        if staff.totp_secret is None:
            return staff
        if not code:
            raise CodeNeeded("A one-time code is needed.", hint="Type the code of your app.")
        step = self._codes.step_of(staff.totp_secret, code, now, after=staff.totp_last_step)
        if step is None:
            raise self._wrong_try(uow, staff, now) or CodeNeeded(
                "The code is not right.", hint="Wait for the next code of your app."
            )
        return replace(staff, totp_last_step=step)

    def _wrong_try(self, uow: UnitOfWork, staff: Staff, now: datetime) -> SignInLocked | None:
        """Count it, and keep that; the lock if this was one too many."""
        tries = staff.failed_tries + 1
        locked = now + self._policy.lock if tries >= self._policy.tries else None
        counted = replace(staff, failed_tries=0 if locked else tries, locked_until=locked)
        uow.staff.save(counted)
        event = "staff.locked" if locked else "staff.sign_in_refused"
        self._audit(uow, staff.login, event, now)
        uow.commit()
        return SignInLocked(locked) if locked else None

    def _open(self, uow: UnitOfWork, staff: Staff, now: datetime) -> SignedIn:
        token = secrets.token_urlsafe(32)
        session = StaffSession(
            token_hash=token_key(token),
            staff_id=staff.id,
            created_at=now,
            seen_at=now,
            expires_at=now + self._policy.longest,
        )
        uow.staff.add_session(session)
        return SignedIn(token=token, session=session, staff=staff)

    def _audit(self, uow: UnitOfWork, login: str, event: str, now: datetime) -> None:
        uow.audit.append(
            at=now, actor=login[:128], event=event, subject=f"staff:{login[:128]}", details={}
        )


def token_key(token: str) -> str:
    """What is kept of a session's token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _refused() -> SignInRefused:
    return SignInRefused(
        "Name or password is not right.", hint="Try again; an admin can set a new password."
    )


def _ended() -> SessionEnded:
    return SessionEnded("You are signed out.", hint="Sign in again; what you typed is kept.")
