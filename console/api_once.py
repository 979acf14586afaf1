"""Writes that are done once however often they are asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Header
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from bot.ports import UnitOfWork
from console.api_key import Parts
from console.api_problem import OtherRequest
from lending.lender_access import ApiKey

REPLAYED = "Idempotency-Replayed"

IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=128,
        pattern=r"^[A-Za-z0-9._:-]+$",
        description="Yours, new for each new write; the same with the same request repeats nothing.",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a write came to."""

    status: int
    answer: BaseModel


def once(
    parts: Parts,
    caller: ApiKey,
    key: str,
    asked: tuple[str, ...],
    form: BaseModel,
    write: Callable[[UnitOfWork], Done],
    *,
    reveal: Callable[[dict[str, Any]], dict[str, Any]] = dict,
) -> JSONResponse:
    """Write and keep the answer in one commit; asked again, give the answer that was kept.

    `asked` says what was asked of which resource. `reveal` adds to the answer what must not be kept,
    the same each time. An error keeps nothing, so that a repeat is tried
    anew. Raises OtherRequest when the key belongs to another request.
    """
    digest = _digest(asked, form)
    with parts.store.unit() as uow:
        known = uow.access.begin(caller.id, key, digest, parts.clock())
        if known is not None:
            if known.digest != digest:
                raise OtherRequest(
                    "This Idempotency-Key was used for another request.",
                    hint="Give each write a key of its own; repeat one only unchanged.",
                )
            return _answer(known.status, reveal(dict(known.answer)), {REPLAYED: "true"})
        done = write(uow)
        told = done.answer.model_dump(mode="json")
        uow.access.finish(caller.id, key, done.status, told)
        uow.commit()
    return _answer(done.status, reveal(told), {})


def _digest(asked: tuple[str, ...], form: BaseModel) -> str:
    whole = "\x1f".join((*asked, form.model_dump_json()))
    return hashlib.sha256(whole.encode()).hexdigest()


def _answer(status: int, told: dict[str, Any], headers: dict[str, str]) -> JSONResponse:
    return JSONResponse(told, status_code=status, headers=headers)
