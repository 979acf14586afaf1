"""What a borrower typed, made safe and sorted: clean text, commands, plain stop words. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from bot.messages import Kind

MAX_TEXT = 2_000
"""Longer messages get a kind request to be brief; no question about a loan needs more."""
MAX_KEPT = 4_000
"""What is kept of a message that is too long, for the person who may read it later."""

_KEPT_FORMAT = {"‍", "️"}  # join emoji and pick their style
_COMMAND = re.compile(r"^/([a-z_]+)(?:@\w+)?(?:\s+(.*))?$", re.IGNORECASE | re.DOTALL)
# Plain keywords of the contact-rule pack (ALL-OPTOUT), without those that also end a question
# inside a form: the dialogue, which knows whether one is open, decides about them.
_STOP_WORDS = {
    "stop", "stop all", "stopall", "unsubscribe", "opt out", "optout", "revoke",
    "退订", "退訂", "停止", "td", "बंद",
}  # fmt: skip

_LEAVING_WORDS = {"cancel", "quit", "end"}

COMMANDS = {"start", "help", "language", "stop", "human", "mydata"}


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    argument: str


def clean(text: str) -> str:
    """The text without control characters, direction marks and invisible characters, in NFC."""
    kept = (
        character
        for character in unicodedata.normalize("NFC", text)
        if character in "\n\t"
        or character in _KEPT_FORMAT
        or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    return "".join(kept).strip()


def read_command(text: str) -> Command | None:
    """`/start abc` and its like; None for free text and for commands that nobody offers."""
    match = _COMMAND.match(text)
    if match is None or match.group(1).lower() not in COMMANDS:
        return None
    return Command(match.group(1).lower(), (match.group(2) or "").strip())


def is_stop_word(text: str) -> bool:
    """Whether the whole message is a keyword that ends our messages."""
    return _bare(text) in _STOP_WORDS


def is_leaving_word(text: str) -> bool:
    """Whether the whole message is "cancel", "quit" or "end": it leaves a form, else it is a stop."""
    return _bare(text) in _LEAVING_WORDS


def _bare(text: str) -> str:
    return text.lower().strip(" \t\n.!。！,，")


def unreadable(kind: Kind, text: str) -> str | None:
    """The text key of the kind answer to what cannot be read as words, or None."""
    by_kind = {
        Kind.STICKER: "utter_sticker",
        Kind.PICTURE: "utter_picture",
        Kind.VOICE: "utter_voice",
        Kind.LOCATION: "utter_location",
        Kind.CONTACT: "utter_contact",
        Kind.FILE: "utter_file",
        Kind.OTHER: "utter_file",
    }
    if kind in by_kind:
        return by_kind[kind]
    if not text:
        return "utter_empty"
    if len(text) > MAX_TEXT:
        return "utter_too_long"
    if not any(character.isalnum() for character in text) and any(
        unicodedata.category(character) == "So" for character in text
    ):
        return "utter_only_emoji"
    return None
