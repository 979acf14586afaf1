"""Members of staff and their sessions, in SQL."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.orm import Session

from bot.ports_staff import StaffExists, UnknownStaff
from bot.staff import Role, Staff, StaffId, StaffSession
from store.insert import insert_or_skip
from store.tables import StaffRow, StaffSessionRow

_SESSION = ("token_hash", "staff_id", "created_at", "seen_at", "expires_at", "ended_at")


class SqlStaff:
    """Implements `bot.ports_staff.StaffRecords`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self,
        *,
        login: str,
        name: str,
        role: Role,
        language: str,
        password_hash: str,
        created_at: datetime,
    ) -> Staff:
        added = insert_or_skip(
            self._session,
            StaffRow,
            {
                "login": login,
                "name": name,
                "role": role.value,
                "language": language,
                "password_hash": password_hash,
                "created_at": created_at,
                "failed_tries": 0,
            },
            unless_same=("login",),
        )
        if added is None:
            raise StaffExists("This sign-in name is taken.", hint="Choose another one.")
        return self.get(StaffId(added))

    def get(self, staff_id: StaffId) -> Staff:
        row = self._session.scalar(select(StaffRow).where(StaffRow.id == staff_id))
        if row is None:
            raise UnknownStaff("There is no such member of staff.", hint="Check the number.")
        return _staff(row)

    def by_login(self, login: str, *, for_update: bool = False) -> Staff | None:
        query = select(StaffRow).where(StaffRow.login == login)
        if for_update:
            query = query.with_for_update(key_share=True)
        row = self._session.scalar(query)
        return _staff(row) if row else None

    def all(self) -> tuple[Staff, ...]:
        return tuple(
            _staff(r) for r in self._session.scalars(select(StaffRow).order_by(StaffRow.login))
        )

    def save(self, staff: Staff) -> None:
        self._session.execute(
            update(StaffRow)
            .where(StaffRow.id == staff.id)
            .values(
                name=staff.name,
                role=staff.role.value,
                language=staff.language,
                password_hash=staff.password_hash,
                totp_secret=staff.totp_secret,
                totp_last_step=staff.totp_last_step,
                failed_tries=staff.failed_tries,
                locked_until=staff.locked_until,
                disabled_at=staff.disabled_at,
            )
        )

    def add_session(self, session: StaffSession) -> None:
        values = {name: getattr(session, name) for name in _SESSION}
        self._session.execute(insert(StaffSessionRow).values(**values))

    def session(self, token_hash: str) -> StaffSession | None:
        query = select(StaffSessionRow).where(StaffSessionRow.token_hash == token_hash)
        row = self._session.scalar(query)
        return _session(row) if row else None

    def touch_session(self, token_hash: str, at: datetime) -> None:
        self._change(StaffSessionRow.token_hash == token_hash, seen_at=at)

    def end_session(self, token_hash: str, at: datetime) -> None:
        self._change(StaffSessionRow.token_hash == token_hash, ended_at=at)

    def end_sessions_of(self, staff_id: StaffId, at: datetime, *, but: str | None = None) -> None:
        theirs = StaffSessionRow.staff_id == staff_id
        self._change(
            theirs if but is None else theirs & (StaffSessionRow.token_hash != but), ended_at=at
        )

    def sessions_of(self, staff_id: StaffId) -> tuple[StaffSession, ...]:
        row = StaffSessionRow
        query = select(row).where(row.staff_id == staff_id, row.ended_at.is_(None))
        return tuple(
            _session(r) for r in self._session.scalars(query.order_by(row.created_at.desc()))
        )

    def seen_since(self, at: datetime) -> tuple[Staff, ...]:
        row = StaffSessionRow
        here = select(row.staff_id).where(row.ended_at.is_(None), row.seen_at >= at)
        query = select(StaffRow).where(StaffRow.id.in_(here), StaffRow.disabled_at.is_(None))
        return tuple(_staff(r) for r in self._session.scalars(query.order_by(StaffRow.login)))

    def _change(self, where: ColumnElement[bool], **values: datetime) -> None:
        still_open = StaffSessionRow.ended_at.is_(None)
        self._session.execute(update(StaffSessionRow).where(where, still_open).values(**values))


def _staff(row: StaffRow) -> Staff:
    return Staff(
        id=StaffId(row.id),
        login=row.login,
        name=row.name,
        role=Role(row.role),
        language=row.language,
        password_hash=row.password_hash,
        created_at=row.created_at,
        totp_secret=row.totp_secret,
        totp_last_step=row.totp_last_step,
        failed_tries=row.failed_tries,
        locked_until=row.locked_until,
        disabled_at=row.disabled_at,
    )


def _session(row: StaffSessionRow) -> StaffSession:
    return StaffSession(
        token_hash=row.token_hash,
        staff_id=StaffId(row.staff_id),
        created_at=row.created_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
    )
