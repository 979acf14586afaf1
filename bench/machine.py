"""What a report of figures says about the machine, and how it shows several rounds."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence


def machine() -> str:
    import psutil

    cores, memory = os.cpu_count(), psutil.virtual_memory().total / 2**30
    return (
        f"{cores} cores, {memory:.0f} GB, {platform.system()}, Python {platform.python_version()}"
    )


def spread(values: Sequence[float], digits: int) -> str:
    """Median, and the smallest and largest."""
    if not values:
        return "-"
    low, high = min(values), max(values)
    return f"{statistics.median(values):.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def peak_memory() -> int:
    """The most memory that this process has held at once, in bytes (Linux: VmHWM)."""
    with open("/proc/self/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024
