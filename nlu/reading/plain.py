"""The text as the rules expect it, and the places that a rule has already taken. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

_READ = 1_000
"""Characters that are read from the start and from the end of a longer message."""

TAKEN = "\x00"
"""Stands where something was read, so that nothing is read there twice."""


@lru_cache(maxsize=1)
def _to_simplified() -> Any:
    import opencc

    return opencc.OpenCC("t2s")


class Text:
    """One message: `cased` as written with full-width forms made plain, `plain` also in lower case
    and simplified characters. Both have the same length; what was taken is blanked in `plain`.
    """

    def __init__(self, text: str) -> None:
        if len(text) > 2 * _READ:
            text = f"{text[:_READ]}\n{text[-_READ:]}"
        self.cased = unicodedata.normalize("NFKC", text).replace("’", "'").replace(TAKEN, " ")
        lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in self.cased)
        simplified = lowered if lowered.isascii() else str(_to_simplified().convert(lowered))
        self.plain = simplified if len(simplified) == len(lowered) else lowered
        self.is_amount_awaited = False

    def take(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Matches in what is left; the caller blanks those it uses."""
        yield from pattern.finditer(self.plain)

    def blank(self, start: int, end: int) -> None:
        self.plain = self.plain[:start] + TAKEN * (end - start) + self.plain[end:]

    def is_free(self, start: int, end: int) -> bool:
        return TAKEN not in self.plain[start:end]

    def before(self, start: int, length: int = 30) -> str:
        return self.plain[max(0, start - length) : start]

    def after(self, end: int, length: int = 30) -> str:
        return self.plain[end : end + length]
