"""The console as a web application of its own, mounted under /staff."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from console.web.access import ACCESS
from console.web.desk import Route
from console.web.door import Headers
from console.web.guard import Guard
from lending.errors import TideoverError


class NotInTheTable(AssertionError):
    """A route and the table of access do not agree."""


def console_app(routes: Iterable[Route], guard: Guard) -> FastAPI:
    """All routes, each with the check that the table of access names.

    Raises NotInTheTable when a route is not in the table or the table names one that is not there.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, title="Tideover staff console")
    left = set(ACCESS)
    for route in routes:
        key = f"{route.method} {route.path}"
        if key not in left:
            raise NotInTheTable(key)
        left.remove(key)
        app.add_api_route(
            route.path,
            route.endpoint,
            methods=[route.method],
            dependencies=[Depends(guard.needs(key))],
            response_model=None,
            responses={status: {} for status in (303, 401, 403, 404, 409, 413, 422, 429)},
        )
    if left:
        raise NotInTheTable(", ".join(sorted(left)))
    for error in (TideoverError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(error, guard.refuse)
    app.add_middleware(_headers)
    return app


def _headers(app: ASGIApp) -> ASGIApp:
    return Headers(app)
