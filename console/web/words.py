"""What the console's pages say, in the language of the member of staff.

English stands in the templates and in the code; a translation is a gettext catalogue,
`locales/<language>.po`, read once at the start. A text that a catalogue lacks is shown in English.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import opencc
from babel.messages.pofile import read_po

from compliance.phrases import Bilingual

LANGUAGES: Mapping[str, str] = {"en": "English", "zh-Hans": "简体中文", "zh-Hant": "繁體中文"}
DEFAULT_LANGUAGE = "en"
LOCALES: Mapping[str, str] = {"en": "en", "zh-Hans": "zh_Hans_CN", "zh-Hant": "zh_Hant_TW"}
_TRADITIONAL = ("zh-hant", "zh-tw", "zh-hk", "zh-mo")
_FOLDER = Path(__file__).parent / "locales"


def mark(text: str) -> str:
    """Mark a text for translation where it stands; it is translated where it is shown."""
    return text


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """English text to translation; empty for English."""
    path = _FOLDER / f"{language}.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        found = read_po(file, locale=language.replace("-", "_"))
    return {
        str(message.id): str(message.string) for message in found if message.id and message.string
    }


@cache
def _to_traditional() -> opencc.OpenCC:
    return opencc.OpenCC("s2twp")


class Words:
    """One language. `say` fills in values: say("%(n)s waiting", n=3)."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else DEFAULT_LANGUAGE
        self.locale = LOCALES[self.language]
        self._known = catalogue(self.language)

    def say(self, text: str, /, **values: object) -> str:
        told = self._known.get(text, text)
        return told % values if values else told

    def choose(self, text: Bilingual) -> str:
        """Of a text that stands in English and simplified Chinese beside each other."""
        if self.language == "zh-Hant":
            return str(_to_traditional().convert(text.zh))
        return text.zh if self.language == "zh-Hans" else text.en


@cache
def words_in(language: str) -> Words:
    return Words(language)


def language_of(accepted: str) -> str:
    """The language that a browser prefers, of those that there are."""
    for part in accepted.split(","):
        tag = part.split(";")[0].strip().lower()
        if tag.startswith("zh"):
            return "zh-Hant" if tag.startswith(_TRADITIONAL) else "zh-Hans"
        if tag.startswith("en"):
            return "en"
    return DEFAULT_LANGUAGE
