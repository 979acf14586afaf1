"""Rasa's memory of conversations in SQL, without reading again what this process knows.

Rasa's own store reads every event of a session from the database for each message, rebuilds each
one, and counts them again to see what is new. This one asks only for rows that it has not seen: none,
unless another worker answered meanwhile. The table and what stands in it are Rasa's own, so each
can be read by the other. Callers hold the conversation's lock from `retrieve` to `save`.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.events import Event, SessionStarted, deserialise_events
from rasa.shared.core.trackers import DialogueStateTracker

CONVERSATIONS = 500
"""How many conversations are remembered; the one unused for longest is forgotten first."""
_RELAXED = "tideover_synchronous_normal"


@dataclass(frozen=True, slots=True)
class _Known:
    """Events of the latest session, and the id of the last row that was read or written."""

    events: tuple[Event, ...]
    last_id: int


class TrackerMemory(SQLTrackerStore):  # type: ignore[misc]
    """Rasa's SQL tracker store; events are appended, and read once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._is_sqlite = self.engine.dialect.name == "sqlite"
        if self._is_sqlite:
            with self.session_scope() as session:
                session.connection().exec_driver_sql("PRAGMA journal_mode = WAL")

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The tracker of the latest session; None for an unknown conversation."""
        known = self._known.get(sender_id, _Known((), 0))
        with self.session_scope() as session:
            row = self.SQLEvent
            news = (
                session.query(row.id, row.data)
                .filter(row.sender_id == sender_id, row.id > known.last_id)
                .order_by(row.id)
                .all()
            )
        if news:
            events = deserialise_events([json.loads(data) for _, data in news])
            known = _Known(latest_session((*known.events, *events)), news[-1][0])
            self._remember(sender_id, known)
        if not known.events:
            return None
        return DialogueStateTracker.from_events(sender_id, known.events, self.domain.slots)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Append what happened since `retrieve`. A failure forgets what was known, so it is read anew."""
        await self.stream_events(tracker)
        sender_id, events = tracker.sender_id, tuple(tracker.events)
        known = self._known.pop(sender_id, None)
        if known is None:
            await super().save(tracker)
            return
        rows = [self._row(sender_id, event) for event in events[len(known.events) :]]
        last_id = known.last_id
        if rows:
            with self.session_scope() as session:
                connection = session.connection()
                if self._is_sqlite and _RELAXED not in connection.info:
                    # What a power cut may take is where a talk stood, no more.
                    connection.exec_driver_sql("PRAGMA synchronous = NORMAL")
                    connection.info[_RELAXED] = True
                table = self.SQLEvent.__table__
                added = connection.execute(table.insert().returning(table.c.id), rows)
                last_id = max(added.scalars())
                session.commit()
        self._remember(sender_id, _Known(latest_session(events), last_id))

    def _row(self, sender_id: str, event: Event) -> dict[str, Any]:
        data = event.as_dict()
        return {
            "sender_id": sender_id,
            "type_name": event.type_name,
            "timestamp": data.get("timestamp"),
            "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
            "action_name": data.get("name"),
            "data": json.dumps(data),
        }

    def _remember(self, sender_id: str, known: _Known) -> None:
        self._known[sender_id] = known
        self._known.move_to_end(sender_id)
        while len(self._known) > CONVERSATIONS:
            self._known.popitem(last=False)


def latest_session(events: Sequence[Event]) -> tuple[Event, ...]:
    """The events since the last session began, as Rasa's query gives them: by their times."""
    starts = [event.timestamp for event in events if isinstance(event, SessionStarted)]
    if not starts:
        return tuple(events)
    return tuple(event for event in events if event.timestamp >= max(starts))
