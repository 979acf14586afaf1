"""Let threads write to SQLite one after the other, in the order of asking."""

from __future__ import annotations

from collections import deque
from threading import Event, Lock

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction, sessionmaker

from store.errors import StoreUnavailable

_HELD = "tideover_turn"


class Turns:
    """A lock that goes to who has waited longest.

    SQLite's own lock is polled, up to 100 ms late, and a thread that comes back at once gets it
    again before those that wait: a busy reader could starve every writer.
    """

    def __init__(self) -> None:
        self._guard = Lock()
        self._waiting: deque[Event] = deque()
        self._taken = False

    def take(self, wait_seconds: float) -> bool:
        """Wait for one's turn; False if it did not come in time."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            mine = Event()
            self._waiting.append(mine)
        if mine.wait(wait_seconds):
            return True
        with self._guard:
            if mine.is_set():
                return True
            self._waiting.remove(mine)
            return False

    def give(self) -> None:
        """Pass the turn on."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False


def take_turns(sessions: sessionmaker[Session], *, wait_seconds: float) -> None:
    """Make each transaction of these sessions, from first statement to end, wait for its turn."""
    turns = Turns()

    @event.listens_for(sessions, "after_transaction_create")
    def _begin(session: Session, transaction: SessionTransaction) -> None:
        if transaction.parent is not None:
            return
        if not turns.take(wait_seconds):
            raise StoreUnavailable(
                "The database is busy: another change did not end in time.", hint="Try again."
            )
        session.info[_HELD] = True

    @event.listens_for(sessions, "after_transaction_end")
    def _end(session: Session, transaction: SessionTransaction) -> None:
        if transaction.parent is None and session.info.pop(_HELD, False):
            turns.give()
