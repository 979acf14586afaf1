"""The pay pages as HTML: plain forms that work without script, by keyboard and on a phone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.pay.page_words import PAY_WORDS
from bot.web_page import ASSET_VERSION
from bot.web_words import LANGUAGE_NAMES

_TEMPLATES = Path(__file__).resolve().parent.parent / "templates"


class PayPages:
    """Renders the pages for one lender."""

    HEADERS: ClassVar[Mapping[str, str]] = {
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex, nofollow",
        "Cache-Control": "no-store",
    }

    def __init__(self, lender_name: str) -> None:
        self._lender = lender_name
        self._templates = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(
            lender=lender_name, languages=LANGUAGE_NAMES, assets=f"/chat-assets/{ASSET_VERSION}"
        )

    def sandbox(self, language: str, **values: object) -> str:
        """The trial provider's page. `values`: see pay_sandbox.html."""
        title = PAY_WORDS[language].heading.replace("{lender}", self._lender)
        return self._render("pay_sandbox.html", language, title=title, **values)

    def back(self, language: str, how: str) -> str:
        """Where a borrower lands after a provider's page; `how` is done, left, or gone."""
        words = PAY_WORDS[language]
        title, text = {
            "done": (words.done_title, words.done_text),
            "left": (words.left_title, words.left_text),
        }.get(how, (words.gone_title, words.gone_text))
        return self._render("pay_back.html", language, title=title, text=text, here="")

    def _render(self, template: str, language: str, **values: object) -> str:
        words = PAY_WORDS[language]
        return self._templates.get_template(template).render(values, language=language, w=words)
