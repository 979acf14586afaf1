"""The lender's REST API, an application of its own that is mounted under /api/v1."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from console import api_accounts, api_borrowers, api_reading
from console.api_key import Parts
from console.api_problem import PROBLEMS, Problem, add_handlers, problem

MOUNTED_AT = "/api/v1"
LARGEST_BODY = 1_000_000
VERSION = "1.0"


def lender_api(parts: Parts) -> FastAPI:
    """The API over what `parts` holds; its OpenAPI document is at /openapi.json below it."""
    app = FastAPI(
        title="Tideover, for the lender's system",
        version=VERSION,
        summary="Borrowers, accounts, payments and what happened, by the lender's own references.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        responses=PROBLEMS,
        servers=[{"url": MOUNTED_AT}],
        root_path_in_servers=False,
        redirect_slashes=False,
    )
    app.state.parts = parts
    add_handlers(app, parts.known)
    for part in (api_borrowers, api_accounts, api_reading):
        app.include_router(part.router)
    app.add_middleware(_BodyLimit)
    make = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = make()
            schemas = document["components"]["schemas"]
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            schemas.update(_problem_schemas())
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]
    return app


def _problem_schemas() -> dict[str, Any]:
    whole = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    parts = whole.pop("$defs")
    return {"Problem": whole, **parts}


class _BodyLimit:
    """Refuse a body that no request of this API needs, before it is read into memory."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"0")
        if b"chunked" in headers.get(b"transfer-encoding", b"") or (
            length.isdigit() and int(length) > LARGEST_BODY
        ):
            refused = problem(
                413,
                "too-large",
                f"A body may have {LARGEST_BODY:,} bytes, and must say its length.",
                "Send fewer rows at once.",
            )
            await refused(scope, receive, send)
            return
        await self._app(scope, receive, send)
