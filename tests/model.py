"""The trained model for tests: of the present data, trained once, whoever comes first."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from nlu.training import ROOT, finish_training, model_file, start_training


@pytest.fixture(scope="session")
def model() -> Path:
    """The path of a trained model for the present data; training takes a minute or two."""
    data_dir = Path(os.environ.get("TIDEOVER_DATA_DIR") or ROOT / "var")
    target = model_file(data_dir)
    target.parent.mkdir(parents=True, exist_ok=True)
    with (target.parent / "training.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another test process may be training just now
        if not target.is_file():
            finish_training(start_training(target), target)
    return target
