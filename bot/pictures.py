"""The repayment schedule as a picture: a PNG for a phone, with a text that says the same."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from bot.formats import Formats
from bot.messages import Picture
from lending.position import InstalmentState, Position

FONTS = Path(__file__).resolve().parent / "fonts"
WIDTH, MARGIN, ROW, HEAD = 760, 36, 58, 128
MAX_ROWS = 12
"""More rows than this are unreadable on a phone; the picture shows the unpaid ones from the first."""

_INK, _SOFT, _LINE, _PAPER = "#1d2b33", "#5d6d76", "#e3e8ea", "#ffffff"
_COLOURS = {"paid": "#2f7d5b", "late": "#a4541c", "next": "#1f5f8b", "later": "#8b99a1"}


@dataclass(frozen=True, slots=True)
class Labels:
    """The few words of the picture in one language."""

    title: str
    left: str
    paid: str
    late: str
    next: str
    later: str
    more: str


LABELS = {
    "en": Labels(
        "Repayment schedule", "Still to pay", "Paid", "Not here yet", "Next", "Later", "more"
    ),
    "zh-Hans": Labels("还款计划", "待还合计", "已还", "未到账", "下一期", "以后", "期未列出"),
    "zh-Hant": Labels("繳款計畫", "待繳合計", "已繳", "未入帳", "下一期", "以後", "期未列出"),
}


def schedule_picture(position: Position, reference: str, formats: Formats) -> Picture:
    """Draw the instalments around today: the last paid one, then what is open."""
    labels = LABELS[formats.language]
    rows, hidden = _chosen(position.rows)
    height = HEAD + ROW * (len(rows) + bool(hidden)) + MARGIN
    image = Image.new("RGB", (WIDTH, height), _PAPER)
    draw = ImageDraw.Draw(image)
    _head(draw, position, reference, labels, formats)
    lines = []
    for index, row in enumerate(rows):
        state = _state(row, position)
        _row(draw, HEAD + ROW * index, row, state, labels, formats)
        lines.append(
            f"{formats.day(row.instalment.due_on)}: {_amount(row, formats)} "
            f"({getattr(labels, state)})"
        )
    if hidden:
        y = HEAD + ROW * len(rows) + 14
        draw.text((MARGIN, y), f"+{hidden} {labels.more}", fill=_SOFT, font=_font(formats, 24))
    data = io.BytesIO()
    image.save(data, "PNG", optimize=True)
    alt = f"{labels.title} {reference}. " + "; ".join(lines)
    return Picture(png=data.getvalue(), alt=alt, filename=f"schedule-{reference}.png")


def _chosen(rows: tuple[InstalmentState, ...]) -> tuple[list[InstalmentState], int]:
    first_open = next((i for i, row in enumerate(rows) if not row.is_paid), len(rows))
    start = max(0, min(first_open - 1, len(rows) - MAX_ROWS))
    shown = list(rows[start : start + MAX_ROWS])
    return shown, len(rows) - start - len(shown)


def _state(row: InstalmentState, position: Position) -> str:
    if row.is_paid:
        return "paid"
    if row.instalment.due_on < position.as_of:
        return "late"
    upcoming = position.next_due
    return "next" if upcoming and row.instalment.number == upcoming.number else "later"


def _amount(row: InstalmentState, formats: Formats) -> str:
    return formats.money(row.instalment.amount if row.is_paid else row.left)


def _head(
    draw: ImageDraw.ImageDraw, position: Position, reference: str, labels: Labels, formats: Formats
) -> None:
    draw.text((MARGIN, 26), labels.title, fill=_INK, font=_font(formats, 36), stroke_width=0.6)
    draw.text((MARGIN, 76), reference, fill=_SOFT, font=_font(formats, 24))
    left = sum(row.left.minor for row in position.rows if not row.is_paid)
    money = formats.money(type(position.payoff)(left, position.payoff.currency))
    right = WIDTH - MARGIN
    draw.text((right, 30), labels.left, fill=_SOFT, font=_font(formats, 24), anchor="ra")
    draw.text((right, 66), money, fill=_INK, font=_font(formats, 32), anchor="ra", stroke_width=0.6)


def _row(
    draw: ImageDraw.ImageDraw,
    top: int,
    row: InstalmentState,
    state: str,
    labels: Labels,
    formats: Formats,
) -> None:
    draw.line((MARGIN, top, WIDTH - MARGIN, top), fill=_LINE, width=2)
    middle, colour = top + ROW // 2, _COLOURS[state]
    draw.ellipse((MARGIN, middle - 7, MARGIN + 14, middle + 7), fill=colour)
    ink = _SOFT if state in ("paid", "later") else _INK
    day = formats.day(row.instalment.due_on)
    draw.text((MARGIN + 32, middle), day, fill=ink, font=_font(formats, 27), anchor="lm")
    draw.text(
        (400, middle), getattr(labels, state), fill=colour, font=_font(formats, 24), anchor="lm"
    )
    draw.text(
        (WIDTH - MARGIN, middle),
        _amount(row, formats),
        fill=ink,
        font=_font(formats, 27),
        anchor="rm",
    )


def _font(formats: Formats, size: int) -> ImageFont.FreeTypeFont:
    return _load("tc" if formats.language == "zh-Hant" else "sc", size)


@lru_cache(maxsize=16)
def _load(variant: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / f"picture-{variant}.otf"), size)
