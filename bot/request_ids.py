"""One id for all that one request sets off, on every line of the log that it causes.

It comes with an HTTP request (`X-Request-ID`), or is made from a Telegram update, a stored message
or a round of periodic work. Threads and tasks that the request starts take it along.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from structlog.contextvars import bound_contextvars, get_contextvars

_KEY = "request"
_TAKEN_AS_IT_IS = re.compile(r"[A-Za-z0-9._:-]{1,64}")


def new_request_id() -> str:
    return uuid.uuid4().hex[:16]


def request_id_from(told: str | None) -> str:
    """The id that a caller sent, if it is short and plain; else a new one."""
    return told if told and _TAKEN_AS_IT_IS.fullmatch(told) else new_request_id()


def current_request_id() -> str | None:
    found = get_contextvars().get(_KEY)
    return found if isinstance(found, str) else None


@contextmanager
def request(request_id: str) -> Iterator[None]:
    """Everything in the block is part of this request."""
    with bound_contextvars(**{_KEY: request_id}):
        yield
