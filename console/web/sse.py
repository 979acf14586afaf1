"""Server-sent events, for htmx: each carries a piece of a page."""

from __future__ import annotations

STREAM_SECONDS = 900.0
"""A stream ends after this long; the browser opens the next one."""

# Proxies that collect an answer before passing it on would hold news back.
SSE_HEADERS = {"X-Accel-Buffering": "no"}


def event(name: str, data: str, number: int | None = None) -> str:
    """One event. Every line of `data` gets its own field, as the format wants."""
    head = "" if number is None else f"id: {number}\n"
    body = "\n".join(f"data: {line}" for line in data.splitlines() or [""])
    return f"{head}event: {name}\n{body}\n\n"
