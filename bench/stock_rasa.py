"""Rasa as it comes, for bench.dialogue: its own processor, graph runner, memory and action server.

What our runtime leaves out or does once (`bot/lean_*.py`, `bot/tracker_memory.py`) is done here as Rasa
and its SDK do it. The action server runs on loopback in a thread of the same process, so that the
actions have the same stores; as one waits for the other, a process of its own would not be faster.
"""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path
from typing import Any

import uvicorn
from rasa.core.agent import Agent
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.endpoint import create_app

from bot.engine import RasaEngine

_WAIT_SECONDS = 30.0


def load_stock_engine(model: Path, *, memory: Path) -> RasaEngine:
    """The model in Rasa's own agent, with its SQL tracker store in the file `memory`."""
    agent = Agent.load(
        str(model),
        action_endpoint=EndpointConfig(url=serve_actions("actions")),
        tracker_store=SQLTrackerStore(Domain.empty(), dialect="sqlite", db=str(memory), query={}),
        lock_store=InMemoryLockStore(),
    )
    return RasaEngine(agent)


def serve_actions(package: str) -> str:
    """Start the SDK's action server in a thread; the address that Rasa posts to.

    Raises TimeoutError if it does not answer.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app: Any = create_app(package)
    server = uvicorn.Server(uvicorn.Config(app, port=port, ws="none", log_level="error"))
    threading.Thread(target=server.run, daemon=True).start()
    until = time.monotonic() + _WAIT_SECONDS
    while not server.started:
        if time.monotonic() > until:
            raise TimeoutError("The action server did not start.")
        time.sleep(0.01)
    return f"http://127.0.0.1:{port}/webhook"
