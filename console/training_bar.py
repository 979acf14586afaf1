"""The settings of a command, and a trained model for it: there already, or trained with progress."""

from __future__ import annotations

import time
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from console.plain_errors import out
from settings import Settings, load_settings

TRAINING_SECONDS = 60
"""What training takes on two cores; only the progress bar uses it."""


def settings_now(log_level: str | None = None) -> Settings:
    """The settings from the environment, with logging set up by them."""
    from logs import configure_logging

    settings = load_settings()
    configure_logging(log_level or settings.log_level, as_json=settings.log_json)
    return settings


def trained_model(
    settings: Settings, *, force: bool = False, wanted: bool = True, console: Console = out
) -> Path:
    """The model for the present data; trained now, with progress, if it is not there."""
    from nlu.training import finish_training, model_file, start_training

    if settings.model_path is not None and not force:
        return settings.model_path
    target = model_file(settings.data_dir)
    if target.is_file() and not force:
        return target
    if not wanted:
        return target
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("Training the language model", total=TRAINING_SECONDS)
        started, process = time.monotonic(), start_training(target)
        try:
            while process.poll() is None:
                elapsed = time.monotonic() - started
                progress.update(task, completed=min(elapsed, TRAINING_SECONDS * 0.98))
                time.sleep(0.2)
        except BaseException:
            process.kill()
            raise
        finish_training(process, target)
        progress.update(task, completed=TRAINING_SECONDS)
    return target
