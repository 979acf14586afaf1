"""The texts of nlu/domain, for those who speak before or without the dialogue engine.

One source of words: the same response entries that Rasa uses, chosen by the same rule (the
variant whose condition names the language, else the one without a condition).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.languages import ENGLISH
from bot.messages import Button, Content
from lending.errors import TideoverError

DOMAIN_FOLDER = Path(__file__).resolve().parent.parent / "nlu" / "domain"
# Ten times as fast where libyaml is there, and as safe.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_VARIABLE = re.compile(r"{(\w+)}")


class MissingText(TideoverError):
    """A text that the code asks for is not in nlu/domain, or lacks a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    text: str
    buttons: tuple[Button, ...]


class Texts:
    """All responses by key and language."""

    def __init__(self, variants: dict[str, dict[str, Variant]]) -> None:
        self._variants = variants

    @classmethod
    def load(cls, folder: Path = DOMAIN_FOLDER) -> Texts:
        """The texts of a folder; our own are read once in a process."""
        return _own() if folder == DOMAIN_FOLDER else cls._read(folder)

    @classmethod
    def _read(cls, folder: Path) -> Texts:
        variants: dict[str, dict[str, Variant]] = {}
        for path in sorted(folder.glob("*.yml")):
            domain = yaml.load(path.read_text("utf-8"), Loader=_LOADER) or {}
            responses = domain.get("responses") or {}
            for key, entries in responses.items():
                if key in variants:
                    raise MissingText(f"{key} stands in two files.", hint="Keep one of them.")
                variants[key] = {_language(entry): _variant(entry) for entry in entries}
        return cls(variants)

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(self._variants)

    def variant(self, key: str, language: str) -> Variant:
        by_language = self._variants.get(key)
        if by_language is None:
            raise MissingText(f"No text {key}.", hint="Add it to a file in nlu/domain.")
        return by_language.get(language) or by_language[ENGLISH]

    def content(self, key: str, language: str, /, **values: str) -> Content:
        """The text with its values filled in, and its buttons. Raises MissingText for a gap."""
        variant = self.variant(key, language)

        def fill(match: re.Match[str]) -> str:
            if match.group(1) not in values:
                raise MissingText(f"{key} needs {match.group(1)}.", hint="Pass it.")
            return values[match.group(1)]

        return Content(text=_VARIABLE.sub(fill, variant.text).strip(), buttons=variant.buttons)


@lru_cache(maxsize=1)
def _own() -> Texts:
    return Texts._read(DOMAIN_FOLDER)


def _language(entry: dict[str, Any]) -> str:
    for condition in entry.get("condition") or ():
        if condition.get("name") == "language":
            return str(condition["value"])
    return ENGLISH


def _variant(entry: dict[str, Any]) -> Variant:
    buttons = tuple(
        # Rasa fills in values in payloads too, so the braces of JSON stand doubled there.
        Button(
            label=str(button["title"]),
            payload=str(button["payload"]).replace("{{", "{").replace("}}", "}"),
        )
        for button in entry.get("buttons") or ()
    )
    return Variant(text=str(entry.get("text") or ""), buttons=buttons)
