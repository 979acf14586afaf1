"""Errors of the API as RFC 9457 problem documents: what is wrong, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from lending.errors import (
    AccountClosed,
    AlreadyReversed,
    HoldEnded,
    IllegalTransition,
    KeyReused,
    TideoverError,
    UnknownAccount,
    UnknownPosting,
)
from lending.portfolio import AccountDiffers, UnknownHold

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"


class FieldProblem(BaseModel):
    """Where in the request, and what about it."""

    where: str
    message: str


class Problem(BaseModel):
    """`type` names the kind of problem and does not change; `hint` says what to do about it."""

    type: str
    title: str
    status: int
    detail: str
    hint: str = ""
    errors: list[FieldProblem] = []


class NoRoute(TideoverError):
    """Nothing is at this address, or not for this method."""


class NotAllowed(TideoverError):
    """No key, a key that is not valid, or one without the scope."""


class Unauthorised(NotAllowed):
    """There is no valid key in the request."""


class MissingScope(NotAllowed):
    """The key is not for this."""


class TooMany(TideoverError):
    """More requests than the key may make."""

    def __init__(self, message: str, *, hint: str, retry_after: int) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class BadRequest(TideoverError):
    """A header, cursor or body that cannot be used."""


class OtherRequest(TideoverError):
    """The idempotency key was used for another request."""


class NotFound(TideoverError):
    """Nothing has this reference."""


STATUSES: dict[type[TideoverError], int] = {
    Unauthorised: 401,
    MissingScope: 403,
    UnknownAccount: 404,
    UnknownPosting: 404,
    UnknownHold: 404,
    NotFound: 404,
    KeyReused: 409,
    IllegalTransition: 409,
    AccountClosed: 409,
    AlreadyReversed: 409,
    HoldEnded: 409,
    AccountDiffers: 409,
    OtherRequest: 409,
    TooMany: 429,
}
"""All other errors that a caller can mend are 422."""

PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": about,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status, about in {
        400: "The request cannot be read.",
        401: "No valid key.",
        403: "The key lacks the scope.",
        404: "Nothing has this reference.",
        409: "It does not fit what is known.",
        413: "The body is too large.",
        422: "The request is wrong; `errors` says where.",
        429: "Too many requests; wait `Retry-After` seconds.",
        503: "Nothing can be kept now; try again.",
    }.items()
}


def add_handlers(app: FastAPI, more: Mapping[type[TideoverError], int]) -> None:
    """Answer every error as a problem. `more` are statuses of errors that only wiring knows."""
    statuses = {**STATUSES, **more}

    @app.exception_handler(TideoverError)
    async def _ours(_: Request, error: TideoverError) -> JSONResponse:
        status = next((statuses[kind] for kind in type(error).__mro__ if kind in statuses), 422)
        headers = {}
        if status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        if isinstance(error, TooMany):
            headers["Retry-After"] = str(error.retry_after)
        if status == 503:
            headers["Retry-After"] = "5"
            log.error("api.unavailable", reason=type(error).__name__)
        return problem(status, _name(error), error.message, error.hint, headers=headers)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        # Without what was given: it may be a name or a number of somebody.
        found = [
            FieldProblem(
                where=".".join(str(part) for part in one["loc"]), message=plain(one["msg"])
            )
            for one in error.errors()
        ]
        unreadable = any(one["type"] == "json_invalid" for one in error.errors())
        return problem(
            400 if unreadable else 422,
            "unreadable" if unreadable else "invalid",
            "The request does not have the form that is documented.",
            "Correct what `errors` names; the form is in /api/v1/openapi.json.",
            errors=found,
        )

    @app.exception_handler(HTTPException)
    async def _http(_: Request, error: HTTPException) -> JSONResponse:
        hint = "The routes are in /api/v1/openapi.json."
        headers = dict(error.headers or {})
        return problem(error.status_code, "http", str(error.detail), hint, headers=headers)

    @app.exception_handler(Exception)
    async def _broken(_: Request, error: Exception) -> JSONResponse:
        log.error("api.failed", reason=type(error).__name__)
        return problem(500, "failed", "Something went wrong here.", "Try again; tell the operator.")


def problem(
    status: int,
    name: str,
    detail: str,
    hint: str,
    *,
    headers: Mapping[str, str] | None = None,
    errors: list[FieldProblem] | None = None,
) -> JSONResponse:
    told = Problem(
        type=f"urn:tideover:problem:{name}",
        title=name.replace("-", " ").capitalize(),
        status=status,
        detail=detail,
        hint=hint,
        errors=errors or [],
    )
    return JSONResponse(
        told.model_dump(), status_code=status, media_type=MEDIA_TYPE, headers=dict(headers or {})
    )


def plain(message: str) -> str:
    return message.removeprefix("Value error, ")


def _name(error: TideoverError) -> str:
    """UnknownAccount is `unknown-account`."""
    name = type(error).__name__
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")
