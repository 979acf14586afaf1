"""Each role as its own process: it says when it is ready, and a signal ends it cleanly."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[2]
SECRET = "a secret of the tests, 32 characters long"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.mark.parametrize(
    ("words", "role"),
    [
        (("console",), "console"),
        (("remind", "run", "--role", "scheduler"), "scheduler"),
        (("remind", "run", "--role", "dispatch"), "dispatch"),
    ],
)
def test_a_role_is_watched_and_stops_at_a_signal(
    peopled_sqlite_url: str, tmp_path: Path, words: tuple[str, ...], role: str
) -> None:
    port = free_port()
    env: dict[str, Any] = {k: v for k, v in os.environ.items() if not k.startswith("TIDEOVER_")}
    env |= {
        "TIDEOVER_DATABASE_URL": peopled_sqlite_url,
        "TIDEOVER_DATA_DIR": str(tmp_path),
        "TIDEOVER_SECRET_KEY": SECRET,
        "TIDEOVER_WEB_PORT": str(free_port()),
        "TIDEOVER_OPS_PORT": str(port),
        "TIDEOVER_LOG_JSON": "true",
        "PYTHONPATH": str(ROOT),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "console.cli", *words],
        env=env,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        answer = first_answer(f"http://127.0.0.1:{port}/readyz", process)
        assert (answer.status_code, answer.json()) == (200, {"status": "ready"})
        seen = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=30).text
        assert f'tideover_ready{{role="{role}"}} 1.0' in seen
        assert "tideover_job_age_seconds" in seen
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0, err
    assert "Stopped cleanly." in out
    assert "Traceback" not in err


def first_answer(url: str, process: subprocess.Popen[str]) -> httpx.Response:
    for _ in range(600):
        assert process.poll() is None, process.communicate()
        try:
            return httpx.get(url, timeout=30)
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("it does not answer")
