"""What borrowers want of our contacts, in SQL; and the opt-out rows that make it fast to find."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, insert, select, update
from sqlalchemy.orm import Session

from bot.messages import Channel
from bot.ports import UnknownWish, Whose
from compliance.wish_effects import closes
from compliance.wish_records import from_json, kind_of, to_json
from compliance.wishes import KeptWish, Medium, OptOut, Said, WishId
from lending.ids import BorrowerId
from store.base import table_of
from store.tables import ContactWishRow, OptOutRow

EVERY_ADDRESS = "*"
"""The address of an opt-out row that closes a channel as a whole for its borrower."""

# Made once: every turn runs it.
_TABLE = table_of(ContactWishRow)
_OF_BORROWER = (
    select(_TABLE).where(_TABLE.c.borrower_id == bindparam("borrower")).order_by(_TABLE.c.id)
)


class SqlWishes:
    """Implements `bot.ports.Wishes`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, said: Said, whose: Whose, *, reason: str = "") -> WishId:
        key = WishId(
            self._session.execute(
                insert(ContactWishRow)
                .values(
                    borrower_id=whose.borrower_id,
                    channel=whose.channel.value if whose.channel else None,
                    address=whose.address,
                    kind=kind_of(said.wish),
                    parameters=to_json(said.wish),
                    source=said.source,
                    said_at=said.said_at,
                    text=said.text,
                    reason=reason,
                )
                .returning(ContactWishRow.id)
            ).scalar_one()
        )
        for channel, address in _opt_out_rows(said, whose):
            self._session.execute(
                insert(OptOutRow).values(
                    channel=channel,
                    address=address,
                    borrower_id=whose.borrower_id,
                    at=said.said_at,
                    via=said.source,
                    wish_id=key,
                )
            )
        return key

    def end(self, wish_id: WishId, *, at: datetime, by: str, reason: str) -> None:
        ended = self._session.execute(
            update(ContactWishRow)
            .where(ContactWishRow.id == wish_id, ContactWishRow.ended_at.is_(None))
            .values(ended_at=at, ended_by=by, end_reason=reason)
            .returning(ContactWishRow.id)
        ).one_or_none()
        if ended is None:
            raise UnknownWish(
                f"No wish {wish_id} is in force.", hint="List them: tideover consent show."
            )
        self._session.execute(
            update(OptOutRow)
            .where(OptOutRow.wish_id == wish_id, OptOutRow.lifted_at.is_(None))
            .values(lifted_at=at)
        )

    def of_borrower(self, borrower_id: BorrowerId) -> tuple[KeptWish, ...]:
        found = self._session.execute(_OF_BORROWER, {"borrower": borrower_id})
        return tuple(kept_wish(row) for row in found)

    def of_chat(self, channel: Channel, address: str) -> tuple[KeptWish, ...]:
        return self._found(
            ContactWishRow.channel == channel.value, ContactWishRow.address == address
        )

    def _found(self, *conditions: ColumnElement[bool]) -> tuple[KeptWish, ...]:
        found = select(ContactWishRow).where(*conditions).order_by(ContactWishRow.id)
        # An end is written past the session, so what it remembers is read again.
        rows = self._session.scalars(found.execution_options(populate_existing=True))
        return tuple(kept_wish(row) for row in rows)


def _opt_out_rows(said: Said, whose: Whose) -> list[tuple[str, str]]:
    """(channel, address) of what a wish closes. What was said in a chat closes that very chat."""
    if isinstance(said.wish, OptOut) and said.wish.address is not None:
        channel = said.wish.channel or Medium.CHAT
        return [(channel.value, said.wish.address)]
    rows = []
    for medium in sorted(closes(said.wish)):
        if medium is Medium.CHAT and whose.channel is not None and whose.address is not None:
            rows.append((whose.channel.value, whose.address))
        elif whose.borrower_id is not None:
            rows.append((medium.value, EVERY_ADDRESS))
    return rows


def kept_wish(row: Any) -> KeptWish:
    """A wish as it is kept."""
    said = Said(
        wish=from_json(row.kind, row.parameters),
        source=row.source,
        said_at=row.said_at,
        text=row.text,
    )
    return KeptWish(
        id=WishId(row.id),
        borrower_id=None if row.borrower_id is None else BorrowerId(row.borrower_id),
        said=said,
        reason=row.reason,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
    )
