"""Forms that count once: a key of a form that was used is remembered for a while."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

_REMEMBERED = 20_000


class Keys:
    """Keys of forms that were sent; in this process, newest kept. Safe for threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._used: OrderedDict[str, None] = OrderedDict()

    def use(self, key: str) -> bool:
        """Whether the key is new; from now on it is not."""
        with self._lock:
            if key in self._used:
                return False
            self._used[key] = None
            if len(self._used) > _REMEMBERED:
                self._used.popitem(last=False)
            return True

    def give_back(self, key: str) -> None:
        """What was asked for was not done: the form may be sent again."""
        with self._lock:
            self._used.pop(key, None)
