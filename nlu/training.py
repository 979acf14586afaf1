"""Train the model, and know which model belongs to the present data.

A model's file name carries a fingerprint of everything that goes into it; a model whose
fingerprint differs is never loaded by mistake.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from bot.lean_rasa import CONFIG as CONFIG
from bot.lean_rasa import lean_rasa
from lending.errors import TideoverError

ROOT = Path(__file__).resolve().parent.parent
DOMAIN = ROOT / "nlu" / "domain"
DATA = ROOT / "nlu" / "data"
IMPORTER = ROOT / "nlu" / "importer.py"
NAMES = ROOT / "nlu" / "names.py"
VECTOR_CACHE = "TIDEOVER_VECTOR_CACHE"
"""Where the pipeline keeps the sentence vectors of the examples, which take longest to make."""


class TrainingFailed(TideoverError):
    """No model came out; what was there before stays."""


def fingerprint() -> str:
    """Twelve characters that change with the configuration, domain, examples or components."""
    digest = hashlib.sha256()
    paths = [IMPORTER, NAMES, *DOMAIN.rglob("*.yml"), *DATA.rglob("*.yml")]
    paths += (ROOT / "nlu" / "components").glob("*.py")
    files = {"config.yml": CONFIG, **{str(path.relative_to(ROOT)): path for path in paths}}
    for name, path in sorted(files.items()):
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def model_file(data_dir: Path) -> Path:
    """Where the model for the present data is, or will be."""
    return data_dir / "models" / f"tideover-{fingerprint()}.tar.gz"


def start_training(target: Path) -> subprocess.Popen[bytes]:
    """Train in a process of its own, so that its memory is given back; its output goes to a log.

    The model appears at `target` only when it is complete.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "ignore",
        VECTOR_CACHE: str(target.parent / "sentence-vectors.npz"),
    }
    with training_log(target).open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "nlu.training", str(target)],
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=environment,
            cwd=ROOT,
        )


def training_log(target: Path) -> Path:
    return target.parent / "training.log"


def finish_training(process: subprocess.Popen[bytes], target: Path) -> None:
    """Wait for the end. Raises TrainingFailed with the log's path if no model came out."""
    if process.wait() != 0 or not target.is_file():
        raise TrainingFailed(
            "Training ended without a model.", hint=f"Read {training_log(target)} and try again."
        )


def train_here(target: Path) -> None:
    """Train in this process and move the finished model to `target`."""
    with lean_rasa():
        from rasa.model_training import train

    part = f"part-{os.getpid()}"
    result = train(
        domain=str(DOMAIN),
        config=str(CONFIG),
        training_files=[str(DATA)],
        output=str(target.parent),
        fixed_model_name=part,
        # Rasa's own cache does not see a change in the modules that a component imports.
        force_training=True,
    )
    if not result.model:
        raise TrainingFailed("Rasa gave no model.", hint="Check nlu/ with: rasa data validate")
    os.replace(result.model, target)


if __name__ == "__main__":
    train_here(Path(sys.argv[1]))
