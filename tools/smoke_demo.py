"""Start `make demo` as a new user would, look at it from outside, stop it, and start it again.

Usage: .venv/bin/python tools/smoke_demo.py. Exits with 0 if all was as it should be.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
LENDER = "Smoke & Sons Bank"
LENDER_IN_HTML = "Smoke &amp; Sons Bank"
START_SECONDS = 600
"""The first start trains the model; on a busy machine that takes minutes."""
STOP_SECONDS = 30
PEOPLE = 5


class Failed(Exception):
    """The demo does not do what it must; the message says what."""


@contextmanager
def running_demo(folder: Path, port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`make demo` on a port and a data folder of its own, without the caller's settings."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("TIDEOVER_")}
    ours |= {
        "TIDEOVER_DATA_DIR": str(folder),
        "TIDEOVER_WEB_PORT": str(port),
        "TIDEOVER_LENDER_NAME": LENDER,
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["make", "demo"],
            cwd=ROOT,
            env=ours,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield process
        finally:
            for child in reversed(_family(process.pid)):
                child.kill()
            process.wait()


def _family(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def wait_until_ready(process: subprocess.Popen[bytes], address: str, log: Path) -> float:
    """Seconds until the health check answers 200 and the people are printed."""
    started = time.monotonic()
    while time.monotonic() - started < START_SECONDS:
        if process.poll() is not None:
            raise Failed(f"it ended by itself with {process.returncode}")
        if _get(address + "/healthz")[0] == 200 and _links(address, log) >= PEOPLE:
            return time.monotonic() - started
        time.sleep(0.2)
    raise Failed(f"it was not ready after {START_SECONDS} s")


def _get(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status, answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        return error.code, ""
    except OSError:
        return 0, ""


def look(address: str, log: Path) -> None:
    """The page names the lender, and every person of the demo has a link."""
    status, page = _get(address + "/")
    if status != 200 or LENDER_IN_HTML not in page:
        raise Failed(f"the web chat answered {status} and does not name the lender")
    links = _links(address, log)
    if links != PEOPLE:
        raise Failed(f"{links} links were printed, not {PEOPLE}")


def _links(address: str, log: Path) -> int:
    printed = "".join(log.read_text("utf-8", "replace").split())  # a terminal's width may cut lines
    return printed.count(f"{address}/l/")


def stop(process: subprocess.Popen[bytes], signal_number: signal.Signals) -> None:
    """Send the signal to Tideover itself (make has none of its own to pass on); expect 0."""
    started = time.monotonic()
    tideover = _family(process.pid)[-1]
    for candidate in _family(process.pid)[1:]:
        if "console.cli" in " ".join(candidate.cmdline()):
            tideover = candidate
    tideover.send_signal(signal_number)
    try:
        code = process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        raise Failed(f"it does not stop within {STOP_SECONDS} s of {signal_number.name}") from None
    if code != 0:
        raise Failed(f"it stopped with {code} after {signal_number.name}")
    print(f"  stopped by {signal_number.name} in {time.monotonic() - started:.1f} s, exit code 0")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the demo is ended with us
    with tempfile.TemporaryDirectory(prefix="tideover-smoke-") as temporary:
        folder, log = Path(temporary, "data"), Path(temporary, "log")
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        try:
            for start, signal_number in (("first", signal.SIGINT), ("second", signal.SIGTERM)):
                with running_demo(folder, port, log) as process:
                    seconds = wait_until_ready(process, address, log)
                    print(f"  {start} start: ready after {seconds:.1f} s", flush=True)
                    look(address, log)
                    stop(process, signal_number)
        except Failed as failure:
            print(f"make demo: {failure}. Its output:", file=sys.stderr)
            print(log.read_text("utf-8", "replace")[-4000:], file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
