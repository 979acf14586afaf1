"""Pages of a list: a cursor that callers hand back and do not read."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel

from console.api_answers import Page
from console.api_problem import BadRequest

MOST = 200
_DEFAULT = 50
_LARGEST = 2**63 - 1

Kept = TypeVar("Kept")
Told = TypeVar("Told", bound=BaseModel)


class Window(BaseModel):
    """Which part of a list is asked for."""

    after: int
    limit: int


def window(
    cursor: Annotated[str | None, Query(max_length=64, description="`next_cursor`.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST, description="Items of a page.")] = _DEFAULT,
) -> Window:
    """Raises BadRequest for a cursor that was not made here."""
    return Window(after=0 if cursor is None else _read(cursor), limit=limit)


WindowOf = Annotated[Window, Depends(window)]


def page(
    found: Sequence[Kept],
    asked: Window,
    *,
    number: Callable[[Kept], int],
    tell: Callable[[Kept], Told],
) -> Page[Told]:
    """`found` has one item more than was asked for where there is a next page."""
    shown = found[: asked.limit]
    more = len(found) > asked.limit
    return Page(
        items=[tell(item) for item in shown],
        next_cursor=_write(number(shown[-1])) if more else None,
    )


def _write(number: int) -> str:
    return base64.urlsafe_b64encode(f"n{number}".encode()).decode().rstrip("=")


def _read(cursor: str) -> int:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        told = base64.urlsafe_b64decode(padded.encode("ascii")).decode("ascii")
    except (binascii.Error, UnicodeError, ValueError):
        told = ""
    digits = told.removeprefix("n")
    if not told.startswith("n") or not digits.isdigit() or int(digits) > _LARGEST:
        raise BadRequest(
            "This cursor was not made here.", hint="Hand back `next_cursor` as it was."
        )
    return int(digits)
