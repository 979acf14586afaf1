"""What a message must convey, when, and whether it does (section 10 of the contact-rule pack)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from compliance.folding import fold
from compliance.phrase_files import DISCLOSURES_FILE, WORDING_FOLDER, load_phrases, shared_words
from compliance.phrases import Bilingual
from compliance.yaml_lines import Entry, read_yaml

IDENTITY, PURPOSE, PERSON, OPT_OUT = "identity", "purpose", "person", "opt_out"
FIRST_COLLECTOR, LATER_COLLECTOR, DISPUTE = "us_18e1", "us_18e2", "dispute"
DISCLOSURES = (
    IDENTITY, PURPOSE, PERSON, OPT_OUT, FIRST_COLLECTOR, LATER_COLLECTOR, DISPUTE,
)  # fmt: skip

THIRD_PARTY_COLLECTOR = "third_party_collector"
ELECTRONIC_CHANNELS = frozenset({"sms", "chat", "email"})
_ASKS_FOR_MONEY = frozenset({"reminder", "demand", "remedy_notice", "statutory_notice"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """One duty to say something. A language's patterns must all be found."""

    code: str
    reason: Bilingual
    suggestion: Bilingual
    english: tuple[re.Pattern[str], ...]
    chinese: tuple[re.Pattern[str], ...]


@cache
def load_disclosures(folder: Path = WORDING_FOLDER) -> dict[str, Disclosure]:
    """All disclosures of a folder by code. Raises WordingDataError naming file and line."""
    macros, _, _ = shared_words(folder)
    found: dict[str, Disclosure] = {}
    file = read_yaml(folder / DISCLOSURES_FILE)
    for entry in file.items():
        fields = entry.fields({"code", "reason", "suggestion", "en", "zh"})
        code = fields["code"].text()
        if code not in DISCLOSURES or code in found:
            raise fields["code"].wrong(
                f"{code} is unknown, or stands here twice.",
                hint=f"Known are: {', '.join(DISCLOSURES)}.",
            )
        found[code] = Disclosure(
            code=code,
            reason=_bilingual(fields["reason"]),
            suggestion=_bilingual(fields["suggestion"]),
            english=tuple(macros.pattern(item) for item in fields["en"].items()),
            chinese=tuple(macros.pattern(item) for item in fields["zh"].items()),
        )
    for code in DISCLOSURES:
        if code not in found:
            raise file.wrong(f"{code} is missing.", hint=f"Restore it in {DISCLOSURES_FILE}.")
    return found


def _bilingual(entry: Entry) -> Bilingual:
    fields = entry.fields({"en", "zh"})
    return Bilingual(en=fields["en"].text(), zh=fields["zh"].text())


def discloses(text: str, code: str, *, language: str | None = None, lender: str = "") -> bool:
    """Whether the text conveys the code, in its language (12 CFR 1006.18(e)(4)), or in any.

    With `lender`, an identity counts only if that name stands in the text.
    """
    return says(fold(text).text, code, language=language, lender=lender)


def says(folded: str, code: str, *, language: str | None, lender: str) -> bool:
    """As `discloses`, of a text that is folded already."""
    disclosure = load_disclosures()[code]
    if code == IDENTITY and lender and fold(lender).text not in folded:
        return False
    sets = {"en": (disclosure.english,), None: (disclosure.english, disclosure.chinese)}
    return any(
        all(_said(pattern, folded) for pattern in patterns)
        for patterns in sets.get(language, (disclosure.chinese,))
    )


def _said(pattern: re.Pattern[str], folded: str) -> bool:
    book = load_phrases()
    return any(not book.denied(match) for match in pattern.finditer(folded))


def required_disclosures(
    *, profile: str, phase: str, actor_role: str, is_first: bool, channel: str, purpose: str
) -> tuple[str, ...]:
    """What a message must convey. Profile, phase, role, channel and purpose as in the vectors.

    Identity, purpose and a person: every message (ALL-IDENTITY; house rule in every profile).
    Opt-out: every electronic message (12 CFR 1006.6(e); STRICT-DISCLOSE). Collector statements:
    third-party collectors under a US profile, and under STRICT, which may be the US (12 CFR
    1006.18(e)). How to dispute: the first message about a late debt that asks for money
    (12 CFR 1006.34(a), CN card measures art. 69; elsewhere a house rule).
    An opt-out confirmation holds nothing but the confirmation (12 CFR 1006.14(h)(2)).
    """
    if purpose == "opt_out_confirmation":
        return ()
    needed = [IDENTITY, PURPOSE, PERSON]
    if channel in ELECTRONIC_CHANNELS:
        needed.append(OPT_OUT)
    if actor_role == THIRD_PARTY_COLLECTOR and is_us_or_unknown(profile):
        needed.append(FIRST_COLLECTOR if is_first else LATER_COLLECTOR)
    if is_first and phase != "pre_due" and purpose in _ASKS_FOR_MONEY:
        needed.append(DISPUTE)
    return tuple(needed)


def is_us_or_unknown(profile: str) -> bool:
    """Whether US federal law applies, or may apply because the jurisdiction is unknown."""
    return profile.upper().partition("-")[0] in ("US", "STRICT")
