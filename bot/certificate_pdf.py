"""A plan's certificate as a PDF, in English and Chinese: the same bytes each time it is made.

All that it says comes from the canonical JSON, which is attached to the file as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import WrapMode, XPos, YPos
from fpdf.fonts import FontFace

from lending.errors import TideoverError
from lending.money import Money
from lending.plan_records import Certificate
from lending.plan_words import NEVER, amount_words, day_words

FONTS = Path(__file__).with_name("fonts")
_GREY = (95, 95, 95)
_SHADE = (240, 244, 247)

LABELS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Repayment plan",
        "version": "Version {version}",
        "agreed": "Agreed on {day}",
        "waits": "not accepted yet",
        "today": "Before",
        "plan": "With the plan",
        "due_now_minor": "Due at once",
        "payment_minor": "Largest payment",
        "payments": "Payments",
        "first_on": "First payment",
        "last_on": "Last payment",
        "interest_minor": "Interest",
        "total_minor": "All to be paid",
        "never": "never",
        "number": "No.",
        "due_on": "Due",
        "amount": "Payment",
        "principal": "Principal",
        "interest": "Interest",
        "left": "Left",
        "proof": "Proof",
        "page": "Page {page} of {{nb}}",
    },
    "zh-Hans": {
        "title": "还款计划",
        "version": "第 {version} 版",
        "agreed": "约定日期：{day}",
        "waits": "尚待借款人同意",
        "today": "原来",
        "plan": "按计划",
        "due_now_minor": "立即应还",
        "payment_minor": "最大一期",
        "payments": "期数",
        "first_on": "首期",
        "last_on": "末期",
        "interest_minor": "利息",
        "total_minor": "合计应还",
        "never": "无法还清",
        "number": "期",
        "due_on": "还款日",
        "amount": "应还",
        "principal": "本金",
        "interest": "利息",
        "left": "剩余本金",
        "proof": "校验",
    },
    "zh-Hant": {
        "title": "還款計畫",
        "version": "第 {version} 版",
        "agreed": "約定日期：{day}",
        "waits": "尚待借款人同意",
        "today": "原本",
        "plan": "按計畫",
        "due_now_minor": "立即應繳",
        "payment_minor": "最大一期",
        "payments": "期數",
        "first_on": "首期",
        "last_on": "末期",
        "interest_minor": "利息",
        "total_minor": "合計應繳",
        "never": "無法繳清",
        "number": "期",
        "due_on": "繳款日",
        "amount": "應繳",
        "principal": "本金",
        "interest": "利息",
        "left": "剩餘本金",
        "proof": "核對",
    },
}
_COMPARED = (
    "due_now_minor",
    "payment_minor",
    "payments",
    "first_on",
    "last_on",
    "interest_minor",
    "total_minor",
)


class NoCertificate(TideoverError):
    """The file is neither the JSON nor the PDF of a certificate."""


def certificate_pdf(certificate: Certificate, chinese: str = "zh-Hans") -> bytes:
    """The PDF; `chinese` is zh-Hans or zh-Hant. A character that the font lacks is shown as □."""
    data = json.loads(certificate.text)
    page = _Page(data, certificate, chinese)
    page.add_page()
    for language in ("en", chinese):
        page.heading(language)
        page.agreement(language)
    page.compare()
    page.schedule()
    page.proof()
    return bytes(page.output())


def names_of(content: bytes) -> tuple[str, int]:
    """The plan and the version that a JSON or PDF says it is of. Raises NoCertificate."""
    if content.startswith(b"%PDF"):
        found = re.search(rb"tideover-plan ([0-9A-Za-z-]{1,64}) version ([0-9]{1,6})", content)
        if found:
            return found[1].decode(), int(found[2])
    else:
        try:
            data = json.loads(content)
            return str(data["plan"]), int(data["version"])
        except (ValueError, KeyError, TypeError):
            pass
    raise NoCertificate(
        "The file is no certificate of a plan.", hint="Give its JSON or its PDF as it was issued."
    )


class _Page(FPDF):
    def __init__(self, data: dict[str, Any], certificate: Certificate, chinese: str) -> None:
        super().__init__(format="A4")
        variant = "tc" if chinese == "zh-Hant" else "sc"
        self._data, self._certificate, self._chinese = data, certificate, chinese
        self._known = _glyphs("sc") | _glyphs("tc")
        self.add_font("words", "", str(FONTS / f"certificate-{variant}.otf"))
        other = "sc" if variant == "tc" else "tc"
        self.add_font("other", "", str(FONTS / f"certificate-{other}.otf"))
        self.set_fallback_fonts(["other"])
        self.set_creation_date(certificate.made_at)
        self.set_title(self.plain(f"{LABELS['en']['title']} {data['account']}"))
        self.set_producer("Tideover")
        # Outside of the compressed pages, so that the file can be told apart by reading it.
        self.set_keywords(f"tideover-plan {certificate.plan_id} version {certificate.version}")
        self.embed_file(
            bytes=certificate.text.encode(),
            basename=f"plan-v{certificate.version}.json",
            creation_date=certificate.made_at,
            modification_date=certificate.made_at,
        )
        self.set_auto_page_break(True, margin=18)
        self.set_margins(18, 16)

    def plain(self, text: str) -> str:
        """The text with every character that the font has; others are a box."""
        return "".join(c if ord(c) in self._known else "□" for c in text)

    def footer(self) -> None:
        self.set_y(-14)
        self._size(7.5, _GREY)
        label = LABELS["en"]["page"].format(page=self.page_no())
        told = f"{self._data['account']} · v{self._certificate.version} · {label}"
        self.cell(text=self.plain(told), align="C", w=self.epw)

    def heading(self, language: str) -> None:
        words, data = LABELS[language], self._data
        self._size(17)
        self.cell(text=self.plain(words["title"]), h=9, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self._size(9, _GREY)
        day = day_words(date.fromisoformat(data["agreed_on"]), language)
        parts = [words["version"].format(version=data["version"]), words["agreed"].format(day=day)]
        self.cell(text=self.plain(" · ".join(parts)), h=6, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(1)

    def agreement(self, language: str) -> None:
        self._size(10)
        for sentence in self._data["agreement"][language]:
            self.multi_cell(
                w=self.epw,
                h=5.4,
                text=self.plain(sentence),
                align="L",
                wrapmode=_wrap(language),
                new_x=XPos.LMARGIN,
                new_y=YPos.NEXT,
            )
        self.ln(4)

    def compare(self) -> None:
        self._size(8.5)
        with self.table(
            col_widths=(40, 30, 30),
            text_align=("LEFT", "RIGHT", "RIGHT"),
            borders_layout="HORIZONTAL_LINES",
            headings_style=_HEAD,
            line_height=5.2,
        ) as table:
            table.row(["", self._both("today"), self._both("plan")])
            for name in _COMPARED:
                today, plan = (self._figure(side, name) for side in ("today", "plan"))
                table.row([self._both(name), today, plan])
        self.ln(5)

    def schedule(self) -> None:
        currency = self._data["currency"]
        left = sum(row["principal_minor"] for row in self._data["rows"])
        self._size(8.5)
        with self.table(
            col_widths=(9, 22, 18, 18, 18, 20),
            text_align=("RIGHT", "LEFT", "RIGHT", "RIGHT", "RIGHT", "RIGHT"),
            borders_layout="HORIZONTAL_LINES",
            headings_style=_HEAD,
            line_height=5.2,
        ) as table:
            names = ("number", "due_on", "amount", "principal", "interest", "left")
            table.row([self._both(name) for name in names])
            for row in self._data["rows"]:
                principal, interest = row["principal_minor"], row["interest_minor"]
                left -= principal
                amounts = (principal + interest, principal, interest, left)
                day = day_words(date.fromisoformat(row["due_on"]), "en")
                table.row(
                    [str(row["number"]), day]
                    + [f"{Money(minor, currency).amount:,f}" for minor in amounts]
                )
        self.ln(5)

    def proof(self) -> None:
        self._size(7.5, _GREY)
        sha = f"SHA-256 {self._certificate.sha256}"
        names = f"plan {self._certificate.plan_id}, version {self._certificate.version}"
        for line in (f"{self._both('proof')}: {names}", sha):
            self.multi_cell(
                w=self.epw,
                h=4.2,
                text=self.plain(line),
                align="L",
                new_x=XPos.LMARGIN,
                new_y=YPos.NEXT,
            )

    def _both(self, name: str) -> str:
        return self.plain(f"{LABELS['en'][name]}  {LABELS[self._chinese][name]}")

    def _figure(self, side: str, name: str) -> str:
        value = self._data["comparison"][side][name]
        if name.endswith("_minor"):
            return amount_words(Money(value, self._data["currency"]))
        if name.endswith("_on"):
            day = date.fromisoformat(value)
            return self._both("never") if day == NEVER else day_words(day, "en")
        return str(value)

    def _size(self, size: float, color: tuple[int, int, int] = (20, 20, 20)) -> None:
        self.set_font("words", size=size)
        self.set_text_color(*color)


_HEAD = FontFace(emphasis="", fill_color=_SHADE, color=(20, 20, 20))


def _wrap(language: str) -> WrapMode:
    """Chinese has no spaces between words."""
    return WrapMode.WORD if language == "en" else WrapMode.CHAR


@lru_cache(maxsize=2)
def _glyphs(variant: str) -> frozenset[int]:
    with TTFont(FONTS / f"certificate-{variant}.otf") as font:
        return frozenset(font.getBestCmap())
