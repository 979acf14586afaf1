"""Phrases that a message must not hold, and how one is found and excused.

A phrase is a regular expression over a folded message (compliance/folding.py). It is looked for
only where one of its cues stands, which keeps the check fast. What was found is excused if it is
denied ("we will not sue you"), or if the sentence around it says something that makes it innocent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from compliance.folding import Reading, Spellings


class Severity(StrEnum):
    """BLOCK: must not be sent. WARN: a person decides, with the reason before their eyes."""

    BLOCK = "block"
    WARN = "warn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bilingual:
    """The same for staff who read English and staff who read Chinese."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    code: str
    reason: Bilingual
    suggestion: Bilingual


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """`innocent` patterns excuse it; `when` is a fact of WordingContext that it needs, or ''."""

    name: str
    category: Category
    severity: Severity
    cues: tuple[str, ...]
    pattern: re.Pattern[str]
    innocent: tuple[re.Pattern[str], ...]
    can_be_denied: bool
    when: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Denials:
    """What denies a phrase: at the end of what stands before it, or at the start of what follows."""

    before: tuple[re.Pattern[str], ...]
    after: tuple[re.Pattern[str], ...]


_SENTENCE_END = re.compile(r"[.!?](?=\s|$|[㐀-鿿\"])|[。\n]|[!?](?=\S)")
_BEGINNING = 3
"""Characters of a cue by which it is looked up: a set of all parts of a text of that length finds
the few cues worth a search among thousands."""

_REACH = 70
"""Characters before a phrase in which a denial is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseBook:
    """All phrases, by cue. Built once; immutable."""

    categories: dict[str, Category]
    phrases: tuple[Phrase, ...]
    denials: Denials
    spellings: Spellings
    _cues: dict[str, tuple[str, ...]] = field(init=False, repr=False)
    _by_cue: dict[str, tuple[int, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        by_cue: dict[str, list[int]] = {}
        for number, phrase in enumerate(self.phrases):
            for cue in phrase.cues:
                by_cue.setdefault(cue, []).append(number)
        by_beginning: dict[str, list[str]] = {}
        for cue in by_cue:
            by_beginning.setdefault(cue[:_BEGINNING], []).append(cue)
        # The class is frozen; these two are derived from `phrases` once.
        object.__setattr__(self, "_by_cue", {cue: tuple(n) for cue, n in by_cue.items()})
        object.__setattr__(self, "_cues", {b: tuple(c) for b, c in by_beginning.items()})

    def cued(self, text: str) -> Iterator[Phrase]:
        """The phrases that may stand in the folded text, in their order."""
        grams = set(text)
        for length in range(2, _BEGINNING + 1):
            grams.update([text[i : i + length] for i in range(len(text) - length + 1)])
        numbers: set[int] = set()
        for beginning in grams & self._cues.keys():
            for cue in self._cues[beginning]:
                if cue in text:
                    numbers.update(self._by_cue[cue])
        return (self.phrases[number] for number in sorted(numbers))

    def found(self, phrase: Phrase, reading: Reading) -> re.Match[str] | None:
        """The first place of the phrase in the reading where nothing excuses it."""
        for match in phrase.pattern.finditer(reading.text):
            if not self._excused(phrase, match):
                return match
        return None

    def _excused(self, phrase: Phrase, match: re.Match[str]) -> bool:
        if phrase.can_be_denied and self.denied(match):
            return True
        if not phrase.innocent:
            return False
        sentence = _sentence_around(match)
        return any(pattern.search(sentence) for pattern in phrase.innocent)

    def denied(self, match: re.Match[str]) -> bool:
        """Whether the words around the match say the opposite of it."""
        text, start, end = match.string, match.start(), match.end()
        before = text[max(0, start - _REACH) : start]
        after = text[end : end + _REACH]
        return any(p.search(before) for p in self.denials.before) or any(
            p.match(after) for p in self.denials.after
        )


def _sentence_around(match: re.Match[str]) -> str:
    text = match.string
    start = 0
    for mark in _SENTENCE_END.finditer(text, 0, match.start()):
        start = mark.end()
    stop = _SENTENCE_END.search(text, match.end())
    return text[start : stop.start() if stop else len(text)]
