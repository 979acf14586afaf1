"""Seal what is not sealed with the current key, and count what is sealed with which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Engine, Text, cast, func, literal, select, type_coerce, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from store.base import Base
from store.field_keys import MARK, FieldKeys, key_id_of, keys_of
from store.tables_chat import ConversationRow
from store.tables_contact import ContactWishRow, OptOutRow
from store.tables_lending import ContactPointRow

_AT_ONCE = 500
_INDEX_LENGTH = 64
UNSEALED = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A column that holds contact details: sealed with an index beside, or the index alone."""

    table: type[Base]
    id: InstrumentedAttribute[Any]
    sealed: InstrumentedAttribute[Any] | None
    index: InstrumentedAttribute[Any]

    @property
    def kept(self) -> ColumnElement[str]:
        """What stands in the database."""
        return type_coerce(cast(self.index if self.sealed is None else self.sealed, Text), Text)

    def is_stale(self, keys: FieldKeys) -> ColumnElement[bool]:
        if self.sealed is None:
            return func.length(self.kept) != _INDEX_LENGTH
        return ~self.kept.startswith(f"{MARK}{keys.current}:")


_POINTS = _Place(
    table=ContactPointRow,
    id=ContactPointRow.id,
    sealed=ContactPointRow.value,
    index=ContactPointRow.value_index,
)
_CHATS = _Place(
    table=ConversationRow,
    id=ConversationRow.id,
    sealed=ConversationRow.address,
    index=ConversationRow.address_index,
)
_BLIND = tuple(
    _Place(table=row, id=row.id, sealed=None, index=row.address)
    for row in (OptOutRow, ContactWishRow)
)


def count_by_key(session: Session) -> Counter[str]:
    """How many contact details are sealed with which key; `none`: not sealed."""
    counts: Counter[str] = Counter()
    for place in (_POINTS, _CHATS):
        for kept in session.scalars(select(place.kept).execution_options(yield_per=5_000)):
            counts[key_id_of(kept) or UNSEALED] += 1
    return counts


def reseal(session_of: Callable[[], Session], progress: Callable[[int], None]) -> int:
    """Seal everything with the current key, some rows in each transaction; how many were changed.

    Stopped in the middle, it goes on where it was. Raises KeyLost; what was done until then stays.
    """
    changed = 0
    for place in (_POINTS, _CHATS, *_BLIND):
        for count in _reseal(place, session_of):
            changed += count
            progress(count)
    return changed


def _reseal(place: _Place, session_of: Callable[[], Session]) -> Iterator[int]:
    last: Any = None
    while True:
        with session_of() as session:
            keys = keys_of(session.get_bind().dialect)
            if keys is None:
                return
            query = select(place.id, place.kept).where(place.is_stale(keys))
            if last is not None:
                query = query.where(place.id > last)
            found = session.execute(
                query.order_by(place.id).limit(_AT_ONCE).with_for_update()
            ).all()
            for row_id, kept in found:
                text = keys.open(kept)
                values = {place.index.key: text}
                if place.sealed is not None:
                    values[place.sealed.key] = text
                session.execute(update(place.table).where(place.id == row_id).values(**values))
            session.commit()
        if not found:
            return
        last = found[-1][0]
        yield len(found)


def unseal(engine: Engine, keys: FieldKeys) -> None:
    """Keep what is sealed as plain text again: for a version that knows no seals. Raises KeyLost.

    What is an index alone stays one: an opt-out is then found by its borrower only.
    """
    with engine.begin() as connection:
        for place in (_POINTS, _CHATS):
            assert place.sealed is not None
            for row_id, kept in connection.execute(select(place.id, place.kept)).all():
                plain = literal(keys.open(kept), Text)
                values = {place.sealed.key: plain, place.index.key: plain}
                connection.execute(update(place.table).where(place.id == row_id).values(**values))
