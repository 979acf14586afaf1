"""The repayment schedule as a picture: a PNG for a phone, with a text that says the same."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageColor, ImageDraw, ImageFont

from bot.formats import Formats
from bot.messages import Picture
from lending.money import Money
from lending.plan_offer import Offer
from lending.position import InstalmentState, Position

FONTS = Path(__file__).resolve().parent / "fonts"
WIDTH, MARGIN, ROW, HEAD = 760, 36, 58, 128
MAX_ROWS = 12
"""More rows than this are unreadable on a phone; the picture shows the unpaid ones from the first."""

_INK, _SOFT, _LINE, _PAPER = "#1d2b33", "#5d6d76", "#e3e8ea", "#ffffff"
_STEPS = 16
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
    offers: str
    today: str
    overdue: str
    in_all: str
    until: str


LABELS = {
    "en": Labels(
        "Repayment schedule",
        "Still to pay",
        "Paid",
        "Not here yet",
        "Next",
        "Later",
        "more",
        "Today and after",
        "Today",
        "Not here yet",
        "in all",
        "until",
    ),
    "zh-Hans": Labels(
        "还款计划",
        "待还合计",
        "已还",
        "未到账",
        "下一期",
        "以后",
        "期未列出",
        "现在与之后",
        "现在",
        "未到账",
        "总共",
        "至",
    ),
    "zh-Hant": Labels(
        "繳款計畫",
        "待繳合計",
        "已繳",
        "未入帳",
        "下一期",
        "以後",
        "期未列出",
        "現在與之後",
        "現在",
        "未入帳",
        "總共",
        "至",
    ),
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
    alt = f"{labels.title} {reference}. " + "; ".join(lines)
    return Picture(png=_png(image), alt=alt, filename=f"schedule-{reference}.png")


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


def _png(image: Image.Image) -> bytes:
    """With a palette: a third of the bytes, in a twentieth of the time."""
    data = io.BytesIO()
    flat = image.quantize(palette=_palette(), dither=Image.Dither.NONE)
    flat.save(data, "PNG", compress_level=4)
    return data.getvalue()


@lru_cache(maxsize=1)
def _palette() -> Image.Image:
    """Each colour that is drawn, and its steps towards the paper at the edges of letters."""
    paper = ImageColor.getrgb(_PAPER)
    colours: list[tuple[int, ...]] = [paper, ImageColor.getrgb(_LINE)]
    for ink in (_INK, _SOFT, *_COLOURS.values()):
        full = ImageColor.getrgb(ink)
        colours += [
            tuple(p + (f - p) * step // _STEPS for p, f in zip(paper, full, strict=True))
            for step in range(1, _STEPS + 1)
        ]
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in colours for part in colour])
    return palette


def _font(formats: Formats, size: int) -> ImageFont.FreeTypeFont:
    return _load("tc" if formats.language == "zh-Hant" else "sc", size)


@lru_cache(maxsize=16)
def _load(variant: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / f"picture-{variant}.otf"), size)


_PANEL, _BARS = 210, 120
_SERIES = ("#8b99a1", "#1f5f8b", "#2f7d5b", "#a4541c")


def offers_picture(
    position: Position, offers: Sequence[Offer], reference: str, formats: Formats
) -> Picture:
    """Payments over time, today's and each offer's, on one scale of days and one of amounts."""
    labels = LABELS[formats.language]
    series = [(labels.today, _today_payments(position))]
    series += [
        (letter, [(row.due_on, row.amount.minor) for row in offer.rows])
        for letter, offer in zip("ABC", offers, strict=False)
    ]
    series = [one for one in series if one[1]]
    days = [day for _, payments in series for day, _ in payments]
    most = max(amount for _, payments in series for _, amount in payments)
    span = (position.as_of, max((max(days) - position.as_of).days, 1), max(most, 1))
    height = HEAD + _PANEL * len(series) + 10
    image = Image.new("RGB", (WIDTH, height), _PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((MARGIN, 26), labels.offers, fill=_INK, font=_font(formats, 36), stroke_width=0.6)
    draw.text((MARGIN, 76), reference, fill=_SOFT, font=_font(formats, 24))
    currency, lines = position.payoff.currency, []
    for index, (name, payments) in enumerate(series):
        total = Money(sum(amount for _, amount in payments), currency)
        told = f"{formats.money(total)} {labels.in_all}, {labels.until} {formats.month(payments[-1][0])}"
        if formats.language != "en":
            told = f"{labels.in_all} {formats.money(total)}，{labels.until}{formats.month(payments[-1][0])}"
        _panel(draw, HEAD + _PANEL * index, name, told, _SERIES[index], formats)
        _draw_bars(
            draw, HEAD + _PANEL * index + 60, payments, span, _SERIES[index], formats, currency
        )
        lines.append(f"{name}: {told}")
    alt = f"{labels.offers} {reference}. " + "; ".join(lines)
    return Picture(png=_png(image), alt=alt, filename=f"plans-{reference}.png")


def _today_payments(position: Position) -> list[tuple[date, int]]:
    """What is left of each row, and what is overdue as one payment on the day itself."""
    late = position.overdue.minor
    ahead = [
        (row.instalment.due_on, row.left.minor)
        for row in position.rows
        if not row.is_paid and row.instalment.due_on >= position.as_of
    ]
    return [*([(position.as_of, late)] if late and position.rows else []), *ahead]


def _panel(
    draw: ImageDraw.ImageDraw, top: int, name: str, told: str, colour: str, formats: Formats
) -> None:
    font = _font(formats, 27)
    draw.line((MARGIN, top, WIDTH - MARGIN, top), fill=_LINE, width=2)
    draw.text((MARGIN, top + 14), name, fill=colour, font=font, stroke_width=0.6)
    draw.text((WIDTH - MARGIN, top + 16), told, fill=_INK, font=_font(formats, 24), anchor="ra")


def _draw_bars(
    draw: ImageDraw.ImageDraw,
    top: int,
    payments: list[tuple[date, int]],
    span: tuple[date, int, int],
    colour: str,
    formats: Formats,
    currency: str,
) -> None:
    """One bar for each payment; the first of each new amount carries its figure."""
    start, days, most = span
    room, base = WIDTH - 2 * MARGIN - 14, top + _BARS
    width = max(min(room // max(len(payments), 1) - 3, 22), 3)
    shown, free_from = None, MARGIN
    for day, amount in payments:
        x = MARGIN + (day - start).days * room // days
        high = max(amount * (_BARS - 34) // most, 2)
        draw.rectangle((x, base - high, x + width, base), fill=colour)
        text = formats.money(Money(amount, currency))
        if (shown is None or abs(amount - shown) * 50 > shown) and x >= free_from:
            font = _font(formats, 20)
            left = min(x, WIDTH - MARGIN - int(font.getlength(text)))
            draw.text((left, base - high - 28), text, fill=_INK, font=font)
            shown, free_from = amount, left + int(font.getlength(text)) + 12
    draw.line((MARGIN, base, WIDTH - MARGIN, base), fill=_SOFT, width=2)
