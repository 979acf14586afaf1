"""Install requirements.lock and this project into the environment that runs this file.

pip does the work; this shows how far it is. Standard library only, because nothing else is
installed yet. The lock is complete, so pip resolves nothing (`--no-deps`). `rasa` declares bounds
that are too narrow (docs/decisions/0001-one-environment.md), hence `--ignore-requires-python`.

Usage: python tools/install.py LOCK BUSY. The file BUSY exists while packages are half unpacked.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import sysconfig
import threading
import time
from pathlib import Path

PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
LOG = Path(sys.prefix, "install.log")
_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==")
_NOTED = re.compile(
    r"(?:Collecting|Requirement already satisfied:|Building wheel for) ([A-Za-z0-9._-]+)"
)
_SECONDS_BETWEEN_LINES = 10
_BUILD_TOOLS = Path(__file__).resolve().with_name("build-tools.txt")
# A few old packages come as source and are built, each apart from what is installed here.
_BUILD_SETTINGS = {
    "PIP_USE_PEP517": "1",  # pip 23 and older would run their setup.py among our packages
    "PIP_CONSTRAINT": str(_BUILD_TOOLS),
    "PIP_BUILD_CONSTRAINT": str(_BUILD_TOOLS),  # what pip 25.3 and newer look at
    "MULTIDICT_NO_EXTENSIONS": "1",  # the one with C code; without it, no compiler is needed
}


class Progress:
    """One line that rewrites itself in a terminal, or a line every few seconds in a log."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._is_terminal = sys.stdout.isatty()
        self._shown_at = 0.0

    def show(self, what: str, count: int, name: str = "") -> None:
        line = f"  {what} {min(count, self._total)}/{self._total} {name}"
        if self._is_terminal:
            print(f"\r{line:<70.70}", end="", flush=True)
        elif time.monotonic() - self._shown_at > _SECONDS_BETWEEN_LINES:
            self._shown_at = time.monotonic()
            print(line.rstrip(), flush=True)

    def end(self) -> None:
        if self._is_terminal:
            print("\r" + " " * 71 + "\r", end="", flush=True)


def install_lock(lock: Path, busy: Path) -> None:
    total = sum(1 for line in lock.read_text("utf-8").splitlines() if _PACKAGE.match(line))
    print(f"Installing {total} packages; the first time takes a few minutes.", flush=True)
    started = time.monotonic()
    command = [*PIP, "install", "--no-deps", "--ignore-requires-python", "--require-hashes"]
    pip = subprocess.Popen(
        [*command, "--progress-bar=off", "-r", str(lock)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=os.environ | _BUILD_SETTINGS,
    )
    output = _follow(pip, Progress(total), busy)
    LOG.write_text("\n".join(output), "utf-8")
    if pip.wait() != 0:
        print("\n".join(output[-25:]), file=sys.stderr)
        print(f"All that pip said is in {LOG}.", file=sys.stderr)
        sys.exit(1)
    busy.unlink(missing_ok=True)
    print(f"Installed {total} packages in {time.monotonic() - started:.0f} s.", flush=True)


def _follow(pip: subprocess.Popen[str], progress: Progress, busy: Path) -> list[str]:
    output: list[str] = []
    done = threading.Event()
    unpacking = threading.Thread(target=_count_unpacked, args=(progress, done), daemon=True)
    fetched = 0
    assert pip.stdout is not None
    for line in pip.stdout:
        output.append(line.rstrip())
        if noted := _NOTED.match(line.strip()):
            fetched += line.startswith(("Collecting", "Requirement"))
            progress.show("fetching", fetched, noted[1])
        elif line.startswith("Installing collected packages") and not unpacking.is_alive():
            busy.touch()
            unpacking.start()  # pip says nothing while it unpacks, so look at the folder
    done.set()
    if unpacking.is_alive():
        unpacking.join()
    progress.end()
    return output


def _count_unpacked(progress: Progress, done: threading.Event) -> None:
    packages = Path(sysconfig.get_path("purelib"))
    while not done.wait(0.5):
        progress.show("unpacking", sum(1 for _ in packages.glob("*.dist-info")))


def install_project() -> None:
    """Put this checkout on the path and make the `tideover` command.

    Not by pip: it would need newer build tools than Rasa allows, or the network.
    """
    root, packages = str(Path(__file__).resolve().parent.parent), sysconfig.get_path("purelib")
    Path(packages, "tideover.pth").write_text(root + "\n", "utf-8")
    start = "import sys; sys.argv[0] = 'tideover'; from console.cli import main; main()"
    # -P: a folder of the caller's with a name like ours must not be imported instead.
    line = f'exec {shlex.quote(sys.executable)} -P -c {shlex.quote(start)} "$@"'
    command = Path(sysconfig.get_path("scripts"), "tideover")
    command.write_text(f"#!/bin/sh\n{line}\n", "utf-8")
    command.chmod(0o755)


if __name__ == "__main__":
    install_lock(Path(sys.argv[1]), Path(sys.argv[2]))
    install_project()
