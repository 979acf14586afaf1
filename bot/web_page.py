"""How a conversation is shown on the chat page. Takes stored values, gives HTML; reads nothing."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from bot.conversation import MASK, StoredMessage
from bot.handover import Owner
from bot.messages import Author, Kind
from bot.web_transcript import is_open
from bot.web_words import LANGUAGE_NAMES, WORDS, Problem, Words

_HERE = Path(__file__).parent
_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_LATIN_BESIDE_HAN = re.compile(
    r"(?<=[A-Za-z0-9])(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])(?=[A-Za-z0-9])"
)
_LATIN = re.compile(r"[A-Za-z]")
_PNG = b"\x89PNG\r\n\x1a\n"

ASSETS: Mapping[str, tuple[bytes, str]] = {
    name: ((_HERE / "static" / name).read_bytes(), kind)
    for name, kind in (
        ("chat.css", "text/css; charset=utf-8"),
        ("pay.css", "text/css; charset=utf-8"),
        ("chat.js", "text/javascript; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
    )
}
ASSET_VERSION = hashlib.sha256(b"".join(body for body, _ in ASSETS.values())).hexdigest()[:12]
"""Part of every asset's path, so that browsers may keep them for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A button under a message; what it means stays on the server, only its `index` is sent."""

    index: int
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """One message as the template needs it; `is_event` marks a small line between messages."""

    id: int
    side: str
    who: str
    text: Markup
    at: datetime
    lang: str
    key: str
    form_key: str
    is_event: bool
    choices: tuple[Choice, ...]
    links: tuple[tuple[str, str], ...]
    is_open: bool
    picture_alt: str | None
    picture_size: tuple[int, int] | None
    document_name: str | None


def rich(text: str) -> Markup:
    """Escape, then set `**bold**`. Line breaks are kept by the style sheet."""
    return Markup(_BOLD.sub(r"<strong>\1</strong>", str(escape(text))))


class ChatPage:
    """Renders the page, its messages and its notices for one lender."""

    def __init__(self, lender_name: str) -> None:
        self._lender = lender_name
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(
            lender=lender_name,
            languages=LANGUAGE_NAMES,
            assets=f"/chat-assets/{ASSET_VERSION}",
            new_key=lambda: secrets.token_urlsafe(16),
        )
        self._templates.filters["lender"] = self._with_lender

    def chat(self, language: str, **values: object) -> str:
        """The whole page. `values`: see chat.html."""
        return self._render("chat.html", language, values)

    def message(self, view: MessageView, language: str, token: str) -> str:
        """One message as a fragment, exactly as it stands in the whole page."""
        return self._render("_message.html", language, {"m": view, "token": token})

    def landing(self, language: str, *, action: str, token: str) -> str:
        return self._render("landing.html", language, {"action": action, "token": token})

    def problem(self, language: str, problem: Problem) -> str:
        title, text = WORDS[language].problems[problem]
        return self._render("problem.html", language, {"title": title, "text": text})

    def notice(self, language: str, name: str | None) -> str | None:
        """The line at the top after a form that our script did not handle."""
        match name:
            case "left":
                return WORDS[language].left
            case "stale":
                return " ".join(WORDS[language].problems[Problem.STALE])
            case _:
                return None

    def state_note(self, language: str, owner: Owner) -> str:
        """Who answers now, for the line under the lender's name."""
        words = WORDS[language]
        match owner:
            case Owner.HUMAN:
                return words.human_note
            case Owner.QUEUED:
                return words.queued_note
            case _:
                return words.assistant_note

    def views(
        self, shown: Sequence[StoredMessage], language: str, *, after: int = 0
    ) -> list[MessageView]:
        """The messages with an id above `after`; all of `shown` serves to understand them."""
        return [
            self._view(message, shown[:position], shown[position + 1 :], language)
            for position, message in enumerate(shown)
            if message.id > after
        ]

    def _view(
        self,
        message: StoredMessage,
        earlier: Sequence[StoredMessage],
        later: Sequence[StoredMessage],
        language: str,
    ) -> MessageView:
        words = WORDS[language]
        is_borrowers = message.author is Author.BORROWER
        text, is_event = self._spoken(message, earlier, words)
        who = {
            Author.BORROWER: words.you,
            Author.BOT: words.assistant,
            Author.STAFF: self._with_lender(words.staff),
        }[message.author]
        return MessageView(
            id=message.id,
            side=message.author.value,
            who=who,
            text=Markup(escape(text)) if is_borrowers else rich(text),
            at=message.at,
            lang=_language_of(text, language),
            key=(message.update_key or "").rpartition(":")[2] if is_borrowers else "",
            form_key=secrets.token_urlsafe(16),
            is_event=is_event,
            choices=tuple(
                Choice(index=i, label=label) for i, (label, _) in enumerate(message.buttons)
            ),
            links=tuple((label, url) for label, url in message.url_buttons if _is_web(url)),
            is_open=is_open(message, later),
            picture_alt=(message.picture_alt or "") if message.picture else None,
            picture_size=_png_size(message.picture),
            document_name=message.document_name if message.document else None,
        )

    def _spoken(
        self, message: StoredMessage, earlier: Sequence[StoredMessage], words: Words
    ) -> tuple[str, bool]:
        """The text to show, and whether it is an event. Commands are shown as what they did."""
        text = message.text
        if message.author is Author.BORROWER and text == MASK:
            return words.gave_identity, True
        if message.author is not Author.BORROWER or not text.startswith("/"):
            return text, False
        # A link token is a secret for as long as it works: it never goes onto a page.
        if text.split()[0] == "/start":
            return self._with_lender(words.opened_link), True
        if text.startswith("/language"):
            return words.changed_language, True
        if text == "/human":
            return words.talk_to_person, False
        if message.kind is not Kind.BUTTON:
            return text, False
        for candidate in reversed(earlier):
            for label, payload in candidate.buttons:
                if payload == text:
                    return label, False
        return words.chose, True

    def _with_lender(self, text: str) -> str:
        """The lender's name put in, with the space that Chinese sets beside Latin letters."""
        return _LATIN_BESIDE_HAN.sub(" ", text.replace("{lender}", self._lender))

    def _render(self, template: str, language: str, values: Mapping[str, object]) -> str:
        return self._templates.get_template(template).render(
            values, language=language, w=WORDS[language]
        )


def _language_of(text: str, page_language: str) -> str:
    """The `lang` that makes a screen reader and the font speak a message right."""
    if _HAN.search(text):
        return page_language if page_language.startswith("zh") else "zh"
    return "en" if _LATIN.search(text) else page_language


def _is_web(url: str) -> bool:
    return url.startswith(("https://", "http://"))


def _png_size(png: bytes | None) -> tuple[int, int] | None:
    """Width and height from the PNG header, so that the page does not jump while it loads."""
    if png is None or not png.startswith(_PNG) or len(png) < 24:
        return None
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
