"""Random numbers that belong to a question, not to an order of asking.

Two strategies that ask the same question of the same borrower on the same day get the same number,
so that what differs between them comes from the strategies (common random numbers). Pure.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

_SCALE = float(1 << 64)


@dataclass(frozen=True, slots=True)
class Draws:
    """All chance of one simulation; the same seed, the same numbers."""

    seed: int

    def uniform(self, *question: object) -> float:
        """A number in [0, 1)."""
        key = "|".join([str(self.seed), *map(str, question)]).encode()
        return int.from_bytes(hashlib.blake2b(key, digest_size=8).digest()) / _SCALE

    def happens(self, chance: float, *question: object) -> bool:
        return self.uniform(*question) < chance

    def whole(self, low: int, high: int, *question: object) -> int:
        """A whole number in [low, high]."""
        return low + int(self.uniform(*question) * (high - low + 1))
