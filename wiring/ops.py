"""How a process is watched: /healthz, /readyz and /metrics, and one id for each request.

Every role has them on an internal port of its own, if one is set; roles with a web server have them
there too, the metrics only for who knows the token.
"""

from __future__ import annotations

import asyncio
import hmac
import socket
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import structlog
from starlette.requests import Request

import metrics
from bot.request_ids import request, request_id_from
from lending.errors import TideoverError
from settings import Settings
from wiring.base import utc_now
from wiring.vitals import Vitals, profile_states

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import APIRouter
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from store.db import Database

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What a process shows of itself. `has_model` is None where a role needs no model."""

    role: str
    settings: Settings
    database: Database
    vitals: Vitals
    has_model: Callable[[], bool] | None = None

    def not_ready(self) -> dict[str, str]:
        """What is missing, by part, in words without secrets; empty when all is there. Blocks."""
        found = {}
        try:
            self.database.check()
        except TideoverError as error:
            found["database"] = type(error).__name__
            if not _tables_are_current(self.database):
                found["migrations"] = "not those of this program: tideover init"
        if self.has_model is not None and not self.has_model():
            found["model"] = "not loaded: tideover train"
        broken = sorted(name for name, reason in profile_states().items() if reason)
        if broken:
            found["contact_rules"] = f"cannot be read: {', '.join(broken)}"
        metrics.is_ready.labels(self.role).set(0 if found else 1)
        return found


def _tables_are_current(database: Database) -> bool:
    try:
        return database.is_current()
    except TideoverError:
        return True  # nothing can be said; the database itself is named


def watch(
    role: str,
    settings: Settings,
    database: Database,
    *,
    has_model: Callable[[], bool] | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> Watch:
    """Raises BadHours, UnknownCountry."""
    return Watch(
        role=role,
        settings=settings,
        database=database,
        vitals=Vitals(settings, database, clock),
        has_model=has_model,
    )


def ops_router(watched: Watch, *, is_public: bool) -> APIRouter:
    """The three paths. In public the metrics need TIDEOVER_METRICS_TOKEN, or are not there."""
    from fastapi import APIRouter
    from fastapi.responses import JSONResponse, Response
    from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

    router = APIRouter(include_in_schema=False)
    secret = watched.settings.metrics_token
    token = secret.get_secret_value() if secret else None

    @router.get("/healthz")
    async def healthz() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    @router.get("/readyz")
    async def readyz() -> JSONResponse:
        missing = await asyncio.to_thread(watched.not_ready)
        if missing:
            return JSONResponse({"status": "not ready", "missing": missing}, 503)
        return JSONResponse({"status": "ready"})

    @router.get("/metrics")
    async def show_metrics(request: Request) -> Response:
        if token is None and is_public:
            return Response(status_code=404)
        if token is not None:
            given = request.headers.get("authorization", "").removeprefix("Bearer ")
            if not hmac.compare_digest(given.encode(), token.encode()):
                return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})

        def page() -> bytes:
            watched.not_ready()
            return generate_latest(REGISTRY) + generate_latest(_Only(watched.vitals))

        return Response(await asyncio.to_thread(page), media_type=CONTENT_TYPE_LATEST)

    return router


class _Only:
    """One collector as a registry: each process may have several databases in its life."""

    def __init__(self, vitals: Vitals) -> None:
        self.collect = vitals.collect


@asynccontextmanager
async def internal_server(watched: Watch) -> AsyncIterator[None]:
    """The three paths on TIDEOVER_OPS_HOST and TIDEOVER_OPS_PORT, for the time of the block.

    Raises PortInUse.
    """
    settings = watched.settings
    if settings.ops_port is None:
        yield
        return
    from wiring.serving import bind

    async with _served(watched, bind(settings.ops_host, settings.ops_port)):
        yield


@asynccontextmanager
async def _served(watched: Watch, bound: socket.socket) -> AsyncIterator[None]:
    import uvicorn
    from fastapi import FastAPI

    class Server(uvicorn.Server):
        def install_signal_handlers(self) -> None:
            """Signals are the role's own."""

        def capture_signals(self) -> Any:
            from contextlib import nullcontext

            return nullcontext()

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(ops_router(watched, is_public=False))
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, ws="none", timeout_graceful_shutdown=2
    )
    server = Server(config)
    task = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        yield
    finally:
        server.should_exit = True
        await task


SAFE_HEADERS = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-robots-tag", b"noindex, nofollow"),
    (b"cache-control", b"no-store"),
)
"""What every answer says that does not say otherwise: pages loosen what they need."""


class Requests:
    """Middleware: one id for each request, in the log and in the answer; headers, counts, times."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request_id = request_id_from(told)
        started = asyncio.get_running_loop().time()

        async def with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
                there = {name.lower() for name, _ in headers}
                headers += [pair for pair in SAFE_HEADERS if pair[0] not in there]
                message["headers"] = headers
                seconds = asyncio.get_running_loop().time() - started
                _count(scope, int(message["status"]), seconds)
            await send(message)

        with request(request_id):
            await self._app(scope, receive, with_id)


def _count(scope: Scope, status: int, seconds: float) -> None:
    """By the pattern of the route: a path could hold a link token."""
    route = getattr(scope.get("route"), "path", None)
    name = f"{scope.get('root_path', '')}{route}" if route else "none"
    metrics.requests.labels(name, scope["method"], str(status)).inc()
    metrics.request_seconds.labels(name).observe(seconds)
    log.info(
        "http.answered", route=name, method=scope["method"], status=status, ms=round(seconds * 1000)
    )
