"""Reads compliance/wording/*.yml: one file per category, `_words.yml` for what they share.

The only place of the wording check that touches a file. Every fault is named with file and line.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from compliance.folding import Spellings, fold
from compliance.phrases import Bilingual, Category, Denials, Phrase, PhraseBook, Severity
from compliance.yaml_lines import Entry, WordingDataError, read_yaml

WORDING_FOLDER = Path(__file__).resolve().parent / "wording"
SHARED_FILE, DISCLOSURES_FILE = "_words.yml", "_disclosures.yml"

BANNED_CATEGORIES = (
    "threat_violence", "threat_arrest", "threat_illegal_action", "threat_lawsuit",
    "false_legal_claim", "false_amount", "false_urgency", "impersonates_authority",
    "impersonates_attorney", "simulated_legal_process", "deceptive_purpose", "shame", "obscene",
    "third_party_disclosure", "inducing_borrowing", "overshadowing", "pressure_vulnerable",
)  # fmt: skip
"""The categories of section 11 of the contact-rule pack, in its order."""

PHRASE_CATEGORIES = (*BANNED_CATEGORIES, "asks_secret")
CONDITIONS = ("", "vulnerable", "validation_period", "time_barred")
"""Facts of WordingContext that a phrase may ask for."""

_MACRO = re.compile(r"{([a-z_]+)}")
_HAN_ONLY = re.compile(r"[^㐀-鿿]")


class Macros:
    """Named pieces of patterns: `{will}` in a pattern stands for the piece of that name."""

    def __init__(self, entry: Entry | None = None) -> None:
        self._pieces: dict[str, str] = {}
        for name, piece in entry.pairs() if entry is not None else ():
            # An earlier piece may be used in a later one.
            self._pieces[name] = f"(?:{self._expand(piece)})"
            _compiled(self._pieces[name], piece)

    def pattern(self, entry: Entry) -> re.Pattern[str]:
        """The regular expression of an entry. Raises WordingDataError."""
        return _compiled(self._expand(entry), entry)

    def _expand(self, entry: Entry) -> str:
        def piece(match: re.Match[str]) -> str:
            if match.group(1) not in self._pieces:
                raise entry.wrong(
                    f"{match.group()} is not a known piece.", hint=f"See {SHARED_FILE}."
                )
            return self._pieces[match.group(1)]

        written = entry.text()
        _check_folded(_HAN_ONLY.sub("", written), entry)
        return _MACRO.sub(piece, written)


def _compiled(expression: str, entry: Entry) -> re.Pattern[str]:
    try:
        pattern = re.compile(expression)
    except re.error as error:
        raise entry.wrong(
            f"this is not a regular expression: {error.msg}.", hint="Look at brackets and '?*+'."
        ) from error
    if pattern.match("") and pattern.fullmatch(""):
        raise entry.wrong("this pattern finds nothing at all.", hint="Leave no empty choice.")
    return pattern


def _check_folded(text: str, entry: Entry) -> None:
    if fold(text).text != text:
        raise entry.wrong(
            f"{text!r} can never be found in a folded message.",
            hint=f"Write it small, simplified and half-width: {fold(text).text!r}.",
        )


def _bilingual(entry: Entry) -> Bilingual:
    fields = entry.fields({"en", "zh"})
    return Bilingual(en=fields["en"].text(), zh=fields["zh"].text())


def _severity(entry: Entry) -> Severity:
    if entry.text() not in tuple(Severity):
        raise entry.wrong(f"{entry.text()} is no severity.", hint="Write block or warn.")
    return Severity(entry.text())


def _category(fields: dict[str, Entry], path: Path) -> Category:
    code = fields["category"].text()
    if code not in PHRASE_CATEGORIES or code != path.stem:
        raise fields["category"].wrong(
            f"{code} is not the category of {path.name}.",
            hint="The file is named for its category, one of those in docs/wording.md.",
        )
    reason, suggestion = _bilingual(fields["reason"]), _bilingual(fields["suggestion"])
    return Category(code=code, reason=reason, suggestion=suggestion)


def _phrase(
    entry: Entry,
    *,
    category: Category,
    macros: Macros,
    severity: Severity,
    innocent: tuple[re.Pattern[str], ...],
) -> Phrase:
    fields = entry.fields(
        {"name", "cues", "pattern"}, {"severity", "innocent", "can_be_denied", "when"}
    )
    for cue in fields["cues"].items():
        _check_folded(cue.text(), cue)
    when = fields["when"].text() if "when" in fields else ""
    if when not in CONDITIONS:
        raise fields["when"].wrong(
            f"{when} is no condition.", hint=f"Known are: {', '.join(CONDITIONS[1:])}."
        )
    own = (
        [macros.pattern(item) for item in fields["innocent"].items()]
        if "innocent" in fields
        else []
    )
    return Phrase(
        name=fields["name"].text(),
        category=category,
        severity=_severity(fields["severity"]) if "severity" in fields else severity,
        cues=fields["cues"].texts(),
        pattern=macros.pattern(fields["pattern"]),
        innocent=(*innocent, *own),
        can_be_denied="can_be_denied" not in fields or _yes(fields["can_be_denied"]),
        when=when,
    )


def _yes(entry: Entry) -> bool:
    if entry.text() not in ("true", "false"):
        raise entry.wrong("true or false is expected here.", hint="Write true or false.")
    return entry.text() == "true"


def _phrases(path: Path, macros: Macros) -> tuple[Category, list[Phrase]]:
    fields = read_yaml(path).fields(
        {"category", "severity", "reason", "suggestion", "phrases"}, {"innocent"}
    )
    category = _category(fields, path)
    shared = fields["innocent"].items() if "innocent" in fields else []
    innocent = tuple(macros.pattern(item) for item in shared)
    severity = _severity(fields["severity"])
    found: dict[str, Phrase] = {}
    for entry in fields["phrases"].items():
        phrase = _phrase(
            entry, category=category, macros=macros, severity=severity, innocent=innocent
        )
        if phrase.name in found:
            raise entry.wrong(f"{phrase.name} stands here twice.", hint="Give each its own name.")
        found[phrase.name] = phrase
    return category, list(found.values())


def _spellings(entry: Entry) -> Spellings:
    meant = {written: value.text() for written, value in entry.pairs()}
    longest_first = sorted(meant, key=len, reverse=True)
    return Spellings(pattern=re.compile("|".join(map(re.escape, longest_first))), meant=meant)


def shared_words(folder: Path) -> tuple[Macros, Denials, Spellings]:
    """What all files of a folder share. Raises WordingDataError."""
    fields = read_yaml(folder / SHARED_FILE).fields({"pieces", "denials", "spellings"})
    macros = Macros(fields["pieces"])
    sides = fields["denials"].fields({"before", "after"})
    before, after = (
        tuple(macros.pattern(item) for item in sides[side].items()) for side in ("before", "after")
    )
    return macros, Denials(before=before, after=after), _spellings(fields["spellings"])


@cache
def load_phrases(folder: Path = WORDING_FOLDER) -> PhraseBook:
    """All phrases of a folder. Raises WordingDataError naming file and line."""
    macros, denials, spellings = shared_words(folder)
    categories: dict[str, Category] = {}
    phrases: list[Phrase] = []
    for code in PHRASE_CATEGORIES:
        categories[code], found = _phrases(folder / f"{code}.yml", macros)
        phrases += found
    for path in sorted(folder.glob("[!_]*.yml")):
        if path.stem not in categories:
            raise WordingDataError(
                f"{path.name}:1: {path.stem} is no category.", hint="Rename or remove the file."
            )
    return PhraseBook(
        categories=categories, phrases=tuple(phrases), denials=denials, spellings=spellings
    )
