"""Account files that were read before: rows that are still the same are not made into values again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any

from lending.account_file import AccountFile

FILES = 64
"""How many files are remembered, some 100 kB each; the one unused for longest is forgotten first."""

Rows = tuple[tuple[tuple[Any, ...], ...], ...]


class AccountMemory:
    """The rows of each account as they were read last, and the file that they made.

    Nothing is ever answered from here alone: every caller has read all rows in its own transaction.
    That a file is the very same object lets others remember what they derived from it. For threads.
    """

    def __init__(self, size: int = FILES) -> None:
        self._size = size
        self._known: OrderedDict[int, tuple[Rows, AccountFile]] = OrderedDict()
        self._lock = Lock()

    def file(self, account_id: int, rows: Rows, make: Callable[[], AccountFile]) -> AccountFile:
        """The file of these rows: the one that they made before, or what `make` gives."""
        with self._lock:
            known = self._known.get(account_id)
            if known is not None and known[0] == rows:
                self._known.move_to_end(account_id)
                return known[1]
        made = make()
        with self._lock:
            self._known[account_id] = (rows, made)
            self._known.move_to_end(account_id)
            while len(self._known) > self._size:
                self._known.popitem(last=False)
        return made
