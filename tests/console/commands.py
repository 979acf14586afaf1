"""`tideover account` as its users call it: output, errors, and how it ended."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from console.cli import app

NOW = datetime.now(UTC).replace(microsecond=0)
"""When the demo was seeded. The command reads the clock itself, so it is today's."""

TODAY = NOW.date()
NO_SETTINGS = {"TIDEOVER_DATABASE_URL": None, "COLUMNS": "100", "NO_COLOR": "1"}


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        assert self.code == 0, self.err
        return dict(json.loads(self.out))


def account(*words: str | Path, data: Path | None = None) -> Told:
    """Run `tideover account ...`; `data` is the folder of the database."""
    env = {**NO_SETTINGS, "TIDEOVER_DATA_DIR": None if data is None else str(data)}
    done = CliRunner().invoke(app, ["account", *map(str, words)], env=env)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Told(code=done.exit_code, out=done.stdout, err=done.stderr)


def written(folder: Path, content: object) -> Path:
    """A file with this as JSON; text and bytes as they are."""
    path = folder / "form.json"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path
