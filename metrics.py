"""What a process counts of itself, for Prometheus. Labels hold codes only: no ids, no addresses.

What stands in the database (queues, clocks, feeds) is read when somebody asks; see wiring/vitals.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

log_events = Counter("tideover_log_events", "Lines of the log.", ("level", "event"))
requests = Counter(
    "tideover_http_requests", "HTTP requests that were answered.", ("route", "method", "status")
)
request_seconds = Histogram(
    "tideover_http_request_seconds",
    "From a request to the head of its answer.",
    ("route",),
    buckets=SECONDS,
)
inbound = Counter("tideover_inbound_messages", "Messages of borrowers, kept.", ("channel",))
answer_seconds = Histogram(
    "tideover_answer_seconds", "From taking up a message to its answer.", buckets=SECONDS
)
engine_failures = Counter("tideover_engine_failures", "Turns in which the dialogue engine failed.")
outbound = Counter(
    "tideover_outbound_messages", "What became of messages to borrowers.", ("channel", "outcome")
)
channel_seconds = Histogram(
    "tideover_channel_seconds", "How long a channel took a message.", ("channel",), buckets=SECONDS
)
gate_alerts = Counter(
    "tideover_gate_alerts", "Contacts that were blocked because the rules could not be read."
)
limited = Counter("tideover_limited", "What came too fast and was refused.", ("door",))
job_runs = Counter("tideover_job_runs", "Rounds of periodic work.", ("job", "outcome"))
job_seconds = Histogram("tideover_job_seconds", "How long a round took.", ("job",), buckets=SECONDS)
is_ready = Gauge("tideover_ready", "1 while this process is ready to work.", ("role",))

_MOST_EVENTS = 200
_known_events: set[str] = set()


def count_log(level: str, event: str) -> None:
    """Count a line of the log; a name that is not ours is one of the rest."""
    if event not in _known_events:
        if len(_known_events) >= _MOST_EVENTS or " " in event:
            event = "other"
        _known_events.add(event)
    log_events.labels(level, event).inc()


@contextmanager
def timed(histogram: Histogram) -> Iterator[None]:
    """Observe how long the block took, whatever its end."""
    started = perf_counter()
    try:
        yield
    finally:
        histogram.observe(perf_counter() - started)
