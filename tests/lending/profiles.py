"""How many examples a property test tries: 300, or 10,000 in the nightly profile."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

NIGHTLY = os.environ.get("TIDEOVER_TEST_PROFILE") == "nightly"

thorough = settings(
    max_examples=10_000 if NIGHTLY else 300,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
