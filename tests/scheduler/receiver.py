"""A lender's system for tests: takes webhooks on a local port, as its owner would write it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = b"s" * 32


@dataclass
class Receiver:
    """Keeps what came in the order of coming. `decide` gives the status of each answer."""

    decide: Callable[[dict[str, Any]], int] = lambda event: 200
    came: list[dict[str, Any]] = field(default_factory=list)
    forged: int = 0
    port: int = 0
    _server: ThreadingHTTPServer | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """On the port of before, if there was one."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                self.send_response(receiver.take(dict(self.headers), body))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return None

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def take(self, headers: dict[str, str], body: bytes) -> int:
        given = {name.lower(): value for name, value in headers.items()}
        signed = f"{given['webhook-id']}.{given['webhook-timestamp']}.".encode() + body
        wanted = base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
        if f"v1,{wanted}" not in given["webhook-signature"].split():
            self.forged += 1
            return 401
        event = json.loads(body)
        assert event["id"] == given["webhook-id"]
        with self._lock:
            status = self.decide(event)
            if status < 300:
                self.came.append(event)
        return status

    def first_arrivals(self) -> dict[str | None, list[int]]:
        """By borrower, the sequence numbers as they came for the first time."""
        seen: set[str] = set()
        found: dict[str | None, list[int]] = defaultdict(list)
        for event in self.came:
            if event["id"] not in seen:
                seen.add(event["id"])
                found[event["data"]["borrower"]].append(event["sequence"])
        return found
