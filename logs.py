"""The technical log: structured events with ids and reasons, never texts, names or amounts."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Callable
from typing import TextIO

import structlog

import metrics

_OURS = {
    "actions", "bot", "compliance", "console", "lending", "nlu", "scheduler", "simulation", "store",
    "wiring",
}  # fmt: skip
_EVENT = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")


def configure_logging(level: str, *, as_json: bool) -> None:
    """Send every log to standard error; Rasa and others only from warnings up."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s", force=True)
    # Rasa and TensorFlow warn of their own old age by the dozen, and put filters back on.
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").setLevel(logging.ERROR)
    renderer = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _without_words_of_others,
            _counted,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_traceback_values,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=_loggers(sys.stderr),
        cache_logger_on_first_use=False,
    )


class _Others(structlog.PrintLogger):
    """A logger of a library."""


def _loggers(stream: TextIO) -> Callable[..., structlog.PrintLogger]:
    """Ours are named for their module; Rasa's, which log what borrowers write, have no name."""

    def logger(*names: str) -> structlog.PrintLogger:
        is_ours = bool(names) and names[0].split(".")[0] in _OURS
        return structlog.PrintLogger(stream) if is_ours else _Others(stream)

    return logger


def _without_words_of_others(
    logger: object, name: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Of libraries only that they warn, and the name of the event: its values may be anything."""
    if not isinstance(logger, _Others):
        return event
    if event["level"] not in ("warning", "error", "critical"):
        raise structlog.DropEvent
    named = str(event["event"])
    return {
        "event": named if _EVENT.fullmatch(named) else "library.warning",
        "level": event["level"],
        "library": True,
    }


def _without_traceback_values(
    logger: object, name: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Keep where an error arose and its type; its message may quote what a borrower wrote."""
    if event.pop("exc_info", None):
        kind, _, trace = sys.exc_info()
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        if kind is not None and trace is not None:
            code = trace.tb_frame.f_code
            event["where"] = f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"
            event["error"] = kind.__name__
    return event


def _counted(
    logger: object, name: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    metrics.count_log(str(event["level"]), str(event["event"]))
    return event
