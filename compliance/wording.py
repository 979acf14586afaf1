"""May this text be sent? Banned wording, asked-for secrets, foreign links, missing statements.

Pure and deterministic. What is banned stands in compliance/wording/*.yml; docs/wording.md says
what each category means, how to add a phrase, and what this check cannot see.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from compliance.disclosures import (
    FIRST_COLLECTOR,
    IDENTITY,
    LATER_COLLECTOR,
    OPT_OUT,
    THIRD_PARTY_COLLECTOR,
    is_us_or_unknown,
    load_disclosures,
    required_disclosures,
    says,
)
from compliance.folding import fold, readings
from compliance.links import links_not_allowed
from compliance.phrase_files import BANNED_CATEGORIES, load_phrases
from compliance.phrases import Bilingual, Phrase, Severity

__all__ = [
    "BANNED_CATEGORIES",
    "Bilingual",
    "Finding",
    "Severity",
    "WordingContext",
    "check_wording",
]

_LINK_REASON = Bilingual(
    en="This link is not on the lender's list of allowed links.",
    zh="这个链接不在机构允许的名单里。",
)
_LINK_SUGGESTION = Bilingual(
    en="Use the lender's own address, over https.", zh="请使用机构自己的 https 地址。"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WordingContext:
    """What the check knows about the message. Words as in the vectors of the contact rules.

    `required` replaces what required_disclosures would ask for; () asks for nothing.
    `is_vulnerable`: illness, grief or crisis was disclosed. `in_validation_period`: the time to
    dispute runs. `is_time_barred`: the debt is. Each makes further phrases banned.
    """

    profile: str = "STRICT"
    phase: str = "post_due"
    actor_role: str = "creditor"
    channel: str = "chat"
    purpose: str = "reminder"
    is_first_contact: bool = False
    required: tuple[str, ...] | None = None
    lender: str = ""
    is_vulnerable: bool = False
    in_validation_period: bool = False
    is_time_barred: bool = False

    @property
    def needed(self) -> tuple[str, ...]:
        if self.required is not None:
            return self.required
        return required_disclosures(
            profile=self.profile, phase=self.phase, actor_role=self.actor_role,
            is_first=self.is_first_contact, channel=self.channel, purpose=self.purpose,
        )  # fmt: skip

    @property
    def conditions(self) -> frozenset[str]:
        """The conditions of phrases that hold here; '' always does."""
        flags = {
            "": True,
            "vulnerable": self.is_vulnerable,
            "validation_period": self.in_validation_period,
            "time_barred": self.is_time_barred,
        }
        return frozenset(name for name, holds in flags.items() if holds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault. `start` and `end` are places in the text; for what is missing both are its end."""

    category: str
    severity: Severity
    start: int
    end: int
    matched: str
    reason: Bilingual
    suggestion: Bilingual
    phrase: str = ""


_NO_CONDITIONS = frozenset({""})


def check_wording(
    text: str,
    *,
    language: str | None = None,
    context: WordingContext | None = None,
    allowed_links: Sequence[str] = (),
) -> tuple[Finding, ...]:
    """All faults of a text, in the order of their places; an empty tuple if it may be sent.

    Banned phrases are looked for in every language, whatever `language` says: a threat in another
    language is a threat. `language` ("en", "zh-Hans", "zh-Hant") is the one in which required
    statements must stand; None accepts any. Without `context` nothing is required.
    """
    conditions = context.conditions if context is not None else _NO_CONDITIONS
    found = [*_banned(text, conditions), *_links(text, allowed_links)]
    if context is not None:
        found += _missing(text, language, context)
    return tuple(sorted(found, key=lambda finding: (finding.start, finding.end, finding.category)))


def _banned(text: str, conditions: frozenset[str]) -> Iterator[Finding]:
    """One finding per category: what blocks outranks what warns, else the first found stays."""
    book = load_phrases()
    best: dict[str, Finding] = {}
    for reading in readings(text, book.spellings):
        for phrase in book.cued(reading.text):
            known = best.get(phrase.category.code)
            if phrase.when not in conditions or not _outranks(phrase, known):
                continue
            match = book.found(phrase, reading)
            if match is not None:
                start, end = reading.place(*match.span())
                best[phrase.category.code] = _finding(phrase, text, start, end)
    yield from best.values()


def _outranks(phrase: Phrase, known: Finding | None) -> bool:
    if known is None:
        return True
    return known.severity is Severity.WARN and phrase.severity is Severity.BLOCK


def _finding(phrase: Phrase, text: str, start: int, end: int) -> Finding:
    return Finding(
        category=phrase.category.code,
        severity=phrase.severity,
        start=start,
        end=end,
        matched=text[start:end],
        reason=phrase.category.reason,
        suggestion=phrase.category.suggestion,
        phrase=phrase.name,
    )


def _links(text: str, allowed: Sequence[str]) -> Iterator[Finding]:
    for start, end in links_not_allowed(text, allowed):
        yield Finding(
            category="link_not_allowed", severity=Severity.BLOCK, start=start, end=end,
            matched=text[start:end], reason=_LINK_REASON, suggestion=_LINK_SUGGESTION,
        )  # fmt: skip


def _missing(text: str, language: str | None, context: WordingContext) -> Iterator[Finding]:
    folded = fold(text).text
    for code in context.needed:
        lender = context.lender if code == IDENTITY else ""
        if says(folded, code, language=language, lender=lender):
            continue
        disclosure = load_disclosures()[code]
        yield Finding(
            category=f"missing_{code}", severity=_weight(code, context), start=len(text),
            end=len(text), matched="", reason=disclosure.reason, suggestion=disclosure.suggestion,
        )  # fmt: skip


def _weight(code: str, context: WordingContext) -> Severity:
    """In an answer within a running talk, only what the law demands of each message blocks."""
    if context.purpose != "reply" or context.is_first_contact:
        return Severity.BLOCK
    by_law = code in (FIRST_COLLECTOR, LATER_COLLECTOR) or (
        code == OPT_OUT
        and context.actor_role == THIRD_PARTY_COLLECTOR
        and is_us_or_unknown(context.profile)
    )
    return Severity.BLOCK if by_law else Severity.WARN
